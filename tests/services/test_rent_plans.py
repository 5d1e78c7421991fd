"""Plans d'apurement from the proposal to their end."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.plans import Instalment, evenly
from bot.domain.states import CaseState, ChatState, InstalmentState, Outcome, PlanState, Register, Role
from bot.domain.words import Drop, Reply, Words
from bot.services import answers, people
from bot.services.cases import cases
from bot.services.house import House
from bot.services.rent import plan_rows, rent
from bot.services.rent import plans as rent_plans
from bot.services.rent import talk as rent_talk
from bot.services.rent.plans import PlanRefused
from bot.services.rent.said import NOTHING
from bot.storage import Database
from bot.storage.tables import Case, Chat, Outbox, Person, Plan, Question, Staff
from tests.services.rent_world import PLANNED, World, make_world, skipped


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as session:
        yield session


@pytest.fixture
def world(session: Session, house: House) -> World:
    """350 € a month; December is unpaid: its case opens on Monday 14 December."""
    now = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    world = make_world(session, house, now, opening_on=date(2026, 11, 24), first_import_on=now.date())
    world.covers(date(2027, 12, 31))
    return world


def a_case(world: World) -> Case:
    world.at(12, 14)
    (case,) = world.cases()
    return case


def staff(world: World) -> Staff:
    member = Staff(
        organisation_id=world.organisation.id,
        reference="EQ1",
        last_name="Kerdoncuff",
        first_name="Maëlle",
        role=Role.CASEWORKER,
    )
    world.session.add(member)
    world.session.flush()
    return member


def proposed(world: World, count: int = 3, first_on: date = date(2027, 1, 15)) -> Plan:
    """December's 350 € in three times, on the 15th."""
    case = a_case(world)
    plan = rent_plans.propose(
        world.session,
        world.now,
        world.house,
        staff(world),
        case,
        world.lease,
        evenly(35_000, count, first_on),
    )
    world.session.flush()
    return plan


def answers_with(world: World, person: Person, meaning: str) -> Reply:
    question = world.session.scalars(select(Question).filter_by(kind="rent_plan")).one()
    chat = people.active_chat(world.session, person)
    assert chat is not None
    reply = answers.answer(world.session, world.now, world.house, chat, person, meaning, question.id)
    world.session.flush()
    return reply


def leaves(world: World, kind: str) -> Words | Drop:
    return world.leaves([row for row in world.outbox() if row.kind == kind][-1])


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def accepted(world: World) -> tuple[Person, Plan]:
    person = world.tenant("Durand")
    plan = proposed(world)
    assert isinstance(leaves(world, "plan_proposal"), Words)
    answers_with(world, person, "affirm")
    return person, plan


def test_the_proposal_says_the_amounts_the_days_and_who_proposes(world: World) -> None:
    world.tenant("Durand")
    proposed(world)
    words = leaves(world, "plan_proposal")
    assert isinstance(words, Words)
    text = plain(words.text)
    assert "Maëlle Kerdoncuff" in text
    assert "• 116,00 €, le vendredi 15 janvier\n• 116,00 €, le lundi 15 février\n• 118,00 €" in text
    assert [row[0].title for row in words.rows] == [
        "Cela me convient",
        "J’aimerais en discuter",
        "Parler à une personne",
    ]


def test_yes_begins_the_plan_and_silences_the_old_debt(world: World) -> None:
    person = world.tenant("Durand")
    plan = proposed(world)
    leaves(world, "plan_proposal")
    told = plain(answers_with(world, person, "affirm").text)
    assert "La première date est le vendredi 15 janvier : 116,00 €, en plus du loyer" in told
    assert (plan.state, plan.accepted_on, plan.debt_cents) == (
        PlanState.ACCEPTED,
        date(2026, 12, 14),
        35_000,
    )
    assert plan_rows.repays(world.session, world.lease, date(2026, 12, 5))
    assert not plan_rows.repays(world.session, world.lease, date(2027, 1, 5))


def test_the_rent_of_the_month_comes_before_the_instalment(world: World) -> None:
    _, plan = accepted(world)
    # Without a plan this would settle December first.
    world.pays(date(2027, 1, 4), 35_000)
    account = rent.account(world.session, world.lease, date(2027, 1, 10))
    december, january = account.term(date(2026, 12, 1)), account.term(date(2027, 1, 1))
    assert december is not None
    assert january is not None
    assert (december.remaining_cents, january.remaining_cents) == (35_000, 0)
    world.pays(date(2027, 1, 14), 11_600)
    account = rent.account(world.session, world.lease, date(2027, 1, 15))
    assert plan_rows.paid_cents(plan, account) == 11_600


def test_a_plan_kept_to_its_end_is_thanked(world: World) -> None:
    _, plan = accepted(world)
    for month, cents in ((1, 11_600), (2, 11_600), (3, 11_800)):
        world.pays(date(2027, month, 4), 35_000)
        world.at(month, 11, year=2027)
        assert [row.kind for row in world.outbox()].count("plan_reminder") == month
        reminder = leaves(world, "plan_reminder")
        assert isinstance(reminder, Words)
        assert f"{cents // 100},00 €" in plain(reminder.text)
        world.pays(date(2027, month, 14), cents)
        world.at(month, 25, year=2027)
    assert plan.state is PlanState.KEPT
    assert {part.state for part in plan.instalments} == {InstalmentState.PAID}
    kept = leaves(world, "plan_kept")
    assert isinstance(kept, Words)
    assert "tout ce qui était convenu est réglé" in kept.text
    assert rent.account(world.session, world.lease, date(2027, 3, 25)).overdue_cents == 0


def test_one_missed_becomes_a_sign_on_the_case_once(world: World) -> None:
    _, plan = accepted(world)
    world.pays(date(2027, 1, 4), 35_000)
    world.pays(date(2027, 1, 14), 11_600)
    world.pays(date(2027, 2, 4), 35_000)
    world.at(2, 16, year=2027)
    assert [part.state for part in plan.instalments][:2] == [InstalmentState.PAID, InstalmentState.PLANNED]
    before = len(world.reasons())
    world.at(2, 26, year=2027)
    assert plan.instalments[1].state is InstalmentState.MISSED
    (reason,) = world.reasons()[before:]
    assert "l’échéance 2 sur 3 (116,00 €, le 15 février 2027) n’est pas payée ; il manque 116,00 €" in plain(
        reason
    )
    # The plan goes on: people decide.
    assert plan.state is PlanState.ACCEPTED


def test_a_missed_instalment_opens_a_case_when_the_first_is_closed(world: World) -> None:
    person, plan = accepted(world)
    case = world.session.get_one(Case, plan.case_id)
    case.state, case.outcome, case.closed_at = CaseState.CLOSED, Outcome.PLAN, world.now
    world.pays(date(2027, 1, 4), 35_000)
    world.at(1, 21, year=2027)
    assert [(found.person_id, found.state) for found in world.cases()] == [
        (person.id, CaseState.CLOSED),
        (person.id, CaseState.NEW),
    ]


def test_nothing_is_missed_for_a_day_that_the_bank_file_does_not_cover(world: World) -> None:
    _, plan = accepted(world)
    world.covers(date(2027, 1, 18))
    world.at(1, 25, year=2027)
    assert plan.instalments[0].state is InstalmentState.PLANNED
    world.covers(date(2027, 1, 25))
    world.at(1, 26, year=2027)
    assert plan.instalments[0].state is InstalmentState.MISSED


def news_rows(world: World) -> list[Outbox]:
    """What who follows the case was told, the oldest first."""
    return list(world.session.scalars(select(Outbox).filter_by(kind="case_news").order_by(Outbox.id)))


def news(world: World) -> list[str]:
    return [row.occasion.split("/")[0] for row in news_rows(world)]


def test_who_follows_the_case_hears_what_becomes_of_the_plan(world: World) -> None:
    person = world.tenant("Durand")
    plan = proposed(world)
    case, member = world.session.get_one(Case, plan.case_id), world.session.scalars(select(Staff)).one()
    world.session.add(
        Chat(
            organisation_id=member.organisation_id,
            bot_id=1,
            telegram_id=7,
            staff_id=member.id,
            state=ChatState.ACTIVE,
        )
    )
    cases.claim(world.session, world.now, world.house, case.id, member)
    leaves(world, "plan_proposal")
    answers_with(world, person, "affirm")
    assert news(world) == ["plan_accepted"]
    # A wait goes on after a good news, which leaves all the same.
    case.state, case.waiting_until = CaseState.WAITING, datetime(2027, 4, 30, tzinfo=UTC)
    world.session.flush()
    assert isinstance(world.leaves(news_rows(world)[-1]), Words)
    world.pays(date(2027, 1, 4), 35_000)
    world.at(1, 21, year=2027)
    assert news(world) == ["plan_accepted", "plan_missed"]
    assert case.state is CaseState.TAKEN
    words = world.leaves(news_rows(world)[-1])
    assert isinstance(words, Words)
    assert "Durand" not in words.text
    for day, cents in ((date(2027, 1, 22), 35_000), (date(2027, 2, 4), 35_000), (date(2027, 3, 4), 35_000)):
        world.pays(day, cents)
    world.at(3, 25, year=2027)
    assert news(world) == ["plan_accepted", "plan_missed", "plan_kept"]


def test_a_last_instalment_that_comes_late_still_ends_the_plan(world: World) -> None:
    _, plan = accepted(world)
    for month in (1, 2, 3):
        world.pays(date(2027, month, 4), 35_000)
    world.at(3, 25, year=2027)
    assert plan.state is PlanState.ACCEPTED
    world.pays(date(2027, 4, 2), 2 * 35_000)
    world.at(4, 6, year=2027)
    assert plan.state is PlanState.KEPT


def test_no_goes_to_a_person(world: World) -> None:
    person = world.tenant("Durand")
    plan = proposed(world)
    leaves(world, "plan_proposal")
    told = answers_with(world, person, "deny").text
    assert "rien n’est décidé" in told
    assert "verra cela" in told
    assert plan.state is PlanState.DISCUSSED
    assert world.reasons()[-1].startswith("Aimerait discuter du plan proposé.")


def test_another_proposal_takes_the_place_of_one_that_waits(world: World) -> None:
    person = world.tenant("Durand")
    first = proposed(world)
    leaves(world, "plan_proposal")
    case = world.session.get_one(Case, first.case_id)
    member = world.session.scalars(select(Staff)).one()
    again = evenly(35_000, 5, date(2027, 1, 15))
    second = rent_plans.propose(world.session, world.now, world.house, member, case, world.lease, again)
    world.session.flush()
    assert first.state is PlanState.ENDED
    # The first proposal's button is late: it begins nothing.
    assert "déjà passée" in answers_with(world, person, "affirm").text
    assert second.state is PlanState.PROPOSED


def test_agreed_by_word_of_mouth_without_telegram(world: World) -> None:
    world.tenant("Durand", linked=False)
    plan = proposed(world)
    assert world.outbox() == []
    member = world.session.scalars(select(Staff)).one()
    rent_plans.accept(world.session, world.now, world.house, plan, member)
    assert plan.state is PlanState.ACCEPTED
    with pytest.raises(PlanRefused, match="not_proposed"):
        rent_plans.accept(world.session, world.now, world.house, plan, member)


def test_a_plan_that_is_stopped_counts_money_as_before(world: World) -> None:
    _, plan = accepted(world)
    world.pays(date(2027, 1, 4), 35_000)
    world.at(1, 14, year=2027)
    member = world.session.scalars(select(Staff)).one()
    rent_plans.end(world.session, world.now, world.house, plan, member)
    world.session.flush()
    # What came in meanwhile stays where the plan had put it; what comes now settles the oldest.
    world.pays(date(2027, 2, 4), 35_000)
    account = rent.account(world.session, world.lease, date(2027, 2, 10))
    december, february = account.term(date(2026, 12, 1)), account.term(date(2027, 2, 1))
    assert december is not None
    assert february is not None
    assert (december.remaining_cents, february.remaining_cents) == (0, 35_000)
    world.at(1, 30, year=2027)
    assert plan.instalments[0].state is InstalmentState.PLANNED


@pytest.mark.parametrize(
    ("instalments", "code"),
    [
        ([], "instalments"),
        ([Instalment(date(2027, 1, 15), 0)], "instalments"),
        ([Instalment(date(2026, 12, 14), 10_000)], "days"),
        ([Instalment(date(2027, 1, 15), 100), Instalment(date(2027, 1, 15), 100)], "days"),
        ([Instalment(date(2027, 1, 15), 35_001)], "too_much"),
    ],
)
def test_what_can_not_be_proposed(world: World, instalments: list[Instalment], code: str) -> None:
    world.tenant("Durand")
    case, member = a_case(world), staff(world)
    with pytest.raises(PlanRefused, match=code):
        rent_plans.propose(world.session, world.now, world.house, member, case, world.lease, instalments)


def test_a_followed_plan_is_not_replaced(world: World) -> None:
    _, plan = accepted(world)
    case = world.session.get_one(Case, plan.case_id)
    member = world.session.scalars(select(Staff)).one()
    with pytest.raises(PlanRefused, match="followed"):
        rent_plans.propose(
            world.session,
            world.now,
            world.house,
            member,
            case,
            world.lease,
            evenly(35_000, 2, date(2027, 1, 15)),
        )


def test_the_steps_of_a_repaid_term_are_over(session: Session, house: House) -> None:
    now = datetime(2026, 12, 7, 9, 0, tzinfo=UTC)
    world = make_world(session, house, now)
    person = world.tenant("Durand")
    world.covers(date(2027, 12, 31))
    rent_talk.answer(session, now, house, person, "request_payment_plan", NOTHING, None)
    (case,) = world.cases()
    plan = rent_plans.propose(
        session, now, house, staff(world), case, world.lease, evenly(35_000, 2, date(2027, 1, 15))
    )
    rent_plans.accept(session, now, house, plan)
    world.at(12, 14)
    assert world.steps() == {
        "reminder": skipped("plan"),
        "question": skipped("plan"),
        "case": skipped("plan"),
    }
    assert world.steps("2027-01")["case"] == PLANNED


def test_whole_euros_and_the_rest_at_the_end() -> None:
    assert evenly(35_050, 3, date(2027, 1, 31)) == [
        Instalment(date(2027, 1, 31), 11_600),
        Instalment(date(2027, 2, 28), 11_600),
        Instalment(date(2027, 3, 31), 11_850),
    ]
    with pytest.raises(ValueError, match="nothing"):
        evenly(200, 3, date(2027, 1, 31))


@pytest.mark.parametrize("register", list(Register))
def test_no_amount_in_discreet_mode(world: World, register: Register) -> None:
    person = world.tenant("Caron", discreet=True, register=register)
    proposed(world)
    proposal = leaves(world, "plan_proposal")
    told = answers_with(world, person, "affirm").text
    world.at(1, 11, year=2027)
    reminder = leaves(world, "plan_reminder")
    assert isinstance(proposal, Words)
    assert isinstance(reminder, Words)
    for text in (proposal.text, told, reminder.text):
        assert "€" not in text
        assert not any(word in text.lower() for word in ("loyer", "pay", "dette", "impay"))
