"""The page that a person reads: a line a fault."""

from dataclasses import dataclass

from tests.faults.account import Account

# A person in danger reads the safe words within so many seconds, whatever fails on our side.
MOST_SECONDS = 5.0


@dataclass(frozen=True)
class Line:
    """What one fault did. `holds_back`: while it lasted nothing could leave. `remark`: what a reader of its
    figures must know."""

    title: str
    account: Account
    holds_back: bool = False
    remark: str = ""

    @property
    def worst_danger(self) -> float:
        return max(self.account.dangers, default=0.0)

    @property
    def late(self) -> bool:
        return not self.holds_back and self.worst_danger > MOST_SECONDS

    @property
    def hurts(self) -> bool:
        return bool(self.account.faults) or self.late

    def in_short(self) -> str:
        words = "ABÎMÉ" if self.hurts else "intact"
        counts = (
            f"{self.account.written} messages, {len(self.account.lost)} perdus, {len(self.account.twice)} en"
            f" double, {self.account.doubtful.total()} douteux, danger {self.worst_danger:.1f} s au pire"
        )
        return "\n".join(
            [f"{words:<7} {self.title} : {counts}", *(f"        {f}" for f in self.account.faults)]
        )


def page(lines: list[Line]) -> str:
    """The report in Markdown."""
    rows = [_row(line) for line in lines]
    said = [
        f"### {line.title}\n\n"
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
            *_remarks(lines),
            "## Ce qui était douteux",
            "",
            "Un message est douteux quand on ignore si Telegram l’a pris : le processus ou la connexion a",
            "fini entre l’appel et sa réponse. Une réponse, une alerte ou des mots de sécurité partent alors",
            "une seconde fois (*sent again*) ; le reste est montré à une personne (*unknown*).",
            "",
            *_doubts(lines),
            "## Ce que les personnes ont lu",
            "",
            "\n\n".join(said),
            "",
        ]
    )


def _remarks(lines: list[Line]) -> list[str]:
    return [part for line in lines if line.remark for part in (f"**{line.title}.** {line.remark}", "")]


def _doubts(lines: list[Line]) -> list[str]:
    doubts = [
        f"- {line.title} : "
        + " ; ".join(f"{count} × {what}" for what, count in line.account.doubtful.items())
        for line in lines
        if line.account.doubtful
    ]
    return [*(doubts or ["- Aucun."]), ""]


def _row(line: Line) -> str:
    account = line.account
    cells = (
        line.title,
        str(account.written),
        _list(account.lost),
        _list(account.twice),
        str(account.doubtful.total()),
        f"{line.worst_danger:.1f} s{' (trop tard)' if line.late else ''}",
        _list(account.forgotten),
    )
    return f"| {' | '.join(cells)} |"


def _list(faults: list[str]) -> str:
    return " ; ".join(faults) or "0"
