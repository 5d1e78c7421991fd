"""The day of the tip of the week, and the answers to a tip, in words instead of buttons."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.states import OccurrenceState, Register
from bot.domain.words import Reply
from bot.services import people, questions, replies, stop_words, typed
from bot.services.house import House
from bot.services.tips import rhythm, tips, wish
from bot.storage import Database
from bot.storage.tables import Button, Occurrence, Person
from tests.services.team import chat_of, tenant


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as open_session:
        yield open_session


def planned(session: Session, house: House) -> tuple[int, int]:
    """The weekday and the local hour of the only planned tip."""
    step = session.scalars(select(Occurrence).filter_by(state=OccurrenceState.PLANNED)).one()
    return step.due_on.weekday(), step.due_at.astimezone(house.zone).hour


def show(session: Session, now: datetime, house: House, person: Person, reply: Reply, occasion: str) -> None:
    """Queue the answer, so that its buttons exist."""
    replies.send(session, now, house, chat_of(session, person), reply, occasion)


def said(session: Session, now: datetime, house: House, person: Person, text: str) -> Button | None:
    waiting = questions.open_questions(session, now, person.id)
    return typed.button(session, house.content.spoken, chat_of(session, person), waiting, text)


def test_day_and_hour_change_in_words_and_what_is_not_said_stays(
    session: Session, now: datetime, house: House
) -> None:
    person = tenant(session)
    rhythm.start(session, now, house, person, 2, 18)
    told = wish.said(session, now, house, person, "Envoie les conseils le samedi matin")
    assert told is not None
    assert "chaque samedi vers 9" in told.text
    assert planned(session, house) == (5, 9)
    wish.said(session, now, house, person, "plutôt vers 15h les conseils")
    assert planned(session, house) == (5, 15)
    wish.said(session, now, house, person, "pas le samedi les conseils, plutôt le vendredi")
    assert planned(session, house) == (4, 15)


def test_what_is_missing_is_asked_and_sunday_is_left_alone(
    session: Session, now: datetime, house: House
) -> None:
    person = tenant(session, register=Register.SIMPLE)
    day = wish.said(session, now, house, person, "je voudrais un conseil chaque semaine")
    assert day is not None
    assert [option.title for option in day.options][:2] == ["Non merci", "Lundi"]
    hour = wish.said(session, now, house, person, "les conseils le jeudi svp")
    assert hour is not None
    assert hour.options[0].values == {"weekday": 3, "hour": 9}
    sunday = wish.said(session, now, house, person, "les conseils le dimanche")
    assert sunday is not None
    assert "dimanche" in sunday.text
    assert "Dimanche" not in [option.title for option in sunday.options]
    assert not people.has_consent(session, person, "tips")


@pytest.mark.parametrize(
    "text", ["un conseil pour le chauffage", "ma conseillère vient à quelle heure", "à quelle heure samedi"]
)
def test_other_words_are_not_about_the_rhythm(
    session: Session, now: datetime, house: House, text: str
) -> None:
    assert wish.said(session, now, house, tenant(session), text) is None


def test_stop_does_not_take_a_conseillere_for_a_tip(session: Session, now: datetime, house: House) -> None:
    person = tenant(session)
    people.set_consent(session, now, person, "tips", True, "tips.when")
    stop_words.stop(session, now, house, chat_of(session, person), person, "stop, dites-le à ma conseillère")
    assert not people.has_consent(session, person, "rent")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Déjà fait", "done"),
        ("déjà fait !", "done"),
        ("je le fais déjà", "done"),
        ("j'essaie", "will_try"),
        ("pas chez nous", "not_here"),
        ("j'ai une question", "question"),
        ("je l'ai fait hier avec ma fille", None),
    ],
)
def test_a_button_can_be_written(
    session: Session, now: datetime, house: House, text: str, answer: str | None
) -> None:
    person = tenant(session)
    show(session, now, house, person, tips.asked(session, now, house, person, "un conseil"), "1")
    found = said(session, now, house, person, text)
    assert (found.values["tip"] if found else None) == answer


def test_words_that_could_answer_something_else_are_left_to_the_dialogue(
    session: Session, now: datetime, house: House
) -> None:
    person = tenant(session)
    show(session, now, house, person, tips.asked(session, now, house, person, "un conseil"), "1")
    assert said(session, now, house, person, "je l'ai fait") is not None
    questions.ask(session, now, person, "rent", "term:1", now.replace(year=2027))
    assert said(session, now, house, person, "je l'ai fait") is None
    assert said(session, now, house, person, "pas chez moi") is not None
    # And a yes is never a button's alone.
    assert said(session, now, house, person, "oui") is None
