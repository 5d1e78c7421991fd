"""The door that Telegram knocks at: a forged, broken or endless request learns nothing and keeps nothing."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI

from bot.chat import webhook
from bot.chat.lanes import Lanes

SECRET = "s3cret"


class Kept:
    """Lanes that only keep what they are given."""

    def __init__(self) -> None:
        self.updates: list[dict[str, Any]] = []

    async def receive(self, raw: Sequence[dict[str, Any]]) -> None:
        self.updates += raw


@pytest.fixture
def kept() -> Kept:
    return Kept()


def knock(kept: Kept, secret: str | None, content: bytes | AsyncIterator[bytes]) -> int:
    app = FastAPI()
    app.include_router(webhook.router(cast(Lanes, kept), SECRET))
    headers = [] if secret is None else [(b"X-Telegram-Bot-Api-Secret-Token", secret.encode())]

    async def post() -> int:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return (await client.post(webhook.PATH, content=content, headers=headers)).status_code

    return asyncio.run(post())


def test_an_update_with_the_secret_is_kept(kept: Kept) -> None:
    assert knock(kept, SECRET, b'{"update_id": 7}') == 200
    assert kept.updates == [{"update_id": 7}]


@pytest.mark.parametrize("secret", [None, "", "s3cre", "s3cret ", "S3CRET", "é"])
def test_a_forged_update_finds_no_door(kept: Kept, secret: str | None) -> None:
    assert knock(kept, secret, b'{"update_id": 7}') == 404
    assert kept.updates == []


def test_a_body_without_end_is_refused_unread(kept: Kept) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100:
            sent += 1
            yield b"x" * 100_000

    assert knock(kept, SECRET, endless()) == 413
    assert kept.updates == []


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"{}", b'{"update_id": "x"}', b'"words"', b"null", b'{"update_id": Infinity}',
        b'{"update_id": 9223372036854775808}', b'{"update_id": 1.5}', b'{"update_id": true}', b"[" * 100_000,
        b"\xff\xfe{",
    ],
)  # fmt: skip
def test_a_broken_body_is_not_asked_for_again(kept: Kept, body: bytes) -> None:
    assert knock(kept, SECRET, body) == 200
    assert kept.updates == []
