"""The lanes: nothing that was received is lost, whatever happens while it is read."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.asking import Ask
from bot.chat.gateway import Gateway
from bot.chat.lanes import Lanes
from bot.chat.updates import read, received
from bot.clock import Clock
from bot.conversation import Conversation
from bot.domain.incoming import Incoming
from bot.domain.states import InboxState
from bot.services import inbox
from bot.services.inbox import Work
from bot.storage import Database
from bot.storage.tables import Chat, Inbox
from tests.services.team import BOT


class Talker:
    """A conversation that closes what it is given, and can't prepare what says "broken"."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.heard: list[str] = []
        self.more = asyncio.Event()

    def shows_danger(self, incoming: Incoming) -> bool:
        return "danger" in incoming.text

    def prepare(self, session: Session, chat: Chat, work: Work, incoming: Incoming) -> Ask | None:
        if incoming.text == "broken":
            raise LookupError
        return None

    async def handle(self, work: Work, incoming: Incoming, ask: Ask | None = None) -> None:
        with self._database.transaction() as session:
            assert inbox.close(session, Clock.real(), work.inbox_id)
        self.heard.append(incoming.text)
        self.more.set()

    async def give_up(self, work: Work, incoming: Incoming) -> None:
        await self.handle(work, replace(incoming, text="given up"))


def update(number: int, chat: int, text: str) -> dict[str, Any]:
    people = {
        "chat": {"id": chat, "type": "private"},
        "from": {"id": chat, "is_bot": False, "first_name": "C"},
    }
    message = {"message_id": number, "date": 1_796_000_000, "text": text, **people}
    return {"update_id": number, "message": message}


class Breaking:
    """A database whose next commit holds, and whose connection breaks before it says so."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.breaks = 1

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Session]:
        with self._database.transaction() as session:
            yield session
        if self.breaks:
            self.breaks -= 1
            raise OperationalError("COMMIT", {}, ConnectionError())

    def reading(self) -> contextlib.AbstractContextManager[Session]:
        return self._database.reading()


async def answered(talker: Talker, lanes: Lanes, messages: int) -> None:
    """Sweep until so many messages are answered."""
    stop = asyncio.Event()
    sweeping = asyncio.create_task(lanes.sweep(stop))
    async with asyncio.timeout(10):
        while len(talker.heard) < messages:
            await talker.more.wait()
            talker.more.clear()
    stop.set()
    await sweeping


async def test_what_no_text_can_hold_loses_no_message(database: Database) -> None:
    talker = Talker(database)
    lanes = Lanes(database, cast(Conversation, talker), cast(Gateway, None), bot_id=BOT, me="here:1:a")
    await lanes.receive(
        [
            update(1, 1001, "au secours \ud83d"),
            update(2, 1002, "été 🙂"),
            update(3, 1003, "à\0l’aide"),
            update(4, 1004, "\\u0000") | {"more": {"\udfff": ["\0", None, 1]}},
        ]
    )
    async with asyncio.timeout(10):
        while len(talker.heard) < 4:
            await talker.more.wait()
            talker.more.clear()
    assert sorted(talker.heard) == ["\\u0000", "au secours ?", "à l’aide", "été 🙂"]


async def test_an_update_nested_without_end_is_nobodys(database: Database) -> None:
    nested: Any = []
    for _ in range(100_000):
        nested = [nested]
    lanes = Lanes(database, cast(Conversation, None), cast(Gateway, None), bot_id=BOT, me="here:1:a")
    await lanes.receive([update(1, 1001, "x") | {"more": nested}])
    with database.reading() as session:
        assert list(session.scalars(select(Inbox.state))) == [InboxState.HANDLED]


async def test_a_commit_that_broke_but_holds_leaves_nothing_waiting(database: Database) -> None:
    talker = Talker(database)
    breaking = cast(Database, Breaking(database))
    lanes = Lanes(breaking, cast(Conversation, talker), cast(Gateway, None), bot_id=BOT, me="here:1:a")
    await lanes.receive([update(1, 1001, "fine"), update(2, 1002, "danger")])
    await answered(talker, lanes, 2)
    assert sorted(talker.heard) == ["danger", "fine"]


async def test_what_no_key_reads_any_more_goes_to_a_person_and_holds_nobody_up(database: Database) -> None:
    talker = Talker(database)
    lanes = Lanes(database, cast(Conversation, talker), cast(Gateway, None), bot_id=BOT, me="here:1:a")
    with database.transaction() as session:
        raw = [update(number, 1000 + number, "fine") for number in (1, 2)]
        kept = [received(one, read(one)) for one in raw]
        inbox.receive(session, Clock.real(), BOT, kept)
        session.execute(text("UPDATE inbox SET raw = 'gAAAAAB-not-ours' WHERE update_id = 1"))
    await answered(talker, lanes, 2)
    assert sorted(talker.heard) == ["fine", "given up"]


async def test_what_cannot_be_prepared_holds_nobody_up(database: Database) -> None:
    talker = Talker(database)
    lanes = Lanes(database, cast(Conversation, talker), cast(Gateway, None), bot_id=BOT, me="here:1:a")
    await lanes.receive([update(1, 1001, "fine"), update(2, 1002, "broken"), update(3, 1001, "later")])
    await answered(talker, lanes, 3)
    assert sorted(talker.heard) == ["broken", "fine", "later"]
    with database.reading() as session:
        assert set(session.scalars(select(Inbox.state))) == {InboxState.HANDLED}
