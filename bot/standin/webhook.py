"""Delivering updates to the bot's webhook: one by one, in order, again after a failure."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import httpx

from bot.standin.state import World
from bot.standin.updates import UpdateRecord

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
TIMEOUT = 30.0


async def deliver_updates(world: World) -> None:
    """Runs as long as the server; sleeps while no webhook is set."""
    async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as client:
        failures = 0
        while not world.closing.is_set():
            webhook, record = world.webhook, _next(world)
            if not webhook.get("url") or record is None:
                failures = 0
                await _wait_for_work(world)
                continue
            error = await _post(client, webhook, record)
            if error is None:
                failures = 0
                world.updates.delivered(record)
                continue
            webhook["last_error_date"], webhook["last_error_message"] = world.now(), error
            failures += 1
            await _pause(world, min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failures - 1, 10)))


def _next(world: World) -> UpdateRecord | None:
    return world.updates.pending[0] if world.updates.pending else None


async def _post(client: httpx.AsyncClient, webhook: dict[str, Any], record: UpdateRecord) -> str | None:
    """Hands one update over; None when the bot accepted it, else Telegram's wording of what went wrong."""
    headers = {"X-Telegram-Bot-Api-Secret-Token": webhook["secret"]} if webhook["secret"] else {}
    try:
        response = await client.post(webhook["url"], json=record.hand_over(), headers=headers)
    except httpx.TimeoutException:
        return "Read timeout expired"
    except (httpx.HTTPError, httpx.InvalidURL):
        return "Connection refused"
    if response.is_success:
        return None
    return f"Wrong response from the webhook: {response.status_code} {response.reason_phrase}"


async def _wait_for_work(world: World) -> None:
    """Sleeps until an update comes for a webhook, or the webhook changes."""
    if not world.webhook.get("url"):
        world.webhook_changed.clear()
        if not world.closing.is_set():
            await world.webhook_changed.wait()
        return
    world.updates.news.clear()
    if not world.closing.is_set():
        await world.updates.news.wait()


async def _pause(world: World, seconds: float) -> None:
    """Waits before the next try; a changed webhook ends the wait."""
    world.webhook_changed.clear()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(world.webhook_changed.wait(), seconds)
