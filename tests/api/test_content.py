"""What the organisation gives, switched through the API."""

from bot.domain.states import Role
from tests.api.conftest import Office
from tests.api.test_doors import problem


def test_a_series_is_switched_off_and_on_by_who_may(office: Office) -> None:
    _, program = office.worker("COO", Role.COORDINATOR)
    off = {"kind": "series", "name": "senior", "on": False}
    (senior,) = [one for one in program.post("/content", off).json()["items"] if one["name"] == "senior"]
    assert senior == {"kind": "series", "name": "senior", "title": "Aînés", "on": False, "theme": ""}
    program.post("/content", off | {"on": True})
    assert all(one["on"] for one in program.get("/content")["items"])
    problem(program.post("/content", off | {"name": "personne"}), 404)
    _, mediator = office.worker("MED", Role.MEDIATOR)
    problem(mediator.post("/content", off), 403)
