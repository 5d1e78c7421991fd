"""Writing only what differs: a file read twice changes nothing."""

from typing import Any

from bot.storage.tables import Table


def apply(row: Table, values: dict[str, Any]) -> bool:
    """Set the attributes that differ; returns whether one did."""
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)
