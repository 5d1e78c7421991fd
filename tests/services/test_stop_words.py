"""Stop: one kind when it is named, everything otherwise."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from bot.domain.states import ChatState
from bot.services import linking, people, stop_words
from bot.services.house import House
from bot.storage import Database
from tests.services.team import chat_of, tenant

KINDS = ("rent", "tips", "checkins", "workshops")


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as open_session:
        yield open_session


@pytest.mark.parametrize(
    ("text", "stopped", "state"),
    [
        ("stop les conseils", {"tips"}, ChatState.ACTIVE),
        ("je veux plus de vos astuces merci", {"tips"}, ChatState.ACTIVE),
        ("arrêtez de m'inviter aux ateliers", {"workshops"}, ChatState.ACTIVE),
        ("ne prenez plus de mes nouvelles", {"checkins"}, ChatState.ACTIVE),
        ("plus de conseils ni d'ateliers", {"tips", "workshops"}, ChatState.ACTIVE),
        ("STOP", set(KINDS), ChatState.PAUSED),
        ("arrêtez tout, les conseils aussi", set(KINDS), ChatState.PAUSED),
        ("plus aucun message svp ni conseil", set(KINDS), ChatState.PAUSED),
    ],
)
def test_what_stop_stops(
    session: Session, now: datetime, house: House, text: str, stopped: set[str], state: ChatState
) -> None:
    person = tenant(session)
    chat = chat_of(session, person)
    for kind in KINDS:
        people.set_consent(session, now, person, kind, True, "test")
    stop_words.stop(session, now, house, chat, person, text)
    session.flush()
    assert {kind for kind in KINDS if not people.has_consent(session, person, kind)} == stopped
    # Paused, nothing that Palier starts leaves, whatever was agreed to.
    assert chat.state is state


@pytest.mark.parametrize(
    "text",
    ["STOP", "stop !", "Stopp", "s t o p", "st0p", "stoppez", "arrêtez", "Arrêt.", "ARRETE SVP", "stop merci",
     "désabonnez-moi", "plus de messages", "plus aucun sms", "n'écrivez plus", "laissez-moi tranquille"],
)  # fmt: skip
def test_stop_in_any_spelling(text: str) -> None:
    assert stop_words.is_stop(text)


@pytest.mark.parametrize(
    "text",
    ["stop les conseils", "je me suis arrêté à la CAF", "le bus s'arrête", "non",
     "il arrête pas de me frapper", "arrêt maladie", "plus de messages de ma voisine"],
)  # fmt: skip
def test_what_only_looks_like_stop_is_read_by_the_dialogue(text: str) -> None:
    assert not stop_words.is_stop(text)


def test_messages_taken_up_again_are_the_first_ones_only(
    session: Session, now: datetime, house: House
) -> None:
    person = tenant(session)
    chat = chat_of(session, person)
    for kind in KINDS:
        people.set_consent(session, now, person, kind, True, "test")
    linking.stop(session, now, house, chat, person)
    session.flush()
    assert people.consents(session, person) == set()
    linking.resume(session, now, house, chat, person)
    session.flush()
    assert people.consents(session, person) == {"rent", "appointments"}
