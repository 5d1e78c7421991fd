"""`ateliers.csv`: the sample file, the same again, a change that is told, and the export."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from bot.domain.states import Role
from bot.domain.workshops import PlaceState
from bot.exports import COLUMNS
from bot.exports import workshops as exported
from bot.imports import Report, import_file
from bot.services.house import House
from bot.services.workshops import workshops
from bot.storage import Database
from bot.storage.tables import Occurrence, Outbox, Person, Workshop
from tests.services.team import staff, tenant

SAMPLE = Path(__file__).parents[2] / "data" / "samples" / "ateliers.csv"


def take(database: Database, house: House, now: datetime, path: Path) -> Report:
    return import_file(database, house, now, "ateliers", path)


def test_the_sample_is_taken_once_and_its_wrong_line_refused(
    database: Database, house: House, now: datetime
) -> None:
    report = take(database, house, now, SAMPLE)
    assert (report.created, len(report.refused)) == (3, 1)
    assert "n'existe pas au calendrier" in report.refused[0].reason
    again = take(database, house, now, SAMPLE)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 3)
    with database.reading() as session:
        cuisine = session.scalars(select(Workshop).filter_by(reference="AT-02")).one()
        assert (cuisine.seats, cuisine.starts_at.astimezone(house.zone).hour) == (8, 10)
        assert session.scalars(select(Workshop).filter_by(reference="AT-03")).one().profiles == ["senior"]
        # The reminder of the day before is planned.
        assert len(session.scalars(select(Occurrence).filter_by(rule="workshop.eve")).all()) == 3


def test_another_hour_is_told_to_those_who_come_and_more_seats_go_to_those_who_wait(
    database: Database, house: House, now: datetime, tmp_path: Path
) -> None:
    path = tmp_path / "ateliers.csv"
    path.write_text(SAMPLE.read_text(encoding="utf-8").replace(";8;", ";2;"), encoding="utf-8")
    take(database, house, now, path)
    with database.transaction() as session:
        ana, ben = tenant(session, "L-1"), tenant(session, "L-2")
        cuisine = session.scalars(select(Workshop).filter_by(reference="AT-02")).one()
        workshops.register(session, now, house, cuisine, ana, 2)
        assert workshops.register(session, now, house, cuisine, ben, 2) is PlaceState.WAITING
    fewer = path.read_text(encoding="utf-8").replace(";2;", ";1;")
    path.write_text(fewer, encoding="utf-8")
    assert "sont déjà prises" in take(database, house, now, path).refused[0].reason
    moved = fewer.replace(";1;;;;EQ03", ";4;;;;EQ03").replace("16/12/2026 10:00", "18/12/2026 11:00")
    path.write_text(moved, encoding="utf-8")
    assert take(database, house, now, path).updated == 1
    with database.reading() as session:
        rows = session.scalars(select(Outbox).order_by(Outbox.id)).all()
        told = {row.kind: session.get_one(Person, row.chat.person_id).reference for row in rows}
        assert told == {"workshop_changed": "L-1", "workshop_offer": "L-2"}
        cuisine = session.scalars(select(Workshop).filter_by(reference="AT-02")).one()
        line = next(row for row in exported(session, house, 1) if row["reference"] == "AT-02")
    assert (line["places"], line["places_prises"], line["locataires_inscrits"]) == (4, 4, 1)
    assert line["liste_d_attente"] == 1
    assert tuple(line) == COLUMNS["ateliers"]


HEADER = "Référence;Titre;Thème;Début;Durée_min;Lieu;Places;Animé_par;Relances"


def lines(path: Path, *rows: str) -> Path:
    path.write_text("\n".join((HEADER, *rows)) + "\n", encoding="utf-8")
    return path


def test_a_line_is_refused_with_all_its_faults_in_the_words_of_the_guided_creation(
    database: Database, house: House, now: datetime, tmp_path: Path
) -> None:
    with database.transaction() as session:
        staff(session, "CCAS", Role.PARTNER)
    report = take(
        database, house, now,
        lines(
            tmp_path / "ateliers.csv",
            "A1;;vélo;12/11/2026 14:00;5;Salle A;0;;",
            "A2;Vélo;vélo;12/12/2029 14:00;60;Salle A;8;CCAS;",
            "A3;Vélo;vélo;12/12/2026 14:00;60;Salle A;8;;2",
        ),
    )  # fmt: skip
    assert report.created == 0
    first, second, third = (refusal.reason for refusal in report.refused)
    assert [part.split(" :")[0] for part in first.split(" ; ")] == ["titre", "debut", "duree_min", "places"]
    assert "plus de deux ans" in second
    assert "anime_par : Cette personne ne peut pas animer" in second
    assert third == "relances : « 2 » n'est pas un nombre de 0 à 1"


def test_a_line_of_which_nobody_can_be_invited_yet_is_taken_and_says_why(
    database: Database, house: House, now: datetime, tmp_path: Path
) -> None:
    path = lines(tmp_path / "ateliers.csv", "A1;Vélo;vélo;12/12/2026 14:00;;;8;;0")
    report = take(database, house, now, path)
    assert [warning.split(" : ", 1)[0] for warning in report.warnings] == ["ligne 2", "ligne 2"]
    assert "il manque le lieu" in report.warnings[0]
    assert "numéro de téléphone" in report.warnings[1]
    with database.reading() as session:
        found = session.scalars(select(Workshop)).one()
        assert (found.minutes, found.place, found.asks_again) == (120, "", False)
    lines(path, "A1;Vélo;vélo;12/11/2026 14:00;;Salle A;8;;0")
    assert "déjà passé" in take(database, house, now, path).refused[0].reason
