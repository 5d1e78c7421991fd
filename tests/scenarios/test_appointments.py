"""Appointments from the telephone: plain words, buttons, whole days, and the team's side."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.states import AppointmentKind, AppointmentState, Outcome
from bot.imports.run import import_file
from bot.services.appointments import appointments
from bot.services.appointments.appointments import Meeting
from bot.standin.people import Message
from bot.storage import tables
from tests.scenarios.parts import SharedDialogue
from tests.scenarios.story import Caseworker, Tenant, World, running_world


def book(world: World, tenant: Tenant, at: str, by: str = "EQ01", **more: Any) -> int:
    """A caseworker books; the number of the appointment."""
    with world.parts.database.transaction() as session:
        person = session.scalars(select(tables.Person).filter_by(reference=tenant.reference)).one()
        staff = session.scalars(select(tables.Staff).filter_by(reference=by)).one()
        meeting: dict[str, Any] = {"kind": AppointmentKind.OFFICE, "minutes": 45, "place": "1 rue du Pont"}
        booked = appointments.book(
            session,
            world.parts.clock.now(session),
            world.parts.house,
            Meeting(person=person, staff=staff, starts_at=world._instant(at), **(meeting | more)),
        )
        return booked.id


def state(world: World, number: int) -> AppointmentState:
    with world.reading() as session:
        return session.get_one(tables.Appointment, number).state


def local(world: World, number: int) -> str:
    """When it is, in wall-clock time."""
    with world.reading() as session:
        starts_at = session.get_one(tables.Appointment, number).starts_at
        return starts_at.astimezone(world.parts.house.zone).isoformat()[:16]


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("’", "'")


def titles(message: Message) -> list[str]:
    return [plain(title) for title in message.buttons]


def press(tenant: Tenant | Caseworker, message: Message, title: str) -> None:
    tenant.press(message, next(button for button in message.buttons if plain(button) == title))


def settle(caseworker: Caseworker, answer: str) -> None:
    press(caseworker, caseworker.wait_for("rdv.staff.came"), answer)
    caseworker.wait_for("rdv.staff.settled")


# In plain words: one tenant each, on one morning


@pytest.fixture(scope="module")
def morning(
    dialogue: SharedDialogue, samples: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Tuesday 1 December 2026, 9 h; Maëlle (EQ01) is on Telegram, Soraya (EQ02) is not."""
    with running_world(tmp_path_factory.mktemp("rdv"), dialogue, samples=samples) as world:
        world.caseworker("EQ01").joins()
        yield world


@dataclass(frozen=True)
class Talk:
    """What a tenant with an appointment writes, and what becomes of it. `then`: a button to press."""

    lease: str
    at: str
    writes: str
    told: str
    becomes: AppointmentState
    then: str = ""
    told_then: str = ""
    more: dict[str, Any] = field(default_factory=dict)


CANCELLED = AppointmentState.CANCELLED_BY_TENANT
CONFIRMED, TO_CONFIRM = AppointmentState.CONFIRMED, AppointmentState.TO_CONFIRM
HOME = {"kind": AppointmentKind.HOME}
TALKS = {
    "confirms": Talk("B-0102", "2026-12-08T09:00", "je serai là au rendez-vous", "rdv.confirmed", CONFIRMED),
    "says yes": Talk("B-0103", "2026-12-08T10:00", "oui", "rdv.confirmed", CONFIRMED),
    "says no": Talk("B-0105", "2026-12-08T11:00", "non", "rdv.cancelled", CANCELLED),
    "cancels": Talk("B-0106", "2026-12-08T14:00", "annulez mon rendez-vous svp", "rdv.cancelled", CANCELLED),
    "cancels by its hour": Talk(
        "B-0305", "2026-12-11T14:00", "annulez mon rdv de 14h svp", "rdv.cancelled", CANCELLED
    ),
    "moves without a day": Talk(
        "B-0108", "2026-12-08T15:00", "est-ce qu'on peut décaler le rdv ?", "rdv.which_time", TO_CONFIRM
    ),
    "asks where": Talk(
        "B-0109", "2026-12-08T16:00", "c'est où déjà mon rendez-vous ?", "rdv.info", TO_CONFIRM
    ),
    "in simple words": Talk("B-0110", "2026-12-09T09:00", "annuler rendez-vous", "rdv.cancelled", CANCELLED),
    "in discreet words": Talk(
        "B-0112", "2026-12-09T10:00", "c'est quand mon rendez-vous ?", "rdv.info", TO_CONFIRM,
        more={"subject": "Budget du mois"},
    ),
    "refuses a visit": Talk(
        "B-0113", "2026-12-09T13:10", "je préfère annuler le rendez-vous", "rdv.refusal.ask", CANCELLED,
        "Je préfère venir au bureau", "rdv.refusal.noted", more=HOME,
    ),
    "presses: coming": Talk("B-0114", "2026-12-10T09:00", "", "rdv.booked", CONFIRMED, "Oui, je viens",
                            "rdv.confirmed"),
    "presses: cannot": Talk("B-0201", "2026-12-10T10:00", "", "rdv.booked", CANCELLED, "Je ne peux pas",
                            "rdv.cancelled"),
    "presses: help": Talk("B-0202", "2026-12-10T11:00", "", "rdv.booked", TO_CONFIRM,
                          "J'ai besoin d'aide pour venir", "rdv.help"),
    "presses: papers": Talk("B-0203", "2026-12-10T14:00", "", "rdv.booked", TO_CONFIRM,
                            "Les papiers à apporter", "rdv.papers", {"papers": ["une pièce d'identité"]}),
    "presses: other": Talk("B-0204", "2026-12-10T15:00", "", "rdv.booked", TO_CONFIRM, "Une autre date",
                           "rdv.which_time"),
}  # fmt: skip


@pytest.mark.parametrize("name", TALKS)
def test_a_tenant_answers(morning: World, name: str) -> None:
    talk = TALKS[name]
    tenant = morning.tenant(talk.lease).agrees()
    number = book(morning, tenant, talk.at, **talk.more)
    message = tenant.wait_for("rdv.booked")
    if talk.writes:
        tenant.write(talk.writes)
        message = tenant.wait_for(talk.told)
    if talk.then:
        press(tenant, message, talk.then)
        tenant.wait_for(talk.told_then)
    assert state(morning, number) is talk.becomes
    if name == "in discreet words":
        assert not tenant.was_told("Budget")


def test_late_is_told_to_the_caseworker(morning: World) -> None:
    tenant = morning.tenant("B-0205").agrees()
    book(morning, tenant, "2026-12-01T10:00")
    tenant.wait_for("rdv.booked")
    tenant.write("je serai en retard de 10 min")
    tenant.wait_for("rdv.late")
    told = morning.caseworker("EQ01").wait_for("en retard")
    assert tenant.name not in told.text


def test_of_two_appointments_palier_asks_which(morning: World) -> None:
    tenant = morning.tenant("B-0206").agrees()
    first = book(morning, tenant, "2026-12-14T09:00")
    second = book(morning, tenant, "2026-12-15T09:00")
    tenant.write("annulez mon rendez-vous svp")
    press(tenant, tenant.wait_for("rdv.which"), "Mardi 15 décembre à 9 h")
    tenant.wait_for("rdv.cancelled")
    assert (state(morning, first), state(morning, second)) == (TO_CONFIRM, CANCELLED)
    # Cancelled twice: nothing is left but to say so.
    tenant.forget()
    tenant.write("annulez mon rendez-vous du 14 décembre")
    tenant.wait_for("rdv.cancelled")
    tenant.write("annulez mon rendez-vous svp")
    tenant.wait_for("rdv.already_cancelled")


def test_without_an_appointment_a_person_proposes_one(morning: World) -> None:
    tenant = morning.tenant("B-0207").agrees()
    tenant.write("à quelle heure est mon rendez-vous ?")
    press(tenant, tenant.wait_for("rdv.nothing"), "Oui")
    tenant.wait_for("handover.done")
    assert morning.cases(kind="request_appointment")


def test_a_time_of_the_offer_is_picked(morning: World) -> None:
    tenant = morning.tenant("B-0212").agrees()
    number = book(morning, tenant, "2026-12-15T10:00")
    press(tenant, tenant.wait_for("rdv.booked"), "Une autre date")
    times = tenant.wait_for("rdv.which_time")
    assert len(times.buttons) == 4
    chosen = titles(times)[0]
    press(tenant, times, chosen)
    assert chosen[1:] in plain(tenant.wait_for("rdv.agreed").text)
    calendar = tenant.wait_for("rdv.calendar")
    assert calendar.kind == "document"
    assert state(morning, number) is CONFIRMED
    # The other times of the same message are over.
    press(tenant, times, titles(times)[1])
    tenant.wait_for("answer.late")


def test_moved_while_the_tenant_answers(morning: World) -> None:
    tenant = morning.tenant("B-0302").agrees()
    number = book(morning, tenant, "2026-12-15T11:00")
    booked = tenant.wait_for("rdv.booked")
    with morning.parts.database.transaction() as session:
        staff = session.scalars(select(tables.Staff).filter_by(reference="EQ01")).one()
        appointments.move(
            session,
            morning.parts.clock.now(session),
            morning.parts.house,
            number,
            staff,
            morning._instant("2026-12-16T11:00"),
            version=1,
        )
    tenant.wait_for("rdv.moved")
    press(tenant, booked, "Je viens")
    changed = tenant.wait_for("rdv.changed")
    assert state(morning, number) is AppointmentState.MOVED
    press(tenant, changed, "Je viens")
    tenant.wait_for("rdv.confirmed")
    assert state(morning, number) is CONFIRMED


def test_the_team_books_in_a_few_taps_and_the_second_to_edit_is_told(morning: World) -> None:
    maelle = morning.caseworker("EQ01")
    tenant = morning.tenant("B-0210").agrees()
    maelle.forget()
    maelle.telegram.write("/rdv L-0210")
    press(maelle, who := maelle.wait_for("rdv.staff.who"), titles(who)[0])
    press(maelle, maelle.wait_for("rdv.staff.how"), "par téléphone")
    press(maelle, maelle.wait_for("rdv.staff.subject"), "Faire le point")
    free = maelle.wait_for("rdv.staff.when")
    press(maelle, free, titles(free)[1])
    maelle.wait_for("rdv.staff.booked")
    assert "Ce sera par téléphone" in plain(tenant.wait_for("rdv.booked").text)
    maelle.telegram.write("/rdv")
    listed = maelle.wait_for("rdv.staff.list")
    press(maelle, listed, next(title for title in titles(listed) if title == titles(free)[1]))
    opened = maelle.wait_for("L-0210")
    with morning.parts.database.transaction() as session:
        latest = select(tables.Appointment).order_by(tables.Appointment.id.desc()).limit(1)
        number = session.scalars(latest).one().id
        colleague = session.scalars(select(tables.Staff).filter_by(reference="EQ04")).one()
        now, house = morning.parts.clock.now(session), morning.parts.house
        appointments.move(
            session, now, house, number, colleague, morning._instant("2026-12-17T09:00"), version=1
        )
    tenant.wait_for("rdv.moved")
    press(maelle, opened, "Annuler")
    press(maelle, maelle.wait_for("rdv.staff.cancel"), "Oui, annuler")
    maelle.wait_for("rdv.refused.changed")
    assert local(morning, number) == "2026-12-17T09:00"


def test_a_time_outside_the_hours_is_accepted_with_one_tap(morning: World) -> None:
    maelle = morning.caseworker("EQ01")
    tenant = morning.tenant("B-0301").agrees()
    number = book(morning, tenant, "2026-12-18T09:00", by="EQ01", kind=AppointmentKind.PHONE)
    tenant.wait_for("rdv.booked")
    maelle.forget()
    tenant.write("je voudrais décaler mon rendez-vous au 10 décembre à 18h30")
    assert "18 h 30" in plain(tenant.wait_for("rdv.wish").text)
    (case,) = morning.cases(kind="appointment_wish")
    press(maelle, maelle.wait_for("rdv.staff.wish"), "Accepter")
    maelle.wait_for("rdv.staff.moved")
    assert "jeudi 10 décembre à 18 h 30" in plain(tenant.wait_for("rdv.agreed").text)
    assert local(morning, number) == "2026-12-10T18:30"
    (case,) = morning.cases(kind="appointment_wish")
    assert case.outcome is Outcome.SETTLED


def test_not_tuesday_rather_thursday_at_two(morning: World) -> None:
    """A free time of the caseworker's, named in the message, is booked at once."""
    tenant = morning.tenant("B-0303").agrees()
    number = book(morning, tenant, "2026-12-15T15:00", by="EQ02")
    tenant.wait_for("rdv.booked")
    tenant.write("je peux pas mardi pour le rdv, plutôt jeudi 17 à 14h")
    assert "jeudi 17 décembre à 14 h" in plain(tenant.wait_for("rdv.agreed").text)
    assert (local(morning, number), state(morning, number)) == ("2026-12-17T14:00", CONFIRMED)


def test_a_time_given_as_a_reason_is_not_booked(morning: World) -> None:
    tenant = morning.tenant("B-0306").agrees()
    number = book(morning, tenant, "2026-12-16T15:00", by="EQ02")
    tenant.wait_for("rdv.booked")
    tenant.write("j'ai dentiste jeudi 17 à 10h, je peux pas venir au rdv")
    # It is cancelled, or other times are shown: the dentist's is nobody's wish.
    tenant.wait_for()
    assert local(morning, number) == "2026-12-16T15:00"
    assert state(morning, number) in (TO_CONFIRM, CANCELLED)
    morning.forget()


def test_the_team_begins_a_series_and_sets_its_hours(morning: World) -> None:
    maelle = morning.caseworker("EQ01")
    tenant = morning.tenant("B-0308").agrees()
    maelle.forget()
    maelle.telegram.write("/rdv L-0308")
    press(maelle, who := maelle.wait_for("rdv.staff.who"), titles(who)[0])
    press(maelle, maelle.wait_for("rdv.staff.how"), "par téléphone")
    press(maelle, maelle.wait_for("rdv.staff.subject"), "Faire le point")
    press(maelle, maelle.wait_for("rdv.staff.when"), "Chaque semaine, plusieurs fois")
    firsts = maelle.wait_for("rdv.staff.weekly.first")
    press(maelle, firsts, titles(firsts)[0])
    press(maelle, maelle.wait_for("rdv.staff.weekly.count"), "4 fois")
    days = maelle.wait_for("rdv.staff.weekly.days")
    press(maelle, days, next(title for title in reversed(titles(days)) if title.startswith("Sauf")))
    press(maelle, maelle.wait_for("rdv.staff.weekly.days"), "C'est bon : 3 fois")
    maelle.wait_for("rdv.staff.weekly.booked")
    tenant.wait_for("rdv.booked")

    maelle.telegram.write("/horaires lundi 8h-9h")
    changed = maelle.wait_for("rdv.staff.hours.changed")
    assert "lundi : 8 h à 9 h" in plain(changed.text)
    press(maelle, changed, "Reprendre les heures de l'équipe")
    maelle.wait_for("rdv.staff.hours.team")


def test_when_does_the_caf_come(morning: World) -> None:
    path = morning._folder / "rendez-vous.csv"
    path.write_text(
        "reference;debut;type;motif;lieu\nP1;17/12/2026 9:30;permanence;CAF;Maison de quartier\n",
        encoding="utf-8",
    )
    for _ in range(2):
        import_file(morning.parts.database, morning.parts.house, morning.now, "rendez-vous", path)
    tenant = morning.tenant("B-0304").agrees()
    tenant.write("Bonjour, quand passe la CAF ?")
    assert plain(tenant.wait_for("rdv.drop_in.next").text).count("jeudi 17 décembre") == 1


# Over the days: a world each


def test_unanswered_reminded_twice_missed_twice_then_a_person(world: World) -> None:
    maelle, kevin = world.caseworker("EQ01").joins(), world.tenant("B-0105").agrees()
    first = book(world, kevin, "2026-12-04T14:00")
    kevin.wait_for("rdv.booked")
    world.move_to("2026-12-02T10:00")
    kevin.wait_for("rdv.reminder")
    world.move_to("2026-12-03T10:00")
    kevin.wait_for("rdv.reminder")
    world.move_to("2026-12-04T14:45")
    settle(maelle, "Non, sans nouvelle")
    assert state(world, first) is AppointmentState.ABSENT
    world.move_to("2026-12-04T15:00")
    missed = kevin.wait_for("rdv.missed")
    assert "Ce n'est pas grave" in plain(missed.text)
    press(kevin, missed, "Lundi 7 décembre à 14 h")
    kevin.wait_for("rdv.agreed")
    maelle.wait_for("rdv.staff.chosen")
    world.move_to("2026-12-07T14:45")
    settle(maelle, "Non, sans nouvelle")
    maelle.wait_for("case.alert.normal")
    assert [case.kind for case in world.cases()] == ["appointment_missed"]
    kevin.forget()
    world.move_to("2026-12-07T16:00")
    kevin.wait_for("rdv.missed")


def test_the_bot_is_down_from_three_days_to_one_day_before_and_comes_back(world: World) -> None:
    kevin = world.tenant("B-0105").agrees()
    book(world, kevin, "2026-12-11T14:00")
    kevin.wait_for("rdv.booked")
    world.move_to("2026-12-08T09:00")
    kevin.forget()
    world.bot.stop()
    with world.parts.database.transaction() as session:
        world.parts.clock.move_to(session, world._instant("2026-12-10T11:00"))
    world._tell_telegram()
    world.bot.start()
    kevin.wait_for("rdv.reminder")
    world.move_to("2026-12-11T13:30")
    assert len(world.outbox("appointment_reminder")) == 1
    # What was said while it was down is answered, about the hour as it stands.
    kevin.write("oui je viens au rendez-vous")
    kevin.wait_for("rdv.confirmed")


def test_forgotten_then_asked_again_the_next_working_day(world: World) -> None:
    maelle, kevin = world.caseworker("EQ01").joins(), world.tenant("B-0105").agrees()
    number = book(world, kevin, "2026-12-04T14:00")
    world.move_to("2026-12-04T15:00")
    maelle.wait_for("rdv.staff.came")
    kevin.forget()
    kevin.write("j'ai oublié mon rendez-vous, je peux en avoir un autre ?")
    times = kevin.wait_for("rdv.forgotten")
    assert len(times.buttons) == 4
    world.move_to("2026-12-07T09:05")
    press(maelle, maelle.wait_for("rdv.staff.came_again"), "Non, elle avait prévenu")
    maelle.wait_for("rdv.staff.settled")
    assert state(world, number) is AppointmentState.EXCUSED
