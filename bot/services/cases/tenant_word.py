"""What a tenant is told of a case: who reads it and by when, that somebody has taken it, that it is done."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.domain.states import CaseState, ChatState, Outcome, Urgency
from bot.domain.words import Drop, Words
from bot.services import outbox, people
from bot.services.cases import kinds as case_kinds
from bot.services.house import House
from bot.services.kinds import Lane, MessageKind, Render, declare
from bot.storage.tables import Case, Chat, Outbox
from bot.texts import Voice
from bot.texts import format as say

# Endings that mean that something was done for the person. The others would be false or tactless.
DONE = (Outcome.SETTLED, Outcome.PLAN, Outcome.AID, Outcome.MET, Outcome.REFERRED)


def promise(now: datetime, house: House, case: Case, voice: Voice) -> str:
    """Who reads the case and by when, for the tenant: never more than the deadline allows, nor a time past.

    From now on the tenant is told of what follows.
    """
    case.promised = True
    if case.state is CaseState.TAKEN and case.owner is not None:
        return house.texts.say("case.promise.taken", voice)
    if case.urgency is not Urgency.URGENT and case.due_at <= now:
        # The ladder has alerted the team again at that time.
        return house.texts.say("case.promise.late", voice)
    due = case.due_at.astimezone(house.zone)
    day, hour = say.day(due.date()), say.hour(due, house.zone)
    return house.texts.say(f"case.promise.{case.urgency}", voice, day=day, hour=hour)


def unclear(session: Session, now: datetime, house: House, case: Case) -> None:
    """Tell who did not answer "est-ce que c'est…" that a person reads what Palier did not understand."""
    chat = _chat(session, case)
    if chat is not None:
        outbox.enqueue(session, now, house, chat, UNCLEAR, object=f"case:{case.id}", occasion="once")


def taken(session: Session, now: datetime, house: House, case: Case) -> None:
    """Tell the tenant who follows the request, once, at a decent hour."""
    _queue(session, now, house, case, TAKEN)


def done(session: Session, now: datetime, house: House, case: Case) -> None:
    """Tell the tenant that the team has finished, where its outcome says so."""
    if case.outcome in DONE:
        _queue(session, now, house, case, CLOSED)


def _queue(session: Session, now: datetime, house: House, case: Case, kind: MessageKind) -> None:
    if not case.promised or case_kinds.is_danger(case.kind):
        return
    chat = _chat(session, case)
    if chat is not None:
        outbox.enqueue(session, now, house, chat, kind, object=f"case:{case.id}", occasion="once")


def _chat(session: Session, case: Case) -> Chat | None:
    if case.person is not None:
        return people.active_chat(session, case.person)
    return case.chat if case.chat and case.chat.state is ChatState.ACTIVE else None


def _not_due(session: Session, case: Case) -> Drop | None:
    """Nothing is said of another matter to somebody in danger, nor of a case that became another's."""
    if case.merged_into_id is not None:
        return Drop("merged")
    if case.person and people.in_danger(session, case.person):
        return Drop("danger")
    return None


def _render_unclear(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    case = session.get_one(Case, int(row.object.split(":")[1]))
    if case.promised:
        return Drop("told already")
    if case.state is CaseState.CLOSED:
        return Drop("closed")
    drop = _not_due(session, case)
    if drop:
        return drop
    voice = people.voice(case.person)
    return Words(house.texts.say("case.told.unclear", voice, promise=promise(now, house, case, voice)))


def _render_taken(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    case = session.get_one(Case, int(row.object.split(":")[1]))
    if case.owner is None or case.state not in (CaseState.TAKEN, CaseState.WAITING):
        return Drop("nobody follows it")
    drop = _not_due(session, case)
    if drop:
        return drop
    name = case.owner.first_name or house.texts.say("case.told.somebody")
    return Words(house.texts.say("case.told.taken", people.voice(case.person), name=name))


def _render_closed(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    case = session.get_one(Case, int(row.object.split(":")[1]))
    return _not_due(session, case) or Words(house.texts.say("case.told.done", people.voice(case.person)))


def _kind(name: str, days: int, render: Render) -> MessageKind:
    life = timedelta(days=days)
    return declare(
        MessageKind(name, Lane.REMINDER, life, held=True, resend=False, render=render, of_a_case=True)
    )


UNCLEAR = _kind("case_unclear", 1, _render_unclear)
TAKEN = _kind("case_taken", 1, _render_taken)
CLOSED = _kind("case_done", 2, _render_closed)
