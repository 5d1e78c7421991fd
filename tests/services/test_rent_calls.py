"""What Palier can't write becomes a call; a file that does not come, a word to the administrator."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.states import CallState, ChatState, Role, Urgency
from bot.domain.words import Drop, Words
from bot.services import people
from bot.services.cases import cases
from bot.services.cases.cases import CaseRefused
from bot.services.house import House
from bot.services.rent import bank_watch
from bot.services.rent import calls as rent_calls
from bot.storage import Database
from bot.storage.tables import CallLine, Chat, Organisation, Outbox, Staff
from tests.services.rent_world import DONE, World, make_world, skipped


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as session:
        yield session


@pytest.fixture
def world(session: Session, house: House) -> World:
    now = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
    world = make_world(session, house, now, first_import_on=now.date())
    world.covers(date(2027, 2, 28))
    return world


def staff(world: World, role: Role = Role.CASEWORKER, *, telegram: int = 0) -> Staff:
    member = Staff(
        organisation_id=world.organisation.id, reference=f"{role}{telegram}", last_name="K", role=role
    )
    world.session.add(member)
    world.session.flush()
    if telegram:
        chat = Chat(
            organisation_id=world.organisation.id,
            bot_id=1,
            telegram_id=telegram,
            staff_id=member.id,
            state=ChatState.ACTIVE,
        )
        world.session.add(chat)
        world.session.flush()
    return member


def calls(world: World, member: Staff) -> list[tuple[str, int]]:
    found = rent_calls.open_calls(world.session, world.now, world.house, member)
    return [(call.line.rule, call.missing_cents) for call in found]


def test_a_household_without_telegram_is_called_and_the_question_takes_the_reminders_place(
    world: World,
) -> None:
    world.tenant("Dubreuil", linked=False)
    member = staff(world)
    world.at(12, 1)
    assert world.steps()["reminder"] == skipped("no_channel")
    assert calls(world, member) == [("rent.reminder", 35_000)]
    (line,) = world.session.scalars(select(CallLine)).all()
    rent_calls.done(world.session, world.now, member, line.id)
    assert (line.state, line.done_by_id) == (CallState.DONE, member.id)
    assert calls(world, member) == []
    world.pays(date(2026, 12, 6), 10_000)
    world.at(12, 8)
    assert calls(world, member) == [("rent.question", 25_000)]
    assert world.outbox() == []


@pytest.mark.parametrize("state", [ChatState.PAUSED, ChatState.UNREACHABLE])
def test_paused_or_blocked_too(world: World, state: ChatState) -> None:
    person = world.tenant("Durand")
    chat = people.active_chat(world.session, person)
    assert chat is not None
    chat.state = state
    world.at(12, 1)
    assert len(calls(world, staff(world))) == 1


def test_one_reached_tenant_of_the_lease_is_enough(world: World) -> None:
    world.tenant("Haddouche")
    world.tenant("Petit", linked=False)
    world.at(12, 1)
    assert world.steps()["reminder"] == DONE
    assert calls(world, staff(world)) == []


def test_nobody_is_called_about_the_rent_in_danger(world: World) -> None:
    person = world.tenant("Durand", linked=False)
    cases.open_case(
        world.session,
        world.now,
        world.house,
        kind="report_violence",
        urgency=Urgency.URGENT,
        reason="signe",
        person=person,
    )
    world.at(12, 9)
    assert calls(world, staff(world)) == []


def test_what_is_paid_or_followed_leaves_the_list(world: World) -> None:
    world.tenant("Durand", linked=False)
    member = staff(world)
    world.at(12, 8)
    assert len(calls(world, member)) == 1
    world.at(12, 14)
    assert len(world.cases()) == 1
    assert calls(world, member) == []
    world.at(1, 2, year=2027)
    assert calls(world, member) == []


def test_the_referents_own_first_and_another_organisation_sees_nothing(world: World) -> None:
    mine, other = staff(world), staff(world, Role.COORDINATOR)
    first = world.tenant("Durand", linked=False)
    first.referent_id = other.id
    second = make_world(world.session, world.house, world.now, reference="B2")
    theirs = second.tenant("Petit", linked=False)
    theirs.referent_id = mine.id
    world.at(12, 1)
    found = rent_calls.open_calls(world.session, world.now, world.house, mine)
    assert [call.line.person_id for call in found] == [theirs.id, first.id]
    assert (rent_calls.count(world.session, mine), rent_calls.count(world.session, other)) == (1, 1)
    elsewhere = Organisation(reference="autre", name="Autre", settings={})
    world.session.add(elsewhere)
    world.session.flush()
    foreign = Staff(organisation_id=elsewhere.id, reference="X", last_name="X", role=Role.CASEWORKER)
    world.session.add(foreign)
    world.session.flush()
    assert rent_calls.open_calls(world.session, world.now, world.house, foreign) == []
    with pytest.raises(CaseRefused, match="unknown"):
        rent_calls.done(world.session, world.now, foreign, found[0].line.id)


def warned(world: World) -> int:
    return bank_watch.warn(world.session, world.now, world.house)


def test_a_late_file_is_told_once_a_working_day_to_the_administrator(world: World) -> None:
    staff(world, Role.COORDINATOR, telegram=7)
    staff(world, Role.ADMINISTRATOR, telegram=8)
    # Covered until Friday 4 December: Monday's and Tuesday's files may still come until Wednesday.
    world.covers(date(2026, 12, 4))
    world.at(12, 8)
    assert warned(world) == 0
    world.at(12, 9)
    assert warned(world) == 1
    assert warned(world) == 0
    (row,) = world.session.scalars(select(Outbox).filter_by(kind="bank_late")).all()
    assert row.chat.telegram_id == 8
    words = world.leaves(row)
    assert isinstance(words, Words)
    assert "4 décembre 2026" in words.text
    world.at(12, 10)
    assert warned(world) == 1
    # Neither at night nor on Sunday.
    world.at(12, 12, 21)
    assert warned(world) == 0
    world.at(12, 13)
    assert warned(world) == 0
    world.covers(date(2026, 12, 11))
    assert world.leaves(row) == Drop("came")


def test_a_file_that_never_came_is_told_to_whom_can_hear(world: World) -> None:
    staff(world, Role.COORDINATOR, telegram=7)
    world.organisation.bank_covered_until = None
    world.session.flush()
    assert warned(world) == 1
    row = world.session.scalars(select(Outbox).filter_by(kind="bank_late")).one()
    words = world.leaves(row)
    assert isinstance(words, Words)
    assert "aucun fichier" in words.text
