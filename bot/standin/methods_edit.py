"""Bot API methods that change messages or answer buttons."""

from __future__ import annotations

from typing import Any

from bot.standin.context import Context, find_message, method, reachable_chat
from bot.standin.errors import bad_request
from bot.standin.keyboards import check_markup, is_inline
from bot.standin.methods_send import caption, message_text
from bot.standin.state import Chat, Raw, StoredMessage

DELETABLE_SECONDS = 48 * 3600
MAX_ANSWER = 200
MAX_DELETED_AT_ONCE = 100
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)
EXPIRED = "query is too old and response timeout expired or query ID is invalid"


@method("editMessageText")
async def edit_message_text(context: Context) -> Raw:
    """New text; the keyboard goes unless it is given again."""
    chat, stored = _editable(context)
    if "text" not in stored.raw:
        raise bad_request("there is no text in the message to edit")
    return _rewrite(context, chat, stored, message_text(context.params), ("text", "entities"))


@method("editMessageCaption")
async def edit_message_caption(context: Context) -> Raw:
    """New caption of a photo, document or voice message; the keyboard goes unless it is given again."""
    chat, stored = _editable(context)
    if "text" in stored.raw:
        raise bad_request("there is no caption in the message to edit")
    return _rewrite(context, chat, stored, caption(context.params), ("caption", "caption_entities"))


@method("editMessageReplyMarkup")
async def edit_message_reply_markup(context: Context) -> Raw:
    """New keyboard, or none."""
    chat, stored = _editable(context)
    return _rewrite(context, chat, stored, {}, ())


@method("deleteMessage")
async def delete_message(context: Context) -> bool:
    """Removes a message of the last 48 hours, the bot's or, in a private chat, the person's."""
    chat = reachable_chat(context.world, context.params.get("chat_id"))
    number = context.params.number("message_id")
    stored = find_message(chat, number, "message to delete not found")
    if not _deletable(context, chat, stored):
        raise bad_request("message can't be deleted")
    _delete(context, chat, stored)
    return True


@method("deleteMessages")
async def delete_messages(context: Context) -> bool:
    """Removes what can be removed; the others are passed over, as at Telegram."""
    chat = reachable_chat(context.world, context.params.get("chat_id"))
    numbers = context.params.decoded("message_ids")
    if not isinstance(numbers, list) or not 1 <= len(numbers) <= MAX_DELETED_AT_ONCE:
        raise bad_request("message identifiers are not specified")
    for number in numbers:
        stored = chat.messages.get(number)
        if stored is not None and not stored.deleted and _deletable(context, chat, stored):
            _delete(context, chat, stored)
    return True


@method("answerCallbackQuery")
async def answer_callback_query(context: Context) -> bool:
    """Ends the waiting of a pressed button, with a short notice or none."""
    world, params = context.world, context.params
    query = world.callbacks.get(params.text("callback_query_id"))
    if query is None or query.expired or query.answered:
        raise bad_request(EXPIRED)
    if len(params.text("text")) > MAX_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    query.answered = True
    chat = world.chats[query.chat_id]
    revision = world.bump()
    answer: Raw = {
        "callback_query_id": query.id,
        "user_id": query.user_id,
        "text": params.text("text"),
        "show_alert": params.flag("show_alert"),
        "url": params.text("url"),
        "revision": revision,
    }
    chat.answers.append(answer)
    world.touch(chat, revision)
    return True


@method("pinChatMessage")
async def pin_chat_message(context: Context) -> bool:
    """Pins a message."""
    chat = reachable_chat(context.world, context.params.get("chat_id"))
    stored = find_message(chat, context.params.number("message_id"), "message to pin not found")
    stored.pinned = True
    context.world.change(chat, stored)
    return True


@method("unpinChatMessage")
async def unpin_chat_message(context: Context) -> bool:
    """Unpins a message, by default the latest pinned one."""
    chat = reachable_chat(context.world, context.params.get("chat_id"))
    number = context.params.number("message_id")
    pinned = [stored for stored in chat.messages.values() if stored.pinned and not stored.deleted]
    if number is not None:
        pinned = [stored for stored in pinned if stored.raw["message_id"] == number]
    if not pinned:
        raise bad_request("message to unpin not found")
    pinned[-1].pinned = False
    context.world.change(chat, pinned[-1])
    return True


def _editable(context: Context) -> tuple[Chat, StoredMessage]:
    chat = reachable_chat(context.world, context.params.get("chat_id"))
    stored = find_message(chat, context.params.number("message_id"), "message to edit not found")
    if not stored.from_bot:
        raise bad_request("message can't be edited")
    return chat, stored


def _rewrite(
    context: Context, chat: Chat, stored: StoredMessage, content: Raw, replaced: tuple[str, ...]
) -> Raw:
    """Replaces the content named in `replaced` and the keyboard; refuses to change nothing."""
    markup = check_markup(context.params.decoded("reply_markup"))
    kept = {
        key: value for key, value in stored.raw.items() if key not in (*replaced, "reply_markup", "edit_date")
    }
    raw: Raw = kept | content
    if is_inline(markup) and markup and markup["inline_keyboard"]:
        raw["reply_markup"] = markup
    if raw == {key: value for key, value in stored.raw.items() if key != "edit_date"}:
        raise bad_request(NOT_MODIFIED)
    if replaced and any(raw.get(key) != stored.raw.get(key) for key in replaced):
        stored.previous.append(stored.text)
    raw["edit_date"] = context.world.now()
    context.world.change(chat, stored, raw)
    return raw


def _deletable(context: Context, chat: Chat, stored: StoredMessage) -> bool:
    recent = context.world.now() - int(stored.raw["date"]) <= DELETABLE_SECONDS
    return recent and (stored.from_bot or chat.raw["type"] == "private")


def _delete(context: Context, chat: Chat, stored: StoredMessage) -> None:
    stored.deleted = True
    context.world.change(chat, stored)


def stored_markup(stored: StoredMessage) -> list[list[dict[str, Any]]]:
    """The rows of buttons under a message."""
    rows: list[list[dict[str, Any]]] = stored.raw.get("reply_markup", {}).get("inline_keyboard", [])
    return rows
