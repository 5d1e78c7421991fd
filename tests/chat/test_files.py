"""Files that Telegram keeps for us, against the stand-in."""

import asyncio

import httpx
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


@pytest.mark.parametrize(
    "path",
    [
        "https://ailleurs.example/x",
        "//ailleurs.example/x",
        "../../x",
        "photos/../../x",
        "x?y=1",
        "x@ailleurs",
        "",
    ],
)
def test_a_file_is_never_fetched_from_elsewhere(path: str) -> None:
    """Whatever Telegram, or who plays it, answers: one house, one folder, no redirect followed."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        if request.url.path.endswith("/getFile"):
            return httpx.Response(200, json={"result": {"file_path": path or "photos/1.jpg"}})
        return httpx.Response(302, headers={"location": "http://169.254.169.254/"})

    async def read() -> None:
        files = Files("1:a", "http://telegram.example")
        await files.close()
        files._client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
        with pytest.raises(Refused):
            await files.open("un fichier")
        await files.close()

    asyncio.run(read())
    assert asked
    assert all(address.startswith("http://telegram.example/") for address in asked)
