"""The relay's messages: the worker's words on their way, the tenant's answers, a word to either side."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.relay import MOST_CAPTION, RelayEnd, length
from bot.domain.states import CaseState, Direction, OutboxState
from bot.domain.words import Attachment, Drop, Option, Words
from bot.services import access, outbox, people, questions
from bot.services.house import House
from bot.services.kinds import Lane, MessageKind, declare
from bot.storage.tables import Case, Chat, Draft, Message, Outbox, Person, Relay, Staff
from bot.texts import Voice

_VIOLENCE = "report_violence"


def addressee(house: House, case: Case) -> str:
    """The recipient as a worker reads it on Telegram: first name and case number, no name when discreet."""
    person = case.person
    name = person.first_name if person else ""
    discreet = not name or (person is not None and person.discreet)
    return house.texts.say("relay.who", Voice(discreet=discreet), name=name, number=case.id)


def writer(house: House, staff: Staff) -> str:
    """The worker as the tenant reads it."""
    return staff.first_name or house.texts.say("relay.writer")


def violence(session: Session, person: Person) -> Case | None:
    """The open case of violence about that person: somebody else may read the telephone."""
    return session.scalar(
        select(Case)
        .where(Case.person_id == person.id, Case.kind == _VIOLENCE, Case.state != CaseState.CLOSED)
        .limit(1)
    )


def voice_to(session: Session, person: Person) -> Voice:
    """How a person of the team is announced: discreetly too while a case of violence is open."""
    voice = people.voice(person)
    return Voice(voice.register, voice.discreet or violence(session, person) is not None)


# The worker's words to the tenant


def send(session: Session, now: datetime, house: House, draft: Draft, relay: Relay) -> None:
    """Queue the draft's message; a long caption leaves as a message of its own, before the file."""
    parts = ("", "/file") if _is_apart(draft) else ("",)
    for part in parts:
        outbox.enqueue(
            session,
            now,
            house,
            relay.chat,
            RELAY,
            object=f"relay:{relay.id}",
            occasion=f"draft:{draft.id}{part}",
            not_before=max(now, relay.starts_at),
        )


def rows_of(session: Session, draft: Draft) -> list[Outbox]:
    """The rows that carry that draft's message."""
    return list(
        session.scalars(
            select(Outbox)
            .where(
                Outbox.organisation_id == draft.organisation_id,
                Outbox.recipient == f"chat:{draft.to_chat_id}",
                Outbox.kind == RELAY.name,
                Outbox.object == f"relay:{draft.relay_id}",
                Outbox.occasion.in_((f"draft:{draft.id}", f"draft:{draft.id}/file")),
            )
            .order_by(Outbox.id)
        )
    )


def lost_back(session: Session, relay: Relay, lost: Iterable[OutboxState]) -> bool:
    """Whether words of the tenant did not reach the telephone of who holds the talk."""
    chats = session.scalars(select(Chat.id).where(Chat.staff_id == relay.staff_id)).all()
    found = select(Outbox.id).where(
        Outbox.organisation_id == relay.organisation_id,
        Outbox.recipient.in_([f"chat:{chat}" for chat in chats]),
        Outbox.kind == RELAY_BACK.name,
        Outbox.object == f"relay:{relay.id}",
        Outbox.state.in_(tuple(lost)),
    )
    return session.scalar(found.limit(1)) is not None


def draft_of(session: Session, row: Outbox) -> Draft:
    """The draft that a row of the kind `relay` sends."""
    return session.get_one(Draft, int(row.occasion.removeprefix("draft:").removesuffix("/file")))


def writers(session: Session, rows: Iterable[int | None]) -> dict[int, str]:
    """Who wrote the messages that left by these outbox rows; only those of a relay."""
    found = session.scalars(select(Outbox).where(Outbox.id.in_(set(rows)), Outbox.kind == RELAY.name))
    return {row.id: draft_of(session, row).staff.display_name for row in found}


def heading(session: Session, house: House, draft: Draft, *, opens: bool) -> str:
    """What stands above the words: the first ones say who writes and how to speak to Palier again."""
    voice, name = voice_to(session, draft.person), writer(house, draft.staff)
    if opens:
        return house.texts.say("relay.opens", voice, worker=name)
    return "" if voice.discreet else house.texts.say("relay.says", voice, worker=name)


def _is_apart(draft: Draft) -> bool:
    if draft.attachment is None:
        return False
    return length(draft.words or "") > MOST_CAPTION or draft.attachment["kind"] == "video_note"


def _render(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    draft = draft_of(session, row)
    relay = session.get_one(Relay, draft.relay_id)
    # Whoever has this telephone now is not the person who was shown to the worker.
    if row.chat_id != draft.to_chat_id or row.chat.person_id != draft.person_id:
        return Drop("not this person any more")
    if relay.why is RelayEnd.STOP or (relay.ended_at is not None and relay.ended_at < relay.starts_at):
        return Drop("relay ended")
    attachment = Attachment(**draft.attachment) if draft.attachment else None
    sensitive = access.is_danger(draft.case)
    if row.occasion.endswith("/file"):
        return Words("", attachment=attachment, sensitive=sensitive)
    text = _headed(session, house, draft)
    return Words(text, attachment=None if _is_apart(draft) else attachment, sensitive=sensitive)


def _headed(session: Session, house: House, draft: Draft) -> str:
    parts = (heading(session, house, draft, opens=draft.opens), draft.words or "")
    return ("\n\n" if draft.opens else "\n").join(part for part in parts if part)


RELAY = declare(
    MessageKind("relay", Lane.HAND_OFF, timedelta(days=3), held=False, resend=False, render=_render)
)


# The tenant's words to the worker: final when they are queued, and sent again when in doubt.
RELAY_BACK = declare(
    MessageKind("relay_back", Lane.HAND_OFF, timedelta(days=3), held=False, resend=True)
)  # fmt: skip


def options(house: House, case: Case, relay: Relay | None = None) -> tuple[Option, ...]:
    """The buttons below a message about that talk."""
    answer = Option(house.texts.say("relay.button.write"), "relay.write", {"case": case.id})
    if relay is None:
        return (answer,)
    return (answer, Option(house.texts.say("relay.button.end"), "relay.end", {"relay": relay.id}))


def queue_words(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    kind: MessageKind,
    relay: Relay,
    occasion: str,
    words: Words,
    *,
    buttons: Iterable[Option] = (),
    not_before: datetime | None = None,
) -> Outbox | None:
    """Queue final words about a relay, with their buttons; None when they were queued before."""
    rows = questions.choices(session, now, chat, None, [(o.title, o.intent, o.values) for o in buttons])
    return outbox.enqueue(
        session,
        now,
        house,
        chat,
        kind,
        object=f"relay:{relay.id}",
        occasion=occasion,
        words=Words(words.text, rows, words.attachment, access.is_danger(relay.case)),
        not_before=not_before,
    )


# A word to either side

RELAY_NOTICE = declare(
    MessageKind("relay_notice", Lane.HAND_OFF, timedelta(days=1), held=False, resend=True)
)  # fmt: skip


def tell_staff(
    session: Session,
    now: datetime,
    house: House,
    relay: Relay,
    staff: Staff,
    key: str,
    occasion: str,
    *,
    buttons: Iterable[Option] = (),
    not_before: datetime | None = None,
    worker: str = "",
) -> Outbox | None:
    """A word to the worker; None when it cannot reach them on Telegram or was queued before."""
    chat = people.staff_chat(session, staff)
    if chat is None:
        return None
    text = house.texts.say(key, who=addressee(house, relay.case), worker=worker)
    return queue_words(
        session, now, house, chat, RELAY_NOTICE, relay, occasion, Words(text),
        buttons=buttons, not_before=not_before,
    )  # fmt: skip


def tell_tenant(
    session: Session, now: datetime, house: House, relay: Relay, key: str, occasion: str
) -> Outbox | None:
    """A word to the tenant, in their voice."""
    text = house.texts.say(
        key, voice_to(session, relay.person), worker=writer(house, relay.staff)
    )  # fmt: skip
    return queue_words(session, now, house, relay.chat, RELAY_NOTICE, relay, occasion, Words(text))


def _render_over(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    relay = session.get_one(Relay, int(row.object.removeprefix("relay:")))
    if row.chat.person_id != relay.person_id:
        return Drop("not this person any more")
    since = select(Message.id).where(
        Message.chat_id == row.chat_id, Message.direction == Direction.IN, Message.at >= relay.ended_at
    )
    newer = select(Relay.id).where(Relay.chat_id == row.chat_id, Relay.id > relay.id)
    if session.scalar(since.limit(1)) or session.scalar(newer.limit(1)):
        # The talk has gone on with somebody: the word would come in the middle of it.
        return Drop("said since")
    voice = voice_to(session, relay.person)
    return Words(house.texts.say("relay.over", voice, worker=writer(house, relay.staff)))


# To the tenant: the talk is Palier's again.
RELAY_OVER = declare(
    MessageKind(
        "relay_over", Lane.HAND_OFF, timedelta(hours=12), held=False, resend=True, render=_render_over
    )
)
