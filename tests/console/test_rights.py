"""The table of rights over every route of the console."""

import re

import pytest
from fastapi.routing import iter_route_contexts

from bot.domain.rights import OPEN_CONSOLE, RIGHTS
from bot.domain.states import Role
from tests.console.conftest import Desk

_REFUSED = re.compile(r"votre rôle", re.IGNORECASE)


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
