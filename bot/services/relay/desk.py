"""Writing to a tenant from Telegram: *Répondre*, the words, "Envoyer ?"; one draft at a time in a chat."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.domain import rights
from bot.domain.incoming import Came, Incoming
from bot.domain.relay import DRAFT_LIFE, MOST_CAPTION, DraftState, RelayEnd, length
from bot.domain.words import Attachment, Option, Reply
from bot.services import access, questions
from bot.services.cases.cases import CaseRefused
from bot.services.house import House
from bot.services.relay import drafts, relay
from bot.services.relay import watch as relay_watch
from bot.services.relay import words as relay_words
from bot.services.relay.drafts import Care
from bot.services.relay.words import addressee
from bot.storage.tables import Case, Chat, Draft, Relay, Staff
from bot.texts import format as say

_MOST_ANSWERS = 12
Act = Callable[[Session, datetime, House, Chat, Staff, dict[str, Any]], Reply]


def respond(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    staff: Staff,
    incoming: Incoming,
    *,
    awaited: bool = False,
) -> Reply | None:
    """The answer to what belongs to a draft or a talk; None when it is another matter.

    `awaited`: words outside of a draft answer another question.
    """
    try:
        if incoming.came is Came.BUTTON:
            button = questions.pressed(session, now, chat, incoming.button)
            act = ACTS.get(button.meaning) if button else None
            if button is None or act is None:
                return None
            access.require(staff, rights.of_telegram(button.meaning))
            return act(session, now, house, chat, staff, button.values)
        if incoming.came in (Came.COMMAND, Came.BLOCKED, Came.UNBLOCKED):
            return None
        draft = drafts.open_one(session, chat)
        if draft is None:
            stray = incoming.came is Came.TEXT and not awaited
            return _outside(session, house, staff) if stray else None
        return _written(session, now, house, draft, incoming)
    except CaseRefused as refusal:
        return Reply(_refusal(house, refusal))


def _refusal(house: House, refusal: CaseRefused) -> str:
    return house.texts.say(f"case.refused.{refusal.code}")


_MINUTES = int(DRAFT_LIFE.total_seconds() // 60)


def offer(house: House, case: Case, staff: Staff) -> tuple[Option, ...]:
    """The button *Répondre* of a case, for whoever may write from it."""
    writable = case.person is not None and case.owner_id is not None and access.follows(case, staff)
    return relay_words.options(house, case) if writable else ()


# From the button to the words


def _start(
    session: Session, now: datetime, house: House, chat: Chat, staff: Staff, values: dict[str, Any]
) -> Reply:
    case_id = int(values["case"])
    other = drafts.open_one(session, chat)
    if other is not None and other.expires_at <= now:
        drafts.finish(other, DraftState.EXPIRED)
        relay_watch.tell_expired(session, now, house, other)
    elif other is not None and other.case_id != case_id:
        text = house.texts.say("relay.draft.other", who=addressee(house, other.case))
        return Reply(text, (_option(house, "cancel", other),))
    elif other is not None:
        drafts.finish(other, DraftState.CANCELLED)
    session.flush()
    draft = drafts.start(session, now, house, case_id, staff, chat)
    text = house.texts.say("relay.draft.open", who=addressee(house, draft.case), minutes=_MINUTES)
    return Reply(text, _while_writing(house, draft))


def _while_writing(house: House, draft: Draft) -> tuple[Option, ...]:
    return (_option(house, "answers", draft), _option(house, "cancel", draft))


def _option(house: House, act: str, draft: Draft, **values: object) -> Option:
    return Option(house.texts.say(f"relay.button.{act}"), f"relay.{act}", {"draft": draft.id, **values})


def _written(session: Session, now: datetime, house: House, draft: Draft, incoming: Incoming) -> Reply:
    if draft.expires_at <= now:
        drafts.finish(draft, DraftState.EXPIRED)
        text = house.texts.say("relay.draft.expired", who=addressee(house, draft.case))
        return Reply(text, relay_words.options(house, draft.case))
    attachment = Attachment(incoming.file_kind, incoming.file_id) if incoming.file_id else None
    try:
        drafts.write(draft, incoming.text, attachment)
    except CaseRefused as refusal:
        return Reply(_refusal(house, refusal), _while_writing(house, draft))
    return _shown(house, draft)


def _shown(house: House, draft: Draft, warning: str = "") -> Reply:
    """The words as they would leave, above "Envoyer ?"; after a warning, "Envoyer malgré tout"."""
    who, words = addressee(house, draft.case), draft.words or ""
    parts = [warning, house.texts.say("relay.draft.to", who=who)]
    if words:
        parts.append(f"«\u00a0{words}\u00a0»")
    parts.append(house.texts.say("relay.draft.sure" if warning else "relay.draft.send"))
    attachment = Attachment(**draft.attachment) if draft.attachment else None
    fits = attachment and length(words) <= MOST_CAPTION and not warning and attachment.kind != "video_note"
    if attachment and not fits:
        parts.insert(-1, house.texts.say("relay.draft.file"))
    bound = {"case": draft.case_id, "fingerprint": draft.fingerprint}
    options = (
        _option(house, "sure" if warning else "send", draft, **bound),
        _option(house, "edit", draft),
        _option(house, "cancel", draft),
    )
    return Reply(
        "\n\n".join(part for part in parts if part),
        options,
        attachment=attachment if fits else None,
        sensitive=access.is_danger(draft.case),
    )


# The buttons of a draft


def _mine(session: Session, now: datetime, chat: Chat, values: dict[str, Any]) -> Draft:
    """The open draft that the button belongs to. Raises CaseRefused."""
    draft = drafts.open_one(session, chat)
    if draft is None or draft.id != values["draft"]:
        raise CaseRefused("relay_stale")
    if draft.expires_at <= now:
        drafts.finish(draft, DraftState.EXPIRED)
        raise CaseRefused("relay_expired")
    return draft


def _edit(
    session: Session, now: datetime, house: House, chat: Chat, staff: Staff, values: dict[str, Any]
) -> Reply:
    draft = _mine(session, now, chat, values)
    drafts.rewrite(draft)
    text = house.texts.say("relay.draft.again", who=addressee(house, draft.case))
    return Reply(text, _while_writing(house, draft))


def _cancel(
    session: Session, now: datetime, house: House, chat: Chat, staff: Staff, values: dict[str, Any]
) -> Reply:
    draft = _mine(session, now, chat, values)
    drafts.finish(draft, DraftState.CANCELLED)
    return Reply(house.texts.say("relay.draft.cancelled", who=addressee(house, draft.case)))


def _answers(
    session: Session, now: datetime, house: House, chat: Chat, staff: Staff, values: dict[str, Any]
) -> Reply:
    draft = _mine(session, now, chat, values)
    ready = house.content.answers.of(draft.case.kind)[:_MOST_ANSWERS]
    options = [
        Option(answer.title, "relay.answer", {"draft": draft.id, "answer": answer.id}) for answer in ready
    ]
    text = house.texts.say("relay.draft.answers", who=addressee(house, draft.case))
    return Reply(text, (*options, _option(house, "cancel", draft)))


def _answer(
    session: Session, now: datetime, house: House, chat: Chat, staff: Staff, values: dict[str, Any]
) -> Reply:
    draft = _mine(session, now, chat, values)
    drafts.write(draft, drafts.ready_words(session, now, house, draft, values["answer"]))
    return _shown(house, draft)


def _send(
    session: Session, now: datetime, house: House, chat: Chat, staff: Staff, values: dict[str, Any]
) -> Reply:
    return _confirm(session, now, house, chat, staff, values, warned=False)


def _sure(
    session: Session, now: datetime, house: House, chat: Chat, staff: Staff, values: dict[str, Any]
) -> Reply:
    return _confirm(session, now, house, chat, staff, values, warned=True)


def _confirm(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    staff: Staff,
    values: dict[str, Any],
    *,
    warned: bool,
) -> Reply:
    result = drafts.confirm(
        session,
        now,
        house,
        staff,
        chat,
        draft_id=int(values["draft"]),
        case_id=int(values["case"]),
        fingerprint=str(values["fingerprint"]),
        warned=warned,
    )
    if isinstance(result, Care):
        draft = session.get_one(Draft, int(values["draft"]))
        return _shown(house, draft, warning(house, draft.case, result))
    return Reply(sent(house, now, result), relay_words.options(house, result.case, result))


def warning(house: House, case: Case, needed: Care) -> str:
    """What a worker is told before the first message to a telephone that somebody else may read."""
    return house.texts.say("relay.care" if needed.knows else "relay.care.unknown", who=addressee(house, case))


def sent(house: House, now: datetime, talk: Relay) -> str:
    """What a worker is told of a message that was confirmed: when it leaves, where the answer comes."""
    who = addressee(house, talk.case)
    if talk.starts_at <= now:
        return house.texts.say("relay.sent", who=who)
    start = talk.starts_at.astimezone(house.zone)
    return house.texts.say(
        "relay.sent.later", who=who, day=say.day(start.date()), hour=say.hour(start, house.zone)
    )


# Beside drafts


def _end(
    session: Session, now: datetime, house: House, chat: Chat, staff: Staff, values: dict[str, Any]
) -> Reply:
    talk = session.get_one(Relay, int(values["relay"]))
    if talk.ended_at is not None or talk.staff_id != staff.id:
        raise CaseRefused("relay_over")
    relay.end(session, now, house, talk, RelayEnd.WORKER)
    return Reply(
        house.texts.say("relay.over.worker", who=addressee(house, talk.case)),
        relay_words.options(house, talk.case),
    )


def _outside(session: Session, house: House, staff: Staff) -> Reply | None:
    """Somebody who holds talks and forgets to press *Répondre*: nothing is sent, and the way is shown."""
    talks = relay.of_staff(session, staff)
    options = tuple(
        Option(
            house.texts.say("relay.button.write_to", who=addressee(house, talk.case))[:64],
            "relay.write",
            {"case": talk.case_id},
        )
        for talk in talks[:8]
    )
    return Reply(house.texts.say("relay.outside"), options) if talks else None


ACTS: dict[str, Act] = {
    "relay.write": _start,
    "relay.edit": _edit,
    "relay.cancel": _cancel,
    "relay.answers": _answers,
    "relay.answer": _answer,
    "relay.send": _send,
    "relay.sure": _sure,
    "relay.end": _end,
}
