"""The list of tenants and the page of one: found, filtered, page by page, each landlord its own."""

import re
from typing import Any

from sqlalchemy import event, select

from bot.domain.states import ChatState, Role
from bot.services import tenant_search, tenants
from bot.storage.tables import Chat, Person, Staff
from tests.console.conftest import Desk


def index(desk: Desk) -> None:
    with desk.database.transaction() as session:
        tenant_search.refresh(session, desk.clock.now(session), desk.house)


def shown(desk: Desk, staff: int, address: str = "/locataires") -> list[str]:
    page = desk.browser(staff).get(address)
    assert page.status_code == 200
    return re.findall(r'<a href="/locataires/\d+">\w+ Ginette (\w+)<', page.text)


def test_a_tenant_is_found_by_name(desk: Desk) -> None:
    staff = desk.staff("EQ01")
    desk.tenant("Delattre")
    desk.tenant("Moreau")
    index(desk)
    assert shown(desk, staff) == ["Delattre", "Moreau"]
    assert shown(desk, staff, "/locataires?cherche=mor") == ["Moreau"]
    page = desk.browser(staff).get("/locataires?cherche=%3Cb%3Ezorro").text
    assert "Personne ne répond à cette recherche" in page
    assert 'value="&lt;b&gt;zorro"' in page


def test_filters(desk: Desk) -> None:
    staff, colleague = desk.staff("EQ01"), desk.staff("EQ02")
    desk.tenant("Adam", referent=staff)
    paused = desk.tenant("Blanc", referent=colleague)
    followed = desk.tenant("Comte", referent=colleague)
    desk.case(followed)
    desk.taken(paused, colleague, "report_violence")
    with desk.database.transaction() as session:
        chat = session.scalars(select(Chat).filter_by(person_id=paused)).one()
        chat.state = ChatState.PAUSED
    assert shown(desk, staff, "/locataires?suivis=oui") == ["Adam"]
    assert shown(desk, staff, "/locataires?telegram=non-relie") == ["Blanc"]
    assert shown(desk, staff, "/locataires?telegram=relie&residence=Les+Tilleuls+Blancs") == ["Adam", "Comte"]
    assert shown(desk, staff, "/locataires?residence=Ailleurs") == []
    # A danger that a colleague follows is not told by the list either.
    assert shown(desk, staff, "/locataires?dossier=oui") == ["Comte"]
    assert shown(desk, colleague, "/locataires?dossier=oui") == ["Blanc", "Comte"]


def test_a_residence_is_found_by_the_indexes(desk: Desk) -> None:
    staff = desk.staff("EQ01")
    with desk.database.reading() as session:
        if session.get_bind().dialect.name != "sqlite":
            return  # PostgreSQL plans by its statistics: there are none here
        plans: list[str] = []

        def explain(_connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
            plans.extend(
                row[3] for row in cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)
            )

        reader = session.get_one(Staff, staff)
        event.listen(session.connection(), "before_cursor_execute", explain)
        wanted = tenants.Wanted(residence="Les Tilleuls Blancs", reached=tenants.Reached.NO)
        tenants.page(session, desk.house, reader, wanted, after="", before="", size=25)
    assert any("ix_lease_person_lease_id" in step for step in plans)
    assert not [step for step in plans if step.startswith("SCAN lease")]


def test_pages_go_on_and_back(desk: Desk) -> None:
    staff = desk.staff("EQ01")
    with desk.database.transaction() as session:
        session.add_all(
            Person(
                organisation_id=1,
                reference=f"R-{number:03}",
                title="Mme",
                first_name="Ginette",
                last_name=f"Nom{number:03}",
            )
            for number in range(60)
        )
    browser = desk.browser(staff)

    def walk(address: str, link: str) -> list[list[str]]:
        pages = []
        while address:
            text = browser.get(address).text
            pages.append(re.findall(r"Ginette (Nom\d+)<", text))
            found = re.search(rf'<a href="([^"]+)" rel="{link}"', text)
            address = found[1].replace("&amp;", "&") if found else ""
        return pages

    names = [f"Nom{number:03}" for number in range(60)]
    assert walk("/locataires", "next") == [names[:25], names[25:50], names[50:]]
    assert walk("/locataires?apres=R-049", "prev") == [names[50:], names[25:50], names[:25]]
    assert "60 locataires" in browser.get("/locataires").text


def test_a_tenants_page_tells_what_is_known_and_hides_anothers_danger(desk: Desk) -> None:
    staff, colleague = desk.staff("EQ01"), desk.staff("EQ02")
    person = desk.tenant(referent=staff)
    case = desk.case(person)
    desk.taken(person, colleague, "report_violence")
    page = desk.browser(staff).get(f"/locataires/{person}").text
    for words in ("Mme Ginette Delattre", "06 39 98 00 01", "Les Tilleuls Blancs", f"/dossiers/{case}"):
        assert words in page
    page = desk.browser(desk.staff("EQ03")).get(f"/locataires/{person}").text
    assert "réservé aux personnes qui le suivent" in page
    assert "Violence" not in page


def test_another_landlord_finds_nobody(desk: Desk, other_organisation: int) -> None:
    person = desk.tenant()
    index(desk)
    outsider = desk.staff("EQ01", Role.COORDINATOR, other_organisation)
    assert shown(desk, outsider, "/locataires?cherche=delattre") == []
    assert desk.browser(outsider).get(f"/locataires/{person}").status_code == 404


def test_a_great_number_is_not_counted_to_the_end(desk: Desk) -> None:
    staff = desk.staff("EQ01")
    with desk.database.transaction() as session:
        session.add_all(
            Person(organisation_id=1, reference=f"R-{number:04}", last_name="N")
            for number in range(tenants.MOST_COUNTED + 1)
        )
    assert "Plus de 1\u202f000 locataires" in desk.browser(staff).get("/locataires").text
