"""What every Bot API method receives, and how methods are registered."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from bot.standin.errors import ApiError, bad_request, blocked
from bot.standin.params import Params
from bot.standin.state import Chat, StoredMessage, World


@dataclass(frozen=True, slots=True)
class Context:
    """One call: the world, the parameters, the request behind them."""

    world: World
    params: Params
    request: Request


@dataclass(frozen=True, slots=True)
class Method:
    """A Bot API method under its proper name; `sends` ones count for the sending limits."""

    name: str
    run: Callable[[Context], Awaitable[Any]]
    sends: bool


METHODS: dict[str, Method] = {}
_CHAT_NUMBER = re.compile(r"-?\d{1,19}")


def method(
    name: str, *, sends: bool = False
) -> Callable[[Callable[[Context], Awaitable[Any]]], Callable[[Context], Awaitable[Any]]]:
    """Registers a coroutine as a Bot API method."""

    def register(run: Callable[[Context], Awaitable[Any]]) -> Callable[[Context], Awaitable[Any]]:
        METHODS[name.lower()] = Method(name, run, sends)
        return run

    return register


def chat_number(world: World, value: Any) -> int | None:
    """The chat that a chat_id names, None when it names none."""
    text = str(value).strip()
    if _CHAT_NUMBER.fullmatch(text):
        return int(text)
    if text.startswith("@"):
        wanted = text[1:].lower()
        for chat in world.chats.values():
            if chat.raw["type"] != "private" and chat.raw.get("username", "").lower() == wanted:
                return chat.id
    return None


def reachable_chat(world: World, value: Any) -> Chat:
    """The chat that the bot may write to, or Telegram's refusal."""
    if value is None or value == "":
        raise bad_request("chat_id is empty")
    number = chat_number(world, value)
    user = world.users.get(number) if number is not None else None
    if user is None:
        chat = world.chats.get(number) if number is not None else None
        if chat is None:
            raise bad_request("chat not found")
        return chat
    if user.deactivated:
        raise ApiError(403, "Forbidden: user is deactivated")
    if user.blocked:
        raise blocked()
    if not user.started:
        raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")
    return world.chat_of(user)


def find_message(chat: Chat, number: int | None, reason: str) -> StoredMessage:
    """A message that is still there, or a 400 with this reason."""
    stored = chat.messages.get(number) if number is not None else None
    if stored is None or stored.deleted:
        raise bad_request(reason)
    return stored
