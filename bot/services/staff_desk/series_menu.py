"""A weekly series from `/rdv`: the first time, how many times, the days left out; or its end."""

from datetime import date, datetime, timedelta

from bot.domain.appointments import series_days
from bot.domain.words import Option, Reply
from bot.services.appointments import offers as appointment_offers
from bot.services.appointments import rows as appointment_rows
from bot.services.appointments import series as appointment_series
from bot.services.appointments.series import Rhythm
from bot.services.staff_desk import appointment_menu
from bot.services.staff_desk.press import Act, Press
from bot.storage.tables import AppointmentSeries
from bot.texts import format as words

_COUNTS = (4, 6, 8, 12)
_WEEK = timedelta(weeks=1)
_TIMES = 6


def _first(press: Press) -> Reply:
    """The first meeting is at one of my free times; the others are at the same hour of the same weekday."""
    wanted = appointment_menu.meant(press)
    times = appointment_offers.free_times(press.session, press.now, press.house, wanted, count=_TIMES)
    if not times:
        return Reply(press.say("rdv.staff.no_time"))
    options = tuple(
        Option(
            appointment_menu.title_of(press, at, wanted.kind),
            "rdv.weekly_from",
            press.values | {"at": at.isoformat()},
        )
        for at in times
    )
    return Reply(press.say("rdv.staff.weekly.first"), options)


def _count(press: Press) -> Reply:
    options = tuple(
        Option(
            press.say("rdv.staff.weekly.times", count=count),
            "rdv.weekly_days",
            press.values | {"count": count},
        )
        for count in _COUNTS
    )
    return Reply(press.say("rdv.staff.weekly.count"), options)


def _days(press: Press) -> Reply:
    """All the days; a tap on one leaves it out, the last button books the others."""
    left_out = _left_out(press)
    days = [day for day in _all_days(press) if day not in left_out]
    if not days:
        return Reply(press.say("rdv.staff.weekly.none"))
    but = [day.isoformat() for day in left_out]
    book = Option(press.say("rdv.staff.weekly.book", count=len(days)), "rdv.weekly_book", press.values)
    others = (
        Option(
            press.say("rdv.staff.weekly.but", day=words.day(day)),
            "rdv.weekly_days",
            press.values | {"but": [*but, day.isoformat()]},
        )
        for day in days
    )
    lines = [f"• {words.day(day)}" for day in days]
    return Reply("\n".join([press.say("rdv.staff.weekly.days"), *lines]), (book, *others))


def _book(press: Press) -> Reply:
    """Begin the series. Raises AppointmentRefused, also when its first time was taken meanwhile."""
    wanted, at, left_out = appointment_menu.meant(press), _at(press), _left_out(press)
    days = [day for day in _all_days(press) if day not in left_out]
    with press.session.begin_nested():
        series = appointment_series.start(
            press.session,
            press.now,
            press.house,
            wanted.person,
            press.staff,
            Rhythm(days[0], at.time(), _minutes(press), ends_on=days[-1]),
            kind=wanted.kind,
            subject=wanted.subject,
            place=wanted.place,
            exceptions=left_out,
        )
        missing = appointment_series.not_made(press.session, press.now, press.house, series)
        if days[0] in missing:
            raise appointment_rows.AppointmentRefused("overlap")
    line = press.say(
        "rdv.staff.weekly.line",
        weekday=words.weekday(at.weekday()),
        hour=words.hour(at, press.house.zone),
        reference=wanted.person.reference,
        first=words.day(days[0]),
        last=words.day(days[-1]),
    )
    text = appointment_menu.told(press, "rdv.staff.weekly.booked", wanted.person, line)
    if missing:
        days_missing = ", ".join(words.day(day) for day in missing)
        text = f"{text}\n\n{press.say('rdv.staff.weekly.missing', days=days_missing)}"
    return Reply(text)


def _ask_end(press: Press) -> Reply:
    appointment = appointment_menu.one(press)
    sure = Option(press.say("rdv.staff.button.series_end_sure"), "rdv.series_end_sure", press.values)
    day = words.day(appointment.starts_at.astimezone(press.house.zone).date())
    return Reply(press.say("rdv.staff.weekly.end", day=day), (sure,))


def _end(press: Press) -> Reply:
    """No meeting from this one on. Raises AppointmentRefused."""
    appointment = appointment_menu.one(press)
    if appointment.series_id is None or appointment.series_day is None:
        raise appointment_rows.AppointmentRefused("unknown")
    series = press.session.get_one(AppointmentSeries, appointment.series_id)
    last = appointment.series_day - timedelta(days=1)
    appointment_series.end(press.session, press.now, press.house, series, last, press.staff)
    return Reply(appointment_menu.told(press, "rdv.staff.weekly.ended", appointment.person, ""))


def _at(press: Press) -> datetime:
    return datetime.fromisoformat(press.values["at"]).astimezone(press.house.zone)


def _minutes(press: Press) -> int:
    return appointment_rows.rules_of(press.session, press.house, press.staff.organisation_id).minutes


def _all_days(press: Press) -> list[date]:
    first = _at(press).date()
    return list(series_days(first, first + (press.values["count"] - 1) * _WEEK, 1, []))


def _left_out(press: Press) -> list[date]:
    return [date.fromisoformat(day) for day in press.values.get("but", [])]


ACTS: dict[str, Act] = {
    "rdv.weekly": _first,
    "rdv.weekly_from": _count,
    "rdv.weekly_days": _days,
    "rdv.weekly_book": _book,
    "rdv.series_end": _ask_end,
    "rdv.series_end_sure": _end,
}
