"""A late answer about a workshop says what happened and what is still possible."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.states import Role
from bot.domain.words import Reply, Words
from bot.domain.workshops import PlaceState
from bot.services import answers, questions
from bot.services.house import House
from bot.services.kinds import REGISTRY
from bot.services.workshops import audience, creation, workshops
from bot.services.workshops import messages as workshop_messages
from bot.services.workshops.creation import NewWorkshop
from bot.storage import Database
from bot.storage.tables import Outbox, Person, Question, Workshop
from tests.services.team import chat_of, staff, tenant


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as open_session:
        yield open_session


class Offered:
    """A workshop of one seat: Ana had it and left, Ben is offered it, Carl waits behind him."""

    def __init__(self, session: Session, now: datetime, house: House) -> None:
        self.session, self.now, self.house = session, now, house
        wanted = NewWorkshop(title="Bocaux", starts_at=now + timedelta(days=9), minutes=90, seats=1)
        leader = staff(session, "EQ03", Role.MEDIATOR)
        (self.workshop,) = creation.create(session, now, house, 1, leader, wanted)
        self.ana, self.ben, self.carl = (tenant(session, f"L-{n}") for n in range(3))
        for person in (self.ana, self.ben, self.carl):
            workshops.register(session, now, house, self.workshop, person, 1)
        workshops.leave(session, now, house, self.workshop, self.ana)
        row = session.scalars(select(Outbox).filter_by(kind="workshop_offer")).one()
        render = REGISTRY[row.kind].render
        assert render is not None
        assert isinstance(render(session, now, house, row), Words)
        self.question = session.scalars(select(Question).filter_by(kind="workshop_offer")).one()

    def says(self, meaning: str, days: float, question: Question | None = None, **values: object) -> Reply:
        """What Ben is answered so many days later, by a button of `question` or in plain words."""
        chat, later = chat_of(self.session, self.ben), self.now + timedelta(days=days)
        number = question.id if question is not None else None
        return answers.answer(self.session, later, self.house, chat, self.ben, meaning, number, values)

    def state(self, person: Person | None = None) -> PlaceState:
        place = workshops.place_of(self.session, self.workshop, person or self.ben)
        assert place is not None
        return place.state


@pytest.fixture
def offered(session: Session, now: datetime, house: House) -> Offered:
    return Offered(session, now, house)


def expire(offered: Offered) -> None:
    later = offered.now + timedelta(days=2)
    assert workshops.expire_offers(offered.session, later, offered.house) == 1


@pytest.mark.parametrize("by_button", [True, False])
def test_a_yes_after_the_seat_went_on_offers_the_waiting_list(offered: Offered, by_button: bool) -> None:
    expire(offered)
    said = offered.says("affirm", 2, offered.question if by_button else None)
    assert "a été proposée à quelqu’un d’autre" in said.text
    assert "revenir sur la liste d’attente" in said.text
    assert offered.state() is PlaceState.LEFT
    yes = said.options[0]
    asked = offered.session.get_one(Question, said.question_id)
    said = offered.says(yes.intent, 2.1, asked, **yes.values)
    assert "Vous êtes sur la liste d’attente" in said.text
    assert (offered.state(), offered.state(offered.carl)) == (PlaceState.WAITING, PlaceState.OFFERED)


def test_a_yes_after_the_end_when_there_is_room_can_still_come(offered: Offered) -> None:
    expire(offered)
    workshops.leave(offered.session, offered.now, offered.house, offered.workshop, offered.carl)
    said = offered.says("affirm", 2, offered.question)
    assert "il en reste" in said.text
    assert offered.state() is PlaceState.LEFT
    asked = offered.session.get_one(Question, said.question_id)
    assert "C’est réservé" in offered.says("affirm", 2.1, asked, **said.options[0].values).text
    assert offered.state() is PlaceState.COMING


def test_a_yes_while_the_seat_is_still_held_takes_it(offered: Offered) -> None:
    # The hours are over, nobody has been offered the seat yet: it is still theirs.
    assert "C’est réservé" in offered.says("affirm", 2, offered.question).text
    assert offered.state() is PlaceState.COMING
    said = offered.says("affirm", 2.5, offered.question)
    assert "déjà réservée" in said.text
    (leave,) = said.options
    asked = offered.session.get_one(Question, said.question_id)
    assert "vous ne venez pas" in offered.says(leave.intent, 3, asked, **leave.values).text
    assert offered.state() is PlaceState.LEFT


def test_a_no_after_the_end_changes_nothing(offered: Offered) -> None:
    expire(offered)
    assert offered.says("deny", 2, offered.question).text.startswith("C’est noté")
    assert (offered.state(), offered.state(offered.carl)) == (PlaceState.LEFT, PlaceState.OFFERED)


def test_cancelled_and_past_are_told_apart(offered: Offered) -> None:
    said = offered.says("affirm", 10, offered.question)
    assert "a commencé" in said.text
    assert [option.intent for option in said.options] == ["ask_workshops"]
    audience.cancel(offered.session, offered.now, offered.house, offered.workshop)
    assert "est annulé" in offered.says("affirm", 1, offered.question).text
    assert offered.state() is PlaceState.OFFERED


def test_a_change_of_mind_on_the_invitation_is_heard(session: Session, now: datetime, house: House) -> None:
    wanted = NewWorkshop(title="Couture", starts_at=now + timedelta(days=9), minutes=90, seats=8)
    (workshop,) = creation.create(session, now, house, 1, None, wanted)
    person = tenant(session)
    asked, chat = (
        workshop_messages.invitation(session, now, house, person, workshop),
        chat_of(session, person),
    )

    def presses(title: str) -> str:
        option = next(one for one in asked.options if one.title == title)
        given = (option.intent, asked.question_id, option.values)
        return answers.answer(session, now, house, chat, person, *given).text

    assert presses("Pas intéressé").startswith("C’est noté")
    assert "C’est réservé" in presses("Je viens")
    assert "déjà réservée" in presses("Pas intéressé")
    assert _state(session, workshop, person) is PlaceState.COMING


def test_only_the_very_last_question_is_answered_in_words_after_its_end(
    session: Session, now: datetime, offered: Offered
) -> None:
    expire(offered)
    assert offered.says("affirm", 6).text == offered.house.texts.say("answer.nothing")
    questions.ask(
        session, now + timedelta(days=2), offered.ben, "detail", "", now + timedelta(days=2, hours=1)
    )
    assert offered.says("affirm", 2.5).text == offered.house.texts.say("answer.nothing")


def _state(session: Session, workshop: Workshop, person: Person) -> PlaceState:
    place = workshops.place_of(session, workshop, person)
    assert place is not None
    return place.state
