"""Staff on Telegram: the queue, the acts on a case, the on-call, absences, appointments, workshops."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.domain import rights
from bot.domain.incoming import Came, Incoming
from bot.domain.words import Reply
from bot.services import access, questions
from bot.services.appointments.rows import AppointmentRefused
from bot.services.cases.cases import CaseRefused
from bot.services.house import House
from bot.services.staff_desk import (
    appointment_menu,
    case_menu,
    duty_menu,
    hours_menu,
    queue,
    series_menu,
    workshop_creation,
    workshop_day,
    workshop_menu,
)
from bot.services.staff_desk.press import Act, Press
from bot.services.workshops.refusals import WorkshopRefused
from bot.storage.tables import Chat, Staff


def respond(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    staff: Staff,
    incoming: Incoming,
    entities: Sequence[Mapping[str, Any]] = (),
) -> Reply:
    """The answer to anything a member of staff writes or presses; `entities`: what was read in the words."""
    try:
        if incoming.came is Came.BUTTON:
            return _press(session, now, house, chat, staff, incoming.button)
        if incoming.came is Came.COMMAND:
            return _command(Press(session, now, house, staff, {"words": incoming.text}), incoming.command)
        described = workshop_creation.written(Press(session, now, house, staff), incoming, entities)
        return described or Reply(house.texts.say("staff.help"))
    except CaseRefused as refusal:
        return Reply(house.texts.say(f"case.refused.{refusal.code}"))
    except AppointmentRefused as refusal:
        return Reply(house.texts.say(f"rdv.refused.{refusal.code}"))
    except WorkshopRefused as refusal:
        return Reply(house.texts.say(f"staff.workshops.refused.{refusal.code}"))


def _command(asked: Press, name: str) -> Reply:
    if name not in COMMANDS:
        return Reply(asked.say("staff.help"))
    access.require(asked.staff, rights.of_telegram(f"/{name}"))
    return COMMANDS[name](asked)


def _press(session: Session, now: datetime, house: House, chat: Chat, staff: Staff, key: str) -> Reply:
    button = questions.pressed(session, now, chat, key)
    if button is None:
        return Reply(house.texts.say("staff.button.stale"))
    press = Press(session, now, house, staff, dict(button.values))
    if button.meaning not in ACTS:
        return Reply(house.texts.say("staff.button.stale"))
    access.require(staff, rights.of_telegram(button.meaning))
    return ACTS[button.meaning](press)


def _console(asked: Press) -> Reply:
    link = access.new_link(asked.session, asked.now, asked.house, asked.staff, None)
    return Reply(asked.say("staff.console", link=link))


COMMANDS: dict[str, Act] = {
    "file": queue.show,
    "astreinte": duty_menu.on_call,
    "absence": duty_menu.absence,
    "rdv": appointment_menu.show,
    "horaires": hours_menu.show,
    "atelier": workshop_menu.show,
    "console": _console,
}
ACTS: dict[str, Act] = (
    appointment_menu.ACTS
    | case_menu.ACTS
    | duty_menu.ACTS
    | hours_menu.ACTS
    | series_menu.ACTS
    | workshop_creation.ACTS
    | workshop_day.ACTS
    | workshop_menu.ACTS
)
