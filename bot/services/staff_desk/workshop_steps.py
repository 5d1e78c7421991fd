"""The questions of `/atelier` for a new workshop: what is asked, what can be pressed, how words are read."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot.domain.incoming import Incoming
from bot.services.staff_desk.press import Press
from bot.services.workshops.creation import (
    MINUTES,
    MOST_PLACE,
    MOST_SEATS,
    MOST_THEME,
    MOST_TITLE,
)
from bot.services.workshops.refusals import WorkshopRefused
from bot.storage.tables import Lease, Workshop

Entities = Sequence[Mapping[str, Any]]
Offer = tuple[str, Any]
_SHOWN = 6
_MINUTES, _SEATS, _SESSIONS = (60, 90, 120, 180), (8, 10, 12, 15, 20), (1, 3)
# The lists that say whom it is for, and the profiles that may be named to a mediator.
LISTS = ("districts", "residences", "profiles", "interests")
PROFILES = ("senior", "jeune")
_WRITTEN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}) (?:à )?(\d{1,2}) ?[hH:] ?(\d{2})?")


@dataclass(frozen=True)
class Step:
    """`read`: the answer in what was written, raises WorkshopRefused; `offers`: titles and their answers."""

    read: Callable[[Press, Incoming, Entities], Any]
    offers: Callable[[Press, Mapping[str, Any]], list[Offer]]


def _line(most: int, code: str) -> Callable[[Press, Incoming, Entities], str]:
    def read(press: Press, incoming: Incoming, entities: Entities) -> str:
        words = " ".join(incoming.text.split())
        if not words:
            raise WorkshopRefused(f"{code}_missing")
        if len(words) > most:
            raise WorkshopRefused(f"{code}_long")
        return words

    return read


def _whole(least: int, most: int, code: str) -> Callable[[Press, Incoming, Entities], int]:
    def read(press: Press, incoming: Incoming, entities: Entities) -> int:
        found = re.findall(r"\d+", incoming.text)
        if len(found) != 1 or len(found[0]) > 4 or not least <= int(found[0]) <= most:
            raise WorkshopRefused(code)
        return int(found[0])

    return read


def _buttons_only(press: Press, incoming: Incoming, entities: Entities) -> Any:
    raise WorkshopRefused("buttons")


def _read_poster(press: Press, incoming: Incoming, entities: Entities) -> dict[str, str]:
    if incoming.file_kind != "photo":
        raise WorkshopRefused("poster")
    return {"kind": "photo", "id": incoming.file_id}


def _read_start(press: Press, incoming: Incoming, entities: Entities) -> list[str]:
    """The instants that the words can mean, in ISO form, the future ones, in order."""
    found = set(_instants(entities)) or set(_as_written(press, incoming.text))
    coming = sorted(at for at in found if at > press.now)
    if coming:
        return [at.isoformat() for at in coming[:_SHOWN]]
    raise WorkshopRefused("past" if found else "start")


def _instants(entities: Entities) -> list[datetime]:
    """The times of day that the time layer read; a day without its hour is not enough."""
    values = [
        value
        for entity in entities
        if entity.get("entity") == "time"
        for value in (entity.get("value"), *entity.get("alternatives", ()))
    ]
    return [
        datetime.fromisoformat(value["value"])
        for value in values
        if isinstance(value, Mapping) and value.get("grain") in ("hour", "minute") and "value" in value
    ]


def _as_written(press: Press, text: str) -> list[datetime]:
    """12/12/2026 14h30, read without the dialogue server: nobody is stuck while it is away."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        return []
    day, month, year, hour, minute = (int(part or 0) for part in found.groups())
    try:
        return [datetime(year, month, day, hour, minute, tzinfo=press.house.zone)]
    except ValueError:
        return []


def _no_offers(press: Press, values: Mapping[str, Any]) -> list[Offer]:
    return []


def _themes(press: Press, values: Mapping[str, Any]) -> list[Offer]:
    known = _known(press, Workshop.theme)
    usual = press.say("staff.workshops.themes").split(", ")
    themes = list(dict.fromkeys([*known, *usual]))[:_SHOWN]
    return [*((theme.capitalize(), theme) for theme in themes), (press.say("staff.workshops.no_theme"), "")]


def _places(press: Press, values: Mapping[str, Any]) -> list[Offer]:
    places = [(place[:60], place) for place in _known(press, Workshop.place)]
    return [*places, (press.say("staff.workshops.no_place"), "")]


def _known(press: Press, column: Any) -> list[str]:
    """What the organisation's workshops were before, without what is empty."""
    found = press.session.scalars(
        select(column)
        .distinct()
        .where(Workshop.organisation_id == press.staff.organisation_id, column != "")
        .order_by(column)
        .limit(_SHOWN)
    )
    return list(found)


def _starts(press: Press, values: Mapping[str, Any]) -> list[Offer]:
    """Several readings of one answer: which one."""
    meant = [datetime.fromisoformat(text) for text in values.get("starts", ())]
    return [(press.when(at), at.isoformat()) for at in meant] if len(meant) > 1 else []


def _minutes(press: Press, values: Mapping[str, Any]) -> list[Offer]:
    return [(press.say("staff.workshops.minutes", count=count), count) for count in _MINUTES]


def _seats(press: Press, values: Mapping[str, Any]) -> list[Offer]:
    return [(str(count), count) for count in _SEATS]


def _audience(press: Press, values: Mapping[str, Any]) -> list[Offer]:
    """The list that is open, or which one to open, or that it is enough."""
    opened = values.get("list")
    if opened:
        chosen = values.get(opened, [])
        return [(name, {"add": name}) for name in _candidates(press, opened) if name not in chosen]
    lists: list[Offer] = [(press.say(f"staff.workshops.for.{name}"), {"list": name}) for name in LISTS]
    if values.get("theme") and not values.get("came_before"):
        lists.append((press.say("staff.workshops.for.came_before"), {"came_before": True}))
    chosen_any = values.get("came_before") or any(values.get(name) for name in LISTS)
    enough = "enough" if chosen_any else "everybody"
    return [(press.say(f"staff.workshops.for.{enough}"), {"done": True}), *lists]


def _candidates(press: Press, opened: str) -> list[str]:
    if opened == "profiles":
        return list(PROFILES)
    if opened == "interests":
        return _known(press, Workshop.theme)
    column = Lease.district if opened == "districts" else Lease.residence
    own = (Lease.organisation_id == press.staff.organisation_id, column != "")
    return list(press.session.scalars(select(column).distinct().where(*own).order_by(column).limit(12)))


def _no_poster(press: Press, values: Mapping[str, Any]) -> list[Offer]:
    return [(press.say("staff.workshops.no_poster"), None)]


def _sessions(press: Press, values: Mapping[str, Any]) -> list[Offer]:
    return [(press.say(f"staff.workshops.sessions.{count}"), count) for count in _SESSIONS]


# In the order in which they are asked.
STEPS: dict[str, Step] = {
    "title": Step(_line(MOST_TITLE, "title"), _no_offers),
    "theme": Step(_line(MOST_THEME, "theme"), _themes),
    "place": Step(_line(MOST_PLACE, "place"), _places),
    "start": Step(_read_start, _starts),
    "minutes": Step(_whole(*MINUTES, "minutes"), _minutes),
    "seats": Step(_whole(1, MOST_SEATS, "seats"), _seats),
    "audience": Step(_buttons_only, _audience),
    "poster": Step(_read_poster, _no_poster),
    "sessions": Step(_buttons_only, _sessions),
}
