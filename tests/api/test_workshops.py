"""Workshops through the API: made, previewed, sent, and who comes."""

from datetime import timedelta
from functools import cache

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from bot.api import create_api
from bot.domain.delivery import NotSent, Refused
from bot.domain.files import OpenFile
from bot.domain.states import Role
from bot.services import people
from bot.services.workshops import sending
from bot.storage.tables import Chat, Outbox, Person, Staff, Workshop
from tests.api.conftest import Office, Program
from tests.api.test_doors import WORKSHOP, problem


def consents(office: Office, person: int) -> None:
    with office.desk.database.transaction() as session:
        now, tenant = office.desk.clock.now(session), session.get_one(Person, person)
        people.set_consent(session, now, tenant, "workshops", True, "workshop.button.news")


def with_telephone(office: Office, reference: str) -> None:
    """The invitation says whom to call."""
    with office.desk.database.transaction() as session:
        session.scalars(select(Staff).filter_by(reference=reference)).one().phone = "06 39 98 70 03"


def test_made_once_previewed_and_sent_to_each_once(office: Office) -> None:
    _, program = office.worker("MED", Role.MEDIATOR)
    with_telephone(office, "MED")
    consents(office, office.desk.tenant("Arnal"))
    office.desk.tenant("Bazin")
    made = program.post("/workshops", WORKSHOP, key="a-1")
    assert made.status_code == 201, made.text
    assert program.post("/workshops", WORKSHOP, key="a-1").json() == made.json()
    (workshop,) = made.json()["workshops"]
    assert workshop["led_by"]["reference"] == "MED"
    path = f"/workshops/{workshop['id']}"
    assert program.get(path) == workshop
    preview = program.get(f"{path}/preview")
    assert (preview["invited"], preview["left_out"]) == (1, {"no_consent": 1})
    assert "Comprendre sa facture" in preview["message"]
    assert preview["blockers"] == preview["warnings"] == []
    sent = program.post(f"{path}/send").json()
    assert (sent["state"], sent["told"], sent["waiting"], sent["sent"]) == ("going", 1, 1, 0)
    problem(program.post(f"{path}/send"), 409)
    with office.desk.database.reading() as session:
        assert len(session.scalars(select(Outbox).filter_by(kind="workshop_invite")).all()) == 1

    # None has left yet: stopped, none leaves.
    assert program.post(f"{path}/stop").json() == {"told": 1}
    assert program.get(f"{path}/sending")["state"] == "stopped"
    problem(program.post(f"{path}/stop"), 409)


def test_seats_are_taken_waited_for_and_given_back(office: Office) -> None:
    _, program = office.worker("MED", Role.MEDIATOR)
    for name in ("Arnal", "Bazin"):
        office.desk.tenant(name)
    (workshop,) = program.post("/workshops", WORKSHOP).json()["workshops"]
    path = f"/workshops/{workshop['id']}/registrations"
    assert program.post(path, {"tenant": "L-Arnal", "seats": 2}, key="p-1").json()["state"] == "coming"
    assert program.post(path, {"tenant": "L-Bazin"}).json()["state"] == "waiting"
    assert program.get(f"/workshops/{workshop['id']}")["seats_taken"] == 2
    listed = [(one["tenant"]["reference"], one["state"]) for one in program.get(path)["items"]]
    assert listed == [("L-Arnal", "coming"), ("L-Bazin", "waiting")]
    assert program.post(f"{path}/leave", {"tenant": "L-Arnal"}).json()["state"] == "left"
    assert [one["state"] for one in program.get(path)["items"]] == ["offered"]
    problem(program.post(path, {"tenant": "L-Personne"}), 422)
    problem(program.post(f"{path}/leave", {"tenant": "L-Personne"}), 422)


def test_a_series_a_change_and_a_cancellation(office: Office) -> None:
    _, program = office.worker()
    series = program.post("/workshops", WORKSHOP | {"sessions": 3, "place": ""}).json()["workshops"]
    assert [one["starts_at"][:10] for one in series] == ["2026-12-10", "2026-12-17", "2026-12-24"]
    assert [one["id"] for one in program.get("/workshops", start="2026-12-15T00:00:00Z")["items"]] == [2, 3]
    problem(program.post("/workshops/1/send"), 409)
    changed = program.post("/workshops/1/change", {"place": "Salle B", "seats": 5}).json()
    assert (changed["place"], changed["seats"]) == ("Salle B", 5)
    assert program.post("/workshops/1/cancel").json() == {"told": 0}
    problem(program.post("/workshops/1/send"), 409)
    problem(program.post("/workshops/1/change", {"seats": 6}), 409)
    problem(program.post("/workshops/1/registrations", {"tenant": "L-Arnal"}), 422)


def test_what_cannot_be_is_refused(office: Office) -> None:
    _, program = office.worker()
    office.worker("CCAS", Role.PARTNER)
    for change in ({"starts_at": "2026-11-10T14:00:00Z"}, {"led_by": "CCAS"}, {"led_by": "X"},
                   {"came_before": True}):  # fmt: skip
        problem(program.post("/workshops", WORKSHOP | change), 409)
    for change in ({"seats": 0}, {"title": "  "}, {"minutes": 5}):
        problem(program.post("/workshops", WORKSHOP | change), 422)


def test_a_program_without_a_member_creates_and_sends_nothing(office: Office) -> None:
    program = office.program(Role.MEDIATOR)
    assert program.post("/workshops", WORKSHOP).status_code == 201
    for path in ("send", "cancel"):
        problem(program.post(f"/workshops/1/{path}"), 403)


def test_who_came_is_noted_on_the_day_expected_or_not(office: Office) -> None:
    member, program = office.worker("MED", Role.MEDIATOR)
    for name in ("Arnal", "Bazin"):
        office.desk.tenant(name)
    program.post("/workshops", WORKSHOP)
    program.post("/workshops/1/registrations", {"tenant": "L-Arnal"})
    problem(program.post("/workshops/1/presence", {"tenant": "L-Arnal"}), 409)
    office.desk.move(days=9, hours=6)
    later = office.program(Role.MEDIATOR, member=member)
    assert (
        later.post("/workshops/1/presence", {"tenant": "L-Arnal", "present": False}).json()["present"]
        is False
    )
    problem(later.post("/workshops/1/presence", {"tenant": "L-Bazin", "present": False}), 404)
    assert later.post("/workshops/1/presence", {"tenant": "L-Bazin"}).json()["present"] is True
    seen = [
        (one["tenant"]["reference"], one["present"])
        for one in later.get("/workshops/1/registrations")["items"]
    ]
    assert seen == [("L-Arnal", False), ("L-Bazin", True)]


def test_invitations_leave_at_an_hour_that_is_to_come(office: Office) -> None:
    _, program = office.worker("MED", Role.MEDIATOR)
    with_telephone(office, "MED")
    consents(office, office.desk.tenant("Arnal"))
    program.post("/workshops", WORKSHOP)
    problem(program.post("/workshops/1/send", {"at": "2026-11-02T09:00:00+01:00"}), 409)
    problem(program.post("/workshops/1/send", {"at": "2026-12-10T15:00:00+01:00"}), 409)
    problem(program.ask("GET", "/workshops/1/sending"), 404)
    planned = program.post("/workshops/1/send", {"at": "2026-12-02T09:00:00+01:00"}).json()
    assert (planned["state"], planned["told"]) == ("planned", 0)
    with office.desk.database.transaction() as session:
        sending.begin_due(session, office.desk.clock.now(session) + timedelta(days=1), office.desk.house)
    begun = program.get("/workshops/1/sending")
    assert (begun["state"], begun["told"], begun["waiting"]) == ("going", 1, 1)


JPEG = b"\xff\xd8\xff\xe0 affiche"


class Telegram:
    """Keeps what it is shown, or fails."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault
        self.shown: list[tuple[int, bytes, str]] = []

    async def open(self, file_id: str) -> OpenFile:
        raise NotImplementedError

    async def keep_photo(self, chat: int, content: bytes, caption: str) -> str:
        if self.fault is not None:
            raise self.fault
        self.shown.append((chat, content, caption))
        return "AFFICHE-1"


@pytest.mark.slow
def test_a_poster_is_kept_by_telegram_and_shown_to_who_gives_it(office: Office) -> None:
    member, program = office.worker("MED", Role.MEDIATOR)
    program.post("/workshops", WORKSHOP)

    @cache
    def api(files: Telegram | None) -> FastAPI:
        app, desk = FastAPI(), office.desk
        app.mount("/api", create_api(desk.database, desk.clock, desk.house, files=files))
        return app

    def gives(files: Telegram | None, content: bytes = JPEG) -> httpx.Response:
        return Program(api(files), program.token).ask("POST", "/workshops/1/poster", content=content)

    telegram = Telegram()
    assert "pas encore relié" in problem(gives(telegram), 409)
    with office.desk.database.transaction() as session:
        session.add(Chat(organisation_id=1, bot_id=1, telegram_id=903, staff_id=member))
    assert gives(telegram).json() == {"poster": True}
    ((chat, content, caption),) = telegram.shown
    assert (chat, content) == (903, JPEG)
    assert "Comprendre sa facture" in caption
    assert program.get("/workshops/1")["poster"] is True
    with office.desk.database.reading() as session:
        poster = session.get_one(Workshop, 1).poster
    assert poster == {"kind": "photo", "id": "AFFICHE-1"}
    # What is no picture changes nothing, and says what is wanted.
    assert "JPEG" in problem(gives(telegram, b"<svg/>"), 422)
    problem(gives(Telegram(Refused("x"))), 422)
    problem(gives(Telegram(NotSent("x"))), 503)
    problem(gives(None), 503)
    problem(gives(telegram, JPEG + bytes(2 * 1024 * 1024)), 413)
    with office.desk.database.reading() as session:
        assert session.get_one(Workshop, 1).poster == poster
    assert len(telegram.shown) == 1
    assert program.post("/workshops/1/poster/remove").json() == {"poster": False}
    assert program.get("/workshops/1")["poster"] is False


def test_a_workshop_is_described_anew(office: Office) -> None:
    _, program = office.worker("MED", Role.MEDIATOR)
    program.post("/workshops", WORKSHOP)
    told = {"title": "Sa facture d’eau", "theme": "eau", "interests": ["énergie"], "came_before": True}
    changed = program.post("/workshops/1/change", told).json()
    assert {name: changed[name] for name in told} == told
    assert (changed["place"], changed["districts"]) == (WORKSHOP["place"], [])
    assert "demande un thème" in problem(program.ask("POST", "/workshops/1/change", json={"theme": ""}), 409)
    assert program.get("/workshops/1")["theme"] == "eau"
