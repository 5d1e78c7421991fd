"""A day of talk: tenants who write about everyday matters, a few in danger, and rents to ask about."""

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from bot.domain.states import ChatState
from bot.services import people
from bot.storage import tables
from tests.scenarios.world import World

EVERYDAY = (
    "combien je dois ?",
    "bonjour",
    "il me faut une quittance",
    "merci beaucoup",
    "le robinet de la cuisine fuit",
    "je ne pourrai pas payer le loyer ce mois-ci",
)
DANGER = ("mon mari me frappe, j’ai peur", "ça sent le gaz dans l’escalier", "je vais me tuer ce soir")
_STAFF_FROM, _TENANT_FROM = 500_001, 600_001


@dataclass(frozen=True)
class Written:
    """A message of a tenant: Telegram's number of the update, the chat, the words, monotonic seconds."""

    update_id: int
    telegram_chat: int
    words: str
    at: float

    @property
    def in_danger(self) -> bool:
        return self.words in DANGER


class Day:
    """The tenants of a world, linked, and all that they wrote. Nobody writes twice of a danger."""

    def __init__(self, world: World, tenants: int, *, in_danger: int) -> None:
        """Link that many tenants, the last `in_danger` of them for messages of danger, and the team."""
        self.world = world
        self.written: list[Written] = []
        self._turn = 0
        chats = link(world, tenants)
        for chat in (*chats, *_link_team(world)):
            # Telegram lets a bot write to those only who once wrote to it.
            world.standin.user(chat, first_name="Camille").start()
        world.settle()
        self._everyday, self._danger = chats[: tenants - in_danger], chats[tenants - in_danger :]

    def talk(self, messages: int, *, danger: int = 0, per_second: float = 12.0) -> None:
        """So many messages at that pace, whatever is answered; `danger` of them, spread, are of danger."""
        began = time.monotonic()
        every = messages // danger if danger else messages + 1
        for number in range(messages):
            time.sleep(max(0.0, began + number / per_second - time.monotonic()))
            self._write(danger=number % every == every - 1)

    def _write(self, *, danger: bool) -> None:
        self._turn += 1
        if danger:
            chat, words = self._danger.pop(), DANGER[self._turn % len(DANGER)]
        else:
            chat = self._everyday[self._turn % len(self._everyday)]
            words = EVERYDAY[self._turn % len(EVERYDAY)]
        at = time.monotonic()
        sent: dict[str, Any] = self.world.standin.user(chat, first_name="Camille").write(words)
        self.written.append(Written(sent["update_id"], chat, words, at))


def link(world: World, count: int) -> list[int]:
    """The first tenants of the landlord's file with a telephone, and their yes to messages about the rent."""
    with world.parts.database.transaction() as session:
        now = world.parts.clock.now(session)
        found = session.scalars(select(tables.Person).order_by(tables.Person.id).limit(count)).all()
        assert len(found) == count
        for number, person in enumerate(found):
            people.set_consent(session, now, person, "rent", True, "consent.ask")
            session.add(_chat(world, person.organisation_id, _TENANT_FROM + number, person_id=person.id))
    return [_TENANT_FROM + number for number in range(count)]


def _link_team(world: World) -> list[int]:
    with world.parts.database.transaction() as session:
        team = session.scalars(select(tables.Staff).order_by(tables.Staff.id)).all()
        for number, staff in enumerate(team):
            session.add(_chat(world, staff.organisation_id, _STAFF_FROM + number, staff_id=staff.id))
    return [_STAFF_FROM + number for number in range(len(team))]


def _chat(world: World, organisation_id: int, telegram_id: int, **whose: int) -> tables.Chat:
    bot_id = int(world.settings["PALIER_TELEGRAM_TOKEN"].partition(":")[0])
    return tables.Chat(
        organisation_id=organisation_id,
        bot_id=bot_id,
        telegram_id=telegram_id,
        state=ChatState.ACTIVE,
        **whose,
    )
