"""Invitation letters: a PDF, a fresh link for each guest, nobody who should not get one."""

import re

import pytest
from sqlalchemy import func, select

from bot.console import create_console
from bot.console.letters_routes import BotName
from bot.domain.delivery import NotSent
from bot.domain.states import Role
from bot.storage.tables import Chat, Invitation, Person
from bot.texts.letter import Letter
from bot.texts.letters import letters_pdf
from tests.console.browser import Browser
from tests.console.conftest import Desk


def unlinked(desk: Desk, name: str, *, discreet: bool = False) -> int:
    person = desk.tenant(name)
    with desk.database.transaction() as session:
        session.delete(session.scalars(select(Chat).filter_by(person_id=person)).one())
        session.get_one(Person, person).discreet = discreet
    return person


def visitor(desk: Desk, bot_name: BotName | None, organisation: int = 1) -> Browser:
    app = create_console(desk.database, desk.clock, desk.house, dict, bot_name=bot_name)
    browser = Browser(app)
    link = desk.link(desk.staff("EQ01", Role.COORDINATOR, organisation))
    assert browser.post(link).status_code == 303
    return browser


def invitations(desk: Desk) -> int:
    with desk.database.reading() as session:
        return session.scalar(select(func.count(Invitation.id))) or 0


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", pdf))


def away() -> str:
    raise NotSent("network")


def test_letters_of_those_who_are_not_linked(desk: Desk) -> None:
    browser = visitor(desk, lambda: "palier_bot")
    one = unlinked(desk, "Adam")
    unlinked(desk, "Blanc")
    unlinked(desk, "Cachée", discreet=True)
    desk.tenant("Reliée")
    csrf = browser.csrf("/locataires")
    answer = browser.post("/locataires/lettres", csrf=csrf)
    assert answer.headers["content-type"] == "application/pdf"
    assert (answer.content[:5], pages(answer.content), invitations(desk)) == (b"%PDF-", 2, 2)
    single = browser.post(f"/locataires/{one}/lettre", csrf=csrf)
    assert (pages(single.content), invitations(desk)) == (1, 3)


def test_nobody_to_invite(desk: Desk) -> None:
    desk.tenant("Reliée")
    browser = visitor(desk, lambda: "palier_bot")
    assert "lettres d’invitation" not in browser.get("/locataires").text
    answer = browser.post("/locataires/lettres", csrf=browser.csrf("/locataires"))
    assert (answer.status_code, "Chacun ici est déjà relié" in answer.text) == (409, True)


@pytest.mark.parametrize("bot_name", [away, None])
def test_without_the_name_of_the_bot_there_is_no_letter(desk: Desk, bot_name: BotName | None) -> None:
    person = unlinked(desk, "Adam")
    browser = visitor(desk, bot_name)
    answer = browser.post(f"/locataires/{person}/lettre", csrf=browser.csrf("/locataires"))
    assert (answer.status_code, "Réessayez dans quelques minutes" in answer.text) == (503, True)
    assert invitations(desk) == 0


def test_a_discreet_guest_gets_the_letter_by_hand(desk: Desk) -> None:
    browser = visitor(desk, lambda: "palier_bot")
    assert "en main propre" in browser.get(f"/locataires/{unlinked(desk, 'Adam', discreet=True)}").text
    assert "en main propre" not in browser.get(f"/locataires/{unlinked(desk, 'Blanc')}").text


def test_another_landlord_prints_nothing(desk: Desk, other_organisation: int) -> None:
    person = unlinked(desk, "Adam")
    outsider = visitor(desk, lambda: "palier_bot", other_organisation)
    csrf = outsider.csrf("/dossiers")
    assert outsider.post(f"/locataires/{person}/lettre", csrf=csrf).status_code == 404
    assert outsider.post("/locataires/lettres", csrf=csrf).status_code == 409
    assert invitations(desk) == 0


def test_any_name_can_be_printed() -> None:
    strange = Letter("Ștefan <b>Yıldırım & Łuczyński</b> 李", "https://t.me/x?start=abc", "Bailleur", "lundi")
    assert pages(letters_pdf([strange, strange])) == 2
