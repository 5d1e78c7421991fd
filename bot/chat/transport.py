"""PTB's requests over aiohttp: a call costs a third of what it takes over httpx."""

from typing import Any

import aiohttp
import httpx
from telegram.request import BaseRequest, RequestData

# The call surely never left: no connection was made, or none was free.
NEVER_LEFT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
# It may have arrived.
PERHAPS_LEFT = (aiohttp.ClientError, OSError, TimeoutError)
_CONNECT_SECONDS = 5.0
# A server closes a connection that says nothing for a while (uvicorn after 5 s): not used again so late.
_IDLE_SECONDS = 4.0


class Transport(BaseRequest):
    """`connections` calls at once at most; `patience` is how long an answer may take, in seconds.

    aiohttp's exceptions pass: PTB makes them the cause of its NetworkError.
    """

    def __init__(self, connections: int, patience: float) -> None:
        self._connections = connections
        self._patience = patience
        self._client: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return self._patience

    async def initialize(self) -> None:
        if self._client is None:
            self._client = aiohttp.ClientSession(
                # The authorities that httpx trusts, whatever the machine has installed.
                connector=aiohttp.TCPConnector(
                    limit=self._connections,
                    keepalive_timeout=_IDLE_SECONDS,
                    ssl=httpx.create_ssl_context(trust_env=False),
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self.USER_AGENT},
            )

    async def shutdown(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """The status and the body. Of the four delays only the reading one is ever given."""
        if self._client is None:
            raise RuntimeError("not initialized")
        patience = self._patience if read_timeout is BaseRequest.DEFAULT_NONE else read_timeout
        timeout = aiohttp.ClientTimeout(connect=_CONNECT_SECONDS, sock_read=patience)
        body = _body(request_data) if request_data else None
        call = self._client.request(method, url, data=body, timeout=timeout, allow_redirects=False)
        async with call as answer:
            return answer.status, await answer.read()


def _body(data: RequestData) -> aiohttp.FormData | dict[str, str]:
    if not data.contains_files:
        return data.json_parameters
    form = aiohttp.FormData(data.json_parameters)
    for name, (filename, content, kind) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=kind)
    return form
