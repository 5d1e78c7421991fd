"""Workshops: the states of an answer, and whom freed seats are offered to."""

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

# A seat that is offered to the waiting list is held for so long.
OFFER_HOLDS = timedelta(hours=24)
# Who says nothing is asked once more after so many days, when so much time and a seat are left.
AGAIN_AFTER_DAYS = 3
AGAIN_BEFORE = timedelta(days=2)
# The most seats that one tenant may take, by buttons or in words.
MOST_SEATS = 6


class WorkshopState(StrEnum):
    OPEN = "open"
    CANCELLED = "cancelled"


class SendingState(StrEnum):
    """How far the invitations of a workshop are."""

    PLANNED = "planned"
    GOING = "going"
    STOPPED = "stopped"
    DONE = "done"


OPEN_SENDING = (SendingState.PLANNED, SendingState.GOING)


class PlaceState(StrEnum):
    """What one tenant and one workshop are to each other."""

    INVITED = "invited"
    COMING = "coming"  # seats are taken
    MAYBE = "maybe"
    WAITING = "waiting"  # for seats to be freed
    OFFERED = "offered"  # seats are held, until an instant
    DECLINED = "declined"
    LEFT = "left"  # had seats, or waited for some, and no longer does


# The states in which seats of the workshop are taken.
HOLDS_SEATS = (PlaceState.COMING, PlaceState.OFFERED)


def next_offers(free: int, waiting: Iterable[tuple[int, int]]) -> list[int]:
    """Of the (id, seats wanted) that wait, the first come first, those to whom the free seats go.

    A group that is too large lets the smaller ones behind it pass, and keeps its rank.
    """
    chosen = []
    for id, seats in waiting:
        if seats <= free:
            chosen.append(id)
            free -= seats
    return chosen
