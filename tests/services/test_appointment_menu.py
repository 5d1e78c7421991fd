"""`/rdv`: the team's appointments on Telegram, from the list to the last tap."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.states import AppointmentKind, AppointmentState, Role
from bot.domain.words import Reply
from bot.services import tenant_search
from bot.services.appointments import appointments
from bot.services.appointments.appointments import Meeting
from bot.services.appointments.rows import AppointmentRefused
from bot.services.house import House
from bot.storage import Database
from bot.storage.tables import Appointment, AppointmentSeries, Outbox, Person, Staff
from tests.services.appointment_world import World, make_world
from tests.services.race import race
from tests.services.team import staff, tenant
from tests.services.test_staff_desk import Phone, titles


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as open_session:
        yield open_session


@pytest.fixture
def world(session: Session, house: House, now: datetime) -> World:
    return make_world(session, house, now)


@pytest.fixture
def phone(world: World) -> Phone:
    tenant_search.refresh(world.session, world.now, world.house)
    return Phone(world.session, world.now, world.house, world.caseworker)


def test_a_new_one_in_six_taps_at_a_place_used_before(world: World, phone: Phone) -> None:
    other = tenant(world.session, "L-2")
    for at, place in (("2026-12-02T09:00", "1 rue du Pont"), ("2026-12-02T10:00", "2 place du Marché")):
        world.book(at, person=other, place=place, latitude=49.4, longitude=2.8)
    who = phone.types("rdv", "l-1")
    assert titles(who) == ["Kévin Lemoine · L-1"]
    how = phone.presses(who, "Kévin Lemoine · L-1")
    subject = phone.presses(how, "au bureau")
    where = phone.presses(subject, "Papiers et démarches")
    assert titles(where) == ["2 place du Marché", "1 rue du Pont"]
    when = phone.presses(where, "2 place du Marché")
    booked = phone.presses(when, "Jeudi 3 décembre à 9 h")
    assert booked.text == (
        "C’est noté : jeudi 3 décembre à 9 h, au bureau, L-1 : à confirmer. Le locataire est prévenu."
    )
    made = world.session.scalars(select(Appointment).order_by(Appointment.id.desc())).first()
    assert made is not None
    assert (made.place, made.latitude, made.subject) == ("2 place du Marché", 49.4, "Papiers et démarches")
    assert len(made.papers) == 2


def test_three_times_are_offered_and_the_tenant_picks(world: World, phone: Phone) -> None:
    who = phone.types("rdv", "Lemoine")
    when = phone.presses(phone.presses(phone.presses(who, titles(who)[0]), "par téléphone"), "Faire le point")
    assert "L-1" in phone.presses(when, "Proposer trois moments au locataire").text
    world.deliver()
    said = world.said("appointment_offer")
    assert len(said.rows) == 4
    world.presses(said, said.rows[0][0].title.replace("\u00a0", " "))
    assert world.session.scalars(select(Appointment.state)).one() is AppointmentState.CONFIRMED


def test_the_list_shows_what_is_ahead_or_to_settle_and_whom_to_call(world: World, phone: Phone) -> None:
    assert "Vous n’avez pas de rendez-vous" in phone.types("rdv").text
    world.book("2026-12-10T14:00")
    unlinked = tenant(world.session, "L-2", linked=False)
    world.book("2026-12-10T15:00", person=unlinked)
    shown = phone.types("rdv")
    assert shown.text.split("\n") == [
        "Vos rendez-vous :",
        "• jeudi 10 décembre à 14 h, au bureau, L-1 : à confirmer",
        "• jeudi 10 décembre à 15 h, au bureau, L-2 : à confirmer (à prévenir par téléphone)",
    ]
    opened = phone.presses(shown, "Jeudi 10 décembre à 15 h")
    sure = phone.presses(opened, "Annuler")
    assert "prévenez-la par téléphone" in phone.presses(sure, "Oui, annuler").text
    opened = phone.presses(shown, "Jeudi 10 décembre à 14 h")
    moved = phone.presses(phone.presses(opened, "Déplacer"), "Mercredi 2 décembre à 14 h")
    assert "mercredi 2 décembre à 14 h" in moved.text
    # The same button again speaks of a time that is no longer.
    assert "a changé entre-temps" in phone.presses(phone.presses(opened, "Annuler"), "Oui, annuler").text


def test_a_mediator_sees_none_and_nobody_is_found_by_a_part_of_a_name(world: World, phone: Phone) -> None:
    mediator = staff(world.session, "EQ03", Role.MEDIATOR)
    other = Phone(world.session, world.now, world.house, mediator)
    assert "Vos rendez-vous" not in other.types("rdv").text
    assert titles(phone.types("rdv", "Lem")) == ["Kévin Lemoine · L-1"]
    assert phone.types("rdv", "Moine").text == "Je ne trouve personne de ce nom ni de cette référence."


def test_an_absence_counts_the_meetings_to_move_and_no_time_of_it_is_offered(
    world: World, phone: Phone
) -> None:
    world.book("2026-12-02T14:00")
    world.book("2026-12-10T14:00")
    noted = phone.presses(phone.types("absence"), "Jusqu’à demain soir")
    assert "Rendez-vous pendant ces jours : 1." in noted.text
    free = phone.presses(phone.presses(phone.types("rdv"), "Mercredi 2 décembre à 14 h"), "Déplacer")
    assert "Jeudi 3 décembre à 9 h" in titles(free)
    assert not [title for title in titles(free) if "2 décembre" in title]


@pytest.mark.slow
def test_of_two_who_book_the_same_hour_at_once_one_is_refused(
    postgres_only: Database, house_pg: House, now: datetime
) -> None:
    with postgres_only.transaction() as session:
        world = make_world(session, house_pg, now)
        other = tenant(session, "L-2")
        ids = (world.caseworker.id, [world.person.id, other.id])
    at = world.local("2026-12-10T14:00")
    refused: list[str] = []

    def book(person_id: int) -> None:
        try:
            with postgres_only.transaction() as session:
                meeting = Meeting(
                    person=session.get_one(Person, person_id),
                    staff=session.get_one(Staff, ids[0]),
                    kind=AppointmentKind.OFFICE,
                    starts_at=at,
                    minutes=45,
                )
                appointments.book(session, now, house_pg, meeting)
        except AppointmentRefused as refusal:
            refused.append(refusal.code)

    race([lambda person_id=person_id: book(person_id) for person_id in ids[1]])
    assert refused == ["overlap"]
    with postgres_only.reading() as session:
        assert len(session.scalars(select(Appointment)).all()) == 1
        assert len(session.scalars(select(Outbox).filter_by(kind="appointment_booked")).all()) == 1


def weekly(phone: Phone, first: str, times: str) -> Reply:
    """The days of a weekly series for Kévin Lemoine by telephone, to be left out or booked."""
    who = phone.types("rdv", "l-1")
    when = phone.presses(phone.presses(phone.presses(who, titles(who)[0]), "par téléphone"), "Faire le point")
    firsts = phone.presses(when, "Chaque semaine, plusieurs fois")
    return phone.presses(phone.presses(firsts, first), times)


def test_a_series_every_week_but_one(world: World, phone: Phone) -> None:
    days = weekly(phone, "Jeudi 3 décembre à 9 h", "4 fois")
    assert days.text.split("\n")[1:] == [
        "• jeudi 3 décembre", "• jeudi 10 décembre", "• jeudi 17 décembre", "• jeudi 24 décembre",
    ]  # fmt: skip
    days = phone.presses(days, "Sauf jeudi 17 décembre")
    booked = phone.presses(days, "C’est bon : 3 fois")
    assert booked.text == (
        "C’est noté : chaque jeudi à 9 h, L-1, du jeudi 3 décembre au jeudi 24 décembre. "
        "Le locataire est prévenu du premier, puis rappelé avant chacun."
    )
    rows = world.session.scalars(select(Appointment).order_by(Appointment.starts_at)).all()
    assert [row.series_day.day for row in rows if row.series_day] == [3, 10, 24]
    world.deliver()
    assert [kind for kind, _ in world.sent] == ["appointment_booked"]

    # It ends from the second one on.
    shown = phone.presses(phone.types("rdv"), "Jeudi 10 décembre à 9 h")
    ended = phone.presses(phone.presses(shown, "Arrêter la série"), "Oui, arrêter la série")
    assert "La série est arrêtée" in ended.text
    states = [row.state for row in world.session.scalars(select(Appointment).order_by(Appointment.starts_at))]
    gone = AppointmentState.CANCELLED_BY_SERVICE
    assert states == [AppointmentState.TO_CONFIRM, gone, gone]


def test_a_series_says_which_days_stay_without(world: World, phone: Phone) -> None:
    world.book("2026-12-11T09:00", person=tenant(world.session, "L-2"))
    days = weekly(phone, "Vendredi 4 décembre à 9 h", "4 fois")
    booked = phone.presses(days, "C’est bon : 4 fois")
    assert booked.text.endswith("pendant une absence : vendredi 11 décembre, vendredi 25 décembre.")


def test_a_series_whose_first_time_was_taken_meanwhile_is_not_begun(world: World, phone: Phone) -> None:
    days = weekly(phone, "Jeudi 3 décembre à 9 h", "4 fois")
    world.book("2026-12-03T09:00", person=tenant(world.session, "L-2"))
    assert "déjà un rendez-vous" in phone.presses(days, "C’est bon : 4 fois").text
    assert world.session.query(AppointmentSeries).count() == 0
    assert world.session.query(Appointment).count() == 1
