"""A sign of danger: safe words at once, an urgent case, an alert. Two nets feed it; either is enough."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.domain.states import CaseState, Urgency
from bot.domain.words import Drop, Reply, Words
from bot.services import outbox, people
from bot.services.cases import cases
from bot.services.house import House
from bot.services.kinds import Lane, MessageKind, declare
from bot.storage.tables import Case, Chat, Outbox, Person

# Danger kinds of the lexicon and of the safe words, by the intent that says the same.
KIND_OF_INTENT = {
    "report_hazard": "hazard",
    "report_violence": "violence",
    "report_distress": "distress",
}
INTENT_OF_KIND = {kind: intent for intent, kind in KIND_OF_INTENT.items()}
# The safe words of a violence whose victim is a child.
CHILD = "child"
INTENT_OF_SAFE_WORDS = {**INTENT_OF_KIND, CHILD: INTENT_OF_KIND["violence"]}


def raise_alarm(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    person: Person | None,
    kinds: Iterable[str],
    occasion: str,
    source: str,
    words: str = "",
) -> list[Outbox]:
    """Queue the safe words and open (or join) the urgent case of each danger kind. Returns the safe words.

    `occasion` is the inbox row: the two nets finding the same danger in it say the words once.
    `source` tells the caseworker which net saw it. `words`, the message, chooses among the safe words.
    """
    queued = []
    for kind in sorted(set(kinds), key=list(INTENT_OF_KIND).index):
        row = outbox.enqueue(
            session, now, house, chat, SAFE_WORDS, object=_variant(house, kind, words), occasion=occasion
        )
        cases.open_case(
            session,
            now,
            house,
            kind=INTENT_OF_KIND[kind],
            urgency=Urgency.URGENT,
            reason=house.texts.say(f"danger.reason.{source}"),
            person=person,
            chat=None if person else chat,
        )
        if row is not None:
            queued.append(row)
    return queued


def _variant(house: House, kind: str, words: str) -> str:
    return CHILD if kind == "violence" and house.content.child.find(words) else kind


def followed(session: Session, chat: Chat) -> Case | None:
    """The open danger case of the chat's person, or of the chat: then a person follows, and only a person."""
    if chat.person_id is None:
        return session.scalar(_FOLLOWED_CHAT, {"whose": chat.id})
    return session.scalar(_FOLLOWED_PERSON, {"whose": chat.person_id})


# Put together once: every answer asks it.
_FOLLOWED_CHAT, _FOLLOWED_PERSON = (
    select(Case)
    .where(whose == bindparam("whose"), Case.state != CaseState.CLOSED, Case.kind.in_(people.DANGER_KINDS))
    .order_by(Case.id.desc())
    .limit(1)
    for whose in (Case.chat_id, Case.person_id)
)


def add_message(
    session: Session, now: datetime, house: House, chat: Chat, case: Case, what: str = "message"
) -> Reply:
    """One more message of somebody in danger: a sign of that case and of every other open danger, for nothing
    says which one it is about. Palier only says that it is read."""
    others = session.scalars(
        select(Case)
        .filter_by(subject=case.subject, organisation_id=case.organisation_id)
        .where(Case.state != CaseState.CLOSED, Case.kind.in_(people.DANGER_KINDS), Case.id != case.id)
        .order_by(Case.id)
    ).all()
    for each in (case, *others):
        cases.add_sign(session, now, house, each, house.texts.say(f"sign.{what}"), Urgency.URGENT)
    return Reply(house.texts.say("danger.follow", people.voice(chat.person)))


def _render(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    variants = house.content.safe_words[row.object]
    voice = people.voice(row.chat.person)
    if voice.discreet and "discreet" in variants:
        return Words(variants["discreet"])
    return Words(variants[voice.register.value])


SAFE_WORDS = declare(
    MessageKind("safe_words", Lane.SAFETY, timedelta(hours=24), held=False, resend=True, render=_render)
)
