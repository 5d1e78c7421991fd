"""Pending questions and buttons: each answers its own, late ones say so, foreign ones find nothing."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from bot.domain.words import Reply
from bot.services import answers, linking, questions
from bot.services.house import House
from bot.storage import Database
from bot.storage.tables import Case, Person, Question
from tests.services.team import chat, chat_of, tenant

LATER = timedelta(days=3)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as open_session:
        yield open_session


def answer(
    session: Session, now: datetime, house: House, person: Person, meaning: str, to: Question | None = None
) -> Reply:
    reply = answers.answer(
        session, now, house, chat_of(session, person), person, meaning, question_id=to.id if to else None
    )
    session.flush()
    return reply


def offer(session: Session, now: datetime, person: Person, about: str = "ask_receipt") -> Question:
    return questions.ask(session, now, person, "offer_person", about, now + LATER)


def test_the_same_question_is_asked_anew_not_doubled(session: Session, now: datetime) -> None:
    person = tenant(session)
    first = offer(session, now, person)
    again = offer(session, now + timedelta(hours=1), person)
    assert again is first
    assert first.expires_at == now + timedelta(hours=1) + LATER
    questions.close(session, now, first, "affirm")
    session.flush()
    assert offer(session, now, person).id != first.id


def test_the_latest_question_comes_first_and_old_ones_are_over(session: Session, now: datetime) -> None:
    person, other = tenant(session), tenant(session, "L-2")
    old = offer(session, now, person, "a")
    new = offer(session, now + timedelta(hours=1), person, "b")
    offer(session, now, other, "c")
    assert questions.open_questions(session, now + timedelta(hours=2), person.id) == [new, old]
    assert questions.open_questions(session, now + LATER, person.id) == [new]


def test_yes_answers_the_only_open_question(session: Session, now: datetime, house: House) -> None:
    person = tenant(session)
    question = offer(session, now, person)
    answer(session, now, house, person, "affirm")
    assert question.answer == "affirm"
    assert session.query(Case).one().kind == "ask_receipt"


def test_yes_to_nothing_changes_nothing(session: Session, now: datetime, house: House) -> None:
    person = tenant(session)
    assert answer(session, now, house, person, "affirm").text == house.texts.say("answer.nothing")
    assert not session.query(Case).count()


def test_yes_to_several_asks_which(session: Session, now: datetime, house: House) -> None:
    person = tenant(session)
    one = offer(session, now, person, "ask_receipt")
    two = questions.ask(session, now, person, "consent", "rent", now + LATER)
    which = answer(session, now, house, person, "affirm")
    assert which.text == house.texts.say("answer.which")
    assert {option.values["question"] for option in which.options} == {one.id, two.id}
    assert not session.query(Case).count()
    answer(session, now, house, person, "affirm", to=one)
    assert (one.answer, two.closed_at) == ("affirm", None)


@pytest.mark.parametrize("over", ["closed", "expired"])
def test_a_late_button_says_so(session: Session, now: datetime, house: House, over: str) -> None:
    person = tenant(session)
    question = offer(session, now, person)
    if over == "closed":
        questions.close(session, now, question, "deny")
    else:
        now += LATER
    assert answer(session, now, house, person, "affirm", to=question).text == house.texts.say("answer.late")
    assert not session.query(Case).count()


def test_the_question_of_somebody_else_is_not_answered(session: Session, now: datetime, house: House) -> None:
    person, other = tenant(session), tenant(session, "L-2")
    theirs = offer(session, now, other)
    said = answer(session, now, house, person, "affirm", to=theirs).text
    assert said == house.texts.say("answer.nothing")
    assert theirs.closed_at is None


def test_a_button_belongs_to_its_chat_and_dies_of_age(session: Session, now: datetime) -> None:
    mine, theirs = chat(session), chat(session)
    (((choice,),)) = questions.choices(session, now, mine, None, [("Oui", "affirm", {"a": 1})])
    session.flush()
    key = choice.key
    assert key
    found = questions.pressed(session, now, mine, key)
    assert found
    assert (found.meaning, found.values) == ("affirm", {"a": 1})
    assert questions.pressed(session, now, theirs, key) is None
    assert questions.pressed(session, now, mine, key[:-1]) is None
    assert questions.pressed(session, now + questions.BUTTON_LIFE, mine, key) is None


def test_what_a_button_carries_tells_nothing_and_fits(session: Session, now: datetime) -> None:
    options = [("C’est payé", "payment_done", {"question": 12})] * 50
    rows = questions.choices(session, now, chat(session), None, options)
    keys = {choice.key or "" for row in rows for choice in row}
    assert len(keys) == 50
    for key in keys:
        assert key.isalnum()
        assert len(key.encode()) <= 64  # Telegram's limit


# Consent, the first question of all


@pytest.mark.parametrize(
    ("meaning", "given"), [("affirm", True), ("resume", True), ("deny", False), ("stop", False)]
)
def test_the_first_contact_is_answered(
    session: Session, now: datetime, house: House, meaning: str, given: bool
) -> None:
    person = tenant(session)
    question = questions.ask(session, now, person, "consent", "rent", now + LATER)
    answer(session, now, house, person, meaning)
    assert linking.people.has_consent(session, person, "rent") is given
    assert question.closed_at == now


@pytest.mark.parametrize("meaning", ["ask_bot", "unsure", "greet"])
def test_an_unclear_answer_is_no_consent(session: Session, now: datetime, house: House, meaning: str) -> None:
    person = tenant(session)
    question = questions.ask(session, now, person, "consent", "rent", now + LATER)
    reply = answer(session, now, house, person, meaning, to=question)
    assert len(reply.options) == 3
    assert reply.question_id == question.id
    assert not linking.people.has_consent(session, person, "rent")
    assert question.closed_at is None
