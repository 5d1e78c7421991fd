"""Fewer, larger steps for the old; drawings, and one idea a message, for who reads pictures."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.words import Reply, Words
from bot.services import people, preferences, replies
from bot.services.checkins import messages as checkin_messages
from bot.services.house import House
from bot.services.tips import rhythm, tips, wish
from bot.storage import Database
from bot.storage.tables import Outbox, Person, TipGiven
from bot.texts.format import typeset
from tests.services.team import chat_of, tenant


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as open_session:
        yield open_session


def somebody(session: Session, *profiles: str) -> Person:
    person = tenant(session)
    person.profiles = list(profiles)
    return person


def answered(session: Session, now: datetime, house: House, person: Person, reply: Reply) -> list[Words]:
    replies.answer(session, now, house, chat_of(session, person), reply, 81)
    session.flush()
    return [
        Words.from_json(row.words) for row in session.scalars(select(Outbox).order_by(Outbox.id)) if row.words
    ]


def test_an_old_tenant_chooses_the_day_and_the_hour_at_once(
    session: Session, now: datetime, house: House
) -> None:
    person = somebody(session, "senior")
    tip = tips.asked(session, now, house, person, "un conseil")
    assert [option.title for option in tip.options] == [
        "Je vais essayer", "Pas chez moi", "J’ai une question", "Un conseil chaque semaine",
    ]  # fmt: skip
    days = wish.ask_day(session, now, house, person)
    assert [option.title for option in days.options] == [
        "Non merci", "Lundi matin", "Mercredi matin", "Vendredi matin",
    ]  # fmt: skip
    assert days.options[1].values == {"weekday": 0, "hour": 9}
    assert days.picture is None


def test_who_reads_pictures_gets_the_drawing_of_the_theme_and_no_small_one(
    session: Session, now: datetime, house: House
) -> None:
    person = somebody(session, "pictogrammes")
    tip = tips.asked(session, now, house, person, "un conseil pour l'eau")
    given = session.scalars(select(TipGiven)).one()
    entry = house.content.tips.entries[given.tip]
    assert tip.picture == entry.tip.theme == "water"
    assert tip.text == typeset(entry.words[person.register])
    visit = house.content.checkins.visit("senior", "month")
    assert visit is not None
    asked = checkin_messages.ask(session, now, house, person, visit, "2026-12-15")
    assert asked.picture == "how"
    assert tips.asked(session, now, house, person, "le kit").picture == "kit"


@pytest.mark.parametrize(
    ("words", "pictures"),
    [
        ("je veux des images", True),
        ("mettez-moi des dessins, je lis mal", True),
        ("sans images svp", False),
        ("arrêtez les pictogrammes", False),
        ("je ne veux plus d'images", False),
        ("plus d'images", None),
    ],
)
def test_pictures_are_chosen_in_words_whatever_the_file_says(
    session: Session, now: datetime, house: House, words: str, pictures: bool | None
) -> None:
    person = somebody(session, "pictogrammes")
    reply = preferences.pictures_wished(session, now, house, person, words)
    assert reply is not None
    assert person.pictures is pictures
    assert people.reads_pictures(person) is (pictures is not False)
    assert ("Sans images" in [option.title for option in reply.options]) is (pictures is None)
    assert preferences.pictures_wished(session, now, house, person, "une autre heure") is None


def test_one_idea_a_message_with_the_buttons_below_the_last(
    session: Session, now: datetime, house: House
) -> None:
    person = somebody(session, "pictogrammes")
    worry = replies.joined([Reply("Merci."), checkin_messages.ask_worry(session, now, house, person, "how")])
    first, last = answered(session, now, house, person, worry)
    assert (first.text, first.rows, first.picture) == ("Merci.", (), None)
    assert len(last.rows) == 5
    assert last.picture == "worry"


def test_others_get_one_message_without_a_drawing(session: Session, now: datetime, house: House) -> None:
    person = somebody(session)
    worry = replies.joined([Reply("Merci."), checkin_messages.ask_worry(session, now, house, person, "how")])
    (only,) = answered(session, now, house, person, worry)
    assert only.picture is None
    assert only.text.startswith("Merci.\n\n")


def test_when_no_tip_is_left_the_home_is_asked_about(session: Session, now: datetime, house: House) -> None:
    person = somebody(session, "senior")
    rhythm.start(session, now, house, person, 0, 9)
    while session.query(TipGiven).count() < 60:
        reply = tips.asked(session, now, house, person, "un autre conseil")
        if "Une question courte" in reply.text:
            break
    assert "Une question courte" in reply.text
    assert [option.title for option in reply.options] == ["Oui", "Non", "Je ne sais pas"]
