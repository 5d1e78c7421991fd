"""A partner refers a household, and sees what becomes of it and nothing else."""

import pytest

from bot.domain.states import CaseState, Role, Urgency
from bot.services import referrals
from bot.storage.tables import Case
from tests.api.conftest import Office
from tests.api.test_doors import problem
from tests.console.applications import Applications

TENANT = {"tenant": "L-Delattre", "family_name": "Delattre"}


@pytest.fixture
def applications() -> Applications:
    """Of each test: they count what was tried in vain."""
    return Applications()


def test_a_partner_refers_and_follows_its_progress_only(office: Office) -> None:
    _, program = office.worker("CCAS", Role.PARTNER)
    _, worker = office.worker()
    person = office.desk.tenant()
    body = TENANT | {"words": "N'ouvre plus son courrier"}
    made = program.post("/referrals", body, key="o-1")
    assert made.status_code == 201, made.text
    assert program.post("/referrals", body, key="o-1").json() == made.json()
    path = f"/referrals/{made.json()['id']}"
    assert made.json()["progress"] == "recue"
    assert set(made.json()) == {"id", "tenant", "words", "made_at", "progress"}
    (case,) = worker.get("/cases")["items"]
    assert (case["kind"], case["urgency"], case["tenant"]["id"]) == ("referral", "normal", person)
    reason = worker.get(f"/cases/{case['id']}")["history"][0]["detail"]["reason"]
    assert "Ccas" in reason
    assert "N'ouvre plus son courrier" in reason.replace("’", "'")
    worker.post(f"/cases/{case['id']}/take")
    assert program.get(path)["progress"] == "suivie"
    worker.post(f"/cases/{case['id']}/close", {"outcome": "regle"})
    assert program.get("/referrals")["items"] == [program.get(path)]
    assert program.get(path)["progress"] == "close"
    for closed in ("/cases", f"/cases/{case['id']}", f"/tenants/{person}", "/leases", "/appointments"):
        problem(program.ask("GET", closed), 403)


def test_a_danger_that_is_referred_is_a_case_of_danger(office: Office) -> None:
    _, program = office.worker("CCAS", Role.PARTNER)
    office.desk.tenant()
    body = TENANT | {"words": "Elle a peur de rentrer", "danger": "violence"}
    assert program.post("/referrals", body).json()["progress"] == "recue"
    with office.desk.database.reading() as session:
        case = session.get_one(Case, 1)
    assert (case.kind, case.urgency) == ("report_violence", Urgency.URGENT)
    assert office.program().ask("GET", "/cases/1").status_code == 403


def test_each_sees_their_own_referrals(office: Office, other_organisation: int) -> None:
    _, first = office.worker("CCAS", Role.PARTNER)
    _, second = office.worker("CAF", Role.PARTNER)
    member = office.desk.staff("CCAS", Role.PARTNER, organisation=other_organisation)
    elsewhere = office.program(Role.PARTNER, member=member, organisation=other_organisation)
    office.desk.tenant()
    body = TENANT | {"words": "À voir"}
    number = first.post("/referrals", body).json()["id"]
    for other in (second, elsewhere):
        assert other.get("/referrals") == {"items": [], "next": None}
        problem(other.ask("GET", f"/referrals/{number}"), 404)
    problem(elsewhere.post("/referrals", body), 422)
    assert second.post("/referrals", body).status_code == 201
    # The second one joined the case of the first.
    with office.desk.database.reading() as session:
        assert session.get(Case, 2) is None


def test_the_progress_of_a_case_joined_to_another_is_that_ones(office: Office) -> None:
    _, program = office.worker("CCAS", Role.PARTNER)
    _, worker = office.worker()
    person = office.desk.tenant()
    number = program.post("/referrals", TENANT | {"words": "À voir"}).json()["id"]
    kept = office.desk.case(person)
    worker.post("/cases/1/take")
    assert worker.post(f"/cases/{kept}/take").status_code == 200
    assert worker.post("/cases/1/merge", {"into": kept}).status_code == 200
    assert program.get(f"/referrals/{number}")["progress"] == "suivie"
    with office.desk.database.reading() as session:
        assert session.get_one(Case, 1).state is CaseState.CLOSED


def test_a_partners_token_without_a_member_refers_nobody(office: Office) -> None:
    office.desk.tenant()
    program = office.program(Role.PARTNER)
    problem(program.post("/referrals", TENANT | {"words": "À voir"}), 403)
    problem(program.ask("GET", "/referrals"), 403)


def test_a_wrong_name_and_an_unknown_reference_have_one_answer_and_an_end(office: Office) -> None:
    _, program = office.worker("CCAS", Role.PARTNER)
    office.desk.tenant()
    tries = [("inconnue", "Delattre"), ("L-Delattre", "Dupont"), ("L-Delattre", "")]
    bodies = [{"tenant": tenant, "family_name": name, "words": "À voir"} for tenant, name in tries]
    assert len({problem(program.post("/referrals", body), 422) for body in bodies}) == 1
    for _ in range(referrals.WRONG_TRIES - len(tries)):
        problem(program.post("/referrals", bodies[0]), 422)
    right = {"tenant": "L-Delattre", "family_name": "DELATTRE", "words": "À voir"}
    refused = program.post("/referrals", right)
    assert "Trop d’essais" in problem(refused, 429)
    assert 0 < int(refused.headers["Retry-After"]) <= referrals.WRONG_SECONDS + 1
    # Who may read tenants needs the reference alone.
    _, worker = office.worker()
    assert worker.post("/referrals", {"tenant": "L-Delattre", "words": "À voir"}).status_code == 201
