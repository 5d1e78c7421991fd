"""A message as it came in, whatever the channel."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Came(StrEnum):
    TEXT = "text"
    COMMAND = "command"
    BUTTON = "button"
    FILE = "file"  # photo, document, voice, video: kept as a file id, a person looks at it
    LOCATION = "location"
    WORDLESS = "wordless"  # sticker, dice, contact…: nothing to read in it
    EDITED = "edited"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    GROUP = "group"  # a command in a group: Palier speaks in private only
    IGNORED = "ignored"  # channel posts, chatter in a group, updates of no interest


@dataclass(frozen=True)
class Place:
    """A point on the earth, in degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True)
class Incoming:
    """`text` is what the person wrote (a caption for a file, the arguments of a command, the name and
    address of a place)."""

    update_id: int
    came: Came
    chat: int | None
    sent_at: datetime
    text: str = ""
    command: str = ""
    button: str = ""
    callback: str = ""
    file_id: str = ""
    file_kind: str = ""
    place: Place | None = None
    replied_to: int | None = None
    # Telegram's number of the message that the person wrote; None for a press.
    message: int | None = None
