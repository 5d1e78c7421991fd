"""A rent that is not paid: reminded, asked about, handed to a person; and peace for those who pay."""

import re

import pytest

from bot.domain.states import CaseState, OutboxState, Outcome, Urgency
from bot.domain.triage import Rank
from tests.postgres import Postgres
from tests.scenarios.conftest import MakeWorld
from tests.scenarios.story import World


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_reminded_asked_difficult_taken_read_closed(
    make_world: MakeWorld, database: str, request: pytest.FixtureRequest
) -> None:
    url = ""
    if database == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        url = server.new_database()
    world = make_world(url, roles="bot,delivery,scheduler,console")
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    world.bank_file("2026-12-30")

    # Five days before the due day, then three days after it.
    world.move_to("2026-12-31T10:30")
    reminder = kevin.wait_for("rent.reminder")
    assert "mardi 5 janvier" in reminder.text
    assert re.search(r"233,00\s€", reminder.text)
    world.move_to("2027-01-08T09:00")
    world.bank_file("2027-01-08", unpaid=("B-0105",))
    world.move_to("2027-01-08T10:30")
    question = kevin.wait_for("rent.question")
    assert question.buttons == [
        "C’est payé",
        "Je vais payer bientôt",
        "C’est difficile ce mois-ci",
        "Parler à une personne",
    ]
    kevin.press(question, "C’est difficile ce mois-ci")
    assert "vendredi 8 janvier à 18" in kevin.wait_for("rent.difficulty").text

    # The alert holds no name and no story; the page does, behind a link that opens once.
    alert = maelle.wait_for("case.alert.high")
    assert "Lemoine" not in alert.text
    assert "233" not in alert.text
    address = maelle.takes(alert)
    kevin.wait_for("case.told.taken")
    page = maelle.opens(address)
    assert page.status_code == 200
    assert "Lemoine" in page.text
    assert re.search(r"233,00\s€", page.text)
    assert maelle.opens(address).status_code == 410

    (case,) = world.cases()
    assert (case.kind, case.urgency, case.state) == ("rent_arrears", Urgency.HIGH, CaseState.TAKEN)
    maelle.closes(case.id, "Plan d’apurement")
    (case,) = world.cases()
    assert (case.state, case.outcome) == (CaseState.CLOSED, Outcome.PLAN)
    assert [event.kind for event in case.history] == ["opened", "taken", "read", "closed"]
    kevin.wait_for("case.told.done")
    world.nothing_else_was_sent()


def test_difficult_in_plain_words_by_webhook(make_world: MakeWorld) -> None:
    world = make_world(webhook=True)
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    world.move_to("2026-12-08T09:00")
    world.bank_file("2026-12-08", unpaid=("B-0105",))
    world.move_to("2026-12-08T10:00")
    kevin.wait_for("rent.question")

    kevin.write("je pourrai pas payer ce mois ci, j'ai perdu mon travail")
    kevin.wait_for("rent.difficulty")
    maelle.wait_for("case.alert.high")

    kevin.write("oui")
    kevin.wait_for("answer.nothing")
    world.nothing_else_was_sent()


def test_yes_and_no_answer_the_only_question(world: World) -> None:
    kevin, aminata = world.tenant("B-0105").agrees(), world.tenant("B-0106").agrees()
    maelle = world.caseworker("EQ01").joins()
    world.move_to("2026-12-08T09:00")
    world.bank_file("2026-12-08", unpaid=("B-0105", "B-0106"))
    world.move_to("2026-12-08T10:00")
    kevin.wait_for("rent.question")
    aminata.wait_for("rent.question")

    kevin.write("oui")
    kevin.wait_for("rent.done")
    aminata.write("non")
    aminata.wait_for("rent.difficulty")
    maelle.wait_for("case.alert.high")

    assert [case.person.reference for case in world.cases()] == ["L-0106"]
    world.nothing_else_was_sent()


def test_silence_becomes_a_case_on_the_eighth_day(world: World) -> None:
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    world.move_to("2026-12-08T09:00")
    world.bank_file("2026-12-08", unpaid=("B-0105",))
    world.move_to("2026-12-12T18:00")
    question = kevin.wait_for("rent.question")
    assert not world.cases()

    # The 13th is a Sunday: the case opens on Monday.
    world.move_to("2026-12-14T10:30")
    maelle.wait_for("case.alert.high")
    (case,) = world.cases()
    assert case.person.reference == "L-0105"
    assert "sans réponse" in case.history[0].detail["reason"]

    # A late press still counts, and joins the case: nobody is alerted twice.
    kevin.press(question, "C’est difficile ce mois-ci")
    kevin.wait_for("rent.difficulty")
    assert [event.kind for event in world.cases()[0].history] == ["opened", "sign"]
    world.nothing_else_was_sent()


def test_the_clean_payer_hears_one_reminder_a_month_and_nothing_else(world: World) -> None:
    kevin = world.tenant("B-0105").agrees()
    world.caseworker("EQ01").joins()
    world.move_to("2026-12-08T09:00")
    world.bank_file("2026-12-08")
    world.move_to("2026-12-31T12:00")
    assert "mardi 5 janvier" in kevin.wait_for("rent.reminder").text
    world.bank_file("2027-01-07")
    world.move_to("2027-01-14T12:00")

    assert not world.cases()
    assert not world.outbox("rent_question")
    assert len(world.outbox("rent_reminder")) == 1
    world.nothing_else_was_sent()


def test_the_first_unpaid_rent_is_a_case_on_the_eighth_day_and_closed_on_the_twentieth(world: World) -> None:
    """Due on Saturday 5 December; reminded before anybody was linked, asked on the 8th, a case on the 14th
    (the 13th is a Sunday), paid on the 24th, closed on the 25th."""
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    world.move_to("2026-12-08T09:00")
    world.bank_file("2026-12-08", unpaid=("B-0105",))
    world.move_to("2026-12-08T10:30")
    kevin.wait_for("rent.question")
    world.move_to("2026-12-14T10:30")
    maelle.takes(maelle.wait_for("case.alert.high"))
    (case,) = world.cases()
    assert case.rank == Rank.FIRST
    assert "Question du 8 décembre 2026 restée sans réponse" in case.history[0].detail["reason"]

    # The rent comes while the case is open: nothing is asked any more, a person closes it. Who said
    # nothing is told nothing of the case.
    world.move_to("2026-12-24T20:00")
    world.bank_file("2026-12-24")
    world.move_to("2026-12-25T10:00")
    maelle.closes(case.id, "Réglé")
    (case,) = world.cases()
    assert (case.state, case.outcome) == (CaseState.CLOSED, Outcome.SETTLED)
    assert maelle.reads_digests() == 8
    kevin.write("combien je dois ?")
    assert "rien à payer" in kevin.wait_for("rent.info.settled").text
    world.nothing_else_was_sent()


def test_a_lease_of_2012_begins_with_its_balance_and_its_old_debt_is_not_asked(world: World) -> None:
    world.imports(
        "baux",
        "reference_bail;reference_locataire;nom;prenom;date_debut;loyer;charges;jour_echeance;solde;solde_au;referent",
        "B-2012;L-2012;Perrin;Rose;01/03/2012;350,00;50,00;5;812,40;30/11/2026;EQ01",
    )
    rose = world.tenant("B-2012").agrees()
    world.caseworker("EQ01").joins()
    rose.write("combien je dois ?")
    assert re.search(r"812,40\s€", rose.wait_for("rent.info.owed").text)
    # The reminder is about the coming rent alone.
    world.move_to("2026-12-02T12:00")
    assert re.search(r"samedi 5 décembre\s: 400,00\s€", rose.wait_for("rent.reminder").text)
    # Her rent comes, not the old debt: neither a question nor a case.
    world.move_to("2026-12-08T09:00")
    world.bank_file("2026-12-08", B_2012=40_000)
    world.move_to("2026-12-16T12:00")
    assert not world.cases()
    rose.write("combien je dois ?")
    assert re.search(r"812,40\s€", rose.wait_for("rent.info.owed").text)
    world.nothing_else_was_sent()


def test_a_payment_that_arrives_before_the_question_leaves_silences_it(world: World) -> None:
    world.tenant("B-0105").agrees()
    world.move_to("2026-12-08T09:00")
    world.bank_file("2026-12-08", unpaid=("B-0105",))
    # Telegram is away while the question is due; the money comes before it is back.
    world.standin.fault("error", method="sendMessage", code=502, description="Bad Gateway", count=0)
    world.jump_to("2026-12-08T10:00")
    world.wait_for_a_retry("rent_question")
    world.bank_file("2026-12-09")

    world.wait_until(OutboxState.DROPPED, "rent_question")
    assert [(row.state, row.reason) for row in world.outbox("rent_question")] == [
        (OutboxState.DROPPED, "paid")
    ]
    world.nothing_else_was_sent(troubles=("not delivered",))


def test_a_late_bank_file_leaves_everybody_in_peace(world: World) -> None:
    kevin = world.tenant("B-0105").agrees()
    world.caseworker("EQ01").joins()
    world.move_to("2026-12-04T19:00")
    world.bank_file("2026-12-04")
    world.move_to("2026-12-16T12:00")
    assert not world.cases()
    assert not kevin.unread()

    # The file is back: what is still unpaid is asked the next morning, not before.
    world.bank_file("2026-12-16")
    world.move_to("2026-12-18T12:00")
    assert not world.cases()
    world.nothing_else_was_sent()
