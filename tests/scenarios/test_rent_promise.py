"""Promises to pay, told from the telephone: the day, the wait, the thanks, or a person."""

from bot.domain.states import CaseState
from bot.standin.people import Message
from tests.scenarios.conftest import MakeWorld
from tests.scenarios.story import Tenant, World


def asked(world: World, lease: str = "B-0105") -> tuple[Tenant, Message]:
    """The question of December has come to that household (233 € due on Saturday 5 December)."""
    tenant = world.tenant(lease).agrees()
    world.move_to("2026-12-08T09:00")
    world.bank_file("2026-12-08", unpaid=(lease,))
    world.move_to("2026-12-08T10:30")
    return tenant, tenant.wait_for("rent.question")


def test_a_kept_promise_is_thanked(world: World) -> None:
    kevin, question = asked(world)
    kevin.press(question, "Je vais payer bientôt")
    when = kevin.wait_for("rent.promise.when")
    assert when.buttons == [
        "Vendredi 11 décembre",
        "Mardi 15 décembre",
        "Je ne sais pas encore",
        "Parler à une personne",
    ]
    kevin.press(when, "Mardi 15 décembre")
    assert "mardi 15 décembre" in kevin.wait_for("rent.promise.noted").text
    # The day of the case passes in silence.
    world.move_to("2026-12-14T12:00")
    world.bank_file("2026-12-14", unpaid=("B-0105",))
    world.move_to("2026-12-15T20:00")
    world.bank_file("2026-12-15")
    world.move_to("2026-12-16T12:00")
    kevin.wait_for("rent.thanks")
    assert not world.cases()
    world.nothing_else_was_sent()


def test_a_broken_promise_opens_a_case_with_its_reason(world: World) -> None:
    maelle = world.caseworker("EQ01").joins()
    kevin, question = asked(world)
    kevin.press(question, "Je vais payer bientôt")
    kevin.wait_for("rent.promise.when")
    # Days in the shortest words answer the question; between two of them the person chooses.
    kevin.write("le 11 ou le 15")
    which = kevin.wait_for("rent.promise.which")
    assert which.buttons[:2] == ["Vendredi 11 décembre", "Mardi 15 décembre"]
    kevin.write("vandredi alors")
    assert "vendredi 11 décembre" in kevin.wait_for("rent.promise.noted").text
    world.move_to("2026-12-15T20:00")
    world.bank_file("2026-12-15", unpaid=("B-0105",))
    assert not world.cases()
    world.move_to("2026-12-16T12:00")
    maelle.wait_for("case.alert.high")
    (case,) = world.cases()
    assert "Promesse du 8 décembre 2026 non tenue" in case.history[0].detail["reason"]
    world.nothing_else_was_sent()


def test_a_second_promise_goes_to_a_person(world: World) -> None:
    maelle = world.caseworker("EQ01").joins()
    kevin, question = asked(world)
    kevin.press(question, "Je vais payer bientôt")
    when = kevin.wait_for("rent.promise.when")
    kevin.press(when, "Vendredi 11 décembre")
    kevin.wait_for("rent.promise.noted")
    world.move_to("2026-12-10T15:00")
    # Pressed late, the buttons of a question that was answered do nothing by themselves.
    kevin.press(when, "Mardi 15 décembre")
    kevin.wait_for("answer.late")
    kevin.write("je paierai 100 euros le 18")
    assert "le vendredi 18 décembre" in kevin.wait_for("rent.promise.again").text
    maelle.wait_for("case.alert.high")
    (case,) = world.cases()
    assert case.state is CaseState.NEW
    world.nothing_else_was_sent()


def test_i_do_not_know_is_asked_again_after_seven_days(world: World) -> None:
    kevin, question = asked(world)
    kevin.press(question, "Je vais payer bientôt")
    kevin.press(kevin.wait_for("rent.promise.when"), "Je ne sais pas encore")
    kevin.wait_for("rent.promise.unsure")
    world.move_to("2026-12-14T12:00")
    assert not world.cases()
    world.move_to("2026-12-15T12:00")
    again = kevin.wait_for("rent.when")
    kevin.press(again, "Vendredi 18 décembre")
    kevin.wait_for("rent.promise.noted")
    world.nothing_else_was_sent()


def test_i_will_not_be_able_to_pay_in_december_said_on_25_november(make_world: MakeWorld) -> None:
    world = make_world(starts="2026-11-25T09:00")
    maelle = world.caseworker("EQ01").joins()
    kevin = world.tenant("B-0105").agrees()
    kevin.write("je ne pourrai pas payer en décembre")
    assert "verra cela au plus tard" in kevin.wait_for("rent.difficulty").text
    maelle.takes(maelle.wait_for("case.alert.high"))
    kevin.wait_for("case.told.taken")
    (case,) = world.cases()
    assert case.object.endswith("/2026-12")
    # Neither the reminder of the 30th nor the question of the 8th: a person follows this rent.
    world.move_to("2026-12-08T09:00")
    world.bank_file("2026-12-08", unpaid=("B-0105",))
    world.move_to("2026-12-12T12:00")
    assert not world.outbox("rent_reminder")
    assert not world.outbox("rent_question")
    assert maelle.reads_digests() == 12
    world.nothing_else_was_sent()
