"""Checking the reply_markup of a message."""

from __future__ import annotations

from typing import Any

from bot.standin.errors import bad_request

ACTIONS = (
    "callback_data",
    "url",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)
MAX_BUTTONS = 100


def check_markup(markup: Any) -> dict[str, Any] | None:
    """The markup if Telegram would take it, None when there is none."""
    if markup is None or markup == {}:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in markup:
        return {"inline_keyboard": _check_inline(markup["inline_keyboard"])}
    if "keyboard" in markup:
        _check_rows(markup["keyboard"], "keyboard")
    return markup


def is_inline(markup: dict[str, Any] | None) -> bool:
    """Whether it belongs to a message, not to the chat's input."""
    return markup is not None and "inline_keyboard" in markup


def _check_rows(rows: Any, name: str) -> list[list[Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request(f'field "{name}" of the ReplyMarkup should be an Array of Arrays')
    return rows


def _check_inline(rows: Any) -> list[list[dict[str, Any]]]:
    checked = [
        [_check_button(button) for button in row] for row in _check_rows(rows, "inline_keyboard") if row
    ]
    if sum(len(row) for row in checked) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    return checked


def _check_button(button: Any) -> dict[str, Any]:
    if not isinstance(button, dict):
        raise bad_request("can't parse inline keyboard button: InlineKeyboardButton must be an Object")
    if not isinstance(button.get("text"), str) or not button["text"].strip():
        raise bad_request('can\'t parse inline keyboard button: Field "text" must be of type String')
    if not any(button.get(action) is not None for action in ACTIONS):
        raise bad_request("Text buttons are unallowed in the inline keyboard")
    data = button.get("callback_data")
    if data is not None and not (isinstance(data, str) and 1 <= len(data.encode()) <= 64):
        raise bad_request("BUTTON_DATA_INVALID")
    url = button.get("url")
    if url is not None and not str(url).startswith(("http://", "https://", "tg://")):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Unsupported URL protocol")
    return button
