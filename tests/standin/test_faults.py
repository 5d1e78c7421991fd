"""Sending limits, faults on script, and the journal."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
from telegram import Bot
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter

from bot.standin.client import StandInClient
from bot.standin.errors import ControlError
from bot.standin.faults import FaultBook
from bot.standin.limits import Limits, RateLimiter
from bot.standin.people import Person


@pytest.fixture(autouse=True)
def _waits_are_timedeltas(monkeypatch: pytest.MonkeyPatch) -> None:
    """python-telegram-bot 22 warns at every RetryAfter unless told so."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


def test_a_chat_takes_a_short_burst_then_one_a_second() -> None:
    limiter = RateLimiter(Limits(overall=0, per_chat=1, burst=3))
    assert [limiter.retry_after(1, now) for now in (0.0, 0.1, 0.2)] == [None, None, None]
    assert limiter.retry_after(1, 0.5) == 3
    assert limiter.retry_after(2, 0.5) is None
    assert limiter.retry_after(1, 3.0) is None
    assert limiter.retry_after(1, 3.05) == 1


def test_the_whole_bot_sends_thirty_a_second() -> None:
    limiter = RateLimiter(Limits())
    assert [limiter.retry_after(chat, 0.01 * chat) for chat in range(30)] == [None] * 30
    assert limiter.retry_after(99, 0.5) == 1
    assert limiter.retry_after(99, 1.005) is None


async def test_too_many_messages_are_refused(bot: Bot, tg: StandInClient, marie: Person) -> None:
    tg.limits(overall=30, per_chat=1, burst=2)
    await bot.send_message(marie.id, "un")
    await bot.send_message(marie.id, "deux")
    with pytest.raises(RetryAfter) as refusal:
        await bot.send_message(marie.id, "trois")
    assert refusal.value.retry_after == dt.timedelta(seconds=2)
    assert [message.text for message in marie.replies()] == ["un", "deux"]


async def test_faults_answer_in_telegrams_words(bot: Bot, tg: StandInClient, marie: Person) -> None:
    tg.fault("retry_after", method="sendMessage", seconds=7, nth=2)
    await bot.send_message(marie.id, "un")
    with pytest.raises(RetryAfter) as refusal:
        await bot.send_message(marie.id, "deux")
    assert refusal.value.retry_after == dt.timedelta(seconds=7)
    await bot.send_message(marie.id, "trois")

    tg.fault("blocked", chat_id=marie.id)
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(marie.id, "x")
    tg.fault("error", code=400, description="Bad Request: chat not found")
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(marie.id, "x")
    tg.fault("error", code=502, description="Bad Gateway", count=0)
    for _ in range(2):
        with pytest.raises(NetworkError, match="Bad Gateway"):
            await bot.send_message(marie.id, "x")
    tg.clear_faults()
    await bot.send_message(marie.id, "fin")
    assert [message.text for message in marie.replies()] == ["un", "trois", "fin"]


async def test_a_delay_holds_the_answer_back(bot: Bot, tg: StandInClient, marie: Person) -> None:
    tg.fault("delay", method="sendMessage", milliseconds=150)
    start = asyncio.get_running_loop().time()
    await bot.send_message(marie.id, "tard")
    assert asyncio.get_running_loop().time() - start >= 0.15


async def test_a_drop_before_leaves_nothing(bot: Bot, tg: StandInClient, marie: Person) -> None:
    tg.fault("drop_before", method="sendMessage")
    with pytest.raises(NetworkError):
        await bot.send_message(marie.id, "perdu")
    assert marie.replies() == []
    await bot.send_message(marie.id, "suivant")


async def test_a_drop_after_leaves_the_message(bot: Bot, tg: StandInClient, marie: Person) -> None:
    tg.fault("drop_after", method="sendMessage")
    with pytest.raises(NetworkError):
        await bot.send_message(marie.id, "arrivé")
    assert [message.text for message in marie.replies()] == ["arrivé"]
    (call,) = tg.journal("sendMessage")
    assert call["fault"] == "drop_after"
    assert call["result"]["text"] == "arrivé"


def test_a_rule_with_a_mistake_is_refused() -> None:
    book = FaultBook()
    for rule in ({"effect": "boum"}, {"effect": "delay", "secondes": 1}, {"effect": "delay", "nth": "1"}, []):
        with pytest.raises(ControlError):
            book.add([{"effect": "blocked"}, rule])
    assert book.rules == []


async def test_the_journal_keeps_calls_without_the_token(bot: Bot, tg: StandInClient, marie: Person) -> None:
    tg.clear_journal()
    await bot.send_message(marie.id, "un")
    with pytest.raises(BadRequest):
        await bot.send_message(4242, "deux")
    calls = tg.journal(method="sendmessage")
    assert [call["chat_id"] for call in calls] == [marie.id, 4242]
    assert calls[0]["parameters"]["text"] == "un"
    assert calls[0]["result"]["message_id"] == marie.replies()[0].id
    assert calls[1]["error_code"] == 400
    assert calls[0]["started"] <= calls[0]["ended"] <= calls[1]["started"]
    assert tg.journal(chat_id=4242) == calls[1:]
    assert tg.journal(after=calls[0]["sequence"]) == calls[1:]
    assert bot.token not in str(tg.request("GET", "/journal"))
    tg.request("PUT", "/journal", {"length": 1})
    assert tg.journal() == calls[1:]
