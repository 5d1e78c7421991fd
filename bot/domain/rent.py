"""The account of a lease: what each term asks, what pays it. All money is in whole cents.

Rules, so that a caseworker can check an account by hand:
- each day of a month is owed at the amounts in force on that day; a month that the lease or an
  amount covers in part is prorated by days, and rounded once, to the nearest cent, half up;
- a correction that raises what is owed joins the first term due on or after its day;
- money settles the term that its label names; what is left over, and money that names none, settles
  the terms oldest first, the coming one included when it is due within 15 days,
  then the opening debt, then the terms further ahead: a household that pays its rent and a bit
  of an old debt is not late with its rent;
- under a plan, money settles the terms due since the plan began as above, then what was owed before;
  once these terms are paid, a sum that is exactly an instalment's is for the plan, unless it is the coming
  rent's too;
- a rejected payment gives back what the payment had settled.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from bot.domain.calendar import same_day_of_month

# A payment this many days before the due day is meant for that term.
COMING = timedelta(days=15)


@dataclass(frozen=True)
class Amounts:
    """What a month costs from `effective_on` on, in cents."""

    effective_on: date
    rent_cents: int
    charges_cents: int = 0
    aid_cents: int = 0
    aid_to_landlord: bool = True

    @property
    def net_cents(self) -> int:
        """What the tenant pays: the aid counts only when the landlord receives it."""
        aid = self.aid_cents if self.aid_to_landlord else 0
        return max(0, self.rent_cents + self.charges_cents - aid)


@dataclass(frozen=True)
class PlanPeriod:
    """The days on which a plan says where money goes: what is due up to `since` comes after the rent.
    `instalments`: their amounts, in cents."""

    since: date
    until: date | None = None
    instalments: tuple[int, ...] = ()

    def covers(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True)
class LeaseTerms:
    """What decides the terms. The account starts at the end of `opens_on` with `opening_cents` owed
    (negative: in advance). `in_arrears`: a month is due in the following one (terme échu)."""

    starts_on: date
    ends_on: date | None
    due_day: int
    amounts: Sequence[Amounts]
    opens_on: date
    opening_cents: int = 0
    in_arrears: bool = False
    plans: tuple[PlanPeriod, ...] = ()


@dataclass(frozen=True)
class Term:
    """One month's rent: `month` is its first day, `first_day` to `last_day` the days of the lease in it."""

    month: date
    first_day: date
    last_day: date
    due_on: date
    due_cents: int


@dataclass(frozen=True)
class Payment:
    """Money received, in cents; negative when a payment is rejected. `reference` only orders a day;
    `names` is the first day of the month whose term the payment is for, when it says so."""

    on_day: date
    amount_cents: int
    method: str = ""
    reference: str = ""
    names: date | None = None


@dataclass(frozen=True)
class Movement:
    """A correction of the account in cents: positive is owed, negative is given back."""

    on_day: date
    amount_cents: int
    reference: str = ""


class LineKind(StrEnum):
    OPENING = "opening"
    TERM = "term"
    MOVEMENT = "movement"  # a correction that no term follows
    REJECTION = "rejection"  # of a payment made before the account starts


@dataclass(frozen=True)
class Line:
    """One thing owed and how much of it is settled, in cents. `term` for lines of kind TERM."""

    kind: LineKind
    due_on: date
    due_cents: int
    paid_cents: int
    term: Term | None = None

    @property
    def remaining_cents(self) -> int:
        return self.due_cents - self.paid_cents


@dataclass(frozen=True)
class Account:
    """The account of a lease on `today`, with the terms to come that were asked for.

    `lines` are in the order of their due days; `credit_cents` is money that no line has absorbed.
    """

    today: date
    lines: tuple[Line, ...]
    credit_cents: int

    @property
    def overdue_cents(self) -> int:
        """What is due up to today and not paid."""
        return sum(line.remaining_cents for line in self.lines if line.due_on <= self.today)

    @property
    def balance_cents(self) -> int:
        """Positive: owed today. Negative: paid in advance."""
        ahead = sum(line.paid_cents for line in self.lines if line.due_on > self.today)
        return self.overdue_cents - ahead - self.credit_cents

    @property
    def oldest_unpaid(self) -> Line | None:
        """The oldest line due up to today that something is missing on."""
        return next((x for x in self.lines if x.due_on <= self.today and x.remaining_cents > 0), None)

    @property
    def next_term(self) -> Line | None:
        """The first term that is due after today."""
        return next((x for x in self.lines if x.term is not None and x.due_on > self.today), None)

    @property
    def opening(self) -> Line | None:
        """The debt at the start of the account, None when there was none."""
        return next((line for line in self.lines if line.kind is LineKind.OPENING), None)

    def owed_since_before(self, day: date) -> int:
        """What is still missing on the lines that were due up to `day`, in cents."""
        return sum(line.remaining_cents for line in self.lines if line.due_on <= day)

    def term(self, month: date) -> Line | None:
        """The line of the month that begins on `month`; None outside the account."""
        return next((x for x in self.lines if x.term is not None and x.term.month == month), None)


def terms(lease: LeaseTerms, until: date) -> Iterator[Term]:
    """The terms due after the account starts and up to `until`, oldest first."""
    month = _month_before(max(lease.opens_on, lease.starts_on))
    while True:
        term = _term(lease, month)
        if term.due_on > until or (lease.ends_on is not None and month > lease.ends_on):
            return
        if term.due_on > lease.opens_on and term.first_day <= term.last_day and term.due_cents > 0:
            yield term
        month = _month_after(month)


def settle(
    lease: LeaseTerms,
    payments: Iterable[Payment],
    movements: Iterable[Movement],
    today: date,
    until: date,
) -> Account:
    """The account on `today` with the terms due up to `until`, whatever the order of what is given.

    Payments and movements up to the end of `opens_on` are in the opening balance: they are left out.
    """
    counted = [movement for movement in movements if movement.on_day > lease.opens_on]
    ledger = _Ledger(_slots(lease, counted, until), lease.plans)
    if lease.opening_cents < 0:
        ledger.receive(lease.opens_on, -lease.opening_cents)
    money = [p for p in payments if p.on_day > lease.opens_on]
    money += [
        Payment(m.on_day, -m.amount_cents, _CORRECTION, m.reference) for m in counted if m.amount_cents < 0
    ]
    # On one day, what is received comes before what is taken back.
    for entry in sorted(money, key=_turn_of_day):
        if entry.amount_cents >= 0:
            ledger.receive(entry.on_day, entry.amount_cents, entry.method, entry.names)
        else:
            ledger.reject(entry.on_day, -entry.amount_cents, entry.method, entry.names)
    return Account(today, ledger.lines(), ledger.credit)


def _turn_of_day(payment: Payment) -> tuple[date, bool, str, int, date]:
    names = payment.names or date.min
    return payment.on_day, payment.amount_cents < 0, payment.reference, payment.amount_cents, names


def _term(lease: LeaseTerms, month: date) -> Term:
    last = _month_after(month) - timedelta(days=1)
    first_day = max(month, lease.starts_on)
    last_day = min(last, lease.ends_on or last)
    due_month = _month_after(month) if lease.in_arrears else month
    due_on = same_day_of_month(due_month.year, due_month.month, lease.due_day)
    # A lease that begins after the day of its first month is due on its first day.
    return Term(
        month,
        first_day,
        last_day,
        max(due_on, first_day),
        _owed(lease.amounts, first_day, last_day, last.day),
    )


def _owed(amounts: Sequence[Amounts], first: date, last: date, month_days: int) -> int:
    """Cents owed for `first` to `last`, days of one month of `month_days`; no known amount, nothing owed."""
    by_days = 0
    ordered = sorted(amounts, key=lambda a: a.effective_on)
    for index, amount in enumerate(ordered):
        until = ordered[index + 1].effective_on - timedelta(days=1) if index + 1 < len(ordered) else last
        days = (min(last, until) - max(first, amount.effective_on)).days + 1
        by_days += amount.net_cents * max(0, days)
    return (2 * by_days + month_days) // (2 * month_days)


def _month_after(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _month_before(day: date) -> date:
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


@dataclass(eq=False)
class _Slot:
    kind: LineKind
    due_on: date
    due: int
    term: Term | None = None
    paid: int = 0

    @property
    def open(self) -> int:
        return self.due - self.paid


@dataclass(eq=False)
class _Receipt:
    """Money received and where it went; what is left is in the account's credit."""

    on_day: date
    amount: int
    method: str
    names: date | None
    left: int
    parts: list[tuple[_Slot, int]] = field(default_factory=list)


# Corrections and the opening credit are no payments: a bank can't reject them.
_CORRECTION = "\0correction"


def _slots(lease: LeaseTerms, movements: Sequence[Movement], until: date) -> list[_Slot]:
    slots = [_Slot(LineKind.TERM, term.due_on, term.due_cents, term) for term in terms(lease, until)]
    if lease.opening_cents > 0:
        slots.insert(0, _Slot(LineKind.OPENING, lease.opens_on, lease.opening_cents))
    for movement in movements:
        if movement.amount_cents <= 0:
            continue
        slot = next((s for s in slots if s.term is not None and s.due_on >= movement.on_day), None)
        if slot is not None:
            slot.due += movement.amount_cents
        else:
            slots.append(_Slot(LineKind.MOVEMENT, movement.on_day, movement.amount_cents))
    return slots


class _Ledger:
    """Puts money on lines and takes it back; what goes in is always what lies on lines and in credit."""

    def __init__(self, slots: list[_Slot], plans: Sequence[PlanPeriod] = ()) -> None:
        self._slots = sorted(slots, key=lambda slot: slot.due_on)
        self._plans = plans
        self._receipts: list[_Receipt] = []

    @property
    def credit(self) -> int:
        return sum(receipt.left for receipt in self._receipts)

    def lines(self) -> tuple[Line, ...]:
        return tuple(Line(s.kind, s.due_on, s.due, s.paid, s.term) for s in self._slots)

    def receive(self, on_day: date, cents: int, method: str = _CORRECTION, names: date | None = None) -> None:
        receipt = _Receipt(on_day, cents, method, names, left=cents)
        self._receipts.append(receipt)
        self._spend(receipt, on_day)

    def reject(self, on_day: date, cents: int, method: str, names: date | None = None) -> None:
        """Undo the payment of this amount, term named and method, else of this amount, else the latest ones;
        what no payment explains was paid before the account starts, and is owed again."""
        given_back = [r for r in self._receipts if r.method != _CORRECTION]
        # Stable sort of the latest first: the likeliest payment comes first.
        given_back.reverse()
        given_back.sort(key=lambda r: (r.amount != cents, r.names != names, r.method != method))
        for receipt in given_back:
            cents -= _take_back(receipt, cents)
        if cents > 0:
            self._slots.append(_Slot(LineKind.REJECTION, on_day, cents))
            self._slots.sort(key=lambda slot: slot.due_on)
        for receipt in self._receipts:
            self._spend(receipt, on_day)

    def _spend(self, receipt: _Receipt, on_day: date) -> None:
        for slot in self._in_turn(on_day, receipt) if receipt.left else ():
            part = min(receipt.left, slot.open)
            if part > 0:
                slot.paid += part
                receipt.left -= part
                receipt.parts.append((slot, part))

    def _in_turn(self, on_day: date, receipt: _Receipt) -> list[_Slot]:
        """The lines that lack something, in the order in which a receipt settles them on that day."""
        lacking, coming = [slot for slot in self._slots if slot.open], on_day + COMING
        plan = next((plan for plan in self._plans if plan.covers(on_day)), None)
        before = plan.since if plan else date.min
        for_plan = (
            plan is not None
            and receipt.amount in plan.instalments
            and all(
                slot.due_on > on_day and slot.open != receipt.amount
                for slot in lacking
                if before < slot.due_on <= coming
            )
        )

        def turn(slot: _Slot) -> int:
            if slot.term is not None and slot.term.month == receipt.names:
                return -1
            if slot.kind is LineKind.OPENING or slot.due_on <= before:
                return 0 if for_plan else 2
            return 1 if slot.due_on <= coming else 3

        return sorted(lacking, key=turn)


def _take_back(receipt: _Receipt, cents: int) -> int:
    """Take up to `cents` of a receipt back, the latest use first; returns how much there was."""
    taken = min(receipt.left, cents)
    receipt.left -= taken
    while receipt.parts and taken < cents:
        slot, part = receipt.parts.pop()
        back = min(part, cents - taken)
        slot.paid -= back
        taken += back
        if back < part:
            receipt.parts.append((slot, part - back))
    # A rejected payment no longer stands for its amount: a second rejection finds another one.
    receipt.amount -= taken
    return taken
