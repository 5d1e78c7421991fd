"""What the model must know of the intents: which matter leads, and which ones a person must hear of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML


@dataclass(frozen=True)
class Catalogue:
    """`ranks`: the lower leads, 0 is danger. `handoffs`: urgent, high, normal or none."""

    ranks: dict[str, int]
    handoffs: dict[str, str]

    @property
    def for_a_person(self) -> set[str]:
        """What a person must hear of."""
        return {name for name, handoff in self.handoffs.items() if handoff != "none"}

    @property
    def dangers(self) -> set[str]:
        """What raises the alarm."""
        return {name for name, rank in self.ranks.items() if rank == 0}

    @classmethod
    def from_mapping(cls, intents: Mapping[str, Any]) -> Catalogue:
        """From the `intents` of data/content/intents.yml."""
        return cls(
            {name: entry["rank"] for name, entry in intents.items()},
            {name: entry["handoff"] for name, entry in intents.items()},
        )

    @classmethod
    def read(cls, file: Path) -> Catalogue:
        """From the file itself."""
        return cls.from_mapping(YAML(typ="safe").load(file)["intents"])

    def to_json(self) -> dict[str, Any]:
        """For the model's archive."""
        return {"ranks": self.ranks, "handoffs": self.handoffs}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Catalogue:
        """What `to_json` gave."""
        return cls(content["ranks"], content["handoffs"])
