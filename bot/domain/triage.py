"""The order of cases of the same urgency: which rent is seen first. Rule: decision 9."""

from enum import IntEnum


class Rank(IntEnum):
    """The lower, the sooner."""

    LEGAL = 0  # a legal date of the landlord falls within 30 days
    FIRST = 1  # the first unpaid rent after twelve clean months: the best moment to act
    PLAIN = 2
    REPEATED = 3  # late again and again: somebody knows this household already


def rank(*, legal_date_near: bool, first_unpaid: bool, repeated: bool) -> Rank:
    if legal_date_near:
        return Rank.LEGAL
    if first_unpaid:
        return Rank.FIRST
    return Rank.REPEATED if repeated else Rank.PLAIN
