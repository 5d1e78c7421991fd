"""The figures of a bench, and the small table that shows them in French."""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One line of the table: what, its figures (already in words), its target and whether it is met."""

    what: str
    figures: tuple[str, ...]
    target: str = ""
    met: bool | None = None


def quantile(values: Sequence[float], part: float) -> float:
    """The smallest value that `part` of the values do not exceed; nan when there is none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)] if ordered else math.nan


def median(values: Sequence[float]) -> float:
    return quantile(values, 0.5)


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms".replace(".", ",")


def spread(what: str, values: Sequence[float], target: str = "", met: bool | None = None) -> Line:
    """A line with the median and the 95th percentile of durations in seconds."""
    figures = (milliseconds(median(values)), milliseconds(quantile(values, 0.95)))
    return Line(what, figures, target, met)


def ratio(what: str, value: float, most: float) -> Line:
    """A line with a ratio that should be at most `most`."""
    return Line(what, (number(value),), f"cible ≤ {number(most, 1)}", value <= most)


def number(value: float, digits: int = 2) -> str:
    return f"{value:.{digits}f}".replace(".", ",")


def load() -> str:
    """How busy the machine is: processes that run or wait, over the last minute, and processors."""
    return f"charge {number(os.getloadavg()[0], 1)} sur {os.cpu_count()} processeurs"


def table(lines: Sequence[Line]) -> list[str]:
    """The lines, in columns."""
    first = max(len(line.what) for line in lines)
    shown = []
    for line in lines:
        figures = "".join(f"{figure:>12}" for figure in line.figures).ljust(24)
        verdict = {True: " : tenue", False: " : MANQUÉE", None: ""}[line.met]
        shown.append(f"{line.what:<{first}}{figures}  {line.target}{verdict}".rstrip())
    return shown
