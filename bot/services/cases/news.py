"""What the owner of a case hears: a new sign, the end of a wait, a case handed over, a colleague's answer;
and what a colleague whose advice is asked hears."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.domain.calendar import office_instant
from bot.domain.states import CaseState, Urgency
from bot.domain.words import Drop, Words
from bot.services import outbox, people, questions
from bot.services.cases import kinds as case_kinds
from bot.services.house import House
from bot.services.kinds import Lane, MessageKind, declare
from bot.storage.tables import Case, CaseEvent, CaseRequest, Outbox, Staff

SIGN, DANGER, BACK, GIVEN, ANSWERED = "sign", "danger", "back", "given", "answered"
# What becomes of a plan d'apurement: said in its own words, so that nobody opens a page for a good news.
PLAN_ACCEPTED, PLAN_DISCUSSED, PLAN_MISSED, PLAN_KEPT = (
    "plan_accepted", "plan_discussed", "plan_missed", "plan_kept",
)  # fmt: skip
# These ask for nothing: a case that waits goes on waiting.
_GOOD = (PLAN_ACCEPTED, PLAN_KEPT)


def tell_owner(session: Session, now: datetime, house: House, case: Case, what: str) -> bool:
    """Queue the news for who follows the case; one of a kind until the owner has read or done something.

    Returns whether the owner can be reached at all.
    """
    if case.owner is None:
        raise ValueError("nobody follows the case")
    chat = people.staff_chat(session, case.owner)
    if chat is None:
        return False
    urgent = case.urgency is Urgency.URGENT
    outbox.enqueue(
        session,
        now,
        house,
        chat,
        URGENT_NEWS if urgent else NEWS,
        object=f"case:{case.id}",
        occasion=f"{what}/{_last_act(session, case, case.owner)}",
        not_before=now if urgent else office_instant(now, house.zone, house.holidays),
    )
    return True


def tell_asked(session: Session, now: datetime, house: House, request: CaseRequest) -> None:
    """Queue for a colleague that their advice is asked, when they can be reached."""
    chat = people.staff_chat(session, request.asked_of) if request.asked_of else None
    if chat is None:
        return
    urgent = request.case.urgency is Urgency.URGENT
    outbox.enqueue(
        session,
        now,
        house,
        chat,
        ADVICE,
        object=f"request:{request.id}",
        occasion="asked",
        not_before=now if urgent else office_instant(now, house.zone, house.holidays),
    )


def _last_act(session: Session, case: Case, owner: Staff) -> int:
    """The number of the owner's last line in the history, being given the case included."""
    session.flush()
    mine = (CaseEvent.actor_id == owner.id) | CaseEvent.kind.in_(("handed_over", "back"))
    found = session.scalar(select(func.max(CaseEvent.id)).where(CaseEvent.case_id == case.id, mine))
    return found or 0


def _render(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    case = session.get_one(Case, int(row.object.split(":")[1]))
    if case.owner_id is None or case.owner_id != row.chat.staff_id:
        return Drop("another owner")
    what = row.occasion.split("/")[0]
    waits = case.state is CaseState.WAITING and what in _GOOD
    if case.state is not CaseState.TAKEN and not waits:
        return Drop("case not followed")
    return _worded(session, now, house, row, case, what)


def _render_asked(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    request = session.get(CaseRequest, int(row.object.split(":")[1]))
    if request is None or request.outcome is not None or request.case.state is CaseState.CLOSED:
        return Drop("request over")
    if request.asked_of_id != row.chat.staff_id:
        return Drop("another colleague")
    return _worded(session, now, house, row, request.case, "asked")


def _worded(session: Session, now: datetime, house: House, row: Outbox, case: Case, what: str) -> Words:
    text = house.texts.say(
        f"case.news.{what}",
        number=case.id,
        kind=case_kinds.label(house, case.kind),
        urgency=house.texts.say(f"staff.urgency.{case.urgency}"),
    )
    button = (house.texts.say("case.button.open"), "case.open", {"case": case.id})
    return Words(text, questions.choices(session, now, row.chat, None, [button]))


_LIFE = timedelta(days=7)
NEWS = declare(MessageKind("case_news", Lane.HAND_OFF, _LIFE, held=False, resend=True, render=_render))
URGENT_NEWS = declare(
    MessageKind("case_news_urgent", Lane.SAFETY, _LIFE, held=False, resend=True, render=_render)
)
ADVICE = declare(
    MessageKind("case_advice", Lane.HAND_OFF, _LIFE, held=False, resend=True, render=_render_asked)
)
