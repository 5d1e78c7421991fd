"""A term's steps from the plan to the message or the case."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.states import CaseState, ChatState, Urgency
from bot.domain.words import Drop, Words
from bot.services import people
from bot.services.cases import cases
from bot.services.house import House
from bot.storage import Database
from bot.storage.tables import Case, Chat, Occurrence, Person, Question
from tests.services.rent_world import DONE, PLANNED, World, make_world, skipped

PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as session:
        yield session


@pytest.fixture
def world(session: Session, house: House) -> World:
    # A Friday before the reminder of December, that falls on Monday 30 November.
    return make_world(
        session, house, datetime(2026, 11, 27, 9, 0, tzinfo=UTC), first_import_on=date(2026, 11, 27)
    )


def danger(world: World, person: Person) -> Case:
    return cases.open_case(
        world.session,
        world.now,
        world.house,
        kind="report_violence",
        urgency=Urgency.URGENT,
        reason="signe",
        person=person,
    )


def test_a_plan_is_made_once(world: World) -> None:
    world.tenant("Durand")
    assert world.plans() == 6
    assert world.plans() == 0
    rows = world.session.scalars(select(Occurrence).order_by(Occurrence.due_at)).all()
    assert [(row.rule, row.due_at.astimezone(PARIS).strftime("%d/%m %H:%M")) for row in rows] == [
        ("rent.reminder", "30/11 10:00"),
        ("rent.question", "08/12 10:00"),
        ("rent.case", "14/12 10:00"),  # the 13th is a Sunday
        ("rent.reminder", "31/12 10:00"),
        ("rent.question", "08/01 10:00"),
        ("rent.case", "13/01 10:00"),
    ]
    world.now += timedelta(days=40)
    assert world.plans() == 3


def test_a_step_follows_its_term_when_the_due_day_moves(world: World) -> None:
    world.plans()
    world.changes(due_day=10)
    world.now += timedelta(days=7)
    world.plans()
    rows = world.session.scalars(
        select(Occurrence).filter_by(rule="rent.reminder").order_by(Occurrence.due_on)
    )
    assert [row.due_on for row in rows] == [date(2026, 12, 5), date(2027, 1, 5)]


def test_the_clean_payer_gets_one_reminder(world: World) -> None:
    world.tenant("Durand")
    world.at(12, 1)
    world.pays(date(2026, 12, 4), 35_000)
    world.covers(date(2026, 12, 10))
    world.at(12, 16)
    assert world.steps() == {"reminder": DONE}
    assert [row.kind for row in world.queued()] == ["rent_reminder"]
    assert world.cases() == []


def test_silence_becomes_a_case(world: World) -> None:
    world.tenant("Durand")
    world.covers(date(2026, 12, 31))
    world.at(12, 8)
    question = world.leaves(world.queued()[-1])
    assert isinstance(question, Words)
    assert [choice.title for row in question.rows for choice in row] == [
        "C’est payé",
        "Je vais payer bientôt",
        "C’est difficile ce mois-ci",
        "Parler à une personne",
    ]
    assert world.session.scalars(select(Question)).one().asked_at == world.now
    world.at(12, 14)
    assert world.steps() == {"reminder": DONE, "question": DONE, "case": DONE}
    (case,) = world.cases()
    assert (case.urgency, case.object) == (Urgency.HIGH, f"lease:{world.lease.id}/2026-12")
    (reason,) = world.reasons()
    assert "décembre 2026, échéance du 5 décembre 2026" in reason
    assert "350,00\u00a0€ sur 350,00\u00a0€" in reason
    assert "Question du 8 décembre 2026 restée sans réponse." in reason


def test_nothing_is_asked_for_a_day_that_the_bank_file_does_not_cover(world: World) -> None:
    world.tenant("Durand")
    # Due on Saturday 5 December: two bank days later is Tuesday the 8th.
    world.covers(date(2026, 12, 7))
    world.at(12, 11)
    assert world.steps() == {"reminder": DONE, "question": PLANNED, "case": PLANNED}
    waiting = world.session.scalars(
        select(Occurrence).filter_by(rule="rent.question").order_by(Occurrence.id)
    ).first()
    assert waiting is not None
    assert waiting.due_at.astimezone(PARIS) == datetime(2026, 12, 12, 10, tzinfo=PARIS)
    world.covers(date(2026, 12, 8))
    world.at(12, 12)
    assert world.steps() == {"reminder": DONE, "question": DONE, "case": PLANNED}


def test_a_file_that_comes_very_late_opens_the_case_without_asking(world: World) -> None:
    world.tenant("Durand")
    world.at(12, 20)
    world.covers(date(2026, 12, 18))
    world.at(12, 21)
    assert world.steps()["question"] == skipped("late")
    assert world.steps()["case"] == DONE


def test_without_telegram_the_steps_are_silent_and_the_case_opens(world: World) -> None:
    world.tenant("Durand", linked=False)
    world.covers(date(2026, 12, 31))
    world.at(12, 14)
    assert world.steps() == {
        "reminder": skipped("no_channel"),
        "question": skipped("no_channel"),
        "case": DONE,
    }
    assert "Palier ne peut pas lui écrire : à appeler." in world.reasons()[0].replace("\u00a0", " ")


def test_a_lease_of_nobody_asks_nothing(world: World) -> None:
    world.covers(date(2026, 12, 31))
    world.at(12, 14)
    assert set(world.steps().values()) == {skipped("nobody")}


def test_paused_or_without_consent_nothing_is_asked(world: World) -> None:
    person = world.tenant("Durand", consents=False)
    world.at(12, 1)
    assert world.steps()["reminder"] == skipped("no_consent")
    chat = people.active_chat(world.session, person)
    assert chat is not None
    chat.state = ChatState.PAUSED
    world.covers(date(2026, 12, 31))
    world.at(12, 9)
    assert world.steps()["question"] == skipped("no_channel")


def test_danger_silences_the_rent_and_not_the_caseworker(world: World) -> None:
    person = world.tenant("Durand")
    case = danger(world, person)
    world.covers(date(2026, 12, 31))
    world.at(12, 14)
    assert world.steps() == {"reminder": skipped("danger"), "question": skipped("danger"), "case": DONE}
    assert case.state is CaseState.NEW


def test_direct_debit_is_reminded_only_after_a_rejection(session: Session, house: House) -> None:
    now = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
    world = make_world(session, house, now, payment_method="prelevement", first_import_on=now.date())
    world.tenant("Durand")
    world.covers(date(2027, 1, 31))
    world.at(12, 1)
    assert world.steps()["reminder"] == skipped("direct_debit")
    world.pays(date(2026, 12, 7), 35_000, "prelevement")
    world.at(12, 9)
    assert "question" not in world.steps()
    world.pays(date(2026, 12, 9), -35_000, "prelevement")
    world.at(12, 14)
    assert world.steps()["case"] == DONE
    world.at(1, 2, year=2027)
    assert world.steps("2027-01")["reminder"] == DONE


def test_a_rejected_debit_is_asked_about_the_same_day(session: Session, house: House) -> None:
    now = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
    world = make_world(session, house, now, payment_method="prelevement", first_import_on=now.date())
    world.tenant("Pereira")
    world.at(12, 1)
    world.pays(date(2026, 12, 7), 35_000, "prelevement")
    world.covers(date(2026, 12, 8))
    world.at(12, 9)
    assert "question" not in world.steps()
    world.pays(date(2026, 12, 9), -35_000, "prelevement")
    world.covers(date(2026, 12, 9))
    world.at(12, 9, 15)
    assert world.steps() == {"reminder": skipped("direct_debit"), "question": DONE, "case": PLANNED}
    world.pays(date(2026, 12, 10), 35_000)
    world.at(12, 14)
    assert world.steps()["case"] == skipped("paid")
    assert world.plans() == 0


def test_a_prepaid_term_is_not_reminded_and_a_few_euros_are_not_asked(world: World) -> None:
    world.tenant("Durand")
    world.pays(date(2026, 12, 1), 34_000 + 35_000)
    world.covers(date(2027, 1, 31))
    world.at(1, 15, year=2027)
    assert world.steps() == {}
    assert world.steps("2027-01") == {step: skipped("minimum") for step in ("reminder", "question", "case")}


def test_an_old_debt_being_repaid_asks_nothing(session: Session, house: House) -> None:
    now = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
    world = make_world(session, house, now, opening_cents=6_240)
    world.tenant("Mahamat")
    world.pays(date(2026, 12, 7), 37_000)
    world.covers(date(2026, 12, 31))
    world.at(12, 15)
    assert world.steps()["question"] == world.steps()["case"] == skipped("paid")


def test_the_words_follow_the_day_that_they_leave(world: World) -> None:
    world.tenant("Durand")
    world.covers(date(2026, 12, 31))
    world.at(12, 8)
    reminder, question = world.queued()
    assert world.leaves(reminder) == Drop("late")
    world.pays(date(2026, 12, 8), 20_000)
    words = world.leaves(question)
    assert isinstance(words, Words)
    assert "150,00\u00a0€" in words.text
    assert "350,00" not in words.text
    world.pays(date(2026, 12, 8), 15_000)
    assert world.leaves(question) == Drop("paid")


def test_between_the_queue_and_the_sending_everything_is_checked_again(world: World) -> None:
    person = world.tenant("Durand")
    world.covers(date(2026, 12, 31))
    world.at(12, 8)
    question = world.queued()[-1]
    people.set_consent(world.session, world.now, person, "rent", False, "stop")
    world.session.flush()
    assert world.leaves(question) == Drop("consent")
    people.set_consent(world.session, world.now, person, "rent", True, "resume")
    world.session.flush()
    case = danger(world, person)
    assert world.leaves(question) == Drop("danger")
    case.state, case.outcome = CaseState.CLOSED, "mis_en_securite"
    world.session.flush()
    assert isinstance(world.leaves(question), Words)
    chat = world.session.scalars(select(Chat)).one()
    chat.person_id = None
    world.session.flush()
    world.session.expire(question.chat)
    assert world.leaves(question) == Drop("unlinked")


def test_each_tenant_is_written_to_and_the_case_is_one(world: World) -> None:
    first, second = world.tenant("Haddouche"), world.tenant("Petit")
    world.tenant("Tiers", linked=False)
    danger(world, second)
    world.covers(date(2026, 12, 31))
    world.at(12, 14)
    assert [row.chat.person_id for row in world.queued()] == [first.id, first.id]
    (case,) = world.cases()
    assert case.person_id == first.id
    assert "Ana Petit" in world.reasons()[0]


def test_the_next_unpaid_term_joins_the_open_case(world: World) -> None:
    world.tenant("Durand")
    world.covers(date(2027, 2, 28))
    world.at(1, 14, year=2027)
    assert len(world.cases()) == 1
    assert len(world.reasons()) == 2
    assert world.steps("2027-01") == {"reminder": DONE, "question": skipped("case"), "case": DONE}


def test_a_newer_opening_balance_does_not_lose_the_steps_of_its_term(world: World) -> None:
    world.tenant("Durand")
    world.at(12, 7)
    world.changes(opening_cents=36_000, opening_on=date(2026, 12, 6))
    world.covers(date(2026, 12, 31))
    world.at(12, 14)
    assert world.steps()["case"] == DONE
    assert "360,00" in world.reasons()[0]


def test_settings_of_the_organisation_move_the_steps(world: World) -> None:
    world.organisation.settings = {"rent_steps": {"question_days_after": 5}, "rent_in_arrears": True}
    world.session.flush()
    world.plans()
    rows = world.session.scalars(
        select(Occurrence).filter_by(rule="rent.question").order_by(Occurrence.due_on)
    )
    assert [(row.object[-7:], row.due_on) for row in rows] == [
        ("2026-11", date(2026, 12, 10)),
        ("2026-12", date(2027, 1, 10)),
    ]


@pytest.mark.parametrize("due_day", [28, 31])
def test_steps_leave_at_ten_on_both_clock_changes(session: Session, house: House, due_day: int) -> None:
    # 28 March and 31 October 2027 are the days on which the clocks change; both are Sundays.
    now = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
    world = make_world(session, house, now, due_day=due_day, opening_on=date(2027, 2, 28))
    for month in (3, 10):
        world.now = datetime(2027, month, 1, 9, 0, tzinfo=UTC)
        world.plans()
    rows = world.session.scalars(select(Occurrence)).all()
    assert {row.due_at.astimezone(PARIS).hour for row in rows} == {10}
    assert all(row.due_at.astimezone(PARIS).weekday() != 6 for row in rows)
    assert len({(row.rule, row.object) for row in rows}) == len(rows)
