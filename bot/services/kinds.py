"""The kinds of message that leave: how urgent, how long useful, what a crash does to them, who words them.

A feature declares its kinds beside its verbs; `REGISTRY` refuses a name twice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, IntEnum

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


class Attention(Enum):
    """What a message takes of a tenant's attention (bot.domain.attention)."""

    FREE = "free"  # an answer, a person's words, what the team reads, a rhythm that the tenant chose
    COUNTS = "counts"  # rent, appointments: part of the budget, never held for it
    HELD = "held"  # anything else that Palier starts: waits for its turn


Render = Callable[[Session, datetime, House, Outbox], Words | Drop]


@dataclass(frozen=True)
class MessageKind:
    """`useful_for`: later than this after `not_before` it is dropped. `held`: waits for decent hours.
    `resend`: sent once more after a crash that leaves its sending unknown (else a person sees it listed).
    `render`: today's words, or a reason to drop it; None when the row holds its final words.
    `consent`: the kind of messages that the tenant must have agreed to, asked at the claim; never sent to
    somebody in danger. `attention`: how it stands to the budget. `of_a_case`: what becomes of what
    a tenant asked for, told also to whom Palier starts nothing with.
    """

    name: str
    lane: Lane
    useful_for: timedelta
    held: bool
    resend: bool
    render: Render | None = None
    consent: str | None = None
    attention: Attention = Attention.FREE
    of_a_case: bool = False


REGISTRY: dict[str, MessageKind] = {}


def declare(kind: MessageKind) -> MessageKind:
    if kind.name in REGISTRY:
        raise ValueError(f"message kind declared twice: {kind.name}")
    REGISTRY[kind.name] = kind
    return kind


def counted() -> list[str]:
    """The kinds that take of a tenant's attention."""
    return [kind.name for kind in REGISTRY.values() if kind.attention is not Attention.FREE]


# Words written by the dialogue or a rule as an answer to what a person just wrote.
REPLY = declare(MessageKind("reply", Lane.REPLY, timedelta(hours=12), held=False, resend=True))
