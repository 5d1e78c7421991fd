"""The relay's rules: when a silence gives the talk back, what ends it, how long a draft lives."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.calendar import office_instant

# A draft that nobody confirms is forgotten: the worker has gone on to something else.
DRAFT_LIFE = timedelta(minutes=10)
# Telegram takes 4,096; a message with its heading and the question "Envoyer ?" must fit.
MOST_WORDS = 3000
# Telegram takes 1,024 below a file; longer words leave as a message of their own before it.
MOST_CAPTION = 600


class DraftState(StrEnum):
    WRITING = "writing"  # waits for the worker's words
    SHOWN = "shown"  # the words were shown back, nothing was sent
    SENT = "sent"  # confirmed and queued
    DELIVERED = "delivered"
    LOST = "lost"  # it did not surely arrive; its author was told
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUSED = "refused"  # the case, its owner or the tenant's chat changed meanwhile


OPEN_DRAFT = (DraftState.WRITING, DraftState.SHOWN)


class RelayEnd(StrEnum):
    """Why a relay ended."""

    WORKER = "worker"
    TENANT = "tenant"  # the tenant asked for Palier
    SILENCE = "silence"
    CLOSED = "closed"  # the case
    RELEASED = "released"  # the case went back to the team: nobody follows it
    STOP = "stop"  # the tenant wants no message any more
    UNREACHABLE = "unreachable"  # the tenant's chat is blocked, unlinked, or the opening never arrived


@dataclass(frozen=True)
class Silence:
    """How long nobody may write before the talk goes back: begun in office hours, or at another time."""

    office: timedelta
    otherwise: timedelta

    def ends_at(self, last: datetime, zone: ZoneInfo, holidays: Container[date]) -> datetime:
        """The instant at which a silence that begins at `last` gives the talk back to Palier."""
        in_office = office_instant(last, zone, holidays) == last
        return last + (self.office if in_office else self.otherwise)


def asks_for_palier(text: str) -> bool:
    """Whether the tenant wrote the word that ends a relay, and nothing else."""
    return _word(text) == "palier"


def asks_to_stop(text: str) -> bool:
    """Whether the tenant wrote STOP and nothing else: in a talk with a person only the bare word counts."""
    return _word(text) == "stop"


def _word(text: str) -> str:
    return text.strip(" \t\n\u00a0\u202f.,;:!?…«»\"'").casefold()


def length(text: str) -> int:
    """The length of a text as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2


def pieces(text: str, most: int = MOST_WORDS) -> list[str]:
    """The text in parts no longer than `most` as Telegram counts, cut at spaces; at least one part."""
    parts = []
    while length(text) > most:
        end = _fitting(text, most)
        cut = max(text.rfind(" ", 0, end), text.rfind("\n", 0, end))
        cut = cut if cut > 0 else end
        parts.append(text[:cut])
        text = text[cut:]
    return [*parts, text]


def _fitting(text: str, most: int) -> int:
    """How many characters of the text fit into `most` of Telegram's."""
    used = 0
    for index, char in enumerate(text):
        used += length(char)
        if used > most:
            return index
    return len(text)
