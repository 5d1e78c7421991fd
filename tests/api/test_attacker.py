"""The API before a program of another landlord, which names rows that are not its own."""

import re

import pytest
from sqlalchemy import update

from bot.domain.states import CaseState
from bot.storage.tables import Case, Staff
from tests.api.conftest import Office
from tests.api.test_doors import BODIES, MEETING, NAMED, SERIES, WORKSHOP
from tests.console.test_attacker import THEIRS, crossed, rows, seeded

# References of the other landlord, and numbers of theirs.
MEMBER = "autre1"
MORE = {
    "POST /v1/appointments": MEETING | {"tenant": THEIRS, "staff": MEMBER},
    "POST /v1/appointment-series": SERIES | {"tenant": THEIRS, "staff": MEMBER},
    "POST /v1/workshops": WORKSHOP,
    "POST /v1/absences": {"from": "2026-12-02", "until": "2026-12-04", "stand_in": MEMBER},
    "POST /v1/duty": {"staff": MEMBER, "from": "2026-12-02T09:00:00+01:00"},
    "POST /v1/payments": {"lease": "autre1", "reference": "x", "on_day": "2026-12-01", "amount_cents": 100},
    "POST /v1/letters": {"tenants": [THEIRS]},
    "POST /v1/referrals": {"reference": THEIRS, "last_name": "Canari-Zephyrine", "words": "mots"},
}
NAMES = {"to": MEMBER, "tenant": THEIRS, "staff": MEMBER, "into": 1, "draft": 1}


@pytest.mark.slow
def test_nothing_of_another_landlord_is_reached(office: Office, other_organisation: int) -> None:
    desk = office.desk
    seeded(desk, 1, 1)
    attacker = seeded(desk, 2, other_organisation)
    with desk.database.reading() as session:
        role = session.get_one(Staff, attacker).role
    before = rows(desk, 1)
    for name in NAMED:
        method, path = name.split(" ")
        body = MORE.get(name) or BODIES.get(name)
        if body is not None:
            body = body | {key: value for key, value in NAMES.items() if key in body}
        # A program may ask so often in a minute: a token for each door.
        program = office.program(role, member=attacker, organisation=other_organisation)
        for number in (1, 2):
            with desk.database.transaction() as session:
                mine = {"state": CaseState.TAKEN, "outcome": None, "closed_at": None, "owner_id": attacker}
                session.execute(update(Case).where(Case.id == 2).values(mine))
            own = re.sub(r"\{number\}", str(number), path.removeprefix("/v1"))
            answer = program.ask(method, re.sub(r"\{\w+\}", "1", own), json=body)
            assert answer.status_code < 500 or answer.status_code == 503, (name, number)
            assert "{number}" not in path or number == 2 or answer.status_code == 404, (name, answer.text)
            assert THEIRS not in answer.text, (name, number)
    assert rows(desk, 1) == before
    assert crossed(desk) == []
