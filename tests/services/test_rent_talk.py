"""What a tenant says of paying, and what is answered."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.states import CaseState, Outcome, Register
from bot.domain.words import Drop, Words
from bot.services.house import House
from bot.services.rent import talk as rent_talk
from bot.services.rent.said import NOTHING
from bot.storage import Database
from bot.storage.tables import Lease, LeasePerson, Person, Question
from tests.services.rent_world import DONE, World, make_world, skipped


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as session:
        yield session


@pytest.fixture
def world(session: Session, house: House) -> World:
    now = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    return make_world(session, house, now, opening_on=date(2026, 11, 24), first_import_on=now.date())


def say(world: World, person: Person, intent: str, *, pending: bool = False) -> str:
    question = None
    if pending:
        question = world.session.scalars(
            select(Question).filter_by(person_id=person.id, closed_at=None)
        ).one()
    reply = rent_talk.answer(world.session, world.now, world.house, person, intent, NOTHING, question)
    world.session.flush()
    return reply.text.replace("\u00a0", " ").replace("\u202f", " ")


def asked(world: World) -> None:
    """Go to the question of December and let it leave."""
    world.covers(date(2027, 1, 31))
    world.at(12, 8)
    assert isinstance(world.leaves(world.queued()[-1]), Words)


@pytest.mark.parametrize("intent", ["payment_difficulty", "request_payment_plan"])
def test_a_difficulty_said_before_the_due_day_opens_the_case_at_once(world: World, intent: str) -> None:
    person = world.tenant("Ngoma")
    text = say(world, person, intent)
    assert "Une personne de l’équipe verra cela au plus tard" in text
    (case,) = world.cases()
    assert (case.person_id, case.object) == (person.id, f"lease:{world.lease.id}/2026-12")
    world.covers(date(2026, 12, 31))
    world.at(12, 14)
    assert world.steps() == {"reminder": skipped("told"), "question": skipped("case"), "case": DONE}
    assert len(world.cases()) == 1
    assert len(world.reasons()) == 2
    assert world.queued() == []


def test_a_difficulty_in_answer_to_the_question_closes_it(world: World) -> None:
    person = world.tenant("Traoré")
    asked(world)
    say(world, person, "payment_difficulty", pending=True)
    question = world.session.scalars(select(Question)).one()
    assert (question.answer, question.closed_at) == ("payment_difficulty", world.now)
    assert "350,00" in world.reasons()[0]


def test_paid_is_noted_and_the_case_still_opens_if_nothing_comes(world: World) -> None:
    person = world.tenant("Durand")
    asked(world)
    assert "deux jours à apparaître" in say(world, person, "payment_done", pending=True)
    world.at(12, 14)
    assert world.steps()["case"] == DONE
    assert "A répondu le 8 décembre 2026 que c’est payé" in world.reasons()[0]


def test_paid_is_confirmed_when_the_account_shows_it(world: World) -> None:
    person = world.tenant("Durand")
    asked(world)
    world.pays(date(2026, 12, 7), 35_000)
    assert "c’est bien arrivé" in say(world, person, "payment_done", pending=True)


def test_paid_is_not_confirmed_while_an_old_debt_is_left(
    session: Session, house: House, now: datetime
) -> None:
    world = make_world(session, house, now, opening_cents=5_000)
    person = world.tenant("Mahamat")
    world.pays(date(2026, 12, 4), 35_000)
    world.at(12, 18)
    assert "c’est noté" in say(world, person, "payment_done")


def test_paid_said_before_the_question_means_that_it_is_not_asked(world: World) -> None:
    person = world.tenant("Durand")
    world.covers(date(2026, 12, 31))
    world.at(12, 7)
    say(world, person, "payment_done")
    world.at(12, 8)
    assert world.steps()["question"] == skipped("told")


def test_paid_said_while_nothing_is_due_notes_nothing(world: World) -> None:
    person = world.tenant("Durand")
    world.pays(date(2026, 12, 4), 35_000)
    world.at(12, 12)
    say(world, person, "payment_done")
    assert world.session.scalars(select(Question)).all() == []


def test_a_payment_announced_before_the_due_day_is_asked_about_once_after_it(world: World) -> None:
    person = world.tenant("Durand")
    assert "vous pensez payer bientôt" in say(world, person, "payment_promise")
    world.covers(date(2026, 12, 31))
    world.at(12, 8)
    assert world.steps() == {"reminder": skipped("told"), "question": DONE, "case": ("planned", "")}
    assert isinstance(world.leaves(world.queued()[-1]), Words)
    assert "Quel jour pensez-vous" in say(world, person, "payment_promise", pending=True)
    world.at(12, 31)
    assert "A annoncé un paiement le 8 décembre 2026, sans donner de jour." in world.reasons()[0]


def test_plain_words_answer_the_question_that_waits(world: World) -> None:
    person = world.tenant("Durand")
    asked(world)
    say(world, person, "payment_promise")
    question = world.session.scalars(select(Question).filter_by(kind="rent")).one()
    assert question.answer == "payment_promise"
    assert question.asked_at <= world.now


def test_what_one_tenant_says_is_not_answered_to_another(world: World) -> None:
    first, second = world.tenant("Haddouche"), world.tenant("Petit")
    asked(world)
    say(world, second, "payment_difficulty")
    (case,) = world.cases()
    assert case.person_id == second.id
    # The first one's own case, when the first one speaks.
    say(world, first, "payment_difficulty")
    assert [found.person_id for found in world.cases()] == [second.id, first.id]


def test_a_question_queued_when_the_case_opens_does_not_leave(world: World) -> None:
    first = world.tenant("Haddouche")
    world.tenant("Petit")
    world.covers(date(2026, 12, 31))
    world.at(12, 8)
    say(world, first, "payment_difficulty")
    assert [world.leaves(row) for row in world.queued()[-2:]] == [Drop("told"), Drop("case")]


def test_a_second_difficulty_joins_the_case_until_it_is_closed(world: World) -> None:
    person = world.tenant("Durand")
    say(world, person, "payment_difficulty")
    world.at(1, 6, year=2027)
    say(world, person, "payment_difficulty")
    (case,) = world.cases()
    case.state, case.outcome, case.closed_at = CaseState.CLOSED, Outcome.PLAN, world.now
    world.session.flush()
    say(world, person, "request_payment_plan")
    assert len(world.cases()) == 2


def test_someone_without_a_lease_is_answered_too(session: Session, house: House, now: datetime) -> None:
    world = make_world(session, house, now)
    person = world.tenant("Durand")
    session.delete(session.scalars(select(LeasePerson)).one())
    session.flush()
    assert "Je ne trouve pas de bail" in rent_talk.info(session, now, house, person)
    assert say(world, person, "payment_difficulty")
    assert [case.object for case in world.cases()] == [""]
    assert say(world, person, "payment_promise")
    assert "c’est noté" in say(world, person, "payment_done")


def test_an_intent_about_something_else_is_an_error(world: World) -> None:
    with pytest.raises(KeyError):
        say(world, world.tenant("Durand"), "greet")


def test_without_a_bank_file_nothing_is_said_of_the_balance(world: World) -> None:
    person = world.tenant("Durand")
    world.organisation.bank_covered_until = None
    assert info(world, person).startswith(
        "Je ne connais pas encore les paiements reçus : je ne peux pas vous dire ce qui reste à payer.\n"
        "Ensuite : le loyer de décembre, 350,00 €, à payer le samedi 5 décembre."
    )


def info(world: World, person: Person) -> str:
    text = rent_talk.info(world.session, world.now, world.house, person)
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_what_is_owed_and_what_comes_next(world: World) -> None:
    person = world.tenant("Durand")
    world.covers(date(2026, 12, 10))
    world.at(12, 11)
    text = info(world, person)
    assert "Il reste 350,00 € à payer à ce jour." in text
    assert "jusqu’au jeudi 10 décembre" in text
    assert "le loyer de janvier, 350,00 €, à payer le mardi 5 janvier" in text
    world.pays(date(2026, 12, 10), 80_000)
    assert "avec 450,00 € d’avance" in info(world, person)
    assert "est déjà réglé" in info(world, person)


def test_each_lease_is_named_when_there_are_several(world: World) -> None:
    person = world.tenant("Durand")
    other = make_world(world.session, world.house, world.now, reference="B2", residence="Les Garages")
    own = {"organisation_id": world.organisation.id}
    world.session.add(LeasePerson(**own, lease_id=other.lease.id, person_id=person.id))
    world.session.flush()
    assert "Logement : Les Garages." in info(world, person)
    assert "Logement : B1." in info(world, person)
    ended = world.session.get_one(Lease, other.lease.id)
    ended.ends_on = date(2026, 11, 1)
    world.session.flush()
    assert "Logement" not in info(world, person)


@pytest.mark.parametrize("register", list(Register))
def test_no_amount_in_discreet_mode(world: World, register: Register) -> None:
    person = world.tenant("Caron", discreet=True, register=register)
    world.covers(date(2026, 12, 31))
    world.at(12, 1)
    reminder = world.leaves(world.queued()[-1])
    world.at(12, 8)
    question = world.leaves(world.queued()[-1])
    assert isinstance(reminder, Words)
    assert isinstance(question, Words)
    said = [
        reminder.text,
        question.text,
        *(choice.title for words in (reminder, question) for row in words.rows for choice in row),
        info(world, person),
        say(world, person, "payment_done", pending=True),
        say(world, person, "payment_promise"),
        say(world, person, "payment_difficulty"),
    ]
    for text in said:
        assert "€" not in text
        assert not any(word in text.lower() for word in ("loyer", "pay", "dette", "impay"))
