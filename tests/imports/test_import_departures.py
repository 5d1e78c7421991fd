"""Somebody whom the landlord's file no longer names on a lease: a case, silence, no word to the others."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.domain.states import CaseState, Urgency
from bot.domain.words import Drop
from bot.imports import Report, import_file
from bot.services.house import House
from bot.services.kinds import REGISTRY
from bot.services.people import set_consent
from bot.services.rent import calendar as rent_calendar
from bot.services.rent import steps as rent_steps
from bot.services.rent import talk
from bot.services.rent.said import Said
from bot.storage import Database
from bot.storage.tables import Case, Chat, Lease, LeasePerson, Outbox, Person

HEADER = "reference_bail;reference_locataire;nom;date_debut;date_fin;loyer;jour_echeance;solde;solde_au"
ANA, BOB = "B1;L1;Durand;01/01/2020;;350,00;5;0;30/11/2026", "B1;L2;Petit;01/01/2020;;350,00;5;0;30/11/2026"
Take = Callable[..., Report]


@pytest.fixture
def take(database: Database, house: House, tmp_path: Path) -> Take:
    def take(now: datetime, *lines: str, **options: object) -> Report:
        path = tmp_path / "baux.csv"
        path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
        return import_file(database, house, now, "baux", path, **options)  # type: ignore[arg-type]

    return take


@pytest.fixture
def now() -> datetime:
    return datetime.fromisoformat("2026-11-30T09:00+01:00")


def link_both(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        for person in session.scalars(select(Person)):
            chat = Chat(
                organisation_id=person.organisation_id,
                bot_id=1,
                telegram_id=person.id,
                person_id=person.id,
                state="active",
            )
            session.add(chat)
            set_consent(session, now, person, "rent", True, "consent.ask")


def absent(database: Database) -> list[str]:
    with database.reading() as session:
        gone = select(Person.reference).join(LeasePerson, LeasePerson.person_id == Person.id)
        return list(session.scalars(gone.where(LeasePerson.absent_since.is_not(None))))


def test_who_is_no_longer_named_is_handed_to_a_person_once_and_comes_back(
    database: Database, take: Take, now: datetime
) -> None:
    take(now, ANA, BOB)
    report = take(now, ANA)
    assert report.notes == [
        "personnes qui ne sont plus sur leur bail : 1 ; un dossier pour chacune, et plus aucun message sur ce"
        " loyer en attendant"
    ]
    assert absent(database) == ["L2"]
    assert take(now + timedelta(days=1), ANA).notes == []
    with database.reading() as session:
        case = session.scalars(select(Case)).one()
        assert (case.kind, case.urgency, case.object) == ("lease_left", Urgency.NORMAL, "lease:1")
        assert case.person is not None
        assert case.person.reference == "L2"
        assert [person.reference for person in session.scalars(select(Lease)).one().tenants] == ["L1"]
        assert "30 novembre 2026" in case.history[0].detail["reason"]
    take(now + timedelta(days=2), ANA, BOB)
    assert absent(database) == []
    with database.reading() as session:
        case = session.scalars(select(Case)).one()
        assert case.state is CaseState.NEW
        assert "De nouveau sur le bail B1" in case.history[-1].detail["reason"]


def test_nothing_of_the_rent_goes_to_them_any_more(
    database: Database, house: House, take: Take, now: datetime
) -> None:
    take(now, ANA, BOB)
    link_both(database, now)
    reminded = now + timedelta(hours=2)
    with database.transaction() as session:
        rent_calendar.plan(session, reminded, house)
        rent_steps.fire_due(session, reminded, house)
    take(reminded, ANA)
    with database.transaction() as session:
        rows = session.scalars(select(Outbox).where(Outbox.kind == "rent_reminder").order_by(Outbox.id)).all()
        render = REGISTRY["rent_reminder"].render
        assert render is not None
        leaving = {row.chat.person.reference: render(session, reminded, house, row) for row in rows}
        assert leaving.pop("L2") == Drop("left")
        assert not isinstance(leaving.pop("L1"), Drop)
        # The next step is for the others alone, and so is what is owed.
        later = reminded + timedelta(days=8)
        bob = session.scalars(select(Person).filter_by(reference="L2")).one()
        assert "Je ne trouve pas de bail" in talk.info(session, later, house, bob)
        said = talk.answer(session, later, house, bob, "payment_done", Said(), None)
        assert "350" not in said.text


@pytest.mark.parametrize(
    "lines",
    [
        [ANA, "B1;L2;Petit;01/01/2020;;trop;5;0;30/11/2026"],
        [ANA, "B1;;Petit;01/01/2020;;350,00;5;0;30/11/2026"],
        ["B2;L1;Durand;01/01/2020;;350,00;5;0;30/11/2026"],
        ["B1;L1;Durand;01/01/2020;29/11/2026;350,00;5;0;30/11/2026"],
    ],
    ids=["a refused line names them", "a line names nobody", "the file lacks the lease", "the lease is over"],
)
def test_in_doubt_nobody_has_left(database: Database, take: Take, now: datetime, lines: list[str]) -> None:
    take(now, ANA, BOB)
    take(now, *lines)
    assert absent(database) == []


def test_an_export_of_one_person_a_lease_changes_nothing(
    database: Database, take: Take, now: datetime
) -> None:
    both = [f"B{n};{who}{n};X;01/01/2020;;350;5;0;30/11/2026" for n in range(6) for who in ("L", "M")]
    take(now, *both)
    (note,) = take(now, *both[::2]).notes
    assert note.startswith("6 personnes ne sont plus sur leur bail dans ce fichier : c'est trop")
    assert absent(database) == []


def test_a_dry_run_hands_nobody_to_anybody(database: Database, take: Take, now: datetime) -> None:
    take(now, ANA, BOB)
    assert take(now, ANA, dry_run=True).notes
    assert absent(database) == []
    with database.reading() as session:
        assert session.scalars(select(Case)).all() == []
