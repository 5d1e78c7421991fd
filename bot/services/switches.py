"""What an organisation has switched off of the content: themes of tips, single tips, series of check-ins,
what a person brings (the eco kit).

Kept in its settings under `content_off`; what is not named there is on, also what is added later.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.tips import TipEntry
from bot.domain.checkins import Series
from bot.domain.tips import Tip
from bot.services.house import House
from bot.storage.tables import Organisation

_SETTING = "content_off"
ECO_KIT = "eco_kit"
_GIFTS = (ECO_KIT,)


class Kind(StrEnum):
    """What can be switched."""

    THEME = "theme"
    TIP = "tip"
    SERIES = "series"
    GIFT = "gift"


@dataclass(frozen=True)
class Switch:
    """`title` is French, for the team; `theme` is that of a tip, else empty. A tip that is on is given only
    when its theme is on too."""

    kind: Kind
    name: str
    title: str
    on: bool
    theme: str = ""


class UnknownSwitch(Exception):
    """There is no content of that kind and name."""


def listed(session: Session, house: House, organisation_id: int) -> list[Switch]:
    """Everything that can be switched, each theme followed by its tips, then the series and the gifts."""
    off = _off(session, organisation_id)
    say, found = house.texts.say, []
    for theme in house.content.tips.themes:
        found.append(_switch(off, Kind.THEME, theme, say(f"staff.content.theme.{theme}")))
        for name, entry in house.content.tips.entries.items():
            if entry.tip.theme == theme:
                found.append(_switch(off, Kind.TIP, name, entry.title, theme))
    for series in house.content.checkins.series:
        found.append(_switch(off, Kind.SERIES, series.name, say(f"staff.content.series.{series.name}")))
    found += [_switch(off, Kind.GIFT, gift, say(f"staff.content.gift.{gift}")) for gift in _GIFTS]
    return found


def turn(session: Session, house: House, organisation_id: int, kind: Kind, name: str, on: bool) -> None:
    """Switch one on or off, from now on: what is queued and off does not leave. Two who switch at once are
    both heard. Raises UnknownSwitch."""
    if name not in _names(house, kind):
        raise UnknownSwitch(f"{kind} {name}")
    organisation = session.scalars(
        select(Organisation)
        .filter_by(id=organisation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    off = organisation.settings.get(_SETTING, {})
    names = set(off.get(kind, ())) - {name} if on else {*off.get(kind, ()), name}
    organisation.settings = organisation.settings | {_SETTING: off | {kind.value: sorted(names)}}


def tips(session: Session, house: House, organisation_id: int) -> list[Tip]:
    """The tips that may be given."""
    off, entries = _off(session, organisation_id), house.content.tips.entries.values()
    return [entry.tip for entry in entries if _is_on(off, entry)]


def gives(session: Session, organisation_id: int, entry: TipEntry) -> bool:
    """Whether that tip may be given."""
    return _is_on(_off(session, organisation_id), entry)


def series(session: Session, house: House, organisation_id: int) -> tuple[Series, ...]:
    """The series of check-ins that ask."""
    off = _off(session, organisation_id)[Kind.SERIES]
    return tuple(one for one in house.content.checkins.series if one.name not in off)


def brings(session: Session, organisation_id: int, gift: str) -> bool:
    """Whether the team has it to give."""
    return gift not in _off(session, organisation_id)[Kind.GIFT]


def _off(session: Session, organisation_id: int) -> dict[Kind, frozenset[str]]:
    off = session.get_one(Organisation, organisation_id).settings.get(_SETTING, {})
    return {kind: frozenset(off.get(kind, ())) for kind in Kind}


def _is_on(off: dict[Kind, frozenset[str]], entry: TipEntry) -> bool:
    return entry.tip.theme not in off[Kind.THEME] and entry.tip.id not in off[Kind.TIP]


def _names(house: House, kind: Kind) -> set[str]:
    if kind is Kind.SERIES:
        return {one.name for one in house.content.checkins.series}
    if kind is Kind.GIFT:
        return set(_GIFTS)
    return set(house.content.tips.themes if kind is Kind.THEME else house.content.tips.entries)


def _switch(off: dict[Kind, frozenset[str]], kind: Kind, name: str, title: str, theme: str = "") -> Switch:
    return Switch(kind, name, title, name not in off[kind], theme)
