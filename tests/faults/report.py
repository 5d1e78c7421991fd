"""The page that a person reads: a line a fault."""

from dataclasses import dataclass

from tests.faults.account import Account
from tests.faults.matrix import Fault

# A person in danger reads the safe words within so many seconds, whatever fails on our side.
MOST_SECONDS = 5.0


@dataclass(frozen=True)
class Line:
    """What one fault did."""

    fault: Fault
    account: Account

    @property
    def worst_danger(self) -> float:
        return max(self.account.dangers, default=0.0)

    @property
    def late(self) -> bool:
        return not self.fault.holds_back and self.worst_danger > MOST_SECONDS

    @property
    def hurts(self) -> bool:
        return bool(self.account.faults) or self.late

    def in_short(self) -> str:
        words = "ABÎMÉ" if self.hurts else "intact"
        counts = (
            f"{self.account.written} messages, {len(self.account.lost)} perdus, {len(self.account.twice)} en"
            f" double, {self.account.doubtful} douteux, danger {self.worst_danger:.1f} s au pire"
        )
        return "\n".join(
            [f"{words:<7} {self.fault.title} : {counts}", *(f"        {f}" for f in self.account.faults)]
        )


def page(lines: list[Line]) -> str:
    """The report in Markdown."""
    rows = [_row(line) for line in lines]
    said = [
        f"### {line.fault.title}\n\n"
        + "\n".join(f"- {count} × {words}" for words, count in line.account.said.most_common())
        for line in lines
    ]
    return "\n".join(
        [
            "# Pannes : ce qui s’est perdu, ce qui a été dit",
            "",
            "| panne | messages | perdus | en double | douteux | mots de sécurité, au pire | oubliés |",
            "|---|---|---|---|---|---|---|",
            *rows,
            "",
            "## Ce que les personnes ont lu",
            "",
            "\n\n".join(said),
            "",
        ]
    )


def _row(line: Line) -> str:
    account = line.account
    cells = (
        line.fault.title,
        str(account.written),
        _list(account.lost),
        _list(account.twice),
        str(account.doubtful),
        f"{line.worst_danger:.1f} s{' (trop tard)' if line.late else ''}",
        _list(account.forgotten),
    )
    return f"| {' | '.join(cells)} |"


def _list(faults: list[str]) -> str:
    return " ; ".join(faults) or "0"
