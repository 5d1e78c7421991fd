"""Files into the database: what is written, refused, kept, and what a second run leaves alone."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.domain.states import Register
from bot.imports import FileRefused, Report, import_file
from bot.services.house import House
from bot.services.rent import rent
from bot.storage import Database
from bot.storage.tables import Lease, LeasePerson, Organisation, Payment, Person, Staff, Table

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
HEADER = "reference_bail;reference_locataire;nom;date_debut;loyer;jour_echeance"


class Desk:
    """Imports small files written in the test."""

    def __init__(self, database: Database, house: House, now: datetime, folder: Path) -> None:
        self.database, self.house, self.now, self.folder = database, house, now, folder

    def take(self, kind: str, *lines: str, **options: object) -> Report:
        path = self.folder / f"{kind}.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return import_file(self.database, self.house, self.now, kind, path, **options)  # type: ignore[arg-type]

    def lease(self, more: str = "", cells: str = "", **options: object) -> Report:
        return self.take("baux", HEADER + more, f"B1;L1;Durand;01/01/2020;350,00;5{cells}", **options)

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        with self.database.reading() as session:
            return {
                table.name: [tuple(row) for row in session.execute(select(table).order_by(table.c.id))]
                for table in Table.metadata.sorted_tables
            }


@pytest.fixture
def desk(database: Database, house: House, now: datetime, tmp_path: Path) -> Desk:
    return Desk(database, house, now, tmp_path)


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.created, report.updated, report.unchanged, len(report.refused)


def test_the_sample_files_and_then_the_same_again(database: Database, house: House, now: datetime) -> None:
    def run(kind: str) -> Report:
        return import_file(database, house, now, kind, SAMPLES / f"{kind}.csv")

    kinds = ["equipe", "baux", "encaissements", "mouvements"]
    reports = {kind: run(kind) for kind in kinds}
    assert {kind: counts(report) for kind, report in reports.items()} == {
        "equipe": (5, 0, 0, 0),
        "baux": (41, 0, 0, 3),
        "encaissements": (39, 0, 0, 2),
        "mouvements": (7, 0, 0, 0),
    }
    assert [refusal.line for refusal in reports["baux"].refused] == [11, 26, 39]
    assert [refusal.reason for refusal in reports["encaissements"].refused] == [
        "bail inconnu : B-0999",
        "date : « 31/11/2026 » n'existe pas au calendrier",
    ]
    for kind in kinds:
        again = run(kind)
        assert (again.created, again.updated) == (0, 0)
        assert again.unchanged == reports[kind].created
    with database.reading() as session:
        assert session.scalar(select(func.count(Lease.id))) == 40
        assert session.scalar(select(Organisation.bank_covered_until)) == date(2026, 11, 30)


def test_the_samples_end_with_the_four_debts_that_their_story_tells(
    database: Database, house: House, now: datetime
) -> None:
    for kind in ("equipe", "baux", "encaissements", "mouvements"):
        import_file(database, house, now, kind, SAMPLES / f"{kind}.csv")
    for path in sorted((SAMPLES / "feed").glob("*.csv")):
        report = import_file(
            database, house, now, "encaissements", path, until=date.fromisoformat(path.stem[-10:])
        )
        assert not report.refused
    with database.reading() as session:
        leases = session.scalars(select(Lease)).all()
        accounts = rent.accounts(session, leases, date(2027, 1, 15))
        owed = {lease.reference: accounts[lease.id].balance_cents for lease in leases}
    assert {reference: cents for reference, cents in owed.items() if cents} == {
        "B-0112": 26_100,
        "B-0113": 71_200,
        "B-0201": 79_600,
        "B-0207": 65_860,
    }


def test_a_dry_run_tells_the_same_and_writes_nothing(database: Database, house: House, now: datetime) -> None:
    before = Desk(database, house, now, Path()).rows()
    dry = import_file(database, house, now, "baux", SAMPLES / "baux.csv", "autre", dry_run=True)
    assert Desk(database, house, now, Path()).rows() == before
    assert dry == import_file(database, house, now, "baux", SAMPLES / "baux.csv", "autre")
    assert dry.notes == ["organisation autre créée"]


@pytest.mark.slow
def test_thousands_of_lines_go_in_batches_and_tell_their_progress(desk: Desk) -> None:
    lines = [f"B{n};L{n};Nom {n};01/01/2020;350,00;5" for n in range(1_200)]
    told: list[tuple[int, int]] = []
    report = desk.take("baux", HEADER, *lines, progress=lambda done, total: told.append((done, total)))
    assert counts(report) == (1_200, 0, 0, 0)
    assert told == [(500, 1_200), (1_000, 1_200), (1_200, 1_200)]
    told.clear()
    desk.take("baux", HEADER, *lines, dry_run=True, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (1_200, 1_200)
    assert counts(desk.take("baux", HEADER, *lines)) == (0, 0, 1_200, 0)


def test_only_the_required_columns(desk: Desk) -> None:
    assert counts(desk.lease()) == (1, 0, 0, 0)
    with desk.database.reading() as session:
        lease = session.scalars(select(Lease)).one()
        assert (lease.first_import_on, lease.opening_on) == (date(2026, 12, 1), None)
        # Without an opening balance the account starts with the first term due after the import.
        account = rent.account(session, lease, date(2026, 12, 10))
        assert (account.overdue_cents, account.lines[0].due_on) == (35_000, date(2026, 12, 5))


def test_a_line_is_refused_alone_with_its_reason(desk: Desk) -> None:
    report = desk.take(
        "baux",
        HEADER + ";date_fin;solde",
        "B1;L1;Durand;01/01/2020;350,00;5;31/12/2019;",
        "B2;;Durand;01/01/2020;350,00;5;;",
        "B3;L3;Durand;01/01/2020;-3;5;;",
        "B4;L4;Durand;01/01/2020;350,00;5;;10,00",
        f"{'B' * 65};L5;Durand;01/01/2020;350,00;5;;",
        "B6;L6;Durand;01/01/2020;350,00;5;;",
    )
    assert [(refusal.line, refusal.reason) for refusal in report.refused] == [
        (2, "date_fin est avant date_debut"),
        (3, "reference_locataire manque"),
        (4, "loyer : « -3 » est négatif"),
        (5, "solde_au manque : un solde vaut à une date"),
        (6, "reference_bail : plus de 64 caractères"),
    ]
    with desk.database.reading() as session:
        assert session.scalars(select(Lease.reference)).all() == ["B6"]
        assert session.scalars(select(Person.reference)).all() == ["L6"]


def test_rows_of_one_lease_are_persons_who_share_it(desk: Desk) -> None:
    lines = ["B1;L1;Durand;01/01/2020;350,00;5", "B1;L2;Petit;01/01/2020;350,00;5"]
    assert counts(desk.take("baux", HEADER, *lines)) == (2, 0, 0, 0)
    assert counts(desk.take("baux", HEADER, *lines)) == (0, 0, 2, 0)
    lines[1] = "B1;L2;Petit;01/01/2020;350,00;10"
    report = desk.take("baux", HEADER, *lines)
    assert counts(report) == (0, 0, 2, 0)
    assert report.warnings == ["ligne 3 : le bail B1 diffère de la ligne 2, qui est gardée"]
    with desk.database.reading() as session:
        assert session.scalar(select(func.count(LeasePerson.id))) == 2


def test_a_person_with_two_leases_is_one_person(desk: Desk) -> None:
    report = desk.take("baux", HEADER, "B1;L1;Durand;01/01/2020;350,00;5", "B2;L1;Durand;01/01/2020;60,00;5")
    assert counts(report) == (2, 0, 0, 0)
    with desk.database.reading() as session:
        assert len(rent.leases_of(session, session.scalars(select(Person)).one())) == 2


def test_the_tenants_own_choices_survive_a_new_import(desk: Desk) -> None:
    desk.lease(";profils", ";phrases-simples,discret,inconnu")
    with desk.database.transaction() as session:
        person = session.scalars(select(Person)).one()
        assert (person.register, person.discreet) == (Register.SIMPLE, True)
        assert person.profiles == ["discret", "phrases-simples"]
        person.register, person.discreet = Register.ORDINARY, False
    assert desk.lease(";profils", ";pictogrammes,discret").updated == 1
    with desk.database.reading() as session:
        person = session.scalars(select(Person)).one()
        assert (person.register, person.discreet) == (Register.ORDINARY, False)


def test_a_column_that_the_file_lacks_changes_nothing(desk: Desk) -> None:
    desk.lease(";telephone;residence", ";06 39 98 20 11;Les Tilleuls")
    assert desk.lease().unchanged == 1
    with desk.database.reading() as session:
        assert session.scalars(select(Person.phone)).one() == "06 39 98 20 11"
        assert session.scalars(select(Lease.residence)).one() == "Les Tilleuls"
    assert desk.lease(";telephone;residence", ";;Les Tilleuls").updated == 1
    with desk.database.reading() as session:
        assert session.scalars(select(Person.phone)).one() is None


def test_resources_that_change_keep_what_they_were(desk: Desk) -> None:
    desk.lease(";ressources", ";1 220,00")
    desk.lease(";ressources", ";1 220,00")
    with desk.database.reading() as session:
        person = session.scalars(select(Person)).one()
        assert (person.resources_before_cents, person.resources_changed_on) == (None, None)
    desk.lease(";ressources", ";740,00")
    with desk.database.reading() as session:
        person = session.scalars(select(Person)).one()
        assert (person.resources_before_cents, person.resources_cents) == ("122000", "74000")
        assert person.resources_changed_on == date(2026, 12, 1)


def amounts(desk: Desk) -> list[tuple[date, int]]:
    with desk.database.reading() as session:
        lease = session.scalars(select(Lease)).one()
        return [(amount.effective_on, amount.rent_cents) for amount in lease.amounts]


def test_amounts_change_from_their_date(desk: Desk) -> None:
    desk.lease()
    line = "B1;L1;Durand;01/01/2020;360,00;5;01/01/2027"
    assert desk.take("baux", HEADER + ";date_effet", line).updated == 1
    assert desk.take("baux", HEADER + ";date_effet", line).unchanged == 1
    assert amounts(desk) == [(date(2020, 1, 1), 35_000), (date(2027, 1, 1), 36_000)]
    # A file that still has the amounts in force today, and no date, changes nothing.
    assert desk.lease().unchanged == 1


def test_amounts_that_change_without_a_date_leave_what_is_already_due(desk: Desk) -> None:
    desk.now += timedelta(days=9)
    desk.lease()
    report = desk.take("baux", HEADER, "B1;L1;Durand;01/01/2020;360,00;5")
    assert report.updated == 1
    assert "comptés à partir du 1er janvier 2027" in report.warnings[0]
    assert amounts(desk)[1:] == [(date(2027, 1, 1), 36_000)]
    assert desk.take("baux", HEADER, "B1;L1;Durand;01/01/2020;360,00;5").unchanged == 1


def test_a_new_start_moves_the_first_amounts(desk: Desk) -> None:
    desk.lease()
    assert desk.take("baux", HEADER, "B1;L1;Durand;15/12/2019;350,00;5").updated == 1
    assert amounts(desk) == [(date(2019, 12, 15), 35_000)]


def test_the_end_of_a_lease(desk: Desk) -> None:
    desk.lease(";date_fin", ";")
    assert desk.lease(";date_fin", ";15/01/2027").updated == 1
    with desk.database.reading() as session:
        account = rent.account(session, session.scalars(select(Lease)).one(), date(2027, 1, 20))
        assert [line.due_cents for line in account.lines] == [35_000, 16_935]


def opening(desk: Desk) -> tuple[int | None, date | None]:
    with desk.database.reading() as session:
        lease = session.scalars(select(Lease)).one()
        return lease.opening_cents, lease.opening_on


def test_a_balance_is_corrected_on_its_day_and_an_older_one_is_left(desk: Desk) -> None:
    desk.lease(";solde;solde_au", ";10,00;30/11/2026")
    assert desk.lease(";solde;solde_au", ";12,00;30/11/2026").updated == 1
    assert desk.lease(";solde;solde_au", ";99,00;31/10/2026").unchanged == 1
    assert opening(desk) == (1_200, date(2026, 11, 30))


def test_a_newer_balance_restarts_the_account_only_when_it_differs(desk: Desk) -> None:
    desk.lease(";solde;solde_au", ";0,00;30/11/2026")
    desk.take(
        "encaissements",
        "reference_operation;reference_bail;date;montant",
        "P1;B1;07/12/2026;300,00",
        "P2;B1;02/01/2027;350,00",
    )
    agreed = desk.lease(";solde;solde_au", ";50,00;31/12/2026")
    assert (agreed.unchanged, agreed.warnings) == (1, [])
    assert opening(desk) == (0, date(2026, 11, 30))
    differs = desk.lease(";solde;solde_au", ";80,00;31/12/2026")
    assert differs.updated == 1
    assert "le compte repart du solde du bailleur" in differs.warnings[0]
    assert opening(desk) == (8_000, date(2026, 12, 31))
    assert desk.lease(";solde;solde_au", ";80,00;31/12/2026").unchanged == 1


def test_an_unknown_referent_is_a_warning(desk: Desk) -> None:
    report = desk.lease(";referent", ";EQ9")
    assert (report.created, report.refused) == (1, [])
    assert report.warnings == ["ligne 2 : référent inconnu : EQ9 (aussi pour les lignes suivantes)"]
    desk.take("equipe", "reference;nom;role", "EQ9;Dossou;Médiatrice")
    assert desk.lease(";referent", ";EQ9").updated == 1


PAID = "reference_operation;reference_bail;date;montant;moyen;libelle"


def test_payments_overlap_and_never_count_twice(desk: Desk) -> None:
    desk.lease()
    first = ["P1;B1;05/12/2026;350,00;Prélèvement;PRLV", "P2;B1;09/12/2026;-350,00;prélèvement;REJET"]
    assert counts(desk.take("encaissements", PAID, *first)) == (2, 0, 0, 0)
    report = desk.take("encaissements", PAID, first[1], "P3;B1;16/12/2026;350,00;virement;VIR", first[1])
    assert counts(report) == (1, 0, 2, 0)
    report = desk.take("encaissements", PAID, "P3;B1;16/12/2026;350,00;;", "P3;B1;17/12/2026;350,00;;")
    assert [refusal.reason for refusal in report.refused] == [
        "l'opération P3 est déjà à la ligne 2, avec d'autres valeurs"
    ]
    with desk.database.reading() as session:
        assert session.scalar(select(func.sum(Payment.amount_cents))) == 35_000
        assert session.scalars(select(Payment.method).order_by(Payment.id)).first() == "prelevement"


def test_a_reference_that_comes_again_with_another_payment_is_told(desk: Desk) -> None:
    desk.lease()
    desk.take("encaissements", PAID, "P1;B1;05/12/2026;350,00;virement;VIR")
    report = desk.take("encaissements", PAID, "P1;B1;05/01/2027;80,00;virement;VIR")
    assert counts(report) == (0, 1, 0, 0)
    (warning,) = report.warnings
    assert warning.replace("\u00a0", " ") == (
        "ligne 2 : l'opération P1 remplace une ligne déjà lue : 350,00 € le 5 décembre 2026 ; "
        "une référence ne sert qu'une fois, même si la banque change"
    )
    assert not desk.take("encaissements", PAID, "P1;B1;05/01/2027;80,00;virement;VIR").warnings


def test_the_covered_day_goes_forward_only(desk: Desk) -> None:
    def covered() -> date | None:
        with desk.database.reading() as session:
            return session.scalars(select(Organisation.bank_covered_until)).one()

    desk.lease()
    assert covered() is None
    desk.take("encaissements", PAID)
    assert covered() is None
    desk.take("encaissements", PAID, "P1;B1;05/12/2026;1,00;;")
    assert covered() == date(2026, 12, 5)
    desk.take("encaissements", PAID, until=date(2026, 12, 8))
    assert covered() == date(2026, 12, 8)
    report = desk.take("encaissements", PAID, "P2;B1;06/12/2026;1,00;;")
    assert (covered(), report.notes) == (
        date(2026, 12, 8),
        ["les encaissements restent connus jusqu'au 8 décembre 2026"],
    )
    report = desk.take("encaissements", PAID, "P3;B1;06/12/2062;1,00;;")
    assert (covered(), len(report.refused)) == (date(2026, 12, 8), 1)


def test_the_same_references_in_two_organisations_are_two_leases(desk: Desk) -> None:
    desk.lease()
    report = desk.lease(organisation_reference="autre-bailleur")
    assert (report.created, report.notes) == (1, ["organisation autre-bailleur créée"])
    assert desk.lease(organisation_reference="autre-bailleur").notes == []
    report = desk.take("encaissements", PAID, "P1;B1;05/12/2026;1,00;;", organisation_reference="tiers")
    assert [refusal.reason for refusal in report.refused] == ["bail inconnu : B1"]


def test_the_team(desk: Desk) -> None:
    header = "reference;nom;prenom;role;courriel;telephone;organisation;quartiers;astreinte"
    line = "EQ1;Le Guennec;Maëlle;Intervenante;m@x.example;;Habitat;Les Charmilles, La Gare;oui"
    assert counts(desk.take("equipe", header, line, "EQ2;Doe;;chef;;;;;")) == (1, 0, 0, 1)
    assert desk.take("equipe", header, line).unchanged == 1
    with desk.database.reading() as session:
        staff = session.scalars(select(Staff)).one()
        assert (staff.role, staff.on_call, staff.districts) == (
            "intervenant",
            True,
            ["Les Charmilles", "La Gare"],
        )


def test_what_is_no_import_is_refused_in_one_sentence(desk: Desk) -> None:
    with pytest.raises(FileRefused, match="« loyers » n'est pas un import connu"):
        desk.take("loyers", "a;b")
    with pytest.raises(FileRefused, match="ne va qu'avec les encaissements"):
        desk.lease(until=date(2026, 12, 1))
