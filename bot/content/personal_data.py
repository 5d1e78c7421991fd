"""`data/content/personal_data.yml`: what each column holds of people, why, how long, who reads it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.content import source

ABOUT = ("tenant", "team", "nobody")
ERASE = ("delete", "keep")


@dataclass(frozen=True)
class Rule:
    """How long: `days` (None: the landlord has not said), and the same in words."""

    days: int | None
    label: str


@dataclass(frozen=True)
class Purpose:
    label: str
    basis: str
    people: str


@dataclass(frozen=True)
class TableData:
    """`told`: columns given to the person, by their French name; `held`: columns of the person that are not,
    by the reason; `plain`: nothing of a person. `because`: why the table survives an erasure."""

    about: str
    title: str
    purpose: str
    keep: str
    readers: str
    erase: str
    because: str | None
    told: dict[str, str]
    held: dict[str, str]
    plain: tuple[str, ...]
    # In French, what a told column may hold.
    values: dict[str, dict[str, str]]

    @property
    def is_personal(self) -> bool:
        return self.about != "nobody"


@dataclass(frozen=True)
class PersonalData:
    rules: dict[str, Rule]
    purposes: dict[str, Purpose]
    readers: dict[str, str]
    bases: dict[str, str]
    tables: dict[str, TableData]


def load_personal_data(path: Path) -> PersonalData:
    """Raises ValueError naming the table and what it lacks."""
    read = source.read(path)
    data = PersonalData(
        rules={name: Rule(**entry) for name, entry in read["rules"].items()},
        purposes={name: Purpose(**entry) for name, entry in read["purposes"].items()},
        readers=read["readers"],
        bases=read["bases"],
        tables={name: _table(entry) for name, entry in read["tables"].items()},
    )
    for name, table in data.tables.items():
        _check(data, name, table)
    return data


def _table(entry: dict[str, Any]) -> TableData:
    return TableData(
        about=entry["about"],
        title=entry.get("title", ""),
        purpose=entry["purpose"],
        keep=entry["keep"],
        readers=entry["readers"],
        erase=entry["erase"],
        because=entry.get("because"),
        told=entry.get("told", {}),
        held=entry.get("held", {}),
        plain=tuple(entry.get("plain", ())),
        values=entry.get("values", {}),
    )


def _check(data: PersonalData, name: str, table: TableData) -> None:
    good = {
        "about": table.about in ABOUT,
        "purpose": table.purpose in data.purposes,
        "keep": table.keep in data.rules,
        "readers": table.readers in data.readers,
        "erase": table.erase in ERASE,
        "because": table.because in data.bases or table.erase == "delete" or table.about != "tenant",
        "title": bool(table.title) or not table.told,
        "plain": table.is_personal or not (table.told or table.held),
    }
    wrong = [key for key, right in good.items() if not right]
    if wrong:
        raise ValueError(f"personal_data.yml: {name}: {', '.join(wrong)}")
