"""A small client of the control API for tests: people who write, read and press buttons.

Whatever does not go as said raises AssertionError with the talk in it.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

import httpx

from bot.standin.people import Person, Room

Raw = dict[str, Any]


class StandInClient:
    """The stand-in seen from outside."""

    def __init__(self, url: str, *, timeout: float = 10.0) -> None:
        """`timeout` is how long `wait_for` waits by default."""
        self.url = url.rstrip("/")
        self.timeout = timeout
        self._http = httpx.Client(base_url=self.url, timeout=90.0, trust_env=False)

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def __enter__(self) -> StandInClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def request(self, verb: str, path: str, body: Any = None, **query: Any) -> Any:
        """One call of the control API; a refusal is an AssertionError."""
        query = {key: value for key, value in query.items() if value is not None}
        response = self._http.request(verb, f"/control{path}", json=body, params=query)
        if response.is_error:
            try:
                reason = response.json()["error"]
            except (ValueError, KeyError):
                reason = response.text
            raise AssertionError(f"{verb} {path}: {reason}")
        return response.json()

    def user(self, user_id: int, **fields: str) -> Person:
        """Creates or changes a person: first_name, last_name, username, language_code, start_payload,
        group, label."""
        self.request("POST", "/users", {"id": user_id, **fields})
        return Person(self, user_id, fields.get("first_name") or str(user_id))

    def users(self) -> list[Person]:
        """Everyone known."""
        return [Person(self, raw["id"], raw["first_name"]) for raw in self.request("GET", "/users")]

    def room(self, chat_id: int, title: str, kind: str = "group", username: str = "") -> Room:
        """A group, supergroup or channel with the bot in it; `chat_id` is negative."""
        self.request("POST", "/chats", {"id": chat_id, "title": title, "type": kind, "username": username})
        return Room(self, chat_id, title)

    def state(self) -> Raw:
        """The bot, its webhook, the clock offset, how many updates wait."""
        return dict(self.request("GET", "/state"))

    def fault(
        self,
        effect: str,
        *,
        method: str | None = None,
        chat_id: int | None = None,
        nth: int = 1,
        count: int = 1,
        **options: Any,
    ) -> None:
        """Adds a fault rule. Effects and their options: retry_after(seconds), blocked,
        error(code, description), delay(milliseconds), drop_before, drop_after. `count=0` is for ever."""
        rule = {"effect": effect, "method": method, "chat_id": chat_id, "nth": nth, "count": count, **options}
        self.request("POST", "/faults", rule)

    def faults(self) -> list[Raw]:
        """The rules, with how often each was applied."""
        return list(self.request("GET", "/faults"))

    def clear_faults(self) -> None:
        """Back to a healthy Telegram."""
        self.request("DELETE", "/faults")

    def journal(
        self,
        method: str | None = None,
        chat_id: int | None = None,
        after: int = 0,
        limit: int | None = None,
    ) -> list[Raw]:
        """The bot's calls: sequence, started, ended, at, method, chat_id, parameters, result, error_code,
        description, fault."""
        query = {"method": method, "chat_id": chat_id, "after": after, "limit": limit}
        return list(self.request("GET", "/journal", **query)["calls"])

    def updates(self, after: int = 0) -> list[Raw]:
        """The updates with their monotonic times: queued, handed, confirmed; and deliveries."""
        return list(self.request("GET", "/updates", after=after))

    def clear_journal(self) -> None:
        """Forgets calls and updates so far."""
        self.request("DELETE", "/journal")

    def send_update(self, update: Raw) -> int:
        """Queues an update as it is; returns its number."""
        return int(self.request("POST", "/updates", update)["update_id"])

    def duplicate(self, update_id: int) -> None:
        """Delivers an update a second time under the same number."""
        self.request("POST", f"/updates/{update_id}/duplicate")

    def hold(self) -> None:
        """Keeps new updates back until `release`."""
        self.request("POST", "/updates/hold")

    def release(self, order: list[int] | None = None) -> list[int]:
        """Delivers the held updates in this order, the last one first when none is given."""
        return list(self.request("POST", "/updates/release", {"order": order})["order"])

    def clock(self, offset: float) -> None:
        """Moves the dates of messages by so many seconds from real time."""
        self.request("POST", "/clock", {"offset": offset})

    def limits(self, **limits: float) -> None:
        """Changes sending limits: overall, per_chat, burst; zero switches one off."""
        self.request("POST", "/limits", limits)

    def reset(self) -> None:
        """Back to an empty world; the bot's webhook stays."""
        self.request("POST", "/reset")

    def file(self, file_id: str) -> bytes:
        """The content of a file that someone sent."""
        response = self._http.get(f"/control/files/{file_id}")
        if response.is_error:
            raise AssertionError(f"no file {file_id}")
        return response.content
