"""What a team does with others, in a real browser: a workshop, an appointment, a colleague, a talk."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from bot.domain.case_requests import RequestOutcome
from bot.domain.states import AppointmentKind, Direction, OutboxState, Urgency
from bot.services import people
from bot.services.cases import cases
from bot.storage.tables import Appointment, CaseRequest, Message, Outbox, Person, Workshop
from tests.browser.chromium import PHONE
from tests.browser.conftest import OpenAs
from tests.browser.office import STARTS, Office

pytestmark = pytest.mark.slow

# The page's clock is moved by hand: nothing waits.
_LOOKS_AGAIN = 16_000


def test_create_a_workshop_and_send_it(office: Office, open_as: OpenAs) -> None:
    with office.database.transaction() as session:
        guest = session.get_one(Person, office.tenant("L-0106"))
        people.set_consent(session, office.clock.now(session), guest, "workshops", True, "consent.ask")
    page = open_as("EQ03")
    page.goto("/ateliers")
    page.get_by_role("link", name="Créer un atelier").click()
    page.get_by_label("Titre").fill("Réparer son vélo")
    page.get_by_label("Jour", exact=True).fill((STARTS.date() + timedelta(days=14)).isoformat())
    page.get_by_label("Heure", exact=True).fill("14:30")
    page.get_by_label("Lieu").fill("Local à vélos")
    page.get_by_role("button", name="Créer l’atelier").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Réparer son vélo")
    page.get_by_text("Voir l’invitation").click()
    expect(page.get_by_text("Local à vélos").last).to_be_visible()
    page.get_by_role("button", name="Envoyer maintenant").click()
    expect(page.get_by_text("L’envoi est lancé.")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.get_by_role("button", name="Arrêter l’envoi").click()
    expect(page.get_by_text("L’envoi est arrêté.")).to_be_visible()
    with office.database.reading() as session:
        made = session.scalars(select(Workshop).filter_by(title="Réparer son vélo")).one()
        rows = session.scalars(select(Outbox).filter_by(object=f"workshop:{made.id}")).all()
        assert [row.state for row in rows] == [OutboxState.DROPPED]


def test_book_an_appointment_from_a_case(office: Office, open_as: OpenAs) -> None:
    page = open_as("EQ01", PHONE)
    page.goto(office.path("/dossiers/{case}"))
    page.get_by_text("Prendre un rendez-vous", exact=True).click()
    form = page.locator('form[action$="/rendez-vous"]')
    form.get_by_role("radio").first.check()
    form.get_by_label("Où").select_option("telephone")
    form.get_by_role("button", name="Prendre ce rendez-vous").click()
    expect(page.get_by_text("Le rendez-vous est pris.")).to_be_visible()
    with office.database.reading() as session:
        mine = (
            select(Appointment).filter_by(person_id=office.numbers["tenant"]).order_by(Appointment.id.desc())
        )
        booked = session.scalars(mine.limit(1)).one()
        assert booked.kind is AppointmentKind.PHONE
    page.goto(f"/rendez-vous?semaine={booked.starts_at.date().isoformat()}")
    expect(page.get_by_role("link", name="Issouf Ouédraogo")).to_be_visible()


def test_find_an_urgent_case_behind_the_others_of_a_person(office: Office, open_as: OpenAs) -> None:
    with office.database.transaction() as session:
        person = session.get_one(Person, office.tenant("L-0114"))
        for kind, urgency in (("complain", Urgency.NORMAL), ("report_hazard", Urgency.URGENT)):
            case = cases.open_case(
                session, office.clock.now(session), office.house,
                kind=kind, urgency=urgency, reason="A écrit", person=person,
            )  # fmt: skip
            session.flush()
        number = case.id
    page = open_as("EQ02")
    page.goto("/dossiers")
    page.get_by_label("Motif").select_option("complain")
    page.get_by_role("button", name="Filtrer").click()
    urgent = page.locator(f'a[href="/dossiers/{number}"]')
    expect(urgent).to_be_visible()
    assert page.locator(".queue h3 a").first.get_attribute("href") == f"/dossiers/{number}"
    urgent.click()
    expect(page.get_by_role("button", name="Prendre le dossier")).to_be_visible()


def test_ask_a_colleague_who_answers(office: Office, open_as: OpenAs) -> None:
    path = office.path("/dossiers/{case}")
    page = open_as("EQ01")
    page.goto(path)
    page.get_by_text("Demander un avis", exact=True).click()
    form = page.locator('form[action$="/demander/collegue"]')
    form.get_by_label("À qui").select_option(label="Soraya Belkacem")
    form.get_by_label("Votre question").fill("As-tu déjà travaillé avec son employeur ?")
    form.get_by_role("button", name="Demander").click()
    expect(page.get_by_text("La demande est notée dans le dossier.")).to_be_visible()
    colleague = open_as("EQ02")
    colleague.goto("/dossiers")
    colleague.get_by_role("link", name="par Maëlle Le Guennec").click()
    expect(colleague.get_by_text("As-tu déjà travaillé avec son employeur ?").first).to_be_visible()
    colleague.get_by_label("Votre réponse").fill("Oui, il faut l’appeler le matin.")
    colleague.get_by_role("button", name="Répondre", exact=True).click()
    expect(colleague.get_by_text("La suite de la demande est notée.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Oui, il faut l’appeler le matin.").first).to_be_visible()
    with office.database.reading() as session:
        assert session.scalars(select(CaseRequest.outcome)).one() is RequestOutcome.ANSWERED


def test_a_message_of_the_tenant_comes_to_the_page_by_itself(office: Office, open_as: OpenAs) -> None:
    page = open_as("EQ01")
    page.clock.install()
    page.goto(office.path("/dossiers/{case}"))
    answer = page.get_by_label("Message à Issouf Ouédraogo")
    answer.fill("Je vous appelle")
    with office.database.transaction() as session:
        chat = office.chat("L-0102")
        session.add(
            Message(
                organisation_id=1, chat_id=chat.id, person_id=chat.person_id, direction=Direction.IN,
                at=office.clock.now(session), words="merci, appelez plutôt après 17 h",
            )
        )  # fmt: skip
    assert not page.get_by_text("appelez plutôt après 17 h").count()
    page.clock.run_for(_LOOKS_AGAIN)
    page.get_by_text("appelez plutôt après 17 h").wait_for()
    expect(answer).to_have_value("Je vous appelle")
