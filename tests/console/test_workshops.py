"""Workshops from the console: made, previewed, sent now or later, stopped, changed, cancelled; who came."""

from datetime import datetime, timedelta
from functools import cache

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from bot.console import create_console
from bot.domain.delivery import NotSent, Refused
from bot.domain.files import OpenFile
from bot.domain.states import OutboxState, Role
from bot.domain.workshops import PlaceState, SendingState, WorkshopState
from bot.services import people
from bot.storage.tables import Chat, Outbox, Person, Staff, Workshop, WorkshopPlace, WorkshopSending
from tests.console.browser import Browser
from tests.console.conftest import Desk

NEW = {
    "titre": "Comprendre sa facture",
    "theme": "énergie",
    "jour": "2026-12-17",
    "heure": "14:30",
    "minutes": "90",
    "lieu": "Salle des Tilleuls",
    "places": "8",
}


def leader(desk: Desk) -> Browser:
    member = desk.staff("EQ03", Role.MEDIATOR)
    with desk.database.transaction() as session:
        session.get_one(Staff, member).phone = "06 39 98 70 03"
    return desk.browser(member)


def willing(desk: Desk, *names: str) -> list[int]:
    """Tenants who agreed to be invited."""
    found = [desk.tenant(name) for name in names]
    with desk.database.transaction() as session:
        for number in found:
            person = session.get_one(Person, number)
            people.set_consent(session, desk.clock.now(session), person, "workshops", True, "test")
    return found


def created(desk: Desk, browser: Browser, **changes: str) -> str:
    """The path of a new workshop."""
    answer = browser.post("/ateliers", csrf=browser.csrf("/ateliers/nouveau"), **(NEW | changes))
    assert answer.status_code == 303
    return answer.headers["location"].partition("?")[0]


def act(browser: Browser, path: str, what: str, **fields: str) -> int:
    return browser.post(f"{path}/{what}", csrf=browser.csrf(path), **fields).status_code


def the_workshop(desk: Desk) -> Workshop:
    with desk.database.reading() as session:
        return session.scalars(select(Workshop).order_by(Workshop.id)).first()  # type: ignore[return-value]


def invitations(desk: Desk) -> list[OutboxState]:
    with desk.database.reading() as session:
        rows = session.scalars(select(Outbox).filter_by(kind="workshop_invite"))
        return [row.state for row in rows]


def test_made_previewed_and_sent(desk: Desk) -> None:
    willing(desk, "Aubert", "Bonnet")
    desk.tenant("Cordier")
    browser = leader(desk)
    assert "Aucun atelier à venir." in browser.get("/ateliers").text
    path = created(desk, browser)
    workshop = the_workshop(desk)
    local = workshop.starts_at.astimezone(desk.house.zone)
    assert (local.isoformat(), workshop.seats) == ("2026-12-17T14:30:00+01:00", 8)
    page = browser.get(path).text
    assert "Envoyer maintenant à 2 personnes" in page
    assert "Salle des Tilleuls" in page
    assert "Comprendre sa facture" in browser.get("/ateliers").text
    assert act(browser, path, "envoyer", quand="maintenant") == 303
    assert invitations(desk) == [OutboxState.QUEUED] * 2
    page = browser.get(path).text
    assert '<progress value="0" max="2"' in page
    assert "2 en attente de départ" in page
    assert act(browser, path, "envoyer", quand="maintenant") == 422
    assert act(browser, path, "arreter") == 303
    assert invitations(desk) == [OutboxState.DROPPED] * 2
    assert "Envoi arrêté" in browser.get(path).text
    assert act(browser, path, "arreter") == 422


def test_sent_at_an_hour(desk: Desk) -> None:
    willing(desk, "Aubert")
    browser = leader(desk)
    path = created(desk, browser)
    assert act(browser, path, "envoyer", quand="plus-tard", jour="2026-12-17", heure="15:00") == 422
    assert act(browser, path, "envoyer", quand="plus-tard", jour="", heure="10:00") == 422
    assert act(browser, path, "envoyer", quand="plus-tard", jour="2026-12-14", heure="10:00") == 303
    with desk.database.reading() as session:
        planned = session.scalars(select(WorkshopSending)).one()
        assert planned.state is SendingState.PLANNED
        assert planned.starts_at == datetime(2026, 12, 14, 10, tzinfo=desk.house.zone)
    assert "Envoi prévu" in browser.get(path).text
    assert invitations(desk) == []


def test_a_wrong_form_keeps_what_was_typed(desk: Desk) -> None:
    desk.tenant()
    browser = leader(desk)
    csrf = browser.csrf("/ateliers/nouveau")
    wrong = NEW | {"heure": "tantôt", "quartiers": "Les Charmilles"}
    answer = browser.post("/ateliers", csrf=csrf, **wrong)
    assert answer.status_code == 422
    assert 'value="Comprendre sa facture"' in answer.text
    assert 'name="quartiers" value="Les Charmilles" checked' in answer.text
    for change in (
        {"titre": " "},
        {"places": "0"},
        {"minutes": "x"},
        {"jour": "2020-01-01"},
        {"seances": "99"},
    ):
        assert browser.post("/ateliers", csrf=csrf, **(NEW | change)).status_code == 422
    with desk.database.reading() as session:
        assert session.scalar(select(Workshop.id)) is None


def test_a_series_for_some(desk: Desk) -> None:
    desk.tenant()
    browser = leader(desk)
    created(desk, browser, seances="3", tous_les="14", quartiers="Les Charmilles", profils="senior")
    with desk.database.reading() as session:
        made = session.scalars(select(Workshop).order_by(Workshop.starts_at)).all()
        assert [one.starts_at - made[0].starts_at for one in made] == [
            timedelta(days=14 * n) for n in range(3)
        ]
        assert (made[0].districts, made[0].profiles) == (["Les Charmilles"], ["senior"])


def test_changed_then_cancelled(desk: Desk) -> None:
    browser = leader(desk)
    path = created(desk, browser)
    change = {"jour": "2026-12-18", "heure": "10:00", "lieu": "Salle B", "places": "12"}
    assert act(browser, path, "changer", **change) == 303
    workshop = the_workshop(desk)
    assert (workshop.place, workshop.seats) == ("Salle B", 12)
    refused = browser.post(
        f"{path}/changer", csrf=browser.csrf(path), **(change | {"places": "0", "lieu": "Salle C"})
    )
    assert refused.status_code == 422
    assert 'value="Salle C"' in refused.text
    assert act(browser, path, "annuler") == 303
    assert the_workshop(desk).state is WorkshopState.CANCELLED
    page = browser.get(path).text
    assert "Annulé" in page
    assert "Envoyer maintenant" not in page


def test_the_day_list_notes_who_came(desk: Desk) -> None:
    first, second = willing(desk, "Aubert", "Bonnet")
    browser = leader(desk)
    path = created(desk, browser)
    number = int(path.rpartition("/")[2])
    with desk.database.transaction() as session:
        place = WorkshopPlace(
            organisation_id=1, workshop_id=number, person_id=first, state=PlaceState.COMING,
            seats=1, since=desk.clock.now(session),
        )  # fmt: skip
        session.add(place)
        session.flush()
        kept = str(place.id)
    assert act(browser, path, "presence", place=kept, venu="oui") == 422
    with desk.database.transaction() as session:
        desk.clock.move_to(session, datetime(2026, 12, 17, 15, tzinfo=desk.house.zone))
    # The session has ended meanwhile.
    with desk.database.reading() as session:
        member = session.scalars(select(Staff.id)).one()
    browser = desk.browser(member)
    assert act(browser, path, "presence", place=kept, venu="oui") == 303
    assert act(browser, path, "venu", reference="L-Bonnet") == 303
    assert act(browser, path, "venu", reference="inconnue") == 422
    assert act(browser, path, "venu") == 303
    page = browser.get(path).text
    assert page.count("<strong>présent</strong>") == 2
    assert "Comptées sans référence : 1." in page
    with desk.database.reading() as session:
        came = session.scalars(select(WorkshopPlace.person_id).filter_by(present=True)).all()
        assert set(came) == {first, second}


def test_a_workshop_of_another_landlord_is_not_there(desk: Desk, other_organisation: int) -> None:
    path = created(desk, leader(desk))
    stranger = desk.browser(desk.staff("EQ09", Role.MEDIATOR, other_organisation))
    assert stranger.get(path).status_code == 404
    assert "Comprendre sa facture" not in stranger.get("/ateliers").text
    csrf = stranger.csrf("/ateliers/nouveau")
    assert stranger.post(f"{path}/annuler", csrf=csrf).status_code == 404
    assert stranger.post(f"{path}/nimporte", csrf=csrf).status_code == 404


def test_for_those_who_are_interested_and_described_anew(desk: Desk) -> None:
    desk.tenant()
    browser = leader(desk)
    path = created(desk, browser)
    assert 'name="interets" value="énergie"' in browser.get("/ateliers/nouveau").text
    second = created(desk, browser, interets="énergie", titre="La suite")
    page = browser.get(second).text
    assert "ont déjà dit oui à : énergie" in page
    assert 'name="interets" value="énergie" checked' in page
    told = {"titre": "Sa facture d’eau", "theme": "eau", "quartiers": "Les Charmilles", "deja_venus": "oui"}
    assert act(browser, path, "decrire", **told) == 303
    workshop = the_workshop(desk)
    assert (workshop.title, workshop.theme, workshop.came_before) == ("Sa facture d’eau", "eau", True)
    assert (workshop.districts, workshop.interests) == (["Les Charmilles"], [])
    # Without a theme, nobody came to it before.
    wrong = told | {"theme": "", "titre": "Presque"}
    refused = browser.post(f"{path}/decrire", csrf=browser.csrf(path), **wrong)
    assert refused.status_code == 422
    assert 'value="Presque"' in refused.text
    assert the_workshop(desk).theme == "eau"


def test_nothing_is_described_anew_while_invitations_leave(desk: Desk) -> None:
    willing(desk, "Aubert")
    browser = leader(desk)
    path = created(desk, browser)
    assert act(browser, path, "envoyer", quand="maintenant") == 303
    answer = browser.post(f"{path}/decrire", csrf=browser.csrf(path), titre="Autre")
    assert answer.status_code == 422
    assert "Un envoi est déjà prévu ou en cours" in answer.text
    assert the_workshop(desk).title == "Comprendre sa facture"


class Telegram:
    """Keeps what it is shown, or fails."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault
        self.shown: list[tuple[int, bytes]] = []

    async def open(self, file_id: str) -> OpenFile:
        raise NotImplementedError

    async def keep_photo(self, chat: int, content: bytes, caption: str) -> str:
        if self.fault is not None:
            raise self.fault
        self.shown.append((chat, content))
        return "AFFICHE-1"


@pytest.mark.slow
def test_a_poster_passes_by_the_telegram_of_who_gives_it(desk: Desk) -> None:
    member = desk.staff("EQ03", Role.MEDIATOR)

    @cache
    def console(files: Telegram | None) -> FastAPI:
        return create_console(desk.database, desk.clock, desk.house, lambda: desk.checks, files=files)

    def gives(files: Telegram | None, content: bytes = b"\x89PNG\r\n\x1a\n affiche") -> httpx.Response:
        browser.open(console(files))
        form = {"csrf": browser.csrf(path)}
        return browser.request("POST", f"{path}/affiche", data=form, files={"image": ("a.png", content)})

    browser = desk.browser(member)
    path = created(desk, browser, seances="2")
    assert "votre téléphone n’est pas relié" in browser.get(path).text
    telegram = Telegram()
    answer = gives(telegram)
    assert (answer.status_code, telegram.shown) == (422, [])
    assert "votre téléphone n’y est pas encore relié" in answer.text
    with desk.database.transaction() as session:
        session.add(Chat(organisation_id=1, bot_id=1, telegram_id=903, staff_id=member))
    for files, content, status in (
        (telegram, b"<svg/>", 422),
        (telegram, b"", 422),
        (telegram, b"\xff\xd8\xff" + bytes(2 * 1024 * 1024), 422),
        (Telegram(Refused("x")), b"\xff\xd8\xff", 422),
        (Telegram(NotSent("x")), b"\xff\xd8\xff", 503),
        (None, b"\xff\xd8\xff", 503),
    ):
        answer = gives(files, content)
        assert (answer.status_code, "affiche-erreur" in answer.text) == (status, True)
    assert telegram.shown == []
    assert gives(telegram).status_code == 303
    assert [chat for chat, _ in telegram.shown] == [903]
    with desk.database.reading() as session:
        posters = session.scalars(select(Workshop.poster)).all()
        assert posters == [{"kind": "photo", "id": "AFFICHE-1"}] * 2
    assert "Avec l’affiche, sauf" in browser.get(path).text
    assert act(browser, path, "sans-affiche") == 303
    with desk.database.reading() as session:
        assert session.scalars(select(Workshop.poster)).all() == [None, None]
