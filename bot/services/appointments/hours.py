"""When a member of the team receives: written in a few words, kept in the organisation's settings."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.appointments import Agenda, Hours
from bot.services.appointments.rows import AppointmentRefused, during, rules_of
from bot.services.house import House
from bot.storage.tables import Appointment, Organisation, Staff
from bot.texts.format import folded, weekday

_DAYS = [weekday(number) for number in range(7)]
_CLOSED = ("ferme", "fermee", "rien", "personne")
_FILLERS = ("le", "les", "et", "de", "du", "a", "puis")
_TO = ("au", "-", "–")
_PIECE = re.compile(
    r"(?P<from>\d{1,2})(?:h|:)(?P<from_minutes>\d{2})?\s*(?:-|–|a)\s*(?P<to>\d{1,2})(?:h|:)(?P<to_minutes>\d{2})?"
    r"|(?P<word>[a-z]+)|(?P<dash>[-–])|[\s,;]+|(?P<other>.)"
)
_FAR = timedelta(days=366)


def read(words: str) -> Hours:
    """The hours that the words set, by weekday (Monday is 0): "lundi 9h-12h 14h-17h, jeudi fermé",
    "du lundi au vendredi 9h-12h". Raises AppointmentRefused (`hours`) for any word that is not understood,
    hours that overlap or end before they begin."""
    found: dict[int, list[tuple[time, time]]] = {}
    days: list[int] = []
    done, until = True, False
    for match in _PIECE.finditer(folded(words)):
        word = match["word"]
        if word in _DAYS:
            day = _DAYS.index(word)
            days = [day] if done else [*days, *(range(days[-1] + 1, day + 1) if until else [day])]
            done = until = False
        elif word in _CLOSED and days:
            found |= {day: [] for day in days}
            done = True
        elif match["from"] and days and not until:
            span = _span(match)
            for day in days:
                found.setdefault(day, []).append(span)
            done = True
        elif (word in _TO or match["dash"]) and days and not done:
            until = True
        elif match["other"] or (word and word not in _FILLERS):
            raise AppointmentRefused("hours")
    if not found or not done or set(days) - found.keys():
        raise AppointmentRefused("hours")
    return {day: _in_order(spans) for day, spans in found.items()}


def of(session: Session, house: House, staff: Staff) -> Hours:
    """When the member receives: their own hours, else the organisation's."""
    return rules_of(session, house, staff.organisation_id).hours_of(staff.reference)


def are_own(session: Session, house: House, staff: Staff) -> bool:
    """Whether the member has other hours than the organisation's."""
    return staff.reference in rules_of(session, house, staff.organisation_id).staff


def change(session: Session, house: House, staff: Staff, words: str) -> Hours:
    """Set the days that the words name, the others stay; all of the member's hours. Raises
    AppointmentRefused (`hours`). Appointments that are booked stay: `outside` tells which."""
    named = read(words)
    organisation = _locked(session, staff)
    changed = {day: spans for day, spans in ({**of(session, house, staff), **named}).items() if spans}
    _keep(organisation, staff, {_DAYS[day]: _in_words(changed[day]) for day in sorted(changed)})
    return changed


def forget(session: Session, staff: Staff) -> None:
    """The organisation's hours again."""
    _keep(_locked(session, staff), staff, None)


def outside(session: Session, now: datetime, house: House, staff: Staff) -> list[Appointment]:
    """The member's appointments to come that are not within their hours."""
    today: date = now.astimezone(house.zone).date()
    agenda = Agenda(of(session, house, staff), busy=(), closed=lambda _day: False, zone=house.zone)
    ahead = during(session, now, house, staff, today + _FAR)
    return [booked for booked in ahead if not agenda.is_free(booked.starts_at, booked.minutes)]


def _span(match: re.Match[str]) -> tuple[time, time]:
    try:
        opens = time(int(match["from"]), int(match["from_minutes"] or 0))
        closes = time(int(match["to"]), int(match["to_minutes"] or 0))
    except ValueError:
        raise AppointmentRefused("hours") from None
    if opens >= closes:
        raise AppointmentRefused("hours")
    return opens, closes


def _in_order(spans: list[tuple[time, time]]) -> list[tuple[time, time]]:
    ordered = sorted(spans)
    if any(later[0] < earlier[1] for earlier, later in pairwise(ordered)):
        raise AppointmentRefused("hours")
    return ordered


def _in_words(spans: Sequence[tuple[time, time]]) -> list[str]:
    return [f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in spans]


def _locked(session: Session, staff: Staff) -> Organisation:
    """Two who change their hours at once keep both."""
    return session.scalars(
        select(Organisation)
        .filter_by(id=staff.organisation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _keep(organisation: Organisation, staff: Staff, days: dict[str, list[str]] | None) -> None:
    rules = dict(organisation.settings.get("appointments", {}))
    members = {name: hours for name, hours in rules.get("staff", {}).items() if name != staff.reference}
    if days is not None:
        members[staff.reference] = days
    organisation.settings = organisation.settings | {"appointments": rules | {"staff": members}}
