"""The pages before somebody who means harm: what was tried by hand is tried here at every change."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from sqlalchemy import select, update

from bot.domain.rights import OPEN_CONSOLE
from bot.domain.states import CaseState, Role
from bot.limits import MOST_BYTES
from bot.storage.tables import Appointment, Case, CaseEvent, Message, Person, Staff, Table
from tests.console.browser import Browser
from tests.console.conftest import Desk
from tests.services import test_erasure

# Markup, the ends of an attribute, a template's own signs, and a sign that turns what follows around.
CODE = "\u202e<img src=x onerror=alert(1)>\"'{{7*7}}"
FORM = {"content-type": "application/x-www-form-urlencoded"}
# What forms hold when somebody names the rows of another landlord, whose numbers are 1.
FOREIGN = {
    "jour": "2026-12-09", "du": "2026-12-02", "au": "2026-12-04", "first_on": "2026-12-09", "heure": "10:00",
    "moment": "2026-12-09T10:00", "type": "bureau", "minutes": "30", "montant": "10", "count": "2",
    "outcome": "regle", "issue": "repondu", "mot": "mots", "note": "mots", "words": "mots", "titre": "titre",
    "locataire": "canari", "role": "mediateur", "kind": "baux", "lieu": "ici",
}  # fmt: skip
# Of `{act}`, `{kind}`, `{name}`.
ACTS = ("accepte", "arreter", "annuler", "deplacer", "issue", "collegue", "presence", "envoyer")
# In the rows of number 1, and in no answer of ours.
THEIRS = "Canari-Zephyrine1"
# What somebody in danger wrote, and what their caseworker did.
SAID = "Vautour-Solange"
OF_A_CASE = ("case_file", "case_event", "case_request", "relay_draft", "message", "relay")
# What is over cannot be changed by anybody.
TO_COME = {"duty": "ends_at", "absence": "ends_on", "appointment": "starts_at", "workshop": "starts_at",
           "uploaded_file": "expires_at"}  # fmt: skip
# A visit writes these of its own.
OWN = {"web_session", "access_link"}


def routes(desk: Desk, method: str) -> Iterator[Any]:
    return (
        route
        for route in iter_route_contexts(desk.app.routes)
        if method in (route.methods or ()) and f"{method} {route.path}" not in OPEN_CONSOLE
    )


def filled(path: str, number: int, act: str = "x") -> str:
    return re.sub(r"\{\w+\}", act, re.sub(r"\{(number|message|asked)\}", str(number), path))


def seeded(desk: Desk, number: int, organisation: int) -> int:
    """A row of that number in every table, all of that landlord; returns the member of the team."""
    with desk.database.transaction() as session:
        now = desk.clock.now(session)
        ids = test_erasure.seed(session, now, number)
        for table in Table.metadata.sorted_tables:
            if "organisation_id" in table.columns and table.name in ids:
                mine = update(table).where(table.c.id == ids[table.name])
                session.execute(mine.values(organisation_id=organisation))
        for name, column in TO_COME.items():
            table = Table.metadata.tables[name]
            later = now + timedelta(days=3)
            session.execute(update(table).values({column: later.date() if column == "ends_on" else later}))
        # What a page reads as a figure, or as a lease and its month.
        session.execute(update(Person).values(resources_cents="100000", resources_before_cents="100000"))
        session.execute(update(Case).values(kind="report_repair", state=CaseState.TAKEN, outcome=None))
        session.execute(update(Case).values(owner_id=ids["staff"]).where(Case.id == ids["case_file"]))
        calls = Table.metadata.tables["call_line"]
        session.execute(update(calls).values(object=f"lease:{ids['lease']}/2026-11"))
        session.execute(update(Appointment).values(papers=[]))
        session.execute(update(Staff).values(role=Role.ADMINISTRATOR, left_at=None))
        return ids["staff"]


def rows(desk: Desk, organisation: int) -> dict[str, list[str]]:
    with desk.database.reading() as session:
        return {
            table.name: [
                str(row)
                for row in session.execute(
                    select(table).where(table.c.organisation_id == organisation).order_by(table.c.id)
                )
            ]
            for table in Table.metadata.sorted_tables
            if "organisation_id" in table.columns and table.name not in OWN
        }


def crossed(desk: Desk) -> list[str]:
    """The rows that name a row of another landlord."""
    found = []
    with desk.database.reading() as session:
        for table in Table.metadata.sorted_tables:
            for column in table.columns:
                for key in column.foreign_keys:
                    other = key.column.table.alias("other")
                    if {"organisation_id"} <= {*table.columns.keys()} & {*other.columns.keys()}:
                        wrong = (
                            select(table.c.id)
                            .join(other, column == other.c.id)
                            .where(other.c.organisation_id != table.c.organisation_id)
                        )
                        found += [f"{table.name} {row}: {column.name}" for row in session.scalars(wrong)]
    return found


def test_what_people_wrote_never_becomes_code(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_erasure, "CANARY", CODE)
    monkeypatch.setattr(test_erasure, "ERASED", {table.name for table in Table.metadata.sorted_tables})
    browser = desk.browser(seeded(desk, 1, 1))
    shown = set()
    for route in routes(desk, "GET"):
        page = browser.get(filled(route.path, 1))
        assert page.status_code < 500, route.path
        assert not re.search(r"<img src=x|\u202e|=\"[^\"]*\"[^>]*onerror=(?!alert\(1\)&gt;)", page.text), (
            route.path
        )
        if "onerror=alert" in page.text:
            shown.add(route.path)
    assert {"/dossiers/{number}", "/locataires/{number}", "/ateliers/{number}", "/membres"} <= shown


def attack(desk: Desk, browser: Browser, csrf: str, own: int) -> Iterator[tuple[str, httpx.Response]]:
    """Every form, on the attacker's own case and on the rows of number 1, naming rows of number 1."""
    for route in routes(desk, "POST"):
        fields = {field.alias: FOREIGN.get(field.alias, "1") for field in route.dependant.body_params}
        for act in ACTS if re.search(r"\{(act|kind|name)\}", route.path) else ("x",):
            for number in (1, own):
                with desk.database.transaction() as session:
                    # What the form before this one did to it.
                    mine = {"state": CaseState.TAKEN, "outcome": None, "closed_at": None}
                    session.execute(update(Case).where(Case.id == own).values(mine))
                path = filled(route.path, number, act)
                yield path, browser.request("POST", path, data=fields | {"csrf": csrf})


@pytest.mark.slow
def test_nothing_of_another_landlord_is_reached_by_its_number(desk: Desk, other_organisation: int) -> None:
    seeded(desk, 1, 1)
    browser = desk.browser(seeded(desk, 2, other_organisation))
    csrf, before = browser.csrf("/dossiers/2"), rows(desk, 1)
    assert crossed(desk) == []
    for route in routes(desk, "GET"):
        page = browser.get(filled(route.path, 1))
        assert "{number}" not in route.path or page.status_code == 404, route.path
        assert THEIRS not in page.text, route.path
    for path, answer in attack(desk, browser, csrf, 2):
        assert answer.status_code in (200, 303, 403, 404, 409, 410, 422, 503), path
        assert THEIRS not in answer.text, path
    assert rows(desk, 1) == before
    assert crossed(desk) == []


@pytest.mark.slow
def test_a_danger_that_a_colleague_follows_is_reached_by_no_number(desk: Desk) -> None:
    seeded(desk, 1, 1)
    colleague = desk.staff("EQ99", Role.COORDINATOR)
    with desk.database.transaction() as session:
        session.execute(update(Case).values(kind="report_violence"))
        session.execute(update(Person).values(referent_id=1))
        session.execute(update(Message).values(sensitive=True, words=SAID))
        session.execute(update(CaseEvent).values(detail={"note": SAID}))
    browser = desk.browser(colleague)
    before = {name: rows(desk, 1)[name] for name in OF_A_CASE}
    own = desk.taken(1, colleague)
    csrf = browser.csrf(f"/dossiers/{own}")
    assert browser.get("/dossiers/1").status_code == 403
    assert browser.get(f"/dossiers/{own}/pieces/1").status_code == 404
    for route in routes(desk, "GET"):
        assert SAID not in browser.get(filled(route.path, 1)).text, route.path
    for path, answer in attack(desk, browser, csrf, own):
        assert SAID not in answer.text, path
        assert answer.status_code in (403, 409) or not path.startswith("/dossiers/1/"), path
    after = {name: rows(desk, 1)[name] for name in OF_A_CASE}
    assert {name: [row for row in after[name] if row in before[name]] for name in after} == before


def test_a_form_of_megabytes_is_not_read_to_its_end(desk: Desk) -> None:
    stranger = desk.browser()
    text = b"courriel=" + b"&x=".join([b"x" * 900_000] * (MOST_BYTES // 900_000 + 1))
    file = {"file": ("baux.csv", b"x" * MOST_BYTES, "text/csv")}
    answers = [
        stranger.request("POST", "/connexion", content=text, headers=FORM),
        stranger.request("POST", "/imports", data={"kind": "baux"}, files=file),
    ]
    assert [answer.status_code for answer in answers] == [413, 413]
    assert all("dépasse la taille permise" in answer.text for answer in answers)


def test_no_address_is_completed_towards_the_host_that_was_named(desk: Desk) -> None:
    for path in ("/dossiers/", "/lien/code/", "//autre.example/dossiers/"):
        answer = desk.browser().get(path, headers={"host": "autre.example"})
        assert (answer.status_code, answer.headers.get("location")) == (404, None), path


def test_a_sign_that_no_database_keeps_is_refused_in_french(desk: Desk) -> None:
    member = desk.staff("EQ01")
    browser, csrf = desk.browser(member), ""
    csrf = browser.csrf(f"/dossiers/{desk.taken(desk.tenant(), member)}")
    answers = [browser.get(path) for path in ("/dossiers?sorte=a%00b", "/locataires?cherche=a%00b")]
    for path, field in (("/orientations", "locataire"), ("/rendez-vous", "locataire")):
        answers.append(
            browser.request("POST", path, content=f"csrf={csrf}&{field}=a%00b&mots=x", headers=FORM)
        )
    for answer in answers:
        assert answer.status_code in (200, 422)
        assert "Panne" not in answer.text
