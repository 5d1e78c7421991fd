"""The demo's panel: its e-mails are read in the browser, and lead into the console."""

from datetime import datetime

import pytest

from bot.clock import Clock
from bot.console import create_console
from bot.demo.letterbox import Letterbox
from bot.demo.panel import Panel
from bot.domain.states import Role
from bot.services.house import House
from bot.settings import Settings
from bot.storage import Database
from bot.storage.tables import Staff
from bot.wiring import Parts
from tests.console.browser import Browser


@pytest.fixture
def letterbox(now: datetime) -> Letterbox:
    return Letterbox(lambda: now)


@pytest.fixture
def panel(database: Database, clock: Clock, house: House, now: datetime, letterbox: Letterbox) -> Browser:
    with database.transaction() as session:
        clock.move_to(session, now)
        known = {
            "role": Role.CASEWORKER,
            "first_name": "Maëlle",
            "last_name": "Le Guennec",
            "email": "maelle@habitat.example",
        }
        session.add(Staff(organisation_id=1, reference="EQ01", **known))
    parts = Parts(Settings(), database, clock, house)
    return Browser(Panel(parts, "http://127.0.0.1:9", letterbox).app())


def test_a_link_asked_by_e_mail_is_read_beside_the_chats_and_opens_the_console(
    panel: Browser, letterbox: Letterbox, database: Database, clock: Clock, house: House
) -> None:
    page = panel.get("/courriels").text
    assert "Aucun courriel pour l’instant" in page
    assert "maelle@habitat.example" in page
    assert panel.get("/heure").json()["emails"] == 0
    browser = Browser(create_console(database, clock, house, dict, mailer=letterbox))
    assert browser.post("/connexion", courriel="maelle@habitat.example").status_code == 200
    page = panel.get("/courriels").text
    assert "À maelle@habitat.example, mardi 1er décembre 2026" in page.replace("\u00a0", " ")
    link = page.partition(f'<a href="{house.base_address}/lien/')[2].partition('"')[0]
    assert browser.post(f"/lien/{link}").status_code == 303
    assert panel.get("/heure").json()["emails"] == 1


def test_what_an_e_mail_says_is_shown_and_not_run(panel: Browser, letterbox: Letterbox) -> None:
    letterbox.send("x@y.example", "<b>Bonjour</b>", "<script>alert(1)</script>")
    page = panel.get("/courriels").text
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    assert "<b>" not in page
