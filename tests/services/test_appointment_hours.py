"""`/horaires`: the hours of a member, read from a few words, and what is free from then on."""

from collections.abc import Iterator
from datetime import datetime, time

import pytest
from sqlalchemy.orm import Session

from bot.services.appointments import hours as appointment_hours
from bot.services.appointments import offers as appointment_offers
from bot.services.appointments.rows import AppointmentRefused
from bot.services.house import House
from bot.storage import Database
from tests.services.appointment_world import World, make_world
from tests.services.team import staff
from tests.services.test_staff_desk import Phone, titles

MORNING, AFTERNOON = (time(9), time(12)), (time(14), time(17))


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as open_session:
        yield open_session


@pytest.fixture
def world(session: Session, house: House, now: datetime) -> World:
    return make_world(session, house, now)


@pytest.fixture
def phone(world: World) -> Phone:
    return Phone(world.session, world.now, world.house, world.caseworker)


@pytest.mark.parametrize(
    ("words", "hours"),
    [
        ("lundi 9h-12h 14h-17h", {0: [MORNING, AFTERNOON]}),
        ("Lundi 14h-17h, 9h-12h", {0: [MORNING, AFTERNOON]}),
        ("lundi et jeudi de 9h à 12h", {0: [MORNING], 3: [MORNING]}),
        ("du lundi au mercredi 9:00-12:00", {0: [MORNING], 1: [MORNING], 2: [MORNING]}),
        ("lundi - mardi 9h-12h, vendredi fermé", {0: [MORNING], 1: [MORNING], 4: []}),
        ("samedi 9h30-11h15", {5: [(time(9, 30), time(11, 15))]}),
    ],
)
def test_hours_in_words(words: str, hours: dict[int, list[tuple[time, time]]]) -> None:
    assert appointment_hours.read(words) == hours


@pytest.mark.parametrize(
    "words",
    ["", "lundi", "9h-12h", "lundi matin", "lundi 12h-9h", "lundi 9h-12h 11h-13h", "lundi 9h-25h", "bonjour",
     "lundi 9h-12h mardi", "lundi au 9h-12h"],
)  # fmt: skip
def test_what_is_not_understood_changes_nothing(words: str) -> None:
    with pytest.raises(AppointmentRefused, match="hours"):
        appointment_hours.read(words)


def test_a_member_sets_their_days_and_takes_the_teams_back(world: World, phone: Phone) -> None:
    world.book("2026-12-07T14:00")
    shown = phone.types("horaires")
    assert "• lundi : 9 h à 12 h, 14 h à 17 h" in shown.text
    assert titles(shown) == []
    changed = phone.types("horaires", "lundi 9h-12h, vendredi fermé")
    assert "• lundi : 9 h à 12 h\n• mardi : 9 h à 12 h, 14 h à 17 h" in changed.text
    assert "• vendredi : fermé" in changed.text
    assert "Rendez-vous déjà pris hors de ces heures : 1." in changed.text
    assert "rien n’a changé" in phone.types("horaires", "lundi après-midi").text
    again = phone.presses(phone.types("horaires"), "Reprendre les heures de l’équipe")
    assert "• vendredi : 9 h à 12 h, 14 h à 16 h" in again.text
    assert "hors de ces heures" not in again.text


def test_what_is_offered_follows_the_hours_and_a_colleague_keeps_theirs(world: World) -> None:
    other = staff(world.session, "EQ9")
    appointment_hours.change(world.session, world.house, other, "lundi 8h-9h")
    appointment_hours.change(
        world.session, world.house, world.caseworker, "du lundi au vendredi fermé, jeudi 18h-20h"
    )
    booked = world.book("2026-12-03T09:00")
    wanted = appointment_offers.again(booked)
    times = appointment_offers.free_times(world.session, world.now, world.house, wanted)
    assert {at.astimezone(world.house.zone).strftime("%w %H:%M") for at in times} == {"4 18:00"}
    assert appointment_hours.of(world.session, world.house, other)[0] == [(time(8), time(9))]
