"""A plan d'apurement: its instalments, and which of them the money received covers. People decide it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.domain.calendar import same_day_of_month

# The longest plan that the housing aid's own rules know (R824-12: 36 months).
MOST_INSTALMENTS = 36


@dataclass(frozen=True)
class Instalment:
    due_on: date
    amount_cents: int


def evenly(total_cents: int, count: int, first_on: date) -> list[Instalment]:
    """`count` monthly instalments of whole euros, the last one with what is left; day 31 clamps.

    Raises ValueError when there is less than one euro an instalment.
    """
    each = total_cents // count // 100 * 100
    if count < 1 or each < 100:
        raise ValueError("nothing to split")
    amounts = [each] * (count - 1) + [total_cents - each * (count - 1)]
    return [Instalment(_months_after(first_on, n), amount) for n, amount in enumerate(amounts)]


def shortfall(instalments: Sequence[Instalment], number: int, paid_cents: int) -> int:
    """What is missing for the first `number` instalments when `paid_cents` came in under the plan."""
    return max(0, sum(i.amount_cents for i in instalments[:number]) - paid_cents)


def _months_after(first_on: date, count: int) -> date:
    month = first_on.month - 1 + count
    return same_day_of_month(first_on.year + month // 12, month % 12 + 1, first_on.day)
