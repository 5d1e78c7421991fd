"""`/horaires`: when I receive, and how to change it in one line."""

from collections.abc import Sequence
from datetime import time

from bot.domain.words import Option, Reply
from bot.services.appointments import hours as appointment_hours
from bot.services.staff_desk.press import Act, Press
from bot.texts import format as words


def show(asked: Press) -> Reply:
    """My hours; with words, the days that they name are changed first."""
    said = str(asked.values.get("words", "")).strip()
    if said:
        appointment_hours.change(asked.session, asked.house, asked.staff, said)
        asked.session.flush()
        return _reply(asked, "rdv.staff.hours.changed", _outside(asked))
    return _reply(asked, "rdv.staff.hours", asked.say("rdv.staff.hours.how"))


def _forget(press: Press) -> Reply:
    appointment_hours.forget(press.session, press.staff)
    press.session.flush()
    return _reply(press, "rdv.staff.hours.team", _outside(press))


def _reply(asked: Press, title: str, end: str) -> Reply:
    mine = appointment_hours.of(asked.session, asked.house, asked.staff)
    days = [_day(asked, number, mine.get(number, ())) for number in range(7) if number < 5 or number in mine]
    text = "\n".join([asked.say(title), *days])
    if not appointment_hours.are_own(asked.session, asked.house, asked.staff):
        return Reply(f"{text}\n\n{end}".strip())
    return Reply(
        f"{text}\n\n{end}".strip(), (Option(asked.say("rdv.staff.button.team_hours"), "hours.team"),)
    )


def _day(asked: Press, number: int, spans: Sequence[tuple[time, time]]) -> str:
    told = ", ".join(f"{_clock(opens)} à {_clock(closes)}" for opens, closes in spans)
    return f"• {words.weekday(number)} : {told or asked.say('rdv.staff.hours.closed')}"


def _clock(at: time) -> str:
    return words.oclock(at.hour) + (f"{words.HARD}{at.minute:02}" if at.minute else "")


def _outside(asked: Press) -> str:
    """What is booked stays: said, so that it is moved by hand."""
    count = len(appointment_hours.outside(asked.session, asked.now, asked.house, asked.staff))
    return asked.say("rdv.staff.hours.outside", count=count) if count else ""


ACTS: dict[str, Act] = {"hours.team": _forget}
