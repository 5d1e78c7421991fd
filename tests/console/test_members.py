"""The members of a team: role, link, leaving and coming back; nothing is left open to who has left."""

import re

import pytest
from sqlalchemy import select

from bot.console import create_console
from bot.domain.states import CaseState, Role
from bot.imports.run import import_content
from bot.services import access, linking
from bot.services.cases import rota
from bot.storage.tables import Case, Chat, Person, Staff
from tests.conftest import NOW
from tests.console.browser import Browser
from tests.console.conftest import Desk


@pytest.fixture
def browser(desk: Desk) -> Browser:
    return desk.browser(desk.staff("EQ05", Role.ADMINISTRATOR))


def act(browser: Browser, member: int, what: str, **fields: str) -> str:
    answer = browser.post(f"/membres/{member}/{what}", csrf=browser.csrf("/membres"), **fields)
    return answer.headers.get("location") or f"{answer.status_code} {answer.text}"


def test_a_role_is_changed_and_holds_at_once(desk: Desk, browser: Browser) -> None:
    member = desk.staff("EQ01")
    visitor = desk.browser(member)
    assert visitor.get("/dossiers").status_code == 200
    assert act(browser, member, "role", role="mediateur") == "/membres?avis=role"
    assert visitor.get("/dossiers").status_code == 403
    page = browser.get("/membres").text.replace("\u00a0", " ")
    assert "Intervenant social → Médiation" in page
    assert act(browser, member, "role", role="roi").startswith("409")


def test_who_may_not_work_on_cases_any_more_follows_none(desk: Desk, browser: Browser) -> None:
    member, lead = desk.staff("EQ01"), desk.staff("EQ02")
    danger = desk.taken(desk.tenant(), member, "report_violence")
    kept = desk.taken(desk.tenant("Moreau"), lead)
    assert act(browser, lead, "role", role="coordinateur") == "/membres?avis=role"
    assert act(browser, member, "role", role="mediateur") == "/membres?avis=role"
    with desk.database.reading() as session:
        freed = session.get_one(Case, danger)
        assert (freed.state, freed.owner_id, freed.escalate_at is None) == (CaseState.NEW, None, False)
        assert session.get_one(Case, kept).owner_id == lead
    page = desk.browser(lead).get(f"/dossiers/{danger}").text
    assert "la personne qui le suivait a changé de rôle" in page
    file = b"reference;nom;role\nEQ02;Test;mediateur\n"
    import_content(desk.database, desk.house, NOW, "equipe", "equipe.csv", file, dry_run=True)
    with desk.database.reading() as session:
        assert session.get_one(Case, kept).owner_id == lead
    import_content(desk.database, desk.house, NOW, "equipe", "equipe.csv", file)
    with desk.database.reading() as session:
        assert session.get_one(Case, kept).owner_id is None


def test_nobody_changes_their_own_role_or_leaves_alone(desk: Desk, browser: Browser) -> None:
    with desk.database.reading() as session:
        oneself = session.scalars(select(Staff.id).filter_by(reference="EQ05")).one()
    for what, fields in (("role", {"role": "intervenant"}), ("depart", {})):
        assert "Quelqu’un d’autre change votre rôle" in act(browser, oneself, what, **fields)
    assert browser.get("/membres").status_code == 200


def test_who_leaves_gets_in_nowhere_and_the_team_has_the_cases_back(desk: Desk, browser: Browser) -> None:
    member = desk.staff("EQ01")
    person = desk.tenant(referent=member)
    case, visitor, link = desk.taken(person, member), desk.browser(member), desk.link(member)
    with desk.database.transaction() as session:
        code = linking.invite(session, desk.clock.now(session), desk.house, session.get_one(Staff, member))
        session.add(Chat(organisation_id=1, bot_id=1, telegram_id=77, staff_id=member))
        session.get_one(Staff, member).email = "partie@exemple.example"
    assert act(browser, member, "depart") == "/membres?avis=depart"
    assert visitor.get("/dossiers").status_code == 403
    assert desk.browser().post(link).status_code == 410
    with desk.database.transaction() as session:
        now = desk.clock.now(session)
        stranger = Chat(organisation_id=1, bot_id=1, telegram_id=78)
        session.add(stranger)
        linking.link(session, now, desk.house, stranger, code)
        assert stranger.staff_id is None
        freed = session.get_one(Case, case)
        assert (freed.state, freed.owner_id) == (CaseState.NEW, None)
        assert session.get_one(Person, person).referent_id is None
        assert session.scalars(select(Chat).filter_by(telegram_id=77)).one().staff_id is None
        assert member not in [one.id for one in rota.team(session, now, desk.house, 1).present]
        assert access.member_by_mail(session, "partie@exemple.example") is None
    assert "a quitté l’équipe" in browser.get("/membres").text
    assert act(browser, member, "retour") == "/membres?avis=retour"
    with desk.database.reading() as session:
        assert session.get_one(Staff, member).left_at is None


def test_a_link_is_shown_once(desk: Desk) -> None:
    member = desk.staff("EQ01")
    app = create_console(desk.database, desk.clock, desk.house, dict, bot_name=lambda: "palier_bot")
    browser = Browser(app)
    browser.post(desk.link(desk.staff("EQ05", Role.ADMINISTRATOR)))
    shown = act(browser, member, "lien")
    assert re.search(r"https://t\.me/palier_bot\?start=\w{20}<", shown)
    assert "t.me" not in browser.get("/membres").text
    act(browser, member, "depart")
    assert act(browser, member, "lien").startswith("409")


def test_another_landlords_member_is_unknown(desk: Desk, browser: Browser, other_organisation: int) -> None:
    stranger = desk.staff("EQ99", organisation=other_organisation)
    assert "EQ99" not in browser.get("/membres").text
    for what in ("role", "depart", "retour"):
        assert act(browser, stranger, what, role="mediateur").startswith("404")
