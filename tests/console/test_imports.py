"""A landlord's file from the browser: rehearsed, then imported once; a refusal keeps what was chosen."""

import re

import httpx
import pytest
from sqlalchemy import func, select

from bot.console.imports_page import MOST_BYTES
from bot.domain.states import Role
from bot.storage.tables import Lease, Person, Staff, UploadedFile
from tests.console.browser import Browser
from tests.console.conftest import Desk

HEADER = "reference_bail;reference_locataire;nom;date_debut;loyer;jour_echeance"
GOOD = f"{HEADER}\nB-1;L-1;Delattre;01/04/2020;498,00;5\n"
WITH_A_BAD_LINE = f"{GOOD}B-2;L-2;Moreau;pas une date;498,00;5\n"


def send(browser: Browser, content: str | bytes, kind: str = "baux", **fields: str) -> httpx.Response:
    data = {"csrf": browser.csrf("/imports"), "kind": kind, **fields}
    file = ("baux.csv", content.encode() if isinstance(content, str) else content, "text/csv")
    return browser.request("POST", "/imports", data=data, files={"file": file})


def apply(browser: Browser, report: httpx.Response) -> httpx.Response:
    found = re.search(r'action="(/imports/\d+)"', report.text)
    assert found, report.text
    return browser.post(found[1], csrf=browser.csrf("/imports"))


def count(desk: Desk, table: type) -> int:
    with desk.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def browser(desk: Desk) -> Browser:
    return desk.browser(desk.staff("EQ04", Role.COORDINATOR))


def test_a_file_is_rehearsed_then_imported_once(desk: Desk, browser: Browser) -> None:
    report = send(browser, WITH_A_BAD_LINE)
    assert report.status_code == 200
    assert "Rien n’est encore écrit" in report.text
    assert "Importer sans les lignes refusées" in report.text
    assert re.search(r'<th scope="row">3</th><td class="why">date_debut', report.text)
    assert count(desk, Lease) == 0
    done = apply(browser, report)
    assert "Import fait" in done.text
    assert count(desk, Lease) == count(desk, Person) == 1
    assert count(desk, UploadedFile) == 0
    again = apply(browser, report)
    assert (again.status_code, "est déjà importé" in again.text) == (410, True)
    assert "Rien à importer" in send(browser, GOOD).text


def test_a_tenant_that_was_imported_is_found_at_once(browser: Browser) -> None:
    apply(browser, send(browser, GOOD))
    assert "Delattre" in browser.get("/locataires?cherche=dela").text


@pytest.mark.parametrize(
    ("content", "kind", "until", "sentence"),
    [
        ("", "encaissements", "2026-11-30", "Choisissez un fichier"),
        (GOOD, "", "", "Choisissez ce que contient le fichier"),
        (GOOD, "equipe", "", "Choisissez ce que contient le fichier"),
        ("nom;prenom\nA;B\n", "baux", "", "colonnes manquantes"),
        (b"\x00\x81", "baux", "", "ni en UTF-8"),
        (GOOD, "encaissements", "hier", "date n’est pas lisible"),
        (b"x" * (MOST_BYTES + 1), "baux", "", "dépasse 5 Mo"),
    ],
)
def test_a_refusal_says_why_and_keeps_what_was_chosen(
    desk: Desk, browser: Browser, content: str | bytes, kind: str, until: str, sentence: str
) -> None:
    answer = send(browser, content, kind, until=until)
    assert answer.status_code == 422
    assert sentence in answer.text.replace("\u00a0", " ")
    assert f'value="{until}"' in answer.text
    assert (f'<option value="{kind}" selected>' in answer.text) is (kind not in ("", "equipe"))
    assert count(desk, UploadedFile) == 0


def test_only_who_gives_roles_brings_the_team(desk: Desk) -> None:
    administrator = desk.browser(desk.staff("EQ05", Role.ADMINISTRATOR))
    apply(administrator, send(administrator, "reference;nom;role\nX1;Martin;intervenant\n", "equipe"))
    assert count(desk, Staff) == 2


def test_a_file_goes_to_the_readers_own_landlord(desk: Desk, other_organisation: int) -> None:
    outsider = desk.browser(desk.staff("EQ05", Role.ADMINISTRATOR, other_organisation))
    apply(outsider, send(outsider, GOOD))
    with desk.database.reading() as session:
        assert session.scalars(select(Lease.organisation_id)).one() == other_organisation


def test_a_colleague_cannot_say_yes_to_it(desk: Desk, browser: Browser) -> None:
    report = send(browser, GOOD)
    colleague = desk.browser(desk.staff("EQ06", Role.COORDINATOR))
    assert apply(colleague, report).status_code == 410
    desk.move(hours=2)
    assert apply(browser, report).status_code == 410
    assert count(desk, Lease) == 0


def test_who_may_no_longer_give_roles_does_not_import_the_team_brought_before(desk: Desk) -> None:
    member = desk.staff("EQ05", Role.ADMINISTRATOR)
    browser = desk.browser(member)
    report = send(browser, "reference;nom;role\nEQ05;Moi;administrateur\n", "equipe")
    assert report.status_code == 200
    with desk.database.transaction() as session:
        session.get_one(Staff, member).role = Role.COORDINATOR
    refused = apply(browser, report)
    assert refused.status_code == 403
    with desk.database.reading() as session:
        assert session.get_one(Staff, member).role is Role.COORDINATOR
