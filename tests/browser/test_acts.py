"""The main acts of a day in the console, done in a real browser as a person does them."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from bot.domain.states import CaseState, OutboxState, Outcome
from bot.services.cases import cases
from bot.storage.tables import Case, Draft, Invitation, Lease, Organisation, Outbox, Person
from tests.browser.chromium import serious_findings
from tests.browser.conftest import OpenAs
from tests.browser.office import Office

pytestmark = pytest.mark.slow


def case_of(office: Office, reference: str, kind: str = "payment_difficulty") -> int:
    """A fresh case of that tenant, for one test alone."""
    with office.database.transaction() as session:
        case = cases.open_case(
            session,
            office.clock.now(session),
            office.house,
            kind=kind,
            urgency=office.house.content.intents[kind].urgency,  # type: ignore[arg-type]
            reason="A écrit pour demander de l’aide",
            person=session.get_one(Person, office.tenant(reference)),
        )
        session.flush()
        return case.id


def state(office: Office, number: int) -> tuple[CaseState, str]:
    """The state of the case, and who follows it."""
    with office.database.reading() as session:
        case = session.get_one(Case, number)
        return case.state, case.owner.reference if case.owner else ""


def draft_of(office: Office, words: str) -> int:
    with office.database.reading() as session:
        return next(draft.id for draft in session.scalars(select(Draft)) if draft.words == words)


def take(page: Page, number: int) -> None:
    page.goto(f"/dossiers/{number}")
    page.get_by_role("button", name="Prendre le dossier").click()
    expect(page.get_by_text("Le dossier est à vous.")).to_be_visible()


def test_log_in_with_a_link_and_out_again(office: Office, open_as: OpenAs) -> None:
    page = open_as()
    link = office.link("EQ01")
    page.goto(link)
    page.get_by_role("button", name="Ouvrir").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dossiers")
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vous êtes déconnecté")
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ce lien a déjà servi")


def test_take_a_case_from_the_queue(office: Office, open_as: OpenAs) -> None:
    number = case_of(office, "L-0111", "report_hazard")
    page = open_as("EQ01")
    page.goto("/dossiers")
    page.locator(f'a[href="/dossiers/{number}"]').click()
    page.get_by_role("button", name="Prendre le dossier").click()
    expect(page.get_by_text("Le dossier est à vous.")).to_be_visible()
    assert state(office, number) == (CaseState.TAKEN, "EQ01")


def test_hand_a_case_over(office: Office, open_as: OpenAs) -> None:
    number = case_of(office, "L-0112")
    page = open_as("EQ01")
    take(page, number)
    page.get_by_text("Passer la main", exact=True).first.click()
    form = page.locator('form[action$="/passer"]')
    form.get_by_label("À qui").select_option(label="Soraya Belkacem")
    form.get_by_label("Un mot pour la suite").fill("Elle connaît la famille.")
    form.get_by_role("button", name="Passer la main").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dossiers")
    assert state(office, number) == (CaseState.TAKEN, "EQ02")


def test_answer_the_tenant_after_reading_it_again(office: Office, open_as: OpenAs) -> None:
    number, chat = case_of(office, "L-0105"), office.chat("L-0105").id
    page = open_as("EQ01")
    take(page, number)
    words = "Bonjour, je peux vous appeler demain à 10 h pour en parler."
    page.get_by_label("Message à Kévin Lemoine").fill(words)
    page.get_by_role("button", name="Relire avant l’envoi").click()
    expect(page.get_by_text("Rien n’est encore parti.")).to_be_visible()
    page.get_by_role("button", name="Envoyer", exact=True).click()
    expect(page.get_by_text("Votre message part.")).to_be_visible()
    with office.database.reading() as session:
        row = session.scalars(select(Outbox).where(Outbox.chat_id == chat, Outbox.kind.like("relay%"))).one()
        assert (row.state, row.occasion) == (OutboxState.QUEUED, f"draft:{draft_of(office, words)}")


def test_close_a_case_with_its_outcome(office: Office, open_as: OpenAs) -> None:
    number = case_of(office, "L-0113")
    page = open_as("EQ01")
    take(page, number)
    form = page.locator("#clore")
    form.get_by_role("radio").first.check()
    form.get_by_label("Note (facultative)").fill("Vu au bureau.")
    form.get_by_role("button", name="Clore le dossier").click()
    expect(page.get_by_text("Le dossier est clos.")).to_be_visible()
    with office.database.reading() as session:
        case = session.get_one(Case, number)
        assert (case.state, case.outcome) == (CaseState.CLOSED, next(iter(Outcome)))


def test_import_a_file_with_a_bad_line(office: Office, open_as: OpenAs, tmp_path: Path) -> None:
    file = tmp_path / "baux.csv"
    file.write_text(
        "reference_bail;reference_locataire;nom;date_debut;loyer;jour_echeance\n"
        "B-9001;L-9001;Nouvelle;01/12/2026;410,00;5\nB-9002;L-9002;Ancien;32/12/2026;410,00;5\n",
        encoding="utf-8",
    )
    page = open_as("EQ04")
    page.goto("/imports")
    page.get_by_label("Ce qu’il contient").select_option("baux")
    page.get_by_label("Fichier CSV").set_input_files(file)
    page.get_by_role("button", name="Vérifier le fichier").click()
    expect(page.get_by_role("row", name=re.compile("^3"))).to_contain_text("date_debut")
    assert not serious_findings(page)
    page.get_by_role("button", name="Importer sans les lignes refusées").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Import fait")
    with office.database.reading() as session:
        known = session.scalars(select(Lease.reference).where(Lease.reference.like("B-900%"))).all()
        assert known == ["B-9001"]


def test_print_an_invitation_letter(office: Office, open_as: OpenAs, tmp_path: Path) -> None:
    page = open_as("EQ01")
    page.goto("/locataires?cherche=caron")
    page.get_by_role("link", name=re.compile("Caron")).click()
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Préparer la lettre d’invitation").click()
    letter = tmp_path / "lettre.pdf"
    downloading.value.save_as(letter)
    assert letter.read_bytes().startswith(b"%PDF-")
    with office.database.reading() as session:
        guest = session.scalars(select(Person).filter_by(reference="L-0112")).one()
        assert session.scalars(select(Invitation).filter_by(person_id=guest.id)).one()


def test_change_a_setting_and_be_refused_another(office: Office, open_as: OpenAs) -> None:
    page = open_as("EQ05")
    page.goto("/reglages")
    reminder = page.get_by_label("Rappel, avant l’échéance")
    reminder.fill("50")
    page.get_by_role("button", name="Enregistrer les réglages").click()
    expect(page.get_by_role("alert").first).to_contain_text("Rien n’est changé")
    assert not serious_findings(page)
    expect(reminder).to_have_value("50")
    reminder.fill("6")
    page.get_by_role("button", name="Enregistrer les réglages").click()
    expect(page.get_by_text("Les réglages sont changés.")).to_be_visible()
    with office.database.reading() as session:
        assert session.get_one(Organisation, 1).settings["rent_steps"] == {"reminder_days_before": 6}
