"""Danger written in another language: the safe words, and where help is found said in English too."""

from datetime import datetime
from typing import Any, cast

import pytest
from sqlalchemy import select

from bot.clock import Clock
from bot.conversation import Conversation, NoOutlet
from bot.dialogue import Dialogue, Heard
from bot.domain.incoming import Came, Incoming
from bot.services import inbox
from bot.services.house import House
from bot.services.inbox import Received
from bot.storage import Database
from bot.storage.tables import Case, Outbox
from tests.services.team import BOT, chat_of, tenant


class SeesDanger:
    """A dialogue whose model sees danger in everything."""

    async def talk(self, **_asked: Any) -> Heard:
        ranking = [{"name": "report_violence", "confidence": 0.9}]
        parse = {"intent": "report_violence", "confidence": 0.9, "hesitates": False, "ranking": ranking}
        return Heard("report_violence", 0.9, False, [], [], parse)


@pytest.mark.parametrize(
    ("words", "abroad"),
    [
        # The lexicon sees the first one, the model the second one.
        ("please help me, my husband is here and I am afraid of him, il me frappe", True),
        ("please help me, my husband is here and I am afraid of him", True),
        ("il me frappe", False),
    ],
)
async def test_somebody_in_danger_who_does_not_write_french(
    database: Database, clock: Clock, house: House, now: datetime, words: str, abroad: bool
) -> None:
    with database.transaction() as session:
        clock.move_to(session, now)
        telephone = chat_of(session, tenant(session)).telegram_id
        inbox.receive(session, Clock.real(), BOT, [Received(1, telephone, {})])
        (work,) = inbox.claim(session, Clock.real(), "me")
    conversation = Conversation(database, clock, house, cast(Dialogue, SeesDanger()), NoOutlet())
    await conversation.handle(work, Incoming(1, Came.TEXT, telephone, now, text=words))
    with database.reading() as session:
        sent = session.scalars(select(Outbox).order_by(Outbox.id)).all()
        kinds = {case.kind for case in session.scalars(select(Case))}
    assert [row.kind for row in sent] == ["safe_words", "reply"] if abroad else ["safe_words"]
    assert kinds == ({"report_violence", "foreign"} if abroad else {"report_violence"})
    if abroad:
        assert "call 112" in sent[1].words["text"]
