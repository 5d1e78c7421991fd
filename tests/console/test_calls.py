"""The list of households to call."""

from datetime import timedelta

from sqlalchemy import select

from bot.domain.rent_steps import Step
from bot.domain.states import AppointmentKind, CallState, Role
from bot.services.appointments import appointments
from bot.services.appointments.appointments import Meeting
from bot.services.rent import calls as rent_calls
from bot.services.rent import rent
from bot.storage.tables import CallLine, Lease, Person, Staff
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


def test_an_appointment_to_tell_is_on_the_list_until_it_is_told(desk: Desk) -> None:
    person, member = desk.tenant(), desk.staff("EQ01")
    with desk.database.transaction() as session:
        now = desk.clock.now(session)
        meeting = Meeting(
            person=session.get_one(Person, person),
            staff=session.get_one(Staff, member),
            kind=AppointmentKind.OFFICE,
            starts_at=now + timedelta(days=2),
            minutes=30,
        )
        number = appointments.book(session, now, desk.house, meeting).id
    browser = desk.browser(member)
    assert "À appeler (1)" in browser.get("/dossiers").text
    assert "Rappeler le rendez-vous" in browser.get("/appels").text
    assert browser.post(f"/appels/rdv/{number}", csrf="0" * 64).status_code == 403
    assert browser.post("/appels/rdv/999", csrf=browser.csrf("/appels")).status_code == 404
    assert browser.post(f"/appels/rdv/{number}", csrf=browser.csrf("/appels")).status_code == 303
    assert "Rappeler le rendez-vous" not in browser.get("/appels").text


def test_a_forged_form_and_a_mediator_do_nothing(desk: Desk) -> None:
    line, browser = a_call(desk), desk.browser(desk.staff("EQ01"))
    assert browser.post(f"/appels/{line}", csrf="0" * 64).status_code == 403
    mediator = desk.browser(desk.staff("EQ09", Role.MEDIATOR))
    assert mediator.get("/appels").status_code == 403
    assert browser.post("/appels/999", csrf=browser.csrf("/appels")).status_code == 404
    assert state(desk, line) is CallState.OPEN
