"""The relay: a person of the team and a tenant talk through the bot, and Palier's dialogue stands aside.

One relay at a time in a tenant's chat, about one case. It follows the case when it is handed over, and
ends by either side, by a silence, or with the case.
"""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.domain.calendar import decent_instant
from bot.domain.relay import MOST_CAPTION, RelayEnd, length, pieces
from bot.domain.states import CaseState, ChatState, Urgency
from bot.domain.words import Attachment, Words
from bot.services import access, outbox, people
from bot.services.cases import cases
from bot.services.cases.cases import CaseRefused
from bot.services.house import House
from bot.services.relay.words import (
    RELAY_BACK,
    RELAY_OVER,
    addressee,
    options,
    queue_words,
    tell_staff,
    tell_tenant,
)
from bot.storage.tables import Case, Chat, Message, Relay, Staff

# A tenant who wrote so lately is awake: the end of the talk may be told at once, whatever the hour.
_AWAKE = timedelta(hours=2)
# The ends that the tenant does not know of already, or cannot be told.
_BY_US = (RelayEnd.WORKER, RelayEnd.SILENCE, RelayEnd.CLOSED, RelayEnd.RELEASED)


def held(session: Session, now: datetime, chat: Chat) -> Relay | None:
    """The relay that holds this tenant's talk now; None when it is Palier's. Changes nothing."""
    relay = session.scalar(select(Relay).filter_by(chat_id=chat.id, ended_at=None))
    if relay is None or not relay.starts_at <= now < relay.silent_at:
        return None
    if relay.person_id != chat.person_id or relay.case.owner_id is None:
        return None
    if relay.case.state is CaseState.CLOSED:
        return None
    return relay


def of_staff(session: Session, staff: Staff) -> list[Relay]:
    """The talks that this person holds."""
    return list(session.scalars(select(Relay).filter_by(staff_id=staff.id, ended_at=None).order_by(Relay.id)))


def of_case(session: Session, case: Case) -> Relay | None:
    """The open talk about that case."""
    return session.scalar(select(Relay).filter_by(case_id=case.id, ended_at=None))


def in_the_way(session: Session, now: datetime, house: House, case: Case, chat: Chat, staff: Staff) -> bool:
    """Whether another talk goes on in that chat: of somebody else, or about another case."""
    relay = _open_in(session, now, house, chat)
    return relay is not None and (relay.case_id, relay.staff_id) != (case.id, staff.id)


def join(
    session: Session, now: datetime, house: House, case: Case, chat: Chat, staff: Staff
) -> tuple[Relay, bool]:
    """The talk of `staff` with that tenant about that case, and whether it begins. Raises CaseRefused.

    The first message waits for a decent hour unless the case is urgent; the talk starts with it.
    """
    if case.person_id is None or case.owner_id is None:
        raise CaseRefused("relay_untaken")
    relay = _open_in(session, now, house, chat)
    if relay is not None:
        if (relay.case_id, relay.staff_id) != (case.id, staff.id):
            raise CaseRefused("relay_busy")
        relay.staff_at = now
        _listen_again(house, relay, now)
        return relay, False
    urgent = case.urgency is Urgency.URGENT
    starts_at = now if urgent else decent_instant(now, house.zone, house.holidays)
    relay = Relay(
        organisation_id=case.organisation_id,
        case=case,
        person_id=case.person_id,
        chat=chat,
        staff=staff,
        owner_id=case.owner_id,
        opened_at=now,
        starts_at=starts_at,
        staff_at=now,
        silent_at=house.content.silence.ends_at(starts_at, house.zone, house.holidays),
    )
    try:
        with session.begin_nested():
            session.add(relay)
    except IntegrityError:
        # A colleague has opened a talk in that chat at the same instant.
        raise CaseRefused("relay_busy") from None
    cases.record(session, now, case, "relay_opened", actor=staff)
    return relay, True


def _open_in(session: Session, now: datetime, house: House, chat: Chat) -> Relay | None:
    relay = session.scalar(select(Relay).filter_by(chat_id=chat.id, ended_at=None).with_for_update())
    if relay is not None:
        settle(session, now, house, relay)
    return relay if relay is not None and relay.ended_at is None else None


def _listen_again(house: House, relay: Relay, now: datetime) -> None:
    last = max(now, relay.starts_at)
    relay.silent_at = house.content.silence.ends_at(last, house.zone, house.holidays)


def pass_on(
    session: Session,
    now: datetime,
    house: House,
    relay: Relay,
    inbox_id: int,
    text: str,
    attachment: Attachment | None = None,
) -> None:
    """The tenant wrote: whoever holds the talk gets it, whole and with a button to answer."""
    settle(session, now, house, relay)
    relay.tenant_at = now
    _listen_again(house, relay, now)
    if access.is_danger(relay.case):
        session.execute(update(Message).where(Message.inbox_id == inbox_id).values(sensitive=True))
    chat = people.staff_chat(session, relay.staff)
    if chat is None:
        nobody_reads(session, now, house, relay)
        return
    messages = _messages(house, relay, text, attachment)
    for number, words in enumerate(messages, 1):
        buttons = options(house, relay.case, relay) if number == len(messages) else ()
        queue_words(
            session, now, house, chat, RELAY_BACK, relay, f"inbox:{inbox_id}/{number}", words, buttons=buttons
        )


def _messages(house: House, relay: Relay, text: str, attachment: Attachment | None) -> list[Words]:
    """What the worker gets: who writes, then the words; a file takes a short text as its caption."""
    head = house.texts.say("relay.from", who=addressee(house, relay.case))
    texts = [f"{head}\n\n{part}".rstrip() for part in pieces(text)]
    if attachment is None:
        return [Words(part) for part in texts]
    if length(text) <= MOST_CAPTION and attachment.kind != "video_note":
        return [Words(texts[0], attachment=attachment)]
    return [*(Words(part) for part in texts), Words("", attachment=attachment)]


def end(session: Session, now: datetime, house: House, relay: Relay, why: RelayEnd) -> None:
    """The talk is over, once; both sides are told, except whoever ended it and gets an answer anyway."""
    if relay.ended_at is not None:
        return
    relay.ended_at, relay.why = now, why
    cases.record(session, now, relay.case, "relay_ended")
    decent = decent_instant(now, house.zone, house.holidays)
    if why is not RelayEnd.WORKER:
        theirs_no_more = why in (RelayEnd.CLOSED, RelayEnd.RELEASED)
        tell_staff(
            session,
            now,
            house,
            relay,
            relay.staff,
            f"relay.over.{why}",
            "over",
            buttons=() if theirs_no_more else options(house, relay.case),
            not_before=decent if why is RelayEnd.SILENCE else now,
        )
    if why in _BY_US and relay.starts_at <= now:
        awake = relay.tenant_at is not None and now - relay.tenant_at < _AWAKE
        outbox.enqueue(
            session, now, house, relay.chat, RELAY_OVER,
            object=f"relay:{relay.id}", occasion="over", not_before=now if awake else decent,
        )  # fmt: skip


def settle(session: Session, now: datetime, house: House, relay: Relay) -> bool:
    """Bring an open relay up to what became of its case, its owner and its tenant. Whether it changed."""
    if relay.ended_at is not None:
        return False
    session.refresh(relay.case)
    session.refresh(relay.chat)
    if relay.chat.person_id != relay.person_id or relay.chat.state is ChatState.UNREACHABLE:
        end(session, now, house, relay, RelayEnd.UNREACHABLE)
    elif relay.case.state is CaseState.CLOSED:
        end(session, now, house, relay, RelayEnd.CLOSED)
    elif relay.case.owner_id is None:
        end(session, now, house, relay, RelayEnd.RELEASED)
    elif relay.silent_at <= now:
        end(session, now, house, relay, RelayEnd.SILENCE)
    elif _has_moved(relay):
        _move(session, now, house, relay)
    else:
        return False
    return True


def _has_moved(relay: Relay) -> bool:
    if relay.case.owner_id == relay.staff_id:
        return False
    handed_over = relay.staff_id == relay.owner_id
    return handed_over or not access.follows(relay.case, relay.staff)


def _move(session: Session, now: datetime, house: House, relay: Relay) -> None:
    """The case was handed over: its new owner holds the talk, and everybody knows."""
    before, after = relay.staff, session.get_one(Staff, relay.case.owner_id)
    relay.staff, relay.staff_id, relay.owner_id = after, after.id, after.id
    cases.record(session, now, relay.case, "relay_moved", actor=after)
    occasion = f"moved:{after.id}/{now:%m-%dT%H:%M:%S}"
    tell_staff(
        session, now, house, relay, before, "relay.moved.away", occasion, worker=after.display_name
    )  # fmt: skip
    tell_staff(
        session, now, house, relay, after, "relay.moved.here", occasion,
        buttons=options(house, relay.case, relay),
    )  # fmt: skip
    if relay.starts_at <= now:
        tell_tenant(session, now, house, relay, "relay.moved", occasion)


# The worker cannot be reached


def nobody_reads(session: Session, now: datetime, house: House, relay: Relay) -> bool:
    """The tenant wrote and the worker is not on Telegram: a sign on the case, and the tenant is told.

    The sign goes to the case's owner, or puts the case back to the team when that is the worker; the
    talk is over, so that the next words are not lost on anybody. Returns whether this had to be done.
    """
    told = tell_tenant(session, now, house, relay, "relay.kept", f"away:{relay.staff_id}")
    if told is None:
        return False
    case = relay.case
    reason = house.texts.say("relay.sign", worker=relay.staff.display_name)
    if case.state is CaseState.CLOSED:
        cases.open_case(
            session, now, house, kind=case.kind, urgency=case.urgency, reason=reason, person=relay.person
        )
    else:
        cases.add_sign(session, now, house, case, reason, case.urgency)
    end(session, now, house, relay, RelayEnd.RELEASED)
    return True
