"""Webhook: an update is committed to our inbox before Telegram gets its 200."""

import hmac
import json

from fastapi import APIRouter, Request, Response

from bot.chat.gateway import Gateway
from bot.chat.lanes import Lanes
from bot.chat.updates import ALLOWED_UPDATES

PATH = "/telegram/updates"
# Telegram's updates are a few kilobytes; text is at most 4,096 characters.
_MAX_BODY = 1_000_000


async def install(gateway: Gateway, url: str, secret: str) -> None:
    """Tell Telegram where to deliver; the address is `url` followed by our path."""
    await gateway.bot.set_webhook(
        f"{url}{PATH}", secret_token=secret, allowed_updates=ALLOWED_UPDATES, max_connections=40
    )


def router(lanes: Lanes, secret: str) -> APIRouter:
    """The route that Telegram calls. A wrong secret learns nothing; a broken body is not asked for again."""
    routes = APIRouter()

    @routes.post(PATH, include_in_schema=False)
    async def update(request: Request) -> Response:
        given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not hmac.compare_digest(given.encode(), secret.encode()):
            return Response(status_code=404)
        if int(request.headers.get("content-length") or 0) > _MAX_BODY:
            return Response(status_code=413)
        try:
            raw = json.loads(await request.body())
            int(raw["update_id"])
        except (KeyError, TypeError, ValueError):
            return Response(status_code=200)
        await lanes.receive([raw])
        return Response(status_code=200)

    return routes
