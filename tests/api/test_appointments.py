"""Appointments through the API: booked, moved, settled, in series."""

from typing import Any

from bot.domain.states import Role
from tests.api.conftest import Office
from tests.api.test_doors import problem

MEETING: dict[str, Any] = {
    "tenant": "L-Delattre",
    "staff": "EQ01",
    "kind": "bureau",
    "starts_at": "2026-12-08T10:00:00+01:00",
    "minutes": 45,
    "subject": "Point sur le logement",
    "place": "12 rue des Charmilles",
    "papers": ["Avis d'échéance"],
}


def test_booked_once_moved_and_cancelled_by_the_version_that_was_read(office: Office) -> None:
    _, program = office.worker()
    office.desk.tenant()
    made = program.post("/appointments", MEETING, key="rdv-1")
    assert made.status_code == 201, made.text
    booked = made.json()
    assert (booked["starts_at"], booked["state"], booked["version"]) == (
        "2026-12-08T09:00:00Z",
        "a_confirmer",
        1,
    )
    assert program.post("/appointments", MEETING, key="rdv-1").json() == booked
    assert "déjà" in problem(program.post("/appointments", MEETING), 409)
    path = f"/appointments/{booked['id']}"
    moved = program.post(f"{path}/move", {"version": 1, "starts_at": "2026-12-09T14:00:00+01:00"}).json()
    assert (moved["state"], moved["version"], moved["place"]) == ("deplace", 2, "12 rue des Charmilles")
    problem(program.post(f"{path}/cancel", {"version": 1}), 409)
    assert program.post(f"{path}/cancel", {"version": 2}).json()["state"] == "annule_service"
    assert program.get(path)["state"] == "annule_service"


def test_listed_in_the_order_of_the_calendar(office: Office) -> None:
    _, program = office.worker()
    office.desk.tenant()
    for day in (15, 9, 11):
        body = MEETING | {"starts_at": f"2026-12-{day:02}T10:00:00+01:00"}
        assert program.post("/appointments", body).status_code == 201
    first = program.get("/appointments", limit=2)
    second = program.get("/appointments", limit=2, cursor=first["next"])
    days = [one["starts_at"][8:10] for one in first["items"] + second["items"]]
    assert (days, second["next"]) == (["09", "11", "15"], None)
    asked = {"start": "2026-12-10T00:00:00+01:00", "end": "2026-12-15T10:00:00+01:00"}
    found = program.get("/appointments", tenant="L-Delattre", staff="EQ01", state="a_confirmer", **asked)
    assert [one["starts_at"][8:10] for one in found["items"]] == ["11"]
    assert program.get("/appointments", staff="EQ99")["items"] == []


def test_what_became_of_it(office: Office) -> None:
    _, program = office.worker()
    office.desk.tenant()
    booked = program.post("/appointments", MEETING).json()
    path = f"/appointments/{booked['id']}/outcome"
    problem(program.post(path, {"outcome": "honore"}), 409)
    office.desk.move(days=8)
    later = office.program(Role.CASEWORKER, member=1)
    problem(later.post(path, {"outcome": "confirme"}), 422)
    assert later.post(path, {"outcome": "honore"}).json()["state"] == "honore"


def test_a_series_with_an_exception_then_its_end(office: Office) -> None:
    _, program = office.worker()
    office.desk.tenant()
    body = {
        "tenant": "L-Delattre", "staff": "EQ01", "kind": "domicile", "minutes": 30,
        "first_on": "2026-12-03", "at": "13:10", "every_weeks": 1,
    }  # fmt: skip
    made = program.post("/appointment-series", body, key="serie-1")
    assert made.status_code == 201, made.text
    assert program.post("/appointment-series", body, key="serie-1").json() == made.json()
    path = f"/appointment-series/{made.json()['id']}"
    assert program.post(f"{path}/exceptions", {"day": "2026-12-10"}).json()["exceptions"] == ["2026-12-10"]
    program.post(f"{path}/end", {"last": "2026-12-20"})
    live = program.get("/appointments", state="a_confirmer")["items"]
    assert [one["starts_at"] for one in live] == ["2026-12-03T12:10:00Z", "2026-12-17T12:10:00Z"]
    problem(program.post("/appointment-series", body | {"at": "13:10+01:00"}), 422)
    problem(program.post("/appointment-series", body | {"ends_on": "2026-12-01"}), 422)


def test_unknown_people_and_past_days_are_refused(office: Office) -> None:
    _, program = office.worker()
    office.worker("MED", Role.MEDIATOR)
    office.desk.tenant()
    for change in ({"tenant": "L-Personne"}, {"staff": "EQ99"}, {"staff": "MED"}):
        problem(program.post("/appointments", MEETING | change), 422)
    problem(program.post("/appointments", MEETING | {"starts_at": "2026-11-08T10:00:00+01:00"}), 409)
    problem(program.post("/appointments", MEETING | {"starts_at": "2026-12-08T10:00:00"}), 422)


def test_a_program_without_a_member_books_and_changes_nothing(office: Office) -> None:
    office.worker()
    office.desk.tenant()
    program = office.program()
    booked = program.post("/appointments", MEETING).json()
    problem(program.post(f"/appointments/{booked['id']}/cancel", {"version": 1}), 403)
