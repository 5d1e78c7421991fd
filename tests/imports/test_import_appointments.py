"""`rendez-vous.csv` into the database: booked, moved, refused, and the same again."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.domain.states import AppointmentState
from bot.exports import appointments as exported
from bot.imports import Report, import_file
from bot.services.house import House
from bot.storage import Database
from bot.storage.tables import Appointment, DropIn, Outbox
from tests.services.team import staff, tenant

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
HEADER = (
    "Référence;REFERENCE_LOCATAIRE;Intervenant;Motif;Début;Durée_min;Lieu;Type;à apporter;latitude;longitude"
)
GOOD = [
    "R1;L-1;EQ01;Le point;10/12/2026 14:00;45;1 rue du Pont;bureau;une pièce d'identité,un RIB;49,41;2,82",
    "R2;L-1;EQ01;;2026-12-11T13:10;60;;Domicile;;;",
    "R3;L-1;EQ01;;12/12/2026 9h;;;téléphone;;;",
    "P1;;;CAF;17/12/2026 9h30;150;Maison de quartier;permanence;;;",
]
BAD = [
    "R4;L-9;EQ01;;10/12/2026 16:00;45;;bureau;;;",
    "R5;L-1;EQ09;;10/12/2026 16:00;45;;bureau;;;",
    "R6;L-1;EQ01;Dette de loyer;10/12/2026 16:00;45;;bureau;;;",
    "R7;L-1;EQ01;;10/12/2026 14:15;45;;bureau;;;",
    "R8;L-1;EQ01;;10/11/2026 14:15;45;;bureau;;;",
    "R9;L-1;EQ01;;10/12/2026;45;;bureau;;;",
    "R10;L-1;EQ01;;10/12/2026 16:00;45;;salon;;;",
    "R11;L-1;EQ01;;10/12/2026 25:00;45;;bureau;;;",
    "R12;L-1;EQ01;;10/12/2026 16:00;45;;bureau;;91;2",
]


@pytest.fixture
def landlord(database: Database) -> Database:
    with database.transaction() as session:
        tenant(session, referent=staff(session, "EQ01"))
    return database


def test_the_sample_file_has_its_two_refused_lines(database: Database, house: House, now: datetime) -> None:
    reports = [
        import_file(database, house, now, kind, SAMPLES / f"{kind}.csv")
        for kind in ("equipe", "baux", "rendez-vous")
    ]
    assert counts(reports[-1]) == (11, 0, 0, 2)
    assert [refusal.line for refusal in reports[-1].refused] == [10, 11]


def take(database: Database, house: House, now: datetime, folder: Path, *lines: str) -> Report:
    path = folder / "rendez-vous.csv"
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return import_file(database, house, now, "rendez-vous", path)


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.created, report.updated, report.unchanged, len(report.refused)


def test_the_same_file_twice_changes_nothing_and_tells_nobody_again(
    landlord: Database, house: House, now: datetime, tmp_path: Path
) -> None:
    assert counts(take(landlord, house, now, tmp_path, *GOOD)) == (4, 0, 0, 0)
    with landlord.reading() as session:
        before = session.scalars(select(Outbox.id)).all()
        first = session.scalars(select(Appointment).filter_by(reference="R1")).one()
        assert first.starts_at.astimezone(house.zone).isoformat() == "2026-12-10T14:00:00+01:00"
        assert (first.papers, first.latitude, first.longitude) == (
            ["une pièce d'identité", "un RIB"],
            49.41,
            2.82,
        )
        assert session.scalars(select(DropIn)).one().partner == "CAF"
    assert counts(take(landlord, house, now, tmp_path, *GOOD)) == (0, 0, 4, 0)
    with landlord.reading() as session:
        assert session.scalars(select(Outbox.id)).all() == before


def test_a_line_whose_time_changed_moves_the_appointment(
    landlord: Database, house: House, now: datetime, tmp_path: Path
) -> None:
    take(landlord, house, now, tmp_path, *GOOD)
    moved = GOOD[0].replace("10/12/2026 14:00", "11/12/2026 15:00")
    assert counts(take(landlord, house, now, tmp_path, moved, *GOOD[1:])) == (0, 1, 3, 0)
    with landlord.reading() as session:
        found = session.scalars(select(Appointment).filter_by(reference="R1")).one()
        assert (found.state, found.version) == (AppointmentState.MOVED, 2)


def test_what_cannot_be_is_refused_with_its_line_and_reason(
    landlord: Database, house: House, now: datetime, tmp_path: Path
) -> None:
    report = take(landlord, house, now, tmp_path, GOOD[0], *BAD)
    assert counts(report) == (1, 0, 0, len(BAD))
    assert [refusal.line for refusal in report.refused] == list(range(3, 3 + len(BAD)))
    assert [refusal.reason.split(" ")[0] for refusal in report.refused] == [
        "reference_locataire", "intervenant", "Ce", "La", "Cette", "debut", "type", "debut", "latitude",
    ]  # fmt: skip


def test_the_export_gives_the_no_show_rates(
    landlord: Database, house: House, now: datetime, tmp_path: Path
) -> None:
    take(landlord, house, now, tmp_path, *GOOD)
    with landlord.transaction() as session:
        for reference, state in (("R1", AppointmentState.ABSENT), ("R2", AppointmentState.HONOURED)):
            session.scalars(select(Appointment).filter_by(reference=reference)).one().state = state
    with landlord.reading() as session:
        rows = exported(session, house, None)
    assert [row["reference"] for row in rows] == ["R1", "R2", "R3"]
    assert [row["absences_intervenant_pourcent"] for row in rows] == [50.0, 50.0, 50.0]
    assert [row["absences_type_pourcent"] for row in rows] == [100.0, 0.0, ""]
    assert "Ana" not in str(rows)
    assert "Lemoine" not in str(rows)
