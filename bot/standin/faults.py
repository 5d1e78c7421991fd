"""Faults on script: rules that make the Bot API fail as Telegram, or the network, sometimes does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from bot.standin.errors import ApiError, ControlError, blocked, too_many_requests

Effect = Literal["retry_after", "blocked", "error", "delay", "drop_before", "drop_after"]
EFFECTS: tuple[Effect, ...] = ("retry_after", "blocked", "error", "delay", "drop_before", "drop_after")


@dataclass(slots=True)
class FaultRule:
    """Applies `effect` to matching calls, from the `nth` one on, `count` times (0: for ever).

    - `retry_after`: 429 with `seconds`
    - `blocked`: the 403 of a user who blocked the bot
    - `error`: `code` with `description` (400, 5xx, …)
    - `delay`: waits `milliseconds`, then goes on
    - `drop_before`: closes the connection without a word; nothing happened
    - `drop_after`: does what was asked, then closes the connection without a word
    """

    effect: Effect
    method: str | None = None
    chat_id: int | None = None
    nth: int = 1
    count: int = 1
    seconds: int = 1
    milliseconds: int = 0
    code: int = 500
    description: str = "Internal Server Error"
    seen: int = 0
    applied: int = 0

    @classmethod
    def from_dict(cls, raw: Any) -> FaultRule:
        """Reads a rule from JSON, refusing what it does not know."""
        if not isinstance(raw, dict):
            raise ControlError("a fault rule is an object")
        known = {name for name in cls.__slots__ if name not in ("seen", "applied")}
        if unknown := set(raw) - known:
            raise ControlError(f"unknown keys in a fault rule: {', '.join(sorted(unknown))}")
        if raw.get("effect") not in EFFECTS:
            raise ControlError(f"the effect of a fault is one of: {', '.join(EFFECTS)}")
        for name in ("chat_id", "nth", "count", "seconds", "milliseconds", "code"):
            if name in raw and not (isinstance(raw[name], int) or (name == "chat_id" and raw[name] is None)):
                raise ControlError(f"{name} of a fault is a whole number")
        return cls(**raw)

    def as_dict(self) -> dict[str, Any]:
        """The rule with how often it was seen and applied."""
        return {name: getattr(self, name) for name in self.__slots__}

    def error(self) -> ApiError | None:
        """The answer that this rule gives, if it gives one."""
        if self.effect == "retry_after":
            return too_many_requests(self.seconds)
        if self.effect == "blocked":
            return blocked()
        if self.effect == "error":
            return ApiError(self.code, self.description)
        return None

    def takes(self, method: str, chat_id: int | None) -> bool:
        """Whether the call matches and it is this rule's turn; counts both."""
        if self.method is not None and self.method.lower() != method.lower():
            return False
        if self.chat_id is not None and self.chat_id != chat_id:
            return False
        if self.spent:
            return False
        self.seen += 1
        if self.seen < self.nth:
            return False
        self.applied += 1
        return True

    @property
    def spent(self) -> bool:
        """Whether it has been applied as often as it may."""
        return bool(self.count) and self.applied >= self.count


class FaultBook:
    """The rules in order; the first whose turn it is takes the call."""

    def __init__(self) -> None:
        self.rules: list[FaultRule] = []

    def add(self, raw: Any) -> list[FaultRule]:
        """Adds one rule or a list of them, all or none."""
        rules = [FaultRule.from_dict(item) for item in (raw if isinstance(raw, list) else [raw])]
        self.rules.extend(rules)
        return rules

    def clear(self) -> None:
        """Back to a healthy network."""
        self.rules.clear()

    def match(self, method: str, chat_id: int | None) -> FaultRule | None:
        """The rule that applies to this call, if any."""
        if not self.rules:
            return None
        return next((rule for rule in self.rules if rule.takes(method, chat_id)), None)
