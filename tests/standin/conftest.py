"""One stand-in for the folder, emptied before each test, and a real python-telegram-bot on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from telegram import Bot
from telegram.request import HTTPXRequest

from bot.standin.client import StandInClient
from bot.standin.limits import Limits
from bot.standin.people import Person
from bot.standin.server import StandIn, running_standin


@pytest.fixture(scope="session")
def server() -> Iterator[StandIn]:
    with running_standin(limits=Limits.off()) as standin:
        yield standin


@pytest.fixture
def tg(server: StandIn) -> Iterator[StandInClient]:
    with server.client() as client:
        client.reset()
        yield client


@pytest.fixture
def marie(tg: StandInClient) -> Person:
    person = tg.user(1001, first_name="Marie", group="Locataires")
    person.start()
    return person


@pytest.fixture
async def bot(server: StandIn, tg: StandInClient) -> AsyncIterator[Bot]:
    request = HTTPXRequest(httpx_kwargs={"trust_env": False})
    polling = HTTPXRequest(httpx_kwargs={"trust_env": False})
    bot = Bot(
        server.token,
        base_url=server.base_url,
        base_file_url=server.base_file_url,
        request=request,
        get_updates_request=polling,
    )
    await bot.delete_webhook(drop_pending_updates=True)
    async with bot:
        yield bot
