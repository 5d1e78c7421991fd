"""Who talks in a scenario: a tenant or a caseworker with a telephone."""

import re
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
from sqlalchemy import select

from bot import wiring
from bot.domain.states import ChatState
from bot.standin.people import Message, Person
from bot.storage import tables
from bot.texts.format import typeset
from tests.scenarios.parts import until

if TYPE_CHECKING:
    from tests.scenarios.world import World

_TEXTS, _, _ = wiring.files()
_VALUE = re.compile(r"\{\w+\}")
_LINK = re.compile(r"http://\S+/lien/\S+")


class Talker:
    """Somebody with a telephone. What the bot wrote is read message by message: nothing is overlooked."""

    def __init__(self, world: "World", telegram: Person, reference: str, name: str) -> None:
        self.world = world
        self.telegram = telegram
        self.reference = reference
        self.name = name
        self._read: set[int] = set()

    def write(self, text: str, **options: Any) -> dict[str, Any]:
        self.world.heard(text)
        return self.telegram.write(text, **options)

    def wait_for(self, expected: str | None = None) -> Message:
        """The oldest unread message of the bot that says `expected`; now it is read.

        `expected` is a key of the catalogue (its sentence in any voice, with any values), or a part of
        the words; None is any message.
        """
        found: list[Message] = []

        def came() -> bool:
            found.extend(message for message in self.unread() if _says(message, expected))
            return bool(found)

        try:
            until(came, f"{self.name} is told {expected!r}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.telegram.transcript()}\n{self.world.bot.log()}") from None
        self._read.add(found[0].id)
        return found[0]

    def unread(self) -> list[Message]:
        return [message for message in self.telegram.replies() if message.id not in self._read]

    def forget(self) -> None:
        """Take all that came so far as read."""
        self._read |= {message.id for message in self.unread()}

    def press(self, message: Message, button: str) -> None:
        self.telegram.press(message, button)

    def was_told(self, words: str) -> bool:
        return any(words in message.text for message in self.telegram.replies())


class Tenant(Talker):
    def start(self, code: str | None = None) -> None:
        """Open the invitation (a fresh one, or the given code)."""
        self.telegram.start(code if code is not None else self.world.invitation(self.reference))

    def agrees(self) -> "Tenant":
        """Link the telephone and say yes to the first contact."""
        self.start()
        self.press(self.wait_for("consent.ask"), "D’accord")
        self.wait_for("consent.given")
        return self

    def chat_state(self) -> ChatState:
        with self.world.reading() as session:
            chat = session.scalars(select(tables.Chat).filter_by(telegram_id=self.telegram.id)).one()
            return chat.state


class Caseworker(Talker):
    def joins(self) -> "Caseworker":
        self.telegram.start(self.world.invitation(self.reference))
        self.wait_for("link.staff")
        return self

    def takes(self, alert: Message) -> str:
        """Press "Prendre" and win; the one-time address of the case's page."""
        self.press(alert, "Prendre le dossier")
        return link_in(self.wait_for("case.taken.you"))

    def opens(self, address: str) -> httpx.Response:
        """Follow the one-time link in a browser, and press its button."""
        with httpx.Client(follow_redirects=True, trust_env=False) as browser:
            shown = browser.get(address)
            return shown if shown.is_error else browser.post(address)

    def reads_digests(self) -> int:
        """Read the morning digests that have come; how many there were."""
        self.world.settle()
        digests = [message for message in self.unread() if _says(message, "case.digest")]
        digests += [message for message in self.unread() if _says(message, "case.digest.urgent")]
        self._read |= {message.id for message in digests}
        return len({message.id for message in digests})

    def closes(self, number: int, outcome: str) -> None:
        self.telegram.write("/file")
        self.press(self.wait_for("staff.queue.title"), f"Ouvrir n° {number}")
        self.press(self.wait_for("case.link"), "Clore")
        self.press(self.wait_for("case.which_outcome"), outcome)
        self.wait_for("case.closed")


def link_in(message: Message) -> str:
    found = _LINK.search(message.text)
    assert found, message
    return found[0]


def _says(message: Message, expected: str | None) -> bool:
    if expected is None:
        return True
    if expected not in _TEXTS.ordinary:
        return expected in message.text
    return any(pattern.search(message.text) for pattern in _patterns(expected))


@cache
def _patterns(key: str) -> list[re.Pattern[str]]:
    """The sentence of that key in every voice; a value can be anything."""
    catalogues = (_TEXTS.ordinary, _TEXTS.simple)
    kept = [sentences.get(f"{key}{voice}") for sentences in catalogues for voice in ("", ".discreet")]
    return [
        re.compile(".+".join(map(re.escape, typeset(_VALUE.sub("\0", sentence)).split("\0"))), re.DOTALL)
        for sentence in kept
        if sentence
    ]


def path_of(address: str) -> str:
    return urlsplit(address).path
