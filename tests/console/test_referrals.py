"""A partner refers a household from the console, and sees their own referrals and nothing of a case."""

import re

import pytest
from sqlalchemy import select

from bot.domain.states import CaseState, Outcome, Role, Urgency
from bot.services import referrals
from bot.storage.tables import Case
from tests.console.applications import Applications
from tests.console.conftest import Desk
from tests.console.test_tenants import index

PAGE = "/orientations"


@pytest.fixture
def applications() -> Applications:
    """Of each test: they count what was tried in vain."""
    return Applications()


def cases(desk: Desk) -> list[Case]:
    with desk.database.reading() as session:
        return list(session.scalars(select(Case).order_by(Case.id)))


def test_a_partner_refers_and_sees_how_it_goes(desk: Desk) -> None:
    worker = desk.staff("EQ01")
    desk.tenant()
    browser = desk.browser(desk.staff("CCAS", Role.PARTNER))
    assert browser.get("/").headers["location"] == PAGE
    fields = {"locataire": " L-Delattre ", "nom": "delattré", "mots": "N’ouvre plus son courrier"}
    assert browser.post(PAGE, csrf=browser.csrf(PAGE), **fields).status_code == 303
    (case,) = cases(desk)
    assert (case.kind, case.urgency) == ("referral", Urgency.NORMAL)
    page = browser.get(PAGE).text
    assert "Reçue, l’équipe va la lire" in page
    assert "N’ouvre plus son courrier" in page
    assert "Ginette" not in page
    assert "Dossiers" not in page
    with desk.database.transaction() as session:
        found = session.get_one(Case, case.id)
        found.state, found.owner_id = CaseState.TAKEN, worker
    assert "Suivie par quelqu’un de l’équipe" in browser.get(PAGE).text
    with desk.database.transaction() as session:
        found = session.get_one(Case, case.id)
        found.state, found.outcome = CaseState.CLOSED, Outcome.SETTLED
    assert "Terminée" in browser.get(PAGE).text
    assert browser.get(f"/dossiers/{case.id}").status_code == 403


def test_a_danger_opens_an_urgent_case(desk: Desk) -> None:
    desk.tenant()
    browser = desk.browser(desk.staff("CCAS", Role.PARTNER))
    fields = {
        "locataire": "L-Delattre",
        "nom": "Delattre",
        "mots": "Elle a peur de rentrer",
        "danger": "violence",
    }
    assert browser.post(PAGE, csrf=browser.csrf(PAGE), **fields).status_code == 303
    (case,) = cases(desk)
    assert (case.kind, case.urgency) == ("report_violence", Urgency.URGENT)


def test_a_wrong_form_keeps_the_words(desk: Desk, other_organisation: int) -> None:
    desk.tenant()
    mine, other = (desk.staff(f"P{n}", Role.PARTNER, organisation=n) for n in (1, other_organisation))
    browser = desk.browser(mine)
    for locataire, mots in (("inconnu", "Des mots"), ("L-Delattre", "  "), ("L-Delattre", "x" * 2001)):
        answer = browser.post(PAGE, csrf=browser.csrf(PAGE), locataire=locataire, nom="Delattre", mots=mots)
        assert answer.status_code == 422
        assert f'value="{locataire}"' in answer.text
    elsewhere = desk.browser(other)
    fields = {"locataire": "L-Delattre", "nom": "Delattre", "mots": "Bonjour"}
    answer = elsewhere.post(PAGE, csrf=elsewhere.csrf(PAGE), **fields)
    assert answer.status_code == 422
    assert cases(desk) == []


def test_each_sees_their_own(desk: Desk) -> None:
    desk.tenant()
    first, second = (desk.browser(desk.staff(f"P{n}", Role.PARTNER)) for n in (1, 2))
    fields = {"locataire": "L-Delattre", "nom": "Delattre", "mots": "À moi seul"}
    first.post(PAGE, csrf=first.csrf(PAGE), **fields)
    assert "À moi seul" in first.get(PAGE).text
    assert "À moi seul" not in second.get(PAGE).text


def test_who_may_not_look_tenants_up_learns_nothing_by_trying(desk: Desk) -> None:
    desk.tenant()
    browser = desk.browser(desk.staff("CCAS", Role.PARTNER))
    csrf, mots = browser.csrf(PAGE), "N’ouvre plus son courrier"
    said = set()
    tries = [("inconnue", "Delattre"), ("L-Delattre", "Dupont"), ("L-Delattre", ""), ("Delattre", "Delattre")]
    for locataire, nom in tries:
        answer = browser.post(PAGE, csrf=csrf, locataire=locataire, nom=nom, mots=mots)
        said.add(re.sub(r'value="[^"]*"', "", answer.text))
        assert answer.status_code == 422
    assert len(said) == 1
    assert "Ginette" not in said.pop()
    for _ in range(referrals.WRONG_TRIES - len(tries)):
        browser.post(PAGE, csrf=csrf, locataire="L-1", nom="Delattre", mots=mots)
    right = {"locataire": "L-Delattre", "nom": "Delattre", "mots": mots}
    answer = browser.post(PAGE, csrf=csrf, **right)
    assert "Trop d’essais" in answer.text
    assert mots in answer.text
    assert cases(desk) == []
    # Somebody else is not kept waiting.
    other = desk.browser(desk.staff("CAF", Role.PARTNER))
    assert other.post(PAGE, csrf=other.csrf(PAGE), **right).status_code == 303


def test_who_may_look_tenants_up_refers_by_name(desk: Desk) -> None:
    desk.tenant()
    desk.tenant("Delattre-Roy")
    index(desk)
    browser = desk.browser(desk.staff("EQ02", Role.COORDINATOR))
    csrf, words = browser.csrf(PAGE), {"mots": "N’ouvre plus son courrier"}
    assert 'value="L-Delattre"' in browser.get(f"{PAGE}?locataire=L-Delattre").text
    answer = browser.post(PAGE, csrf=csrf, locataire="delattre", **words)
    assert answer.status_code == 422
    assert "Plusieurs personnes répondent" in answer.text
    assert 'name="choisi" value="L-Delattre-Roy"' in answer.text
    answer = browser.post(PAGE, csrf=csrf, locataire="delattre", choisi="L-Delattre-Roy", **words)
    assert answer.status_code == 303
    assert "L-Delattre-Roy" in browser.get(PAGE).text
