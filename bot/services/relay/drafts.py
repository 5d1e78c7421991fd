"""A message to a tenant before it leaves: written for one case, shown back, sent by "Envoyer" only."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.calendar import add_business_days
from bot.domain.relay import DRAFT_LIFE, MOST_WORDS, OPEN_DRAFT, DraftState, length
from bot.domain.states import CaseState, ChatState, Direction, Register
from bot.domain.words import Attachment
from bot.services import access
from bot.services.cases import follow
from bot.services.cases.cases import CaseRefused
from bot.services.house import House
from bot.services.relay import relay
from bot.services.relay import words as relay_words
from bot.storage.tables import Case, Chat, Consent, Draft, Message, Person, Relay, Staff
from bot.texts import format as say


@dataclass(frozen=True)
class Recipient:
    """To whom a message of that case goes, and who owned the case when it was looked up."""

    case: Case
    owner_id: int
    person: Person
    chat: Chat


def recipient(session: Session, now: datetime, house: House, case_id: int, staff: Staff) -> Recipient:
    """The tenant to whom `staff` may write from that case. Raises CaseRefused."""
    case = access.readable(session, case_id, staff)
    if case.state is CaseState.CLOSED:
        raise CaseRefused("closed")
    if case.owner_id is None:
        raise CaseRefused("relay_untaken")
    if not access.follows(case, staff):
        raise CaseRefused("relay_not_yours")
    chat = _chat(session, case.person) if case.person else None
    if case.person is None or chat is None:
        raise CaseRefused("relay_unlinked")
    if chat.state is ChatState.PAUSED and not _wrote_since_stop(session, case.person, chat):
        raise CaseRefused("relay_paused")
    if relay.in_the_way(session, now, house, case, chat, staff):
        raise CaseRefused("relay_busy")
    return Recipient(case, case.owner_id, case.person, chat)


def _chat(session: Session, person: Person) -> Chat | None:
    """The person's linked chat: an active one rather than a paused one."""
    chats = session.scalars(
        select(Chat)
        .where(Chat.person_id == person.id, Chat.state != ChatState.UNREACHABLE)
        .order_by(Chat.state == ChatState.ACTIVE, Chat.id)
    ).all()
    return chats[-1] if chats else None


def _wrote_since_stop(session: Session, person: Person, chat: Chat) -> bool:
    """After STOP a person is written to only in answer to what they wrote since."""
    stopped = session.scalar(
        select(Consent.at)
        .where(Consent.person_id == person.id, Consent.given.is_(False))
        .order_by(Consent.id.desc())
        .limit(1)
    )
    if stopped is None:
        return False
    since = select(Message.id).where(
        Message.chat_id == chat.id, Message.direction == Direction.IN, Message.at > stopped
    )
    return session.scalar(since.limit(1)) is not None


def open_one(session: Session, chat: Chat) -> Draft | None:
    """The draft that is open in that staff chat; it may be too old."""
    return session.scalar(
        select(Draft).where(Draft.chat_id == chat.id, Draft.state.in_(OPEN_DRAFT)).with_for_update()
    )


def start(
    session: Session, now: datetime, house: House, case_id: int, staff: Staff, chat: Chat | None
) -> Draft:
    """Open a draft to the tenant of that case; one of the same chat must be over. Raises CaseRefused."""
    to = recipient(session, now, house, case_id, staff)
    draft = Draft(
        organisation_id=to.case.organisation_id,
        chat_id=chat.id if chat else None,
        staff=staff,
        case=to.case,
        owner_id=to.owner_id,
        person=to.person,
        to_chat_id=to.chat.id,
        state=DraftState.WRITING,
        opened_at=now,
        expires_at=now + DRAFT_LIFE,
    )
    session.add(draft)
    session.flush()
    return draft


def write(draft: Draft, words: str, attachment: Attachment | None = None) -> None:
    """The words that will be shown back; those shown before cannot be sent any more. Raises CaseRefused."""
    words = words.strip()
    if not words and attachment is None:
        raise CaseRefused("relay_empty")
    if length(words) > MOST_WORDS:
        raise CaseRefused("relay_long")
    draft.words = words
    draft.attachment = attachment.to_json() if attachment else None
    draft.state = DraftState.SHOWN
    draft.fingerprint = _fingerprint(draft)


def _fingerprint(draft: Draft) -> str:
    bound = [draft.id, draft.case_id, draft.person_id, draft.to_chat_id, draft.words, draft.attachment]
    return hashlib.sha256(json.dumps(bound).encode()).hexdigest()


def rewrite(draft: Draft) -> None:
    """The worker wants other words: the ones shown cannot be sent any more."""
    draft.state, draft.words, draft.attachment, draft.fingerprint = DraftState.WRITING, None, None, ""


def finish(draft: Draft, state: DraftState) -> None:
    """The draft is over and nothing is sent: its words are forgotten."""
    draft.state, draft.words, draft.attachment, draft.fingerprint = state, None, None, ""


@dataclass(frozen=True)
class Care:
    """The worker must be warned before the first message: `knows` whether they may know why."""

    knows: bool


def care(session: Session, now: datetime, house: House, draft: Draft) -> Care | None:
    """Whether the recipient's telephone may be read by the author of violence, and no talk goes on yet."""
    danger = relay_words.violence(session, draft.person)
    ongoing = relay.of_case(session, draft.case)
    if danger is None or (ongoing is not None and ongoing.staff_id == draft.staff_id):
        return None
    return Care(danger.state is CaseState.NEW or access.follows(danger, draft.staff))


def confirm(
    session: Session,
    now: datetime,
    house: House,
    staff: Staff,
    chat: Chat | None,
    *,
    draft_id: int,
    case_id: int,
    fingerprint: str,
    warned: bool = False,
) -> Relay | Care:
    """Send exactly the words that were shown, to exactly the person that was shown, once.

    Returns the talk they belong to, or the care to warn of first (then `warned` says that it was).
    Raises CaseRefused when anything has changed since; then nothing is sent.
    """
    draft = session.scalar(
        select(Draft)
        .filter_by(id=draft_id, case_id=case_id, staff_id=staff.id, chat_id=chat.id if chat else None)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if draft is None or draft.state is not DraftState.SHOWN or draft.fingerprint != fingerprint:
        raise CaseRefused("relay_stale")
    if draft.expires_at <= now:
        finish(draft, DraftState.EXPIRED)
        raise CaseRefused("relay_expired")
    to = _still(session, now, house, draft, staff)
    if to is None:
        finish(draft, DraftState.REFUSED)
        raise CaseRefused("relay_changed")
    needed = None if warned else care(session, now, house, draft)
    if needed is not None:
        return needed
    talk, draft.opens = relay.join(session, now, house, to.case, to.chat, staff)
    draft.state, draft.relay = DraftState.SENT, talk
    follow.seen(draft.case, staff)
    session.flush()
    relay_words.send(session, now, house, draft, talk)
    return talk


def _still(session: Session, now: datetime, house: House, draft: Draft, staff: Staff) -> Recipient | None:
    """The recipient, if it is the one who was shown, from a case that has not changed hands."""
    # The lock holds back a colleague who closes or hands over the case at this very instant.
    session.scalar(
        select(Case).filter_by(id=draft.case_id).with_for_update().execution_options(populate_existing=True)
    )
    try:
        to = recipient(session, now, house, draft.case_id, staff)
    except CaseRefused:
        return None
    shown = (draft.owner_id, draft.person_id, draft.to_chat_id)
    return to if (to.owner_id, to.person.id, to.chat.id) == shown else None


def expire_due(session: Session, now: datetime, house: House, limit: int = 50) -> list[Draft]:
    """The drafts whose time is over: nothing of them is sent."""
    old = session.scalars(
        select(Draft)
        .where(Draft.state.in_(OPEN_DRAFT), Draft.expires_at <= now)
        .order_by(Draft.expires_at, Draft.id)
        .limit(limit)
    ).all()
    for draft in old:
        finish(draft, DraftState.EXPIRED)
    return list(old)


def ready_words(session: Session, now: datetime, house: House, draft: Draft, answer_id: str) -> str:
    """A reusable answer, filled from the case and in the tenant's voice. Raises CaseRefused."""
    answer = house.content.answers.get(answer_id)
    if answer is None or not answer.suits(draft.case.kind):
        raise CaseRefused("relay_stale")
    voice = relay_words.voice_to(session, draft.person)
    name = "simple" if voice.register is Register.SIMPLE else "ordinary"
    if voice.discreet:
        name = "simple_discreet" if voice.register is Register.SIMPLE else "discreet"
    tomorrow = add_business_days(now.astimezone(house.zone).date(), 1, house.holidays)
    filled = answer.words[name].format(
        prenom=draft.person.first_name,
        intervenant=relay_words.writer(house, draft.staff),
        jour=say.day(tomorrow),
    )
    # Without a first name "Bonjour ." is left.
    return say.typeset(re.sub(r" +(?=[.,])", "", filled.strip()))
