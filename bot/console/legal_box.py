"""The landlord's legal dates on a case's page: for the team only, with their sources, to be checked."""

from dataclasses import dataclass
from datetime import date

from bot.console.desk import Desk
from bot.content.legal import Said
from bot.domain.rent import Account
from bot.services.rent import rent
from bot.services.rent import signals as rent_signals
from bot.storage.tables import Lease
from bot.texts import format as say


@dataclass(frozen=True)
class LegalLine:
    """`source`: empty for what is computed from the account."""

    text: str
    source: str = ""


def read(desk: Desk, lease: Lease, book: rent.Book, account: Account) -> list[LegalLine]:
    """The dates computed from the account, then the rules in force on its day."""
    content = desk.house.content.legal
    lines = [LegalLine(text) for text in _dates(desk, book, account)]
    rules = (content.said_on(account.today), content.report, content.summons_of(lease.starts_on))
    return lines + [LegalLine(rule.text, _source(rule)) for rule in rules if rule is not None]


def _dates(desk: Desk, book: rent.Book, account: Account) -> list[str]:
    amounts = rent_signals.amounts_on(book, account.today)
    if amounts is None or not amounts.aid_cents:
        return [
            "Pas d’aide au logement connue sur ce bail : le seuil de la CAF ou de la MSA n’est pas calculé."
        ]
    found = rent_signals.legal_dates(desk.house, account, amounts)
    if found is None:
        return ["Seuil d’impayé de l’aide au logement : pas atteint, même avec les termes à venir."]
    report = f"signalement à la CAF ou à la MSA au plus tard le {_day(found.report_by)}"
    if found.is_reached(account.today):
        late = ", date passée" if found.report_by < account.today else ""
        return [f"Seuil d’impayé de l’aide au logement atteint le {_day(found.reached_on)} : {report}{late}."]
    return [
        f"Si rien n’est payé, seuil d’impayé de l’aide au logement le {_day(found.reached_on)} : {report}."
    ]


def _source(rule: Said) -> str:
    return f"{rule.source} ({rule.dated}). Confiance : {rule.confidence}."


def _day(day: date) -> str:
    return say.day_with_year(day)
