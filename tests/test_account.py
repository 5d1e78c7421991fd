"""`palier compte`: an account that a caseworker can check by hand."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.account import in_words, sums
from bot.domain.rent import Amounts, LeaseTerms, Movement, Payment
from bot.imports.run import import_file
from bot.services.house import House
from bot.services.rent import rent
from bot.storage import Database
from bot.storage.tables import Lease

SAMPLES = Path(__file__).parents[1] / "data" / "samples"


@pytest.fixture
def landlord(database: Database, house: House) -> Database:
    now = datetime(2026, 12, 1, 9, tzinfo=UTC)
    for kind in ("equipe", "baux", "encaissements", "mouvements"):
        import_file(database, house, now, kind, SAMPLES / f"{kind}.csv")
    for path in sorted((SAMPLES / "feed").glob("*.csv")):
        import_file(database, house, now, "encaissements", path, until=date.fromisoformat(path.stem[-10:]))
    return database


def said(database: Database, house: House, reference: str, today: date) -> list[str]:
    with database.reading() as session:
        lease = session.scalars(select(Lease).filter_by(reference=reference)).one()
        lines = list(in_words(session, house, lease, today))
    return [line.replace("\u00a0", " ").replace("\u202f", " ") for line in lines]


def test_a_month_begun_in_the_middle_is_counted_by_days(landlord: Database, house: House) -> None:
    assert said(landlord, house, "B-0210", date(2027, 1, 15)) == [
        "Bail B-0210, depuis le 12/12/2026, échéance le 10 du mois.",
        "Compte au 15/01/2027 ; encaissements connus jusqu’au 15/01/2027.",
        "",
        "Ouverture, fin du 30/11/2026 : + 0,00 €",
        "Loyer de décembre 2026, échéance du 12/12/2026 "
        "(loyer 403,00 € + charges 62,00 €, 20 jours sur 31) : + 300,00 €",
        "Loyer de janvier 2027, échéance du 10/01/2027 (loyer 403,00 € + charges 62,00 €) : + 465,00 €",
        "Reçu le 14/12/2026 (virement) : − 300,00 €",
        "Reçu le 08/01/2027 (virement) : − 465,00 €",
        "",
        "Dû 765,00 € − reçu 765,00 € = compte à zéro",
        "Tout ce qui est échu est payé.",
    ]


def test_a_rejected_debit_and_what_is_left_are_said(landlord: Database, house: House) -> None:
    lines = said(landlord, house, "B-0108", date(2026, 12, 10))
    assert "Reçu le 07/12/2026 (prélèvement) : − 350,00 €" in lines
    assert "Rejeté le 09/12/2026 (prélèvement) : + 350,00 €" in lines
    ngoma = said(landlord, house, "B-0113", date(2027, 1, 15))
    assert ngoma[-3:] == [
        "Dû 712,00 € − reçu 0,00 € = 712,00 € à payer",
        "Reste sur loyer de décembre : 356,00 €",
        "Reste sur loyer de janvier : 356,00 €",
    ]


def test_the_sums_are_the_balance_for_every_household_on_every_day(landlord: Database) -> None:
    with landlord.reading() as session:
        books = rent.books(session, session.scalars(select(Lease)).all())
    for day in (date(2026, 12, 1) + timedelta(days=n) for n in range(0, 60, 7)):
        for book in books.values():
            account = book.account(day)
            owed, received = sums(book, account)
            assert owed - received == account.balance_cents


_DAYS = st.dates(date(2026, 11, 1), date(2027, 4, 30))
_CENTS = st.integers(-60_000, 60_000)


@given(
    st.integers(-50_000, 50_000),
    st.lists(st.tuples(_DAYS, _CENTS), max_size=8),
    st.lists(st.tuples(_DAYS, _CENTS), max_size=5),
    st.dates(date(2026, 12, 1), date(2027, 3, 31)),
)
def test_the_sums_are_the_balance_whatever_came(
    opening: int, paid: list[tuple[date, int]], moved: list[tuple[date, int]], today: date
) -> None:
    terms = LeaseTerms(
        date(2018, 1, 1), None, 31, [Amounts(date(2018, 1, 1), 35_000)], date(2026, 11, 30), opening
    )
    book = rent.Book(
        terms,
        [Payment(day, cents, "virement", str(n)) for n, (day, cents) in enumerate(paid)],
        [Movement(day, cents, str(n)) for n, (day, cents) in enumerate(moved)],
    )
    account = book.account(today)
    owed, received = sums(book, account)
    assert owed - received == account.balance_cents
