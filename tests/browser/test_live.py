"""Pages that keep themselves up to date, and say so when they can't."""

import pytest

from bot.domain.states import Urgency
from bot.services.cases import cases
from bot.storage.tables import CaseEvent, Person
from tests.browser.conftest import OpenAs
from tests.browser.office import Office

pytestmark = pytest.mark.slow

# The page's clock is moved by hand: nothing waits.
_LOOKS_AGAIN = 16_000


def test_a_new_case_comes_to_the_queue_and_keeps_the_focus(office: Office, open_as: OpenAs) -> None:
    page = open_as("EQ02")
    page.clock.install()
    page.goto("/dossiers")
    link = page.locator(f'a[href="/dossiers/{office.numbers["other"]}"]')
    link.focus()
    with office.database.transaction() as session:
        fresh = cases.open_case(
            session,
            office.clock.now(session),
            office.house,
            kind="report_hazard",
            urgency=Urgency.URGENT,
            reason="A écrit : « il y a de la fumée dans l’escalier »",
            person=session.get_one(Person, office.tenant("L-0110")),
        )
        session.flush()
        number = fresh.id
    assert not page.get_by_text("fumée dans l’escalier").count()
    page.clock.run_for(_LOOKS_AGAIN)
    page.locator(f'a[href="/dossiers/{number}"]').wait_for()
    assert link.evaluate("link => link === document.activeElement")


def test_a_page_that_is_cut_off_says_so(open_as: OpenAs) -> None:
    page = open_as("EQ01")
    page.clock.install()
    page.goto("/dossiers")
    told = page.get_by_text("Cette page n’est plus à jour.")
    assert not told.is_visible()
    page.context.clear_cookies()
    page.clock.run_for(_LOOKS_AGAIN)
    told.wait_for()


def test_a_case_page_left_open_is_no_reading(office: Office, open_as: OpenAs) -> None:
    page = open_as("EQ04")
    number = office.numbers["second"]
    answer = page.request.get(f"/dossiers/{number}", headers={"X-Palier-Live": "1"})
    assert answer.ok
    with office.database.reading() as session:
        assert not session.query(CaseEvent).filter_by(case_id=number, kind="read").count()
