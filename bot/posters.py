"""A poster on its way to Telegram, which keeps it: nothing of the picture stays here."""

from bot.domain.delivery import NotSent, Refused
from bot.domain.files import FileStore
from bot.domain.words import Attachment

MOST_BYTES = 2 * 1024 * 1024
# How a JPEG and a PNG begin.
_IMAGES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


class PosterRefused(Exception):
    """A short code, worded by `poster.refused.<code>`: "poster" (not such a picture), "no_bot", "away"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


async def keep(files: FileStore | None, chat: int, caption: str, content: bytes) -> Attachment:
    """The picture, shown in that chat and kept there. Raises PosterRefused."""
    if not content.startswith(_IMAGES) or len(content) > MOST_BYTES:
        raise PosterRefused("poster")
    if files is None:
        raise PosterRefused("no_bot")
    try:
        return Attachment("photo", await files.keep_photo(chat, content, caption))
    except Refused as error:
        raise PosterRefused("poster") from error
    except NotSent as error:
        raise PosterRefused("away") from error
