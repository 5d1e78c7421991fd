"""Series, journeys and permanences: what comes back by itself, and what is flagged when it does not."""

from collections.abc import Iterator
from datetime import date, datetime, time

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.appointments import Act
from bot.domain.states import AppointmentState
from bot.services.appointments import appointments, drop_ins, journeys
from bot.services.appointments import series as appointment_series
from bot.services.appointments.series import Rhythm
from bot.services.cases import rota
from bot.services.house import House
from bot.storage import Database
from bot.storage.tables import (
    Appointment,
    AppointmentEvent,
    AppointmentSeries,
    DropIn,
    Lease,
    LeasePerson,
    Organisation,
    Outbox,
)
from tests.services.appointment_world import World, make_world, plain


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as open_session:
        yield open_session


@pytest.fixture
def world(session: Session, house: House, now: datetime) -> World:
    world = make_world(session, house, now)
    session.get_one(Organisation, 1).settings = {
        "appointments": {"journeys": ["premier_mois", "visite_hebdomadaire"]}
    }
    return world


def weekly(world: World, first: date, at: time = time(13, 10), **more: object) -> AppointmentSeries:
    return appointment_series.start(
        world.session, world.now, world.house, world.person, world.caseworker,
        Rhythm(first, at, 60), **more,  # type: ignore[arg-type]
    )  # fmt: skip


def wall_clock(world: World) -> list[str]:
    starts = world.session.scalars(
        select(Appointment.starts_at)
        .where(Appointment.state != AppointmentState.CANCELLED_BY_SERVICE)
        .order_by(Appointment.starts_at)
    )
    return [at.astimezone(world.house.zone).isoformat()[:16] for at in starts]


def test_a_weekly_visit_is_told_once_then_reminded_and_leaves_holidays_out(world: World) -> None:
    weekly(world, date(2026, 12, 11))
    # Four weeks ahead; 25 December is a holiday.
    assert wall_clock(world) == ["2026-12-11T13:10", "2026-12-18T13:10"]
    assert world.until("2026-12-04T12:00") == ["appointment_booked"]
    world.now = world.local("2026-12-16T12:00")
    assert appointment_series.extend_all(world.session, world.now, world.house) == 1
    assert appointment_series.extend_all(world.session, world.now, world.house) == 0
    assert wall_clock(world)[2:] == ["2027-01-08T13:10"]


def test_the_hour_stays_on_the_wall_over_both_changes(world: World) -> None:
    for month, day in ((10, 20), (3, 23)):
        year = 2027
        world.now = world.local(f"{year}-{month:02}-{day - 1:02}T09:00")
        series = weekly(world, date(year, month, day))
        starts = world.session.scalars(
            select(Appointment.starts_at).filter_by(series_id=series.id).order_by(Appointment.starts_at)
        ).all()
        assert len({at.astimezone(world.house.zone).time() for at in starts}) == 1
        assert len({at.time() for at in starts}) == 2
        appointment_series.end(
            world.session, world.now, world.house, series, date(year, month, day), world.caseworker
        )


def test_an_exception_is_cancelled_and_an_absence_leaves_a_gap(world: World) -> None:
    rota.be_absent(world.session, world.now, world.house, world.caseworker, date(2026, 12, 8))
    series = weekly(world, date(2026, 12, 8))
    assert wall_clock(world) == ["2026-12-15T13:10", "2026-12-22T13:10", "2026-12-29T13:10"]
    appointment_series.leave_out(
        world.session, world.now, world.house, series, date(2026, 12, 22), world.caseworker
    )
    appointment_series.extend_all(world.session, world.now, world.house)
    assert wall_clock(world) == ["2026-12-15T13:10", "2026-12-29T13:10"]
    appointment_series.end(
        world.session, world.now, world.house, series, date(2026, 12, 20), world.caseworker
    )
    assert wall_clock(world) == ["2026-12-15T13:10"]


@pytest.mark.parametrize(("act", "flagged"), [(Act.HONOUR, []), (Act.MISS, ["appointment_journey"])])
def test_a_week_without_its_visit_is_flagged(world: World, act: Act, flagged: list[str]) -> None:
    weekly(world, date(2026, 12, 4), journey=journeys.WEEKLY)
    assert journeys.follow(world.session, world.now, world.house) == 1
    assert journeys.follow(world.session, world.now, world.house) == 0
    world.until("2026-12-04T15:00")
    first = world.session.scalars(select(Appointment).order_by(Appointment.id)).first()
    assert first is not None
    appointments.settle(world.session, world.now, world.house, first.id, world.caseworker, act)
    for at in ("2026-12-07T12:00", "2026-12-08T12:00"):
        world.now = world.local(at)
        journeys.check_due(world.session, world.now, world.house)
    assert world.cases() == flagged


def test_the_meeting_of_the_first_month_is_offered_then_flagged(world: World) -> None:
    lease = Lease(
        organisation_id=1, reference="B1", starts_on=date(2026, 11, 20), due_day=5,
        first_import_on=date(2026, 11, 20), district="La Gare",
    )  # fmt: skip
    world.session.add(lease)
    world.session.flush()
    world.session.add(LeasePerson(organisation_id=1, lease_id=lease.id, person_id=world.person.id))
    world.session.flush()
    assert journeys.follow(world.session, world.now, world.house) == 1
    assert world.until("2026-12-01T12:00") == ["appointment_offer"]
    said = world.said("appointment_offer")
    assert plain(said.text).startswith("Bonjour. Je vous propose un rendez-vous avec Prénom.")
    world.presses(said, plain(said.rows[0][0].title))
    booked = world.session.scalars(select(Appointment)).one()
    assert (booked.journey, booked.state) == (journeys.FIRST_MONTH, AppointmentState.CONFIRMED)
    # Nobody came: the month is over on 20 December.
    world.now = world.local("2026-12-22T12:00")
    assert journeys.check_due(world.session, world.now, world.house) == 1
    assert journeys.check_due(world.session, world.now, world.house) == 0
    assert world.cases() == ["appointment_journey"]


# Permanences


def drop_in(world: World, at: str, *districts: str) -> DropIn:
    made = DropIn(
        organisation_id=1, reference=at, partner="CAF", districts=list(districts),
        starts_at=world.local(at), minutes=150, place="Maison de quartier",
    )  # fmt: skip
    world.session.add(made)
    world.session.flush()
    drop_ins.plan(world.session, world.house, made)
    return made


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("quand passe la CAF ?", True),
        ("Bonjour, c'est quand la permanence de la caf svp", True),
        ("quel jour vient la CAF dans le quartier", True),
        ("à quelle heure est la permanence CAF ?", True),
        ("quand est-ce que la CAF va me payer", False),
        ("la CAF passe et mon mari me frappe quand il rentre", False),
        ("quand passe la MDPH ?", False),
        ("la CAF", False),
        ("quand", False),
        ("", False),
    ],
)
def test_when_a_partner_comes_is_understood_from_the_whole_text(
    world: World, text: str, understood: bool
) -> None:
    drop_in(world, "2026-12-17T09:30")
    assert (drop_ins.asked(world.session, world.person, text) is not None) is understood


def test_the_next_times_are_told_and_announced_on_the_day_before(world: World) -> None:
    drop_in(world, "2026-12-17T09:30")
    drop_in(world, "2026-12-10T09:30", "Un autre quartier")
    reply = drop_ins.answer(world.session, world.now, world.house, world.person, "CAF")
    assert plain(reply.text).startswith(
        "Prochaines permanences (CAF) :\n• jeudi 17 décembre, de 9 h 30 à 12 h, Maison de quartier\n"
    )
    world.now = world.local("2026-12-16T10:00")
    assert drop_ins.announce_due(world.session, world.now, world.house) == 2
    assert drop_ins.announce_due(world.session, world.now, world.house) == 0
    world.deliver()
    assert [kind for kind, _ in world.sent] == ["drop_in_soon"]
    assert world.session.scalars(select(Outbox.kind)).all() == ["drop_in_soon"]


def test_an_ended_series_is_cancelled_from_its_next_meeting_on(world: World) -> None:
    series = weekly(world, date(2026, 12, 8))
    appointment_series.end(
        world.session, world.now, world.house, series, date(2026, 12, 10), world.caseworker
    )
    told = world.session.scalars(
        select(Appointment.starts_at)
        .join(AppointmentEvent, AppointmentEvent.appointment_id == Appointment.id)
        .where(Appointment.state == AppointmentState.CANCELLED_BY_SERVICE)
        .where(AppointmentEvent.state == AppointmentState.CANCELLED_BY_SERVICE)
        .order_by(AppointmentEvent.id)
    ).all()
    assert len(told) == 3
    assert told == sorted(told)
