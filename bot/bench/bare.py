"""The bare cost of an answer: two commits of comparable rows and one request to Telegram, nothing else."""

import asyncio
import secrets
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import uvloop
from sqlalchemy import update

from bot.bench import world
from bot.chat.gateway import Gateway
from bot.clock import Clock
from bot.domain.states import Direction, InboxState
from bot.domain.words import Words
from bot.services import people
from bot.standin.client import StandInClient
from bot.storage import Database
from bot.storage.migrations import upgrade
from bot.storage.tables import Chat, Inbox, Message, Outbox

_HEARD = "Bonjour, combien je dois pour mon loyer de ce mois ?"
_SAID = "Votre compte est à jour. Pour en parler avec une personne, écrivez « quelqu’un »."
_WARM_UP = 5


@dataclass
class Bare:
    """Durations in seconds: the two commits, the request. `once()` measures once more."""

    commits: list[float] = field(default_factory=list)
    requests: list[float] = field(default_factory=list)
    _due: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _ended: bool = False

    def once(self) -> None:
        """Ask for one measure, made at once in the other thread."""
        self._due.release()

    @property
    def totals(self) -> list[float]:
        return [commit + request for commit, request in zip(self.commits, self.requests, strict=True)]

    def end(self) -> None:
        self._ended = True
        self._due.release()

    async def run(self, database: Database, chat: Chat, gateway: Gateway) -> None:
        """Measure when asked, until `end`. The first measures, which warm caches up, are not kept."""
        number = 0
        while True:
            if number >= _WARM_UP:
                await asyncio.to_thread(self._due.acquire)
                if self._ended:
                    return
            number += 1
            began = time.perf_counter()
            _commit_twice(database, chat, number)
            committed = time.perf_counter()
            await gateway.send(chat.telegram_id, Words(_SAID))
            ended = time.perf_counter()
            if number > _WARM_UP:
                self.commits.append(committed - began)
                self.requests.append(ended - committed)


@contextmanager
def measuring() -> Iterator[Bare]:
    """A thread that measures the bare cost on a database and a stand-in of its own."""
    bare = Bare()
    with (
        tempfile.TemporaryDirectory(prefix="palier-bare-") as folder,
        world.standin(limits=False) as (telegram, token),
    ):
        with StandInClient(telegram) as client:
            client.user(1, first_name="Camille").write("Bonjour")
        database = Database(f"sqlite:///{folder}/palier.sqlite3", secrets.token_hex(32))
        upgrade(database.engine)
        with database.transaction() as session:
            chat = people.chat_for(session, int(token.partition(":")[0]), 1)

        async def run() -> None:
            async with Gateway(token, telegram) as gateway:
                await bare.run(database, chat, gateway)

        thread = threading.Thread(target=lambda: uvloop.run(run()), name="bare")
        thread.start()
        try:
            yield bare
        finally:
            bare.end()
            thread.join()
            database.close()


def _commit_twice(database: Database, chat: Chat, number: int) -> None:
    """What comes in, then what it becomes: the turn, the thread's line, the answer, the message closed."""
    now = Clock.real()
    mine = {"organisation_id": chat.organisation_id}
    with database.transaction() as session:
        inbox = Inbox(
            **mine,
            bot_id=chat.bot_id,
            update_id=number,
            chat_id=chat.id,
            received_at=now,
            raw={"update_id": number, "message": {"text": _HEARD, "chat": {"id": 1, "type": "private"}}},
            state=InboxState.WORKING,
            owner="bench",
            lease_until=now,
        )
        session.add(inbox)
    with database.transaction() as session:
        talk = session.get_one(Chat, chat.id)
        talk.turns, talk.last_message_at = number, now
        session.add(
            Message(**mine, chat_id=chat.id, direction=Direction.IN, at=now, words=_HEARD, inbox_id=inbox.id)
        )
        session.add(
            Outbox(
                **mine,
                bot_id=chat.bot_id,
                chat_id=chat.id,
                recipient=f"chat:{chat.id}",
                kind="reply",
                object="",
                occasion=str(number),
                lane=1,
                not_before=now,
                words=Words(_SAID).to_json(),
                created_at=now,
            )
        )
        session.execute(
            update(Inbox)
            .where(Inbox.id == inbox.id)
            .values(state=InboxState.HANDLED, raw=None, owner=None, lease_until=None, handled_at=now)
            .execution_options(synchronize_session=False)
        )
