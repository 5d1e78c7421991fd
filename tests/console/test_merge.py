"""Two cases of one matter become one, from a case's page."""

import pytest

from bot.domain.states import CaseState, Role, Urgency
from bot.storage.tables import Case, Outbox
from tests.console.conftest import Desk


def found(desk: Desk, number: int) -> Case:
    with desk.database.reading() as session:
        return session.get_one(Case, number)


def test_a_duplicate_joins_the_case_that_goes_on(desk: Desk) -> None:
    staff, person = desk.staff("EQ01"), desk.tenant()
    kept = desk.taken(person, staff)
    duplicate = desk.case(person, "report_eviction_notice", Urgency.HIGH)
    desk.case(desk.tenant("Autre"), "document", Urgency.NORMAL)
    browser, path = desk.browser(staff), f"/dossiers/{duplicate}"
    page = browser.get(path).text
    assert f'<option value="{kept}">' in page
    choices = page.partition('<select id="avec"')[2].partition("</select>")[0]
    assert choices.count("<option") == 2
    answer = browser.post(f"{path}/reunir", csrf=browser.csrf(path), avec=str(kept))
    assert answer.headers["location"] == f"/dossiers/{kept}?avis=reuni"
    assert "n’en font plus qu’un" in browser.get(answer.headers["location"]).text
    closed = found(desk, duplicate)
    assert (closed.state, closed.merged_into_id) == (CaseState.CLOSED, kept)
    assert ("merged", staff) in desk.events(duplicate)
    assert [kind for kind, _ in desk.events(kept)].count("sign") == 1
    # She did it herself: she is not told of it.
    with desk.database.reading() as session:
        assert not session.query(Outbox).filter_by(kind="case_news").count()


@pytest.mark.parametrize(
    "case", ["danger into another", "of another person", "of a colleague", "itself", "closed"]
)
def test_what_cannot_be_merged_stays_apart(desk: Desk, case: str) -> None:
    staff, person = desk.staff("EQ01"), desk.tenant()
    kept = desk.taken(person, staff)
    other = desk.case(person, "document", Urgency.NORMAL)
    if case == "danger into another":
        other = desk.case(person, "report_violence", Urgency.URGENT)
    elif case == "of another person":
        kept = desk.case(desk.tenant("Autre"), "document", Urgency.NORMAL)
    elif case == "of a colleague":
        kept = desk.taken(person, desk.staff("EQ02"), "complain")
    elif case == "itself":
        kept = other
    else:
        browser = desk.browser(staff)
        browser.post(f"/dossiers/{kept}/clore", csrf=browser.csrf(f"/dossiers/{kept}"), outcome="regle")
    browser, path = desk.browser(staff), f"/dossiers/{other}"
    answer = browser.post(f"{path}/reunir", csrf=browser.csrf(path), avec=str(kept))
    assert answer.status_code == 409
    assert found(desk, other).state is CaseState.NEW


def test_danger_joins_danger_and_the_coordination_may_merge_for_others(desk: Desk) -> None:
    chief = desk.staff("EQ04", Role.COORDINATOR)
    person = desk.tenant()
    kept = desk.case(person, "report_violence", Urgency.URGENT)
    other = desk.case(person, "report_distress", Urgency.URGENT)
    browser, path = desk.browser(chief), f"/dossiers/{other}"
    assert browser.post(f"{path}/reunir", csrf=browser.csrf(path), avec=str(kept)).status_code == 303
    assert found(desk, kept).state is CaseState.NEW
