"""Check-ins: offered first, asked on their day, and what a bad answer or a silence leads to."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.states import Direction, OutboxState, Outcome, Register, Urgency
from bot.domain.words import Choice, Reply, Words
from bot.services import answers, outbox, people
from bot.services.cases import cases
from bot.services.checkins import checkins
from bot.services.checkins import rows as checkin_rows
from bot.services.house import House
from bot.storage import Database
from bot.storage.tables import Button, Case, Lease, LeasePerson, Message, Outbox, Person, Question
from bot.texts import Texts
from tests.services.team import chat_of, staff, tenant


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as open_session:
        yield open_session


def somebody(session: Session, now: datetime, *profiles: str, agrees: bool = True, **how: object) -> Person:
    person = tenant(session, referent=staff(session, "EQ01"), **how)  # type: ignore[arg-type]
    person.profiles = list(profiles)
    people.set_consent(session, now, person, "rent", True, "consent.ask")
    if agrees:
        people.set_consent(session, now, person, "checkins", True, "checkin.offer.senior")
    session.flush()
    return person


def pass_days(session: Session, now: datetime, house: House, days: int) -> datetime:
    """Every tick of these days, and all that leaves; returns the new now."""
    for _ in range(days * 4):
        now += timedelta(hours=6)
        checkin_rows.plan(session, now, house)
        checkins.fire_due(session, now, house)
        checkins.close_unanswered(session, now, house)
        session.flush()
        for row in session.scalars(select(Outbox).filter_by(state=OutboxState.QUEUED)).all():
            if row.not_before <= now:
                for sending in outbox.claim(session, now, house, [row.id]):
                    outbox.sent(session, now, {sending.row_id: (1, sending.words.text)})
    return now


def sent(session: Session, kind: str) -> list[Words]:
    rows = select(Outbox).filter_by(kind=kind, state=OutboxState.SENT).order_by(Outbox.id)
    return [Words.from_json(row.words) for row in session.scalars(rows)]


def press(
    session: Session, now: datetime, house: House, person: Person, title: str, of: Words | Reply
) -> Reply:
    to = chat_of(session, person)
    if isinstance(of, Reply):
        option = next(option for option in of.options if option.title == title)
        return answers.answer(session, now, house, to, person, option.intent, of.question_id, option.values)
    choice = next(choice for row in of.rows for choice in row if choice.title == title)
    button = session.scalars(select(Button).filter_by(key=choice.key)).one()
    return answers.answer(session, now, house, to, person, button.meaning, button.question_id, button.values)


def titles(words: Words) -> list[str]:
    return [choice.title for row in words.rows for choice in row if isinstance(choice, Choice)]


def test_the_first_word_is_an_offer_that_begins_with_no(
    session: Session, now: datetime, house: House
) -> None:
    person = somebody(session, now, "senior", agrees=False)
    later = pass_days(session, now, house, 15)
    (offer,) = sent(session, "checkin_offer")
    assert titles(offer) == ["Non merci", "D’accord"]
    assert not sent(session, "checkin")
    press(session, later, house, person, "Non merci", offer)
    pass_days(session, later, house, 40)
    assert len(sent(session, "checkin_offer")) == 1
    assert not sent(session, "checkin")


def test_yes_brings_the_question_and_fine_ends_it(session: Session, now: datetime, house: House) -> None:
    person = somebody(session, now, "senior", agrees=False)
    later = pass_days(session, now, house, 15)
    asked = press(session, later, house, person, "D’accord", sent(session, "checkin_offer")[0])
    assert "Comment ça va" in asked.text
    thanks = press(session, later, house, person, "Ça va", asked)
    assert "bonne nouvelle" in thanks.text
    later = pass_days(session, later, house, 31)
    assert len(sent(session, "checkin")) == 1
    assert not session.scalars(select(Case)).all()


def test_not_so_well_opens_a_case_at_once_and_asks_one_thing(
    session: Session, now: datetime, house: House
) -> None:
    person = somebody(session, now, "asr")
    later = pass_days(session, now, house, 3)
    heard = press(session, later, house, person, "Pas trop", sent(session, "checkin")[0])
    (case,) = session.scalars(select(Case)).all()
    assert (case.kind, case.urgency) == ("checkin_bad", Urgency.NORMAL)
    assert "au plus tard" in heard.text
    assert heard.text.count("?") == 1
    noted = press(session, later, house, person, "L’argent", heard)
    session.flush()
    assert "ajouté" in noted.text
    assert case.urgency is Urgency.HIGH
    assert "L’argent" in [e.detail["reason"] for e in case.history if e.detail][-1]


def test_two_silences_of_a_fragile_tenant_reach_the_referent_and_a_word_is_no_silence(
    session: Session, now: datetime, house: House
) -> None:
    person = somebody(session, now, "asr")
    later = pass_days(session, now, house, 12)
    assert len(sent(session, "checkin")) == 2
    assert not session.scalars(select(Case)).all()
    # Not an answer, but not silence either.
    session.add(
        Message(
            organisation_id=1, chat_id=chat_of(session, person).id, person_id=person.id,
            direction=Direction.IN, at=later, words="bonjour",
        )
    )  # fmt: skip
    later = pass_days(session, later, house, 14)
    assert not session.scalars(select(Case)).all()
    later = pass_days(session, later, house, 7)
    (case,) = session.scalars(select(Case)).all()
    assert case.kind == "checkin_silence"
    pass_days(session, later, house, 14)
    assert len(session.scalars(select(Case)).all()) == 1


def test_the_yes_that_brought_the_first_question_is_no_answer_to_it(
    session: Session, now: datetime, house: House
) -> None:
    person = somebody(session, now, "asr", agrees=False)
    later = pass_days(session, now, house, 3)
    press(session, later, house, person, "D’accord", sent(session, "checkin_offer")[0])
    session.add(
        Message(
            organisation_id=1, chat_id=chat_of(session, person).id, person_id=person.id, at=later,
            direction=Direction.IN, words="D’accord",
        )
    )  # fmt: skip
    session.flush()
    pass_days(session, later, house, 14)
    assert [case.kind for case in session.scalars(select(Case))] == ["checkin_silence"]


def test_silence_of_somebody_who_is_not_fragile_is_left_alone(
    session: Session, now: datetime, house: House
) -> None:
    somebody(session, now, "maison-partagee")
    pass_days(session, now, house, 6)
    # From Tuesday to Saturday, then once on Monday: Sunday's gives way.
    assert len(sent(session, "checkin")) == 6
    assert not session.scalars(select(Case)).all()


def test_after_a_follow_up_unless_another_goes_on_or_it_was_a_danger(
    session: Session, now: datetime, house: House
) -> None:
    person = somebody(session, now)
    worker = person.referent
    assert worker is not None

    def closed(person: Person, kind: str) -> None:
        case = cases.open_case(
            session, now, house, kind=kind, urgency=Urgency.NORMAL, reason="x", person=person
        )
        cases.claim(session, now, house, case.id, worker)
        cases.close(session, now, house, case.id, worker, Outcome.SETTLED)
        session.flush()

    def until(person: Person) -> object:
        return checkin_rows.facts_of(session, house, [person])[person.id].supported_until

    closed(person, "report_repair")
    assert until(person) == now.date()
    other = cases.open_case(
        session, now, house, kind="complain", urgency=Urgency.NORMAL, reason="x", person=person
    )
    session.flush()
    assert until(person) is None
    cases.claim(session, now, house, other.id, worker)
    cases.close(session, now, house, other.id, worker, Outcome.NO_NEED)
    session.flush()
    assert until(person) == now.date()
    closed(person, "report_violence")
    assert until(person) is None


def test_a_newcomer_is_asked_two_days_after_and_pictures_come_with_the_buttons(
    session: Session, now: datetime, house: House
) -> None:
    person = somebody(session, now, "pictogrammes", register=Register.SIMPLE)
    lease = Lease(
        organisation_id=1, reference="B1", starts_on=now.date() + timedelta(days=1), due_day=5,
        first_import_on=now.date(),
    )  # fmt: skip
    session.add(lease)
    session.flush()
    session.add(LeasePerson(organisation_id=1, lease_id=lease.id, person_id=person.id))
    later = pass_days(session, now, house, 4)
    (asked,) = sent(session, "checkin")
    assert titles(asked) == ["🟢 Ça va", "🟠 Pas trop", "🔴 Parler à une personne", "✖️ Arrêter ces questions"]
    stopped = press(session, later, house, person, "✖️ Arrêter ces questions", asked)
    assert "Les autres messages continuent" in stopped.text
    pass_days(session, later, house, 12)
    assert len(sent(session, "checkin")) == 1


def test_said_in_plain_words_it_answers_the_check_in_that_waits(
    session: Session, now: datetime, house: House
) -> None:
    person = somebody(session, now, "senior")
    later = pass_days(session, now, house, 15)
    to = chat_of(session, person)
    assert "bonne nouvelle" in checkins.told(session, later, house, to, person, "checkin_good").text
    assert session.scalars(select(Question).filter_by(kind="checkin")).one().answer == "good"
    # And with none waiting, "pas trop" still finds a person.
    assert "qu’est-ce qui ne va pas" in checkins.told(session, later, house, to, person, "checkin_bad").text
    assert session.scalars(select(Case)).one().kind == "checkin_bad"


def test_every_series_question_and_matter_has_its_words(texts: Texts, house: House) -> None:
    known = house.content.checkins
    wanted = {f"checkin.offer.{series.name}" for series in known.series}
    wanted |= {f"checkin.ask.{question}" for question in known.matters}
    wanted |= {f"checkin.matter.{matter}" for found in known.matters.values() for matter in found}
    assert wanted <= texts.ordinary.keys()
    assert {key for key in wanted if ".matter." not in key} <= texts.simple.keys()
