"""A message ready to be shown: text and buttons, with no knowledge of Telegram."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Choice:
    """A button: `key` comes back when it is pressed, or `url` opens in a browser."""

    title: str
    key: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Attachment:
    """A file that Telegram keeps and gives again under its `id`; `kind` is photo, document, voice…"""

    kind: str
    id: str

    def to_json(self) -> dict[str, str]:
        return {"kind": self.kind, "id": self.id}


@dataclass(frozen=True)
class Document:
    """A small text file of ours; the message's text is its caption."""

    name: str
    content: str


@dataclass(frozen=True)
class Pin:
    """A place on the map (degrees, WGS 84); the message's text is its title."""

    address: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Words:
    """What one message says. `rows` are the lines of buttons below it.

    With an attachment the text is its caption, and may be empty. `picture` names a pictogram of ours, shown
    above the text. `sensitive` words are kept apart in the thread. `edits`: the number of the message of this
    chat that these words replace.
    """

    text: str
    rows: tuple[tuple[Choice, ...], ...] = field(default=())
    attachment: Attachment | None = None
    sensitive: bool = False
    document: Document | None = None
    pin: Pin | None = None
    edits: int | None = None
    # Numbers of messages of the chat that Telegram is asked to delete before this one leaves.
    erases: tuple[int, ...] = ()
    picture: str | None = None

    def to_json(self) -> dict[str, Any]:
        rows = [[{"title": c.title, "key": c.key, "url": c.url} for c in row] for row in self.rows]
        value: dict[str, Any] = {"text": self.text, "rows": rows}
        if self.attachment:
            value["attachment"] = self.attachment.to_json()
        if self.sensitive:
            value["sensitive"] = True
        if self.document:
            value["document"] = asdict(self.document)
        if self.pin:
            value["pin"] = asdict(self.pin)
        if self.edits:
            value["edits"] = self.edits
        if self.erases:
            value["erases"] = list(self.erases)
        if self.picture:
            value["picture"] = self.picture
        return value

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Words":
        rows = tuple(tuple(Choice(**choice) for choice in row) for row in value["rows"])
        attachment = Attachment(**value["attachment"]) if "attachment" in value else None
        return cls(
            value["text"],
            rows,
            attachment,
            value.get("sensitive", False),
            Document(**value["document"]) if "document" in value else None,
            Pin(**value["pin"]) if "pin" in value else None,
            value.get("edits"),
            tuple(value.get("erases", ())),
            value.get("picture"),
        )


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
    attachment: Attachment | None = None
    sensitive: bool = False
    document: Document | None = None
    erases: tuple[int, ...] = ()
    picture: str | None = None
