"""Bot API methods that send a message."""

from __future__ import annotations

import time
from typing import Any

from bot.standin.context import Context, find_message, method, reachable_chat
from bot.standin.errors import ApiError, bad_request
from bot.standin.files import StoredFile, image_size
from bot.standin.keyboards import check_markup, is_inline
from bot.standin.markup import Entity, find_entities, parse_html, strip
from bot.standin.params import Params, Upload
from bot.standin.state import Chat, Raw, World

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_UPLOAD = 50 * 1024 * 1024
TYPING_SECONDS = 5.0
# What is played, with the numbers that tell its shape.
_PLAYED = {
    "video": ("width", "height", "duration"),
    "animation": ("width", "height", "duration"),
    "audio": ("duration",),
    "video_note": ("length", "duration"),
}


def read_text(params: Params, name: str, entities_name: str) -> tuple[str, list[Entity]]:
    """Text and entities after the parse mode was applied."""
    text, mode = params.text(name), params.text("parse_mode").lower()
    given = params.decoded(entities_name) or []
    if mode == "html":
        text, given = parse_html(text)
    elif mode:
        raise bad_request("unsupported parse_mode")
    text, given = strip(text, given)
    taken = {(entity["offset"], entity["length"]) for entity in given}
    found = [entity for entity in find_entities(text) if (entity["offset"], entity["length"]) not in taken]
    return text, given + found


def message_text(params: Params) -> Raw:
    """The `text` and `entities` of a message, within the limits."""
    text, entities = read_text(params, "text", "entities")
    if not text:
        raise bad_request("message text is empty")
    if len(text) > MAX_TEXT:
        raise bad_request("message is too long")
    return {"text": text} | ({"entities": entities} if entities else {})


def caption(params: Params) -> Raw:
    """The `caption` of a message, within the limits; nothing when absent."""
    text, entities = read_text(params, "caption", "caption_entities")
    if len(text) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    if not text:
        return {}
    return {"caption": text} | ({"caption_entities": entities} if entities else {})


def deliver(context: Context, chat: Chat, content: Raw) -> Raw:
    """Puts a message of the bot into the chat and returns it as Telegram does."""
    world, params = context.world, context.params
    markup = check_markup(params.decoded("reply_markup"))
    raw: Raw = {"message_id": 0, "from": world.bot, "chat": chat.raw, "date": world.now()}
    if chat.raw["type"] == "channel":
        raw = {"message_id": 0, "sender_chat": chat.raw, "chat": chat.raw, "date": world.now()}
    if (replied := _replied_to(chat, params)) is not None:
        raw["reply_to_message"] = replied
    raw |= content
    if params.flag("protect_content"):
        raw["has_protected_content"] = True
    if is_inline(markup):
        raw["reply_markup"] = markup
    elif markup is not None:
        chat.reply_keyboard = markup if "keyboard" in markup else None
    raw["message_id"] = world.next_message_id()
    world.store(chat, raw, from_bot=True, silent=params.flag("disable_notification"))
    return raw


def _replied_to(chat: Chat, params: Params) -> Raw | None:
    reply = params.decoded("reply_parameters") or {}
    number = reply.get("message_id") if isinstance(reply, dict) else None
    number = number or params.number("reply_to_message_id")
    if not number:
        return None
    stored = chat.messages.get(int(number))
    if stored is None or stored.deleted:
        if reply.get("allow_sending_without_reply") or params.flag("allow_sending_without_reply"):
            return None
        raise bad_request("message to be replied not found")
    return {key: value for key, value in stored.raw.items() if key != "reply_to_message"}


@method("sendMessage", sends=True)
async def send_message(context: Context) -> Raw:
    """A text of 1 to 4096 characters."""
    chat = reachable_chat(context.world, context.params.get("chat_id"))
    return deliver(context, chat, message_text(context.params))


@method("sendDocument", sends=True)
async def send_document(context: Context) -> Raw:
    """A file, uploaded or by file_id."""
    chat = reachable_chat(context.world, context.params.get("chat_id"))
    file = _file(context, "document")
    return deliver(context, chat, {"document": document_raw(file)} | caption(context.params))


@method("sendPhoto", sends=True)
async def send_photo(context: Context) -> Raw:
    """A PNG or JPEG image, uploaded or by file_id."""
    chat = reachable_chat(context.world, context.params.get("chat_id"))
    file = _file(context, "photo")
    if image_size(file.content) is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    content: Raw = {"photo": photo_raw(file)} | caption(context.params)
    if context.params.flag("has_spoiler"):
        content["has_media_spoiler"] = True
    return deliver(context, chat, content)


@method("sendVoice", sends=True)
async def send_voice(context: Context) -> Raw:
    """A voice message, uploaded or by file_id."""
    chat = reachable_chat(context.world, context.params.get("chat_id"))
    file = _file(context, "voice")
    duration = context.params.number("duration", 0) or 0
    return deliver(context, chat, {"voice": voice_raw(file, duration)} | caption(context.params))


@method("sendVideo", sends=True)
async def send_video(context: Context) -> Raw:
    """A film, uploaded or by file_id."""
    return _send_played(context, "video")


@method("sendAnimation", sends=True)
async def send_animation(context: Context) -> Raw:
    """A film without sound, uploaded or by file_id."""
    return _send_played(context, "animation")


@method("sendAudio", sends=True)
async def send_audio(context: Context) -> Raw:
    """Music, uploaded or by file_id."""
    return _send_played(context, "audio")


@method("sendVideoNote", sends=True)
async def send_video_note(context: Context) -> Raw:
    """A round film, uploaded or by file_id; it takes no caption."""
    return _send_played(context, "video_note")


@method("sendLocation", sends=True)
async def send_location(context: Context) -> Raw:
    """A point on the map."""
    chat = reachable_chat(context.world, context.params.get("chat_id"))
    return deliver(context, chat, {"location": _location(context.params)})


@method("sendVenue", sends=True)
async def send_venue(context: Context) -> Raw:
    """A place with its name and address."""
    chat = reachable_chat(context.world, context.params.get("chat_id"))
    params = context.params
    if not params.text("title") or not params.text("address"):
        raise bad_request("venue title and address must be non-empty")
    location = _location(params)
    venue = {"location": location, "title": params.text("title"), "address": params.text("address")}
    return deliver(context, chat, {"location": location, "venue": venue})


@method("copyMessage", sends=True)
async def copy_message(context: Context) -> Raw:
    """The content of a message, sent again as the bot's own."""
    world, params = context.world, context.params
    chat = reachable_chat(world, params.get("chat_id"))
    source = reachable_chat(world, params.get("from_chat_id"))
    stored = find_message(source, params.number("message_id"), "message to copy not found")
    left_out = (
        "message_id",
        "from",
        "sender_chat",
        "chat",
        "date",
        "edit_date",
        "reply_markup",
        "reply_to_message",
    )
    content = {key: value for key, value in stored.raw.items() if key not in left_out}
    if "caption" in params and "text" not in content:
        content.pop("caption", None)
        content.pop("caption_entities", None)
        content |= caption(params)
    return {"message_id": deliver(context, chat, content)["message_id"]}


@method("sendChatAction")
async def send_chat_action(context: Context) -> bool:
    """Shows "écrit…" for five seconds or until the next message."""
    chat = reachable_chat(context.world, context.params.get("chat_id"))
    if not context.params.text("action"):
        raise bad_request("wrong parameter action in request")
    chat.typing_until = time.monotonic() + TYPING_SECONDS
    context.world.announce({"kind": "typing", "chat_id": chat.id})
    return True


def document_raw(file: StoredFile) -> Raw:
    """The Document object of a file."""
    return _file_raw(file) | {"file_name": file.name, "mime_type": file.mime_type}


def photo_raw(file: StoredFile) -> list[Raw]:
    """The PhotoSize list of an image."""
    width, height = image_size(file.content) or (0, 0)
    return [_file_raw(file) | {"width": width, "height": height}]


def voice_raw(file: StoredFile, duration: int) -> Raw:
    """The Voice object of a file."""
    return _file_raw(file) | {"duration": duration, "mime_type": file.mime_type}


def _send_played(context: Context, kind: str) -> Raw:
    """A message of one of `_PLAYED`."""
    chat = reachable_chat(context.world, context.params.get("chat_id"))
    file = _file(context, kind)
    shape = {name: context.params.number(name, 0) or 0 for name in _PLAYED[kind]}
    words = {} if kind == "video_note" else caption(context.params)
    return deliver(context, chat, {kind: _file_raw(file) | {"mime_type": file.mime_type} | shape} | words)


def _file_raw(file: StoredFile) -> Raw:
    return {"file_id": file.file_id, "file_unique_id": file.unique_id, "file_size": len(file.content)}


def _file(context: Context, kind: str) -> StoredFile:
    """The file of a send call: an upload, an `attach://` reference to one, or a known file_id."""
    params, world = context.params, context.world
    value = params.get(kind)
    if isinstance(value, str) and value.startswith("attach://"):
        value = params.get(value.removeprefix("attach://"))
    if isinstance(value, Upload):
        return _stored_upload(world, kind, value)
    if not value:
        raise bad_request(f"there is no {kind} in the request")
    file = world.files.get(str(value))
    if file is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    return file


def _stored_upload(world: World, kind: str, upload: Upload) -> StoredFile:
    if not upload.content:
        raise bad_request("file must be non-empty")
    if len(upload.content) > MAX_UPLOAD:
        raise ApiError(413, "Request Entity Too Large")
    return world.files.add(kind, upload.name, upload.mime_type, upload.content)


def _location(params: Params) -> dict[str, Any]:
    latitude, longitude = params.real("latitude"), params.real("longitude")
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        raise bad_request("wrong latitude or longitude specified")
    return {"latitude": latitude, "longitude": longitude}
