"""What Palier answers to a tenant about an appointment: in plain words, or by the buttons below a message."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.states import AppointmentKind, AppointmentState
from bot.domain.words import Option, Reply
from bot.services import questions
from bot.services.appointments import appointments
from bot.services.appointments import choice as appointment_choice
from bot.services.appointments import messages as appointment_messages
from bot.services.appointments import team as appointment_team
from bot.services.appointments import words as appointment_words
from bot.services.appointments.asked import Asked, Entities, asked, days_named, minutes_late
from bot.services.appointments.reasons import wished
from bot.services.appointments.rows import (
    AppointmentRefused,
    begun,
    is_live,
    latest,
    locked,
    read_object,
    record,
    upcoming,
)
from bot.services.appointments.turn import Talk
from bot.services.cases import handover
from bot.services.house import House
from bot.storage.tables import Appointment, Chat, Person, Question

INTENTS = (
    "confirm_appointment",
    "cancel_appointment",
    "reschedule_appointment",
    "running_late",
    "ask_appointment",
)
# A forgotten appointment is spoken of for this long; a late one from this long before to after its hour.
_FORGOTTEN = timedelta(days=14)
_LATE_BEFORE, _LATE_AFTER = timedelta(hours=4), timedelta(hours=1)
_MOST_SHOWN = 3


def answer(talk: Talk, intent: str, entities: Entities, text: str) -> Reply:
    """The answer to a message in plain words; with several appointments ahead, asks which one is meant.

    `entities`: those of the parse of `text`, times in Duckling's values. A time given as a reason is none
    that is asked for.
    """
    if intent == "running_late":
        return _late(talk, minutes_late(entities))
    ahead = upcoming(talk.session, talk.now, talk.person)
    if not ahead:
        return _nothing_ahead(talk, intent)
    if intent == "ask_appointment":
        return _tell(talk, ahead)
    if len(ahead) > 1:
        named = days_named(entities, talk.house.zone)
        zone = talk.house.zone
        matching = [a for a in ahead if a.starts_at.astimezone(zone).date() in named]
        if len(matching) != 1:
            return _which(talk, ahead, intent, wished(entities, text))
        ahead = matching
    wanted = asked(wished(entities, text), ahead[0], talk.house.zone)
    return _act(talk, locked(talk.session, ahead[0].id), intent, wanted)


def is_about(values: Mapping[str, Any]) -> bool:
    """Whether a button is about an appointment: then it needs no dialogue."""
    return "appointment" in values or "offer" in values


def press(talk: Talk, meaning: str, values: Mapping[str, Any]) -> Reply:
    """The answer to a button; one that speaks of an earlier time says so instead of acting."""
    # A number that means nothing comes from a dialogue that answers anything.
    number = values.get("offer", values.get("appointment"))
    if not isinstance(number, int):
        return Reply(talk.say("answer.nothing"))
    if "offer" in values:
        return appointment_choice.pick(talk, number, values.get("at"))
    known = talk.session.get(Appointment, number)
    if known is None or known.person_id != talk.person.id:
        return Reply(talk.say("answer.nothing"))
    appointment = locked(talk.session, number)
    if "refusal" in values:
        return _refusal(talk, appointment, str(values["refusal"]))
    if appointment.version != values.get("version"):
        return _changed(talk, appointment)
    need = values.get("need")
    if need == "papers":
        return Reply(appointment_words.papers(talk.house, appointment, talk.voice))
    if need == "help":
        return _help(talk, appointment)
    return _act(talk, appointment, meaning, Asked.from_values(values))


def answer_question(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    person: Person,
    question: Question,
    meaning: str,
) -> Reply:
    """ "Oui", "non" or "je ne sais pas" to "pourrez-vous venir ?"."""
    talk = Talk(session, now, house, chat, person)
    appointment, current = read_object(session, question.object)
    appointment = locked(session, appointment.id)
    if not current:
        return _changed(talk, appointment)
    if meaning == "unsure":
        return Reply(talk.say("rdv.unsure", appointment))
    intent = {"affirm": "confirm_appointment", "deny": "cancel_appointment"}.get(meaning, meaning)
    return _act(talk, appointment, intent, Asked())


def _act(talk: Talk, appointment: Appointment, intent: str, wanted: Asked) -> Reply:
    if not is_live(appointment) and intent != "reschedule_appointment":
        return _over(talk, appointment)
    if is_live(appointment) and begun(appointment, talk.now):
        return _begun(talk, appointment)
    if intent == "confirm_appointment":
        return _confirm(talk, appointment)
    if intent == "cancel_appointment":
        # A time named beside a "no" is a reason more often than a wish: another date is one tap away.
        return _cancel(talk, appointment)
    return appointment_choice.other_time(talk, appointment, wanted)


def _confirm(talk: Talk, appointment: Appointment) -> Reply:
    if appointment.state is not AppointmentState.CONFIRMED:
        appointments.confirm(talk.session, talk.now, talk.house, appointment)
    details = appointment_words.details(talk.house, appointment, talk.voice)
    return Reply(f"{talk.say('rdv.confirmed', appointment)}\n\n{details}")


def _cancel(talk: Talk, appointment: Appointment) -> Reply:
    appointments.cancel_by_tenant(talk.session, talk.now, talk.house, appointment)
    about = {"appointment": appointment.id, "version": appointment.version}
    other = Option(talk.say("rdv.button.other"), "reschedule_appointment", about)
    text = talk.say("rdv.cancelled", appointment)
    if appointment.kind is not AppointmentKind.HOME:
        return Reply(text, (other,))
    reasons = tuple(
        Option(title, "cancel_appointment", {"appointment": appointment.id, "refusal": name})
        for name, title in talk.house.content.appointments.refusals.items()
    )
    return Reply(f"{text}\n\n{talk.say('rdv.refusal.ask')}", (other, *reasons))


def _refusal(talk: Talk, appointment: Appointment, reason: str) -> Reply:
    try:
        appointments.refuse_visit(talk.session, talk.now, appointment, reason)
    except AppointmentRefused:
        return _over(talk, appointment)
    return Reply(talk.say("rdv.refusal.noted", appointment))


def _help(talk: Talk, appointment: Appointment) -> Reply:
    if not is_live(appointment) or begun(appointment, talk.now):
        return _over(talk, appointment)
    case = appointment_team.needs_help(talk.session, talk.now, talk.house, appointment)
    record(talk.session, talk.now, appointment, "help", by_tenant=True)
    promise = talk.promise(case)
    return Reply(talk.say("rdv.help", appointment, promise=promise))


def _late(talk: Talk, minutes: int | None) -> Reply:
    appointment = _around_now(talk)
    if appointment is None:
        ahead = upcoming(talk.session, talk.now, talk.person)
        return _tell(talk, ahead) if ahead else _nothing_ahead(talk, "running_late")
    record(talk.session, talk.now, appointment, "late", by_tenant=True, detail={"minutes": minutes})
    occasion = f"late/{minutes or '?'}/{talk.now:%H%M%S}"
    if appointment_team.tell(
        talk.session, talk.now, talk.house, appointment, appointment_team.LATE, occasion
    ):
        return Reply(talk.say("rdv.late", appointment))
    case = appointment_team.late_unheard(talk.session, talk.now, talk.house, appointment)
    promise = talk.promise(case)
    return Reply(talk.say("rdv.late.unheard", appointment, promise=promise))


def _around_now(talk: Talk) -> Appointment | None:
    """The appointment for which one can be late now."""
    return talk.session.scalar(
        select(Appointment)
        .where(
            Appointment.person_id == talk.person.id,
            Appointment.state.in_(
                (
                    AppointmentState.TO_CONFIRM,
                    AppointmentState.CONFIRMED,
                    AppointmentState.MOVED,
                    AppointmentState.TO_SETTLE,
                )
            ),
            Appointment.starts_at > talk.now - _LATE_AFTER,
            Appointment.starts_at < talk.now + _LATE_BEFORE,
        )
        .order_by(Appointment.starts_at, Appointment.id)
        .limit(1)
    )


def _tell(talk: Talk, ahead: list[Appointment]) -> Reply:
    """When, where, with whom; what to bring one tap away, the place on the map."""
    parts = [
        f"{talk.say('rdv.info', appointment)}\n"
        f"{appointment_words.details(talk.house, appointment, talk.voice)}"
        for appointment in ahead[:_MOST_SHOWN]
    ]
    first = ahead[0]
    appointment_messages.show_place(
        talk.session, talk.now, talk.house, first, f"asked/{talk.now:%Y%m%dT%H%M%S}"
    )
    buttons = appointment_messages.buttons(talk.house, first, talk.voice) if len(ahead) == 1 else []
    return Reply("\n\n".join(parts), tuple(Option(*button) for button in buttons))


def _which(talk: Talk, ahead: list[Appointment], intent: str, entities: Entities) -> Reply:
    options = []
    for appointment in ahead[:4]:
        wanted = asked(entities, appointment, talk.house.zone)
        values = {"appointment": appointment.id, "version": appointment.version} | wanted.to_values()
        title = talk.when(appointment, appointment.starts_at)
        options.append(Option(title[0].upper() + title[1:], intent, values))
    return Reply(talk.say("rdv.which"), tuple(options))


def _changed(talk: Talk, appointment: Appointment) -> Reply:
    """The message that was answered spoke of an earlier time or place."""
    if not is_live(appointment) or begun(appointment, talk.now):
        return _over(talk, appointment)
    details = appointment_words.details(talk.house, appointment, talk.voice)
    buttons = appointment_messages.buttons(talk.house, appointment, talk.voice)
    text = f"{talk.say('rdv.changed', appointment)}\n\n{details}"
    return Reply(text, tuple(Option(*button) for button in buttons))


def _begun(talk: Talk, appointment: Appointment) -> Reply:
    return Reply(talk.say("rdv.begun", appointment))


def _over(talk: Talk, appointment: Appointment) -> Reply:
    cancelled = (AppointmentState.CANCELLED_BY_TENANT, AppointmentState.CANCELLED_BY_SERVICE)
    about = {"appointment": appointment.id, "version": appointment.version}
    other = Option(talk.say("rdv.button.other"), "reschedule_appointment", about)
    key = "rdv.already_cancelled" if appointment.state in cancelled else "rdv.past"
    return Reply(talk.say(key, appointment), (other,))


def _nothing_ahead(talk: Talk, intent: str) -> Reply:
    """None to come: perhaps one was forgotten, or cancelled; else a person can propose one."""
    last = latest(talk.session, talk.now, talk.person, _FORGOTTEN)
    if last is not None and last.state in (AppointmentState.TO_SETTLE, AppointmentState.ABSENT):
        record(talk.session, talk.now, last, "spoke_after", by_tenant=True)
        return appointment_choice.forgotten(talk, last)
    if last is not None and is_live(last):
        return _begun(talk, last)
    cancelled = _cancelled_ahead(talk)
    if cancelled is not None and intent != "reschedule_appointment":
        return _over(talk, cancelled)
    if cancelled is not None:
        return appointment_choice.propose(talk, cancelled, Asked())
    question = questions.ask(
        talk.session, talk.now, talk.person, "offer_person", "request_appointment",
        talk.now + handover.OFFER_WAITS,
    )  # fmt: skip
    options = (
        Option(talk.say("button.yes"), "affirm"),
        Option(talk.say("button.no"), "deny"),
    )
    return Reply(talk.say("rdv.nothing"), options, question.id)


def _cancelled_ahead(talk: Talk) -> Appointment | None:
    return talk.session.scalar(
        select(Appointment)
        .where(
            Appointment.person_id == talk.person.id,
            Appointment.state.in_(
                (AppointmentState.CANCELLED_BY_TENANT, AppointmentState.CANCELLED_BY_SERVICE)
            ),
            Appointment.starts_at > talk.now,
        )
        .order_by(Appointment.starts_at, Appointment.id)
        .limit(1)
    )
