"""The account of a lease: worked examples, then properties that hold for any account."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.rent import (
    Account,
    Amounts,
    LeaseTerms,
    LineKind,
    Movement,
    Payment,
    PlanPeriod,
    settle,
    terms,
)

OPENING = date(2026, 11, 30)
DECEMBER, JANUARY = date(2026, 12, 1), date(2027, 1, 1)


def a_lease(
    net: int = 35_000,
    *,
    starts_on: date = date(2018, 1, 1),
    ends_on: date | None = None,
    due_day: int = 5,
    amounts: tuple[Amounts, ...] | None = None,
    opens_on: date = OPENING,
    opening_cents: int = 0,
    in_arrears: bool = False,
    plans: tuple[PlanPeriod, ...] = (),
) -> LeaseTerms:
    amounts = amounts or (Amounts(starts_on, net),)
    return LeaseTerms(starts_on, ends_on, due_day, amounts, opens_on, opening_cents, in_arrears, plans)


def account(
    lease: LeaseTerms,
    *payments: Payment,
    movements: tuple[Movement, ...] = (),
    today: date = date(2026, 12, 15),
    until: date = date(2027, 1, 31),
) -> Account:
    return settle(lease, payments, movements, today, until)


def remaining(account: Account, month: date) -> int:
    line = account.term(month)
    assert line is not None
    return line.remaining_cents


def test_aid_is_deducted_only_when_the_landlord_receives_it() -> None:
    start = date(2020, 1, 1)
    assert Amounts(start, 35_200, 4_600, 13_900, aid_to_landlord=True).net_cents == 25_900
    assert Amounts(start, 35_200, 4_600, 13_900, aid_to_landlord=False).net_cents == 39_800
    assert Amounts(start, 10_000, 0, 13_900).net_cents == 0


def test_a_month_that_begins_in_the_middle_is_owed_by_days_and_due_on_its_first_day() -> None:
    lease = a_lease(46_500, starts_on=date(2026, 12, 12), due_day=10)
    first, second = terms(lease, date(2027, 1, 31))
    assert (first.due_cents, first.due_on, first.first_day) == (
        30_000,
        date(2026, 12, 12),
        date(2026, 12, 12),
    )
    assert (second.due_cents, second.due_on) == (46_500, date(2027, 1, 10))


def test_a_month_that_ends_in_the_middle_is_owed_by_days_and_is_the_last() -> None:
    lease = a_lease(55_800, ends_on=date(2027, 1, 15))
    assert [(t.month, t.due_cents) for t in terms(lease, date(2027, 6, 30))] == [
        (DECEMBER, 55_800),
        (JANUARY, 27_000),
    ]


def test_a_share_of_a_month_is_rounded_once_half_up() -> None:
    # 1 day of 30 of 0.15 € is half a cent.
    lease = a_lease(15, starts_on=date(2026, 11, 30), opens_on=date(2026, 11, 1))
    assert next(terms(lease, date(2026, 11, 30))).due_cents == 1


def test_new_amounts_count_from_their_day_and_never_before() -> None:
    amounts = (Amounts(date(2018, 1, 1), 31_000), Amounts(date(2027, 1, 11), 62_000))
    december, january, february = terms(a_lease(amounts=amounts), date(2027, 2, 28))
    assert december.due_cents == 31_000
    assert january.due_cents == 10_000 + 42_000  # 10 days of 31 at 310 €, 21 at 620 €
    assert february.due_cents == 62_000


def test_days_before_the_first_known_amount_owe_nothing() -> None:
    lease = a_lease(amounts=(Amounts(JANUARY, 35_000),))
    assert [term.month for term in terms(lease, date(2027, 1, 31))] == [JANUARY]


def test_only_terms_due_after_the_opening_count() -> None:
    assert [t.month for t in terms(a_lease(opens_on=date(2026, 12, 5)), date(2027, 1, 5))] == [JANUARY]
    assert [t.month for t in terms(a_lease(opens_on=date(2026, 12, 4)), date(2027, 1, 4))] == [DECEMBER]


def test_a_term_in_arrears_is_due_the_month_after() -> None:
    first, second = terms(a_lease(in_arrears=True), date(2027, 1, 31))
    assert (first.month, first.due_on) == (date(2026, 11, 1), date(2026, 12, 5))
    assert (second.month, second.due_on) == (DECEMBER, date(2027, 1, 5))


@pytest.mark.parametrize("due_day", range(1, 32))
def test_the_due_day_is_clamped_to_every_month_length(due_day: int) -> None:
    lease = a_lease(due_day=due_day, opens_on=date(2027, 12, 31))
    due = [term.due_on for term in terms(lease, date(2028, 12, 31))]
    assert len(due) == 12
    for day in due:
        last = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        assert day.day == min(due_day, last.day)


def test_payments_settle_the_oldest_term_first_and_the_rest_is_kept_ahead() -> None:
    found = account(a_lease(), Payment(date(2026, 12, 3), 80_000))
    assert (remaining(found, DECEMBER), remaining(found, JANUARY), found.credit_cents) == (0, 0, 10_000)
    assert found.balance_cents == -45_000
    assert found.oldest_unpaid is None


def test_a_payment_settles_the_term_that_it_names_and_its_rest_the_oldest() -> None:
    late = date(2027, 1, 6)
    named = Payment(late, 40_000, names=JANUARY)
    found = account(a_lease(), named, today=late)
    assert (remaining(found, DECEMBER), remaining(found, JANUARY)) == (30_000, 0)


@pytest.mark.parametrize("month", [date(2026, 9, 1), date(2029, 1, 1)])
def test_a_name_that_the_account_does_not_hold_is_a_name_of_nothing(month: date) -> None:
    found = account(a_lease(), Payment(date(2026, 12, 6), 20_000, names=month))
    assert remaining(found, DECEMBER) == 15_000


def test_a_term_that_is_paid_already_takes_no_more() -> None:
    january = Payment(date(2027, 1, 5), 35_000, names=DECEMBER, reference="2")
    found = account(
        a_lease(), Payment(date(2026, 12, 5), 35_000, names=DECEMBER), january, today=date(2027, 1, 6)
    )
    assert (remaining(found, JANUARY), found.credit_cents) == (0, 0)


def test_under_a_plan_the_rent_that_is_named_comes_before_the_instalment() -> None:
    plans = (PlanPeriod(date(2026, 12, 1), instalments=(35_000,)),)
    lease = a_lease(opening_cents=70_000, plans=plans)
    paid = Payment(date(2026, 12, 6), 35_000, names=DECEMBER)
    assert remaining(account(lease, paid), DECEMBER) == 0
    opening = account(lease, paid).opening
    assert opening is not None
    assert opening.remaining_cents == 70_000


def test_a_rejection_takes_back_the_payment_that_names_the_same_term() -> None:
    payments = [Payment(date(2026, 12, 6), 35_000, names=month) for month in (DECEMBER, JANUARY)]
    rejected = Payment(date(2026, 12, 9), -35_000, names=DECEMBER)
    found = account(a_lease(), *payments, rejected)
    assert (remaining(found, DECEMBER), remaining(found, JANUARY)) == (35_000, 0)


def test_a_partial_payment_leaves_the_rest_of_its_term() -> None:
    found = account(a_lease(), Payment(date(2026, 12, 8), 12_000))
    assert (found.overdue_cents, remaining(found, DECEMBER), remaining(found, JANUARY)) == (
        23_000,
        23_000,
        35_000,
    )
    assert found.oldest_unpaid is found.term(DECEMBER)


def test_an_old_debt_is_repaid_after_the_current_term() -> None:
    lease = a_lease(28_200, opening_cents=6_240)
    found = account(lease, Payment(date(2026, 12, 7), 30_200))
    assert remaining(found, DECEMBER) == 0
    assert found.opening is not None
    assert found.opening.remaining_cents == found.balance_cents == 4_240


def test_an_old_debt_is_repaid_before_a_term_that_is_far_ahead() -> None:
    lease = a_lease(28_200, opening_cents=6_240)
    found = account(lease, Payment(date(2026, 12, 7), 28_200), Payment(date(2026, 12, 18), 6_240))
    assert found.balance_cents == 0
    assert remaining(found, JANUARY) == 28_200


def test_an_advance_at_the_opening_pays_the_first_term() -> None:
    assert remaining(account(a_lease(33_000, opening_cents=-5_730)), DECEMBER) == 27_270


def test_what_the_opening_balance_holds_is_not_counted_twice() -> None:
    found = account(a_lease(), Payment(OPENING, 35_000), movements=(Movement(OPENING, 1_000),))
    assert found.balance_cents == 35_000


@pytest.mark.parametrize(
    ("on_day", "cents", "december", "january"),
    [
        (date(2026, 12, 22), 11_600, 23_400, 35_000),  # the instalment, though January is coming
        (date(2026, 12, 22), 12_000, 35_000, 23_000),  # no instalment's sum: the coming rent
        (date(2027, 1, 4), 35_000, 35_000, 0),
        (date(2027, 1, 10), 11_600, 35_000, 23_400),  # January is due and unpaid: the rent first
    ],
)
def test_under_a_plan_an_instalment_s_sum_is_for_the_plan_when_the_rent_is_paid(
    on_day: date, cents: int, december: int, january: int
) -> None:
    plan = PlanPeriod(date(2026, 12, 8), None, (11_600, 11_600, 11_800))
    found = account(a_lease(plans=(plan,)), Payment(on_day, cents, "virement"), today=date(2027, 1, 12))
    assert (remaining(found, DECEMBER), remaining(found, JANUARY)) == (december, january)


def test_a_sum_that_is_the_rent_s_and_an_instalment_s_is_the_rent() -> None:
    plan = PlanPeriod(date(2026, 12, 8), None, (35_000,))
    found = account(a_lease(plans=(plan,)), Payment(date(2027, 1, 4), 35_000), today=date(2027, 1, 12))
    assert remaining(found, JANUARY) == 0


def test_a_correction_joins_the_next_term() -> None:
    found = account(a_lease(40_800, due_day=10), movements=(Movement(DECEMBER, 3_840),))
    assert remaining(found, DECEMBER) == 44_640
    found = account(a_lease(45_900, due_day=10), movements=(Movement(DECEMBER, -3_000),))
    assert remaining(found, DECEMBER) == 42_900


def test_a_correction_after_the_last_term_is_a_line_of_its_own() -> None:
    found = account(a_lease(ends_on=date(2026, 12, 31)), movements=(Movement(date(2027, 1, 10), 2_000),))
    assert [line.kind for line in found.lines] == [LineKind.TERM, LineKind.MOVEMENT]


def test_a_rejected_debit_reopens_the_term_that_it_had_paid() -> None:
    december = Payment(date(2026, 12, 7), 35_000, "prelevement", "1")
    january = Payment(date(2027, 1, 4), 35_000, "virement", "2")
    rejected = Payment(date(2027, 1, 6), -35_000, "prelevement", "3")
    found = account(a_lease(), december, january, rejected, today=date(2027, 1, 7))
    assert (remaining(found, DECEMBER), remaining(found, JANUARY)) == (35_000, 0)


def test_a_debit_rejected_on_its_own_day_leaves_the_term_open() -> None:
    day = date(2026, 12, 7)
    found = account(
        a_lease(), Payment(day, -35_000, "prelevement", "1"), Payment(day, 35_000, "prelevement", "2")
    )
    assert (found.balance_cents, [line.kind for line in found.lines]) == (
        35_000,
        [LineKind.TERM, LineKind.TERM],
    )


def test_two_rejections_of_one_amount_undo_two_payments() -> None:
    found = account(
        a_lease(),
        Payment(date(2026, 12, 5), 35_000, "prelevement"),
        Payment(date(2027, 1, 5), 35_000, "prelevement"),
        Payment(date(2027, 1, 8), -35_000, "prelevement", "a"),
        Payment(date(2027, 1, 8), -35_000, "prelevement", "b"),
        today=date(2027, 1, 9),
    )
    assert found.overdue_cents == 70_000


def test_the_rejection_of_a_payment_before_the_account_is_owed_again() -> None:
    found = account(a_lease(), Payment(date(2026, 12, 2), -35_000, "prelevement"))
    assert (found.lines[0].kind, found.lines[0].remaining_cents) == (LineKind.REJECTION, 35_000)
    assert found.balance_cents == 70_000


def test_credit_left_elsewhere_pays_what_a_rejection_reopens() -> None:
    found = account(
        a_lease(ends_on=date(2026, 12, 31)),
        Payment(date(2026, 12, 5), 35_000, "prelevement"),
        Payment(date(2026, 12, 6), 20_000, "virement"),
        Payment(date(2026, 12, 8), -35_000, "prelevement"),
    )
    assert (remaining(found, DECEMBER), found.credit_cents) == (15_000, 0)


days = st.dates(date(2026, 11, 1), date(2028, 3, 31))
cents = st.integers(-60_000, 60_000)
a_payment = st.builds(
    Payment,
    days,
    cents,
    st.sampled_from(["", "prelevement", "virement"]),
    st.text("ab", max_size=2),
    st.none() | st.dates(date(2026, 10, 1), date(2028, 4, 30)).map(lambda day: day.replace(day=1)),
)
a_movement = st.builds(Movement, days, cents, st.text("ab", max_size=2))


@pytest.mark.slow
@given(
    st.lists(a_payment, max_size=12),
    st.lists(a_movement, max_size=5),
    st.integers(-80_000, 80_000),
    st.integers(1, 31),
    st.integers(0, 50_000),
    days,
    st.booleans(),
    st.none() | st.builds(PlanPeriod, days, st.none() | days, st.just((20_000, 15_000))),
    st.randoms(use_true_random=False),
)
def test_money_is_conserved_in_any_order(
    payments, movements, opening, due_day, net, today, in_arrears, plan, random
) -> None:  # type: ignore[no-untyped-def]
    plans = (plan,) if plan else ()
    lease = a_lease(net, opening_cents=opening, due_day=due_day, in_arrears=in_arrears, plans=plans)
    until = date(2028, 4, 30)
    found = settle(lease, payments, movements, today, until)

    counted = [p.amount_cents for p in payments if p.on_day > OPENING]
    corrections = [m.amount_cents for m in movements if m.on_day > OPENING]
    asked = opening + sum(term.due_cents for term in terms(lease, until)) + sum(corrections)
    assert all(0 <= line.paid_cents <= line.due_cents for line in found.lines)
    assert found.credit_cents >= 0
    assert sum(line.remaining_cents for line in found.lines) - found.credit_cents == asked - sum(counted)
    later = sum(line.due_cents for line in found.lines if line.due_on > today)
    assert found.balance_cents == asked - sum(counted) - later
    assert [line.due_on for line in found.lines] == sorted(line.due_on for line in found.lines)

    random.shuffle(payments)
    random.shuffle(movements)
    assert settle(lease, payments, movements, today, until) == found


@given(days, days, st.integers(1, 31), st.integers(1, 90_000))
def test_no_day_of_a_lease_is_owed_twice_or_forgotten(one: date, other: date, due_day: int, net: int) -> None:
    starts_on, ends_on = min(one, other), max(one, other)
    lease = a_lease(net, starts_on=starts_on, ends_on=ends_on, due_day=due_day, opens_on=date(2025, 1, 1))
    owed = list(terms(lease, date(2029, 1, 1)))
    whole = [t for t in owed if (t.last_day + timedelta(days=1)).day == 1 and t.first_day.day == 1]
    assert all(term.due_cents == net for term in whole)
    assert all(0 <= term.due_cents <= net for term in owed)
    assert all(term.due_on >= term.first_day for term in owed)
    assert owed == sorted(owed, key=lambda term: term.due_on)


@pytest.mark.parametrize("due_day", range(1, 32))
def test_every_month_has_its_term_on_its_day_or_on_its_last_one(due_day: int) -> None:
    """Through the leap year 2028 and every length of month."""
    opens_on = date(2026, 12, 31)
    owed = list(terms(a_lease(due_day=due_day, opens_on=opens_on), date(2028, 12, 31)))
    assert [(term.month.year, term.month.month) for term in owed] == [
        (year, month) for year in (2027, 2028) for month in range(1, 13)
    ]
    for term in owed:
        last = (term.month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        assert term.due_on == term.month.replace(day=min(due_day, last.day))
        assert (term.first_day, term.last_day) == (term.month, last)


@pytest.mark.parametrize("month", [date(2028, 2, 1), date(2027, 2, 1)])
def test_a_lease_of_one_day_in_february_owes_one_day(month: date) -> None:
    last = (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    lease = a_lease(29_000, starts_on=last, ends_on=last, opens_on=date(2026, 12, 31))
    (term,) = terms(lease, date(2029, 1, 1))
    assert term.due_cents == (1_000 if last.day == 29 else 1_036)
