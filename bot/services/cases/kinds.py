"""What a kind of case is called, and what may be said of it to the tenant."""

from bot.services.house import House
from bot.services.people import DANGER_KINDS


def label(house: House, kind: str) -> str:
    """The kind in a few words, for the team."""
    intent = house.content.intents.get(kind)
    return intent.label if intent else house.texts.say(f"case.kind.{kind}")


def is_danger(kind: str) -> bool:
    return kind in DANGER_KINDS
