"""The sending side of Telegram: one call, and its errors read for what they mean."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from types import TracebackType
from typing import Self

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Message
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.chat.transport import NEVER_LEFT, PERHAPS_LEFT, Transport
from bot.content.pictograms import pictogram
from bot.domain.delivery import Delayed, NotSent, Refused, Uncertain, Unreachable
from bot.domain.words import Attachment, Choice, Document, Pin, Words

_WRONG_TOKEN_SECONDS = 10.0
# Telegram takes so many numbers in one call.
_DELETED_AT_ONCE = 100
# Telegram's own; longer words leave without their picture.
MAX_CAPTION = 1024
_GONE = ("chat not found", "user is deactivated", "peer_id_invalid")


class Gateway:
    """One bot over HTTP. Use as an async context manager."""

    def __init__(self, token: str, api: str) -> None:
        # Wide enough for every chat in flight; a send is short or it is uncertain.
        request, polling = Transport(32, patience=10), Transport(2, patience=10)
        self.bot = Bot(
            token,
            base_url=f"{api}/bot",
            base_file_url=f"{api}/file/bot",
            request=request,
            get_updates_request=polling,
        )

    async def __aenter__(self) -> Self:
        """Ask Telegram who we are. Raises NotSent (Telegram away) or Refused (wrong token)."""
        try:
            await self.bot.initialize()
        except TelegramError as error:
            await self.bot.shutdown()
            raise understood(error) from error
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.bot.shutdown()

    async def send(self, chat: int, words: Words) -> int:
        """Send one message; returns its number. Raises one of bot.domain.delivery's faults."""
        try:
            if words.edits is not None:
                return await self._edit(chat, words, words.edits)
            await self._delete(chat, words.erases)
            if words.attachment is not None:
                message = await self._send_file(chat, words, words.attachment)
            elif words.document is not None:
                message = await self._send_document(chat, words, words.document)
            elif words.pin is not None:
                message = await self._send_pin(chat, words, words.pin)
            elif words.picture is not None and len(words.text) <= MAX_CAPTION:
                message = await self._send_picture(chat, words, words.picture)
            else:
                message = await self.bot.send_message(chat, words.text, reply_markup=_keyboard(words))
        except TelegramError as error:
            raise understood(error) from error
        return message.message_id

    async def _edit(self, chat: int, words: Words, number: int) -> int:
        """Other words in a message of ours. The same words again are no matter."""
        try:
            await self.bot.edit_message_text(words.text, chat, number, reply_markup=_keyboard(words))
        except BadRequest as error:
            if "not modified" not in error.message.lower():
                raise
        return number

    async def _delete(self, chat: int, numbers: tuple[int, ...]) -> None:
        """Ask Telegram to delete messages of the chat. What is too old or gone already is passed over;
        a refusal must not hold the message back."""
        for start in range(0, len(numbers), _DELETED_AT_ONCE):
            with contextlib.suppress(BadRequest):
                await self.bot.delete_messages(chat, numbers[start : start + _DELETED_AT_ONCE])

    async def _send_file(self, chat: int, words: Words, attachment: Attachment) -> Message:
        """Telegram gives its own file again: nothing passes through us."""
        bot, keyboard = self.bot, _keyboard(words)
        if attachment.kind == "video_note":  # the one kind that takes no caption
            return await bot.send_video_note(chat, attachment.id, reply_markup=keyboard)
        senders: dict[str, Callable[..., Awaitable[Message]]] = {
            "photo": bot.send_photo,
            "document": bot.send_document,
            "voice": bot.send_voice,
            "video": bot.send_video,
            "audio": bot.send_audio,
            "animation": bot.send_animation,
        }
        send = senders.get(attachment.kind)
        if send is None:
            raise Refused("unknown kind of file")
        return await send(chat, attachment.id, caption=words.text or None, reply_markup=keyboard)

    async def _send_document(self, chat: int, words: Words, document: Document) -> Message:
        return await self.bot.send_document(
            chat,
            document.content.encode(),
            filename=document.name,
            caption=words.text,
            reply_markup=_keyboard(words),
        )

    async def _send_picture(self, chat: int, words: Words, name: str) -> Message:
        return await self.bot.send_photo(
            chat, pictogram(name), caption=words.text, reply_markup=_keyboard(words)
        )

    async def _send_pin(self, chat: int, words: Words, pin: Pin) -> Message:
        return await self.bot.send_venue(
            chat, pin.latitude, pin.longitude, words.text, pin.address, reply_markup=_keyboard(words)
        )

    async def acknowledge(self, callback: str) -> None:
        """Stop the little clock on a pressed button. Too late or twice is no matter."""
        try:
            await self.bot.answer_callback_query(callback)
        except TelegramError:
            return


def understood(error: TelegramError) -> Exception:
    """PTB's error as what it means for the row: see the classes of bot.domain.delivery."""
    said = error.message.lower()
    if isinstance(error, RetryAfter):
        return Delayed(seconds(error))
    if isinstance(error, Forbidden):
        return Unreachable("forbidden")
    if isinstance(error, ChatMigrated):
        return Unreachable("migrated")
    # BadRequest is a NetworkError for PTB: it must be read first, or it would be tried for ever.
    if isinstance(error, BadRequest):
        return Unreachable("gone") if any(gone in said for gone in _GONE) else Refused(said[:60])
    if isinstance(error, InvalidToken):
        if "method not found" in said:  # a server older than this kind of message: no other one must wait
            return Refused(said[:60])
        # The token is wrong, not the message: it waits for the right one (polling ends the process).
        return Delayed(_WRONG_TOKEN_SECONDS)
    if isinstance(error, NetworkError):
        if isinstance(error.__cause__, NEVER_LEFT):
            return NotSent(type(error.__cause__).__name__)
        if isinstance(error.__cause__, PERHAPS_LEFT):
            return Uncertain(type(error.__cause__).__name__)
        # A 5xx is an answer: Telegram did not take the message.
        return NotSent("server error")
    return Refused(said[:60])


def seconds(error: RetryAfter) -> float:
    """How long Telegram asks to wait (PTB gives a number or a timedelta by its version)."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def _keyboard(words: Words) -> InlineKeyboardMarkup | None:
    if not words.rows:
        return None
    return InlineKeyboardMarkup([[_button(choice) for choice in row] for row in words.rows])


def _button(choice: Choice) -> InlineKeyboardButton:
    if choice.url:
        return InlineKeyboardButton(choice.title, url=choice.url)
    return InlineKeyboardButton(choice.title, callback_data=choice.key)


def username(token: str, api: str) -> str:
    """The bot's name at Telegram, without its @; for a thread of its own. Raises NotSent or Refused."""

    async def ask() -> str:
        async with Gateway(token, api) as gateway:
            return str(gateway.bot.username)

    return asyncio.run(ask())
