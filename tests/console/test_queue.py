"""The queue page: whose cases, in what order, in what words."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.states import CaseState, Role, Urgency
from bot.storage.tables import Case, Staff
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
    staff, colleague = desk.staff("EQ01"), desk.staff("EQ02")
    mine = desk.taken(desk.tenant("Aubert"), staff, "dispute_charge")
    theirs = desk.taken(desk.tenant("Bonnet"), colleague, "request_human")
    untaken = desk.case(desk.tenant("Cordier"))
    desk.case(desk.tenant("Dupuis"), "complain", state=CaseState.CLOSED, outcome="regle")
    browser = desk.browser(staff)
    assert shown(browser.get("/dossiers").text) == [untaken, mine]
    assert shown(browser.get("/dossiers?voir=miens").text) == [mine]
    assert shown(browser.get("/dossiers?voir=a-prendre").text) == [untaken]
    assert shown(browser.get("/dossiers?voir=equipe").text) == [untaken, mine, theirs]


def test_the_cases_of_a_person_are_together_and_a_filter_hides_no_urgent_one(desk: Desk) -> None:
    staff, colleague, person = desk.staff("EQ01"), desk.staff("EQ02"), desk.tenant()
    alone = desk.case(desk.tenant("Aubert"), "payment_difficulty", Urgency.HIGH)
    normal = desk.case(person, "request_human", Urgency.NORMAL)
    theirs = desk.taken(person, colleague, "dispute_charge")
    urgent = desk.case(person, "report_hazard", Urgency.URGENT)
    browser = desk.browser(staff)
    assert shown(browser.get("/dossiers").text) == [urgent, theirs, normal, alone]
    assert shown(browser.get("/dossiers?sorte=request_human").text) == [urgent, theirs, normal]
    assert browser.get("/dossiers").text.count("Mme Ginette Delattre") == 1


def test_a_danger_that_a_colleague_follows_is_in_nobody_elses_queue(desk: Desk) -> None:
    staff, colleague, person = desk.staff("EQ01"), desk.staff("EQ02"), desk.tenant()
    case = desk.case(person)
    desk.taken(person, colleague, "report_violence")
    page = desk.browser(staff).get("/dossiers?voir=equipe").text
    assert shown(page) == [case]
    assert "Violence" not in page


def test_a_line_says_why_and_what_to_do_but_tells_no_word_of_danger(desk: Desk) -> None:
    staff = desk.staff("EQ01")
    desk.case(desk.tenant())
    browser = desk.browser(staff)
    page = browser.get("/dossiers").text
    assert "A écrit qu’elle ne pourra pas payer" in page
    assert "Conseil :" in page
    desk.case(desk.tenant("Aubert"), "report_violence", Urgency.URGENT)
    assert browser.get("/dossiers").text.count("A écrit qu’elle ne pourra pas payer") == 1


def test_of_my_districts_and_what_waits(desk: Desk) -> None:
    staff, stranger = desk.staff("EQ01"), desk.staff("EQ02")
    with desk.database.transaction() as session:
        session.get_one(Staff, staff).districts = ["Les Charmilles"]
        session.get_one(Staff, stranger).districts = ["Le Port"]
    case = desk.case(desk.tenant())
    assert shown(desk.browser(staff).get("/dossiers?secteur=oui").text) == [case]
    page = desk.browser(stranger).get("/dossiers?secteur=oui").text
    assert "Aucun dossier ne répond à ce choix." in page
    later = desk.tenant("Aubert")
    until = datetime(2026, 12, 24, 8, tzinfo=UTC)
    waits = desk.case(later, state=CaseState.WAITING, owner_id=staff, waiting_until=until)
    page = desk.browser(staff).get("/dossiers?attente=oui").text
    assert shown(page) == [waits]
    assert "En attente, suivi par vous" in page


def test_of_one_urgency_who_is_due_soonest_then_who_waits_longest(desk: Desk) -> None:
    staff = desk.staff("EQ01")
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    second, third, first = (desk.case(desk.tenant(name)) for name in ("Aubert", "Bonnet", "Cordier"))
    times = {first: (1, 9), second: (2, 1), third: (2, 3)}
    with desk.database.transaction() as session:
        for case, (due, opened) in times.items():
            found = session.get_one(Case, case)
            found.due_at, found.opened_at = noon + timedelta(days=due), noon + timedelta(hours=opened)
    assert shown(desk.browser(staff).get("/dossiers").text) == [first, second, third]


def test_a_page_holds_so_many_people_and_names_the_next(desk: Desk) -> None:
    staff = desk.staff("EQ01")
    for number in range(27):
        desk.case(desk.tenant(f"Nom {number:02}"))
    browser = desk.browser(staff)
    first, second = (browser.get(f"/dossiers?voir=a-prendre&page={page}").text for page in (1, 2))
    assert (len(shown(first)), len(shown(second))) == (25, 2)
    assert not set(shown(first)) & set(shown(second))
    assert "Page 1 sur 2" in first
    assert "/dossiers?voir=a-prendre&amp;page=2" in first
    assert "27 à prendre" in first
    assert len(first) < 60_000
    assert "/dossiers?voir=a-prendre" in second
    assert browser.get("/dossiers?page=0").status_code == 422


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
