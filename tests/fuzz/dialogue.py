"""A dialogue server that answers at random: conclusions with the real actions, mutated ones, garbage, errors.

One message in ten goes to the real one. What the real actions or the real server refuse is remembered.
"""

import asyncio
import contextlib
import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import yaml
from aiohttp import web

from bot.content import load
from tests.fuzz.mutate import NASTY, mutated, noise
from tests.scenarios.parts import SharedDialogue

Raw = dict[str, Any]

_RULES = Path(__file__).parents[2] / "data" / "rasa" / "rules.yml"
_PAYLOAD = re.compile(r"/(?P<intent>\w+)(?P<entities>\{.*\})?", re.DOTALL)
_REAL, _BROKEN, _SLOW, _MUTATED, _DANGER = 0.1, 0.03, 0.001, 0.15, 0.005
# Longer than the bot waits.
_SLOW_SECONDS = 5.0
_DANGERS = ("report_violence", "report_distress", "report_hazard")
_TIMES: tuple[Raw, ...] = (
    {"type": "value", "value": "2026-12-11T00:00:00.000+01:00", "grain": "day"},
    {"type": "value", "value": "2026-12-11T14:30:00.000+01:00", "grain": "minute"},
    {"type": "value", "value": "2025-01-01T00:00:00.000+01:00", "grain": "year"},
    {"type": "value", "value": "2036-02-29T00:00:00.000+01:00", "grain": "month"},
    {"type": "interval", "from": {"value": "2026-12-07T00:00:00.000+01:00", "grain": "day"},
     "to": {"value": "2026-12-12T00:00:00.000+01:00", "grain": "day"}},
)  # fmt: skip
_ENTITIES: tuple[tuple[str, tuple[Raw, ...]], ...] = (
    ("time", _TIMES),
    ("duration", ({"value": 2, "unit": "hour", "normalized": {"value": 7200, "unit": "second"}},)),
    ("amount-of-money", tuple({"value": v, "unit": "EUR"} for v in (0, 50, 250.5, 10**9, -5))),
    ("number", tuple({"type": "value", "value": v} for v in (0, 1, 3, 2.5, 10**12, -1))),
    ("installments", tuple({"type": "value", "value": v} for v in (0, 1, 3, 400))),
)  # fmt: skip


@dataclass
class Pretender:
    """What the stand-in is and what it saw. `refused`: answers of the real parts that were errors."""

    real: SharedDialogue
    random: Random
    port: int = 0
    answered: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    _actions: dict[str, str] = field(default_factory=dict)
    _client: aiohttp.ClientSession | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __post_init__(self) -> None:
        rules = yaml.safe_load(_RULES.read_text(encoding="utf-8"))["rules"]
        self._actions = {rule["steps"][0]["intent"]: rule["steps"][1]["action"] for rule in rules}
        self._intents = [name for name in load().intents if name not in _DANGERS]

    async def open(self) -> web.AppRunner:
        self._client = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))
        app = web.Application()
        app.router.add_get("/palier/ready", self._ready)
        app.router.add_post("/palier/message", self._message)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = runner.addresses[0][1]
        return runner

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()

    async def _ready(self, _request: web.Request) -> web.Response:
        return web.json_response({"model": "none"})

    async def _message(self, request: web.Request) -> web.StreamResponse:
        asked: Raw = await request.json()
        chance = self.random.random()
        for share, name, answer in (
            (_REAL, "du vrai serveur", self._from_the_real_one),
            (_BROKEN, "des erreurs", self._broken),
            (_SLOW, "trop lentes", self._slow),
        ):
            if chance < share:
                self.answered[name] += 1
                return await answer(asked)
            chance -= share
        conclusion = await self._conclusion(asked)
        if conclusion is None:
            return web.Response(status=500)
        if self.random.random() < _MUTATED:
            self.answered["mutées"] += 1
            conclusion = mutated(self.random, conclusion)
        else:
            self.answered["conclusions au hasard"] += 1
        return web.Response(text=json.dumps(conclusion), content_type="application/json")

    async def _from_the_real_one(self, asked: Raw) -> web.Response:
        status, body = await self._post(
            f"http://127.0.0.1:{self.real.port}/palier/message",
            asked,
            {"Authorization": f"Bearer {self.real.secret}"},
        )
        if status != 200:
            self.refused[
                f"dialogue {status}, {asked.get('intent') or 'un texte'}, {body.decode()[:200]}"
            ] += 1
        return web.Response(status=status, body=body, content_type="application/json")

    async def _broken(self, _asked: Raw) -> web.Response:
        status = self.random.choice((200, 200, 200, 204, 302, 400, 401, 404, 413, 500, 502, 503))
        body = self.random.choice(
            (b"", b"{}", b"[]", b"null", b'{"a": [', b"\xff\xfe", b"<html>", b'{"parse": {}, "replies": []}',
             b'{"parse": null, "replies": null}', json.dumps(self.random.choice(NASTY)).encode())
        )  # fmt: skip
        kind = self.random.choice(("application/json", "application/json", "text/html"))
        return web.Response(status=status, body=body, content_type=kind)

    async def _slow(self, _asked: Raw) -> web.Response:
        await asyncio.sleep(_SLOW_SECONDS)
        return web.Response(status=500)

    async def _conclusion(self, asked: Raw) -> Raw | None:
        """What the protocol allows, with what the action of that meaning answers; None: it failed."""
        parse = self._parse(asked)
        replies = []
        if asked["mode"] == "talk" and parse["intent"] not in _DANGERS:
            action = "action_clarify" if parse["hesitates"] else self._actions[parse["intent"]]
            replies = await self._replies(action, asked, parse)
            if replies is None:
                return None
        return {"parse": parse, "replies": replies}

    def _parse(self, asked: Raw) -> Raw:
        random = self.random
        chosen = asked.get("intent")
        danger = not chosen and random.random() < _DANGER
        intent = chosen or random.choice(_DANGERS if danger else self._intents)
        hesitates = not chosen and not danger and random.random() < 0.15
        confidence = 1.0 if chosen else random.uniform(0.3, 1) if not danger else random.uniform(0.05, 1)
        others = random.sample(self._intents, 3)
        ranking = [{"name": name, "confidence": (1 - confidence) / 3} for name in others if name != intent]
        return {
            "intent": intent,
            "confidence": confidence,
            "hesitates": hesitates,
            "doubt": random.choice(("ask", "person")) if hesitates else None,
            "ranking": [{"name": intent, "confidence": confidence}, *ranking],
            "entities": [] if chosen else self._entities(),
            "matters": [],
            "signs": [],
        }

    def _entities(self) -> list[Raw]:
        found = []
        for _ in range(self.random.choice((0, 0, 1, 1, 2, 3))):
            name, values = self.random.choice(_ENTITIES)
            entity: Raw = {
                "entity": name,
                "start": 0,
                "end": 3,
                "text": "mot",
                "value": self.random.choice(values),
            }
            if self.random.random() < 0.1:
                entity["alternatives"] = [self.random.choice(values)]
            if self.random.random() < 0.1 and name == "time":
                entity["recurs"] = "month"
            found.append(entity)
        return found

    async def _replies(self, action: str, asked: Raw, parse: Raw) -> list[Raw] | None:
        if not action.startswith("action_"):
            return [{"text": noise(self.random, 512).strip() or "Bonjour", "buttons": []}]
        heard = {
            "text": asked.get("text") or "",
            "intent": {"name": parse["intent"], "confidence": parse["confidence"]},
            "intent_ranking": parse["ranking"],
            "entities": parse["entities"]
            + [{"entity": name, "value": value} for name, value in (asked.get("entities") or {}).items()],
            "place": 0,
            "alone": True,
            "doubt": parse["doubt"],
        }
        context = asked["context"]
        slots = {"context": context, "register": context["register"], "discreet": context["discreet"]}
        tracker = {"sender_id": asked["conversation"], "slots": slots, "latest_message": heard, "events": [],
                   "paused": False, "followup_action": None, "active_loop": {}}  # fmt: skip
        call = {
            "next_action": action,
            "sender_id": asked["conversation"],
            "tracker": tracker,
            "domain": {},
            "version": "3.6.21",
        }
        status, body = await self._post(f"http://127.0.0.1:{self.real.actions.port}/webhook", call, {})
        if status != 200:
            self.refused[f"{action} {status}, {parse['intent']}, {json.loads(body).get('error')}"] += 1
            return None
        return [_reply(said) for said in json.loads(body)["responses"]]

    async def _post(self, url: str, body: Raw, headers: dict[str, str]) -> tuple[int, bytes]:
        assert self._client is not None
        async with self._client.post(url, json=body, headers=headers) as answer:
            return answer.status, await answer.read()


def _reply(said: Raw) -> Raw:
    buttons = []
    for button in said.get("buttons") or []:
        match = _PAYLOAD.fullmatch(button["payload"])
        assert match, button
        buttons.append(
            {
                "title": button["title"],
                "intent": match["intent"],
                "entities": json.loads(match["entities"] or "{}"),
            }
        )
    kept = {"text": said["text"], "buttons": buttons}
    return {**kept, "picture": said["image"]} if said.get("image") else kept


@contextlib.contextmanager
def running_pretender(real: SharedDialogue, random: Random) -> Iterator[Pretender]:
    """It listens in a thread of its own."""
    pretender = Pretender(real, random)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="pretender")
    thread.start()
    try:
        runner = asyncio.run_coroutine_threadsafe(pretender.open(), loop).result(20)
        yield pretender
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(20)
    finally:
        asyncio.run_coroutine_threadsafe(pretender.close(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
