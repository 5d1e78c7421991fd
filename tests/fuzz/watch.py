"""What must hold whatever comes in: nothing of the silent changes, nobody is shown what is another's."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, or_, select

from bot.domain.states import CaseState
from bot.storage import tables
from bot.storage.tables import Table
from tests.fuzz.updates import Source, buttons_of
from tests.scenarios.world import World

# Not the lines of a traceback but its last, and whatever a library says.
_SAID = re.compile(r"(?!Traceback |The above|During handling|\[SQL|\(Background)\S")
_TOKEN = re.compile(r"zq(\d+)zq")
_SHOWS = ("sendMessage", "sendPhoto", "sendDocument", "sendVenue", "editMessageText")
# What Telegram says of a chat that it does not know, or that shut the bot out: no fault of ours.
_NOT_OURS = ("chat not found", "bot was blocked", "bot can't initiate", "wrong file identifier")


class Bystanders:
    """Tenants who write nothing and have no open case: no row of theirs may change between two looks."""

    def __init__(self, world: World, chats: Sequence[int]) -> None:
        self._world, self._chats = world, chats
        self._watched: list[int] = []
        self._before: dict[str, list[Any]] = {}
        # Looks so far: one is a bystander's whole set of rows, twice read.
        self.looks = 0

    def look(self) -> None:
        """Begin anew: what the clock brought them is theirs."""
        with self._world.reading() as session:
            followed = select(tables.Case.person_id).where(
                tables.Case.state != CaseState.CLOSED, tables.Case.person_id.is_not(None)
            )
            mine = select(tables.Chat.telegram_id).where(
                tables.Chat.telegram_id.in_(self._chats), tables.Chat.person_id.not_in(followed)
            )
            self._watched = list(session.scalars(mine))
        self._before = self._rows()

    def changed(self) -> list[str]:
        """The tables where a row of theirs is not what it was."""
        after = self._rows()
        self.looks += len(self._watched)
        return [f"{name} de qui n’a rien écrit" for name in after if after[name] != self._before[name]]

    def _rows(self) -> dict[str, list[Any]]:
        """Every row of every table that belongs to these chats or their persons."""
        with self._world.reading() as session:
            chats = session.scalars(
                select(tables.Chat).where(tables.Chat.telegram_id.in_(self._watched))
            ).all()
            ids = {"chat_id": [chat.id for chat in chats], "person_id": [chat.person_id for chat in chats]}
            rows: dict[str, list[Any]] = {}
            for table in Table.metadata.sorted_tables:
                for column in ids.keys() & table.columns.keys():
                    mine = select(table).where(table.columns[column].in_(ids[column]))
                    rows[f"{table.name} ({column})"] = sorted(map(repr, session.execute(mine)))
            rows["person"] = sorted(
                map(
                    repr,
                    session.execute(
                        select(tables.Person.__table__).where(tables.Person.id.in_(ids["person_id"]))
                    ),
                )
            )
            rows["le nombre des personnes"] = [session.scalar(select(func.count(tables.Person.id)))]
            return rows


@dataclass
class Telephones:
    """Reads all that Palier sends: tells the source what is shown, and finds what nobody may be shown."""

    world: World
    source: Source
    troubles: list[str] = field(default_factory=list)
    shown: int = 0
    refused: int = 0
    _last: int = 0
    # What belongs to one person: references, surname, telephone; and the persons that each chat ever was.
    _marks: dict[int, list[re.Pattern[str]]] = field(default_factory=dict)
    _persons: dict[int, set[int]] = field(default_factory=dict)

    def meet(self) -> None:
        """Who is who now: names and references of all tenants, and whose the chats are."""
        with self.world.reading() as session:
            team = {staff.last_name for staff in session.scalars(select(tables.Staff))}
            for person in session.scalars(select(tables.Person)):
                words = [person.reference, person.phone, person.email]
                words += [person.last_name] if person.last_name not in team else []
                self._marks[person.id] = [
                    re.compile(rf"(?<!\w){re.escape(w)}(?!\w)") for w in words if w and len(w) > 2
                ]
            for telegram_id, person_id in session.execute(
                select(tables.Chat.telegram_id, tables.Chat.person_id)
            ):
                self._persons.setdefault(telegram_id, set())
                if person_id is not None:
                    self._persons[telegram_id].add(person_id)

    def read(self) -> None:
        """All that was sent since the last time."""
        for call in self.world.standin.journal(after=self._last):
            self._last = call["sequence"]
            if call["method"] not in _SHOWS:
                continue
            if call["error_code"]:
                self._refusal(call)
                continue
            self.shown += 1
            self._understand(call)
        self.world.standin.clear_journal()

    def _refusal(self, call: dict[str, Any]) -> None:
        self.refused += 1
        said = str(call["description"])
        if not any(known in said for known in _NOT_OURS):
            self.troubles.append(f"Telegram refuse {call['method']} : {said}")

    def _understand(self, call: dict[str, Any]) -> None:
        chat, given = call["chat_id"], call["parameters"]
        markup = given.get("reply_markup")
        buttons = buttons_of(json.loads(markup) if isinstance(markup, str) else markup)
        words = [str(given.get(name, "")) for name in ("text", "caption", "title", "address")]
        document = call["result"].get("document") if isinstance(call["result"], dict) else None
        if document and "file_id" in document:
            words.append(self.world.standin.file(document["file_id"]).decode("utf-8", "replace"))
        text = "\n".join([*words, *(title for title, _ in buttons)])
        number = call["result"]["message_id"] if isinstance(call["result"], dict) else 0
        if chat in (*self.source.tenants, *self.source.staff, *self.source.strangers):
            self.source.learn(chat, number, text, buttons)
        if chat not in self.source.staff:
            self.troubles += [f"{call['method']} montre {what}" for what in self._of_others(chat, text)]

    def _of_others(self, chat: int, text: str) -> Iterator[str]:
        for token in _TOKEN.findall(text):
            if int(token) != chat:
                yield "les mots d’un autre locataire"
        mine = self._persons.get(chat, set())
        own = [mark.pattern for person in mine for mark in self._marks.get(person, [])]
        for person, marks in self._marks.items():
            if person in mine:
                continue
            if any(mark.pattern not in own and mark.search(text) for mark in marks):
                yield "le nom ou la référence d’un autre locataire"


def stuck(world: World) -> list[str]:
    """What no worker would take any more, and what waits though it is due."""
    found = []
    with world.reading() as session:
        now = world.parts.clock.now(session)
        inbox = session.execute(select(tables.Inbox.state, func.count()).group_by(tables.Inbox.state)).all()
        found += [f"{count} mises à jour {state}" for state, count in inbox if state not in ("handled",)]
        held = select(tables.Outbox.state, func.count()).where(
            or_(tables.Outbox.state == "sending", tables.Outbox.state == "unknown",
                (tables.Outbox.state == "queued") & (tables.Outbox.not_before <= now))
        ).group_by(tables.Outbox.state)  # fmt: skip
        found += [f"{count} messages {state}" for state, count in session.execute(held)]
    return found


def reached(world: World) -> dict[str, int]:
    """How far the talks went: of each of these, how many different kinds there were."""
    kinds = {
        "de messages": tables.Outbox.kind,
        "de questions": tables.Question.kind,
        "de dossiers": tables.Case.kind,
        "d’actes sur un dossier": tables.CaseEvent.kind,
    }
    with world.reading() as session:
        return {name: session.scalar(select(func.count(kind.distinct()))) for name, kind in kinds.items()}


def loud(world: World) -> list[str]:
    """What the process wrote that is an error, and what a library wrote: of a traceback its last line."""
    found = []
    for line in world.bot.log().splitlines():
        if not line.startswith("{"):
            found += [line[:200]] if _SAID.match(line) else []
            continue
        event = json.loads(line)
        if event["level"] in ("error", "critical"):
            where = " < ".join(reversed(event.get("at", [])))
            found.append(f"{event['event']} ({event.get('fault', '')}) {where}")
    return found
