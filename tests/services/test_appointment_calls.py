"""Appointments that somebody tells by telephone: whose, when they leave the list, who sees them."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from bot.domain.states import AppointmentState, Urgency
from bot.services.appointments import appointments
from bot.services.appointments import calls as appointment_calls
from bot.services.appointments.rows import AppointmentRefused
from bot.services.cases import cases
from bot.services.house import House
from bot.storage import Database
from bot.storage.tables import Organisation, Staff
from tests.services.appointment_world import World, make_world
from tests.services.team import staff, tenant


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as open_session:
        yield open_session


@pytest.fixture
def world(session: Session, house: House, now: datetime) -> World:
    return make_world(session, house, now)


def to_call(world: World, member: Staff) -> list[str]:
    world.session.flush()
    return [one.person.reference for one in appointment_calls.to_call(world.session, world.now, member)]


def test_who_cannot_be_written_to_is_called_once_for_each_time(world: World) -> None:
    world.book("2026-12-04T09:00")
    unlinked = tenant(world.session, "L-2", linked=False)
    booked = world.book("2026-12-04T10:00", person=unlinked)
    world.book("2026-12-15T10:00", person=tenant(world.session, "L-3", linked=False))
    colleague = staff(world.session, "EQ9")
    assert to_call(world, world.caseworker) == to_call(world, colleague) == ["L-2"]
    counted = [
        appointment_calls.count(world.session, world.now, one) for one in (world.caseworker, colleague)
    ]
    assert counted == [1, 0]
    appointment_calls.called(world.session, world.now, colleague, booked.id)
    assert to_call(world, world.caseworker) == []
    world.until("2026-12-01T15:00")
    appointments.move(
        world.session,
        world.now,
        world.house,
        booked.id,
        world.caseworker,
        world.local("2026-12-07T10:00"),
        version=booked.version,
    )
    assert to_call(world, world.caseworker) == ["L-2"]
    booked.state = AppointmentState.CANCELLED_BY_SERVICE
    assert to_call(world, world.caseworker) == []


def test_of_somebody_in_danger_only_who_meets_them_calls(world: World) -> None:
    world.book("2026-12-04T09:00")
    cases.open_case(
        world.session,
        world.now,
        world.house,
        kind="report_violence",
        urgency=Urgency.URGENT,
        reason="signe",
        person=world.person,
    )
    assert to_call(world, world.caseworker) == ["L-1"]
    assert to_call(world, staff(world.session, "EQ9")) == []


def test_another_organisation_calls_nobody(world: World) -> None:
    booked = world.book("2026-12-04T10:00", person=tenant(world.session, "L-2", linked=False))
    elsewhere = Organisation(reference="autre", name="Autre", settings={})
    world.session.add(elsewhere)
    world.session.flush()
    foreign = Staff(organisation_id=elsewhere.id, reference="X", last_name="X", role="intervenant")
    world.session.add(foreign)
    assert to_call(world, foreign) == []
    with pytest.raises(AppointmentRefused, match="unknown"):
        appointment_calls.called(world.session, world.now, foreign, booked.id)
