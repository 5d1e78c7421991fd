"""`data/content/legal.yml`: the legal rules that the team is told of, with the days on which each holds."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bot.content import source
from bot.domain.legal import AmountOrAge, ArrearsRule, MonthsOfCost


@dataclass(frozen=True)
class Said:
    """A rule as its source says it: for the team, who checks it before use."""

    text: str
    source: str
    dated: str
    confidence: str
    since: date | None = None
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        return (self.since is None or day >= self.since) and (self.until is None or day <= self.until)


@dataclass(frozen=True)
class Legal:
    """`arrears`: the rules and what is said of each. `summons` is chosen by the day of the lease."""

    arrears: tuple[tuple[ArrearsRule, Said], ...]
    report_months: int
    report: Said
    summons: tuple[Said, ...]

    @property
    def arrears_rules(self) -> tuple[ArrearsRule, ...]:
        return tuple(rule for rule, _ in self.arrears)

    def said_on(self, day: date) -> Said | None:
        """The definition of arrears in force on that day."""
        return next((said for _, said in self.arrears if said.holds_on(day)), None)

    def summons_of(self, lease_since: date) -> Said | None:
        return next((said for said in self.summons if said.holds_on(lease_since)), None)


def load_legal(folder: Path) -> Legal:
    """Read and check the file. Raises ValueError naming the entry that is wrong."""
    entries = source.read(folder / "legal.yml")
    (report,) = entries["report"]
    return Legal(
        arrears=tuple((_rule(entry), _said(entry)) for entry in entries["arrears"]),
        report_months=report["months"],
        report=_said(report),
        summons=tuple(_said(entry) for entry in entries["summons"]),
    )


def _said(entry: dict[str, Any]) -> Said:
    names = ("text", "source", "dated", "confidence", "since", "until")
    return Said(**{name: entry[name] for name in names if name in entry})


def _rule(entry: dict[str, Any]) -> ArrearsRule:
    since, until = entry.get("since", date.min), entry.get("until", date.max)
    if entry["rule"] == "months_of_cost":
        return MonthsOfCost(since, until, entry["months"])
    if entry["rule"] == "amount_or_age":
        return AmountOrAge(since, until, entry["over_cents"], entry["months"])
    raise ValueError(f"legal.yml: unknown rule {entry['rule']}")
