"""The way to the action server."""

from __future__ import annotations

from typing import Any

import aiohttp
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

# An answer is due in a second: an action that takes this long is broken (Rasa itself waits five minutes).
TIMEOUT_SECONDS = 10.0


class ActionEndpoint(EndpointConfig):
    """Rasa's endpoint, with one connection kept open, a short patience, and errors without their body.

    The body of an error repeats the request, that is the whole talk: it must not reach a log.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url=url, enable_selective_domain=True)
        self._session: aiohttp.ClientSession | None = None

    async def request(self, *_: object, json: dict[str, Any], **__: object) -> Any:
        """Post the call and return the events and replies of the action."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS))
        # The actions need no domain; rasa-sdk answers 449 to a call that has none at all.
        async with self._session.post(self.url, json={"domain": {}, **json}) as response:
            if response.status != 200:
                raise ClientResponseError(500, response.reason or "", "")
            return await response.json()

    async def close(self) -> None:
        """Close the connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None
