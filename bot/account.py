"""`palier compte`: the account of a lease in words and sums that a caseworker can check by hand."""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import wiring
from bot.domain.rent import Account, Amounts, LeaseTerms, Line, LineKind, Movement, Payment
from bot.services.house import House
from bot.services.rent import rent
from bot.settings import SettingsRefused, load
from bot.storage.tables import Lease, Organisation
from bot.texts import format as say

_OTHER = {
    LineKind.OPENING: "Dette à l’ouverture du compte",
    LineKind.MOVEMENT: "Correction du bailleur",
    LineKind.REJECTION: "Paiement d’avant le compte, rejeté",
}


def account_of(reference: str, organisation: str | None) -> str:
    """The account today. Raises SettingsRefused when no lease has that reference."""
    parts = wiring.parts(load("secret_key"))
    with parts.database.reading() as session:
        lease = _lease(session, reference, organisation)
        today = rent.local_day(parts.clock.now(session), parts.house)
        return "\n".join(in_words(session, parts.house, lease, today))


def in_words(session: Session, house: House, lease: Lease, today: date) -> Iterator[str]:
    """What is owed, what came in, and the sum of both, a line each."""
    book = rent.books(session, [lease])[lease.id]
    account, terms = book.account(today), book.terms
    covered = session.get_one(Organisation, lease.organisation_id).bank_covered_until
    yield f"Bail {lease.reference}, depuis le {_day(lease.starts_on)}, échéance le {lease.due_day} du mois."
    yield f"Compte au {_day(today)} ; encaissements connus " + (
        f"jusqu’au {_day(covered)}." if covered else ": aucun fichier reçu."
    )
    yield ""
    yield f"Ouverture, fin du {_day(terms.opens_on)} : {_signed(terms.opening_cents)}"
    for line in account.lines:
        if line.term is not None and line.due_on <= today:
            yield _term(terms, line)
    for movement in sorted(book.movements, key=lambda m: (m.on_day, m.reference)):
        yield _moved(movement, where(movement, account, terms))
    for payment in sorted(book.payments, key=lambda p: (p.on_day, p.reference)):
        if payment.on_day > terms.opens_on:
            yield _paid(payment, today)
    owed, received = sums(book, account)
    yield ""
    yield f"Dû {_amount(owed)} − reçu {_amount(received)} = {_balance(owed - received)}"
    yield from _state(account)


class Where(StrEnum):
    """Where a correction is found in the account."""

    COUNTED = "counted"
    IN_A_TERM = "in a term"  # one that raises what is owed joins the first term due on or after its day
    LEFT_OUT = "left out"  # already in the opening, or later than the day of the account


def where(movement: Movement, account: Account, terms: LeaseTerms) -> Where:
    if movement.on_day <= terms.opens_on:
        return Where.LEFT_OUT
    if movement.amount_cents < 0:
        return Where.COUNTED
    if any(line.term and line.due_on >= movement.on_day for line in account.lines):
        return Where.IN_A_TERM
    return Where.COUNTED if movement.on_day <= account.today else Where.LEFT_OUT


def sums(book: rent.Book, account: Account) -> tuple[int, int]:
    """What was owed up to the account's day, and what was received: their difference is the balance."""
    owed = book.terms.opening_cents
    owed += sum(line.due_cents for line in account.lines if line.term and line.due_on <= account.today)
    counted = (m for m in book.movements if where(m, account, book.terms) is Where.COUNTED)
    owed += sum(movement.amount_cents for movement in counted)
    received = sum(p.amount_cents for p in book.payments if p.on_day > book.terms.opens_on)
    # What a rejection of a later day makes owed again is owed on that day.
    later = (line for line in account.lines if line.due_on > account.today)
    received += sum(line.due_cents for line in later if line.kind is LineKind.REJECTION)
    return owed, received


def _paid(payment: Payment, today: date) -> str:
    what = "Reçu" if payment.amount_cents >= 0 else "Rejeté"
    method = say.payment_method(payment.method) or "moyen inconnu"
    named = f", pour {say.month(payment.names)}" if payment.names else ""
    later = ", date à venir" if payment.on_day > today else ""
    return f"{what} le {_day(payment.on_day)} ({method}{named}{later}) : {_signed(-payment.amount_cents)}"


def _term(terms: LeaseTerms, line: Line) -> str:
    term = line.term
    if term is None:
        raise ValueError("a line without a term")
    days, month_days = (term.last_day - term.first_day).days + 1, _month_days(term.month)
    part = f", {days} jours sur {month_days}" if days < month_days else ""
    known = [amount for amount in terms.amounts if amount.effective_on <= term.last_day]
    changes = any(amount.effective_on > term.first_day for amount in known)
    how = "montant changé dans le mois" if changes else _how(known[-1]) if known else "aucun montant"
    added = line.due_cents - term.due_cents
    more = f", corrections {_signed(added)}" if added else ""
    return (
        f"Loyer {say.of_month(term.month)} {term.month.year}, échéance du {_day(line.due_on)} "
        f"({how}{part}{more}) : {_signed(line.due_cents)}"
    )


def _how(amounts: Amounts) -> str:
    aid = f" − aide {say.euros(amounts.aid_cents)}" if amounts.aid_to_landlord and amounts.aid_cents else ""
    return f"loyer {say.euros(amounts.rent_cents)} + charges {say.euros(amounts.charges_cents)}{aid}"


def _moved(movement: Movement, found: Where) -> str:
    said = {
        Where.COUNTED: "",
        Where.IN_A_TERM: " (comptée dans le terme qui suit)",
        Where.LEFT_OUT: " (hors du compte : déjà dans l’ouverture, ou plus tard)",
    }[found]
    return f"Correction du {_day(movement.on_day)}{said} : {_signed(movement.amount_cents)}"


def _state(account: Account) -> Iterator[str]:
    """What is still open, oldest first: where Palier puts the money."""
    still = [line for line in account.lines if line.due_on <= account.today and line.remaining_cents]
    for line in still:
        name = f"loyer {say.of_month(line.term.month)}" if line.term else _OTHER[line.kind].lower()
        yield f"Reste sur {name} : {say.euros(line.remaining_cents)}"
    if not still:
        yield "Tout ce qui est échu est payé."


def _balance(cents: int) -> str:
    if cents > 0:
        return f"{say.euros(cents)} à payer"
    return f"{say.euros(-cents)} d’avance" if cents < 0 else "compte à zéro"


def _signed(cents: int) -> str:
    return ("+ " if cents >= 0 else "− ") + say.euros(abs(cents))


def _amount(cents: int) -> str:
    return say.euros(cents) if cents >= 0 else f"(− {say.euros(-cents)})"


def _month_days(month: date) -> int:
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return (following - month).days


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _lease(session: Session, reference: str, organisation: str | None) -> Lease:
    found = select(Lease).join(Organisation, Organisation.id == Lease.organisation_id)
    found = found.where(Lease.reference == reference)
    if organisation:
        found = found.where(Organisation.reference == organisation)
    leases = session.scalars(found.limit(2)).all()
    if not leases:
        raise SettingsRefused(f"bail inconnu : {reference}")
    if len(leases) > 1:
        raise SettingsRefused(f"plusieurs organisations ont un bail {reference} : donnez --organisation")
    return leases[0]
