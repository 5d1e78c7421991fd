"""Which eco-gesture suits a household: never one that could harm, never one that it lacks the means for."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Season(StrEnum):
    ALL = "all"
    WINTER = "winter"  # when homes are heated: October to March
    SUMMER = "summer"  # when homes get too hot: June to August


class TipAnswer(StrEnum):
    """What a tenant said of a tip, then a month later."""

    DONE = "done"  # already does it
    WILL_TRY = "will_try"
    NOT_HERE = "not_here"  # impossible in this home
    QUESTION = "question"
    NO = "no"
    TRIED = "tried"  # a month later: it works
    HARD = "hard"  # a month later: it was difficult
    NOT_YET = "not_yet"


_LIKED = (TipAnswer.DONE, TipAnswer.WILL_TRY, TipAnswer.TRIED)
_DISLIKED = (TipAnswer.NOT_HERE, TipAnswer.NO, TipAnswer.HARD)
# A second tip of the same theme in a row is worth less than any other good one.
_AGAIN = 2


@dataclass(frozen=True)
class Tip:
    """`needs`: traits that the home must be known to have. `never_if`: traits that it must be known not
    to have. `weight`: 1 to 3, how much the gesture can save."""

    id: str
    theme: str
    season: Season
    needs: frozenset[str]
    never_if: frozenset[str]
    weight: int


@dataclass(frozen=True)
class Given:
    """A tip that the household has had, the oldest first in a sequence of them."""

    tip: Tip
    answer: TipAnswer | None


# The traits of a home: True or False when known, absent when nobody has said.
Home = Mapping[str, bool]


def seasons_of(day: date) -> frozenset[Season]:
    """The seasons whose tips may be given on that day."""
    if day.month in (10, 11, 12, 1, 2, 3):
        return frozenset({Season.ALL, Season.WINTER})
    return frozenset({Season.ALL, Season.SUMMER} if day.month in (6, 7, 8) else {Season.ALL})


def allowed(tip: Tip, home: Home, day: date) -> bool:
    """In season, feasible with what is known to be there, and known to be harmless. Unknown is no."""
    return (
        tip.season in seasons_of(day)
        and all(home.get(trait) is True for trait in tip.needs)
        and all(home.get(trait) is False for trait in tip.never_if)
    )


def choose(
    tips: Iterable[Tip], home: Home, day: date, past: Sequence[Given], theme: str | None = None
) -> Tip | None:
    """The best tip never given before, of `theme` when one is asked for; None when none is left.

    The themes that were liked come first, and two in a row of one theme only when nothing else is as good.
    """
    had = {given.tip.id for given in past}
    left = [tip for tip in tips if tip.id not in had and allowed(tip, home, day)]
    if theme is not None:
        left = [tip for tip in left if tip.theme == theme]
    return max(left, key=lambda tip: _score(tip, past), default=None)


def worth_asking(
    tips: Iterable[Tip], home: Home, day: date, past: Sequence[Given], asked: Container[str] = ()
) -> str | None:
    """The unknown trait, not in `asked`, whose answer could open most tips of the season; None if none."""
    had = {given.tip.id for given in past}
    counts: dict[str, int] = {}
    for tip in tips:
        if tip.id in had or tip.season not in seasons_of(day) or _ruled_out(tip, home):
            continue
        for trait in sorted(tip.needs | tip.never_if):
            if trait not in home and trait not in asked:
                counts[trait] = counts.get(trait, 0) + tip.weight
    return max(counts, key=lambda trait: counts[trait], default=None)


def _ruled_out(tip: Tip, home: Home) -> bool:
    return any(home.get(t) is False for t in tip.needs) or any(home.get(t) is True for t in tip.never_if)


def _score(tip: Tip, past: Sequence[Given]) -> int:
    answers = [given.answer for given in past if given.tip.theme == tip.theme]
    liking = sum(answer in _LIKED for answer in answers) - sum(answer in _DISLIKED for answer in answers)
    repeated = bool(past) and past[-1].tip.theme == tip.theme
    return tip.weight + max(-2, min(2, liking)) - (_AGAIN if repeated else 0)
