"""`/astreinte` and `/absence`: who is called, who is away."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.domain.calendar import OFFICE_FROM, instant
from bot.domain.rights import Right, may
from bot.domain.words import Option, Reply
from bot.services.appointments import rows as appointment_rows
from bot.services.cases import acts as case_acts
from bot.services.cases import rota
from bot.services.cases.cases import CaseRefused
from bot.services.staff_desk.press import Act, Press
from bot.storage.tables import Staff
from bot.texts import format as words


class Turn(StrEnum):
    """How long somebody is put on call."""

    TOMORROW = "demain"
    MONDAY = "lundi"


class Away(StrEnum):
    """Until when somebody is away, from today on."""

    TOMORROW = "demain"
    WEEK = "semaine"
    TWO_WEEKS = "quinze_jours"


def on_call(asked: Press) -> Reply:
    """Who is on call now; who coordinates may choose another, or the next one."""
    team = rota.team(asked.session, asked.now, asked.house, asked.staff.organisation_id)
    names = ", ".join(member.display_name for member in team.on_call)
    text = asked.say("staff.on_call", names=names) if names else asked.say("staff.on_call.none")
    if not may(asked.staff.role, Right.CHANGE_DUTY):
        return Reply(text)
    options = tuple(Option(member.display_name, "duty.who", {"staff": member.id}) for member in team.present)
    return Reply(f"{text}\n\n{asked.say('staff.on_call.change')}", options[:20])


def _ask_turn(press: Press) -> Reply:
    """Chosen is chosen: on call from this tap on; the next one only says until when."""
    member = _chosen(press)
    rota.put_on_call(press.session, press.now, member, None)
    options = tuple(
        Option(press.say(f"staff.turn.{turn.value}"), "duty.until", {"staff": member.id, "turn": turn.value})
        for turn in Turn
    )
    return Reply(press.say("staff.on_call.changed", name=member.display_name), options)


def _turn(press: Press) -> Reply:
    member, until = _chosen(press), _turn_ends(press, Turn(press.values["turn"]))
    rota.put_on_call(press.session, press.now, member, until)
    return Reply(press.say("staff.on_call.until", name=member.display_name, when=press.when(until)))


def _chosen(press: Press) -> Staff:
    """The member of the button. Raises CaseRefused when that one is away."""
    team = rota.team(press.session, press.now, press.house, press.staff.organisation_id)
    found = next((member for member in team.present if member.id == press.values["staff"]), None)
    if found is None:
        raise CaseRefused("not_there")
    return found


def _turn_ends(press: Press, turn: Turn) -> datetime:
    days = 1 if turn is Turn.TOMORROW else 7 - press.today.weekday()
    return instant(press.today + timedelta(days=days), OFFICE_FROM, press.house.zone)


def absence(asked: Press) -> Reply:
    """Say that one is away from today, until when, or back."""
    away = rota.absences(asked.session, asked.today, [asked.staff.id]).get(asked.staff.id)
    options = tuple(
        Option(asked.say(f"staff.away.{until.value}"), "absence.until", {"until": until.value})
        for until in Away
    )
    if away is None:
        return Reply(asked.say("staff.absence.ask"), options)
    back = Option(asked.say("staff.away.back"), "absence.back")
    return Reply(asked.say("staff.absence.is", day=words.day(away.ends_on)), (back, *options))


def _leave(press: Press) -> Reply:
    """Away from this tap on; who stands in is asked after, else it is the team."""
    last = _last_day(press.today, Away(press.values["until"]))
    rota.be_absent(press.session, press.now, press.house, press.staff, last)
    given = case_acts.give_back_urgent(press.session, press.now, press.house, press.staff)
    team = rota.team(press.session, press.now, press.house, press.staff.organisation_id)
    options = tuple(
        Option(member.display_name, "absence.stand_in", {"staff": member.id, "until": last.isoformat()})
        for member in team.present
    )
    text = press.say("staff.absence.noted", day=words.day(last))
    if given:
        text = f"{text} {press.say('staff.absence.urgent', count=given)}"
    meetings = appointment_rows.during(press.session, press.now, press.house, press.staff, last)
    if meetings:
        text = f"{text} {press.say('rdv.staff.absence', count=len(meetings))}"
    return Reply(f"{text}\n\n{press.say('staff.absence.who')}", options[:20])


def _last_day(today: date, until: Away) -> date:
    if until is Away.TOMORROW:
        return today + timedelta(days=1)
    if until is Away.TWO_WEEKS:
        return today + timedelta(days=14)
    return today + timedelta(days=6 - today.weekday())


def _stand_in(press: Press) -> Reply:
    member = press.session.get_one(Staff, press.values["staff"])
    last = date.fromisoformat(press.values["until"])
    if last < press.today:
        raise CaseRefused("past")
    rota.be_absent(press.session, press.now, press.house, press.staff, last, member)
    return Reply(press.say("staff.absence.stand_in", name=member.display_name, day=words.day(last)))


def _back(press: Press) -> Reply:
    rota.be_back(press.session, press.now, press.house, press.staff)
    return Reply(press.say("staff.absence.back"))


ACTS: dict[str, Act] = {
    "duty.who": _ask_turn,
    "duty.until": _turn,
    "absence.until": _leave,
    "absence.stand_in": _stand_in,
    "absence.back": _back,
}
