"""`data/content/checkins.yml`: the series of check-ins, their questions and what each answer leads to."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.content import source
from bot.content.pictograms import names
from bot.domain.checkins import Series, Starts, Visit


@dataclass(frozen=True)
class CheckIns:
    """`matters`: what is asked, by question, when it does not go well. `pictures`: a small mark, by answer
    or matter. `pictograms`: a drawing, by question.
    `tells`: the trait of the home that a matter makes known."""

    series: tuple[Series, ...]
    matters: dict[str, tuple[str, ...]]
    high: frozenset[str]
    fragile: frozenset[str]
    pictures: dict[str, str]
    pictograms: dict[str, str]
    tells: dict[str, str]

    def named(self, name: str) -> Series | None:
        return next((series for series in self.series if series.name == name), None)

    def visit(self, series: str, name: str) -> Visit | None:
        """A visit by its names; None once it has left the file."""
        found = self.named(series)
        return next((visit for visit in found.visits if visit.name == name), None) if found else None


def load_checkins(path: Path) -> CheckIns:
    """Read and check the file. Raises ValueError naming the entry that is wrong."""
    content = source.read(path)
    series = tuple(_series(name, entry) for name, entry in content["series"].items())
    matters = {name: tuple(found) for name, found in content["questions"].items()}
    for one in series:
        for visit in one.visits:
            unknown = set(visit.questions) - matters.keys()
            if unknown or not visit.questions:
                raise ValueError(f"checkins.yml: {one.name} asks unknown questions: {sorted(unknown)}")
    pictures = content["pictures"]
    unpictured = {matter for found in matters.values() for matter in found} - pictures.keys()
    if unpictured:
        raise ValueError(f"checkins.yml: without a picture: {', '.join(sorted(unpictured))}")
    pictograms = content["pictograms"]
    undrawn = (matters.keys() | {"worry"}) - pictograms.keys() | set(pictograms.values()) - names()
    if undrawn:
        raise ValueError(f"checkins.yml: without a pictogram: {', '.join(sorted(undrawn))}")
    high, fragile = frozenset(content["high"]), frozenset(content["fragile"])
    return CheckIns(series, matters, high, fragile, pictures, pictograms, content["tells"])


def _series(name: str, entry: dict[str, Any]) -> Series:
    visits = tuple(_visits(name, entry))
    if not visits:
        raise ValueError(f"checkins.yml: {name} has no rhythm")
    return Series(
        name=name,
        starts=Starts(entry.get("starts", Starts.CALENDAR)),
        profiles=frozenset(entry.get("profiles", ())),
        visits=visits,
        waits=timedelta(hours=entry["waits_hours"]),
    )


def _visits(name: str, entry: dict[str, Any]) -> list[Visit]:
    if "days" in entry:
        return [Visit(name, f"j{n}", tuple(asked), after_days=int(n)) for n, asked in entry["days"].items()]
    if "months" in entry:
        return [
            Visit(name, f"m{n}", tuple(asked), after_months=int(n)) for n, asked in entry["months"].items()
        ]
    asked = tuple(entry["questions"])
    if "weekday" in entry:
        return [Visit(name, "week", asked, weekday=entry["weekday"])]
    if "day_of_month" in entry:
        return [Visit(name, "month", asked, day_of_month=entry["day_of_month"])]
    return [Visit(name, "day", asked)] if entry.get("daily") else []
