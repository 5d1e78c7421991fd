"""The gateway over its real transport: what arrives, and what a line that fails means for the message."""

from collections.abc import AsyncIterator, Iterator

import pytest
from telegram import Bot
from telegram.error import NetworkError

from bot.chat.gateway import Gateway, understood
from bot.chat.transport import Transport
from bot.children import free_port
from bot.domain.delivery import Delayed, NotSent, Uncertain
from bot.domain.words import Choice, Document, Words
from bot.standin.client import StandInClient
from bot.standin.limits import Limits
from bot.standin.people import Person
from bot.standin.server import StandIn, running_standin

MARIE = 1001


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    with running_standin(limits=Limits.off()) as standin:
        yield standin


@pytest.fixture
def telegram(server: StandIn) -> Iterator[StandInClient]:
    with server.client() as client:
        client.reset()
        yield client


@pytest.fixture
def marie(telegram: StandInClient) -> Person:
    person = telegram.user(MARIE, first_name="Marie")
    person.start()
    return person


@pytest.fixture
async def gateway(server: StandIn) -> AsyncIterator[Gateway]:
    async with Gateway(server.token, server.url) as gateway:
        yield gateway


async def test_words_and_buttons_arrive_as_they_are(gateway: Gateway, marie: Person) -> None:
    words = Words("Il reste 12,50 € & c’est tout\n→ « merci »", ((Choice("Oui, ça me va", "k1"),),))
    number = await gateway.send(MARIE, words)
    (reply,) = marie.replies()
    assert (reply.text, reply.id) == (words.text, number)
    assert reply.buttons == ["Oui, ça me va"]


async def test_a_file_arrives_with_its_name_and_its_caption(
    gateway: Gateway, telegram: StandInClient, marie: Person
) -> None:
    await gateway.send(MARIE, Words("À noter", document=Document("rendez-vous.ics", "BEGIN:VCALENDAR é")))
    (call,) = telegram.journal("sendDocument")
    document = call["result"]["document"]
    assert (call["result"]["caption"], document["file_name"]) == ("À noter", "rendez-vous.ics")
    assert telegram.file(document["file_id"]).decode() == "BEGIN:VCALENDAR é"


@pytest.mark.parametrize("effect", ["drop_before", "drop_after"])
async def test_a_line_that_drops_leaves_a_doubt(
    gateway: Gateway, telegram: StandInClient, marie: Person, effect: str
) -> None:
    telegram.fault(effect, method="sendMessage")
    with pytest.raises(Uncertain):
        await gateway.send(MARIE, Words("Bonjour"))
    # Never tried again by the transport itself: that is for the outbox to decide.
    assert len(telegram.journal("sendMessage")) == 1


async def test_an_answer_that_does_not_come_leaves_a_doubt(
    server: StandIn, telegram: StandInClient, marie: Person
) -> None:
    telegram.fault("delay", method="sendMessage", milliseconds=500)
    line = Transport(1, patience=0.05), Transport(1, patience=0.05)
    bot = Bot(server.token, base_url=server.base_url, request=line[0], get_updates_request=line[1])
    for transport in line:
        await transport.initialize()
    with pytest.raises(NetworkError) as error:
        await bot.send_message(MARIE, "Bonjour")
    assert isinstance(understood(error.value), Uncertain)
    for transport in line:
        await transport.shutdown()


async def test_what_telegram_asks_is_read(gateway: Gateway, telegram: StandInClient, marie: Person) -> None:
    telegram.fault("retry_after", method="sendMessage", seconds=7)
    with pytest.raises(Delayed) as fault:
        await gateway.send(MARIE, Words("Bonjour"))
    assert fault.value.seconds == 7


async def test_nobody_at_the_other_end_is_not_sent(server: StandIn) -> None:
    with pytest.raises(NotSent):
        async with Gateway(server.token, f"http://127.0.0.1:{free_port()}"):
            raise AssertionError("nobody answers there")
