"""An appointment in words: when, where, with whom; and as a calendar file."""

from datetime import UTC, datetime, timedelta

from bot.domain.states import AppointmentKind
from bot.domain.words import Document
from bot.services.house import House
from bot.storage.tables import Appointment, Staff
from bot.texts import PLAIN, Voice
from bot.texts import format as say

# Only here may a text say where the tenant must go; a visit and a call come to them.
COMES_TO_US = (AppointmentKind.OFFICE, AppointmentKind.DROP_IN)


def name_of(house: House, staff: Staff, voice: Voice) -> str:
    return staff.first_name or house.texts.say("rdv.somebody", voice)


def when(house: House, at: datetime, kind: AppointmentKind, voice: Voice = PLAIN) -> str:
    """ "lundi 7 décembre à 14 h"; a visit is "vers 13 h 10"."""
    key = "rdv.when.around" if kind is AppointmentKind.HOME else "rdv.when"
    return house.texts.say(
        key, voice, day=say.day(at.astimezone(house.zone).date()), hour=say.hour(at, house.zone)
    )


def values(house: House, appointment: Appointment, voice: Voice) -> dict[str, str]:
    """What the sentences about an appointment may name."""
    return {
        "when": when(house, appointment.starts_at, appointment.kind, voice),
        "name": name_of(house, appointment.staff, voice),
    }


def details(house: House, appointment: Appointment, voice: Voice) -> str:
    """Where it is and what it is about, one line each; the subject is not said in discreet mode."""
    lines = [where(house, appointment, voice)]
    if appointment.subject and not voice.discreet:
        lines.append(house.texts.say("rdv.subject", voice, subject=appointment.subject))
    return "\n".join(lines)


def where(house: House, appointment: Appointment, voice: Voice) -> str:
    key = f"rdv.where.{appointment.kind.value}"
    if appointment.kind in COMES_TO_US and not appointment.place:
        key = "rdv.where.unknown"
    return house.texts.say(key, voice, place=appointment.place, name=name_of(house, appointment.staff, voice))


def papers(house: House, appointment: Appointment, voice: Voice) -> str:
    """The list of what to bring; the papers tell the subject, so a discreet voice names none."""
    if voice.discreet:
        return house.texts.say("rdv.papers.by_voice", voice)
    listed = "\n".join(f"• {paper}" for paper in appointment.papers)
    return house.texts.say("rdv.papers", voice, papers=listed)


def calendar_file(house: House, appointment: Appointment, voice: Voice, now: datetime) -> Document:
    """The appointment for any calendar (RFC 5545); a later version of it replaces this one there."""
    ends_at = appointment.starts_at + timedelta(minutes=appointment.minutes)
    title = house.texts.say("rdv.calendar.title", voice, **values(house, appointment, voice))
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Palier//FR",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:rdv-{appointment.id}@palier",
        f"SEQUENCE:{appointment.version - 1}",
        f"DTSTAMP:{_stamp(now)}",
        f"DTSTART:{_stamp(appointment.starts_at)}",
        f"DTEND:{_stamp(ends_at)}",
        f"SUMMARY:{_escaped(title)}",
    ]
    if appointment.kind in COMES_TO_US and appointment.place:
        lines.append(f"LOCATION:{_escaped(appointment.place)}")
    if appointment.subject and not voice.discreet:
        lines.append(f"DESCRIPTION:{_escaped(appointment.subject)}")
    lines += ["END:VEVENT", "END:VCALENDAR", ""]
    return Document("rendez-vous.ics", "\r\n".join(_folded(line) for line in lines))


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    for char in ("\\", ";", ","):
        text = text.replace(char, f"\\{char}")
    return text.replace("\n", "\\n")


def _folded(line: str) -> str:
    """Lines of 75 bytes at most, never cut within a letter."""
    parts, current = [], ""
    for char in line:
        if len((current + char).encode()) > 73:
            parts.append(current)
            current = ""
        current += char
    return "\r\n ".join([*parts, current])
