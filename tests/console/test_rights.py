"""The table of rights over every route of the console."""

import re

import pytest
from fastapi.routing import iter_route_contexts

from bot.domain.rights import OPEN_CONSOLE, RIGHTS
from bot.domain.states import CaseState, Outcome, Role
from bot.storage.tables import Case
from tests.console.conftest import Desk

_REFUSED = re.compile(r"votre rôle|Seules la coordination", re.IGNORECASE)


def routes(desk: Desk) -> set[str]:
    return {
        f"{method} {route.path}"
        for route in iter_route_contexts(desk.app.routes)
        for method in route.methods or ()
    }


def test_every_route_has_its_right_and_no_other(desk: Desk) -> None:
    named = [name for row in RIGHTS.values() for name in row.console]
    assert len(named) == len(set(named))
    assert {*named, *OPEN_CONSOLE} == routes(desk)


@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_what_the_table_says_and_nothing_else(desk: Desk, role: Role) -> None:
    browser = desk.browser(desk.staff("EQ01", role))
    refused = set()
    for route in routes(desk) - set(OPEN_CONSOLE):
        method, path = route.split(" ")
        answer = browser.request(method, re.sub(r"\{\w+\}", "1", path))
        assert answer.status_code < 500
        if _REFUSED.search(answer.text):
            assert answer.status_code == 403
            refused.add(route)
    assert refused == {name for row in RIGHTS.values() if role not in row.roles for name in row.console}


def test_without_a_login_nothing_opens(desk: Desk) -> None:
    stranger = desk.browser()
    for route in routes(desk) - set(OPEN_CONSOLE):
        method, path = route.split(" ")
        answer = stranger.request(method, re.sub(r"\{\w+\}", "1", path))
        assert (answer.status_code, "Vous n’êtes pas connecté" in answer.text) == (403, True), route


def test_another_case_of_danger_is_not_told_to_who_does_not_follow_it(desk: Desk) -> None:
    owner, colleague = desk.staff("EQ01"), desk.staff("EQ02", Role.COORDINATOR)
    person = desk.tenant()
    danger = desk.taken(person, owner, "report_violence")
    case = desk.case(person)
    told = "Violence"
    assert told in desk.browser(owner).get(f"/dossiers/{case}").text
    page = desk.browser(colleague).get(f"/dossiers/{case}").text
    assert told not in page
    assert "réservé aux personnes qui le suivent" in page
    with desk.database.transaction() as session:
        closed = session.get_one(Case, danger)
        closed.state, closed.outcome = CaseState.CLOSED, Outcome.SAFE
    page = desk.browser(colleague).get(f"/dossiers/{case}").text
    assert "Clos : Mise en sécurité" not in page.replace("\u00a0", " ")
    assert "réservé aux personnes qui le suivent" in page


def test_no_form_of_another_page_is_taken(desk: Desk) -> None:
    browsers = {role: desk.browser(desk.staff(role.value, role)) for role in Role}
    for row in RIGHTS.values():
        for method, path in (name.split(" ") for name in row.console):
            if method == "GET":
                continue
            answer = browsers[row.roles[0]].request(method, re.sub(r"\{\w+\}", "1", path), data={"csrf": "0"})
            assert (answer.status_code, "Le formulaire ne vient pas" in answer.text) == (403, True), path
