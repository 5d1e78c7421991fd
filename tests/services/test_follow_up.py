"""What is told of each matter, what is asked, and where the answers go."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import content
from bot.content.talk import load_talk
from bot.domain.states import Direction, Register, Urgency
from bot.domain.words import Reply
from bot.services import answers, follow_up, preferences, questions, said_again
from bot.services.danger import KIND_OF_INTENT
from bot.services.house import House
from bot.storage import Database
from bot.storage.tables import Case, Message, Outbox, Person
from bot.texts import Texts
from tests.services.team import chat_of, tenant

HANDED_OVER = [
    rule["steps"][0]["intent"]
    for rule in yaml.safe_load(Path("data/rasa/rules.yml").read_text(encoding="utf-8"))["rules"]
    if rule["steps"][1]["action"] == "action_hand_over"
]


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as open_session:
        yield open_session


@pytest.fixture
def person(session: Session) -> Person:
    return tenant(session)


def told(
    session: Session, now: datetime, house: House, person: Person, intent: str, *, alone: bool = True
) -> Reply:
    reply = follow_up.take_over(session, now, house, chat_of(session, person), person, intent, alone=alone)
    session.flush()
    return reply


def press(session: Session, now: datetime, house: House, person: Person, reply: Reply, title: str) -> Reply:
    option = next(option for option in reply.options if option.title == title)
    return say(session, now, house, person, option.intent, reply.question_id, option.values)


def say(
    session: Session,
    now: datetime,
    house: House,
    person: Person,
    meaning: str,
    question_id: int | None = None,
    values: dict[str, Any] | None = None,
) -> Reply:
    chat = chat_of(session, person)
    reply = answers.answer(session, now, house, chat, person, meaning, question_id, values)
    session.flush()
    return reply


def reasons(session: Session, kind: str) -> list[str]:
    case = session.scalars(select(Case).filter_by(kind=kind)).one()
    session.refresh(case)
    return [event.detail["reason"] for event in case.history if event.detail and "reason" in event.detail]


def test_the_questions_are_written_and_can_be_pressed(texts: Texts, loaded_content: content.Content) -> None:
    for intent, matter in loaded_content.talk.matters.items():
        assert intent in loaded_content.intents
        for question in matter.questions:
            assert question.ask in texts.ordinary
            assert question.ask in texts.simple
            assert 2 <= len(question.answers) <= 5, question.ask
            assert all(len(answer.title) <= 30 for answer in question.answers)
            assert {answer.alarm for answer in question.answers} <= {None, *KIND_OF_INTENT.values()}
            assert {answer.reply for answer in question.answers} <= {None, "affirm", "deny", "unsure"}
        for choice in matter.choices:
            assert len(choice.title) <= 30


def test_every_fact_says_where_it_comes_from(loaded_content: content.Content) -> None:
    matters = loaded_content.talk.matters.values()
    facts = [matter.fact for matter in matters if matter.fact]
    facts += [choice.fact for matter in matters for choice in matter.choices]
    assert len(facts) >= 7
    for fact in facts:
        assert fact.source
        assert fact.dated
        assert fact.ordinary != fact.simple


def test_an_unknown_fact_is_refused(tmp_path: Path) -> None:
    (tmp_path / "talk.yml").write_text("facts: {}\nmatters: {report_repair: {fact: nope}}\n")
    with pytest.raises(ValueError, match=r"report_repair.*nope"):
        load_talk(tmp_path)


@pytest.mark.parametrize("register", Register)
def test_each_matter_has_words_of_its_own_and_says_who_reads_it(
    session: Session, now: datetime, house: House, register: Register
) -> None:
    plain = ("J’ai transmis votre message", "J’ai donné votre message")
    for place, intent in enumerate(HANDED_OVER):
        person, hidden = tenant(session, f"L-{place}"), tenant(session, f"D-{place}")
        person.register = hidden.register = register
        hidden.discreet = True
        reply = told(session, now, house, person, intent)
        assert "au plus tard" in reply.text, intent
        assert not reply.text.startswith(plain), intent
        case = session.scalars(select(Case).filter_by(person_id=person.id)).one()
        assert (case.kind, case.urgency) == (intent, house.content.intents[intent].urgency)

        discreet = told(session, now, house, hidden, intent)
        assert not discreet.options, intent
        assert discreet.text.startswith(plain), intent


def test_a_repair_is_asked_about_safety_place_and_time(
    session: Session, now: datetime, house: House, person: Person
) -> None:
    first = told(session, now, house, person, "report_repair")
    assert [option.title for option in first.options] == ["Oui", "Non", "Je ne sais pas"]
    second = say(session, now, house, person, "deny")
    third = press(session, now, house, person, second, "Cuisine")
    last = press(session, now, house, person, third, "Plus d’une semaine")
    assert not last.options
    assert reasons(session, "report_repair")[1:] == [
        "Eau près de l'électricité, odeur de gaz ou de brûlé : Non",
        "Lieu : Cuisine",
        "Depuis : Plus d'une semaine",
    ]
    assert questions.open_questions(session, now, person.id) == []


def test_water_near_electricity_is_a_danger(
    session: Session, now: datetime, house: House, person: Person
) -> None:
    first = told(session, now, house, person, "report_repair")
    reply = press(session, now, house, person, first, "Oui")
    assert not reply.options
    (row,) = session.scalars(select(Outbox).filter_by(kind="safe_words"))
    assert row.object == "hazard"
    urgent = session.scalars(select(Case).filter_by(kind="report_hazard")).one()
    assert urgent.urgency is Urgency.URGENT


def test_a_power_cut_makes_the_case_more_urgent(
    session: Session, now: datetime, house: House, person: Person
) -> None:
    first = told(session, now, house, person, "report_high_bill")
    second = press(session, now, house, person, first, "Gaz")
    press(session, now, house, person, second, "Oui")
    assert session.scalars(select(Case)).one().urgency is Urgency.HIGH


@pytest.mark.parametrize("choice", [3, "3", -1, "²", [], None])
def test_a_choice_that_is_no_more_brings_a_person(
    session: Session, now: datetime, house: House, person: Person, choice: Any
) -> None:
    first = told(session, now, house, person, "report_repair")
    reply = say(session, now, house, person, "affirm", first.question_id, {"choice": choice})
    assert not reply.options
    assert len(reasons(session, "report_repair")) == 2
    assert not session.scalars(select(Outbox).filter_by(kind="safe_words")).all()


def test_an_answer_in_own_words_is_added_and_nothing_more_is_asked(
    session: Session, now: datetime, house: House, person: Person
) -> None:
    told(session, now, house, person, "report_repair")
    again = told(session, now, house, person, "report_repair")
    assert not again.options
    assert len(reasons(session, "report_repair")) == 2
    # Written about once more, later: a new message like any other.
    assert told(session, now, house, person, "report_repair").options


def test_beside_another_matter_nothing_is_asked(
    session: Session, now: datetime, house: House, person: Person
) -> None:
    assert not told(session, now, house, person, "report_repair", alone=False).options


def test_an_aid_is_explained_and_a_person_offered(
    session: Session, now: datetime, house: House, person: Person
) -> None:
    which = follow_up.inform(session, now, house, person, "ask_housing_aid")
    session.flush()
    explained = press(session, now, house, person, which, "Le FSL")
    assert "jamais automatique" in explained.text
    press(session, now, house, person, explained, "Oui")
    assert session.scalars(select(Case)).one().kind == "ask_housing_aid"


def test_a_person_may_be_chosen_instead_of_an_explanation(
    session: Session, now: datetime, house: House, person: Person
) -> None:
    which = follow_up.inform(session, now, house, person, "ask_housing_aid")
    session.flush()
    press(session, now, house, person, which, "Parler à une personne")
    assert session.scalars(select(Case)).one().kind == "ask_housing_aid"


def test_a_receipt_is_free_and_a_person_sends_it(
    session: Session, now: datetime, house: House, person: Person
) -> None:
    offer = follow_up.inform(session, now, house, person, "ask_receipt")
    session.flush()
    assert "gratuite" in offer.text
    person.discreet = True
    assert "quittance" not in follow_up.inform(session, now, house, person, "ask_receipt").text
    press(session, now, house, person, offer, "Non")
    assert not session.scalars(select(Case)).all()


def test_preferences_change_at_once_or_go_to_a_person(
    session: Session, now: datetime, house: House, person: Person
) -> None:
    def ask() -> Reply:
        reply = preferences.ask(session, now, house, person)
        session.flush()
        return reply

    press(session, now, house, person, ask(), "Des phrases plus simples")
    assert person.register is Register.SIMPLE
    press(session, now, house, person, ask(), "Des messages discrets")
    assert person.discreet
    press(session, now, house, person, ask(), "Des messages détaillés")
    assert not person.discreet
    press(session, now, house, person, ask(), "Autre chose")
    assert session.scalars(select(Case)).one().kind == "change_preference"


def test_the_last_answer_is_said_again_once_then_a_person_explains(
    session: Session, now: datetime, house: House, person: Person
) -> None:
    chat = chat_of(session, person)
    nothing = said_again.again(session, now, house, chat, person)
    assert "autres mots" in nothing.text
    kept = {"organisation_id": person.organisation_id, "chat_id": chat.id, "at": now}
    session.add(Message(**kept, direction=Direction.OUT, words="Rien à payer.", intent="reply"))
    session.add(Message(**kept, direction=Direction.OUT, words="Le 17.", intent="safe_words", sensitive=True))
    session.flush()
    assert "Rien à payer." in said_again.again(session, now, house, chat, person).text
    session.add(Message(**kept, direction=Direction.IN, words="hein", intent="ask_repeat"))
    session.flush()
    said_again.again(session, now, house, chat, person)
    assert session.scalars(select(Case)).one().kind == "request_human"
