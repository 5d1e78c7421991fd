"""Logging in by e-mail: to known addresses alone, without saying which, once, and not too often."""

import re
from collections.abc import Iterator
from email.message import Message
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler

from bot.children import free_port
from bot.console import create_console
from bot.domain.mail import MailNotSent
from bot.mail import SmtpMailer, mailer
from bot.services import access
from bot.settings import Settings
from bot.storage.tables import Staff
from tests.console.browser import Browser
from tests.console.conftest import Desk

ADDRESS = "maelle@bailleur.example"


class Box(MessageHandler):  # type: ignore[misc]
    """What arrived."""

    def __init__(self) -> None:
        super().__init__()
        self.received: list[Message] = []

    def handle_message(self, message: Message) -> None:
        self.received.append(message)


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def server(box: Box) -> Iterator[str]:
    port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield f"smtp://127.0.0.1:{port}"
    controller.stop()


class Kept:
    """A mailer that keeps, or refuses."""

    def __init__(self, fault: str = "") -> None:
        self.sent: list[tuple[str, str, str]] = []
        self._fault = fault

    def send(self, to: str, subject: str, words: str) -> None:
        if self._fault:
            raise MailNotSent(self._fault)
        self.sent.append((to, subject, words))


def visitor(desk: Desk, carrier: Any) -> Browser:
    return Browser(create_console(desk.database, desk.clock, desk.house, lambda: {}, mailer=carrier))


def member(desk: Desk) -> int:
    staff = desk.staff("EQ01")
    with desk.database.transaction() as session:
        session.get_one(Staff, staff).email = ADDRESS
    return staff


def test_the_link_arrives_and_serves_once(desk: Desk, server: str, box: Box) -> None:
    member(desk)
    browser = visitor(desk, SmtpMailer(server, "palier@bailleur.example"))
    assert 'type="email"' in browser.get("/connexion").text
    assert browser.post("/connexion", courriel=" Maelle@Bailleur.example ").status_code == 200
    (mail,) = box.received
    assert (mail["To"], mail["Subject"]) == (ADDRESS, "Votre lien pour entrer dans Palier")
    words = mail.get_payload(decode=True)
    assert isinstance(words, bytes)
    link = re.search(r"/lien/\S+", words.decode())
    assert link is not None
    assert browser.post(link[0]).status_code == 303
    assert browser.get("/dossiers").status_code == 200
    assert visitor(desk, None).post(link[0]).status_code == 410


def test_an_unknown_address_gets_the_same_answer_and_no_mail(desk: Desk) -> None:
    member(desk)
    kept = Kept()
    browser = visitor(desk, kept)
    known, unknown = (browser.post("/connexion", courriel=one) for one in (ADDRESS, "x@y.example"))
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)
    assert [to for to, _, _ in kept.sent] == [ADDRESS]


def test_who_asks_over_and_over_gets_no_more_until_the_links_are_old(desk: Desk) -> None:
    member(desk)
    kept, strangers = Kept(), access.MOST_LINKS - access.KEPT_LINKS
    browser = visitor(desk, kept)
    for _ in range(strangers + 2):
        assert browser.post("/connexion", courriel=ADDRESS).status_code == 200
    assert len(kept.sent) == strangers
    desk.move(seconds=desk.house.content.link_life.total_seconds() + 1)
    browser.post("/connexion", courriel=ADDRESS)
    assert len(kept.sent) == strangers + 1


def test_strangers_neither_fill_a_mailbox_nor_keep_its_owner_out(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    staff, kept = member(desk), Kept()
    app = create_console(desk.database, desk.clock, desk.house, lambda: {}, mailer=kept)
    owner, other = Browser(app), Browser(app)
    assert owner.post(desk.link(staff)).status_code == 303
    assert other.post(desk.link(desk.staff("EQ02"))).status_code == 303
    forged = Browser(app)
    forged.cookies.set("palier-connu", f"{staff}.code.{'0' * 64}", path="/connexion")
    for _ in range(4):
        desk.move(seconds=desk.house.content.link_life.total_seconds() + 1)
        for stranger in (other, forged):
            for _ in range(4):
                assert stranger.post("/connexion", courriel=ADDRESS).status_code == 200
    assert len(kept.sent) == 10
    assert "too many links asked for by e-mail" in capsys.readouterr().out
    assert owner.post("/connexion", courriel=ADDRESS).status_code == 200
    assert len(kept.sent) == 11


def test_a_crowd_of_addresses_keeps_nobody_from_asking(desk: Desk) -> None:
    staff, kept = member(desk), Kept()
    app = create_console(desk.database, desk.clock, desk.house, lambda: {}, mailer=kept)
    owner, crowd = Browser(app), [Browser(app, source=f"203.0.113.{number}") for number in range(1, 12)]
    assert owner.post(desk.link(staff)).status_code == 303
    answers = [
        one.post("/connexion", courriel="x@y.example").status_code
        for one in [*crowd, Browser(app)]
        for _ in range(20)
    ]
    assert set(answers) == {200}
    # The owner's address is used up by the last of them, and their browser is not.
    assert Browser(app).post("/connexion", courriel=ADDRESS).status_code == 429
    assert owner.post("/connexion", courriel=ADDRESS).status_code == 200
    assert [to for to, _, _ in kept.sent] == [ADDRESS]


def test_a_visitor_who_tries_many_addresses_is_stopped(desk: Desk) -> None:
    browser = visitor(desk, Kept())
    answers = [browser.post("/connexion", courriel=f"{number}@y.example") for number in range(21)]
    assert [answer.status_code for answer in answers] == [200] * 20 + [429]
    assert "Trop de demandes" in answers[-1].text
    assert answers[-1].headers["retry-after"]


def test_a_server_that_is_away_is_logged_without_the_address(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    staff = member(desk)
    assert (
        visitor(desk, Kept("ConnectionRefusedError")).post("/connexion", courriel=ADDRESS).status_code == 200
    )
    said = capsys.readouterr().out
    assert "did not leave by e-mail" in said
    assert str(staff) in said
    assert ADDRESS not in said
    with pytest.raises(MailNotSent, match="ConnectionRefusedError"):
        SmtpMailer("smtp://127.0.0.1:1", "palier@bailleur.example").send(ADDRESS, "x", "y")


def test_without_a_server_there_is_no_form(desk: Desk) -> None:
    browser = visitor(desk, None)
    assert 'type="email"' not in browser.get("/connexion").text
    assert browser.post("/connexion", courriel=ADDRESS).status_code == 404
    assert mailer(Settings(_env_file=None)) is None  # type: ignore[call-arg]


@pytest.mark.parametrize("forged", ["a@b.example\nBcc: c@d.example", "", "\x00", "@"])
def test_a_forged_address_sends_nothing(desk: Desk, forged: str) -> None:
    member(desk)
    kept = Kept()
    assert visitor(desk, kept).post("/connexion", courriel=forged).status_code == 200
    assert kept.sent == []
