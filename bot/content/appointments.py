"""`data/content/appointments.yml`: opening hours, subjects, reasons of a refusal, journeys."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from bot.domain.appointments import Hours
from bot.domain.states import AppointmentKind

_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_HOURS = re.compile(r"(\d{2}:\d{2})-(\d{2}:\d{2})")


@dataclass(frozen=True)
class Subject:
    """What a meeting is about, in words that anybody may read, and what to bring."""

    label: str
    papers: tuple[str, ...]


@dataclass(frozen=True)
class Journey:
    """A meeting that a scheme asks for within so many days."""

    name: str
    kind: AppointmentKind
    subject: str
    days: int


@dataclass(frozen=True)
class AppointmentRules:
    """An organisation's rules. `staff`: the hours of a member by reference, where they differ."""

    hours: Hours
    staff: Mapping[str, Hours]
    minutes: int
    notice: timedelta
    horizon_days: int
    book_at_once: bool
    journeys: tuple[str, ...]

    def hours_of(self, reference: str) -> Hours:
        return self.staff.get(reference, self.hours)


@dataclass(frozen=True)
class Appointments:
    defaults: dict[str, Any]
    subjects: dict[str, Subject]
    sensitive: re.Pattern[str]
    refusals: dict[str, str]
    journeys: dict[str, Journey]

    def rules(self, settings: Mapping[str, Any]) -> AppointmentRules:
        """The defaults, with what the organisation's settings change. Raises ValueError on a wrong hour."""
        values = self.defaults | dict(settings)
        return AppointmentRules(
            hours=_hours(values["hours"]),
            staff={reference: _hours(hours) for reference, hours in values["staff"].items()},
            minutes=values["minutes"],
            notice=timedelta(hours=values["notice_hours"]),
            horizon_days=values["horizon_days"],
            book_at_once=values["book_at_once"],
            journeys=tuple(values["journeys"]),
        )

    def is_sensitive(self, words: str) -> bool:
        """Whether a subject would tell whoever reads the telephone more than it should."""
        plain = unicodedata.normalize("NFKD", words.lower())
        return bool(self.sensitive.search("".join(c for c in plain if not unicodedata.combining(c))))


def appointments(content: dict[str, Any]) -> Appointments:
    """Check the file's content. Raises ValueError naming the entry that is wrong."""
    starts = "|".join(re.escape(word) for word in content["sensitive"])
    made = Appointments(
        defaults=content["defaults"],
        subjects={
            name: Subject(entry["label"], tuple(entry["papers"]))
            for name, entry in content["subjects"].items()
        },
        sensitive=re.compile(rf"\b(?:{starts})"),
        refusals=content["refusals"],
        journeys={
            name: Journey(name, AppointmentKind(entry["kind"]), entry["subject"], entry["days"])
            for name, entry in content["journeys"].items()
        },
    )
    made.rules({})
    for name, subject in made.subjects.items():
        if made.is_sensitive(subject.label):
            raise ValueError(f"appointments.yml: the subject {name} is sensitive")
    return made


def _hours(days: Mapping[str, list[str]]) -> Hours:
    unknown = days.keys() - set(_DAYS)
    if unknown:
        raise ValueError(f"appointments: no such day: {', '.join(sorted(unknown))}")
    return {_DAYS.index(day): [_span(words) for words in spans] for day, spans in days.items()}


def _span(words: str) -> tuple[time, time]:
    found = _HOURS.fullmatch(words)
    if found is None:
        raise ValueError(f"appointments: hours not understood: {words}")
    opens, closes = time.fromisoformat(found[1]), time.fromisoformat(found[2])
    if opens >= closes:
        raise ValueError(f"appointments: hours not in order: {words}")
    return opens, closes
