"""Asking others from a case's page, booking an appointment there, and the commissions' page."""

from datetime import datetime

import pytest
from sqlalchemy import select

from bot.domain.case_requests import RequestKind, RequestOutcome
from bot.domain.states import AppointmentKind, AppointmentState
from bot.storage.tables import Appointment, CaseRequest, Chat, Person
from tests.console.conftest import Desk


def reachable(desk: Desk, reference: str) -> int:
    """A member of the team who is on Telegram."""
    member = desk.staff(reference)
    with desk.database.transaction() as session:
        session.add(Chat(organisation_id=1, bot_id=1, telegram_id=9000 + member, staff_id=member))
    return member


def requests(desk: Desk) -> list[CaseRequest]:
    with desk.database.reading() as session:
        return list(session.scalars(select(CaseRequest).order_by(CaseRequest.id)))


def test_a_colleague_is_asked_and_answers_on_the_page(desk: Desk) -> None:
    owner, colleague = desk.staff("EQ01"), reachable(desk, "EQ02")
    case = desk.taken(desk.tenant(), owner)
    path = f"/dossiers/{case}"
    browser = desk.browser(owner)
    csrf = browser.csrf(path)
    answer = browser.post(f"{path}/demander/collegue", csrf=csrf, a=str(colleague), mot="Que feriez-vous ?")
    assert answer.status_code == 303
    assert "Avis de Maëlle Eq02" in browser.get(path).text
    theirs = desk.browser(colleague)
    assert "Que feriez-vous ?" in theirs.get(path).text
    assert "On vous demande un avis" in theirs.get(path).text
    assert "On vous demande un avis" in theirs.get("/dossiers").text
    (asked,) = requests(desk)
    end = f"{path}/demandes/{asked.id}/terminer"
    refused = theirs.post(end, csrf=theirs.csrf(path), issue="repondu", mot=" ")
    assert (refused.status_code, "Écrivez votre réponse" in refused.text) == (422, True)
    assert theirs.post(end, csrf=theirs.csrf(path), issue="repondu", mot="Le CCAS.").status_code == 303
    assert requests(desk)[0].outcome is RequestOutcome.ANSWERED
    page = browser.get(path).text
    assert "Réponse donnée" in page
    assert "Le CCAS." in page
    assert "On vous demande un avis" not in theirs.get("/dossiers").text


def test_a_form_that_lacks_something_keeps_what_was_typed(desk: Desk) -> None:
    owner = desk.staff("EQ01")
    reachable(desk, "EQ02")
    case = desk.taken(desk.tenant(), owner)
    path = f"/dossiers/{case}"
    browser = desk.browser(owner)
    for kind, fields, wrong, kept in (
        ("collegue", {"a": "", "mot": "Une idée ?"}, "Choisissez une collègue", "Une idée ?</textarea>"),
        ("commission", {"commission": "CCAPEX", "jour": "bientôt"}, "Choisissez le jour", 'value="CCAPEX"'),
        ("fsl", {"montant": "beaucoup"}, "n’est pas lisible", 'value="beaucoup"'),
    ):
        answer = browser.post(f"{path}/demander/{kind}", csrf=browser.csrf(path), **fields)
        assert answer.status_code == 422
        assert wrong in answer.text
        assert kept in answer.text
    assert requests(desk) == []


def test_who_does_not_follow_the_case_asks_nothing(desk: Desk) -> None:
    owner, other = desk.staff("EQ01"), desk.staff("EQ02")
    case = desk.taken(desk.tenant(), owner)
    path = f"/dossiers/{case}"
    browser = desk.browser(other)
    assert "Mettre à l’ordre du jour" not in browser.get(path).text
    fields = {"commission": "CCAPEX", "jour": "2026-12-17"}
    assert browser.post(f"{path}/demander/commission", csrf=browser.csrf(path), **fields).status_code == 409
    assert requests(desk) == []


def test_a_commission_lists_its_cases(desk: Desk) -> None:
    owner = desk.staff("EQ01")
    case = desk.taken(desk.tenant(), owner)
    path, browser = f"/dossiers/{case}", desk.browser(owner)
    assert "Aucun dossier à l’ordre du jour." in browser.get("/ordres-du-jour").text
    fields = {"commission": "Commission des impayés", "jour": "2026-12-17"}
    browser.post(f"{path}/demander/commission", csrf=browser.csrf(path), **fields)
    page = browser.get("/ordres-du-jour").text
    assert "Commission des impayés, 17 décembre 2026" in page
    assert f'<a href="{path}">Mme Ginette Delattre</a>' in page
    assert '<option value="Commission des impayés">' in browser.get(path).text


def test_the_fund_is_offered_with_the_share_of_the_rent(desk: Desk) -> None:
    owner, person = desk.staff("EQ01"), desk.tenant()
    case = desk.taken(person, owner)
    path, browser = f"/dossiers/{case}", desk.browser(owner)
    for resources, share in (("200000", ""), ("100000", "prennent 49 %"), (None, "ne sont pas connues")):
        with desk.database.transaction() as session:
            session.get_one(Person, person).resources_cents = resources
        page = browser.get(path).text.replace("\u00a0", " ")
        assert ("Noter une demande au FSL" in page) is bool(share)
        assert share in page
    fields = {"montant": "1 234,50 €", "jour": "2027-01-15"}
    browser.post(f"{path}/demander/fsl", csrf=browser.csrf(path), **fields)
    (asked,) = requests(desk)
    assert (asked.kind, asked.amount_cents) == (RequestKind.FUND, 123_450)


def test_the_plan_is_simulated_against_the_resources(desk: Desk) -> None:
    owner, person = desk.staff("EQ01"), desk.tenant()
    case = desk.taken(person, owner)
    with desk.database.transaction() as session:
        session.get_one(Person, person).resources_cents = "200000"
    page = desk.browser(owner).get(f"/dossiers/{case}").text.replace("\u00a0", " ").replace("\u202f", " ")
    table = page.partition("Simulation")[2].partition("</table>")[0]
    # 498 € are overdue: 249 € twice, with 498 € of rent, of 2,000 € of resources.
    assert '2 mois</th><td class="sum">249,00 €' in table
    assert "37 %" in table
    assert "élevé" in table
    assert "26 %" in table


@pytest.mark.parametrize(
    ("resources", "sentence"),
    [
        ("200000", "Au plus 102,00 € par mois : 5 mois, jusqu’en avril 2027."),
        ("200000", "30 % de 2 000,00 € de ressources, moins 498,00 € de loyer et charges"),
        ("600000", "Au plus 1 302,00 € par mois : en une fois, en décembre 2026."),
        ("160000", "aucune somme par mois ne tient sous ce repère"),
        ("170000", "trop peu pour tout régler en 36 mois"),
        ("", "ses ressources ne sont pas connues"),
    ],
)
def test_what_the_household_can_bear_is_counted_and_said(desk: Desk, resources: str, sentence: str) -> None:
    owner, person = desk.staff("EQ01"), desk.tenant()
    case = desk.taken(person, owner)
    with desk.database.transaction() as session:
        session.get_one(Person, person).resources_cents = resources or None
    page = desk.browser(owner).get(f"/dossiers/{case}").text
    assert sentence in page.replace("\u00a0", " ").replace("\u202f", " ")


def test_a_plan_from_what_can_be_paid_a_month(desk: Desk) -> None:
    owner = desk.staff("EQ01")
    case = desk.taken(desk.tenant(), owner)
    path, browser = f"/dossiers/{case}", desk.browser(owner)
    answer = browser.post(f"{path}/plan", csrf=browser.csrf(path), each="100", first_on="2026-12-20")
    assert answer.status_code == 303
    # None of them is above 100 €; the simulation of six months says the same sum.
    assert browser.get(path).text.count('<td class="sum">83,00') == 6 + 1
    wrong = browser.post(f"{path}/plan", csrf=browser.csrf(path), each="0", first_on="2026-12-20")
    assert wrong.status_code == 422


def test_an_appointment_is_booked_on_a_free_time_or_on_another(desk: Desk) -> None:
    owner = desk.staff("EQ01")
    case = desk.taken(desk.tenant(), owner)
    path, browser = f"/dossiers/{case}", desk.browser(owner)
    page = browser.get(path).text
    first = page.partition('name="moment" value="')[2].partition('"')[0]
    csrf = browser.csrf(path)
    fields = {"type": "domicile", "minutes": "45", "sujet": "point"}
    assert browser.post(f"{path}/rendez-vous", csrf=csrf, moment=first, **fields).status_code == 303
    again = browser.post(f"{path}/rendez-vous", csrf=csrf, moment=first, **fields)
    assert (again.status_code, "a déjà un rendez-vous à ce moment-là" in again.text) == (422, True)
    other = {"moment": "autre", "jour": "2026-12-17", "heure": "18:30", "lieu": "Salle B"}
    assert browser.post(f"{path}/rendez-vous", csrf=csrf, **fields, **other).status_code == 303
    missing = browser.post(f"{path}/rendez-vous", csrf=csrf, moment="autre", heure="09:00", **fields)
    assert (missing.status_code, 'value="09:00"' in missing.text) == (422, True)
    with desk.database.reading() as session:
        one, two = session.scalars(select(Appointment).order_by(Appointment.id)).all()
        assert (one.starts_at, one.kind) == (datetime.fromisoformat(first), AppointmentKind.HOME)
        assert (one.staff_id, one.state, one.subject) == (
            owner,
            AppointmentState.TO_CONFIRM,
            "Faire le point",
        )
        assert two.starts_at.astimezone(desk.house.zone).isoformat() == "2026-12-17T18:30:00+01:00"
        assert two.place == "Salle B"
    assert "à domicile, avec Maëlle Eq01" in browser.get(path).text


def test_a_closed_case_has_no_forms_and_its_requests_are_over(desk: Desk) -> None:
    owner = desk.staff("EQ01")
    case = desk.taken(desk.tenant(), owner)
    path, browser = f"/dossiers/{case}", desk.browser(owner)
    fields = {"commission": "CCAPEX", "jour": "2026-12-17"}
    browser.post(f"{path}/demander/commission", csrf=browser.csrf(path), **fields)
    browser.post(f"{path}/clore", csrf=browser.csrf(path), outcome="regle")
    page = browser.get(path).text
    assert "Prendre un rendez-vous" not in page
    assert "Dossier clos" in page
    assert "Aucun dossier à l’ordre du jour." in browser.get("/ordres-du-jour").text
