"""From a text to what it may mean: one run of the model, and the `parse` object of the answer."""

from __future__ import annotations

import unicodedata
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.trackers import DialogueStateTracker

from palier_nlu.components.danger import SIGNS
from palier_nlu.components.intents import FALLBACK
from palier_nlu.doubt import ASK


def neutralise(text: str) -> str:
    """The text without any slash before its first visible character; every other character stays in place.

    Rasa takes a text that begins with a slash for an intent, with full confidence.
    """
    for index, char in enumerate(text):
        if char != "/" and unicodedata.category(char)[0] not in "CZM":
            return text[:index].replace("/", " ") + text[index:]
    return text.replace("/", " ")


def read_text(processor: MessageProcessor, text: str) -> dict[str, Any]:
    """Rasa's parse data of a text typed by a person."""
    message = UserMessage()
    message.text = neutralise(text)  # not through the constructor, which strips it and moves the offsets
    nobody = DialogueStateTracker.from_events("", [])
    return processor._parse_message_with_graph(message, nobody)


def read_button(intent: str, entities: dict[str, Any]) -> dict[str, Any]:
    """The same for a button: certain, without a text."""
    found = [{"entity": name, "start": 0, "end": 0, "value": value} for name, value in entities.items()]
    certain = {"name": intent, "confidence": 1.0}
    nothing_else = {"doubt": None, "matters": [], "span": [0, 0], SIGNS: []}
    return {"text": "", "intent": certain, "intent_ranking": [certain], "entities": found, **nothing_else}


def each_matter(parse_data: dict[str, Any]) -> list[dict[str, Any]]:
    """The parse data of each matter by itself, the leading one first, with what is said of it alone.

    `place`: 0 for the one that leads. `alone`: the message has no other.
    """
    others = parse_data["matters"]
    if not others:
        return [{**parse_data, "place": 0, "alone": True}]
    taken = [range(other["start"], other["end"]) for other in others]
    kept = [entity for entity in parse_data["entities"] if not any(entity["start"] in span for span in taken)]
    start, end = parse_data["span"]
    leading = {**parse_data, "text": parse_data["text"][start:end], "entities": kept}
    parts = [leading, *(_part(parse_data, other) for other in others)]
    return [{**part, "place": place, "alone": False} for place, part in enumerate(parts)]


def _part(parse_data: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    guess = {"name": other["intent"], "confidence": other["confidence"]}
    span = range(other["start"], other["end"])
    return {
        **parse_data,
        "text": parse_data["text"][other["start"] : other["end"]],
        "intent": guess,
        "intent_ranking": [guess],
        "entities": [entity for entity in parse_data["entities"] if entity["start"] in span],
        "doubt": None,
    }


def mean(parse_data: dict[str, Any], intent: str) -> None:
    """Make that intent the certain meaning; the guesses of the model come after it."""
    certain = {"name": intent, "confidence": 1.0}
    others = [guess for guess in parse_data["intent_ranking"] if guess["name"] != intent]
    sure = {"intent": certain, "intent_ranking": [certain, *others], "doubt": None, "matters": []}
    parse_data.update(sure)


def hesitate(parse_data: dict[str, Any]) -> None:
    """Make the meaning unsure: `action_clarify` takes it, and sees whether a question was open."""
    parse_data.update({"intent": {"name": FALLBACK, "confidence": 1.0}, "doubt": ASK, "matters": []})


def public(parse_data: dict[str, Any]) -> dict[str, Any]:
    """The `parse` object of the protocol."""
    ranking = parse_data["intent_ranking"]
    text = parse_data["text"]
    return {
        "intent": ranking[0]["name"],
        "confidence": ranking[0]["confidence"],
        "hesitates": parse_data["intent"]["name"] == FALLBACK,
        "doubt": parse_data.get("doubt"),  # Rasa leaves None out
        "ranking": [{"name": guess["name"], "confidence": guess["confidence"]} for guess in ranking],
        "entities": [
            {**entity, "text": text[entity["start"] : entity["end"]]} for entity in parse_data["entities"]
        ],
        "matters": parse_data["matters"],
        "signs": parse_data[SIGNS],
    }
