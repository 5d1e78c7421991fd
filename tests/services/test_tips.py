"""Tips: asked for, each week at the chosen hour, answered, followed a month later."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.states import OccurrenceState, OutboxState, Outcome, Register, Urgency
from bot.domain.words import Drop, Reply, Words
from bot.services import answers, outbox, people
from bot.services.cases import cases
from bot.services.checkins import checkins
from bot.services.checkins import messages as checkin_messages
from bot.services.house import House
from bot.services.kinds import REGISTRY
from bot.services.tips import eco_kit, home_traits, tips
from bot.services.tips import rhythm as tip_rhythm
from bot.services.tips import words as tip_words
from bot.storage import Database
from bot.storage.tables import Case, Occurrence, Outbox, Person, TipGiven
from bot.texts.format import folded
from tests.services.team import chat_of, staff, tenant


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as open_session:
        yield open_session


def press(session: Session, now: datetime, house: House, person: Person, reply: Reply, title: str) -> Reply:
    """Press the button of that title below `reply`."""
    option = next(option for option in reply.options if option.title == title)
    to = chat_of(session, person)
    return answers.answer(
        session, now, house, to, person, option.intent, reply.question_id, {**option.values}
    )


def weekly(session: Session) -> list[Outbox]:
    return list(session.scalars(select(Outbox).filter_by(kind="tip").order_by(Outbox.id)))


def worded(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    render = REGISTRY[row.kind].render
    assert render is not None
    return render(session, now, house, row)


def test_asked_tried_and_followed_a_month_later(session: Session, now: datetime, house: House) -> None:
    person = tenant(session)
    reply = tips.asked(session, now, house, person, "comment baisser ma facture ?")
    assert [option.title for option in reply.options] == [
        "Déjà fait", "Je vais essayer", "Pas chez moi", "J’ai une question", "Un conseil chaque semaine",
    ]  # fmt: skip
    offer = press(session, now, house, person, reply, "Un conseil chaque semaine")
    hour = press(session, now, house, person, offer, "Samedi")
    rhythm = press(session, now, house, person, hour, "9\u00a0h")
    assert "chaque samedi vers 9" in rhythm.text
    # One question about the home comes with it, never two.
    assert rhythm.text.count("?") == 1
    noted = press(session, now, house, person, reply, "Je vais essayer")
    assert "dans un mois" in noted.text
    later = now + timedelta(days=30)
    tip_rhythm.fire_due(session, later, house)
    row = session.scalars(select(Outbox).filter_by(kind="tip_follow")).one()
    said = worded(session, later, house, row)
    assert isinstance(said, Words)
    given = session.scalars(select(TipGiven)).first()
    assert given is not None
    entry = tip_words.entry_of(house, given)
    assert entry is not None
    assert entry.title[:10] in said.text


def test_how_to_lower_a_bill_is_answered_by_a_gesture_that_saves(
    session: Session, now: datetime, house: House
) -> None:
    tips.asked(session, now, house, tenant(session), "comment baisser ma facture ?")
    given = session.scalars(select(TipGiven)).one()
    entry = tip_words.entry_of(house, given)
    assert entry is not None
    assert entry.tip.weight == 3
    assert entry.figure


def test_each_week_at_the_chosen_hour_over_the_change_of_clocks(
    session: Session, now: datetime, house: House
) -> None:
    person = tenant(session)
    march = datetime(2027, 3, 17, 9, 0, tzinfo=UTC)
    assert tip_rhythm.start(session, march, house, person, 2, 18) == date(2027, 3, 24)
    seen = []
    for week in range(1, 4):
        at = march + timedelta(days=7 * week, hours=12)
        tip_rhythm.fire_due(session, at, house)
        seen.append(weekly(session)[-1].not_before.astimezone(house.zone).hour)
        assert len(weekly(session)) == week
    planned = session.scalars(select(Occurrence).filter_by(state=OccurrenceState.PLANNED)).one()
    assert planned.due_at.astimezone(house.zone).hour == 18
    assert planned.due_on == date(2027, 4, 14)


def test_after_a_long_stop_one_tip_comes_and_a_new_rhythm_takes_the_place(
    session: Session, now: datetime, house: House
) -> None:
    person = tenant(session)
    tip_rhythm.start(session, now, house, person, 5, 9)
    tip_rhythm.fire_due(session, now + timedelta(days=40), house)
    assert len(weekly(session)) == 1
    tip_rhythm.start(session, now + timedelta(days=40), house, person, 0, 12)
    planned = session.scalars(select(Occurrence).filter_by(state=OccurrenceState.PLANNED)).one()
    assert planned.due_on.weekday() == 0


def test_the_same_message_worded_twice_gives_the_same_tip_and_the_next_another(
    session: Session, now: datetime, house: House
) -> None:
    person = tenant(session, register=Register.SIMPLE)
    tip_rhythm.start(session, now, house, person, 5, 9)
    tip_rhythm.fire_due(session, now + timedelta(days=5), house)
    tip_rhythm.fire_due(session, now + timedelta(days=12), house)
    first, second = weekly(session)
    texts = [worded(session, now, house, row) for row in (first, first, second)]
    assert all(isinstance(text, Words) for text in texts)
    said = [text.text for text in texts if isinstance(text, Words)]
    assert said[0] == said[1] != said[2]


def test_stop_under_a_tip_stops_tips_alone(session: Session, now: datetime, house: House) -> None:
    person = tenant(session)
    people.set_consent(session, now, person, "rent", True, "consent.ask")
    tip_rhythm.start(session, now, house, person, 5, 9)
    tip_rhythm.fire_due(session, now + timedelta(days=5), house)
    reply = tips.asked(session, now, house, person, "un conseil")
    stopped = press(session, now, house, person, reply, "Stop les conseils")
    assert "Les autres messages continuent" in stopped.text
    session.flush()
    (row,) = weekly(session)
    assert not outbox.claim(session, row.not_before, house, [row.id])
    assert (row.state, row.reason) == (OutboxState.DROPPED, "consent")
    tip_rhythm.fire_due(session, now + timedelta(days=20), house)
    assert len(weekly(session)) == 1
    assert people.has_consent(session, person, "rent")


def test_no_for_the_rhythm_is_not_asked_again(session: Session, now: datetime, house: House) -> None:
    person = tenant(session)
    reply = tips.asked(session, now, house, person, "un conseil")
    offer = press(session, now, house, person, reply, "Déjà fait")
    assert "chaque semaine" in offer.text
    refused = press(session, now, house, person, offer, "Non merci")
    assert not refused.options
    again = tips.asked(session, now, house, person, "un conseil")
    assert not press(session, now, house, person, again, "Déjà fait").options


def test_a_cold_home_is_offered_a_person_and_never_told_to_heat_less(
    session: Session, now: datetime, house: House
) -> None:
    person = tenant(session)
    people.set_consent(session, now, person, "tips", True, "tips.when")
    home_traits.note(session, now, person, "heating_control", True)
    home_traits.note(session, now, person, "fragile", False)
    asked = tip_words.ask_trait(session, now, house, person)
    assert asked is not None
    assert "froid" in asked.text
    offer = press(session, now, house, person, asked, "Oui")
    assert "aucun conseil pour moins chauffer" in offer.text
    press(session, now, house, person, offer, "Oui")
    assert [case.kind for case in session.scalars(select(Case))] == ["report_repair"]


def test_an_old_tenant_is_fragile_whatever_is_said(session: Session, now: datetime, house: House) -> None:
    person = tenant(session)
    person.born_on = "1950-05-05"
    home_traits.note(session, now, person, "fragile", False)
    assert home_traits.home_of(session, now.date(), house.content.tips, person)["fragile"]


def test_who_told_of_bad_health_or_of_cold_is_never_told_to_heat_less(
    session: Session, now: datetime, house: House
) -> None:
    person = tenant(session, referent=staff(session, "EQ01"))
    for trait in ("fragile", "cold"):
        home_traits.note(session, now, person, trait, False)
    visit = house.content.checkins.visit("newcomer", "j10")
    assert visit is not None
    checkin_messages.ask(session, now, house, person, visit, "2026-12-01")
    worry = checkins.told(session, now, house, chat_of(session, person), person, "checkin_bad")
    press(session, now, house, person, worry, "J’ai froid")
    home = home_traits.home_of(session, now.date(), house.content.tips, person)
    assert (home["cold"], home["fragile"]) == (True, False)
    cases.open_case(
        session, now, house, kind="report_health", urgency=Urgency.NORMAL, reason="x", person=person
    )
    session.flush()
    assert home_traits.home_of(session, now.date(), house.content.tips, person)["fragile"]


def test_not_here_means_that_the_thing_is_not_there(session: Session, now: datetime, house: House) -> None:
    person = tenant(session)
    reply = tips.asked(session, now, house, person, "des idées pour la douche")
    assert "douche" in reply.text
    press(session, now, house, person, reply, "Pas chez moi")
    assert home_traits.home_of(session, now.date(), house.content.tips, person)["shower"] is False


@pytest.mark.parametrize(
    ("text", "theme"),
    [
        ("comment trier mes poubelles", "waste"),
        ("éviter la moisissure", "air"),
        ("le radiateur je le mets sur combien", "heating"),
        ("comment baisser ma facture", None),
        ("mon chauffe-eau est trop chaud", "hot_water"),
        ("le bac ou l'eau", None),
    ],
)
def test_the_theme_that_words_name(house: House, text: str, theme: str | None) -> None:
    assert tips.theme_of(house.content.tips, folded(text)) == theme


def test_the_kit_is_asked_for_brought_and_counted(session: Session, now: datetime, house: House) -> None:
    worker = staff(session, "EQ01")
    person = tenant(session, referent=worker)
    offer = tips.asked(session, now, house, person, "kit éco svp")
    press(session, now, house, person, offer, "Oui")
    (case,) = session.scalars(select(Case)).all()
    assert case.kind == eco_kit.KIND
    cases.claim(session, now, house, case.id, worker)
    cases.close(session, now, house, case.id, worker, Outcome.SETTLED)
    session.flush()
    assert "déjà été remis" in tips.asked(session, now, house, person, "le kit").text
