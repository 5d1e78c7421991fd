"""Messages as the control API shows them, for the tests' client and the web chat."""

from __future__ import annotations

import time
from typing import Any

from bot.standin.files import StoredFile
from bot.standin.methods_edit import stored_markup
from bot.standin.state import Chat, Raw, StoredMessage, User, World

KINDS = (
    "text", "photo", "document", "voice", "video", "animation", "audio", "video_note", "sticker", "venue",
    "location", "contact",
)  # fmt: skip
_FILES = ("document", "voice", "video", "animation", "audio", "video_note", "sticker")


def chat_view(world: World, chat: Chat, after: int = 0) -> Raw:
    """The messages and callback answers newer than `after`, and what the input shows."""
    return {
        "chat": chat.raw,
        "revision": chat.revision,
        "received": chat.received,
        "messages": [
            message_view(world, stored) for stored in chat.messages.values() if stored.revision > after
        ],
        "answers": [answer for answer in chat.answers if answer["revision"] > after],
        "reply_keyboard": chat.reply_keyboard,
        "typing": chat.typing_until > time.monotonic(),
    }


def user_view(world: World, user: User) -> Raw:
    """A person with the last thing said in their chat."""
    chat = world.chats.get(user.id)
    last: StoredMessage | None = None
    if chat is not None:
        last = next((stored for stored in reversed(chat.messages.values()) if not stored.deleted), None)
    return user.as_dict() | {
        "revision": chat.revision if chat else 0,
        "received": chat.received if chat else 0,
        "last_text": _preview(last) if last else "",
        "last_kind": kind_of(last.raw) if last else "",
        "last_date": last.raw["date"] if last else None,
    }


def message_view(world: World, stored: StoredMessage) -> Raw:
    """A message as it looks now."""
    raw = stored.raw
    sender = raw.get("from") or raw.get("sender_chat") or {}
    return {
        "message_id": raw["message_id"],
        "chat_id": raw["chat"]["id"],
        "from_bot": stored.from_bot,
        "sender": sender.get("first_name") or sender.get("title") or "",
        "date": raw["date"],
        "kind": kind_of(raw),
        "text": stored.text,
        "entities": raw.get("entities") or raw.get("caption_entities") or [],
        "file": _file_view(world, raw),
        "location": raw.get("location"),
        "venue": raw.get("venue"),
        "contact": raw.get("contact"),
        "buttons": stored_markup(stored),
        "reply_to": raw.get("reply_to_message", {}).get("message_id"),
        "edited": stored.edited,
        "previous": stored.previous,
        "deleted": stored.deleted,
        "pinned": stored.pinned,
        "silent": stored.silent,
        "protected": raw.get("has_protected_content", False),
        "spoiler": raw.get("has_media_spoiler", False),
        "revision": stored.revision,
        "raw": raw,
    }


def _preview(stored: StoredMessage) -> str:
    """The text with its spoilers masked, as on a lock screen."""
    units = stored.text.encode("utf-16-le")
    for entity in stored.raw.get("entities") or stored.raw.get("caption_entities") or []:
        if entity["type"] == "spoiler":
            start, length = 2 * entity["offset"], entity["length"]
            units = units[:start] + ("▒" * length).encode("utf-16-le") + units[start + 2 * length :]
    return units.decode("utf-16-le", "replace")


def kind_of(raw: Raw) -> str:
    """What the message is made of."""
    return next((kind for kind in KINDS if kind in raw), "other")


def _file_view(world: World, raw: Raw) -> Raw | None:
    content: Any = next((raw[kind] for kind in _FILES if kind in raw), None)
    if raw.get("photo"):
        content = raw["photo"][-1]
    file: StoredFile | None = world.files.get(content["file_id"]) if content else None
    if file is None:
        return None
    return {
        "file_id": file.file_id,
        "file_name": file.name,
        "mime_type": file.mime_type,
        "file_size": len(file.content),
        "url": f"/control/files/{file.file_id}",
    }
