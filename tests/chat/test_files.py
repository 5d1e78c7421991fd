"""Files that Telegram keeps for us, against the stand-in."""

import asyncio

import pytest

from bot.chat.files import Files
from bot.content.pictograms import pictogram
from bot.domain.delivery import NotSent, Refused
from bot.standin.server import running_standin


def test_a_picture_is_shown_once_and_given_again_under_its_id() -> None:
    picture = pictogram("home")

    async def keep_and_read(token: str, url: str) -> bytes:
        files = Files(token, url)
        kept = await files.keep_photo(903, picture, "Voici l'affiche")
        read = b"".join([chunk async for chunk in (await files.open(kept)).chunks])
        with pytest.raises(Refused):
            await files.keep_photo(903, b"", "Rien")
        await files.close()
        return read

    with running_standin() as telegram, telegram.client() as client:
        mediator = client.user(903, first_name="Prisca")
        mediator.write("/start")
        assert asyncio.run(keep_and_read(telegram.token, telegram.url)) == picture
        (shown,) = mediator.replies()
        assert (shown.kind, shown.text) == ("photo", "Voici l'affiche")


def test_telegram_away_may_be_asked_again() -> None:
    async def keep() -> None:
        files = Files("1:a", "http://127.0.0.1:1")
        with pytest.raises(NotSent):
            await files.keep_photo(903, b"x", "")
        await files.close()

    asyncio.run(keep())
