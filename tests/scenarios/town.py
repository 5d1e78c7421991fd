"""Workshops of a scenario: who is invited to what, without the talk that other scenarios already tell."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select

from bot.domain.workshops import PlaceState
from bot.services import people
from bot.services.workshops import sending
from bot.standin.people import Message
from bot.storage import tables
from tests.scenarios.parts import SharedDialogue
from tests.scenarios.story import Caseworker, Path, Tenant, World, running_world

_COLUMNS = "Référence;Titre;Thème;Début;Durée_min;Lieu;Places;Profils;Animé_par;Relances"


class Town:
    """One world. Each scenario has a group of its own: tenants who alone are invited to its workshops."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.mediator: Caseworker = world.caseworker("EQ03").joins()
        self._workshops = 0
        self._linked: set[str] = set()

    def group(self, name: str, *leases: str, willing: bool = True) -> list[Tenant]:
        """These tenants, linked and, when `willing`, asking to hear of workshops."""
        tenants = [self.world.tenant(lease) for lease in leases]
        new = [tenant for tenant in tenants if tenant.reference not in self._linked]
        for tenant in new:
            tenant.start()
        for tenant in new:
            tenant.press(tenant.wait_for("consent.ask"), "D’accord")
        for tenant in new:
            tenant.wait_for("consent.given")
        self._linked |= {tenant.reference for tenant in new}
        with self.world.parts.database.transaction() as session:
            now = self.world.parts.clock.now(session)
            for tenant in tenants:
                person = _person(session, tenant)
                person.profiles = [*person.profiles, name]
                if willing:
                    people.set_consent(session, now, person, "workshops", True, "workshop.button.news")
        return tenants

    def workshop(
        self, title: str, group: str, starts: str, seats: int = 8, theme: str = "cuisine", again: int = 1
    ) -> str:
        """A workshop of the landlord's file; `starts` is "16/12/2026 10:00". Returns its title."""
        self._workshops += 1
        line = f"W{self._workshops};{title};{theme};{starts};90;la salle du Clos;{seats};{group};EQ03;{again}"
        self.world.imports("ateliers", _COLUMNS, line)
        return title

    def invite(self, title: str) -> int:
        """Send its invitations, as a program does; how many."""
        with self.world.parts.database.transaction() as session:
            now, house = self.world.parts.clock.now(session), self.world.parts.house
            return sending.send(session, now, house, _workshop(session, title), None).invited

    def open(self, title: str) -> Message:
        """What the mediator sees of it under `/atelier`."""
        self.mediator.write("/atelier")
        self.mediator.press(self.mediator.wait_for("staff.workshops.title"), title)
        return self.mediator.wait_for("staff.workshops.one")

    def places(self, title: str) -> dict[str, tuple[PlaceState, int]]:
        """What each tenant and that workshop are to each other, and for how many seats, by first name."""
        with self.world.reading() as session:
            rows = session.scalars(
                select(tables.WorkshopPlace).filter_by(workshop_id=_workshop(session, title).id)
            )
            return {row.person.first_name: (row.state, row.seats) for row in rows}

    def seats_taken(self, title: str) -> int:
        with self.world.reading() as session:
            return int(_workshop(session, title).seats_taken)

    def jump_to(self, instant: str) -> None:
        """Let it be that local instant, once all that has left so far is written down with its own hour."""
        self.world.settle()
        self.world.jump_to(instant)

    def nothing_for(self, *tenants: Tenant) -> None:
        """Nothing that these have not read has come, nor is on its way."""
        self.world.settle()
        unread = [f"{tenant.name}: {message.text}" for tenant in tenants for message in tenant.unread()]
        assert not unread, unread


@contextmanager
def running_town(folder: Path, dialogue: SharedDialogue, samples: Path | None) -> Iterator[Town]:
    with running_world(folder, dialogue, samples=samples) as world:
        yield Town(world)


def _person(session, tenant: Tenant) -> tables.Person:
    return session.scalars(select(tables.Person).filter_by(reference=tenant.reference)).one()


def _workshop(session, title: str) -> tables.Workshop:
    return session.scalars(select(tables.Workshop).filter_by(title=title)).one()
