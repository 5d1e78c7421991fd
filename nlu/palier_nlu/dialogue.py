"""The talk: a message and its context in, what it means and what to say out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.core.constants import DEFAULT_INTENTS
from rasa.shared.core.events import SlotSet

from palier_fr import times
from palier_nlu import reading
from palier_nlu.actions import ActionEndpoint
from palier_nlu.idle import IdleMap
from palier_nlu.once import Once
from palier_nlu.replies import Replies
from palier_nlu.request import BadRequest, MessageRequest

# People answer these, not the dialogue (docs/dialogue-protocol.md).
DANGER = frozenset({"report_violence", "report_distress", "report_hazard"})

# Conversations kept at most. A turn takes 3.4 kB and a conversation has 40 turns at most: 680 MB if all
# were full, some 85 MB at five turns each.
CAPACITY = 5_000
IDLE_SECONDS = 7200.0


# "Quel jour pensez-vous payer ?": a day alone answers it, whatever the model makes of so few words.
ASKS_DAY = "rent_when"
# "Depuis quand ?": words that mean nothing by themselves are an answer in the person's own words.
ASKS_DETAIL = "detail"


class SilentDialogue(RuntimeError):
    """The dialogue had to answer and said nothing: an action failed, or a rule is missing."""


class Dialogue:
    """A loaded model and the conversations under way, in memory only, forgotten when idle."""

    def __init__(
        self,
        processor: MessageProcessor,
        endpoint: ActionEndpoint | None,
        engine: times.Engine | None,
        trackers: IdleMap[str],
        idle_seconds: float,
    ) -> None:
        self._processor = processor
        self._endpoint = endpoint
        self._engine = engine
        self._trackers = trackers
        self._once: Once[dict[str, Any]] = Once(capacity=CAPACITY, idle_seconds=idle_seconds)
        self._intents = frozenset(processor.domain.intents) - {
            *DEFAULT_INTENTS,
            DEFAULT_NLU_FALLBACK_INTENT_NAME,
        }

    @classmethod
    def load(
        cls,
        model: Path,
        actions_url: str | None = None,
        idle_seconds: float = IDLE_SECONDS,
        engine: times.Engine | None = None,
    ) -> Dialogue:
        """Load the model; nothing else of Rasa is started. Without `engine` no time or amount is read."""
        endpoint = ActionEndpoint(actions_url) if actions_url else None
        trackers: IdleMap[str] = IdleMap(capacity=CAPACITY, idle_seconds=idle_seconds)
        store = InMemoryTrackerStore(None)
        store.store = trackers
        generator = TemplatedNaturalLanguageGenerator({})
        processor = MessageProcessor(model, store, InMemoryLockStore(), generator, action_endpoint=endpoint)
        store.domain = processor.domain
        generator.responses = processor.domain.responses
        return cls(processor, endpoint, engine, trackers, idle_seconds)

    async def close(self) -> None:
        """Close the connection to the action server."""
        if self._endpoint:
            await self._endpoint.close()

    def forget_idle(self) -> None:
        """Drop what idle conversations left in memory."""
        self._trackers.purge()
        self._once.purge()

    def parse(self, text: str, written_at: datetime, zone: str) -> dict[str, Any]:
        """What the text may mean; no conversation is touched."""
        parse_data = reading.read_text(self._processor, text)
        if self._engine is not None:
            parse_data["entities"] = times.read(text, written_at, zone, self._engine)
        return reading.public(parse_data)

    async def answer(self, request: MessageRequest) -> dict[str, Any]:
        """The answer of the protocol, the same for the same message of a conversation."""
        if request.intent is not None and request.intent not in self._intents:
            raise BadRequest("the intent is not in the domain")
        if not request.talk:
            return {"parse": reading.public(await self._read(request)), "replies": []}
        return await self._once.answer(request.conversation, request.id, lambda: self._turn(request))

    async def _read(self, request: MessageRequest) -> dict[str, Any]:
        if request.intent is not None:
            return reading.read_button(request.intent, request.entities)
        text = request.text or ""
        parse_data = reading.read_text(self._processor, text)
        if self._engine is not None:
            # Another process answers: in a thread, so that nobody else waits for it.
            found = await asyncio.to_thread(
                times.read, text, request.written_at, request.zone.key, self._engine
            )
            # The actions get a part of the text only: each entity brings its own words.
            parse_data["entities"] = [
                {**entity, "text": text[entity["start"] : entity["end"]]} for entity in found
            ]
        if request.slots["question_kind"] == ASKS_DAY and _gives_day(text, parse_data):
            reading.mean(parse_data, "payment_promise")
        if request.slots["question_kind"] == ASKS_DETAIL and parse_data["intent"]["name"] == "out_of_scope":
            reading.hesitate(parse_data)
        return parse_data

    async def _turn(self, request: MessageRequest) -> dict[str, Any]:
        """What Rasa's `handle_message` does, with the context set first and the parse made here, once.

        Each matter of the message has its turn, the leading one first. A turn that fails leaves the
        conversation as it was: the tracker is saved last.
        """
        parse_data = await self._read(request)
        parse = reading.public(parse_data)
        replies = Replies(self._intents)
        tracker = await self._processor.fetch_tracker_and_update_session(request.conversation, replies)
        tracker.update_with_events(_slot_events(request.slots), self._processor.domain)
        people_answer = parse["intent"] in DANGER
        for matter in reading.each_matter(parse_data)[: 1 if people_answer else None]:
            said = len(replies.messages)
            message = UserMessage(
                matter["text"], replies, request.conversation, parse_data=matter, message_id=request.id
            )
            await self._processor._handle_message_with_tracker(message, tracker)
            tracker = await self._processor.run_action_extract_slots(replies, tracker)
            await self._processor._run_prediction_loop(replies, tracker)
            if len(replies.messages) == said and not people_answer:
                raise SilentDialogue
        await self._processor.save_tracker(tracker)
        return {"parse": parse, "replies": replies.messages}


def _slot_events(slots: Mapping[str, Any]) -> list[SlotSet]:
    return [SlotSet(name, value) for name, value in slots.items()]


def _gives_day(text: str, parse_data: Mapping[str, Any]) -> bool:
    entities = parse_data["entities"]
    names = {entity["entity"] for entity in entities}
    in_danger = parse_data["intent"]["name"] in DANGER or parse_data[reading.SIGNS]
    return bool(names & {"time", "installments"}) and not in_danger and times.says_only(text, entities)
