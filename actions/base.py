"""What every action does: run a service once for a message, in its own transaction, and say the reply."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.domain.words import Option, Reply
from bot.services.house import House
from bot.storage import Database
from bot.storage.tables import ActionRun, Chat, Person

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Turn:
    """What an action may know: who speaks, what was understood of one matter of the message.

    `place`: 0 for the matter that leads. `alone`: the message has no other. `doubt`: why the model is not
    acted upon, "ask" or "person".
    """

    session: Session
    now: datetime
    house: House
    chat: Chat
    person: Person
    intent: str
    ranking: list[str]
    entities: list[dict[str, Any]]
    text: str
    place: int
    alone: bool
    doubt: str | None


Verb = Callable[[Turn], Reply]


class ServiceAction(Action):  # type: ignore[misc]
    """One service verb under one action name. A message replayed gets what it got the first time."""

    def __init__(self, name: str, verb: Verb, database: Database, clock: Clock, house: House) -> None:
        self._name = name
        self._verb = verb
        self._database = database
        self._clock = clock
        self._house = house

    def name(self) -> str:
        return self._name

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, _domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        try:
            said = await asyncio.to_thread(self._once, tracker.get_slot("context"), tracker.latest_message)
        except Exception:
            # rasa-sdk would log the whole tracker; here only where it came from.
            log.exception("action failed", action=self._name)
            raise
        dispatcher.utter_message(text=said["text"], buttons=said["buttons"], image=said.get("picture"))
        return []

    def _once(self, context: dict[str, Any], heard: dict[str, Any]) -> dict[str, Any]:
        with self._database.transaction() as session:
            key = {
                "organisation_id": context["organisation_id"],
                "inbox_id": context["inbox_id"],
                "action": f"{self._name}:{heard.get('place', 0)}",
            }
            done = session.scalar(select(ActionRun).filter_by(**key))
            if done is not None:
                return dict(done.result)
            now = self._clock.now(session)
            said = _spoken(self._verb(self._turn(session, now, context, heard)))
            session.add(ActionRun(**key, result=said, at=now))
            return said

    def _turn(self, session: Session, now: datetime, context: dict[str, Any], heard: dict[str, Any]) -> Turn:
        chat = session.get_one(Chat, context["chat_id"])
        if chat.person is None:
            raise LookupError("the dialogue speaks with linked tenants only")
        ranking = [entry["name"] for entry in heard.get("intent_ranking") or []]
        intent = (heard.get("intent") or {}).get("name") or ""
        return Turn(
            session,
            now,
            self._house,
            chat,
            chat.person,
            intent,
            ranking,
            entities=heard.get("entities") or [],
            text=heard.get("text") or "",
            place=heard.get("place", 0),
            alone=heard.get("alone", True),
            doubt=heard.get("doubt"),
        )


def _spoken(reply: Reply) -> dict[str, Any]:
    buttons = [_button(option, reply.question_id) for option in reply.options]
    return {"text": reply.text, "buttons": buttons, "picture": reply.picture}


def _button(option: Option, question_id: int | None) -> dict[str, str]:
    values = dict(option.values)
    if question_id is not None:
        values.setdefault("question", question_id)
    return {"title": option.title, "payload": f"/{option.intent}{json.dumps(values)}"}
