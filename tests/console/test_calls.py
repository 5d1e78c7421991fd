"""The list of households to call."""

from sqlalchemy import select

from bot.domain.rent_steps import Step
from bot.domain.states import CallState, Role
from bot.services.rent import calls as rent_calls
from bot.services.rent import rent
from bot.storage.tables import CallLine, Lease, Person
from tests.console.conftest import Desk


def a_call(desk: Desk) -> int:
    person = desk.tenant()
    with desk.database.transaction() as session:
        lease = session.scalars(select(Lease)).one()
        account = rent.account(session, lease, desk.clock.now(session).date())
        line = account.oldest_unpaid
        assert line is not None
        assert line.term is not None
        rent_calls.note(
            session,
            desk.clock.now(session),
            session.get_one(Person, person),
            lease,
            rent.object_of(lease.id, line.term.month),
            Step.QUESTION,
        )
        session.flush()
        return session.scalars(select(CallLine.id)).one()


def state(desk: Desk, line: int) -> CallState:
    with desk.database.reading() as session:
        return session.get_one(CallLine, line).state


def test_the_list_says_whom_to_call_and_why(desk: Desk) -> None:
    line, browser = a_call(desk), desk.browser(desk.staff("EQ01"))
    assert "À appeler (1)" in browser.get("/dossiers").text
    page = browser.get("/appels").text
    assert "Delattre" in page
    assert "Demander des nouvelles du loyer" in page
    answer = browser.post(f"/appels/{line}", csrf=browser.csrf("/appels"))
    assert answer.status_code == 303
    assert state(desk, line) is CallState.DONE
    assert "Personne à appeler" in browser.get("/appels").text


def test_a_forged_form_and_a_mediator_do_nothing(desk: Desk) -> None:
    line, browser = a_call(desk), desk.browser(desk.staff("EQ01"))
    assert browser.post(f"/appels/{line}", csrf="0" * 64).status_code == 403
    mediator = desk.browser(desk.staff("EQ09", Role.MEDIATOR))
    assert mediator.get("/appels").status_code == 403
    assert browser.post("/appels/999", csrf=browser.csrf("/appels")).status_code == 404
    assert state(desk, line) is CallState.OPEN
