"""What the answers about appointments know: who speaks, when, and how to say it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import people
from bot.services.appointments import words as appointment_words
from bot.services.cases import cases
from bot.services.house import House
from bot.storage.tables import Appointment, Case, Chat, Person
from bot.texts import Voice


@dataclass(frozen=True)
class Talk:
    """One message or press of a tenant about appointments."""

    session: Session
    now: datetime
    house: House
    chat: Chat
    person: Person

    @property
    def voice(self) -> Voice:
        return people.voice(self.person)

    def say(self, key: str, appointment: Appointment | None = None, **values: object) -> str:
        """The sentence `key`; with an appointment it may name its time and its caseworker."""
        named = appointment_words.values(self.house, appointment, self.voice) if appointment else {}
        return self.house.texts.say(key, self.voice, **(named | values))

    def promise(self, case: Case) -> str:
        """Who reads the case and by when."""
        return cases.promise(self.now, self.house, case, self.voice)

    def when(self, appointment: Appointment, at: datetime) -> str:
        return appointment_words.when(self.house, at, appointment.kind, self.voice)
