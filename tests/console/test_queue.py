"""The queue page: whose cases, in what order, in what words."""

import re

import pytest

from bot.domain.states import CaseState, Role, Urgency
from bot.storage.tables import Case
from tests.console.conftest import Desk


def shown(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<h3><a href="/dossiers/(\d+)"', page)]


def test_urgent_first_in_words(desk: Desk) -> None:
    staff, person = desk.staff("EQ01"), desk.tenant()
    normal = desk.case(person, "request_human", Urgency.NORMAL)
    urgent = desk.case(person, "report_hazard", Urgency.URGENT)
    high = desk.case(person, "payment_difficulty", Urgency.HIGH)
    page = desk.browser(staff).get("/dossiers").text
    assert shown(page) == [urgent, high, normal]
    assert "1 urgent à prendre maintenant" in page
    for word in ("Urgent", "Prioritaire", "Normal", "Mme Ginette Delattre", "Difficulté à payer le loyer"):
        assert word in page


def test_what_is_late_says_so(desk: Desk) -> None:
    staff = desk.staff("EQ01")
    desk.case(desk.tenant())
    assert "En retard" not in desk.browser(staff).get("/dossiers").text
    desk.move(days=4)
    assert "En retard depuis" in desk.browser(staff).get("/dossiers").text


def test_mine_and_untaken_but_not_those_of_others(desk: Desk) -> None:
    staff, colleague, person = desk.staff("EQ01"), desk.staff("EQ02"), desk.tenant()
    mine = desk.taken(person, staff, "dispute_charge")
    desk.taken(person, colleague, "request_human")
    untaken = desk.case(person)
    desk.case(person, "complain", state=CaseState.CLOSED, outcome="regle")
    assert shown(desk.browser(staff).get("/dossiers").text) == [untaken, mine]


def test_an_empty_queue_says_so(desk: Desk) -> None:
    page = desk.browser(desk.staff("EQ01")).get("/dossiers").text
    assert "Aucun dossier n’attend." in page


def test_another_organisation_sees_nothing(desk: Desk, other_organisation: int) -> None:
    desk.case(desk.tenant())
    outsider = desk.staff("EQ01", organisation=other_organisation)
    assert shown(desk.browser(outsider).get("/dossiers").text) == []


@pytest.mark.parametrize("role", [Role.MEDIATOR, Role.PARTNER])
def test_mediators_and_partners_see_no_case(desk: Desk, role: Role) -> None:
    case = desk.case(desk.tenant())
    browser = desk.browser(desk.staff("EQ03", role))
    assert browser.get("/dossiers").status_code == 403
    answer = browser.get(f"/dossiers/{case}")
    assert answer.status_code == 403
    assert "Delattre" not in answer.text
    assert "Votre rôle ne donne pas accès aux dossiers" in answer.text


def test_a_kind_newer_than_the_catalogue_still_shows(desk: Desk) -> None:
    case = desk.case(desk.tenant())
    with desk.database.transaction() as session:
        session.get_one(Case, case).kind = "kind_of_tomorrow"
    browser = desk.browser(desk.staff("EQ01"))
    assert "Autre demande" in browser.get("/dossiers").text
    assert browser.get(f"/dossiers/{case}").status_code == 200
