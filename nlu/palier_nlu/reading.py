"""From a text to what it may mean: one run of the model, and the `parse` object of the answer."""

from __future__ import annotations

import unicodedata
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.trackers import DialogueStateTracker

from palier_nlu.components.danger import SIGNS

FALLBACK = "nlu_fallback"


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
    return {"text": "", "intent": certain, "intent_ranking": [certain], "entities": found, SIGNS: []}


def mean(parse_data: dict[str, Any], intent: str) -> None:
    """Make that intent the certain meaning; the guesses of the model come after it."""
    certain = {"name": intent, "confidence": 1.0}
    others = [guess for guess in parse_data["intent_ranking"] if guess["name"] != intent]
    parse_data.update({"intent": certain, "intent_ranking": [certain, *others]})


def public(parse_data: dict[str, Any]) -> dict[str, Any]:
    """The `parse` object of the protocol."""
    ranking = [
        {"name": guess["name"], "confidence": guess["confidence"]}
        for guess in parse_data["intent_ranking"]
        if guess["name"] != FALLBACK
    ]
    text = parse_data["text"]
    return {
        "intent": ranking[0]["name"],
        "confidence": ranking[0]["confidence"],
        "hesitates": parse_data["intent"]["name"] == FALLBACK,
        "ranking": ranking,
        "entities": [
            {**entity, "text": text[entity["start"] : entity["end"]]} for entity in parse_data["entities"]
        ],
        "signs": parse_data[SIGNS],
    }
