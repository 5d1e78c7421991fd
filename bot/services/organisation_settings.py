"""What an organisation has set: read with its defaults, changed all at once or not at all."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.organisation_settings import OrganisationSetting, SettingKind
from bot.services.appointments import hours
from bot.services.appointments.rows import AppointmentRefused
from bot.services.house import House
from bot.storage.tables import Organisation, SettingChange, Staff
from bot.texts.format import weekday

_YES = "oui"
_DAYS = [weekday(number) for number in range(7)]


class SettingsRefused(Exception):
    """`faults` says what is wrong, in French, by key; nothing was changed."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__(", ".join(faults))
        self.faults = faults


def every(house: House) -> list[OrganisationSetting]:
    return [setting for section in house.content.organisation_settings for setting in section.settings]


def defaults(house: House) -> dict[str, Any]:
    """The value of every setting for who has set nothing, by key."""
    rules = house.content.personal_data.rules
    nested = {
        "rent_in_arrears": False,
        "rent_steps": asdict(house.content.rent_steps),
        "rent_signals": asdict(house.content.rent_signals),
        "appointments": house.content.appointments.defaults,
        "retention": {name: rule.days for name, rule in rules.items()},
    }
    return {setting.key: _at(nested, setting.key) for setting in every(house)}


def current(house: House, organisation: Organisation) -> dict[str, Any]:
    """The value that holds for every setting, by key."""
    usual = defaults(house)
    return {key: _at(organisation.settings, key, default) for key, default in usual.items()}


def change(session: Session, now: datetime, house: House, staff: Staff, written: Mapping[str, str]) -> int:
    """Set everything as it is written in the form (a key that is absent is a box left empty); returns how
    many values changed. Raises SettingsRefused."""
    organisation = session.scalars(
        select(Organisation)
        .filter_by(id=staff.organisation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    values = _read(every(house), written)
    before, usual = current(house, organisation), defaults(house)
    changed = {key: value for key, value in values.items() if value != before[key]}
    settings = dict(organisation.settings)
    for key, value in changed.items():
        settings = _with(settings, key.split("."), value, forget=value == usual[key])
        session.add(
            SettingChange(
                organisation_id=organisation.id,
                staff_id=staff.id,
                at=now,
                name=key,
                before=before[key],
                after=value,
            )
        )
    organisation.settings = settings
    return len(changed)


def changes(session: Session, staff: Staff, limit: int) -> Iterable[SettingChange]:
    """The latest changes of the reader's organisation, the last one first."""
    mine = select(SettingChange).filter_by(organisation_id=staff.organisation_id)
    return session.scalars(mine.order_by(SettingChange.id.desc()).limit(limit)).all()


def in_form(setting: OrganisationSetting, value: Any) -> str:
    """The value as a form writes it, and as `change` reads it."""
    match setting.kind:
        case SettingKind.YES:
            return _YES if value else ""
        case SettingKind.EUROS:
            return f"{value // 100},{value % 100:02}"
        case SettingKind.WEEK:
            return "\n".join(f"{day} {' '.join(map(_span, value[day]))}" for day in _DAYS if value.get(day))
        case SettingKind.NAMES:
            return " ".join(value)
        case _:
            return "" if value is None else str(value)


def _span(words: str) -> str:
    """09:00-12:30 is said 9h-12h30."""
    opens, closes = (time.fromisoformat(part) for part in words.split("-"))
    return f"{_hour(opens)}-{_hour(closes)}"


def _hour(at: time) -> str:
    return f"{at.hour}h{at.minute:02}" if at.minute else f"{at.hour}h"


def _read(settings: Iterable[OrganisationSetting], written: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    by_key = {setting.key: setting for setting in settings}
    for key, setting in by_key.items():
        try:
            values[key] = _value(setting, written.get(key, "").strip())
        except ValueError as fault:
            faults[key] = str(fault)
    for key, setting in by_key.items():
        if setting.after in values and key in values and values[key] <= values[setting.after]:
            faults[key] = f"Doit dépasser « {by_key[setting.after].label} »."
    if faults:
        raise SettingsRefused(faults)
    return values


def _value(setting: OrganisationSetting, written: str) -> Any:
    """Raises ValueError with a sentence in French."""
    match setting.kind:
        case SettingKind.YES:
            return written == _YES
        case SettingKind.NAMES:
            return [name for name in setting.names if name in written.split()]
        case SettingKind.WEEK:
            return _week(written)
        case SettingKind.DAYS_OR_NEVER if not written:
            return None
        case SettingKind.EUROS:
            number = _cents(written)
        case _:
            number = _whole(written)
    if not setting.least <= number <= setting.most:
        least, most = in_form(setting, setting.least), in_form(setting, setting.most)
        raise ValueError(f"Entre {least} et {most} {setting.unit}.")
    return number


def _whole(written: str) -> int:
    if not written.isdecimal() or len(written) > 6:
        raise ValueError("Écrivez un nombre entier, en chiffres.")
    return int(written)


def _cents(written: str) -> int:
    euros, _, cents = written.replace("€", "").replace(" ", "").replace(".", ",").partition(",")
    if (
        not euros.isdecimal()
        or len(euros) > 6
        or not (cents == "" or (cents.isdecimal() and len(cents) == 2))
    ):
        raise ValueError("Écrivez une somme, par exemple 15,00.")
    return int(euros) * 100 + int(cents or 0)


def _week(written: str) -> dict[str, list[str]]:
    try:
        read = hours.read(written)
    except AppointmentRefused:
        raise ValueError("Écrivez par exemple : lundi 9h-12h 14h-17h, un jour par ligne.") from None
    return {
        _DAYS[day]: [f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in spans]
        for day, spans in sorted(read.items())
        if spans
    }


def _at(nested: Mapping[str, Any], key: str, default: Any = None) -> Any:
    here: Any = nested
    for part in key.split("."):
        if not isinstance(here, Mapping) or part not in here:
            return default
        here = here[part]
    return here


def _with(nested: Mapping[str, Any], path: list[str], value: Any, *, forget: bool) -> dict[str, Any]:
    """The settings with that value, or without it when it is the default's."""
    head, *rest = path
    if rest:
        inner = _with(nested.get(head, {}), rest, value, forget=forget)
        others = {name: kept for name, kept in nested.items() if name != head}
        return others | ({head: inner} if inner else {})
    others = {name: kept for name, kept in nested.items() if name != head}
    return others if forget else others | {head: value}
