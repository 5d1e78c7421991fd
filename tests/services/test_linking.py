"""One-time codes: who they link, once, for so long, and what a wrong one learns."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.states import ChatState, Role, Urgency
from bot.services import linking, people, questions
from bot.services.cases import acts as case_acts
from bot.services.cases import cases
from bot.services.house import House
from bot.storage import Database
from bot.storage.tables import Button, Case, Chat, Invitation, Outbox, Person
from tests.services.race import race
from tests.services.team import BOT, chat, chat_of, other_landlord, staff, tenant


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as open_session:
        yield open_session


def test_a_code_links_its_person_and_their_landlord(session: Session, now: datetime, house: House) -> None:
    landlord = other_landlord(session)
    person = tenant(session, linked=False, organisation=landlord)
    to = chat(session, state=ChatState.PAUSED)
    reply = linking.link(session, now, house, to, linking.invite(session, now, house, person))
    assert (to.person_id, to.organisation_id, to.state) == (person.id, landlord, ChatState.ACTIVE)
    assert "Autre bailleur" in reply.text
    assert len(reply.options) == 3
    assert not people.has_consent(session, person, "rent")


def test_a_code_links_a_member_of_the_team(session: Session, now: datetime, house: House) -> None:
    member = staff(session, "EQ1", linked=False)
    to = chat(session)
    linking.link(session, now, house, to, linking.invite(session, now, house, member))
    assert (to.staff_id, to.person_id) == (member.id, None)


@pytest.mark.parametrize(
    "case", ["used by another", "used here", "expired", "unknown", "already somebody", "empty"]
)
def test_a_code_that_links_nobody(session: Session, now: datetime, house: House, case: str) -> None:
    person = tenant(session, linked=False)
    code = linking.invite(session, now, house, person)
    to, other = chat(session), chat(session)
    expected = "link.spent"
    if case == "used by another":
        linking.link(session, now, house, other, code)
    elif case == "used here":
        linking.link(session, now, house, to, code)
        expected = "link.again"
    elif case == "expired":
        now += house.content.invitation_life
    elif case == "unknown":
        code, expected = "jenexistepas", "link.no_code"
    elif case == "already somebody":
        to = chat_of(session, tenant(session, "L-2"))
        expected = "link.already_someone"
    else:
        code, expected = "", "link.no_code"
    before = to.person_id
    assert linking.link(session, now, house, to, code).text == house.texts.say(expected)
    assert to.person_id == before


def test_the_code_itself_is_not_kept(session: Session, now: datetime, house: House) -> None:
    code = linking.invite(session, now, house, tenant(session, linked=False))
    session.flush()
    row = session.scalars(select(Invitation)).one()
    assert code not in (row.fingerprint, str(vars(row)))
    assert row.expires_at == now + house.content.invitation_life


def test_several_codes_of_one_person_stay_valid(session: Session, now: datetime, house: House) -> None:
    person = tenant(session, linked=False)
    codes = [linking.invite(session, now, house, person) for _ in range(2)]
    session.flush()
    for code in codes:
        to = chat(session)
        linking.link(session, now, house, to, code)
        assert to.person_id == person.id
        to.state = ChatState.UNREACHABLE


def test_a_member_reads_on_the_first_telephone_that_another_is_linked(
    session: Session, now: datetime, house: House
) -> None:
    member = staff(session, "EQ1")
    first, second = chat_of(session, member), chat(session)
    linking.link(session, now, house, second, linking.invite(session, now, house, member))
    told = session.scalars(select(Outbox)).one()
    assert told.chat_id == first.id
    assert told.words["text"] == house.texts.say("link.staff.another")  # type: ignore[index]
    assert second.staff_id == member.id


@pytest.mark.parametrize("state", [ChatState.ACTIVE, ChatState.PAUSED])
def test_a_second_telephone_learns_nothing_and_a_person_makes_sure(
    session: Session, now: datetime, house: House, state: ChatState
) -> None:
    person = tenant(session)
    own = chat_of(session, person)
    own.state = state
    code, other = linking.invite(session, now, house, person), chat(session)
    session.flush()
    spent = house.texts.say("link.spent")
    for _ in range(2):
        assert linking.link(session, now, house, other, code).text == spent
        assert other.person_id is None
    case = session.scalars(select(Case)).one()
    assert (case.kind, case.urgency, case.person_id) == ("second_phone", Urgency.HIGH, person.id)
    caseworker = staff(session, "EQ1")
    cases.claim(session, now, house, case.id, caseworker)
    # Nothing is said to either telephone; the team cuts the first one off once it has made sure.
    assert session.scalars(select(Outbox.id).where(Outbox.chat_id.in_((own.id, other.id)))).all() == []
    case_acts.unlink(session, now, case.id, caseworker)
    linking.link(session, now, house, other, linking.invite(session, now, house, person))
    assert other.person_id == person.id


def test_stop_and_resume(session: Session, now: datetime, house: House) -> None:
    person = tenant(session)
    to = chat_of(session, person)
    people.set_consent(session, now, person, "rent", True, "consent.ask")
    linking.stop(session, now, house, to, person)
    session.flush()
    assert to.state is ChatState.PAUSED
    assert not people.has_consent(session, person, "rent")
    assert people.active_chat(session, person) is None
    linking.resume(session, now + timedelta(days=1), house, to, person)
    session.flush()
    assert people.has_consent(session, person, "rent")
    assert people.active_chat(session, person) is to


@pytest.mark.slow
def test_of_two_who_use_a_code_at_once_one_is_linked(
    postgres_only: Database, now: datetime, house_pg: House
) -> None:
    with postgres_only.transaction() as session:
        person = tenant(session, linked=False)
        code = linking.invite(session, now, house_pg, person)
        chats = [chat(session).id for _ in range(5)]

    def use(number: int) -> None:
        with postgres_only.transaction() as session:
            linking.link(session, now, house_pg, session.get_one(Chat, number), code)

    race([lambda number=number: use(number) for number in chats])
    with postgres_only.reading() as session:
        linked = session.scalars(select(Chat).where(Chat.person_id.is_not(None))).all()
        assert len(linked) == 1
        assert session.scalars(select(Invitation)).one().used_by_chat_id == linked[0].id
        assert session.query(Person).count() == 1
        assert linked[0].bot_id == BOT


@pytest.mark.parametrize(
    ("role", "first"),
    [(Role.CASEWORKER, "/file"), (Role.MEDIATOR, "/atelier"), (Role.PARTNER, "/console")],
)
def test_each_role_is_welcomed_with_what_is_theirs(
    session: Session, now: datetime, house: House, role: Role, first: str
) -> None:
    member = staff(session, "EQ07", role, linked=False)
    code = linking.invite(session, now, house, member)
    chat = people.chat_for(session, 7, 907)
    assert first in linking.link(session, now, house, chat, code).text


def test_who_takes_a_chat_over_presses_none_of_the_buttons_before(
    session: Session, now: datetime, house: House
) -> None:
    """A member left; their telephone is linked at another landlord's, its old buttons still on the screen."""
    member = staff(session, "EQ1")
    to = chat_of(session, member)
    session.add(
        Button(organisation_id=1, key="vieux", chat_id=to.id, title="Prendre", meaning="case.take",
               values={"case": 1}, expires_at=now + timedelta(days=1))
    )  # fmt: skip
    assert questions.pressed(session, now, to, "vieux") is not None
    to.staff_id = None
    guest = tenant(session, linked=False, organisation=other_landlord(session))
    linking.link(session, now, house, to, linking.invite(session, now, house, guest))
    assert to.person_id == guest.id
    assert questions.pressed(session, now, to, "vieux") is None
