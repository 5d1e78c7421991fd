"""What a program does for the team: absences, on-call, load; payments; what a case asks of others."""

from sqlalchemy import select

from bot.domain.states import CaseState, Role, Urgency
from bot.storage.tables import Case, Organisation, Payment
from tests.api.conftest import Office
from tests.api.test_doors import problem


def test_an_absence_with_a_hand_over_then_back(office: Office) -> None:
    member, program = office.worker()
    office.worker("EQ02")
    case = office.desk.taken(office.desk.tenant(), member)
    days = {"starts_on": "2026-12-01", "ends_on": "2026-12-04"}
    body = {**days, "stand_in": "EQ02", "hand_over": True}
    made = program.post("/absences", body, key="a-1")
    assert made.status_code == 201, made.text
    assert program.post("/absences", body, key="a-1").json() == made.json()
    assert made.json()["stand_in"]["reference"] == "EQ02"
    assert [one["staff"]["reference"] for one in program.get("/absences")] == ["EQ01"]
    with office.desk.database.reading() as session:
        # The colleague is not on Telegram: the case is the team's again.
        assert session.get_one(Case, case).state is CaseState.NEW
    assert program.post(f"/absences/{made.json()['id']}/end").json() == {"id": made.json()["id"]}
    assert program.get("/absences") == []
    for wrong in ({"starts_on": "2026-12-05", "ends_on": "2026-12-04"}, days | {"stand_in": "EQ01"}):
        problem(program.post("/absences", wrong), 422)
    problem(program.post("/absences/99/end"), 404)


def test_the_absence_of_another_is_for_who_leads(office: Office) -> None:
    _, program = office.worker()
    _, lead = office.worker("EQ09", Role.COORDINATOR)
    office.worker("EQ02")
    body = {"staff": "EQ02", "starts_on": "2026-12-02", "ends_on": "2026-12-04"}
    problem(program.post("/absences", body), 403)
    made = lead.post("/absences", body).json()
    problem(program.post(f"/absences/{made['id']}/end"), 403)
    problem(lead.post("/absences", body | {"staff": "EQ77"}), 422)


def test_a_turn_of_the_on_call(office: Office, other_organisation: int) -> None:
    _, program = office.worker()
    _, lead = office.worker("EQ09", Role.COORDINATOR)
    turn = {"staff": "EQ01", "starts_at": "2026-12-05T17:00:00Z", "ends_at": "2026-12-06T08:00:00Z"}
    problem(program.post("/duty", turn), 403)
    made = lead.post("/duty", turn)
    assert made.status_code == 201, made.text
    assert program.get("/duty") == [made.json()]
    problem(lead.post("/duty", turn | {"ends_at": "2026-12-05T16:00:00Z"}), 422)
    elsewhere = office.desk.staff("EQ10", Role.COORDINATOR, other_organisation)
    stranger = office.program(Role.COORDINATOR, member=elsewhere, organisation=other_organisation)
    assert stranger.get("/duty") == []
    problem(stranger.post(f"/duty/{made.json()['id']}/end"), 404)
    assert lead.post(f"/duty/{made.json()['id']}/end").status_code == 200
    assert program.get("/duty") == []


def test_the_load_of_the_team(office: Office) -> None:
    member, program = office.worker()
    person = office.desk.tenant(referent=member)
    office.desk.case(person, urgency=Urgency.URGENT, state=CaseState.TAKEN, owner_id=member)
    (mine,) = program.get("/team")
    assert (mine["reference"], mine["cases"], mine["urgent"], mine["tenants"]) == ("EQ01", 1, 1, 1)
    assert (mine["away_until"], mine["on_call"]) == (None, False)


def test_a_payment_is_written_once(office: Office) -> None:
    _, lead = office.worker("EQ09", Role.COORDINATOR)
    _, program = office.worker()
    office.desk.tenant()
    body = {
        "reference": "OP-1",
        "lease": "B-Delattre",
        "on": "2026-11-20",
        "amount_cents": 49800,
        "method": "Prélèvement",
        "label": "loyer novembre 2026",
    }
    problem(program.post("/payments", body), 403)
    made = lead.post("/payments", body)
    assert made.status_code == 201, made.text
    assert lead.post("/payments", body).json() == made.json()
    problem(lead.post("/payments", body | {"amount_cents": 1}), 409)
    problem(lead.post("/payments", body | {"reference": "OP-2", "lease": "B-0"}), 422)
    problem(lead.post("/payments", body | {"reference": "OP-3", "on": "2029-01-01"}), 422)
    with office.desk.database.reading() as session:
        payment = session.scalars(select(Payment)).one()
        assert (payment.amount_cents, payment.method) == (49800, "prelevement")
        assert payment.names_month is not None
        assert session.get_one(Organisation, 1).bank_covered_until is None
        lease = payment.lease_id
    assert lead.get(f"/leases/{lease}")["account"]["overdue_cents"] == 0


def test_what_a_case_asks_of_others(office: Office) -> None:
    member, program = office.worker()
    _, colleague = office.worker("EQ02")
    case = office.desk.taken(office.desk.tenant(), member)
    path = f"/cases/{case}/requests"
    asked = program.post(path, {"kind": "collegue", "to": "EQ02", "note": "Une idée ?"})
    assert asked.status_code == 201, asked.text
    problem(program.post(path, {"kind": "collegue", "to": "EQ02"}), 409)
    problem(program.post(path, {"kind": "commission", "commission": "CCAPEX"}), 422)
    meeting = {"kind": "commission", "commission": "CCAPEX", "on": "2026-12-10"}
    put = program.post(path, meeting).json()
    assert program.get("/agenda") == [put]
    problem(program.post(f"{path}/{asked.json()['id']}/end", {"outcome": "repondu"}), 409)
    ended = colleague.post(f"{path}/{asked.json()['id']}/end", {"outcome": "repondu", "note": "Oui"})
    assert ended.json()["outcome"] == "repondu"
    assert [one["outcome"] for one in program.get(path)] == ["repondu", None]
    problem(program.post(f"{path}/999/end", {"outcome": "retire"}), 404)
