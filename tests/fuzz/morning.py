"""What a new day brings, so that talks go on and go far: files of the landlord, closed cases, new tenants."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import select

from bot.domain.states import CaseState, ChatState, Outcome
from bot.imports.run import import_file
from bot.services import people
from bot.services.cases import cases
from bot.storage import tables
from tests.fuzz.updates import Post, Source
from tests.scenarios.story import World

_CONSENTS = ("rent", "appointments", "tips", "checkins", "workshops")
_MEETINGS = 8


class Mornings:
    """The mornings of one world, for the telephones of `source`."""

    def __init__(self, world: World, source: Source, random: Random, folder: Path) -> None:
        self._world, self._source, self._random, self._folder = world, source, random, folder
        self._made = 0

    def comes(self, later: timedelta) -> list[Post]:
        """Let that time pass; what people do first: open an invitation, unblock, ask for messages again."""
        world = self._world
        then = (world.now + later).astimezone(world.parts.house.zone)
        world.jump_to(then.strftime("%Y-%m-%dT%H:%M"))
        self._close_cases()
        mine = {chat.telegram_id: chat for chat in self._chats()}
        posts = [self._source.start(chat, code) for chat, code in self._newcomers(mine).items()]
        posts += [self._source.unblocks(n) for n, chat in mine.items() if chat.state is ChatState.UNREACHABLE]
        posts += [
            self._source.says(n, "reprendre") for n, chat in mine.items() if chat.state is ChatState.PAUSED
        ]
        self._landlord_writes(then)
        return posts

    def _chats(self) -> Sequence[tables.Chat]:
        everybody = (*self._source.tenants, *self._source.staff)
        with self._world.reading() as session:
            return list(session.scalars(select(tables.Chat).where(tables.Chat.telegram_id.in_(everybody))))

    def _close_cases(self) -> None:
        """All of them: of a person in danger, a person alone answers."""
        world = self._world
        unclosed = select(tables.Case.id).where(tables.Case.state != CaseState.CLOSED)
        with world.parts.database.transaction() as session:
            now = world.parts.clock.now(session)
            boss = session.scalars(select(tables.Staff).filter_by(reference="EQ04")).one()
            for case_id in session.scalars(unclosed).all():
                cases.close(session, now, world.parts.house, case_id, boss, Outcome.SETTLED)

    def _newcomers(self, mine: dict[int, tables.Chat]) -> dict[int, str]:
        """A new tenant for each telephone that is nobody's any more, and the code of the invitation."""
        alone = [number for number in self._source.tenants if mine[number].person_id is None]
        names = {chat: f"N-{self._next()}" for chat in alone}
        head = "reference_bail;reference_locataire;nom;date_debut;loyer;jour_echeance;solde;solde_au"
        rows = (f"{n};L{n};Famille{n};01/01/2020;400,00;5;0,00;30/11/2026" for n in names.values())
        self._import("baux", head, *rows)
        return {chat: self._world.invitation(f"L{name}") for chat, name in names.items()}

    def _landlord_writes(self, then: datetime) -> None:
        """Appointments of some, a workshop with few seats; everybody who writes agrees to everything."""
        writers = self._agreeing()
        rows = []
        for reference in self._random.sample(writers, min(_MEETINGS, len(writers))):
            at = then + timedelta(days=self._random.randint(1, 6), hours=self._random.randint(-4, 4))
            kind = self._random.choice(("bureau", "domicile", "telephone"))
            staff = self._random.choice(("EQ01", "EQ02"))
            rows.append(
                f"R{self._next()};{reference};{staff};Faire le point;{at:%d/%m/%Y %H}:00;45;ici;{kind}"
            )
        self._import(
            "rendez-vous", "reference;reference_locataire;intervenant;motif;debut;duree_min;lieu;type", *rows
        )
        at = then + timedelta(days=self._random.randint(1, 4))
        self._import(
            "ateliers",
            "reference;titre;theme;debut;duree_min;lieu;places;anime_par;relances",
            f"A{self._next()};Cuisine;cuisine;{at:%d/%m/%Y} 14:00;120;la salle;3;EQ03;1",
        )

    def _agreeing(self) -> list[str]:
        """The references of the tenants who write, after they agreed to all kinds of messages."""
        world = self._world
        with world.parts.database.transaction() as session:
            now = world.parts.clock.now(session)
            mine = tables.Chat.telegram_id.in_(self._source.tenants)
            persons = session.scalars(
                select(tables.Person).join(tables.Chat, tables.Chat.person_id == tables.Person.id).where(mine)
            ).all()
            for person in persons:
                for kind in set(_CONSENTS) - people.consents(session, person):
                    people.set_consent(session, now, person, kind, True, "consent.ask")
            return [person.reference for person in persons]

    def _import(self, kind: str, head: str, *rows: str) -> None:
        """What is refused (a caseworker who is busy then) is no matter here."""
        path = self._folder / f"{kind}.csv"
        path.write_text("\n".join((head, *rows)) + "\n", encoding="utf-8")
        parts = self._world.parts
        import_file(parts.database, parts.house, self._world.now, kind, path)

    def _next(self) -> int:
        self._made += 1
        return self._made
