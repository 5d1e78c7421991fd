"""Promises from the word to the money, or to a person."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.states import PromiseState, Register
from bot.domain.words import Drop, Reply, Words
from bot.services import answers, people
from bot.services.house import House
from bot.services.rent import talk as rent_talk
from bot.services.rent.said import Said
from bot.storage import Database
from bot.storage.tables import Person, Promise, Question
from tests.services.rent_world import DONE, PLANNED, World, make_world, skipped


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as session:
        yield session


@pytest.fixture
def world(session: Session, house: House) -> World:
    """350 € due on Saturday 5 December; the question leaves on Tuesday the 8th, the case on the 14th."""
    now = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    world = make_world(session, house, now, opening_on=date(2026, 11, 24), first_import_on=now.date())
    world.covers(date(2027, 2, 28))
    return world


def says(
    world: World, person: Person, day: str = "", cents: int | None = None, parts: int | None = None
) -> Reply:
    """ "Je vais payer", with the day and the amount that the message may say."""
    days = tuple(date.fromisoformat(text[:10]) for text in day.split())
    question = world.session.scalar(
        select(Question).filter_by(person_id=person.id, closed_at=None, kind="rent")
    )
    reply = rent_talk.answer(
        world.session, world.now, world.house, person, "payment_promise", Said(days, cents, parts), question
    )
    world.session.flush()
    return reply


def presses(world: World, person: Person, meaning: str, **values: Any) -> Reply:
    """A button of "quel jour ?"."""
    chat = people.active_chat(world.session, person)
    assert chat is not None
    question = world.session.scalars(
        select(Question).filter_by(person_id=person.id, kind="rent_when").order_by(Question.id.desc())
    ).first()
    assert question is not None
    reply = answers.answer(world.session, world.now, world.house, chat, person, meaning, question.id, values)
    world.session.flush()
    return reply


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def states(world: World) -> list[PromiseState]:
    return list(world.session.scalars(select(Promise.state).order_by(Promise.id)))


def kinds(world: World) -> list[str]:
    return [row.kind for row in world.queued()]


def asked(world: World) -> None:
    world.at(12, 8)
    assert isinstance(world.leaves(world.queued()[-1]), Words)


def test_without_a_day_it_is_asked_with_buttons(world: World) -> None:
    person = world.tenant("Durand")
    asked(world)
    reply = says(world, person)
    assert "Quel jour pensez-vous pouvoir payer" in plain(reply.text)
    assert [option.title for option in reply.options] == [
        "Vendredi 11 décembre",
        "Mardi 15 décembre",
        "Je ne sais pas encore",
        "Parler à une personne",
    ]
    told = plain(presses(world, person, "payment_promise", day="2026-12-11").text)
    assert "vous pensez payer 350,00 € le vendredi 11 décembre" in told
    assert states(world) == [PromiseState.REPLACED, PromiseState.OPEN]


def test_between_two_days_the_person_chooses_and_the_amount_is_kept(world: World) -> None:
    person = world.tenant("Durand")
    asked(world)
    reply = says(world, person, "2026-12-07 2026-12-11 2026-12-15", cents=20_000)
    assert "quel jour voulez-vous dire" in plain(reply.text)
    assert [option.title for option in reply.options][:3] == [
        "Vendredi 11 décembre",
        "Mardi 15 décembre",
        "Je ne sais pas encore",
    ]
    told = presses(world, person, "payment_promise", **reply.options[1].values)
    assert "vous pensez payer 200,00 € le mardi 15 décembre" in plain(told.text)
    assert states(world) == [PromiseState.REPLACED, PromiseState.OPEN]


def test_a_promise_in_several_parts_is_a_plan_that_a_person_makes(world: World) -> None:
    person = world.tenant("Durand")
    asked(world)
    reply = says(world, person, parts=3)
    assert "une personne" in plain(reply.text).lower()
    assert "Demande à payer en 3 fois." in plain(world.reasons()[0])


def test_the_end_of_the_month_is_offered_when_a_promise_may_hold_so_long(world: World) -> None:
    world.lease.due_day = 20
    person = world.tenant("Durand")
    world.at(12, 22)
    titles = [option.title for option in says(world, person).options]
    # Friday 25 December is a holiday.
    assert titles[:2] == ["Mardi 29 décembre", "À la fin du mois"]


def test_a_promise_holds_the_case_and_a_kept_one_is_thanked(world: World) -> None:
    person = world.tenant("Durand")
    asked(world)
    says(world, person, "2026-12-18T00:00:00.000+01:00")
    world.at(12, 17)
    assert world.steps() == {"reminder": DONE, "question": DONE, "case": PLANNED}
    world.pays(date(2026, 12, 18), 35_000)
    world.at(12, 22)
    assert states(world) == [PromiseState.KEPT]
    assert world.steps()["case"] == skipped("paid")
    thanks = world.queued()[-1]
    assert thanks.kind == "rent_thanks"
    words = world.leaves(thanks)
    assert isinstance(words, Words)
    assert "votre loyer de décembre est réglé. Merci." in words.text
    assert world.cases() == []


def test_a_broken_promise_opens_the_case_with_its_reason(world: World) -> None:
    person = world.tenant("Durand")
    asked(world)
    says(world, person, "2026-12-11")
    # Friday the 11th: the bank's two days end on Tuesday the 15th.
    world.at(12, 14)
    assert (world.cases(), world.steps()["case"]) == ([], PLANNED)
    world.at(12, 15)
    assert states(world) == [PromiseState.BROKEN]
    assert world.steps()["case"] == skipped("promise_broken")
    (reason,) = world.reasons()
    assert "Promesse du 8 décembre 2026 non tenue : 350,00 € le 11 décembre 2026." in plain(reason)
    world.at(12, 31)
    assert len(world.reasons()) == 1


def test_nothing_is_broken_for_a_day_that_the_bank_file_does_not_cover(world: World) -> None:
    person = world.tenant("Durand")
    asked(world)
    says(world, person, "2026-12-11")
    world.covers(date(2026, 12, 14))
    world.at(12, 18)
    assert (states(world), world.cases()) == ([PromiseState.OPEN], [])
    world.covers(date(2026, 12, 18))
    world.at(12, 19)
    assert states(world) == [PromiseState.BROKEN]


def test_a_day_too_far_goes_to_a_person_at_once(world: World) -> None:
    person = world.tenant("Durand")
    asked(world)
    # Fifteen days after the 5th is the 20th.
    reply = says(world, person, "2026-12-21")
    assert "c’est un peu loin" in reply.text
    assert "Une personne de l’équipe verra cela" in reply.text
    (case,) = world.cases()
    assert "Propose de payer 350,00 € le 21 décembre 2026, plus de 15 jours" in plain(world.reasons()[0])
    world.at(12, 24)
    assert case.person_id == person.id
    assert states(world) == [PromiseState.BROKEN]


def test_fifteen_days_past_due_still_holds(world: World) -> None:
    person = world.tenant("Durand")
    asked(world)
    assert "c’est noté" in says(world, person, "2026-12-20").text
    assert world.cases() == []


def test_the_next_promise_goes_to_a_person_and_a_correction_does_not(world: World) -> None:
    person = world.tenant("Durand")
    asked(world)
    says(world, person, "2026-12-11")
    world.at(12, 8, 11)
    assert "c’est noté" in says(world, person, "2026-12-14").text
    assert (states(world), world.cases()) == ([PromiseState.REPLACED, PromiseState.OPEN], [])
    world.at(12, 10)
    assert "Comme la date a changé" in says(world, person, "2026-12-18").text
    (reason,) = world.reasons()
    assert "Propose une autre date que la première : 350,00 € le 18 décembre 2026." in plain(reason)


def test_a_day_given_while_a_person_follows_the_rent_is_told_to_that_person(world: World) -> None:
    person = world.tenant("Durand")
    world.at(12, 14)
    assert len(world.cases()) == 1
    reply = says(world, person, "2026-12-18")
    assert "qui suit votre situation" in reply.text
    assert "A dit le 14 décembre 2026 vouloir payer" in world.reasons()[1]
    # Without a day nothing is asked: the person of the team asks.
    assert says(world, person).options == ()


def test_an_undated_promise_is_asked_again_once_then_goes_to_a_person(world: World) -> None:
    person = world.tenant("Durand")
    asked(world)
    says(world, person)
    assert "dans quelques jours" in presses(world, person, "unsure").text
    world.at(12, 14, 18)
    assert (kinds(world)[-1], world.steps()["case"]) == ("rent_question", PLANNED)
    world.at(12, 15)
    again = world.queued()[-1]
    assert again.kind == "rent_when"
    words = world.leaves(again)
    assert isinstance(words, Words)
    assert "Savez-vous maintenant quel jour" in words.text
    assert words.rows[0][0].title == "Vendredi 18 décembre"
    assert "J’ai transmis votre message" in presses(world, person, "unsure").text
    assert "Ne sait toujours pas quel jour payer." in world.reasons()[0]
    assert world.leaves(again) == Drop("case")


def test_an_undated_promise_without_an_answer_becomes_a_case(world: World) -> None:
    person = world.tenant("Durand")
    asked(world)
    says(world, person)
    world.at(12, 16)
    assert world.cases() == []
    world.at(12, 17)
    assert "A annoncé un paiement le 8 décembre 2026, sans donner de jour." in world.reasons()[0]
    assert kinds(world).count("rent_when") == 1


def test_a_part_that_was_promised_is_enough_and_the_rest_goes_on(world: World) -> None:
    person = world.tenant("Durand")
    asked(world)
    assert "150,00 €" in plain(says(world, person, "2026-12-11", 15_000).text)
    world.pays(date(2026, 12, 11), 15_000)
    world.at(12, 12)
    assert states(world) == [PromiseState.KEPT]
    words = world.leaves(world.queued()[-1])
    assert isinstance(words, Words)
    assert "Il reste 200,00 € pour votre loyer de décembre" in plain(words.text)
    world.at(12, 15)
    assert "A payé comme promis le 8 décembre 2026 (150,00 €" in plain(world.reasons()[0])


def test_said_before_the_due_day_it_silences_the_question_too(world: World) -> None:
    person = world.tenant("Durand")
    says(world, person, "2026-12-10")
    world.at(12, 11)
    assert world.steps() == {"reminder": skipped("told"), "question": PLANNED, "case": PLANNED}
    world.pays(date(2026, 12, 10), 35_000)
    world.at(12, 15)
    assert states(world) == [PromiseState.KEPT]
    assert world.steps()["question"] == skipped("paid")


def test_a_day_that_is_past_is_asked_again(world: World) -> None:
    person = world.tenant("Durand")
    asked(world)
    assert "Quel jour" in says(world, person, "2026-12-07").text


def test_one_tenants_promise_holds_the_lease_and_stays_theirs(world: World) -> None:
    first, second = world.tenant("Haddouche"), world.tenant("Petit")
    asked(world)
    says(world, second, "2026-12-11")
    world.at(12, 14)
    assert world.cases() == []
    world.pays(date(2026, 12, 11), 35_000)
    world.at(12, 15)
    assert [row.chat.person_id for row in world.queued() if row.kind == "rent_thanks"] == [second.id]
    assert first.id != second.id


def test_the_answer_when_the_money_is_there_already(world: World) -> None:
    person = world.tenant("Durand")
    asked(world)
    says(world, person)
    world.pays(date(2026, 12, 8), 35_000)
    assert "rien à payer" in presses(world, person, "payment_promise", day="2026-12-11").text


def test_a_person_can_be_asked_for_from_the_buttons_of_both_questions(world: World) -> None:
    person = world.tenant("Durand")
    asked(world)
    chat = people.active_chat(world.session, person)
    assert chat is not None
    question = world.session.scalars(select(Question).filter_by(kind="rent")).one()
    reply = answers.answer(world.session, world.now, world.house, chat, person, "request_human", question.id)
    assert "Une personne de l’équipe verra cela" in reply.text
    says(world, person)
    assert "Une personne de l’équipe verra cela" in presses(world, person, "request_human").text


@pytest.mark.parametrize("register", list(Register))
def test_no_amount_in_discreet_mode(world: World, register: Register) -> None:
    person = world.tenant("Caron", discreet=True, register=register)
    asked(world)
    said = [says(world, person).text, presses(world, person, "unsure").text]
    world.at(12, 15)
    again = world.leaves(world.queued()[-1])
    assert isinstance(again, Words)
    said += [again.text, presses(world, person, "payment_promise", day="2026-12-18").text]
    world.pays(date(2026, 12, 17), 35_000)
    world.at(12, 18)
    thanks = world.leaves(world.queued()[-1])
    assert isinstance(thanks, Words)
    for text in [*said, thanks.text]:
        assert "€" not in text
        assert not any(word in text.lower() for word in ("loyer", "pay", "dette", "impay"))
