"""A sign of danger: safe words at once, an urgent case, an alert. Two nets feed it; either is enough."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.domain.states import Urgency
from bot.domain.words import Drop, Words
from bot.services import cases, outbox, people
from bot.services.house import House
from bot.services.kinds import Lane, MessageKind, declare
from bot.storage.tables import Chat, Outbox, Person

# Danger kinds of the lexicon and of the safe words, by the intent that says the same.
KIND_OF_INTENT = {
    "report_hazard": "hazard",
    "report_violence": "violence",
    "report_distress": "distress",
}
INTENT_OF_KIND = {kind: intent for intent, kind in KIND_OF_INTENT.items()}


def raise_alarm(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    person: Person | None,
    kinds: Iterable[str],
    occasion: str,
    source: str,
) -> None:
    """Queue the safe words and open (or join) the urgent case of each danger kind.

    `occasion` is the inbox row: the two nets finding the same danger in it say the words once.
    `source` tells the caseworker which net saw it.
    """
    for kind in sorted(set(kinds), key=list(INTENT_OF_KIND).index):
        outbox.enqueue(session, now, house, chat, SAFE_WORDS, object=kind, occasion=occasion)
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


def _render(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    variants = house.content.safe_words[row.object]
    voice = people.voice(row.chat.person)
    if voice.discreet and "discreet" in variants:
        return Words(variants["discreet"])
    return Words(variants[voice.register.value])


SAFE_WORDS = declare(
    MessageKind("safe_words", Lane.SAFETY, timedelta(hours=24), held=False, resend=True, render=_render)
)
