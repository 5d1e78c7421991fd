"""People, rooms and messages as a test sees them."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.standin.client import StandInClient

Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it looked when it was read."""

    view: Raw = field(repr=False)
    person: Person | Room = field(repr=False)

    @property
    def id(self) -> int:
        """Telegram's message_id."""
        return int(self.view["message_id"])

    @property
    def text(self) -> str:
        """The text or the caption."""
        return str(self.view["text"])

    @property
    def kind(self) -> str:
        """text, photo, document, voice, sticker, location, venue or contact."""
        return str(self.view["kind"])

    @property
    def date(self) -> int:
        """Seconds since 1970."""
        return int(self.view["date"])

    @property
    def from_bot(self) -> bool:
        """Whether the bot wrote it."""
        return bool(self.view["from_bot"])

    @property
    def edited(self) -> bool:
        """Whether its text was changed."""
        return bool(self.view["edited"])

    @property
    def deleted(self) -> bool:
        """Whether it was removed."""
        return bool(self.view["deleted"])

    @property
    def raw(self) -> Raw:
        """The Message object of the Bot API."""
        return dict(self.view["raw"])

    @property
    def buttons(self) -> list[str]:
        """The texts of the inline buttons, row after row."""
        return [str(button["text"]) for row in self.view["buttons"] for button in row]

    def button(self, text: str) -> Raw:
        """The inline button with this text: callback_data or url."""
        for row in self.view["buttons"]:
            for button in row:
                if button["text"] == text:
                    return dict(button)
        raise AssertionError(f"no button {text!r} among {self.buttons}")

    def press(self, button: str | None = None, *, data: str | None = None, **options: Any) -> Raw:
        """Presses a button by its text or data; see `Person.press`."""
        if not isinstance(self.person, Person):
            raise AssertionError("in a room, say who presses: person.press(message, …)")
        return self.person.press(self, button, data=data, **options)

    def file(self) -> bytes:
        """The content of the file in it."""
        if not self.view["file"]:
            raise AssertionError(f"no file in {self}")
        return self.person.client.file(self.view["file"]["file_id"])

    def __str__(self) -> str:
        who = "bot" if self.from_bot else self.view["sender"]
        what = self.text or f"[{self.kind}]"
        marks = "".join(f" ({mark})" for mark in ("edited", "deleted") if self.view[mark])
        keys = f" {self.buttons}" if self.view["buttons"] else ""
        return f"#{self.id} {who}: {what}{marks}{keys}"


class Room:
    """A chat that can be read: the base of a person's private chat, and a group or channel by itself."""

    def __init__(self, client: StandInClient, chat_id: int, name: str) -> None:
        self.client = client
        self.id = chat_id
        self.name = name
        self._floor = 0
        self._returned: set[tuple[int, int]] = set()

    def chat(self, after: int = 0, timeout: float = 0) -> Raw:
        """The chat as the control API shows it."""
        return dict(self.client.request("GET", f"/chats/{self.id}", after=after, timeout=timeout))

    def messages(self, *, deleted: bool = False) -> list[Message]:
        """All messages as they look now, without the deleted ones unless asked."""
        views = self.chat()["messages"]
        return [Message(view, self) for view in views if deleted or not view["deleted"]]

    def replies(self) -> list[Message]:
        """The bot's messages as they look now."""
        return [message for message in self.messages() if message.from_bot]

    def answers(self) -> list[Raw]:
        """The notices that the bot answered to pressed buttons: text, show_alert, callback_query_id."""
        return list(self.chat()["answers"])

    def transcript(self) -> str:
        """The whole talk, a line a message."""
        lines = [str(message) for message in self.messages(deleted=True)]
        return f"--- {self.name} ({self.id})\n" + ("\n".join(lines) or "(nothing was said)")

    def wait_for(self, expected: Any = None, *, timeout: float | None = None) -> Message:
        """The next message that the bot wrote or edited after the person's last act and that was not
        returned yet. `expected`: a part of its text, a compiled pattern, a predicate, or None for any."""
        matches = _matcher(expected)
        allowed = self.client.timeout if timeout is None else timeout
        end = time.monotonic() + allowed
        after = self._floor
        while True:
            # The long poll returns at the first change, which may not be the expected one.
            chat = self.chat(after, max(0.0, end - time.monotonic()))
            for message in self._new(chat):
                if matches(message):
                    self._returned.add((message.id, message.view["revision"]))
                    return message
            after = max(after, chat["revision"])
            if time.monotonic() >= end:
                raise AssertionError(
                    f"{self.name} did not receive {_said(expected)} in {allowed:g} s\n{self.transcript()}"
                )

    def expect_silence(self, seconds: float) -> None:
        """Nothing unread from the bot since the person's last act, and nothing for so many seconds."""
        end = time.monotonic() + seconds
        after = self._floor
        while True:
            chat = self.chat(after, max(0.0, end - time.monotonic()))
            if unexpected := self._new(chat):
                raise AssertionError(
                    f"{self.name} should have received nothing, but: {unexpected[0]}\n{self.transcript()}"
                )
            after = max(after, chat["revision"])
            if time.monotonic() >= end:
                return

    def _new(self, chat: Raw) -> list[Message]:
        views = sorted(chat["messages"], key=lambda view: view["revision"])
        return [
            Message(view, self)
            for view in views
            if view["from_bot"]
            and not view["deleted"]
            and view["revision"] > self._floor
            and (view["message_id"], view["revision"]) not in self._returned
        ]


class Person(Room):
    """Someone with a private chat with the bot. Every act answers what the control API says of it:
    `update_id`, and `message` for what was written."""

    def write(self, text: str, *, room: Room | None = None, reply_to: Message | int | None = None) -> Raw:
        """Writes a text, in the private chat or in a room."""
        return self._send({"text": text}, room=room, reply_to=reply_to)

    def start(self, code: str = "") -> Raw:
        """Opens the bot, by a deep link when there is a code."""
        return self.write(f"/start {code}".strip())

    def photo(self, content: bytes | None = None, *, caption: str | None = None) -> Raw:
        """Sends a PNG or JPEG image, or a sample."""
        return self._send({"photo": _given(content), "caption": caption})

    def document(self, name: str, content: bytes | None = None, *, caption: str | None = None) -> Raw:
        """Sends a file under this name, or a sample PDF."""
        return self._send({"document": {"file_name": name, **_given(content)}, "caption": caption})

    def voice(self, content: bytes | None = None, *, duration: int = 2) -> Raw:
        """Sends a voice message, or a sample."""
        return self._send({"voice": {"duration": duration, **_given(content)}})

    def sticker(self, emoji: str = "👍") -> Raw:
        """Sends a sticker."""
        return self._send({"sticker": {"emoji": emoji}})

    def location(self, latitude: float, longitude: float) -> Raw:
        """Sends a point on the map."""
        return self._send({"location": {"latitude": latitude, "longitude": longitude}})

    def contact(self, phone_number: str, **fields: Any) -> Raw:
        """Shares a contact, their own unless `user_id` or `first_name` say otherwise."""
        return self._send({"contact": {"phone_number": phone_number, **fields}})

    def edit(self, message: Message | int | Raw, text: str) -> Raw:
        """Changes a text written before: the message, its number, or what `write` returned."""
        return self._act("edit", {"message_id": _message_id(message), "text": text})

    def press(
        self,
        message: Message | int | Raw,
        button: str | None = None,
        *,
        data: str | None = None,
        room: Room | None = None,
        expired: bool = False,
    ) -> Raw:
        """Presses a button by its text or data. `expired`: the bot may not answer the query any more."""
        body = {"message_id": _message_id(message), "button": button, "data": data, "expired": expired}
        return self._act("press", body, room)

    def forge(self, message: Message | int | Raw, data: str) -> Raw:
        """Sends callback data that no button has."""
        return self._act("press", {"message_id": _message_id(message), "data": data, "forged": True})

    def block(self) -> Raw:
        """Blocks the bot."""
        return self._act("block", {})

    def unblock(self) -> Raw:
        """Unblocks the bot."""
        return self._act("unblock", {})

    def deactivate(self) -> Raw:
        """Deletes the account."""
        return self._act("deactivate", {})

    def _send(self, body: Raw, room: Room | None = None, reply_to: Message | int | None = None) -> Raw:
        content = {key: value for key, value in body.items() if value is not None}
        if reply_to is not None:
            content["reply_to"] = _message_id(reply_to)
        return self._act("messages", content, room)

    def _act(self, verb: str, body: Raw, room: Room | None = None) -> Raw:
        if room is not None:
            body = {**body, "chat_id": room.id}
        try:
            result = dict(self.client.request("POST", f"/users/{self.id}/{verb}", body))
        except AssertionError as error:
            raise AssertionError(f"{error}\n{(room or self).transcript()}") from None
        (room or self)._floor = result["revision"]
        return result


def _given(content: bytes | None) -> Raw:
    return {} if content is None else {"content_base64": base64.b64encode(content).decode()}


def _message_id(message: Message | int | Raw) -> int:
    if isinstance(message, Message):
        return message.id
    return message if isinstance(message, int) else int(message["message"]["message_id"])


def _matcher(expected: Any) -> Callable[[Message], bool]:
    if expected is None:
        return lambda message: True
    if isinstance(expected, str):
        return lambda message: expected in message.text
    if isinstance(expected, re.Pattern):
        return lambda message: expected.search(message.text) is not None
    matches: Callable[[Message], bool] = expected
    return matches


def _said(expected: Any) -> str:
    if expected is None:
        return "anything"
    return f"the expected message ({expected.__name__})" if callable(expected) else repr(expected)
