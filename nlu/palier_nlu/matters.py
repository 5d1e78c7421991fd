"""Several matters in one message: where it is cut, which one leads, what the others are."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

# The intents from this rank on are no matter of their own beside another one: small talk, yes and no.
SMALL_TALK_RANK = 5
# A part says something clear when the model is this sure of it; it leads when the whole message, too, may
# mean it this much, or when it is nearly certain (nlu/README.md).
CLEAR, LEADS, CERTAIN = 0.6, 0.1, 0.95
# Only the beginning of a long story is cut, in no more parts than this; of what is left, the end is read.
_READ, _PARTS, _LONGEST_PART = 600, 12, 400
_FEWEST_WORDS = 3
_OTHERS = 2
# Two meanings of one family in a message are one matter: they are said of the same thing.
_FAMILIES = (
    {"payment_difficulty", "request_payment_plan", "payment_promise", "payment_done", "ask_rent_info"},
    {"report_health", "report_isolation", "checkin_bad"},
    {"report_repair", "report_hazard"},
    {"request_human", "complain"},
    {"stop", "resume", "change_preference"},
    {
        *("reschedule_appointment", "cancel_appointment", "confirm_appointment", "running_late"),
        *("ask_appointment", "request_appointment"),
    },
    {"ask_workshops", "register_workshop", "unregister_workshop"},
)

_SENTENCE = re.compile(r"[.!?…;\n]+")
_JOINT = re.compile(
    r",? (?:et|é|mais|sinon|aussi|puis|pis|ensuite|par contre|en plus|d['’ ]ailleurs|au fait|autre chose) ",
    re.IGNORECASE,
)

Ranking = Sequence[tuple[str, float]]


@dataclass(frozen=True)
class Matter:
    """One thing that a message is about, and the half-open span of the text that says it."""

    intent: str
    confidence: float
    start: int
    end: int


@dataclass(frozen=True)
class Understood:
    """The ranking of the matter that leads with its span, and the others in the order of the text."""

    ranking: Ranking
    start: int
    end: int
    others: tuple[Matter, ...] = ()


def understand(rank: Callable[[str], Ranking], ranks: Mapping[str, int], text: str) -> Understood:
    """What the text is about.

    `rank` gives the intents of a text, the likeliest first; `ranks` is the catalogue's: the lower leads, of
    equal ones the first mentioned. Where the parts say nothing more, the message is read as a whole.
    """
    whole = rank(text)
    spans = split(text)
    readings = [(span, rank(text[slice(*span)][-_LONGEST_PART:])) for span in spans] if len(spans) > 1 else []
    clear = {found[0][0]: (span, found) for span, found in reversed(readings) if _is_clear(found, ranks)}
    if len(clear) < 2:
        return Understood(whole, 0, len(text))
    ordered = sorted(clear.values(), key=lambda entry: entry[0])
    may_lead = [entry for entry in ordered if _may_lead(entry[1], dict(whole))]
    leading = min(may_lead, key=lambda entry: ranks[entry[1][0][0]], default=((0, len(text)), whole))
    known = _family(leading[1][0][0])
    others = []
    for span, found in ordered:
        intent, confidence = found[0]
        if ranks[intent] > 0 and intent not in known:
            others.append(Matter(intent, confidence, *span))
            known = known | _family(intent)
    return Understood(leading[1], *leading[0], tuple(others[:_OTHERS]))


def split(text: str) -> list[tuple[int, int]]:
    """The spans of the sentences and clauses, those of a word or two put with a neighbour."""
    ends = [match.end() for pattern in (_SENTENCE, _JOINT) for match in pattern.finditer(text, 0, _READ)]
    cuts = [0, *sorted(set(ends)), len(text)]
    spans: list[tuple[int, int]] = []
    for start, end in pairwise(cuts):
        if spans and (_short(text, *spans[-1]) or _short(text, start, end) or len(spans) == _PARTS):
            spans[-1] = (spans[-1][0], end)
        elif start < end:
            spans.append((start, end))
    return spans


def _family(intent: str) -> set[str]:
    return next((family for family in _FAMILIES if intent in family), {intent})


def _short(text: str, start: int, end: int) -> bool:
    return len(text[start:end].split()) < _FEWEST_WORDS


def _is_clear(found: Ranking, ranks: Mapping[str, int]) -> bool:
    name, confidence = found[0]
    return confidence >= CLEAR and ranks[name] < SMALL_TALK_RANK


def _may_lead(found: Ranking, whole: Mapping[str, float]) -> bool:
    name, confidence = found[0]
    return whole[name] >= LEADS or confidence >= CERTAIN
