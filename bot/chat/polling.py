"""Long polling: an update is confirmed to Telegram only after it is committed to our inbox."""

import asyncio
import warnings
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from telegram.error import Conflict, EndPointNotFound, InvalidToken, RetryAfter, TelegramError

from bot.chat.gateway import Gateway, seconds
from bot.chat.lanes import Lanes
from bot.chat.updates import ALLOWED_UPDATES

log = structlog.get_logger(__name__)

LONG_POLL_SECONDS = 25
# What was received is asked about before the next call is put together: both compute in the same loop.
_FIRST_SECONDS = 0.002


async def poll(gateway: Gateway, lanes: Lanes, stop: asyncio.Event) -> None:
    """Until `stop`: fetch, commit, then move the offset (that is what confirms)."""
    # PTB would rather parse the updates itself; we keep them raw, so nothing of theirs is lost.
    warnings.filterwarnings("ignore", message="Please use 'Bot.getUpdates'")
    await gateway.bot.delete_webhook()
    offset = 0
    pause = 1.0
    while not stop.is_set():
        try:
            raw = await _until_stop(_fetch(gateway, offset), stop)
            if raw is None:
                return
            if raw:
                await lanes.receive(raw)
                offset = max(int(update["update_id"]) for update in raw) + 1
                await asyncio.sleep(_FIRST_SECONDS)
            pause = 1.0
        except SQLAlchemyError as error:
            # Not committed, so not confirmed: Telegram gives the same updates again.
            log.error("database away", fault=type(error).__name__)
            await _until_stop(asyncio.sleep(pause), stop)
        except (EndPointNotFound, InvalidToken):
            log.error("telegram refuses the token")
            raise
        except Conflict:
            log.warning("another process polls with the same token")
            pause = min(pause * 2, 60.0)
            await _until_stop(asyncio.sleep(pause), stop)
        except RetryAfter as error:
            await _until_stop(asyncio.sleep(seconds(error)), stop)
        except TelegramError as error:
            log.warning("telegram does not answer", fault=type(error).__name__)
            await _until_stop(asyncio.sleep(pause), stop)
            pause = min(pause * 2, 30.0)


async def _fetch(gateway: Gateway, offset: int) -> list[dict[str, Any]]:
    """The raw updates: PTB's own objects would lose what it does not know."""
    raw: list[dict[str, Any]] = await gateway.bot.do_api_request(
        "getUpdates",
        api_kwargs={"offset": offset, "timeout": LONG_POLL_SECONDS, "allowed_updates": ALLOWED_UPDATES},
        read_timeout=LONG_POLL_SECONDS + 10,
    )
    return raw


async def _until_stop(work: Any, stop: asyncio.Event) -> Any:
    """The result of `work`, or None when `stop` comes first."""
    task = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait([task, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if task.done():
        return task.result()
    task.cancel()
    return None
