"""The time of each message, put together from what the stand-in and the relay noted (one monotonic clock)."""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from bot.bench.relay import Turn
from bot.bench.world import World
from bot.standin.client import StandInClient

Raw = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """One message, in monotonic seconds: queued for the bot, in the dialogue, `sendMessage` begun."""

    update_id: int
    queued: float
    asked: float
    heard: float
    sent: float

    @property
    def total(self) -> float:
        return self.sent - self.queued

    @property
    def before(self) -> float:
        return self.asked - self.queued

    @property
    def dialogue(self) -> float:
        return self.heard - self.asked

    @property
    def after(self) -> float:
        return self.sent - self.heard


def wait(client: StandInClient, world: World, wanted: Collection[int], seconds: float) -> list[Answer]:
    """The answers to the updates `wanted`, in order; those that have none after `seconds` are left out."""
    end = time.monotonic() + seconds
    while True:
        answers = together(client.updates(), client.journal("sendMessage"), world.relay.turns, world.chats)
        found = [answer for answer in answers if answer.update_id in wanted]
        if len(found) == len(wanted) or time.monotonic() > end:
            return found
        time.sleep(0.5)


def together(
    updates: list[Raw], calls: list[Raw], turns: list[Turn], chats: Mapping[int, int]
) -> list[Answer]:
    """For each update: the first turn of its chat that began after it, then the first call after that turn.

    A chat has one message under way at a time, so the first one is the right one.
    """
    turns_of: dict[int, list[Turn]] = {}
    for turn in turns:
        turns_of.setdefault(chats.get(turn.chat, 0), []).append(turn)
    calls_of: dict[int, list[float]] = {}
    for call in calls:
        calls_of.setdefault(call["chat_id"], []).append(call["started"])
    answers = []
    for update in updates:
        chat, queued = update["chat_id"], update["queued"]
        after = [turn for turn in turns_of.get(chat, []) if turn.began > queued]
        sent = [at for at in calls_of.get(chat, []) if after and at > after[0].ended]
        if sent:
            answers.append(Answer(update["update_id"], queued, after[0].began, after[0].ended, sent[0]))
    return answers
