"""Somebody else holds the telephone: nothing more is shown there, and a person is told."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.services import answers, wrong_person
from bot.services.house import House
from bot.storage import Database
from bot.storage.tables import Case
from tests.services.team import chat_of, tenant


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as open_session:
        yield open_session


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("vous avez le mauvais numéro", True),
        ("Vous vous trompez de personne !", True),
        ("je ne suis pas la personne que vous cherchez", True),
        ("je ne suis pas là mardi", False),
        ("j'ai changé de numéro", False),
        ("il y a une erreur sur mon loyer", False),
    ],
)
def test_what_says_it(text: str, said: bool) -> None:
    assert wrong_person.is_said(text) is said


@pytest.mark.parametrize(("meaning", "cut"), [("affirm", True), ("deny", False)])
def test_the_chat_is_cut_off_once_confirmed(
    session: Session, now: datetime, house: House, meaning: str, cut: bool
) -> None:
    person = tenant(session)
    chat = chat_of(session, person)
    asked = wrong_person.ask(session, now, house, person)
    assert person.last_name not in asked.text
    # A "oui" in words may answer something else: it is asked again.
    again = answers.answer(session, now, house, chat, person, "affirm")
    assert (again.text, chat.person_id) == (asked.text, person.id)
    values = {"confirm": meaning == "affirm"}
    answers.answer(session, now, house, chat, person, meaning, question_id=asked.question_id, values=values)
    assert (chat.person_id is None) is cut
    assert [case.kind for case in session.scalars(select(Case))] == (["wrong_person"] if cut else [])
