"""A file on its way from where it is kept to who may read it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class OpenFile:
    """`ending` is that of its name ("jpg"); `chunks` its bytes, once; `close` lets go of it unread."""

    ending: str
    chunks: AsyncIterator[bytes]
    close: Callable[[], Awaitable[None]]


class FileStore(Protocol):
    """Where files are kept: those that people sent, and posters."""

    async def open(self, file_id: str) -> OpenFile:
        """Raises bot.domain.delivery.Refused when it is gone, NotSent when it may come back."""

    async def keep_photo(self, chat: int, content: bytes, caption: str) -> str:
        """Keep a picture (JPEG or PNG) by showing it in that chat; returns the id that gives it again.

        Raises bot.domain.delivery.Refused when it is not taken, NotSent when it may be later.
        """
