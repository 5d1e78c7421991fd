"""Closing a connection without an answer, which ASGI itself cannot say."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.auto import AutoHTTPProtocol

_TRANSPORT = "standin.transport"


class DroppableProtocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]  # chosen at run time by uvicorn
    """Uvicorn's HTTP protocol, with the transport within reach of the application."""

    app: ASGIApp

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Puts the transport into the scope of every request of this connection."""
        super().connection_made(transport)
        app = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            scope[_TRANSPORT] = transport
            await app(scope, receive, send)

        self.app = with_transport


async def drop(scope: Scope, receive: Receive) -> None:
    """Closes the connection of this request; the client sees it end without an answer."""
    transport: Any = scope[_TRANSPORT]
    transport.abort()
    # Uvicorn must notice the loss before the application returns, or it would report a missing response.
    while (await receive())["type"] != "http.disconnect":
        pass
