"""A message ready to be shown: text and buttons, with no knowledge of Telegram."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Choice:
    """A button: `key` comes back when it is pressed, or `url` opens in a browser."""

    title: str
    key: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Words:
    """What one message says. `rows` are the lines of buttons below it."""

    text: str
    rows: tuple[tuple[Choice, ...], ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        rows = [[{"title": c.title, "key": c.key, "url": c.url} for c in row] for row in self.rows]
        return {"text": self.text, "rows": rows}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Words":
        rows = tuple(tuple(Choice(**choice) for choice in row) for row in value["rows"])
        return cls(value["text"], rows)


@dataclass(frozen=True)
class Drop:
    """A message that must not leave any more, and why (a short code)."""

    reason: str


@dataclass(frozen=True)
class Option:
    """A button of an answer before it has a key: pressing it means `intent` with `values`."""

    title: str
    intent: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """An answer to what a person just said; its options answer `question_id` when it has one."""

    text: str
    options: tuple[Option, ...] = ()
    question_id: int | None = None
