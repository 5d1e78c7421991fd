"""What an office is made of, by programs: its settings, its members, its files, its letters, its tenants."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from bot.api import create_api
from bot.domain.states import CaseState, ChatState, Role
from bot.services import tenant_search
from bot.storage.tables import Case, Chat, Invitation, Lease, Person, Staff
from bot.texts import letters
from bot.texts.letter import Letter
from tests.api.conftest import Office, Program
from tests.api.test_doors import WORKSHOP, problem

LEASES = """REFERENCE_BAIL;REFERENCE_LOCATAIRE;Nom;Prénom;DATE_DEBUT;Loyer;Charges;Jour_échéance
B-9;L-9;Moreau;Lila;01/01/2020;400,00;50,00;5
"""


@pytest.fixture
def boss(office: Office) -> Program:
    return office.worker("EQ05", Role.ADMINISTRATOR)[1]


def nameless(office: Office, program: Program) -> Program:
    """The program, speaking to an API that does not know the bot's name."""
    app, desk = FastAPI(), office.desk
    app.mount("/api", create_api(desk.database, desk.clock, desk.house))
    return Program(app, program.token)


def test_settings_are_changed_all_or_none_and_signed(boss: Program) -> None:
    items = {one["key"]: one for one in boss.get("/settings")["items"]}
    key = next(key for key, one in items.items() if one["kind"] == "euros")
    wanted = {key: "17,50"}
    changed = boss.post("/settings", {"values": wanted}).json()
    assert {one["key"]: one["written"] for one in changed["items"]}[key] == "17,50"
    (change,) = boss.get("/settings/changes")["items"]
    assert (change["key"], change["after"], change["by"]["reference"]) == (key, 1750, "EQ05")
    # Nothing of the others moved.
    others = {one["key"]: one["written"] for one in changed["items"] if one["key"] != key}
    assert others == {name: one["written"] for name, one in items.items() if name != key}
    refused = boss.post("/settings", {"values": {key: "16,00", "nothing": "1"}})
    problem(refused, 422)
    assert [fault["field"] for fault in refused.json()["errors"]] == ["nothing"]
    refused = boss.post("/settings", {"values": {key: "beaucoup"}})
    assert [fault["field"] for fault in refused.json()["errors"]] == [key]
    assert len(boss.get("/settings/changes")["items"]) == 1


def test_a_members_role_leaving_and_return(office: Office, boss: Program) -> None:
    member, worker = office.worker("EQ01")
    case = office.desk.taken(office.desk.tenant(), member)
    listed = {one["reference"]: one for one in boss.get("/members")["items"]}
    assert (listed["EQ01"]["role"], listed["EQ01"]["linked"]) == ("intervenant", False)
    assert boss.post(f"/members/{member}/role", {"role": "coordinateur"}).json()["role"] == "coordinateur"
    # The token had the role of before.
    problem(worker.ask("GET", "/cases"), 401)
    assert boss.post(f"/members/{member}/leave").json() == {"released": 1}
    with office.desk.database.reading() as session:
        assert session.get_one(Case, case).owner_id is None
    assert "remettez-la" in problem(boss.post(f"/members/{member}/invitation"), 409)
    assert boss.post(f"/members/{member}/come-back").json()["left_at"] is None
    link = boss.post(f"/members/{member}/invitation").json()["link"]
    assert link.startswith("https://t.me/palier_bot?start=")
    problem(nameless(office, boss).post(f"/members/{member}/invitation"), 503)
    me = listed["EQ05"]["id"]
    assert "change votre rôle" in problem(boss.post(f"/members/{me}/role", {"role": "mediateur"}), 409)


def test_a_file_is_rehearsed_then_imported_once(office: Office, boss: Program) -> None:
    def bring(kind: str, content: str, **params: object) -> dict[str, object]:
        answer = boss.ask("POST", f"/imports/{kind}", content=content.encode(), params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()  # type: ignore[no-any-return]

    rehearsed = bring("baux", LEASES, dry_run=True)
    assert (rehearsed["created"], rehearsed["refused_count"]) == (1, 0)
    with office.desk.database.reading() as session:
        assert session.scalar(select(Lease.id)) is None
    assert bring("baux", LEASES)["created"] == 1
    again = bring("baux", LEASES)
    assert (again["created"], again["unchanged"]) == (0, 1)
    with office.desk.database.reading() as session:
        assert session.scalars(select(Person)).one().last_name == "Moreau"
    problem(boss.ask("POST", "/imports/baux", content=b"rien"), 422)
    problem(boss.ask("POST", "/imports/lunes", content=LEASES.encode()), 404)
    problem(boss.ask("POST", "/imports/baux", content=b"x" * 5_000_001), 413)
    _, coordinator = office.worker("EQ04", Role.COORDINATOR)
    problem(coordinator.ask("POST", "/imports/equipe", content=b"REFERENCE\nEQ09\n"), 403)
    with office.desk.database.reading() as session:
        assert session.scalar(select(Staff.id).filter_by(reference="EQ09")) is None


def test_a_file_asked_for_again_undoes_nothing_that_came_since(office: Office, boss: Program) -> None:
    def bring(content: str, key: str | None = None) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        return boss.ask("POST", "/imports/baux", content=content.encode(), headers=headers)

    first = bring(LEASES, "baux-1")
    newer = LEASES.replace("Moreau", "Moreau-Lang")
    assert bring(newer).json()["updated"] == 1
    assert bring(LEASES, "baux-1").json() == first.json()
    with office.desk.database.reading() as session:
        assert session.scalars(select(Person)).one().last_name == "Moreau-Lang"
    assert "autre demande" in problem(bring(newer, "baux-1"), 422)


def test_invitations_asked_for_again_are_the_same(
    office: Office, boss: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[list[Letter]] = []

    def draw(written: list[Letter]) -> bytes:
        drawn.append(written)
        return b"%PDF"

    monkeypatch.setattr(letters, "letters_pdf", draw)
    office.desk.tenant("Aubert")
    member = office.desk.staff("EQ77")
    asked: Any = {"tenants": ["L-Aubert"]}
    assert [boss.post("/letters", asked, key).status_code for key in ("k", "k", None)] == [200] * 3
    links = [letter.link for (letter,) in drawn]
    assert (links[0] == links[1], links[1] == links[2]) == (True, False)
    path = f"/members/{member}/invitation"
    one, again = boss.post(path, key="m"), boss.post(path, key="m")
    assert one.json() == again.json()
    with office.desk.database.reading() as session:
        assert len(session.scalars(select(Invitation)).all()) == 3
    assert boss.post(f"/members/{member}/leave").status_code == 200
    assert boss.post(f"/members/{member}/come-back").status_code == 200
    assert "ne valent plus" in problem(boss.post(path, key="m"), 409)


def test_letters_carry_a_link_each(office: Office) -> None:
    _, worker = office.worker()
    desk = office.desk
    desk.tenant("Aubert")
    discreet = desk.tenant("Bonnet")
    desk.tenant("Cordier")
    with desk.database.transaction() as session:
        session.get_one(Person, discreet).discreet = True
    answer = worker.post("/letters", {"tenants": ["L-Cordier", "L-Aubert"]})
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    with desk.database.reading() as session:
        assert len(session.scalars(select(Invitation)).all()) == 2
    problem(worker.post("/letters", {"tenants": ["L-Aubert", "inconnu"]}), 422)
    assert "main propre" in problem(worker.post("/letters", {"tenants": ["L-Aubert", "L-Bonnet"]}), 409)
    assert worker.post("/letters", {"tenants": ["L-Bonnet"]}).status_code == 200
    problem(nameless(office, worker).post("/letters", {"tenants": ["L-Aubert"]}), 503)


def test_a_tenant_is_found_by_name_and_by_residence(office: Office) -> None:
    _, worker = office.worker()
    for name in ("Aubert", "Auberge", "Bonnet"):
        office.desk.tenant(name)
    with office.desk.database.transaction() as session:
        tenant_search.refresh(session, office.desk.clock.now(session), office.desk.house)

    def names(**asked: str) -> list[str]:
        return [one["last_name"] for one in worker.get("/tenants", **asked)["items"]]

    assert names(search="aub") == ["Aubert", "Auberge"]
    assert names(search="L-Bonnet") == ["Bonnet"]
    assert names(search="zz") == []
    assert names(search="bonnet", residence="Les Tilleuls Blancs") == ["Bonnet"]
    assert names(residence="Ailleurs") == []


def test_a_talk_is_cut_off_once_somebody_has_made_sure(office: Office) -> None:
    member, worker = office.worker()
    person = office.desk.tenant()
    case = office.desk.taken(person, member, "number_changed")
    assert worker.post(f"/cases/{case}/unlink").status_code == 200
    with office.desk.database.reading() as session:
        chat = session.scalars(select(Chat)).one()
        assert (chat.person_id, chat.state) != (person, ChatState.ACTIVE)
    assert "unlinked" in [kind for kind, _ in office.desk.events(case)]
    # Nobody is at the other end any more, and a case of somebody else is theirs.
    problem(worker.post(f"/cases/{case}/unlink"), 409)
    other = office.desk.taken(office.desk.tenant("Moreau"), office.desk.staff("EQ02"))
    problem(worker.post(f"/cases/{other}/unlink"), 409)
    problem(office.program().post(f"/cases/{case}/unlink"), 403)
    problem(worker.post("/cases/99/unlink"), 404)
    with office.desk.database.reading() as session:
        assert session.get_one(Case, case).state is CaseState.TAKEN


def test_people_who_came_without_a_word_are_counted(office: Office) -> None:
    _, program = office.worker("MED", Role.MEDIATOR)
    program.post("/workshops", WORKSHOP)
    problem(program.post("/workshops/1/walk-ins", {"count": 2}), 409)
    office.desk.move(days=9, hours=6)
    program = office.worker("MED2", Role.MEDIATOR)[1]
    assert program.post("/workshops/1/walk-ins", {"count": 2}).json()["walk_ins"] == 2
    assert program.post("/workshops/1/walk-ins", {"count": -1}).json()["walk_ins"] == 1


def test_an_export_holds_what_its_reader_may_read(office: Office, boss: Program) -> None:
    owner, person = office.desk.staff("EQ01"), office.desk.tenant()
    office.desk.case(person)
    office.desk.taken(person, owner, "report_violence")
    lines = boss.ask("GET", "/exports/dossiers").text.splitlines()
    assert lines[0].startswith("numero;reference_locataire;sorte")
    assert [line.split(";")[2] for line in lines[1:]] == ["payment_difficulty"]
    assert boss.get("/exports/ateliers", format="json") == []
    problem(boss.ask("GET", "/exports/lunes"), 404)
    problem(office.program().ask("GET", "/exports/dossiers"), 403)
