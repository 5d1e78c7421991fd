"""The client of the dialogue server: an answer, or one exception that says why without the words."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from bot import dialogue
from bot.dialogue import Dialogue, DialogueDown

PARSE = {"intent": "greet", "confidence": 0.9, "hesitates": False, "signs": []}
GOOD = {"parse": PARSE, "replies": [{"text": "Bonjour."}]}


class Server:
    """A dialogue server that does as it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answer: Any = GOOD
        self.status = 200
        self.asked: list[tuple[str | None, Any]] = []
        self.address = ""

    async def message(self, request: web.Request) -> web.Response:
        self.asked.append((request.headers.get("Authorization"), await request.json()))
        if self.answer is None:
            await asyncio.sleep(30)
        if isinstance(self.answer, str):
            return web.Response(text=self.answer, status=self.status, content_type="application/json")
        return web.json_response(self.answer, status=self.status)

    async def ready(self, _request: web.Request) -> web.Response:
        return web.Response(status=self.status)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    told = Server()
    application = web.Application()
    application.router.add_post("/palier/message", told.message)
    application.router.add_get("/palier/ready", told.ready)
    async with TestServer(application) as running:
        told.address = str(running.make_url("")).rstrip("/")
        yield told


@pytest.fixture
async def client(server: Server) -> AsyncIterator[Dialogue]:
    made = Dialogue([server.address], "the secret")
    yield made
    await made.close()


async def talk(client: Dialogue) -> dialogue.Heard:
    return await client.talk(chat_id=1, id="7", conversation="c", context={"now": "x"}, text="coucou")


async def test_an_answer(server: Server, client: Dialogue) -> None:
    heard = await talk(client)

    assert (heard.intent, heard.replies) == ("greet", [{"text": "Bonjour."}])
    ((secret, asked),) = server.asked
    assert secret == "Bearer the secret"
    assert (asked["id"], asked["mode"], asked["text"]) == ("7", "talk", "coucou")
    assert await client.ready()


@pytest.mark.parametrize(
    ("status", "answer", "why"),
    [
        (500, GOOD, "HTTP 500"),
        (200, "oops", "not understood"),
        (200, {"replies": []}, "not understood"),
        (200, [], "not understood"),
        (200, {"parse": PARSE, "replies": []}, "empty answer"),
        (200, {"parse": {**PARSE, "intent": "report_repair"}, "replies": []}, "empty answer"),
    ],
)
async def test_an_unusable_answer(
    server: Server, client: Dialogue, status: int, answer: Any, why: str
) -> None:
    server.status, server.answer = status, answer
    with pytest.raises(DialogueDown, match=why):
        await talk(client)


@pytest.mark.parametrize(
    "changed",
    [
        {"replies": [None]},
        {"replies": [{"text": "  "}]},
        {"replies": [{"text": "a" * 5_000}]},
        {"replies": [{"text": "a\0"}]},
        {"replies": [{"text": "a" * 3_000}] * 2},
        {"replies": [{"text": "a"}] * 6},
        {"replies": [{"text": "Oui ?", "buttons": [{"title": "Oui"}]}]},
        {"replies": [{"text": "Oui ?", "buttons": [{"title": "", "intent": "affirm", "entities": {}}]}]},
        {
            "replies": [
                {
                    "text": "Oui ?",
                    "buttons": [{"title": "Oui", "intent": "affirm", "entities": {"question": []}}],
                }
            ]
        },
        {"parse": {**PARSE, "intent": []}},
        {"parse": {**PARSE, "intent": "\ud83d"}},
        {"parse": {**PARSE, "confidence": "0.9"}},
        {"parse": {**PARSE, "ranking": [{"name": "greet"}]}},
        {"parse": {**PARSE, "entities": {"time": 3}}},
        {"parse": {**PARSE, "matters": [{}]}},
    ],
)
async def test_an_answer_of_another_shape_is_not_understood(
    server: Server, client: Dialogue, changed: dict[str, Any]
) -> None:
    server.answer = GOOD | changed
    with pytest.raises(DialogueDown, match="not understood"):
        await talk(client)


async def test_what_the_protocol_adds_one_day_is_kept(server: Server, client: Dialogue) -> None:
    server.answer = GOOD | {"parse": {**PARSE, "mood": "gay"}, "more": 1}
    assert (await talk(client)).parse["mood"] == "gay"


async def test_a_server_that_hangs(server: Server, client: Dialogue, monkeypatch: pytest.MonkeyPatch) -> None:
    server.answer = None
    monkeypatch.setattr(dialogue, "TIMEOUT_SECONDS", 0.1)
    with pytest.raises(DialogueDown, match="timeout"):
        await talk(client)
    # The next messages, of danger perhaps, do not wait as long for it.
    monkeypatch.setattr(dialogue, "TIMEOUT_SECONDS", 60)
    monkeypatch.setattr(dialogue, "WARY_TIMEOUT_SECONDS", 0.1)
    with pytest.raises(DialogueDown, match="timeout"):
        await talk(client)
    # Once it answers, it is trusted again.
    server.answer = GOOD
    monkeypatch.setattr(dialogue, "WARY_TIMEOUT_SECONDS", 60)
    await talk(client)
    assert client._wary_until == {}


async def test_nobody_there() -> None:
    client = Dialogue([f"http://127.0.0.1:{unused_port()}"], "")
    with pytest.raises(DialogueDown, match="Connector"):
        await talk(client)
    assert not await client.ready()
    await client.close()


async def test_a_server_that_is_not_ready(server: Server, client: Dialogue) -> None:
    server.status = 503
    assert not await client.ready()


async def test_a_chat_always_speaks_to_the_same_server(server: Server) -> None:
    client = Dialogue([server.address, f"{server.address}/other"], "")
    told = set()
    for _ in range(3):
        try:
            told.add((await client.parse(chat_id=5, id="1", text="a", context={})).intent)
        except DialogueDown:
            told.add("down")
    assert len(told) == 1
    await client.close()
