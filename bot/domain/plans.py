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
    if count < 1 or total_cents // count < 100:
        raise ValueError("nothing to split")
    each = total_cents // count // 100 * 100
    amounts = [each] * (count - 1) + [total_cents - each * (count - 1)]
    return [Instalment(_months_after(first_on, n), amount) for n, amount in enumerate(amounts)]


def bearable_cents(net_cents: int, resources_cents: int, most_percent: int) -> int:
    """The most that a month can take beside the dwelling, in whole euros: with it, the dwelling weighs no
    more than `most_percent` of the resources. 0 when the dwelling alone weighs that much.

    `net_cents`: loyer + charges − aide, as in `signals.share_percent`.
    """
    room = resources_cents * most_percent // 100 - max(0, net_cents)
    return max(0, room // 100 * 100)


def within(total_cents: int, most_cents: int, first_on: date) -> list[Instalment]:
    """The shortest plan of which no instalment is above `most_cents`; empty when the longest one has one."""
    for count in range(1, min(MOST_INSTALMENTS, total_cents // 100) + 1):
        parts = evenly(total_cents, count, first_on)
        if max(part.amount_cents for part in parts) <= most_cents:
            return parts
    return []


def shortfall(instalments: Sequence[Instalment], number: int, paid_cents: int) -> int:
    """What is missing for the first `number` instalments when `paid_cents` came in under the plan."""
    return max(0, sum(i.amount_cents for i in instalments[:number]) - paid_cents)


def _months_after(first_on: date, count: int) -> date:
    month = first_on.month - 1 + count
    return same_day_of_month(first_on.year + month // 12, month % 12 + 1, first_on.day)
