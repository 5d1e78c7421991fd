"""PTB's errors, read for what they mean for a message."""

from datetime import timedelta

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.chat.gateway import understood
from bot.domain.delivery import Delayed, Fault, NotSent, Refused, Uncertain, Unreachable

HOST = ConnectionKey("api.telegram.org", 443, True, True, None, None, None)


def caused(error: TelegramError, cause: Exception | None) -> TelegramError:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (RetryAfter(7), Delayed),
        (Forbidden("Forbidden: bot was blocked by the user"), Unreachable),
        (Forbidden("Forbidden: user is deactivated"), Unreachable),
        (ChatMigrated(5), Unreachable),
        (BadRequest("Chat not found"), Unreachable),
        (BadRequest("PEER_ID_INVALID"), Unreachable),
        (BadRequest("Message text is empty"), Refused),
        (BadRequest("Message is too long"), Refused),
        (InvalidToken("x"), Delayed),
        (InvalidToken("Not Found"), Delayed),
        (InvalidToken("Not Found: method not found"), Refused),
        (EndPointNotFound("x"), Refused),
        (Conflict("x"), Refused),
        (caused(NetworkError("x"), aiohttp.ClientConnectorError(HOST, OSError("refused"))), NotSent),
        (caused(NetworkError("x"), aiohttp.ConnectionTimeoutError()), NotSent),
        (caused(NetworkError("x"), aiohttp.SocketTimeoutError()), Uncertain),
        (caused(NetworkError("x"), aiohttp.ServerDisconnectedError()), Uncertain),
        (caused(NetworkError("x"), aiohttp.ClientOSError("reset")), Uncertain),
        (caused(NetworkError("x"), aiohttp.ClientPayloadError()), Uncertain),
        (caused(NetworkError("x"), TelegramError("Invalid server response")), NotSent),
        (NetworkError("Bad Gateway"), NotSent),
        (NetworkError("Internal Server Error"), NotSent),
        (TelegramError("something new"), Refused),
    ],
    ids=lambda value: f"{type(value).__name__}: {value}" if isinstance(value, Exception) else value.__name__,
)
def test_what_an_error_means(error: TelegramError, meaning: type[Fault]) -> None:
    fault = understood(error)
    assert type(fault) is meaning
    assert len(str(fault)) <= 80  # what the column holds


@pytest.mark.parametrize("wait", [7, timedelta(seconds=7)])
def test_how_long_telegram_asks_to_wait(wait: int | timedelta) -> None:
    fault = understood(RetryAfter(wait))
    assert isinstance(fault, Delayed)
    assert fault.seconds == 7
