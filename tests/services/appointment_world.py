"""A caseworker, a tenant and their appointments: time that passes, what was queued and how it is said."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.states import AppointmentKind, OutboxState
from bot.domain.words import Option, Reply, Words
from bot.services import outbox, people
from bot.services.appointments import appointments
from bot.services.appointments import plan as appointment_plan
from bot.services.appointments import talk as appointment_talk
from bot.services.appointments.appointments import Meeting
from bot.services.appointments.turn import Talk
from bot.services.house import House
from bot.storage.tables import Appointment, Button, Case, Chat, Occurrence, Outbox, Person, Staff
from tests.services.team import chat_of, staff, tenant


@dataclass
class World:
    session: Session
    house: House
    now: datetime
    caseworker: Staff
    person: Person
    sent: list[tuple[str, Words]] = field(default_factory=list)

    def local(self, at: str) -> datetime:
        return datetime.fromisoformat(at).replace(tzinfo=self.house.zone)

    def book(self, at: str, **more: Any) -> Appointment:
        meeting: dict[str, Any] = {
            "person": self.person,
            "staff": self.caseworker,
            "kind": AppointmentKind.OFFICE,
            "minutes": 45,
            "place": "1 rue du Pont",
        }
        return appointments.book(
            self.session, self.now, self.house, Meeting(starts_at=self.local(at), **(meeting | more))
        )

    def until(self, at: str) -> list[str]:
        """Let time pass by every due instant; the kinds of messages that left meanwhile, in order."""
        target, before = self.local(at), len(self.sent)
        self.deliver()
        while self.now < target:
            self.now = min(self._next() or target, target)
            self.ticks()
            self.deliver()
        return [kind for kind, _ in self.sent[before:]]

    def ticks(self) -> None:
        appointment_plan.fire_due(self.session, self.now, self.house)
        self.session.flush()

    def _next(self) -> datetime | None:
        dates = [
            *self.session.scalars(
                select(Occurrence.due_at).where(Occurrence.state == "planned", Occurrence.due_at > self.now)
            ),
            *self.session.scalars(
                select(Outbox.not_before).where(
                    Outbox.state == OutboxState.QUEUED, Outbox.not_before > self.now
                )
            ),
        ]
        return min(dates, default=None)

    def deliver(self) -> None:
        """What is due leaves."""
        self.session.flush()
        rows = self.session.scalars(
            select(Outbox)
            .where(Outbox.state == OutboxState.QUEUED, Outbox.not_before <= self.now)
            .order_by(Outbox.id)
        ).all()
        for row in rows:
            for sending in outbox.claim(self.session, self.now, self.house, [row.id]):
                outbox.sent(self.session, self.now, {row.id: (row.id, sending.words.text)})
                self.sent.append((row.kind, sending.words))

    def said(self, kind: str) -> Words:
        """The last message of that kind that left."""
        return next(words for name, words in reversed(self.sent) if name == kind)

    def dropped(self) -> list[str]:
        return list(self.session.scalars(select(Outbox.reason).where(Outbox.state == OutboxState.DROPPED)))

    @property
    def talk(self) -> Talk:
        return Talk(self.session, self.now, self.house, self.chat, self.person)

    @property
    def chat(self) -> Chat:
        return chat_of(self.session, self.person)

    def writes(self, intent: str, *entities: dict[str, Any], text: str = "") -> Reply:
        self.session.flush()
        return appointment_talk.answer(self.talk, intent, entities, text)

    def presses(self, said: Words | Reply, title: str) -> Reply:
        """Press a button of a message, or of an answer."""
        self.session.flush()
        if isinstance(said, Reply):
            option = next(option for option in said.options if plain(option.title) == title)
        else:
            choice = next(choice for row in said.rows for choice in row if plain(choice.title) == title)
            button = self.session.scalars(select(Button).filter_by(key=choice.key)).one()
            option = Option(button.title, button.meaning, button.values)
        return appointment_talk.press(self.talk, option.intent, option.values)

    def cases(self) -> list[str]:
        return list(self.session.scalars(select(Case.kind).order_by(Case.id)))

    def at(self, moment: str, grain: str = "minute") -> dict[str, Any]:
        """The entity of a time, as the parse holds it."""
        value = {"type": "value", "value": self.local(moment).isoformat(), "grain": grain}
        return {"entity": "time", "value": value}


def make_world(session: Session, house: House, now: datetime, **person: Any) -> World:
    """Tuesday 1 December 2026, 10 h: nothing is booked yet."""
    caseworker = staff(session, "EQ01")
    who = tenant(session, referent=caseworker, **person)
    people.set_consent(session, now, who, "appointments", True, "consent.ask")
    session.flush()
    return World(session, house, now, caseworker, who)


def plain(text: str) -> str:
    """With ordinary spaces and apostrophes."""
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("’", "'")


def duration(minutes: int) -> dict[str, Any]:
    value = {"value": minutes, "unit": "minute", "normalized": {"value": minutes * 60, "unit": "second"}}
    return {"entity": "duration", "value": value}
