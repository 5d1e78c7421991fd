"""A browser without a screen: it keeps cookies, follows nothing, and speaks to the application in process."""

import asyncio
import re
from typing import Any

import httpx
from starlette.applications import Starlette

_CSRF = re.compile(r'name="csrf" value="([0-9a-f]+)"')


class Browser:
    def __init__(
        self, app: Starlette, address: str = "http://127.0.0.1:8080", *, source: str = "127.0.0.1"
    ) -> None:
        """`source`: the address that the application sees it come from."""
        self.cookies = httpx.Cookies()
        self._app = app
        self._address = address
        self._source = source

    def open(self, app: Starlette) -> None:
        """Speak to that application from now on, with the same cookies."""
        self._app = app

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **data: str) -> httpx.Response:
        return self.request("POST", path, data=data)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return asyncio.run(self._request(method, path, options))

    def csrf(self, path: str) -> str:
        """The secret of the forms of that page."""
        found = _CSRF.search(self.get(path).text)
        assert found, f"no form on {path}"
        return found[1]

    async def _request(self, method: str, path: str, options: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False, client=(self._source, 123))
        async with httpx.AsyncClient(
            transport=transport, base_url=self._address, cookies=self.cookies
        ) as client:
            response = await client.request(method, path, **options)
            self.cookies = client.cookies
            return response
