"""Updates by polling and by webhook, and what people can do to a bot."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, Conflict

from bot.standin.client import StandInClient
from bot.standin.people import Person

QUERY = InlineKeyboardMarkup([[InlineKeyboardButton("Oui", callback_data="réponse:1")]])


async def confirm_all(bot: Bot) -> None:
    await bot.get_updates(offset=-1)
    for update in await bot.get_updates():
        await bot.get_updates(offset=update.update_id + 1)


async def test_an_update_waits_until_a_higher_offset_confirms_it(bot: Bot, marie: Person) -> None:
    numbers = [marie.write(f"message {number}")["update_id"] for number in range(3)]
    assert [update.update_id for update in await bot.get_updates()][-3:] == numbers
    assert [update.update_id for update in await bot.get_updates(limit=1)] == [numbers[0] - 1]
    again = await bot.get_updates(offset=numbers[1])
    assert [update.update_id for update in again] == numbers[1:]
    assert again[0].message is not None
    assert again[0].message.text == "message 1"
    assert [update.update_id for update in await bot.get_updates(offset=-1)] == [numbers[2]]
    assert await bot.get_updates(offset=numbers[2] + 1) == ()


async def test_a_long_poll_ends_with_the_first_update(bot: Bot, marie: Person) -> None:
    await confirm_all(bot)
    poll = asyncio.create_task(bot.get_updates(timeout=5))
    await asyncio.sleep(0.1)
    assert not poll.done()
    number = marie.write("enfin")["update_id"]
    (update,) = await asyncio.wait_for(poll, 1)
    assert update.update_id == number
    record = marie.client.updates(after=number - 1)[0]
    assert 0 <= record["handed"] - record["queued"] < 0.5
    assert record["confirmed"] is None


async def test_the_older_of_two_pollers_gives_way(bot: Bot, marie: Person) -> None:
    await confirm_all(bot)
    older = asyncio.create_task(bot.get_updates(timeout=5))
    await asyncio.sleep(0.1)
    newer = asyncio.create_task(bot.get_updates(timeout=5))
    with pytest.raises(Conflict, match="terminated by other getUpdates"):
        await asyncio.wait_for(older, 1)
    marie.write("pour le second")
    assert len(await asyncio.wait_for(newer, 1)) == 1


async def test_kinds_that_the_bot_did_not_ask_for_are_not_queued(bot: Bot, marie: Person) -> None:
    await confirm_all(bot)
    await bot.get_updates(allowed_updates=["callback_query"])
    marie.write("rien")
    assert await bot.get_updates() == ()
    await bot.get_updates(allowed_updates=[])
    marie.write("quelque chose")
    assert len(await bot.get_updates()) == 1


async def test_start_carries_its_code(bot: Bot, tg: StandInClient) -> None:
    tg.user(1003, first_name="Ahmed", start_payload="ABC").start("ABC")
    message = (await bot.get_updates())[-1].message
    assert message is not None
    assert message.text == "/start ABC"
    assert message.entities[0].type == "bot_command"
    assert message.entities[0].length == 6


async def test_a_button_is_pressed_and_answered(bot: Bot, marie: Person) -> None:
    await bot.send_message(marie.id, "Payé ?", reply_markup=QUERY)
    question = marie.wait_for("Payé")
    pressed = question.press("Oui")
    query = (await bot.get_updates())[-1].callback_query
    assert query is not None
    assert query.data == "réponse:1"
    assert query.id == pressed["callback_query_id"]
    assert query.message is not None
    assert query.message.message_id == question.id
    assert await bot.answer_callback_query(query.id, "Merci")
    assert [answer["text"] for answer in marie.answers()] == ["Merci"]
    with pytest.raises(BadRequest, match="Query is too old"):
        await bot.answer_callback_query(query.id)

    expired = question.press("Oui", expired=True)
    with pytest.raises(BadRequest, match="Query is too old"):
        await bot.answer_callback_query(expired["callback_query_id"])
    with pytest.raises(AssertionError, match="no button 'Non'"):
        question.press("Non")
    marie.forge(question, "réponse:999")
    forged = (await bot.get_updates())[-1].callback_query
    assert forged is not None
    assert forged.data == "réponse:999"


async def test_everything_a_person_can_send(bot: Bot, marie: Person) -> None:
    await confirm_all(bot)
    marie.photo(caption="le courrier")
    marie.document("bail.pdf")
    marie.voice()
    marie.sticker()
    marie.location(45.76, 4.84)
    marie.contact("+33600000000")
    first = marie.write("avant")
    marie.edit(first, "après")
    marie.block()
    marie.unblock()
    updates = await bot.get_updates()
    messages = [update.message for update in updates if update.message]
    assert messages[0].photo[-1].width == 480
    assert messages[0].caption == "le courrier"
    assert messages[1].document is not None
    assert messages[1].document.file_name == "bail.pdf"
    assert messages[2].voice is not None
    assert messages[3].sticker is not None
    assert messages[4].location is not None
    assert messages[5].contact is not None
    assert messages[5].contact.user_id == marie.id
    assert updates[7].edited_message is not None
    assert updates[7].edited_message.text == "après"
    changes = [update.my_chat_member for update in updates if update.my_chat_member]
    assert [change.new_chat_member.status for change in changes] == ["kicked", "member"]


async def test_groups_and_channels(bot: Bot, tg: StandInClient, marie: Person) -> None:
    group = tg.room(-100, "Résidence")
    channel = tg.room(-200, "Annonces", "channel")
    marie.write("bonsoir", room=group)
    marie.write("avis", room=channel)
    last = (await bot.get_updates())[-2:]
    assert last[0].message is not None
    assert last[0].message.chat.title == "Résidence"
    assert last[1].channel_post is not None
    await bot.send_message(-100, "bonsoir à tous")
    assert group.wait_for("bonsoir à tous").from_bot


async def test_duplicates_disorder_and_raw_updates(bot: Bot, tg: StandInClient, marie: Person) -> None:
    await confirm_all(bot)
    first = marie.write("un")["update_id"]
    assert len(await bot.get_updates(offset=first)) == 1
    assert await bot.get_updates(offset=first + 1) == ()
    tg.duplicate(first)
    again = await bot.get_updates(offset=first + 1)
    assert [update.update_id for update in again] == [first]
    assert await bot.get_updates(offset=first + 1) == ()

    tg.hold()
    numbers = [marie.write(text)["update_id"] for text in ("deux", "trois")]
    assert await bot.get_updates(offset=first + 1) == ()
    assert tg.release() == numbers[::-1]
    swapped = await bot.get_updates(offset=first + 1)
    assert [update.update_id for update in swapped] == numbers[::-1]

    number = tg.send_update({"from_the_future": {"strange": True}})
    raw = await bot.get_updates(offset=numbers[-1] + 1)
    assert number == numbers[-1] + 1
    assert [update.update_id for update in raw] == [number]


Received = asyncio.Queue[tuple[str | None, int]]


@asynccontextmanager
async def webhook_server(received: Received, statuses: list[int]) -> AsyncIterator[str]:
    """Notes secret and update number of each delivery; answers the next of `statuses`, then 200."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        headers = dict(line.split(": ", 1) for line in head.splitlines()[1:] if ": " in line)
        body = await reader.readexactly(int(headers["content-length"]))
        await received.put((headers.get("x-telegram-bot-api-secret-token"), json.loads(body)["update_id"]))
        status = statuses.pop(0) if statuses else 200
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/telegram"


async def test_a_webhook_gets_updates_in_order_with_its_secret(
    bot: Bot, marie: Person, tg: StandInClient
) -> None:
    received: Received = asyncio.Queue()
    async with webhook_server(received, [500, 503]) as url:
        await bot.set_webhook(url, secret_token="secret", drop_pending_updates=True)
        numbers = [marie.write(f"message {number}")["update_id"] for number in range(5)]
        deliveries = [await asyncio.wait_for(received.get(), 5) for _ in range(7)]
        assert deliveries == [("secret", number) for number in [numbers[0], numbers[0], *numbers]]
        info = await bot.get_webhook_info()
        assert info.url == url
        assert info.last_error_message is not None
        assert "500" in info.last_error_message or "503" in info.last_error_message
        with pytest.raises(Conflict, match="webhook is active"):
            await bot.get_updates()
        assert "secret" not in json.dumps(tg.state())
        await bot.delete_webhook()
    number = marie.write("par sondage")["update_id"]
    assert [update.update_id for update in await bot.get_updates(offset=number)] == [number]
