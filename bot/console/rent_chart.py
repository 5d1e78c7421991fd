"""The last terms of a lease as bars: what was due, and how much of it is paid. The table says the same."""

from dataclasses import dataclass

from bot.domain.rent import Account, Line
from bot.texts import format as say

# Units of the drawing; the page scales it.
_HEIGHT, _BAR, _STEP = 80, 26, 40


@dataclass(frozen=True)
class Bar:
    """`x` and heights from the foot of the drawing; `paid` is at most `due`."""

    x: int
    due: int
    paid: int
    label: str


@dataclass(frozen=True)
class Chart:
    bars: list[Bar]
    width: int
    height: int = _HEIGHT
    bar: int = _BAR


def read(account: Account, most: int) -> Chart | None:
    """The last `most` terms that are due, oldest first; None when there are fewer than two."""
    terms = [line for line in account.lines if line.term and line.due_on <= account.today][-most:]
    if len(terms) < 2:
        return None
    highest = max(line.due_cents for line in terms) or 1
    bars = [_bar(line, place, highest) for place, line in enumerate(terms)]
    return Chart(bars, width=len(bars) * _STEP)


def _bar(line: Line, place: int, highest: int) -> Bar:
    due = round(line.due_cents * _HEIGHT / highest)
    paid = round(due * line.paid_cents / line.due_cents) if line.due_cents else 0
    return Bar(
        x=place * _STEP + (_STEP - _BAR) // 2,
        due=due,
        paid=min(paid, due),
        label=say.short_month(line.due_on if line.term is None else line.term.month),
    )
