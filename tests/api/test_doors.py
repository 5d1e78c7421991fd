"""Who gets in: tokens, roles, organisations, limits; every refusal is a problem document."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from bot.api import create_api
from bot.api.limits import MOST_BYTES, MOST_FILE_BYTES, Limiter
from bot.console.headers import SECURITY_HEADERS
from bot.domain.rights import RIGHTS
from bot.domain.states import Role
from bot.services import api_tokens
from bot.storage.tables import Staff
from tests.api.conftest import Beats, Office, Program

MEETING = {
    "tenant": "L-Delattre", "staff": "EQ01", "kind": "bureau", "minutes": 45,
    "starts_at": "2026-12-08T10:00:00+01:00",
}  # fmt: skip
SERIES = {
    "tenant": "L-Delattre", "staff": "EQ01", "kind": "domicile", "minutes": 30,
    "first_on": "2026-12-03", "at": "13:10",
}  # fmt: skip
WORKSHOP = {
    "title": "Comprendre sa facture", "starts_at": "2026-12-10T14:00:00+01:00", "minutes": 90, "seats": 2,
    "place": "Salle des Charmilles",
}  # fmt: skip
# A body that each of these routes accepts.
BODIES: dict[str, dict[str, Any]] = {
    "POST /v1/cases/{number}/wait": {"until": "2026-12-04"},
    "POST /v1/cases/{number}/hand-over": {"to": "EQ02"},
    "POST /v1/cases/{number}/release": {},
    "POST /v1/cases/{number}/merge": {"into": 2},
    "POST /v1/cases/{number}/notes": {"note": "x"},
    "POST /v1/cases/{number}/close": {"outcome": "regle"},
    "POST /v1/cases/{number}/requests": {"kind": "fsl"},
    "POST /v1/cases/{number}/requests/{asked}/end": {"outcome": "retire"},
    "POST /v1/cases/{number}/drafts": {"words": "x"},
    "POST /v1/cases/{number}/messages": {"draft": 1, "fingerprint": "0" * 64},
    "POST /v1/cases/{number}/plans": {"instalments": [{"due_on": "2026-12-10", "amount_cents": 100}]},
    "POST /v1/appointments/{number}/move": {"version": 1, "starts_at": "2026-12-09T10:00:00+01:00"},
    "POST /v1/appointments/{number}/accept-wish": {"wished_at": "2026-12-09T10:00:00+01:00"},
    "POST /v1/appointments/{number}/cancel": {"version": 1},
    "POST /v1/appointments/{number}/outcome": {"outcome": "honore"},
    "POST /v1/appointment-series/{number}/exceptions": {"day": "2026-12-10"},
    "POST /v1/appointment-series/{number}/end": {"last": "2026-12-10"},
    "POST /v1/workshops/{number}/change": {"seats": 12},
    "POST /v1/workshops/{number}/send": {"at": "2026-12-02T09:00:00+01:00"},
    "POST /v1/content": {"kind": "series", "name": "senior", "on": False},
    "POST /v1/workshops/{number}/registrations": {"tenant": "L-Delattre"},
    "POST /v1/workshops/{number}/registrations/leave": {"tenant": "L-Delattre"},
    "POST /v1/workshops/{number}/presence": {"tenant": "L-Delattre"},
    "POST /v1/workshops/{number}/walk-ins": {"count": 1},
    "POST /v1/members/{number}/role": {"role": "coordinateur"},
}
NAMED = sorted(name for row in RIGHTS.values() for name in row.api)


def problem(answer: httpx.Response, status: int) -> str:
    """The detail of a problem document of that status."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    return str(body["detail"])


def ask(program: Program, name: str, body: Any = None) -> httpx.Response:
    """That route, on the rows of number 1."""
    method, path = name.split(" ")
    return program.ask(method, re.sub(r"\{\w+\}", "1", path.removeprefix("/v1")), json=body)


def test_every_route_has_its_right_and_no_other(office: Office) -> None:
    document = Program(office.app).ask("GET", "/../openapi.json").json()
    routes = [
        f"{method.upper()} {path}" for path, operations in document["paths"].items() for method in operations
    ]
    assert sorted(routes) == NAMED
    assert document["servers"] == [{"url": "/api"}]


@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_what_the_table_says_and_nothing_else(office: Office, role: Role) -> None:
    _, program = office.worker("EQ01", role)
    refused = set()
    for name in NAMED:
        answer = ask(program, name)
        assert answer.status_code < 500, answer.text
        if answer.status_code == 403:
            assert re.search("votre rôle|seules la coordination", problem(answer, 403).lower())
            refused.add(name)
    assert refused == {name for row in RIGHTS.values() if role not in row.roles for name in row.api}


def test_without_a_living_token_nothing_opens(office: Office) -> None:
    member, _ = office.worker()
    dead = [None, "palier_faux", ""]
    gone = office.token(member=member)
    other = office.token(member=member, days=1)
    with office.desk.database.transaction() as session:
        now = office.desk.clock.now(session)
        found = api_tokens.find(session, now, office.desk.house, gone)
        assert found is not None
        api_tokens.revoke(session, now, found.id)
    dead.append(gone)
    for name in NAMED:
        assert "Bearer" in problem(ask(Program(office.app), name), 401)
    for token in dead:
        answer = ask(Program(office.app, token), "GET /v1/cases")
        problem(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"
    assert ask(Program(office.app, other), "GET /v1/cases").status_code == 200
    office.desk.move(days=1)
    problem(ask(Program(office.app, other), "GET /v1/cases"), 401)


def test_a_token_dies_when_its_member_changes_roles(office: Office) -> None:
    member, program = office.worker()
    assert program.get("/cases") == {"items": [], "next": None}
    with office.desk.database.transaction() as session:
        session.get_one(Staff, member).role = Role.MEDIATOR
    problem(program.ask("GET", "/cases"), 401)


def test_a_token_is_of_the_role_of_its_member(office: Office) -> None:
    with pytest.raises(ValueError, match="role"):
        office.token(Role.ADMINISTRATOR, member=office.desk.staff("EQ01"))


def test_the_text_of_a_token_is_nowhere_in_the_database(office: Office) -> None:
    text = office.token()
    with office.desk.database.reading() as session:
        kept = api_tokens.every(session, None)
    assert kept
    assert all(text not in f"{vars(token)}" for token in kept)


def test_another_organisation_finds_nothing(office: Office, other_organisation: int) -> None:
    person = office.desk.tenant()
    case = office.desk.case(person)
    office.desk.staff("EQ02")
    member = office.desk.staff("EQ07", Role.ADMINISTRATOR, other_organisation)
    outsider = office.program(Role.ADMINISTRATOR, member=member, organisation=other_organisation)
    for path in ("/tenants", "/leases", "/payments", "/cases", "/appointments", "/workshops"):
        assert outsider.get(path) == {"items": [], "next": None}, path
    assert outsider.get("/cases/queue") == []
    booked = office.program().post("/appointments", MEETING | {"staff": "EQ02"}).json()
    made = office.program().post("/appointment-series", SERIES | {"staff": "EQ02"}).json()
    (workshop,) = office.program().post("/workshops", WORKSHOP).json()["workshops"]
    assert {person, case, booked["id"], made["id"], workshop["id"]} == {1}
    for name in NAMED:
        if "{number}" in name:
            problem(ask(outsider, name, BODIES.get(name)), 404)


def test_what_is_no_address_or_no_method_is_a_problem(office: Office) -> None:
    _, program = office.worker()
    problem(program.ask("GET", "/nulle-part"), 404)
    problem(program.ask("GET", "/cases/douze"), 404)
    problem(program.ask("DELETE", "/cases"), 405)


def test_a_fault_in_the_question_names_the_field_and_not_what_was_sent(office: Office) -> None:
    _, program = office.worker()
    answer = program.ask("GET", "/cases", params={"state": "secret", "limit": 1000})
    problem(answer, 422)
    assert [fault["field"] for fault in answer.json()["errors"]] == ["query.state", "query.limit"]
    assert "secret" not in answer.text


def test_a_body_that_is_too_large_is_refused_unread(office: Office) -> None:
    _, program = office.worker("EQ05", Role.ADMINISTRATOR)
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b"x" * 1024

    for path, most, said in (
        ("/cases/1/notes", MOST_BYTES, "64 Kio"),
        ("/imports/baux", MOST_FILE_BYTES, "4882 Kio"),
    ):
        sent = 0
        answer = program.ask("POST", path, content=endless())
        assert said in problem(answer, 413)
        assert sent * 1024 <= most + 2048


def test_too_many_requests_wait_and_others_do_not(office: Office) -> None:
    app, beats = FastAPI(), Beats()
    desk = office.desk
    app.mount("/api", create_api(desk.database, desk.clock, desk.house, limiter=Limiter(3, beats)))
    program, other = Program(app, office.token()), Program(app, office.token())
    for _ in range(3):
        assert program.ask("GET", "/cases").status_code == 200
    answer = program.ask("GET", "/cases")
    problem(answer, 429)
    assert int(answer.headers["retry-after"]) == 61
    assert other.ask("GET", "/cases").status_code == 200
    beats.seconds = 60
    assert program.ask("GET", "/cases").status_code == 200


def test_a_breakdown_tells_nothing(office: Office) -> None:
    broken = APIRouter()

    @broken.get("/v1/casse")
    def fail() -> None:
        raise RuntimeError("secret of the house")

    api = create_api(office.desk.database, office.desk.clock, office.desk.house)
    api.include_router(broken)
    app = FastAPI()
    app.mount("/api", api)
    answer = Program(app).ask("GET", "/casse")
    problem(answer, 500)
    assert "secret" not in answer.text


def test_every_answer_carries_the_headers_of_the_console(office: Office) -> None:
    program = Program(office.app)
    for path in ("/../openapi.json", "/cases", "/nulle-part"):
        headers = program.ask("GET", path).headers
        assert {name: headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS, path
