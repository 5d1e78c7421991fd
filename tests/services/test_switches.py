"""What an organisation has switched off is neither chosen, nor planned, nor sent."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.tips import TipAnswer
from bot.domain.words import Drop
from bot.services import answers, people, switches
from bot.services.checkins import checkins
from bot.services.checkins import rows as checkin_rows
from bot.services.house import House
from bot.services.kinds import REGISTRY
from bot.services.switches import Kind, UnknownSwitch
from bot.services.tips import rhythm as tip_rhythm
from bot.services.tips import tips
from bot.services.tips import words as tip_words
from bot.storage import Database
from bot.storage.tables import Case, Occurrence, Outbox, Person
from tests.services.team import chat_of, staff, tenant


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as open_session:
        yield open_session


def switch(session: Session, house: House, person: Person, kind: Kind, name: str, on: bool = False) -> None:
    switches.turn(session, house, person.organisation_id, kind, name, on)


def rendered(session: Session, now: datetime, house: House, kind: str) -> object:
    row = session.scalars(select(Outbox).filter_by(kind=kind)).one()
    render = REGISTRY[kind].render
    assert render is not None
    return render(session, now, house, row)


def test_a_theme_or_a_tip_that_is_off_is_never_given_even_when_asked_for(
    session: Session, now: datetime, house: House
) -> None:
    person = tenant(session)
    first = tip_words.give(session, now, house, person, theme="water")
    assert first is not None
    best = tip_words.give(session, now, house, person, theme="water")
    assert best is not None
    session.delete(best)
    switch(session, house, person, Kind.TIP, best.tip)
    other = tip_words.give(session, now, house, person, theme="water")
    assert other is not None
    assert other.tip != best.tip
    switch(session, house, person, Kind.THEME, "water")
    given = tip_words.give(session, now, house, person, theme="water")
    assert given is not None
    assert house.content.tips.entries[given.tip].tip.theme != "water"
    switch(session, house, person, Kind.TIP, best.tip, on=True)
    switch(session, house, person, Kind.THEME, "water", on=True)
    again = tip_words.give(session, now, house, person, theme="water")
    assert again is not None
    assert again.tip == best.tip


def test_with_all_off_nothing_is_given_and_nothing_asked_of_the_home(
    session: Session, now: datetime, house: House
) -> None:
    person = tenant(session)
    for theme in house.content.tips.themes:
        switch(session, house, person, Kind.THEME, theme)
    assert tip_words.give(session, now, house, person) is None
    assert tip_words.ask_trait(session, now, house, person) is None


def test_nobody_is_asked_a_month_later_about_a_tip_that_is_off_by_then(
    session: Session, now: datetime, house: House
) -> None:
    person = tenant(session)
    people.set_consent(session, now, person, "tips", True, "tips.when")
    given = tip_words.give(session, now, house, person)
    assert given is not None
    given.answer = TipAnswer.WILL_TRY
    tip_rhythm.follow(session, now, house, given)
    session.flush()
    later = now + timedelta(days=31)
    tip_rhythm.fire_due(session, later, house)
    switch(session, house, person, Kind.TIP, given.tip)
    assert rendered(session, later, house, "tip_follow") == Drop("switched off")


def test_a_series_that_is_off_is_not_planned_and_its_queued_message_does_not_leave(
    session: Session, now: datetime, house: House
) -> None:
    person = tenant(session, referent=staff(session, "EQ01"))
    person.profiles = ["senior"]
    people.set_consent(session, now, person, "checkins", True, "checkin.offer.senior")
    session.flush()
    checkin_rows.plan(session, now, house)
    step = session.scalars(select(Occurrence).filter_by(rule="checkin")).one()
    checkins.fire_due(session, step.due_at, house)
    switch(session, house, person, Kind.SERIES, "senior")
    assert rendered(session, step.due_at, house, "checkin") == Drop("switched off")
    checkin_rows.plan(session, step.due_at + timedelta(hours=1), house)
    assert session.scalars(select(Occurrence.due_on).filter_by(rule="checkin")).all() == [step.due_on]
    switch(session, house, person, Kind.SERIES, "senior", on=True)
    checkin_rows.plan(session, step.due_at + timedelta(hours=1), house)
    assert len(session.scalars(select(Occurrence).filter_by(rule="checkin")).all()) == 2


def test_everything_is_listed_in_french_and_on_at_first(session: Session, house: House) -> None:
    person = tenant(session)
    found = switches.listed(session, house, person.organisation_id)
    assert all(one.on and one.title and not one.title.startswith("staff.") for one in found)
    counts = [sum(one.kind is kind for one in found) for kind in Kind]
    assert counts == [
        len(house.content.tips.themes), len(house.content.tips.entries), len(house.content.checkins.series),
        1,
    ]  # fmt: skip
    switch(session, house, person, Kind.SERIES, "senior")
    off = [one for one in switches.listed(session, house, person.organisation_id) if not one.on]
    assert [(one.kind, one.title) for one in off] == [(Kind.SERIES, "Aînés")]
    with pytest.raises(UnknownSwitch):
        switch(session, house, person, Kind.TIP, "senior")


def test_a_kit_that_is_off_is_neither_offered_nor_asked_for(
    session: Session, now: datetime, house: House
) -> None:
    person = tenant(session)
    offered = tips.asked(session, now, house, person, "le kit éco ?")
    switch(session, house, person, Kind.GIFT, switches.ECO_KIT)
    said = answers.answer(
        session, now, house, chat_of(session, person), person, "affirm", offered.question_id
    )
    assert said.text == house.texts.say("kit.none")
    assert tips.asked(session, now, house, person, "le kit éco ?").text == house.texts.say("kit.none")
    assert not session.scalars(select(Case)).all()
    switch(session, house, person, Kind.GIFT, switches.ECO_KIT, on=True)
    assert "mousseurs" in tips.asked(session, now, house, person, "le kit éco ?").text
