"""What a caseworker should know beside the figures: signals before the debt, legal dates, and the rank."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from bot.content.load import RentSignals
from bot.domain.legal import Arrears, Unpaid, arrears
from bot.domain.rent import Account, Amounts
from bot.domain.signals import has_fallen, is_first, is_repeated, share_percent
from bot.domain.triage import Rank, rank
from bot.services.house import House
from bot.services.rent import rent
from bot.storage.tables import Lease, Organisation, Person
from bot.texts import format as say


@dataclass(frozen=True)
class Fall:
    """Resources that went down, in cents, and the day of the file that said so."""

    before_cents: int
    now_cents: int
    on_day: date


@dataclass(frozen=True)
class Signals:
    """`late`: how many of the last `limits.late_window` terms were late. `legal_near`: a date presses."""

    limits: RentSignals
    share: int | None
    late: int
    first_unpaid: bool
    repeated: bool
    rejected: bool
    fall: Fall | None
    legal: Arrears | None
    legal_near: bool

    @property
    def rank(self) -> Rank:
        return rank(legal_date_near=self.legal_near, first_unpaid=self.first_unpaid, repeated=self.repeated)


def of_lease(session: Session, house: House, lease: Lease, today: date) -> Signals:
    """The signals of that lease on `today`, by the organisation's settings."""
    organisation = session.get_one(Organisation, lease.organisation_id)
    limits, steps = rent.signals_of(house, organisation), rent.steps_of(house, organisation)
    book = rent.books(session, [lease])[lease.id]
    account = book.account(today)
    late = late_terms(book, account, steps.case_days_after, steps.minimum_cents, limits.clean_terms + 1)
    amounts = amounts_on(book, today)
    legal = legal_dates(house, account, amounts)
    return Signals(
        limits=limits,
        share=share_percent(net_cents(amounts), resources(lease.tenants)) if amounts else None,
        late=sum(late[-limits.late_window :]),
        first_unpaid=_opened_clean(account, limits) and _is_first(late, limits),
        repeated=is_repeated(late, limits.late_terms, limits.late_window),
        rejected=lease.id in rent.rejected_lately(session, [lease.id], today),
        fall=next(filter(None, (_fall(person, limits, today) for person in lease.tenants)), None),
        legal=legal,
        legal_near=legal is not None and legal.is_near(today, limits.legal_days),
    )


def late_terms(book: rent.Book, account: Account, days: int, minimum_cents: int, most: int) -> list[bool]:
    """Whether each of the last `most` terms was still unpaid so many days after its due day, oldest first."""
    over = account.today - timedelta(days=days)
    past = [line for line in account.lines if line.term and line.due_on <= over][-most:]
    return [
        rent.missing_cents(book.as_of(line.due_on + timedelta(days=days)), line.term.month) >= minimum_cents
        for line in past
        if line.term
    ]


def amounts_on(book: rent.Book, today: date) -> Amounts | None:
    """What a month costs on `today`; None before the lease has amounts."""
    known = [amount for amount in book.terms.amounts if amount.effective_on <= today]
    return max(known, key=lambda amount: amount.effective_on, default=None)


def legal_dates(house: House, account: Account, amounts: Amounts | None) -> Arrears | None:
    """When the debt is, or becomes if nothing more is paid, arrears for the housing aid; None without aid.

    Net cost when the aid goes to the landlord, gross when it goes to the tenant.
    """
    if amounts is None or not amounts.aid_cents:
        return None
    unpaid = [Unpaid(line.due_on, line.remaining_cents) for line in account.lines]
    content = house.content.legal
    return arrears(content.arrears_rules, unpaid, amounts.net_cents, content.report_months)


def in_words(house: House, signals: Signals) -> list[str]:
    """One sentence a signal, for the caseworker."""
    limits, found = signals.limits, []
    if signals.first_unpaid:
        found.append(house.texts.say("rent.reason.signal.first", count=limits.clean_terms))
    if signals.repeated:
        found.append(
            house.texts.say("rent.reason.signal.repeated", count=signals.late, number=limits.late_window)
        )
    if signals.rejected:
        found.append(house.texts.say("rent.reason.signal.rejected"))
    if signals.share is not None and signals.share > limits.share_percent:
        found.append(
            house.texts.say("rent.reason.signal.share", percent=signals.share, limit=limits.share_percent)
        )
    if signals.fall is not None:
        found.append(
            house.texts.say(
                "rent.reason.signal.fall",
                before=say.euros(signals.fall.before_cents),
                remaining=say.euros(signals.fall.now_cents),
                day=say.day_with_year(signals.fall.on_day),
            )
        )
    if signals.legal_near and signals.legal is not None:
        day = say.day_with_year(signals.legal.report_by)
        found.append(house.texts.say("rent.reason.signal.legal", day=day))
    return found


def net_cents(amounts: Amounts) -> int:
    """What a month weighs on the resources, in cents: the aid counts whoever receives it."""
    return amounts.rent_cents + amounts.charges_cents - amounts.aid_cents


def resources(tenants: list[Person]) -> int | None:
    """The household's resources a month, in cents: the landlord's file repeats them on the row of each."""
    known = [int(person.resources_cents) for person in tenants if person.resources_cents]
    return max(known, default=None)


def _fall(person: Person, limits: RentSignals, today: date) -> Fall | None:
    changed = person.resources_changed_on
    if changed is None or changed < today - timedelta(days=limits.fall_days):
        return None
    if not person.resources_before_cents or person.resources_cents is None:
        return None
    before, now = int(person.resources_before_cents), int(person.resources_cents)
    return Fall(before, now, changed) if has_fallen(before, now, limits.fall_percent) else None


def _is_first(late: list[bool], limits: RentSignals) -> bool:
    """The last term alone is late; or none is yet, and this one is announced."""
    return is_first(late, limits.clean_terms) or not any(late[-limits.clean_terms :])


def _opened_clean(account: Account, limits: RentSignals) -> bool:
    """No debt was there when the account began, unless that is long enough ago."""
    opening = account.opening
    return opening is None or (account.today - opening.due_on).days > limits.clean_terms * 31
