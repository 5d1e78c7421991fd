"""The day of a workshop: the morning's list, presence, people nobody expected, thanks and two questions."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.states import Role, Urgency
from bot.domain.words import Drop, Words
from bot.services import answers
from bot.services.cases import cases, handover
from bot.services.house import House
from bot.services.kinds import REGISTRY
from bot.services.workshops import audience, day, workshops
from bot.services.workshops.refusals import WorkshopRefused
from bot.storage import Database
from bot.storage.tables import Case, Occurrence, Outbox, Person, Staff, Workshop
from tests.services.team import chat, chat_of, staff, tenant
from tests.services.test_staff_desk import Phone, plain, titles
from tests.services.test_workshops import leaving, make


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as open_session:
        yield open_session


@pytest.fixture
def mediator(session: Session) -> Staff:
    return staff(session, "EQ03", Role.MEDIATOR)


@pytest.fixture
def workshop(session: Session, now: datetime, house: House, mediator: Staff) -> Workshop:
    """Thursday 10 December 2026, 14 h."""
    starts_at = datetime(2026, 12, 10, 14, tzinfo=house.zone)
    made = make(session, now, starts_at=starts_at, led_by=mediator)
    audience.plan_steps(session, house, made)
    session.flush()
    return made


def worded(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    render = REGISTRY[row.kind].render
    assert render is not None
    return render(session, now, house, row)


def test_the_list_comes_in_the_morning_and_presence_is_one_tap_each(
    session: Session, now: datetime, house: House, mediator: Staff, workshop: Workshop
) -> None:
    ana, ben = tenant(session, "L-1"), tenant(session, "L-2")
    workshops.register(session, now, house, workshop, ana, 2)
    workshops.leave(session, now, house, workshop, ben)
    morning = datetime(2026, 12, 10, 8, tzinfo=house.zone)
    assert day.fire_due(session, morning - timedelta(minutes=1), house) == 0
    assert day.fire_due(session, morning, house) == 1
    (row,) = leaving(session, "workshop_day")
    said = worded(session, morning, house, row)
    assert isinstance(said, Words)
    assert "Places réservées : 2." in plain(said.text)
    phone = Phone(session, morning, house, mediator)
    opened = phone.presses(phone.types("atelier"), "Cuisine d'hiver")
    shown = phone.presses(opened, "Noter les présents")
    assert titles(shown) == ["Kévin Lemoine (2)", "Une personne de plus"]
    shown = phone.presses(shown, "Kévin Lemoine (2)")
    assert "Présents : 2." in shown.text
    assert titles(phone.presses(shown, "✓ Kévin Lemoine (2)"))[0] == "Kévin Lemoine (2)"
    shown = phone.presses(phone.presses(shown, "Une personne de plus"), "Une personne de plus")
    assert "Venus sans prévenir : 2." in shown.text
    linked = phone.presses(phone.types("atelier", "L-2"), "Cuisine d'hiver")
    assert "✓ Kévin Lemoine (1)" in titles(linked)
    # Nobody who came without a word takes a seat.
    assert workshop.seats_taken == 2
    assert "aucun locataire" in phone.types("atelier", "L-99").text


def test_presence_is_said_from_the_day_on(
    session: Session, now: datetime, house: House, mediator: Staff, workshop: Workshop
) -> None:
    workshops.register(session, now, house, workshop, tenant(session), 1)
    phone = Phone(session, now, house, mediator)
    assert "Noter les présents" not in titles(phone.presses(phone.types("atelier"), "Cuisine d'hiver"))
    assert "Aucun atelier aujourd’hui" in phone.types("atelier", "L-1").text
    with pytest.raises(WorkshopRefused, match="not_begun"):
        day.add_walk_ins(session, now, house, workshop, 1)


def came(session: Session, house: House, workshop: Workshop, person: Person) -> datetime:
    """That tenant was there; the next morning."""
    during = workshop.starts_at + timedelta(hours=1)
    workshops.register(session, during - timedelta(days=3), house, workshop, person, 1)
    place = workshops.place_of(session, workshop, person)
    assert place is not None
    day.mark(session, during, house, workshop, place.id, True)
    return datetime(2026, 12, 11, 10, tzinfo=house.zone)


def test_those_who_came_are_thanked_and_asked_two_questions(
    session: Session, house: House, mediator: Staff, workshop: Workshop
) -> None:
    ana, absent, late = (tenant(session, name) for name in ("L-1", "L-2", "L-3"))
    after = came(session, house, workshop, ana)
    for person in (absent, late):
        workshops.register(session, after - timedelta(days=3), house, workshop, person, 1)
    assert day.fire_due(session, after, house) == 2
    (thanks,) = leaving(session, "workshop_thanks")
    said = worded(session, after, house, thanks)
    assert isinstance(said, Words)
    assert [row[0].title for row in said.rows] == ["Oui", "Un peu", "Pas vraiment"]
    second = answers.answer(session, after, house, chat_of(session, ana), ana, "affirm")
    assert [option.title for option in second.options] == ["Oui", "Peut-être", "Non"]
    done = answers.answer(
        session, after, house, chat_of(session, ana), ana, "unsure",
        question_id=second.question_id, values=second.options[1].values,
    )  # fmt: skip
    assert "Merci beaucoup" in done.text
    assert day.opinions(session, workshop) == {"useful.yes": 1, "again.maybe": 1}
    # Noted late, they are thanked at once; never twice.
    place = workshops.place_of(session, workshop, late)
    assert place is not None
    for present in (True, False, True):
        day.mark(session, after, house, workshop, place.id, present)
    assert [row.chat.person_id for row in leaving(session, "workshop_thanks")] == [ana.id, late.id]
    shown = Phone(session, after, house, mediator).types("atelier")
    assert "Cuisine d'hiver" in titles(shown)


def test_nothing_of_a_workshop_is_said_to_somebody_in_danger_and_discreet_words_name_none(
    session: Session, house: House, workshop: Workshop
) -> None:
    ana = tenant(session, "L-1", discreet=True)
    after = came(session, house, workshop, ana)
    day.fire_due(session, after, house)
    (thanks,) = leaving(session, "workshop_thanks")
    said = worded(session, after, house, thanks)
    assert isinstance(said, Words)
    assert "Cuisine" not in said.text
    cases.open_case(
        session, after, house, kind="report_violence", urgency=Urgency.URGENT, reason="x", person=ana
    )
    assert worded(session, after, house, thanks) == Drop("danger")


def test_the_steps_follow_a_workshop_that_moves(session: Session, house: House, workshop: Workshop) -> None:
    workshop.starts_at = datetime(2026, 12, 12, 14, tzinfo=house.zone)
    audience.plan_steps(session, house, workshop)
    rows = session.scalars(select(Occurrence).where(Occurrence.rule.in_(("workshop.day", "workshop.thanks"))))
    states = sorted((row.rule, row.due_on.day, row.state.value) for row in rows)
    assert states == [
        ("workshop.day", 10, "skipped"), ("workshop.day", 12, "planned"),
        ("workshop.thanks", 10, "skipped"), ("workshop.thanks", 12, "planned"),
    ]  # fmt: skip


def test_somebody_whom_a_neighbour_invited_reaches_a_person(
    session: Session, now: datetime, house: House
) -> None:
    unknown = chat(session)
    for intent in ("register_workshop", "ask_workshops"):
        assert handover.stranger(session, now, house, unknown, intent).text
    (case,) = session.scalars(select(Case))
    assert (case.kind, case.urgency.value) == ("stranger", "normal")
