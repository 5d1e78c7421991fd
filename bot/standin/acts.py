"""What people do: write, press a button, edit, block the bot."""

from __future__ import annotations

import base64
import binascii
import secrets
from typing import Any

from bot.standin.errors import ControlError
from bot.standin.files import StoredFile, image_size, sample
from bot.standin.markup import find_entities, utf16
from bot.standin.methods_edit import stored_markup
from bot.standin.methods_send import document_raw, photo_raw, voice_raw
from bot.standin.state import CallbackQuery, Chat, Raw, StoredMessage, User, World

USER_FIELDS = frozenset(
    ("id", "first_name", "last_name", "username", "language_code", "start_payload", "group", "label")
)
FILE_KINDS = ("photo", "document", "voice", "sticker")


def put_user(world: World, raw: Any) -> User:
    """Creates a person or changes the given fields of a known one."""
    if not isinstance(raw, dict) or not isinstance(raw.get("id"), int) or raw["id"] <= 0:
        raise ControlError("a user is an object with a positive whole id")
    if unknown := set(raw) - USER_FIELDS:
        raise ControlError(f"unknown keys in a user: {', '.join(sorted(unknown))}")
    if not all(isinstance(value, str) for key, value in raw.items() if key != "id"):
        raise ControlError("the fields of a user other than id are texts")
    user = world.users.get(raw["id"])
    if user is None:
        user = User(raw["id"], raw.get("first_name", ""))
    for key, value in raw.items():
        setattr(user, key, value)
    user.first_name = user.first_name or f"Utilisateur {user.id}"
    world.users[user.id] = user
    if user.id in world.chats:
        world.chats[user.id].raw = user.chat_raw()
    world.announce({"kind": "users"})
    return user


def put_chat(world: World, raw: Any) -> Chat:
    """Creates a group or channel that the bot belongs to."""
    if not isinstance(raw, dict) or not isinstance(raw.get("id"), int) or raw["id"] >= 0:
        raise ControlError("a group or channel is an object with a negative whole id")
    kind = raw.get("type", "group")
    if kind not in ("group", "supergroup", "channel"):
        raise ControlError("the type of a chat is group, supergroup or channel")
    content = {"id": raw["id"], "type": kind, "title": str(raw.get("title") or "Groupe")}
    if raw.get("username"):
        content["username"] = str(raw["username"])
    chat = world.chats.setdefault(raw["id"], Chat(content))
    chat.raw = content
    return chat


def user_of(world: World, number: int) -> User:
    """A known person."""
    user = world.users.get(number)
    if user is None:
        raise ControlError(f"no user {number}", 404)
    return user


def message_of(chat: Chat, number: Any) -> StoredMessage:
    """A message of the chat that is still there."""
    stored = chat.messages.get(number) if isinstance(number, int) else None
    if stored is None or stored.deleted:
        raise ControlError(f"no message {number} in chat {chat.id}", 404)
    return stored


def write(world: World, user: User, body: Raw) -> Raw:
    """A message of this person, in their private chat or in `chat_id`."""
    _check_can_act(user)
    chat = _target(world, user, body.get("chat_id"))
    content = _content(world, user, body)
    raw: Raw = {"message_id": 0, "from": user.raw(), "chat": chat.raw, "date": world.now()}
    kind = "message"
    if chat.raw["type"] == "channel":
        kind = "channel_post"
        raw = {"message_id": 0, "sender_chat": chat.raw, "chat": chat.raw, "date": world.now()}
    if body.get("reply_to") is not None:
        replied = message_of(chat, body["reply_to"]).raw
        raw["reply_to_message"] = {key: value for key, value in replied.items() if key != "reply_to_message"}
    raw |= content
    raw["message_id"] = world.next_message_id()
    if chat.id == user.id and not user.started:
        user.started = True
        world.announce({"kind": "users"})
    world.store(chat, raw, from_bot=False)
    update_id = world.updates.add(kind, raw, chat.id)
    return {"message": raw, "update_id": update_id, "revision": chat.revision}


def edit(world: World, user: User, body: Raw) -> Raw:
    """The person changes one of their texts."""
    _check_can_act(user)
    chat = _target(world, user, body.get("chat_id"))
    stored = message_of(chat, body.get("message_id"))
    text = body.get("text")
    if not isinstance(text, str) or not text or "text" not in stored.raw or stored.from_bot:
        raise ControlError("only a text of this person can be edited, into another text")
    stored.previous.append(stored.text)
    raw = {key: value for key, value in stored.raw.items() if key != "entities"}
    raw |= _text(text) | {"edit_date": world.now()}
    world.change(chat, stored, raw)
    kind = "edited_channel_post" if chat.raw["type"] == "channel" else "edited_message"
    update_id = world.updates.add(kind, raw, chat.id)
    return {"message": raw, "update_id": update_id, "revision": chat.revision}


def press(world: World, user: User, body: Raw) -> Raw:
    """A press on an inline button, named by its text or its data; `forged` sends data that no button has."""
    _check_can_act(user)
    chat = _target(world, user, body.get("chat_id"))
    stored = message_of(chat, body.get("message_id"))
    data = body.get("data") if body.get("forged") else _button_data(stored, body)
    if not isinstance(data, str):
        raise ControlError("the data of a button is a text")
    query = CallbackQuery(
        str(secrets.randbits(62)), user.id, chat.id, expired=bool(body.get("expired", False))
    )
    world.callbacks[query.id] = query
    content = {
        "id": query.id,
        "from": user.raw(),
        "message": stored.raw,
        "chat_instance": str(-abs(hash((chat.id, world.token))) or -1),
        "data": data,
    }
    update_id = world.updates.add("callback_query", content, chat.id)
    return {"callback_query_id": query.id, "update_id": update_id, "revision": world.revision}


def _button_data(stored: StoredMessage, body: Raw) -> str:
    buttons = [button for row in stored_markup(stored) for button in row]
    wanted = body.get("button")
    for button in buttons:
        if (wanted is not None and button["text"] == wanted) or (
            wanted is None and button.get("callback_data") == body.get("data")
        ):
            if "callback_data" not in button:
                raise ControlError(f"the button « {button['text']} » opens a link and sends nothing", 409)
            return str(button["callback_data"])
    shown = ", ".join(f"« {button['text']} »" for button in buttons) or "none"
    raise ControlError(f"no button {wanted or body.get('data')!r}; the message has: {shown}", 404)


def set_blocked(world: World, user: User, blocked: bool) -> Raw:
    """The person blocks or unblocks the bot, which learns it by `my_chat_member`."""
    if user.blocked == blocked:
        return {"update_id": None, "revision": world.revision}
    user.blocked = blocked
    member: Raw = {"user": world.bot, "status": "member"}
    banned: Raw = {"user": world.bot, "status": "kicked", "until_date": 0}
    content = {
        "chat": user.chat_raw(),
        "from": user.raw(),
        "date": world.now(),
        "old_chat_member": member if blocked else banned,
        "new_chat_member": banned if blocked else member,
    }
    world.announce({"kind": "users"})
    update_id = world.updates.add("my_chat_member", content, user.id)
    return {"update_id": update_id, "revision": world.revision}


def _check_can_act(user: User) -> None:
    if user.deactivated:
        raise ControlError(f"{user.first_name} has no account any more", 409)
    if user.blocked:
        raise ControlError(f"{user.first_name} blocked the bot; unblock it first", 409)


def _target(world: World, user: User, chat_id: Any) -> Chat:
    if chat_id is None or chat_id == user.id:
        return world.chat_of(user)
    chat = world.chats.get(chat_id) if isinstance(chat_id, int) and chat_id < 0 else None
    if chat is None:
        raise ControlError(f"no group or channel {chat_id}", 404)
    return chat


def _content(world: World, user: User, body: Raw) -> Raw:
    """The content fields of the message that a person writes."""
    if isinstance(body.get("text"), str) and body["text"].strip():
        return _text(body["text"].strip())
    caption = {"caption": body["caption"]} if isinstance(body.get("caption"), str) else {}
    for kind in FILE_KINDS:
        if isinstance(body.get(kind), dict):
            return _file_content(kind, _file(world, kind, body[kind]), body[kind]) | caption
    if isinstance(body.get("location"), dict):
        return {"location": body["location"]}
    if isinstance(body.get("contact"), dict):
        default = {"first_name": user.first_name, "user_id": user.id}
        return {"contact": default | body["contact"]}
    raise ControlError("a message has text, photo, document, voice, sticker, location or contact")


def _text(text: str) -> Raw:
    entities = find_entities(text)
    if utf16(text) > 4096:
        raise ControlError("the text is longer than 4096 characters")
    return {"text": text} | ({"entities": entities} if entities else {})


def _file(world: World, kind: str, given: Raw) -> StoredFile:
    """The file that a person sends: given bytes, or a small sample."""
    name, mime_type, content = sample(kind)
    if "content_base64" in given:
        try:
            content = base64.b64decode(given["content_base64"], validate=True)
        except (binascii.Error, TypeError, ValueError):
            raise ControlError("content_base64 is not base64") from None
    return world.files.add(
        kind, str(given.get("file_name", name)), str(given.get("mime_type", mime_type)), content
    )


def _file_content(kind: str, file: StoredFile, given: Raw) -> Raw:
    if kind == "photo":
        if image_size(file.content) is None:
            raise ControlError("a photo is a PNG or JPEG image")
        return {"photo": photo_raw(file)}
    if kind == "voice":
        return {"voice": voice_raw(file, int(given.get("duration", 2)))}
    if kind == "sticker":
        size = {"width": 128, "height": 128, "type": "regular", "is_animated": False, "is_video": False}
        return {"sticker": photo_raw(file)[0] | size | {"emoji": str(given.get("emoji", "👍"))}}
    return {"document": document_raw(file)}
