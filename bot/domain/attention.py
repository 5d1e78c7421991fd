"""The attention budget: how often Palier may speak first, whatever it has to say."""

from collections.abc import Iterable
from datetime import datetime, timedelta

# At most so many messages that nobody asked for in any seven days.
MOST = 3
WINDOW = timedelta(days=7)


def free_at(sent: Iterable[datetime], now: datetime) -> datetime:
    """The first instant, not before `now`, at which one more message keeps the budget.

    `sent`: when the messages that count left, in any order. One that left exactly a window ago no longer
    counts.
    """
    recent = sorted(at for at in sent if at > now - WINDOW)
    return now if len(recent) < MOST else recent[-MOST] + WINDOW
