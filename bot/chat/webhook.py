"""Webhook: an update is committed to our inbox before Telegram gets its 200."""

import asyncio
import contextlib
import hmac
import json

import structlog
from fastapi import APIRouter, Request, Response
from telegram.error import TelegramError

from bot.chat.gateway import Gateway
from bot.chat.lanes import Lanes
from bot.chat.updates import ALLOWED_UPDATES, is_numbered

log = structlog.get_logger(__name__)

PATH = "/telegram/updates"
# Another process with the same token, or a hand, can take the address away: nobody would be heard.
WATCH_SECONDS = 30.0
# Telegram's updates are a few kilobytes; text is at most 4,096 characters.
_MAX_BODY = 1_000_000


async def install(gateway: Gateway, url: str, secret: str) -> None:
    """Tell Telegram where to deliver; the address is `url` followed by our path."""
    await gateway.bot.set_webhook(
        f"{url}{PATH}", secret_token=secret, allowed_updates=ALLOWED_UPDATES, max_connections=40
    )


async def keep(gateway: Gateway, url: str, secret: str, stop: asyncio.Event) -> None:
    """Until `stop`: see that Telegram still delivers to our address, and tell it again when it does not."""
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), WATCH_SECONDS)
            return
        try:
            if (await gateway.bot.get_webhook_info()).url != f"{url}{PATH}":
                log.error("the webhook was gone")
                await install(gateway, url, secret)
        except TelegramError as error:
            log.warning("telegram does not answer", fault=type(error).__name__)


def router(lanes: Lanes, secret: str) -> APIRouter:
    """The route that Telegram calls. A wrong secret learns nothing; a broken body is not asked for again."""
    routes = APIRouter()

    @routes.post(PATH, include_in_schema=False)
    async def update(request: Request) -> Response:
        given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not hmac.compare_digest(given.encode(), secret.encode()):
            return Response(status_code=404)
        body = b""
        async for part in request.stream():  # whatever length was announced, or none
            body += part
            if len(body) > _MAX_BODY:
                return Response(status_code=413)
        try:
            raw = json.loads(body)
        except (ValueError, RecursionError):
            return Response(status_code=200)
        if is_numbered(raw):
            await lanes.receive([raw])
        return Response(status_code=200)

    return routes
