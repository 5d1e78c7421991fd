"""`/mesinfos`: everything that the register says is told to the person, in French, as one text."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import RowMapping, select
from sqlalchemy.orm import Session

from bot.content.personal_data import TableData
from bot.domain.states import Register
from bot.services.cases import kinds as case_kinds
from bot.services.house import House
from bot.services.privacy.rows import rows_of
from bot.storage.tables import Person, Table
from bot.texts.format import day_with_year, euros, hour, typeset


def copy_of(session: Session, now: datetime, house: House, person: Person) -> str:
    """The text of the file; words of danger are not in it: a person says them."""
    session.flush()
    found = rows_of(session, person)
    written = f"{day_with_year(now.astimezone(house.zone).date())}, {hour(now, house.zone)}"
    parts = [house.texts.say("mine.head", at=written)]
    for name, declared in house.content.personal_data.tables.items():
        if declared.told and name in found:
            table = Table.metadata.tables[name]
            chosen = select(table).where(table.c.id.in_(found[name])).order_by(table.c.id)
            parts.append(_section(house, name, declared, session.execute(chosen).mappings().all()))
    return "\n\n".join([*parts, house.texts.say("mine.foot")]) + "\n"


def _section(house: House, name: str, declared: TableData, rows: Sequence[RowMapping]) -> str:
    lines = [typeset(declared.title).upper()]
    for row in rows:
        told = [
            f"{typeset(label)}\u00a0: {said}"
            for column, label in declared.told.items()
            if (said := _said(house, name, declared, column, row))
        ]
        if told:
            lines.append("– " + "\n  ".join(told))
    return "\n".join(lines)


def _said(house: House, table: str, declared: TableData, column: str, row: RowMapping) -> str:
    value = row[column]
    if column == "words" and row.get("sensitive"):
        return house.texts.say("mine.sensitive")
    if table == "case_file" and column == "kind":
        return case_kinds.label(house, value)
    if table == "home_trait" and column == "name":
        trait = house.content.tips.traits.get(value)
        return trait.questions[Register.ORDINARY] if trait and trait.questions else str(value)
    return _plain(house, column, declared.values.get(column, {}).get(_key(value), value))


def _key(value: Any) -> str:
    """The name of a value in the register: YAML would read a bare yes as true."""
    if value is None:
        return "unknown"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _plain(house: House, column: str, value: Any) -> str:
    """A value as one reads it; empty when there is none."""
    if value is None or value in ("", []):
        return ""
    if column.endswith("_cents"):
        return euros(int(value))
    if isinstance(value, datetime):
        return f"{day_with_year(value.astimezone(house.zone).date())}, {hour(value, house.zone)}"
    if isinstance(value, date):
        return day_with_year(value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)
