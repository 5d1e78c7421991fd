"""Signals before the debt: what tells that a rent becomes hard to pay. Amounts in whole cents."""

from collections.abc import Sequence


def share_percent(net_cents: int, resources_cents: int | None) -> int | None:
    """The share of resources that the dwelling takes, in whole percent, rounded down.

    `net_cents`: loyer + charges − aide, whoever receives the aid. None when the resources are unknown.
    """
    if not resources_cents or resources_cents < 0:
        return None
    return max(0, net_cents) * 100 // resources_cents


def has_fallen(before_cents: int | None, now_cents: int | None, least_percent: int) -> bool:
    """Whether resources have fallen by at least so many percent."""
    if not before_cents or now_cents is None or before_cents <= now_cents:
        return False
    return (before_cents - now_cents) * 100 >= least_percent * before_cents


def is_repeated(late: Sequence[bool], least: int, window: int) -> bool:
    """Whether at least `least` of the last `window` terms were late, the oldest first in `late`."""
    return sum(late[-window:]) >= least


def is_first(late: Sequence[bool], clean: int) -> bool:
    """Whether the last term is late and none of the `clean` before it was, as far as the account goes."""
    return bool(late) and late[-1] and not any(late[-clean - 1 : -1])
