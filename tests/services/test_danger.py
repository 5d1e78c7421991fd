"""Danger: safe words once a message, an urgent case, whichever net saw it."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from palier_fr.alarm import DANGER_PROBABILITY, WORRY_PROBABILITY
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content import Content
from bot.domain.states import Register, Urgency
from bot.domain.words import Reply, Words
from bot.services import danger, people, questions
from bot.services.cases import cases, handover
from bot.services.house import House
from bot.services.kinds import REGISTRY
from bot.storage import Database
from bot.storage.tables import Case, Outbox
from bot.verdict import brings_nobody, dangers, worries
from tests.services.team import chat, chat_of, staff, tenant


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as open_session:
        yield open_session


def safe_words(session: Session) -> list[Outbox]:
    session.flush()
    return list(session.scalars(select(Outbox).filter_by(kind="safe_words").order_by(Outbox.id)))


def test_the_two_nets_say_the_safe_words_once(session: Session, now: datetime, house: House) -> None:
    person = tenant(session, referent=staff(session, "EQ1"))
    for source in ("lexicon", "model"):
        danger.raise_alarm(session, now, house, chat_of(session, person), person, ["violence"], "81", source)
    session.flush()
    assert len(safe_words(session)) == 1
    (case,) = session.scalars(select(Case)).all()
    assert (case.kind, case.urgency) == ("report_violence", Urgency.URGENT)
    assert [event.kind for event in case.history] == ["opened", "sign"]


def test_another_message_gets_them_again_and_joins_the_case(
    session: Session, now: datetime, house: House
) -> None:
    person = tenant(session, referent=staff(session, "EQ1"))
    for occasion in ("81", "82"):
        danger.raise_alarm(
            session, now, house, chat_of(session, person), person, ["hazard"], occasion, "lexicon"
        )
    assert len(safe_words(session)) == 2
    assert session.query(Case).count() == 1


def test_two_dangers_in_one_message(session: Session, now: datetime, house: House) -> None:
    person = tenant(session)
    to = chat_of(session, person)
    danger.raise_alarm(session, now, house, to, person, ["distress", "violence", "distress"], "81", "lexicon")
    assert {row.object for row in safe_words(session)} == {"distress", "violence"}
    assert session.query(Case).count() == 2


def test_danger_of_somebody_unknown(session: Session, now: datetime, house: House) -> None:
    to = chat(session)
    danger.raise_alarm(session, now, house, to, None, ["violence"], "81", "lexicon")
    assert len(safe_words(session)) == 1
    assert session.query(Case).one().chat_id == to.id


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("il frappe mes enfants", "child"),
        ("la voisine tape son fils tous les soirs", "child"),
        ("mon beau père me tape quand maman est au travail", "child"),
        ("ya un bébé qui hurle ils le secouent", "child"),
        ("mon mari me frappe", "violence"),
        ("il me frappe devant les enfants", "violence"),
        ("mon fils me tape pour de l'argent", "violence"),
        ("", "violence"),
    ],
)
def test_a_child_in_danger_has_its_own_words(
    session: Session, now: datetime, house: House, words: str, kind: str
) -> None:
    person = tenant(session)
    to = chat_of(session, person)
    danger.raise_alarm(session, now, house, to, person, ["violence"], "81", "lexicon", words=words)
    assert [row.object for row in safe_words(session)] == [kind]
    assert session.query(Case).one().kind == "report_violence"


def test_a_further_message_is_a_sign_and_no_second_alert(
    session: Session, now: datetime, house: House
) -> None:
    person = tenant(session, referent=staff(session, "EQ1"))
    to = chat_of(session, person)
    assert danger.followed(session, to) is None
    danger.raise_alarm(session, now, house, to, person, ["violence"], "81", "lexicon")
    session.flush()
    case = danger.followed(session, to)
    assert case is not None
    for _ in range(3):
        assert "équipe lit vos messages" in danger.add_message(session, now, house, to, case).text
    session.flush()
    session.expire(case, ["history"])
    assert [event.kind for event in case.history] == ["opened", *["sign"] * 3]
    assert session.query(Outbox).filter_by(kind="case_alert_urgent").count() == 1


@pytest.mark.parametrize(
    ("register", "discreet", "variant"),
    [
        (Register.ORDINARY, False, "ordinary"),
        (Register.SIMPLE, False, "simple"),
        (Register.ORDINARY, True, "discreet"),
        (Register.SIMPLE, True, "discreet"),
    ],
)
@pytest.mark.parametrize("kind", ["violence", "distress", "hazard"])
def test_the_words_suit_the_person(
    session: Session,
    now: datetime,
    house: House,
    kind: str,
    register: Register,
    discreet: bool,
    variant: str,
) -> None:
    person = tenant(session, register=register, discreet=discreet)
    danger.raise_alarm(session, now, house, chat_of(session, person), person, [kind], "81", "lexicon")
    (row,) = safe_words(session)
    render = REGISTRY["safe_words"].render
    assert render is not None
    assert render(session, now, house, row) == Words(house.content.safe_words[kind][variant])


def test_in_danger_until_the_case_is_closed(session: Session, now: datetime, house: House) -> None:
    member = staff(session, "EQ1")
    person, other = tenant(session, referent=member), tenant(session, "L-2")
    danger.raise_alarm(session, now, house, chat_of(session, person), person, ["violence"], "1", "lexicon")
    session.flush()
    case = session.query(Case).one()
    assert people.in_danger(session, person)
    assert not people.in_danger(session, other)
    cases.claim(session, now, house, case.id, member)
    assert people.in_danger(session, person)
    cases.close(session, now, house, case.id, member, cases.Outcome.SAFE)
    session.flush()
    assert not people.in_danger(session, person)


def test_all_that_can_be_found_is_answered(loaded_content: Content) -> None:
    """Every kind of the lexicon and every danger intent has its case and its words, with numbers in them."""
    assert set(danger.KIND_OF_INTENT) == {i.name for i in loaded_content.intents.values() if i.is_danger}
    assert set(people.DANGER_KINDS) == set(danger.KIND_OF_INTENT)
    kinds = set(danger.INTENT_OF_KIND)
    assert kinds <= set(loaded_content.safe_words)
    signs = ("il me frappe", "je veux mourir", "ça sent le gaz")
    assert {sign.kind for text in signs for sign in loaded_content.lexicon.find(text)} == kinds
    for variants in loaded_content.safe_words.values():
        for words in variants.values():
            assert "17" in words or "15" in words or "18" in words
            assert len(words) <= 500


@pytest.mark.parametrize(
    ("text", "probabilities", "found"),
    [
        ("", {"report_violence": 0.9}, ["violence"]),
        ("", {"greet": 0.6, "report_violence": DANGER_PROBABILITY}, ["violence"]),
        ("", {"greet": 0.6, "report_violence": 0.2, "report_distress": 0.19}, ["violence"]),
        ("", {"greet": 0.7, "report_violence": 0.2}, []),
        ("", {"greet": 1.0}, []),
        # In its doubt a phrase of the lexicon is enough, which alone is unsure.
        ("ma voiture a pris feu", {"greet": 0.7, "report_violence": WORRY_PROBABILITY}, ["hazard"]),
        ("ma voiture a pris feu", {"greet": 0.9, "report_violence": 0.01}, []),
    ],
)
def test_the_model_is_heard_even_when_it_hesitates(
    loaded_content: Content, text: str, probabilities: dict[str, float], found: list[str]
) -> None:
    ranking = [{"name": name, "confidence": p} for name, p in probabilities.items()]
    first = ranking[0]
    parse = {"intent": first["name"], "confidence": first["confidence"], "ranking": ranking}
    assert dangers(loaded_content, text, parse) == found


def parsed(intent: str, confidence: float, danger: float, *, hesitates: bool = False) -> dict[str, object]:
    ranking = [
        {"name": intent, "confidence": confidence},
        {"name": "report_violence", "confidence": danger / 2},
        {"name": "report_distress", "confidence": danger / 2},
    ]
    return {"intent": intent, "confidence": confidence, "hesitates": hesitates, "ranking": ranking}


@pytest.mark.parametrize(
    ("parse", "expected"),
    [
        (parsed("ask_eco_tip", 0.6, WORRY_PROBABILITY), True),
        (parsed("ask_eco_tip", 0.6, WORRY_PROBABILITY - 0.01), False),
        (parsed("report_repair", 0.3, 0.2, hesitates=True), True),
        # A person reads a repair anyway, and the alarm rings for more.
        (parsed("report_repair", 0.6, 0.2), False),
        (parsed("ask_eco_tip", 0.5, DANGER_PROBABILITY), False),
    ],
)
def test_a_doubt_about_danger_brings_a_person_where_nothing_else_does(
    loaded_content: Content, parse: dict[str, object], expected: bool
) -> None:
    assert (worries(parse) and brings_nobody(loaded_content, parse)) is expected


def test_a_worrying_message_is_read_within_the_working_day(
    session: Session, now: datetime, house: House
) -> None:
    person = tenant(session, referent=staff(session, "EQ1"))
    to = chat_of(session, person)
    said = handover.worrying(session, now, house, to, Reply("Ouvrez les fenêtres dix minutes."))
    assert said.text.startswith("Ouvrez les fenêtres dix minutes.\n\nJ’ai transmis")
    assert "au plus tard mardi 1er décembre" in said.text
    (case,) = session.query(Case).all()
    assert (case.kind, case.urgency) == ("worry", Urgency.HIGH)
    # Where Palier hesitates it does not ask: the question that it had begun is closed.
    handover.clarify(session, now, house, to, person, ["ask_eco_tip"])
    session.flush()
    asked = handover.worrying(session, now, house, to, None)
    assert "transmets à l’équipe" in asked.text
    assert not asked.options
    assert not questions.open_questions(session, now, person.id)
    assert session.query(Case).count() == 1


def test_a_worrying_stranger_is_read_too(session: Session, now: datetime, house: House) -> None:
    assert "transmis" in handover.stranger(session, now, house, chat(session), None, worry=True).text
    assert session.query(Case).one().urgency is Urgency.HIGH
