"""Stop: one kind when it is named, everything otherwise."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from bot.domain.states import ChatState
from bot.services import people, stop_words
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
        ("STOP", {"rent"}, ChatState.PAUSED),
        ("arrêtez tout, les conseils aussi", {"rent"}, ChatState.PAUSED),
        ("plus aucun message svp ni conseil", {"rent"}, ChatState.PAUSED),
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
