"""The landlord's legal dates, for the team only. The rules are data (`data/content/legal.yml`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from bot.domain.calendar import same_day_of_month


@dataclass(frozen=True)
class Unpaid:
    """What is missing, in cents, of something that was or will be due on a day."""

    due_on: date
    cents: int


@dataclass(frozen=True)
class MonthsOfCost:
    """Arrears from `months` times the monthly cost on, for debts that reach it from `since` to `until`."""

    since: date
    until: date
    months: int

    def reached_on(self, unpaid: Sequence[Unpaid], monthly_cents: int) -> date | None:
        return _crossed(unpaid, self.months * monthly_cents) if monthly_cents > 0 else None


@dataclass(frozen=True)
class AmountOrAge:
    """Arrears above an amount, or `months` after the oldest unpaid day, whatever the amount."""

    since: date
    until: date
    over_cents: int
    months: int

    def reached_on(self, unpaid: Sequence[Unpaid], monthly_cents: int) -> date | None:
        by_amount = _crossed(unpaid, self.over_cents + 1)
        by_age = months_after(unpaid[0].due_on, self.months) if unpaid else None
        return min((day for day in (by_amount, by_age) if day is not None), default=None)


ArrearsRule = MonthsOfCost | AmountOrAge


@dataclass(frozen=True)
class Arrears:
    """The day on which the debt is, or becomes if nothing is paid, what the rule calls arrears; by when
    the landlord must then have told the CAF or the MSA."""

    reached_on: date
    report_by: date

    def is_reached(self, today: date) -> bool:
        return self.reached_on <= today

    def is_near(self, today: date, days: int) -> bool:
        """Whether the day to report falls within so many days, or is past: then it presses most."""
        return self.is_reached(today) and self.report_by <= today + timedelta(days=days)


def arrears(
    rules: Sequence[ArrearsRule], unpaid: Sequence[Unpaid], monthly_cents: int, report_months: int
) -> Arrears | None:
    """The first day on which a rule in force calls what is unpaid arrears; None when none does.

    `unpaid`: by day, what is still missing today, the terms to come included. A debt that a rule only
    catches later is caught on the first day of the rule. `monthly_cents`: what the months rule counts in.
    """
    owed = sorted((part for part in unpaid if part.cents > 0), key=lambda part: part.due_on)
    days = []
    for rule in rules:
        day = rule.reached_on(owed, monthly_cents)
        if day is not None and day <= rule.until:
            days.append(max(day, rule.since))
    if not days:
        return None
    return Arrears(min(days), months_after(min(days), report_months))


def months_after(day: date, months: int) -> date:
    """The same day so many months later, the last one of a shorter month."""
    month = day.month - 1 + months
    return same_day_of_month(day.year + month // 12, month % 12 + 1, day.day)


def _crossed(unpaid: Sequence[Unpaid], cents: int) -> date | None:
    """The day on which what is unpaid reaches that sum."""
    sums = accumulate(part.cents for part in unpaid)
    return next((part.due_on for part, owed in zip(unpaid, sums, strict=True) if owed >= cents), None)
