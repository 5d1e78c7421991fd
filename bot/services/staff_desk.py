"""Staff on Telegram: the queue, taking a case, its page, closing it; two taps each."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.incoming import Came, Incoming
from bot.domain.states import CaseState, Outcome
from bot.domain.words import Option, Reply
from bot.services import access, cases, questions
from bot.services.cases import CaseRefused
from bot.services.house import House
from bot.storage.tables import Case, Chat, Staff
from bot.texts import format as say


def respond(
    session: Session, now: datetime, house: House, chat: Chat, staff: Staff, incoming: Incoming
) -> Reply:
    """The answer to anything a member of staff writes or presses."""
    try:
        if incoming.came is Came.BUTTON:
            return _press(session, now, house, chat, staff, incoming.button)
        if incoming.came is Came.COMMAND and incoming.command == "file":
            return _queue(session, house, staff)
        if incoming.came is Came.COMMAND and incoming.command == "astreinte":
            return _on_call(session, house, staff)
        if incoming.came is Came.COMMAND and incoming.command == "console":
            link = access.new_link(session, now, house, staff, None)
            return Reply(house.texts.say("staff.console", link=link))
        return Reply(house.texts.say("staff.help"))
    except CaseRefused as refusal:
        return Reply(house.texts.say(f"case.refused.{refusal.code}"))


def _press(session: Session, now: datetime, house: House, chat: Chat, staff: Staff, key: str) -> Reply:
    button = questions.pressed(session, now, chat, key)
    if button is None or button.meaning not in _ACTS:
        return Reply(house.texts.say("staff.button.stale"))
    access.see_cases(staff)
    case_id = int(button.values["case"])
    if button.meaning == "case.close":
        return _ask_outcome(session, house, staff, case_id)
    if button.meaning == "case.outcome":
        return _close(session, now, house, staff, case_id, Outcome(button.values["outcome"]))
    if button.meaning == "case.open":
        return _open(session, now, house, staff, case_id)
    return _take(session, now, house, staff, case_id)


_ACTS = ("case.take", "case.open", "case.close", "case.outcome")


def _take(session: Session, now: datetime, house: House, staff: Staff, case_id: int) -> Reply:
    claim = cases.claim(session, now, case_id, staff)
    if claim.owner.id != staff.id:
        return Reply(house.texts.say("case.taken.other", number=case_id, owner=claim.owner.display_name))
    link = access.new_link(session, now, house, staff, claim.case)
    text = house.texts.say("case.taken.you", number=case_id, link=link)
    return Reply(text, _acts(house, claim.case))


def _open(session: Session, now: datetime, house: House, staff: Staff, case_id: int) -> Reply:
    case = access.readable(session, case_id, staff)
    link = access.new_link(session, now, house, staff, case)
    return Reply(house.texts.say("case.link", number=case_id, link=link), _acts(house, case))


def _acts(house: House, case: Case) -> tuple[Option, ...]:
    values = {"case": case.id}
    return (
        Option(house.texts.say("case.button.open"), "case.open", values),
        Option(house.texts.say("case.button.close"), "case.close", values),
    )


def _ask_outcome(session: Session, house: House, staff: Staff, case_id: int) -> Reply:
    case = access.readable(session, case_id, staff)
    if case.state is CaseState.CLOSED:
        raise CaseRefused("closed")
    options = tuple(
        Option(
            house.texts.say(f"case.outcome.{outcome.value}"),
            "case.outcome",
            {"case": case_id, "outcome": outcome.value},
        )
        for outcome in Outcome
    )
    return Reply(house.texts.say("case.which_outcome", number=case_id), options)


def _close(
    session: Session, now: datetime, house: House, staff: Staff, case_id: int, outcome: Outcome
) -> Reply:
    access.readable(session, case_id, staff)
    cases.close(session, now, case_id, staff, outcome)
    label = house.texts.say(f"case.outcome.{outcome.value}")
    return Reply(house.texts.say("case.closed", number=case_id, outcome=label))


def _queue(session: Session, house: House, staff: Staff) -> Reply:
    access.see_cases(staff)
    waiting = cases.queue(session, staff)
    if not waiting:
        return Reply(house.texts.say("staff.queue.empty"))
    lines = [house.texts.say("staff.queue.title"), *(_line(house, case) for case in waiting)]
    options = tuple(_queue_option(house, case) for case in waiting[:8])
    return Reply("\n".join(lines), options)


def _line(house: House, case: Case) -> str:
    intent = house.content.intents.get(case.kind)
    due = case.due_at.astimezone(house.zone)
    return house.texts.say(
        "staff.queue.line",
        number=case.id,
        urgency=house.texts.say(f"staff.urgency.{case.urgency.value}"),
        kind=intent.label if intent else house.texts.say(f"case.kind.{case.kind}"),
        day=say.day(due.date()),
        hour=say.hour(due, house.zone),
        state=house.texts.say(f"staff.state.{case.state.value}"),
    )


def _queue_option(house: House, case: Case) -> Option:
    act = "take" if case.state is CaseState.NEW else "open"
    return Option(house.texts.say(f"staff.button.{act}", number=case.id), f"case.{act}", {"case": case.id})


def _on_call(session: Session, house: House, staff: Staff) -> Reply:
    members = session.scalars(
        select(Staff).filter_by(organisation_id=staff.organisation_id, on_call=True).order_by(Staff.id)
    ).all()
    if not members:
        return Reply(house.texts.say("staff.on_call.none"))
    return Reply(house.texts.say("staff.on_call", names=", ".join(m.display_name for m in members)))
