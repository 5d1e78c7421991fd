"""What can be done to a case in each of its states: the whole table, and nothing else is allowed."""

from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.calendar import OFFICE_FROM, Holidays, add_business_days, instant, is_business_day
from bot.domain.states import CaseState

_FOLLOWED = (CaseState.TAKEN, CaseState.WAITING)
_OPEN = (CaseState.NEW, *_FOLLOWED)


class Act(StrEnum):
    TAKE = "take"
    WAIT = "wait"
    RESUME = "resume"  # the day has come, or a new sign
    HAND_OVER = "hand_over"  # to one colleague
    RELEASE = "release"  # back to the team
    CLOSE = "close"


_MOVES: dict[Act, tuple[tuple[CaseState, ...], CaseState]] = {
    Act.TAKE: ((CaseState.NEW,), CaseState.TAKEN),
    Act.WAIT: (_FOLLOWED, CaseState.WAITING),
    Act.RESUME: ((CaseState.WAITING,), CaseState.TAKEN),
    Act.HAND_OVER: (_OPEN, CaseState.TAKEN),
    Act.RELEASE: (_FOLLOWED, CaseState.NEW),
    Act.CLOSE: (_OPEN, CaseState.CLOSED),
}


def moved(state: CaseState, act: Act) -> CaseState | None:
    """The state after the act; None when the act is not allowed. A closed case does not move any more."""
    allowed, after = _MOVES[act]
    return after if state in allowed else None


class WaitReason(StrEnum):
    ANSWER = "reponse"  # the person must answer
    APPOINTMENT = "rendez_vous"
    PARTNER = "partenaire"  # another organisation must do something
    PAPERS = "pieces"
    OTHER = "autre"


class Wait(StrEnum):
    """The delays that a button offers; a page takes any day."""

    TOMORROW = "demain"
    THREE_DAYS = "trois_jours"
    MONDAY = "lundi"


def waits_until(wait: Wait, now: datetime, zone: ZoneInfo, holidays: Holidays) -> datetime:
    """The opening of the office on the day that the button names, or on the next working day."""
    today = now.astimezone(zone).date()
    days = {Wait.TOMORROW: 1, Wait.THREE_DAYS: 3, Wait.MONDAY: 7 - today.weekday()}
    day = today + timedelta(days=days[wait])
    while not is_business_day(day, holidays):
        day = add_business_days(day, 1, holidays)
    return instant(day, OFFICE_FROM, zone)
