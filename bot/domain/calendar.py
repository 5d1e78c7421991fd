"""Wall-clock rules: business days, decent hours, working deadlines. Instants go in and out aware."""

from collections.abc import Container
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.states import Urgency

Holidays = Container[date]

# Nothing unsolicited leaves outside these hours (local time), nor on Sundays and holidays.
DECENT_FROM, DECENT_UNTIL = time(8), time(20)
OFFICE_FROM, OFFICE_UNTIL = time(9), time(18)
# How many working days a person has to take a case up, by its urgency.
WORKING_DAYS = {Urgency.HIGH: 1, Urgency.NORMAL: 3}


def is_business_day(day: date, holidays: Holidays) -> bool:
    """Monday to Friday, no public holiday: the bank and the office work."""
    return day.weekday() < 5 and day not in holidays


def may_disturb(day: date, holidays: Holidays) -> bool:
    """Any day but Sundays and public holidays."""
    return day.weekday() != 6 and day not in holidays


def add_business_days(day: date, count: int, holidays: Holidays) -> date:
    """The `count`-th business day after `day` (`day` itself for 0)."""
    while count > 0:
        day += timedelta(days=1)
        if is_business_day(day, holidays):
            count -= 1
    return day


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of a wall-clock time. From 8 to 20 every hour exists, DST Sundays included."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def next_morning(day: date, at: time, zone: ZoneInfo, holidays: Holidays) -> datetime:
    """`at` on that day, or on the next one that is no Sunday and no holiday."""
    while not may_disturb(day, holidays):
        day += timedelta(days=1)
    return instant(day, at, zone)


def decent_instant(at: datetime, zone: ZoneInfo, holidays: Holidays) -> datetime:
    """`at` itself when a message may disturb then, else the next opening of the decent hours."""
    local = at.astimezone(zone)
    if may_disturb(local.date(), holidays) and DECENT_FROM <= local.time() < DECENT_UNTIL:
        return at
    day = local.date() if local.time() < DECENT_FROM else local.date() + timedelta(days=1)
    while not may_disturb(day, holidays):
        day += timedelta(days=1)
    return instant(day, DECENT_FROM, zone)


def office_instant(at: datetime, zone: ZoneInfo, holidays: Holidays) -> datetime:
    """`at` itself in office hours, else the next opening of the office."""
    local = at.astimezone(zone)
    if is_business_day(local.date(), holidays) and OFFICE_FROM <= local.time() < OFFICE_UNTIL:
        return at
    day = local.date() if local.time() < OFFICE_FROM else local.date() + timedelta(days=1)
    while not is_business_day(day, holidays):
        day += timedelta(days=1)
    return instant(day, OFFICE_FROM, zone)


def deadline(at: datetime, urgency: Urgency, zone: ZoneInfo, holidays: Holidays) -> datetime:
    """By when a person must have taken a case that opens at `at`.

    Urgent: at once. Otherwise so many working days after the office is next open, at closing time.
    """
    if urgency is Urgency.URGENT:
        return at
    opening = office_instant(at, zone, holidays).astimezone(zone)
    # "Within the working day": one that opens in the morning is due the same evening.
    days = WORKING_DAYS[urgency] - (1 if opening.time() < time(12) else 0)
    return instant(add_business_days(opening.date(), days, holidays), OFFICE_UNTIL, zone)


def same_day_of_month(year: int, month: int, day: int) -> date:
    """The day of that month, the last one when the month is shorter (31 → 28 February)."""
    following = date(year + month // 12, month % 12 + 1, 1)
    return min(date(year, month, 1) + timedelta(days=day - 1), following - timedelta(days=1))
