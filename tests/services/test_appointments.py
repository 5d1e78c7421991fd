"""Appointments from the booking to what became of them: what is said, when, and what is refused."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.appointments import Act
from bot.domain.states import AppointmentKind, AppointmentState, ChatState, Register
from bot.domain.words import Reply
from bot.services import linking, people
from bot.services.appointments import appointments
from bot.services.appointments import talk as appointment_talk
from bot.services.appointments.rows import AppointmentRefused
from bot.services.cases import rota
from bot.services.house import House
from bot.storage import Database
from bot.storage.tables import Appointment, Organisation, Outbox
from tests.services.appointment_world import World, duration, make_world, plain
from tests.services.team import staff, tenant


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as open_session:
        yield open_session


@pytest.fixture
def world(session: Session, house: House, now: datetime) -> World:
    return make_world(session, house, now)


def titles(reply: Reply) -> list[str]:
    return [plain(option.title) for option in reply.options]


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(AppointmentRefused) as found:
        act()
    return found.value.code


# What is said, and when


def test_booking_then_two_days_and_one_day_before_then_the_caseworker_is_asked(world: World) -> None:
    appointment = world.book(
        "2026-12-10T14:00", latitude=49.4, longitude=2.8, papers=["une pièce d'identité"]
    )
    assert world.until("2026-12-07T20:00") == ["appointment_booked", "appointment_pin"]
    assert world.until("2026-12-08T10:00") == ["appointment_reminder"]
    assert world.until("2026-12-09T10:00") == ["appointment_reminder"]
    assert world.until("2026-12-10T14:45") == ["appointment_came"]
    assert appointment.state is AppointmentState.TO_SETTLE
    assert world.until("2026-12-11T09:00") == ["appointment_came"]
    assert world.until("2027-01-11T09:00") == []
    said = world.said("appointment_booked")
    assert plain(said.text) == (
        "Bonjour. Vous avez rendez-vous avec Prénom le jeudi 10 décembre à 14 h.\n\n"
        "C'est ici : 1 rue du Pont.\n\nPourrez-vous venir ?"
    )
    assert [plain(row[0].title) for row in said.rows] == [
        "Je viens",
        "Je ne peux pas",
        "Une autre date",
        "J'ai besoin d'aide pour venir",
        "Les papiers à apporter",
    ]
    pin = world.said("appointment_pin").pin
    assert pin is not None
    assert (pin.address, pin.latitude, pin.longitude) == ("1 rue du Pont", 49.4, 2.8)


def test_whoever_confirms_is_not_asked_the_day_before(world: World) -> None:
    appointment = world.book("2026-12-10T14:00")
    world.deliver()
    reply = world.presses(world.said("appointment_booked"), "Je viens")
    assert plain(reply.text).startswith("Merci, c'est noté : rendez-vous avec Prénom le jeudi 10 décembre")
    assert appointment.state is AppointmentState.CONFIRMED
    assert world.until("2026-12-10T13:00") == ["appointment_file", "appointment_reminder"]
    # Confirmed: the reminder asks nothing any more.
    assert "Pourrez-vous" not in world.said("appointment_reminder").text


def test_less_than_two_days_ahead_the_booking_is_all(world: World) -> None:
    world.book("2026-12-02T14:00")
    assert world.until("2026-12-02T14:30") == ["appointment_booked"]


def test_a_home_visit_is_around_an_hour_and_discreet_words_tell_no_subject(
    session: Session, house: House, now: datetime
) -> None:
    world = make_world(session, house, now, discreet=True, register=Register.SIMPLE)
    world.book(
        "2026-12-10T13:10", kind=AppointmentKind.HOME, subject="Budget du mois", papers=["vos factures"]
    )
    world.deliver()
    said = world.said("appointment_booked")
    text = plain(said.text)
    assert "vers 13 h 10" in text
    assert "Budget" not in text
    assert [plain(row[0].title) for row in said.rows] == [
        "Oui, d'accord",
        "Non, je ne peux pas",
        "Une autre date",
    ]
    world.presses(said, "Oui, d'accord")
    world.until("2026-12-02T12:00")
    calendar = world.said("appointment_file").document
    assert calendar is not None
    assert "Budget" not in calendar.content


def test_the_calendar_file_is_one_and_a_later_time_replaces_it(world: World) -> None:
    appointment = world.book("2026-12-10T14:00", subject="Faire le point")
    appointments.confirm(world.session, world.now, world.house, appointment)
    world.until("2026-12-01T10:05")
    first = world.said("appointment_file").document
    assert first is not None
    lines = first.content.split("\r\n")
    assert "DTSTART:20261210T130000Z" in lines
    assert "DTEND:20261210T134500Z" in lines
    assert "LOCATION:1 rue du Pont" in lines
    assert "DESCRIPTION:Faire le point" in lines
    assert all(len(line.encode()) <= 75 for line in lines)
    appointments.agree(world.session, world.now, world.house, appointment, world.local("2026-12-11T14:00"))
    appointments.confirm(world.session, world.now, world.house, appointment)
    world.until("2026-12-01T10:10")
    second = world.said("appointment_file").document
    assert second is not None
    same = [line for line in lines if line.startswith("UID")]
    assert [line for line in second.content.split("\r\n") if line.startswith("UID")] == same
    assert "SEQUENCE:0" in lines
    assert "SEQUENCE:1" in second.content


def test_a_stop_of_two_days_leaves_one_reminder(world: World) -> None:
    world.book("2026-12-10T14:00")
    world.deliver()
    # Nothing runs from three days to one day before.
    world.now = world.local("2026-12-09T11:00")
    world.ticks()
    world.deliver()
    assert [kind for kind, _ in world.sent] == ["appointment_booked", "appointment_reminder"]
    assert world.until("2026-12-10T14:00") == []


def test_back_in_the_morning_the_late_reminder_is_the_only_one_of_the_day(world: World) -> None:
    world.book("2026-12-10T14:00")
    world.deliver()
    world.now = world.local("2026-12-09T08:30")
    world.ticks()
    assert world.until("2026-12-10T14:00") == ["appointment_reminder"]


def test_without_consent_nothing_is_said_and_the_team_can_see_it(world: World) -> None:
    people.set_consent(world.session, world.now, world.person, "appointments", False, "stop")
    world.book("2026-12-10T14:00")
    assert world.until("2026-12-10T14:00") == []
    assert set(world.dropped()) == {"consent"}


def test_whoever_agrees_later_is_told_of_the_next_appointment_once(world: World) -> None:
    people.set_consent(world.session, world.now, world.person, "appointments", False, "stop")
    world.chat.state = ChatState.PAUSED
    for at in ("2026-12-10T14:00", "2026-12-14T14:00"):
        world.book(at)
    assert world.until("2026-12-01T12:00") == []
    for _ in range(2):
        linking.resume(world.session, world.now, world.house, world.chat, world.person)
    assert world.until("2026-12-01T12:05") == ["appointment_booked"]
    assert "jeudi 10 décembre" in plain(world.said("appointment_booked").text)


# What the team does


def test_what_cannot_be_booked_is_refused_with_its_reason(world: World) -> None:
    world.book("2026-12-10T14:00")
    away = staff(world.session, "EQ09")
    rota.be_absent(world.session, world.now, world.house, away, date(2026, 12, 12))
    other = tenant(world.session, "L-2")
    codes = {
        refused(lambda: world.book("2026-12-01T09:59", person=other)): "past",
        refused(lambda: world.book("2026-12-11T14:00", minutes=4)): "length",
        refused(lambda: world.book("2026-12-11T14:00", subject="Dette de loyer")): "sensitive",
        refused(lambda: world.book("2026-12-12T09:00", staff=away)): "away",
        refused(lambda: world.book("2026-12-10T14:30", person=other)): "overlap",
        refused(lambda: world.book("2026-12-10T13:30", staff=staff(world.session, "EQ10"))): "busy",
    }
    assert all(found == expected for found, expected in codes.items())
    # One ends when the other begins.
    world.book("2026-12-10T14:45", person=other)


def test_of_two_caseworkers_who_edit_at_once_the_second_is_told(world: World) -> None:
    appointment = world.book("2026-12-10T14:00")
    world.deliver()
    colleague = staff(world.session, "EQ02")
    seen = appointment.version

    def moves(who: object, at: str) -> Appointment:
        return appointments.move(
            world.session, world.now, world.house, appointment.id, who,  # type: ignore[arg-type]
            world.local(at), version=seen,
        )  # fmt: skip

    moves(world.caseworker, "2026-12-11T14:00")
    assert refused(lambda: moves(colleague, "2026-12-14T09:00")) == "changed"
    assert (
        refused(
            lambda: appointments.cancel(
                world.session, world.now, world.house, appointment.id, colleague, version=seen
            )
        )
        == "changed"
    )
    assert appointment.state is AppointmentState.MOVED
    # Told of the change; the reminders are those of the new day.
    assert world.until("2026-12-11T13:00") == [
        "appointment_moved",
        "appointment_reminder",
        "appointment_reminder",
    ]
    # A button below the first message speaks of a time that is no longer.
    world.now = world.local("2026-12-08T12:00")
    reply = world.presses(world.said("appointment_booked"), "Je viens")
    assert plain(reply.text).startswith("Ce rendez-vous a changé depuis ce message : je n'ai rien noté.")
    assert appointment.state is AppointmentState.MOVED


def test_another_landlord_does_not_see_it(world: World) -> None:
    appointment = world.book("2026-12-10T14:00")
    world.session.add(Organisation(reference="autre", name="Autre", settings={}))
    world.session.flush()
    stranger = staff(world.session, "X", organisation=2)
    assert (
        refused(
            lambda: appointments.cancel(
                world.session, world.now, world.house, appointment.id, stranger, version=1
            )
        )
        == "unknown"
    )


def test_a_cancelled_one_is_told_and_another_date_is_one_tap_away(world: World) -> None:
    appointment = world.book("2026-12-10T14:00")
    world.deliver()
    appointments.cancel(world.session, world.now, world.house, appointment.id, world.caseworker, version=1)
    assert world.until("2026-12-10T16:00") == ["appointment_cancelled"]
    world.now = world.local("2026-12-01T12:00")
    times = world.presses(world.said("appointment_cancelled"), "Une autre date")
    assert len(times.options) == 4
    booked = world.presses(times, titles(times)[1])
    assert plain(booked.text).startswith("C'est noté : vous avez rendez-vous avec Prénom")
    states = world.session.scalars(select(Appointment.state).order_by(Appointment.id)).all()
    assert states == [AppointmentState.CANCELLED_BY_SERVICE, AppointmentState.CONFIRMED]


# What became of it


def settle(world: World, appointment: Appointment, act: Act) -> None:
    appointments.settle(world.session, world.now, world.house, appointment.id, world.caseworker, act)


def test_a_missed_one_gets_a_kind_word_and_the_second_in_a_row_a_case(world: World) -> None:
    first = world.book("2026-12-03T14:00")
    world.until("2026-12-03T15:00")
    settle(world, first, Act.MISS)
    assert world.until("2026-12-03T16:00") == ["appointment_missed"]
    said = world.said("appointment_missed")
    assert "Ce n'est pas grave" in plain(said.text)
    assert not world.cases()
    chosen = plain(said.rows[0][0].title)
    world.presses(said, chosen)
    second = world.session.scalars(select(Appointment).order_by(Appointment.id.desc())).first()
    assert second is not None
    world.until((second.starts_at.astimezone(world.house.zone) + timedelta(hours=1)).isoformat()[:16])
    settle(world, second, Act.MISS)
    assert world.cases() == ["appointment_missed"]


def test_a_tap_by_mistake_is_corrected_before_the_word_leaves(world: World) -> None:
    appointment = world.book("2026-12-03T14:00")
    world.until("2026-12-03T15:00")
    settle(world, appointment, Act.MISS)
    settle(world, appointment, Act.HONOUR)
    assert world.until("2026-12-03T16:00") == []
    assert [event.state for event in appointment.history][-2:] == [
        AppointmentState.ABSENT,
        AppointmentState.HONOURED,
    ]


def test_nothing_is_settled_before_the_hour_nor_after_a_cancellation(world: World) -> None:
    appointment = world.book("2026-12-03T14:00")
    assert refused(lambda: settle(world, appointment, Act.HONOUR)) == "begun"
    appointments.cancel_by_tenant(world.session, world.now, world.house, appointment)
    world.now = world.local("2026-12-03T15:00")
    assert refused(lambda: settle(world, appointment, Act.MISS)) == "over"


# What the tenant says


def test_another_time_that_is_free_is_booked_at_once(world: World) -> None:
    appointment = world.book("2026-12-08T14:00")
    reply = world.writes(
        "reschedule_appointment", world.at("2026-12-08T00:00", "day"), world.at("2026-12-10T14:00")
    )
    assert plain(reply.text).startswith(
        "C'est noté : vous avez rendez-vous avec Prénom le jeudi 10 décembre à 14 h."
    )
    assert appointment.starts_at == world.local("2026-12-10T14:00")
    assert appointment.state is AppointmentState.CONFIRMED
    world.until("2026-12-01T10:30")
    assert "jeudi 10 décembre" in plain(world.said("appointment_chosen").text)


@pytest.mark.parametrize("at_once", [True, False])
def test_a_time_outside_the_hours_or_without_leave_is_a_case_with_one_tap(
    world: World, at_once: bool
) -> None:
    organisation = world.session.get_one(Organisation, 1)
    organisation.settings = {"appointments": {"book_at_once": at_once}}
    appointment = world.book("2026-12-08T14:00")
    wished = "2026-12-10T18:30" if at_once else "2026-12-10T14:00"
    reply = world.writes("reschedule_appointment", world.at(wished))
    assert "Je demande à Prénom si le jeudi 10 décembre" in plain(reply.text)
    assert "reste prévu" in reply.text
    assert world.cases() == ["appointment_wish"]
    assert appointment.starts_at == world.local("2026-12-08T14:00")
    appointments.accept_wish(
        world.session, world.now, world.house, appointment.id, world.caseworker, world.local(wished)
    )
    assert appointment.starts_at == world.local(wished)
    assert appointment.state is AppointmentState.CONFIRMED
    world.until("2026-12-01T11:00")
    assert "jeudi 10 décembre" in plain(world.said("appointment_agreed").text)


def test_a_time_that_is_taken_or_a_day_alone_gets_the_free_times_of_that_day(world: World) -> None:
    world.book("2026-12-10T14:00", person=tenant(world.session, "L-2"))
    world.book("2026-12-08T14:00")
    for asked in (world.at("2026-12-10T14:00"), world.at("2026-12-10T00:00", "day")):
        reply = world.writes("reschedule_appointment", asked)
        assert len(reply.options) == 4
        assert all(title.startswith("Jeudi 10 décembre") for title in titles(reply)[:3])
        assert "En attendant, votre rendez-vous du mardi 8 décembre" in plain(reply.text)
    assert not world.cases()
    # On a day without any, the next ones.
    sunday = world.writes("reschedule_appointment", world.at("2026-12-13T00:00", "day"))
    assert plain(sunday.text).startswith("À ce moment-là, Prénom n'est pas disponible.")
    assert titles(sunday)[-1] == "Aucun ne me convient"
    world.presses(sunday, "Aucun ne me convient")
    assert world.cases() == ["request_appointment"]


@pytest.mark.parametrize(
    ("words", "read", "then"),
    [
        # The hour of the appointment, read as one of today or tomorrow.
        ("14h", "2026-12-02T14:00", "2026-12-08T14:00"),
        ("à 14 h", "2026-12-01T14:00", "2026-12-08T14:00"),
        # Another hour, of the same day.
        ("15h", "2026-12-01T15:00", "2026-12-08T15:00"),
        ("jeudi 14h", "2026-12-10T14:00", "2026-12-10T14:00"),
        ("demain à 10h", "2026-12-02T10:30", "2026-12-02T10:30"),
    ],
)
def test_an_hour_without_a_day_is_one_of_the_same_day(world: World, words: str, read: str, then: str) -> None:
    appointment = world.book("2026-12-08T14:00")
    world.writes("reschedule_appointment", world.at(read) | {"text": words})
    assert appointment.starts_at == world.local(then)


def test_a_time_beside_a_no_is_not_booked(world: World) -> None:
    appointment = world.book("2026-12-08T14:00")
    reply = world.writes("cancel_appointment", world.at("2026-12-10T14:00"))
    assert appointment.state is AppointmentState.CANCELLED_BY_TENANT
    assert titles(reply) == ["Une autre date"]


def test_a_time_that_can_mean_two_days_is_asked_about(world: World) -> None:
    world.book("2026-12-04T14:00")
    doubtful = world.at("2026-12-08T14:00")
    doubtful["alternatives"] = [world.at("2026-12-15T14:00")["value"]]
    reply = world.writes("reschedule_appointment", doubtful)
    assert titles(reply)[:2] == ["Mardi 8 décembre à 14 h", "Mardi 15 décembre à 14 h"]


def test_a_time_offered_twice_goes_to_the_first(world: World) -> None:
    world.book("2026-12-08T14:00")
    times = world.writes("reschedule_appointment")
    taken = times.options[0]
    at = datetime.fromisoformat(taken.values["at"]).astimezone(world.house.zone)
    world.book(at.isoformat()[:16], person=tenant(world.session, "L-2"))
    reply = world.presses(times, plain(taken.title))
    assert plain(reply.text).startswith("Ce moment n'est plus libre.")
    assert plain(taken.title) not in titles(reply)


def test_several_appointments_are_told_apart_by_their_day_or_asked(world: World) -> None:
    first, second = world.book("2026-12-08T14:00"), world.book("2026-12-10T09:00")
    reply = world.writes("cancel_appointment")
    assert plain(reply.text) == "Vous avez plusieurs rendez-vous. Duquel parlez-vous ?"
    world.presses(reply, "Jeudi 10 décembre à 9 h")
    assert second.state is AppointmentState.CANCELLED_BY_TENANT
    world.book("2026-12-11T09:00")
    world.writes("confirm_appointment", world.at("2026-12-08T00:00", "day"))
    assert first.state is AppointmentState.CONFIRMED


def test_cancelled_twice_says_so_and_a_refused_visit_keeps_its_reason(world: World) -> None:
    visit = world.book("2026-12-08T14:00", kind=AppointmentKind.HOME)
    reply = world.writes("cancel_appointment")
    assert "Ce n'est pas obligé." in plain(reply.text)
    world.presses(reply, "Je préfère venir au bureau")
    assert visit.refusal == "bureau"
    again = world.writes("cancel_appointment")
    assert plain(again.text).startswith("Le rendez-vous du mardi 8 décembre vers 14 h est déjà annulé.")
    world.until("2026-12-01T11:00")
    assert [kind for kind, _ in world.sent].count("appointment_cancelled_by_tenant") == 1


def test_late_is_told_to_the_caseworker_at_once(world: World) -> None:
    world.book("2026-12-01T11:00")
    world.writes("running_late", duration(10))
    assert "retard de 10 minutes" in plain(_told(world, "appointment_late"))
    # Without Telegram a case says it.
    other = staff(world.session, "EQ07", linked=False)
    world.book("2026-12-01T13:00", staff=other)
    world.now = world.local("2026-12-01T12:30")
    assert "Venez" not in world.writes("running_late").text
    assert world.cases() == ["appointment_late"]


def _told(world: World, kind: str) -> str:
    world.deliver()
    return world.said(kind).text


def test_answered_after_it_began_nothing_changes(world: World) -> None:
    appointment = world.book("2026-12-10T14:00")
    world.until("2026-12-10T14:10")
    booked = world.said("appointment_booked")
    for title in ("Je viens", "Je ne peux pas"):
        assert "a déjà commencé" in world.presses(booked, title).text
    world.until("2026-12-10T15:00")
    assert plain(world.presses(booked, "Je viens").text).startswith("Le rendez-vous du jeudi 10 décembre")
    assert appointment.state is AppointmentState.TO_SETTLE


def test_a_forgotten_one_is_forgiven_and_offered_again(world: World) -> None:
    world.book("2026-12-03T14:00")
    world.until("2026-12-04T10:00")
    reply = world.writes("ask_appointment")
    assert plain(reply.text).startswith("Ce n'est pas grave, cela arrive.")
    assert len(reply.options) == 4


def test_help_to_come_is_a_case_of_the_day_when_it_is_soon(world: World) -> None:
    appointment = world.book("2026-12-03T14:00")
    world.deliver()
    world.presses(world.said("appointment_booked"), "J'ai besoin d'aide pour venir")
    assert appointment.needs_help
    assert world.cases() == ["appointment_help"]


def test_where_and_what_to_bring(world: World) -> None:
    world.book("2026-12-10T14:00", papers=["une pièce d'identité"], latitude=49.4, longitude=2.8)
    world.until("2026-12-01T11:00")
    reply = world.writes("ask_appointment")
    assert "C'est ici : 1 rue du Pont." in plain(reply.text)
    papers = world.presses(reply, "Les papiers à apporter")
    assert "• une pièce d'identité" in plain(papers.text)
    assert world.until("2026-12-01T12:00") == ["appointment_pin"]


def test_without_an_appointment_a_person_can_propose_one(world: World) -> None:
    for intent in ("confirm_appointment", "cancel_appointment", "ask_appointment", "running_late"):
        assert "Je ne vois pas de rendez-vous" in world.writes(intent).text


def test_each_message_is_queued_once_whatever_runs_twice(world: World) -> None:
    world.book("2026-12-10T14:00")
    world.until("2026-12-11T10:00")
    rows = world.session.execute(select(Outbox.kind, Outbox.object, Outbox.occasion, Outbox.recipient)).all()
    assert len(rows) == len(set(rows)) == 5
    for _ in range(3):
        world.ticks()
    assert len(world.session.scalars(select(Outbox)).all()) == 5


@pytest.mark.parametrize(
    "values",
    [
        {"appointment": "douze", "version": 1},
        {"appointment": 999, "version": 1},
        {"appointment": 1},
        {"offer": "x"},
        {"offer": 999, "at": "jamais"},
    ],
)
def test_a_button_of_nothing_known_changes_nothing(world: World, values: dict[str, object]) -> None:
    booked = world.book("2026-12-08T14:00")
    reply = appointment_talk.press(world.talk, "confirm_appointment", values)
    assert reply.text
    assert booked.state is AppointmentState.TO_CONFIRM
