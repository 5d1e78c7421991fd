"""What the stand-in knows: people, chats, messages and files. In memory, one event loop."""

from __future__ import annotations

import asyncio
import itertools
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from bot.standin.faults import FaultBook
from bot.standin.files import FileStore
from bot.standin.journal import Journal
from bot.standin.limits import Limits, RateLimiter
from bot.standin.updates import UpdateQueue

Raw = dict[str, Any]


@dataclass(slots=True)
class User:
    """A person who may write to the bot. `label`, `group` and `start_payload` serve the web chat."""

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    language_code: str = "fr"
    start_payload: str = ""
    group: str = ""
    label: str = ""
    started: bool = False
    blocked: bool = False
    deactivated: bool = False

    def raw(self) -> Raw:
        """The User object of the Bot API."""
        raw: Raw = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        if self.last_name:
            raw["last_name"] = self.last_name
        if self.username:
            raw["username"] = self.username
        if self.language_code:
            raw["language_code"] = self.language_code
        return raw

    def chat_raw(self) -> Raw:
        """The private Chat object of this person."""
        raw = {key: value for key, value in self.raw().items() if key not in ("is_bot", "language_code")}
        return raw | {"type": "private"}

    def as_dict(self) -> Raw:
        """The person as the control API shows it."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class StoredMessage:
    """A message as it looks now. `raw` is replaced, never changed: the journal keeps what was answered."""

    raw: Raw
    from_bot: bool
    revision: int
    previous: list[str] = field(default_factory=list)
    deleted: bool = False
    pinned: bool = False
    silent: bool = False

    @property
    def text(self) -> str:
        """The text or the caption."""
        return str(self.raw.get("text") or self.raw.get("caption") or "")

    @property
    def edited(self) -> bool:
        """Whether its text was ever changed."""
        return bool(self.previous)


@dataclass(slots=True)
class Chat:
    """A private chat, group or channel with everything that was said in it."""

    raw: Raw
    messages: dict[int, StoredMessage] = field(default_factory=dict)
    answers: list[Raw] = field(default_factory=list)
    reply_keyboard: Raw | None = None
    typing_until: float = 0.0
    revision: int = 0
    received: int = 0

    @property
    def id(self) -> int:
        """Telegram's number of this chat."""
        return int(self.raw["id"])


@dataclass(slots=True)
class CallbackQuery:
    """A button that was pressed and waits for its answer."""

    id: str
    user_id: int
    chat_id: int
    expired: bool
    answered: bool = False


class World:
    """The whole state of one stand-in."""

    def __init__(self, token: str, limits: Limits, title: str = "", panel_url: str = "") -> None:
        self.token = token
        self.title = title
        self.panel_url = panel_url
        self.default_limits = limits
        self.closing = asyncio.Event()
        self.listeners: set[asyncio.Queue[Raw | None]] = set()
        self._waiters: dict[int, set[asyncio.Future[None]]] = {}
        self._revision = 0
        self._message_ids = itertools.count(1)
        self.updates = UpdateQueue(first_id=100_000_000 + secrets.randbelow(1_000_000))
        self.webhook: Raw = {}
        self.webhook_changed = asyncio.Event()
        self.poller = 0
        self._empty()

    def reset(self) -> None:
        """Back to an empty world for a bot that keeps running: its webhook, its `allowed_updates` and the
        numbering go on, because it would take smaller update numbers for confirmed ones."""
        self.updates.reset()
        self._empty()
        self.announce({"kind": "reset"})

    def _empty(self) -> None:
        self.users: dict[int, User] = {}
        self.chats: dict[int, Chat] = {}
        self.callbacks: dict[str, CallbackQuery] = {}
        self.files = FileStore()
        self.faults = FaultBook()
        self.journal = Journal()
        self.limiter = RateLimiter(self.default_limits)
        self.profile: dict[str, Any] = {}
        self.clock_offset = 0.0

    @property
    def bot(self) -> Raw:
        """The bot as a User object."""
        return {
            "id": int(self.token.partition(":")[0]),
            "is_bot": True,
            "first_name": self.profile.get("name") or self.title or "Palier",
            "username": "palier_local_bot",
        }

    def now(self) -> int:
        """The date that messages carry: real time plus the clock offset, in whole seconds."""
        return int(time.time() + self.clock_offset)

    def next_message_id(self) -> int:
        """One sequence for all private chats, as a real bot sees it."""
        return next(self._message_ids)

    def chat_of(self, user: User) -> Chat:
        """The private chat of a person, made when needed."""
        chat = self.chats.get(user.id)
        if chat is None:
            chat = self.chats[user.id] = Chat(user.chat_raw())
        return chat

    def store(self, chat: Chat, raw: Raw, *, from_bot: bool, silent: bool = False) -> StoredMessage:
        """Adds a message to its chat and tells whoever waits."""
        stored = StoredMessage(raw, from_bot, self.bump(), silent=silent)
        chat.messages[raw["message_id"]] = stored
        if from_bot:
            chat.typing_until = 0.0
            chat.received += 1
        self.touch(chat, stored.revision)
        return stored

    def change(self, chat: Chat, stored: StoredMessage, raw: Raw | None = None) -> None:
        """A message looks different now."""
        if raw is not None:
            stored.raw = raw
        stored.revision = self.bump()
        self.touch(chat, stored.revision)

    def bump(self) -> int:
        """The next revision of the world."""
        self._revision += 1
        return self._revision

    @property
    def revision(self) -> int:
        """The number of the latest change anywhere."""
        return self._revision

    def touch(self, chat: Chat, revision: int) -> None:
        """A chat changed: wakes its readers."""
        chat.revision = revision
        for waiter in self._waiters.pop(chat.id, ()):
            if not waiter.done():
                waiter.set_result(None)
        self.announce({"kind": "chat", "chat_id": chat.id, "revision": revision})

    def announce(self, event: Raw) -> None:
        """Tells the open pages."""
        for queue in self.listeners:
            queue.put_nowait(event)

    async def wait_for_change(self, chat_id: int, after: int, seconds: float) -> None:
        """Returns when the chat is newer than `after`, when the time is over, or when the server stops."""
        end = time.monotonic() + seconds
        while not self.closing.is_set():
            chat = self.chats.get(chat_id)
            left = end - time.monotonic()
            if left <= 0 or (chat is not None and chat.revision > after):
                return
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            waiters = self._waiters.setdefault(chat_id, set())
            waiters.add(waiter)
            try:
                await asyncio.wait_for(waiter, left)
            except TimeoutError:
                return
            finally:
                waiters.discard(waiter)

    def close(self) -> None:
        """Lets go of everyone who waits, so that the server can stop at once."""
        self.closing.set()
        self.updates.news.set()
        self.webhook_changed.set()
        for waiters in self._waiters.values():
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)
        for queue in self.listeners:
            queue.put_nowait(None)
