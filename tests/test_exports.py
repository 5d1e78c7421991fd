"""`palier export dossiers`: dates, delays, outcomes; no name, no word, no formula."""

import csv
import json
from datetime import datetime, timedelta
from io import StringIO

import pytest

from bot import exports
from bot.domain.states import Outcome, Urgency
from bot.services.cases import cases
from bot.services.house import House
from bot.settings import SettingsRefused
from bot.storage import Database
from tests.services.team import staff, tenant


@pytest.fixture
def rows(database: Database, house: House, now: datetime) -> exports.Rows:
    """One case of a tenant whose reference looks like a formula, taken after 90 minutes and closed."""
    with database.transaction() as session:
        member = staff(session, "EQ1")
        person = tenant(session, "=1+1", referent=member)
        case = cases.open_case(
            session, now, house, kind="rent_arrears", urgency=Urgency.HIGH, reason="secret", person=person
        )
        session.flush()
        cases.claim(session, now + timedelta(minutes=90), house, case.id, member)
        cases.close(session, now + timedelta(days=1), house, case.id, member, Outcome.PLAN, "secret aussi")
        session.flush()
        cases.open_case(
            session, now, house, kind="complain", urgency=Urgency.NORMAL, reason="", person=person
        )
    with database.reading() as session:
        return exports.cases(session, house, None)


def test_the_figures(rows: exports.Rows) -> None:
    first, second = rows
    assert tuple(first) == exports.COLUMNS["dossiers"]
    assert (first["ouvert_le"], first["pris_le"]) == ("2026-12-01T10:00+01:00", "2026-12-01T11:30+01:00")
    assert (first["heures_avant_prise"], first["heures_avant_cloture"]) == (1.5, 24.0)
    assert (first["issue"], first["suivi_par"], first["prise_en_retard"]) == ("plan", "EQ1", 0)
    assert (second["issue"], second["suivi_par"], second["prise_en_retard"]) == ("", "", "")


def test_no_name_no_word_and_no_formula(rows: exports.Rows) -> None:
    written = exports._csv(exports.COLUMNS["dossiers"], rows)
    for private in ("Lemoine", "Kévin", "secret"):
        assert private not in written
    line = next(csv.DictReader(StringIO(written), delimiter=";"))
    assert line["reference_locataire"] == "'=1+1"
    assert json.loads(exports._json(rows))[0]["reference_locataire"] == "=1+1"


def test_an_empty_export_has_its_columns() -> None:
    assert exports._csv(exports.COLUMNS["dossiers"], []).split(";")[0] == "numero"


def test_another_landlord_sees_its_own_only(database: Database, house: House, rows: exports.Rows) -> None:
    with database.reading() as session:
        assert len(exports.cases(session, house, 1)) == len(rows) == 2
        assert exports.cases(session, house, 2) == []
        with pytest.raises(SettingsRefused, match="inconnue"):
            exports.organisation(session, "nulle part")
