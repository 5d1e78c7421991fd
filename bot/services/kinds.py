"""The kinds of message that leave: how urgent, how long useful, what a crash does to them, who words them.

A feature declares its kinds beside its verbs; `REGISTRY` refuses a name twice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from sqlalchemy.orm import Session

from bot.domain.words import Drop, Words
from bot.services.house import House
from bot.storage.tables import Outbox


class Lane(IntEnum):
    """Who goes first when Telegram's limits make messages wait."""

    SAFETY = 0
    REPLY = 1
    HAND_OFF = 2
    REMINDER = 3
    BROADCAST = 4


Render = Callable[[Session, datetime, House, Outbox], Words | Drop]


@dataclass(frozen=True)
class MessageKind:
    """`useful_for`: later than this after `not_before` it is dropped. `held`: waits for decent hours.
    `resend`: sent once more after a crash that leaves its sending unknown (else a person sees it listed).
    `render`: today's words, or a reason to drop it; None when the row holds its final words.
    """

    name: str
    lane: Lane
    useful_for: timedelta
    held: bool
    resend: bool
    render: Render | None = None


REGISTRY: dict[str, MessageKind] = {}


def declare(kind: MessageKind) -> MessageKind:
    if kind.name in REGISTRY:
        raise ValueError(f"message kind declared twice: {kind.name}")
    REGISTRY[kind.name] = kind
    return kind


# Words written by the dialogue or a rule as an answer to what a person just wrote.
REPLY = declare(MessageKind("reply", Lane.REPLY, timedelta(hours=12), held=False, resend=True))
