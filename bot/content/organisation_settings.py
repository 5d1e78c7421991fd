"""`data/content/organisation_settings.yml`: what an organisation may set, in words and bounds."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from bot.content import source


class SettingKind(StrEnum):
    """What a value is, as it is kept."""

    WHOLE = "whole"  # an int
    EUROS = "euros"  # cents
    YES = "yes"
    DAYS_OR_NEVER = "days_or_never"  # an int, or None
    WEEK = "week"  # {"lundi": ["09:00-12:00"]}
    NAMES = "names"  # a list of some of `names`


@dataclass(frozen=True)
class OrganisationSetting:
    """`key` is a path in the organisation's settings; `least` and `most` bound a number, in its unit (cents
    for euros). `after`: the key of a setting that this one must exceed."""

    key: str
    label: str
    help: str
    kind: SettingKind
    unit: str = ""
    least: int = 0
    most: int = 0
    after: str = ""
    names: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SettingSection:
    title: str
    settings: tuple[OrganisationSetting, ...]


def load_organisation_settings(path: Path) -> tuple[SettingSection, ...]:
    """Raises ValueError when a kind is unknown or `after` names nothing."""
    sections = source.read(path)["sections"]
    loaded = tuple(
        SettingSection(section["title"], tuple(_setting(entry) for entry in section["settings"]))
        for section in sections
    )
    known = {setting.key for section in loaded for setting in section.settings}
    for section in loaded:
        for setting in section.settings:
            if setting.after and setting.after not in known:
                raise ValueError(f"{path.name}: {setting.key} comes after nothing known")
    return loaded


def _setting(entry: dict[str, Any]) -> OrganisationSetting:
    # YAML reads a bare `yes` as true.
    kind = "yes" if entry["kind"] is True else entry["kind"]
    return OrganisationSetting(**entry | {"kind": SettingKind(kind)})
