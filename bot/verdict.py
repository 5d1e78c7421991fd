"""What a reading of the dialogue's amounts to: understood, a danger, a worry, nobody's matter."""

from typing import Any

from palier_fr.alarm import DANGER_PROBABILITY, WORRY_PROBABILITY

from bot.content import Content
from bot.services import danger


def understood(parse: dict[str, Any]) -> bool:
    """The model knows a few words of other languages: what it understands, the dialogue answers."""
    return not parse["hesitates"] and parse["intent"] != "out_of_scope"


def dangers(content: Content, text: str, parse: dict[str, Any]) -> list[str]:
    """The kinds of danger in a text that the model has read: the likeliest, if danger is likely enough; where
    the model is in doubt, those of the lexicon's unsure phrases."""
    if worries(parse):
        return content.lexicon.kinds(text, unsure=True)
    likely = _dangers(parse)
    if sum(likely.values()) < DANGER_PROBABILITY:
        return []
    return [danger.KIND_OF_INTENT[max(likely, key=lambda name: likely[name])]]


def worries(parse: dict[str, Any]) -> bool:
    """Whether danger is too likely to be left to the talk, and not enough for the alarm."""
    return WORRY_PROBABILITY <= sum(_dangers(parse).values()) < DANGER_PROBABILITY


def brings_nobody(content: Content, parse: dict[str, Any]) -> bool:
    """Whether the message, as the model reads it, would reach no person by itself."""
    if parse["hesitates"]:
        return parse.get("doubt") != "person"
    about = [parse["intent"], *(matter["intent"] for matter in parse.get("matters", []))]
    # A model of another version may know meanings that we do not: they bring nobody.
    return all((known := content.intents.get(name)) is None or known.urgency is None for name in about)


def _dangers(parse: dict[str, Any]) -> dict[str, float]:
    ranking = {entry["name"]: entry["confidence"] for entry in parse.get("ranking", [])}
    ranking.setdefault(parse["intent"], parse["confidence"])
    return {name: chance for name, chance in ranking.items() if name in danger.KIND_OF_INTENT}
