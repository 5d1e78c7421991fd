"""`/rdv`: my appointments, a new one in a few taps, what became of one; the last tap does it."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot.domain.appointments import LIVE, Act
from bot.domain.states import AppointmentKind, AppointmentState, CaseState
from bot.domain.words import Option, Reply
from bot.services import tenants
from bot.services.appointments import appointments
from bot.services.appointments import messages as appointment_messages
from bot.services.appointments import offers as appointment_offers
from bot.services.appointments import rows as appointment_rows
from bot.services.appointments import team as appointment_team
from bot.services.appointments import words as appointment_words
from bot.services.appointments.appointments import Meeting
from bot.services.appointments.offers import Wanted
from bot.services.cases import cases
from bot.services.staff_desk.press import Act as Tap
from bot.services.staff_desk.press import Press
from bot.storage.tables import Appointment, Case, Person

_SHOWN, _PEOPLE, _TIMES, _PLACES = 8, 8, 6, 4


def show(asked: Press) -> Reply:
    """My next appointments and those to settle; with words, the tenants of that name or reference."""
    words = str(asked.values.get("words", "")).strip()
    if words:
        return _found(asked, words)
    mine = _mine(asked)
    new = Option(asked.say("rdv.staff.button.new"), "rdv.new")
    if not mine:
        return Reply(asked.say("rdv.staff.none"), (new,))
    lines = [f"• {_line(asked, appointment)}" for appointment in mine]
    options = tuple(
        Option(
            title_of(asked, appointment.starts_at, appointment.kind),
            "rdv.open",
            {"appointment": appointment.id},
        )
        for appointment in mine
    )
    return Reply("\n".join([asked.say("rdv.staff.list"), *lines]), (*options, new))


def _mine(asked: Press) -> list[Appointment]:
    return list(
        asked.session.scalars(
            select(Appointment)
            .where(
                Appointment.staff_id == asked.staff.id,
                Appointment.state.in_((*LIVE, AppointmentState.TO_SETTLE)),
            )
            .order_by(Appointment.starts_at, Appointment.id)
            .limit(_SHOWN)
        )
    )


def _line(asked: Press, appointment: Appointment) -> str:
    """When, how, for whom (a reference) and where it stands."""
    said = asked.say(
        "rdv.staff.line",
        when=_when(asked, appointment.starts_at, appointment.kind),
        kind=asked.say(f"rdv.kind.{appointment.kind.value}"),
        reference=appointment.person.reference,
        state=asked.say(f"rdv.state.{appointment.state.value}"),
    )
    if appointment.state in LIVE and not appointment_messages.can_be_told(asked.session, appointment.person):
        said = f"{said} {asked.say('rdv.staff.to_call')}"
    if appointment.needs_help:
        said = f"{said} {asked.say('rdv.staff.needs_help')}"
    return said


def title_of(asked: Press, at: datetime, kind: AppointmentKind) -> str:
    """Jeudi 3 décembre à 9 h, for a button."""
    return _capital(_when(asked, at, kind))


def _when(asked: Press, at: datetime, kind: AppointmentKind) -> str:
    return appointment_words.when(asked.house, at, kind)


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]


# A new one: for whom, how, about what, where, when


def _found(asked: Press, words: str) -> Reply:
    found = tenants.named(asked.session, asked.house, asked.staff, words, _PEOPLE)
    if not found:
        return Reply(asked.say("rdv.staff.nobody"))
    return Reply(asked.say("rdv.staff.who"), _people(found))


def _new(press: Press) -> Reply:
    mine = press.session.scalars(
        select(Person)
        .join(Case, Case.person_id == Person.id)
        .where(Case.owner_id == press.staff.id, Case.state != CaseState.CLOSED)
        .order_by(Person.id)
        .distinct()
    ).all()
    return Reply(press.say("rdv.staff.who"), _people(list(mine)))


def _people(found: list[Person]) -> tuple[Option, ...]:
    return tuple(
        Option(f"{person.display_name} · {person.reference}"[:64], "rdv.who", {"person": person.id})
        for person in found[:_PEOPLE]
    )


def _who(press: Press) -> Reply:
    return _next(
        press,
        "how",
        "rdv.how",
        "kind",
        [(press.say(f"rdv.kind.{k.value}"), k.value) for k in AppointmentKind],
    )


def _how(press: Press) -> Reply:
    subjects = press.house.content.appointments.subjects
    return _next(press, "subject", "rdv.what", "subject", [(s.label, name) for name, s in subjects.items()])


def _what(press: Press) -> Reply:
    """Where, among the places used before; one only, or a visit, needs no question."""
    places = _places(press)
    if len(places) < 2:
        return _when_free(_with(press, place=places[0] if places else 0))
    rows = {
        row.id: row for row in press.session.scalars(select(Appointment).where(Appointment.id.in_(places)))
    }
    return _next(press, "where", "rdv.when", "place", [(rows[place].place[:60], place) for place in places])


def _places(press: Press) -> list[int]:
    """An appointment of each place where the organisation met somebody in that way, the latest first."""
    kind = AppointmentKind(press.values["kind"])
    if kind not in appointment_words.COMES_TO_US:
        return []
    recent = press.session.scalars(
        select(Appointment)
        .filter_by(organisation_id=press.staff.organisation_id, kind=kind)
        .order_by(Appointment.id.desc())
        .limit(100)
    )
    latest: dict[str, int] = {}
    for row in recent:
        if row.place:
            latest.setdefault(row.place, row.id)
    return list(latest.values())[:_PLACES]


def _when_free(press: Press) -> Reply:
    """Offer three times to the tenant, or book one of mine."""
    wanted = meant(press)
    times = appointment_offers.free_times(press.session, press.now, press.house, wanted, count=_TIMES)
    if not times:
        return Reply(press.say("rdv.staff.no_time"))
    offer = Option(press.say("rdv.staff.button.offer"), "rdv.offer", press.values)
    booked = [
        Option(title_of(press, at, wanted.kind), "rdv.book", press.values | {"at": at.isoformat()})
        for at in times
    ]
    weekly = Option(press.say("rdv.staff.button.weekly"), "rdv.weekly", press.values)
    return Reply(press.say("rdv.staff.when"), (offer, *booked, weekly))


def _next(press: Press, question: str, act: str, name: str, choices: list[tuple[str, Any]]) -> Reply:
    options = tuple(Option(title, act, press.values | {name: value}) for title, value in choices)
    return Reply(press.say(f"rdv.staff.{question}"), options)


def _with(press: Press, **values: Any) -> Press:
    return Press(press.session, press.now, press.house, press.staff, press.values | values)


def meant(press: Press) -> Wanted:
    """The meeting that the buttons so far describe. Raises AppointmentRefused."""
    subject = press.house.content.appointments.subjects[press.values["subject"]]
    like = press.session.get(Appointment, press.values["place"]) if press.values["place"] else None
    return Wanted(
        person=_tenant(press),
        staff=press.staff,
        kind=AppointmentKind(press.values["kind"]),
        subject=subject.label,
        place=like.place if like else "",
        papers=subject.papers,
    )


def _tenant(press: Press) -> Person:
    """The tenant of the button, of the organisation. Raises AppointmentRefused."""
    person = press.session.get(Person, press.values["person"])
    if person is None or person.organisation_id != press.staff.organisation_id:
        raise appointment_rows.AppointmentRefused("unknown")
    return person


def _book(press: Press) -> Reply:
    wanted = meant(press)
    like = press.session.get(Appointment, press.values["place"]) if press.values["place"] else None
    rules = appointment_rows.rules_of(press.session, press.house, press.staff.organisation_id)
    meeting = Meeting(
        person=wanted.person,
        staff=wanted.staff,
        kind=wanted.kind,
        starts_at=datetime.fromisoformat(press.values["at"]),
        minutes=rules.minutes,
        subject=wanted.subject,
        place=wanted.place,
        papers=wanted.papers,
        latitude=like.latitude if like else None,
        longitude=like.longitude if like else None,
    )
    booked = appointments.book(press.session, press.now, press.house, meeting, actor=press.staff)
    return Reply(told(press, "rdv.staff.booked", wanted.person, _line(press, booked)))


def _offer(press: Press) -> Reply:
    wanted = meant(press)
    times = appointment_offers.free_times(press.session, press.now, press.house, wanted)
    made = appointment_offers.offer(press.session, press.now, press.house, wanted, times)
    appointment_offers.send(press.session, press.now, press.house, made, appointment_offers.OFFERED)
    return Reply(told(press, "rdv.staff.offered", wanted.person, wanted.person.reference))


def told(press: Press, key: str, person: Person, line: str) -> str:
    """The sentence `key`, or the one that asks to telephone when Palier can't write to that person."""
    if appointment_messages.can_be_told(press.session, person):
        return press.say(key, line=line)
    return f"{press.say(key + '.unreached', line=line)}"


# One that is


def _open(press: Press) -> Reply:
    appointment = one(press)
    text = f"{_line(press, appointment)}\n{press.say('rdv.staff.name', name=appointment.person.display_name)}"
    if appointment.state is AppointmentState.TO_SETTLE:
        return Reply(text, _settling(press, appointment))
    if not appointment_rows.is_live(appointment) or appointment_rows.begun(appointment, press.now):
        return Reply(text)
    about = {"appointment": appointment.id, "version": appointment.version}
    acts: tuple[str, ...] = ("move", "cancel")
    if appointment.series_id is not None:
        acts = (*acts, "series_end")
    options = tuple(Option(press.say(f"rdv.staff.button.{act}"), f"rdv.{act}", about) for act in acts)
    return Reply(text, options)


def _settling(press: Press, appointment: Appointment) -> tuple[Option, ...]:
    return tuple(Option(*button) for button in appointment_team.settle_buttons(press.house, appointment))


def one(press: Press) -> Appointment:
    """The appointment of the button, locked. Raises AppointmentRefused."""
    return appointment_rows.of_staff(press.session, press.values["appointment"], press.staff)


def _ask_move(press: Press) -> Reply:
    appointment = one(press)
    like = appointment_offers.again(appointment)
    times = appointment_offers.free_times(press.session, press.now, press.house, like, count=_TIMES)
    if not times:
        return Reply(press.say("rdv.staff.no_time"))
    options = tuple(
        Option(
            title_of(press, at, appointment.kind),
            "rdv.move_to",
            press.values | {"at": at.isoformat()},
        )
        for at in times
    )
    return Reply(press.say("rdv.staff.move"), options)


def _move(press: Press) -> Reply:
    moved = appointments.move(
        press.session,
        press.now,
        press.house,
        press.values["appointment"],
        press.staff,
        datetime.fromisoformat(press.values["at"]),
        version=press.values["version"],
    )
    return Reply(told(press, "rdv.staff.moved", moved.person, _line(press, moved)))


def _ask_cancel(press: Press) -> Reply:
    sure = Option(press.say("rdv.staff.button.sure"), "rdv.cancel_it", press.values)
    return Reply(press.say("rdv.staff.cancel", line=_line(press, one(press))), (sure,))


def _cancel(press: Press) -> Reply:
    gone = appointments.cancel(
        press.session,
        press.now,
        press.house,
        press.values["appointment"],
        press.staff,
        version=press.values["version"],
    )
    return Reply(told(press, "rdv.staff.gone", gone.person, _line(press, gone)))


def _settle(press: Press) -> Reply:
    settled = appointments.settle(
        press.session,
        press.now,
        press.house,
        press.values["appointment"],
        press.staff,
        Act(press.values["act"]),
    )
    return Reply(press.say("rdv.staff.settled", line=_line(press, settled)))


def _accept(press: Press) -> Reply:
    """One tap: the tenant's wish is the new time, and the case that asked for it is done."""
    at = datetime.fromisoformat(press.values["at"])
    agreed = appointments.accept_wish(
        press.session, press.now, press.house, press.values["appointment"], press.staff, at
    )
    cases.settle_for(
        press.session, press.now, press.house, press.staff, "appointment_wish", f"rdv:{agreed.id}"
    )
    return Reply(told(press, "rdv.staff.moved", agreed.person, _line(press, agreed)))


ACTS: dict[str, Tap] = {
    "rdv.new": _new,
    "rdv.who": _who,
    "rdv.how": _how,
    "rdv.what": _what,
    "rdv.when": _when_free,
    "rdv.book": _book,
    "rdv.offer": _offer,
    "rdv.open": _open,
    "rdv.move": _ask_move,
    "rdv.move_to": _move,
    "rdv.cancel": _ask_cancel,
    "rdv.cancel_it": _cancel,
    "rdv.settle": _settle,
    "rdv.accept": _accept,
}
