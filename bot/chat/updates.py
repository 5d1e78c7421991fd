"""Raw Bot API updates read into `Incoming`. Any shape is accepted: what is not understood is ignored."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

from telegram import CallbackQuery, ChatMember, ChatMemberUpdated, Message, Update
from telegram.constants import ChatType

from bot.domain.incoming import Came, Incoming, Place
from bot.services.inbox import Received

# Everything that a person can do in a private chat; the rest is not asked for.
ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
_FILES = ("photo", "document", "voice", "video", "video_note", "audio", "animation")
# In the update's JSON: half a surrogate pair, or NUL.
_UNKEPT = re.compile(r"[\ud800-\udfff]|\\u0000")
_NOWHEN = datetime(1970, 1, 1, tzinfo=UTC)


def is_numbered(raw: Any) -> bool:
    """Whether it is an update at all: what has no number that Telegram could give is nobody's."""
    number = raw.get("update_id") if isinstance(raw, dict) else None
    return type(number) is int and abs(number) < 2**63


def whole(raw: dict[str, Any]) -> dict[str, Any]:
    """The update with "?" for each half of a surrogate pair and a space for each NUL: JSON can hold them, no
    text that is kept or sent can. Of one that is nested beyond all use, only the number."""
    try:
        text = json.dumps(raw, ensure_ascii=False)
        return cast(dict[str, Any], _cleaned(raw)) if _UNKEPT.search(text) else raw
    except RecursionError:
        return {"update_id": raw["update_id"]}


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().replace("\0", " ")
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(inner) for key, inner in value.items()}
    return [_cleaned(inner) for inner in value] if isinstance(value, list) else value


def received(raw: dict[str, Any], incoming: Incoming) -> Received:
    """The raw update, as it was read, with the chat that it belongs to."""
    chat = None if incoming.came is Came.IGNORED else incoming.chat
    return Received(incoming.update_id, chat, raw)


def read(raw: dict[str, Any]) -> Incoming:
    """Never raises on a shape that Telegram could add one day; `update_id` must be there."""
    ignored = Incoming(int(raw["update_id"]), Came.IGNORED, None, _NOWHEN)
    try:
        incoming = _understood(raw)
    except Exception:
        # Whatever it is, it must not stop the updates behind it: a date too far is an OSError, for one.
        return ignored
    return incoming if incoming is not None and _is_sound(incoming) else ignored


def _understood(raw: dict[str, Any]) -> Incoming | None:
    update = Update.de_json(raw)
    if update.message:
        return replace(_message(update.update_id, update.message), message=update.message.message_id)
    if update.edited_message:
        return _edited(update.update_id, update.edited_message)
    if update.callback_query:
        return _pressed(update.update_id, update.callback_query)
    if update.my_chat_member:
        return _membership(update.update_id, update.my_chat_member)
    return None


def _is_sound(incoming: Incoming) -> bool:
    """Whether the values have the types that they are declared with: PTB takes whatever the JSON holds."""
    words = (incoming.text, incoming.command, incoming.button, incoming.callback, incoming.file_id)
    numbers = (incoming.chat, incoming.replied_to, incoming.message)
    place = incoming.place
    return (
        isinstance(incoming.sent_at, datetime)
        and all(number is None or (type(number) is int and abs(number) < 2**63) for number in numbers)
        and all(isinstance(word, str) for word in words)
        and (place is None or all(type(part) in (int, float) for part in (place.latitude, place.longitude)))
    )


def _message(update_id: int, message: Message) -> Incoming:
    text = message.text or message.caption or ""
    if message.chat.type != ChatType.PRIVATE:
        came = Came.GROUP if text.startswith("/") else Came.IGNORED
        return Incoming(update_id, came, message.chat.id, message.date)
    replied_to = message.reply_to_message.message_id if message.reply_to_message else None
    if message.text is not None and _is_command(message):
        command, _, rest = text[1:].partition(" ")
        name = command.split("@")[0].lower()
        return Incoming(update_id, Came.COMMAND, message.chat.id, message.date, text=rest, command=name)
    if message.text is not None:
        return Incoming(update_id, Came.TEXT, message.chat.id, message.date, text=text, replied_to=replied_to)
    file_kind, file_id = _file(message)
    if file_id:
        return Incoming(
            update_id,
            Came.FILE,
            message.chat.id,
            message.date,
            text=text,
            file_id=file_id,
            file_kind=file_kind,
        )
    point = message.venue.location if message.venue else message.location
    if point is not None:
        named = f"{message.venue.title}, {message.venue.address}" if message.venue else ""
        place = Place(point.latitude, point.longitude)
        return Incoming(update_id, Came.LOCATION, message.chat.id, message.date, text=named, place=place)
    if message.effective_attachment or message.contact:
        return Incoming(update_id, Came.WORDLESS, message.chat.id, message.date)
    return Incoming(update_id, Came.IGNORED, None, message.date)


def _is_command(message: Message) -> bool:
    """Telegram marks a command at the start; a text such as "/affirm" that it does not mark stays a text."""
    return any(entity.type == "bot_command" and entity.offset == 0 for entity in message.entities)


def _file(message: Message) -> tuple[str, str]:
    for kind in _FILES:
        found = getattr(message, kind)
        if found:
            # A photo comes in several sizes, the largest last.
            return kind, (found[-1] if kind == "photo" else found).file_id
    return "", ""


def _edited(update_id: int, message: Message) -> Incoming:
    came = Came.EDITED if message.chat.type == ChatType.PRIVATE else Came.IGNORED
    text = message.text or message.caption or ""
    return Incoming(update_id, came, message.chat.id, message.edit_date or message.date, text=text)


def _pressed(update_id: int, query: CallbackQuery) -> Incoming:
    # The chat is the presser's own: a button forwarded to somebody else finds nothing there.
    return Incoming(
        update_id,
        Came.BUTTON,
        query.from_user.id,
        query.message.date if query.message else _NOWHEN,
        button=query.data or "",
        callback=query.id,
    )


def _membership(update_id: int, change: ChatMemberUpdated) -> Incoming:
    if change.chat.type != ChatType.PRIVATE:
        return Incoming(update_id, Came.IGNORED, None, change.date)
    gone = change.new_chat_member.status in (ChatMember.BANNED, ChatMember.LEFT)
    return Incoming(update_id, Came.BLOCKED if gone else Came.UNBLOCKED, change.chat.id, change.date)
