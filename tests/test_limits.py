"""An address that asks or is refused too often waits a minute; the others, and the probes, do not."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from bot import limits
from bot.limits import REFUSALS_A_MINUTE, REQUESTS_A_MINUTE, AddressLimit, Pace, address_of


class Beats:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


async def _app(scope: Scope, _receive: Receive, send: Send) -> None:
    status = 404 if scope["path"] == "/lien/faux" else 200
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def beats() -> Beats:
    return Beats()


@pytest.fixture
def ask(beats: Beats) -> Callable[..., httpx.Response]:
    app = AddressLimit(_app, beats)

    async def _ask(path: str, address: str) -> httpx.Response:
        transport = httpx.ASGITransport(app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(path)

    def ask(path: str, address: str = "192.0.2.1") -> httpx.Response:
        asked: Awaitable[httpx.Response] = _ask(path, address)
        return asyncio.run(asked)  # type: ignore[arg-type]

    return ask


def test_who_guesses_links_is_shut_out_for_a_minute(ask: Callable[..., httpx.Response], beats: Beats) -> None:
    for _ in range(REFUSALS_A_MINUTE):
        assert ask("/lien/faux").status_code == 404
    refused = ask("/lien/bon")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "61")
    assert "Attendez une minute" in refused.text
    assert ask("/api/v1/cases").json()["status"] == 429
    # Others, the probes and Telegram are not.
    assert ask("/lien/bon", "192.0.2.2").status_code == 200
    assert ask("/healthz").status_code == ask("/telegram/updates").status_code == 200
    beats.seconds = 60
    assert ask("/lien/bon").status_code == 200


def test_who_asks_too_often_waits(ask: Callable[..., httpx.Response]) -> None:
    answers = [ask("/dossiers").status_code for _ in range(REQUESTS_A_MINUTE + 1)]
    assert answers[-2:] == [200, 429]


def test_a_network_of_sixty_four_bits_is_one_address() -> None:
    assert address_of({"client": ("2001:db8::1", 1)}) == address_of({"client": ("2001:db8::ffff", 9)})
    assert address_of({"client": ("2001:db8:0:1::1", 1)}) != address_of({"client": ("2001:db8::1", 1)})
    assert address_of({"client": ("192.0.2.1", 1)}) == "192.0.2.1"
    assert address_of({"client": None}) == ""


def test_a_thousand_addresses_take_no_memory(beats: Beats, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_MOST_KEYS", 100)
    minute = Pace(1, beats)
    for key in range(1000):
        minute.count(key)
    assert len(minute._counts) <= 100
