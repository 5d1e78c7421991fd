"""Another time: the one asked for when it is free, else two or three that are, else a person."""

from datetime import datetime

from bot.domain.states import OfferState
from bot.domain.words import Option, Reply
from bot.services.appointments import appointments
from bot.services.appointments import messages as appointment_messages
from bot.services.appointments import offers as appointment_offers
from bot.services.appointments import team as appointment_team
from bot.services.appointments import words as appointment_words
from bot.services.appointments.asked import Asked
from bot.services.appointments.rows import AppointmentRefused, is_live, rules_of
from bot.services.appointments.turn import Talk
from bot.services.cases import handover
from bot.storage.tables import Appointment, AppointmentOffer


def other_time(talk: Talk, appointment: Appointment, wanted: Asked) -> Reply:
    """Another time: booked at once when free and the organisation allows it, else offered or asked for."""
    if wanted.among:
        return _among(talk, appointment, wanted)
    if wanted.at is None:
        return propose(talk, appointment, wanted)
    if wanted.at <= talk.now or not is_live(appointment):
        return propose(talk, appointment, Asked())
    rules = rules_of(talk.session, talk.house, appointment.organisation_id)
    if appointment_offers.is_free(talk.session, talk.now, talk.house, appointment, wanted.at):
        if rules.book_at_once:
            return _rebook(talk, appointment, wanted.at)
    elif appointment_offers.is_taken(talk.session, talk.house, appointment, wanted.at):
        return propose(talk, appointment, wanted)
    case = appointment_team.wishes(talk.session, talk.now, talk.house, appointment, wanted.at)
    promise = talk.promise(case)
    wish = talk.when(appointment, wanted.at)
    return Reply(talk.say("rdv.wish", appointment, wish=wish, promise=promise))


def _rebook(talk: Talk, appointment: Appointment, at: datetime) -> Reply:
    try:
        appointments.agree(talk.session, talk.now, talk.house, appointment, at)
    except AppointmentRefused:
        return propose(talk, appointment, Asked())
    return _noted(talk, appointment)


def _noted(talk: Talk, appointment: Appointment) -> Reply:
    """A time that the tenant chose is booked: told here, with the calendar file, and to the caseworker."""
    appointment_messages.tell(talk.session, talk.now, talk.house, appointment, appointment_messages.FILE)
    appointment_team.tell(talk.session, talk.now, talk.house, appointment, appointment_team.CHOSEN)
    details = appointment_words.details(talk.house, appointment, talk.voice)
    about = {"appointment": appointment.id, "version": appointment.version}
    other = Option(talk.say("rdv.button.other"), "reschedule_appointment", about)
    return Reply(f"{talk.say('rdv.agreed', appointment)}\n\n{details}", (other,))


def propose(talk: Talk, appointment: Appointment, wanted: Asked) -> Reply:
    """Two or three free times, of the day asked for when it has some; without any, a person answers."""
    like = appointment_offers.again(appointment)
    times = appointment_offers.free_times(talk.session, talk.now, talk.house, like, on=wanted.day)
    key = "rdv.which_time"
    if wanted.day is not None and not times:
        times = appointment_offers.free_times(talk.session, talk.now, talk.house, like)
        key = "rdv.which_time.not_then"
    if not times:
        return by_a_person(talk, appointment)
    return _offered(talk, appointment, times, key)


def _among(talk: Talk, appointment: Appointment, wanted: Asked) -> Reply:
    """The words can mean two times: the free ones of them are shown with their dates."""
    free = [
        at
        for at in wanted.among
        if appointment_offers.is_free(talk.session, talk.now, talk.house, appointment, at)
    ]
    if not free:
        return propose(talk, appointment, Asked(day=wanted.day))
    return _offered(talk, appointment, free, "rdv.which_time")


def _offered(talk: Talk, appointment: Appointment, times: list[datetime], key: str) -> Reply:
    like = appointment_offers.again(appointment)
    made = appointment_offers.offer(talk.session, talk.now, talk.house, like, times)
    parts = [talk.say(key, appointment)]
    if is_live(appointment):
        parts.append(talk.say("rdv.still", appointment))
    return Reply("\n\n".join(parts), appointment_offers.options(talk.house, made, talk.voice))


def by_a_person(talk: Talk, appointment: Appointment) -> Reply:
    case = appointment_team.another_time(talk.session, talk.now, talk.house, appointment)
    promise = talk.promise(case)
    return Reply(talk.say("rdv.by_a_person", appointment, promise=promise))


def pick(talk: Talk, offer_id: int, at: str | None) -> Reply:
    made = talk.session.get(AppointmentOffer, offer_id)
    if made is None or made.person_id != talk.person.id:
        return Reply(talk.say("answer.nothing"))
    if made.state is not OfferState.OPEN:
        return Reply(talk.say("answer.late"))
    if at is None:
        made.state = OfferState.DECLINED
        return handover.hand_over(
            talk.session, talk.now, talk.house, talk.chat, "request_appointment", text="rdv.none_suits"
        )
    try:
        chosen = datetime.fromisoformat(at)
    except ValueError:
        return Reply(talk.say("answer.nothing"))
    try:
        appointment = appointments.pick(talk.session, talk.now, talk.house, made, chosen)
    except AppointmentRefused:
        return _gone(talk, made)
    made.state = OfferState.TAKEN
    return _noted(talk, appointment)


def _gone(talk: Talk, made: AppointmentOffer) -> Reply:
    """Somebody was quicker, or the time is past: other times, or a person."""
    old = talk.session.get(Appointment, made.appointment_id) if made.appointment_id else None
    like = appointment_offers.Wanted(
        person=made.person,
        staff=made.staff,
        kind=made.kind,
        subject=made.subject,
        place=made.place,
        papers=tuple(made.papers),
        minutes=made.minutes,
        appointment=old,
        journey=made.journey,
    )
    times = appointment_offers.free_times(talk.session, talk.now, talk.house, like)
    if not times:
        made.state = OfferState.WITHDRAWN
        return handover.hand_over(
            talk.session, talk.now, talk.house, talk.chat, "request_appointment", text="rdv.none_suits"
        )
    fresh = appointment_offers.offer(talk.session, talk.now, talk.house, like, times)
    return Reply(talk.say("rdv.gone"), appointment_offers.options(talk.house, fresh, talk.voice))


def forgotten(talk: Talk, last: Appointment) -> Reply:
    like = appointment_offers.again(last)
    times = appointment_offers.free_times(talk.session, talk.now, talk.house, like)
    if not times:
        return by_a_person(talk, last)
    made = appointment_offers.offer(talk.session, talk.now, talk.house, like, times)
    return Reply(talk.say("rdv.forgotten", last), appointment_offers.options(talk.house, made, talk.voice))
