"""The landlord's legal dates are on the case's page, with their sources, and in no tenant's message."""

from datetime import date

from sqlalchemy import select

from bot.content.legal import load_legal
from bot.content.source import FOLDER
from bot.storage.tables import LeaseAmount
from tests.console.conftest import Desk


def page(desk: Desk) -> str:
    staff = desk.staff("EQ01")
    case = desk.case(desk.tenant(), "rent_arrears")
    text = desk.browser(staff).get(f"/dossiers/{case}").text
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_without_aid_no_threshold_is_computed(desk: Desk) -> None:
    text = page(desk)
    assert "Dates légales du bailleur, à vérifier" in text
    assert "Pas d’aide au logement connue" in text


def test_the_dates_and_the_rules_in_force_with_their_sources(desk: Desk) -> None:
    staff = desk.staff("EQ01")
    case = desk.case(desk.tenant(), "rent_arrears")
    with desk.database.transaction() as session:
        amount = session.scalars(select(LeaseAmount)).one()
        amount.aid_cents = 1
        since = amount.effective_on
    assert since < date(2026, 12, 1)
    text = desk.browser(staff).get(f"/dossiers/{case}").text.replace("\u00a0", " ")
    assert "seuil d’impayé de l’aide au logement" in text.lower()
    assert "signalement à la CAF ou à la MSA au plus tard le" in text
    said = load_legal(FOLDER).said_on(date(2026, 12, 1))
    assert said is not None
    assert said.source in text
    assert "pour l’équipe seulement" in text.lower()


def test_the_threshold_is_by_the_rule_of_the_day_and_2027_brings_another(desk: Desk) -> None:
    staff = desk.staff("EQ01")
    case = desk.case(desk.tenant(), "rent_arrears")
    with desk.database.transaction() as session:
        # 498 € less 200 € of aid to the landlord: 298 € a month, unpaid since November.
        session.scalars(select(LeaseAmount)).one().aid_cents = 200_00
    before = desk.browser(staff).get(f"/dossiers/{case}").text.replace("\u00a0", " ")
    assert "Si rien n’est payé, seuil d’impayé de l’aide au logement le 5 décembre 2026" in before
    assert "au plus tard le 5 février 2027" in before
    assert "deux mensualités" in before
    assert "450 €" not in before.replace("\u202f", " ")
    desk.move(days=33)
    after = desk.browser(staff).get(f"/dossiers/{case}").text.replace("\u00a0", " ").replace("\u202f", " ")
    assert "Seuil d’impayé de l’aide au logement atteint le 5 décembre 2026" in after
    assert "Depuis le 01/01/2027" in after
    assert "450 € de dette, ou 3 mois" in after
    assert "deux mensualités" not in after
