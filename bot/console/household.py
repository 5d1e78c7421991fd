"""The leases of a person and what is owed on each, for the case page."""

from dataclasses import dataclass

from sqlalchemy import select

from bot.console import legal_box, rent_chart
from bot.console.desk import Desk, Visit
from bot.console.legal_box import LegalLine
from bot.console.rent_chart import Chart
from bot.domain.rent import Account, Amounts, LineKind
from bot.domain.rent import Line as AccountLine
from bot.services.rent import rent
from bot.services.rent import signals as rent_signals
from bot.services.rent.signals import Signals
from bot.storage.tables import Lease, LeasePerson, Organisation, Person
from bot.texts import format as say

# A caseworker reads the recent months; the whole account is the landlord's.
_TERMS_SHOWN = 6
_OTHER_LINES = {
    LineKind.OPENING: "Dette reprise à l’ouverture du compte",
    LineKind.MOVEMENT: "Correction du bailleur",
    LineKind.REJECTION: "Paiement rejeté",
}


@dataclass(frozen=True)
class TermRow:
    label: str
    due_on: str
    due: str
    paid: str
    state: str
    open: bool


@dataclass(frozen=True)
class Household:
    """One lease of the person. `balance` is a sentence; amounts are the landlord's, up to `covered`.
    `cost` is what a month costs, `share` what part of the known resources that takes; both may be empty."""

    reference: str
    dwelling: str
    residence: str
    place: str
    since: str
    ended: str
    shared_with: list[str]
    payment: str
    balance: str
    owes: bool
    covered: str
    terms: list[TermRow]
    chart: Chart | None
    cost: str
    share: str
    signals: list[str]
    legal: list[LegalLine]


def households(desk: Desk, visit: Visit, person: Person) -> list[Household]:
    """The leases of the person, the current ones first."""
    leases = visit.session.scalars(
        select(Lease)
        .join(LeasePerson, LeasePerson.lease_id == Lease.id)
        .where(LeasePerson.person_id == person.id, Lease.organisation_id == person.organisation_id)
        .order_by(Lease.ends_on.is_not(None), Lease.starts_on.desc(), Lease.id.desc())
    ).all()
    return [_household(desk, visit, person, lease) for lease in leases]


def _household(desk: Desk, visit: Visit, person: Person, lease: Lease) -> Household:
    today = visit.now.astimezone(desk.house.zone).date()
    book = rent.books(visit.session, [lease])[lease.id]
    account = book.account(today)
    signals = rent_signals.of_lease(visit.session, desk.house, lease, today)
    covered = visit.session.get_one(Organisation, lease.organisation_id).bank_covered_until
    return Household(
        reference=lease.reference,
        dwelling=", ".join(part for part in (lease.typology, lease.dwelling, lease.address) if part),
        residence=lease.residence,
        place=", ".join(part for part in (lease.district, lease.town) if part),
        since=say.day_with_year(lease.starts_on),
        ended=say.day_with_year(lease.ends_on) if lease.ends_on else "",
        shared_with=[other.display_name for other in lease.tenants if other.id != person.id],
        payment=say.payment_method(lease.payment_method),
        balance=_balance(account),
        owes=account.balance_cents > 0,
        covered=say.day_with_year(covered) if covered else "",
        terms=_terms(account),
        chart=rent_chart.read(account, _TERMS_SHOWN),
        cost=_cost(rent_signals.amounts_on(book, today)),
        share=_share(signals, lease),
        signals=rent_signals.in_words(desk.house, signals) if account.overdue_cents > 0 else [],
        legal=legal_box.read(desk, lease, book, account) if account.overdue_cents > 0 else [],
    )


def _balance(account: Account) -> str:
    if account.balance_cents > 0:
        return f"{say.euros(account.balance_cents)} à payer"
    if account.balance_cents < 0:
        return f"{say.euros(-account.balance_cents)} d’avance"
    return "À jour"


def _cost(amounts: Amounts | None) -> str:
    if amounts is None:
        return ""
    parts = [f"loyer {say.euros(amounts.rent_cents)}"]
    if amounts.charges_cents:
        parts.append(f"charges {say.euros(amounts.charges_cents)}")
    if amounts.aid_cents:
        to = "versée au bailleur" if amounts.aid_to_landlord else "versée au locataire"
        parts.append(f"aide au logement {say.euros(amounts.aid_cents)}, {to}")
    return f"Par mois : {' ; '.join(parts)}. À payer : {say.euros(amounts.net_cents)}."


def _share(signals: Signals, lease: Lease) -> str:
    known = rent_signals.resources(lease.tenants)
    if signals.share is None or known is None:
        return "Ressources inconnues : la part du loyer n’est pas calculée."
    return (
        f"{signals.share} % des ressources connues ({say.euros(known)} par mois) ; "
        f"repère : {signals.limits.share_percent} %."
    )


def _terms(account: Account) -> list[TermRow]:
    """The last lines, every unpaid one, and the next term, most recent first."""
    past = [line for line in account.lines if line.due_on <= account.today]
    recent = past[-_TERMS_SHOWN:]
    shown = [line for line in past if line in recent or line.remaining_cents > 0]
    if account.next_term is not None:
        shown.append(account.next_term)
    return [_row(account, line) for line in reversed(shown)]


def _row(account: Account, line: AccountLine) -> TermRow:
    open_now = line.due_on <= account.today and line.remaining_cents > 0
    return TermRow(
        label=f"Loyer {say.of_month(line.term.month)}" if line.term else _OTHER_LINES[line.kind],
        due_on=f"{line.due_on:%d/%m/%Y}",
        due=say.euros(line.due_cents),
        paid=say.euros(line.paid_cents),
        state=_state(account, line),
        open=open_now,
    )


def _state(account: Account, line: AccountLine) -> str:
    if line.remaining_cents == 0:
        return "payé"
    if line.due_on > account.today:
        return "à venir"
    if line.paid_cents > 0:
        return f"reste {say.euros(line.remaining_cents)}"
    return "non payé"
