"""Those who want no message get none, the unreachable are called, nobody hears of the other."""

import pytest

from bot.domain.states import ChatState, OutboxState
from tests.scenarios.parts import until
from tests.scenarios.story import World


@pytest.mark.parametrize("words", ["STOP", "/pause"])
def test_stop_holds_back_even_what_was_queued(world: World, words: str) -> None:
    kevin = world.tenant("B-0105").agrees()
    world.move_to("2026-12-08T09:00")
    world.bank_file("2026-12-08", unpaid=("B-0105",))
    # Telegram asks to wait: the question is queued when the tenant writes.
    world.standin.fault("retry_after", method="sendMessage", chat_id=kevin.telegram.id, seconds=4)
    world.jump_to("2026-12-08T10:00")
    world.wait_until_held_back("rent_question")

    kevin.write(words)
    kevin.wait_for("stop.done")
    assert kevin.chat_state() is ChatState.PAUSED
    # The answer goes before it; then it is its turn, and it does not leave.
    until(lambda: world.outbox("rent_question")[0].state is not OutboxState.QUEUED, "it is decided")
    (row,) = world.outbox("rent_question")
    assert (row.state, row.reason) == (OutboxState.DROPPED, "paused")

    # Silence for two months, but an answer for who asks one; and the messages come back on request.
    world.bank_file("2027-01-03")
    world.move_to("2027-01-12T12:00")
    kevin.write("combien je dois ?")
    kevin.wait_for("rent.info.person")
    kevin.write("reprendre")
    kevin.wait_for("resume.done")
    assert kevin.chat_state() is ChatState.ACTIVE
    world.nothing_else_was_sent(troubles=("not delivered",))


@pytest.mark.parametrize("seen_by", ["telegram says so", "a message is refused"])
def test_blocked_by_the_tenant(world: World, seen_by: str) -> None:
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    world.move_to("2026-12-08T09:00")
    world.bank_file("2026-12-08", unpaid=("B-0105",))
    if seen_by == "telegram says so":
        kevin.telegram.block()
        maelle.wait_for("case.alert.normal")
        world.move_to("2026-12-08T10:00")
    else:
        world.standin.fault("blocked", method="sendMessage", chat_id=kevin.telegram.id)
        world.move_to("2026-12-08T10:00")
        maelle.wait_for("case.alert.normal")

    assert kevin.chat_state() is ChatState.UNREACHABLE
    assert [case.kind for case in world.cases()] == ["undelivered"]
    world.nothing_else_was_sent(troubles=("not delivered",))


def test_unblocked_again(world: World) -> None:
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    kevin.telegram.block()
    maelle.wait_for("case.alert.normal")
    kevin.telegram.unblock()
    kevin.write("combien je dois ?")
    kevin.wait_for("rent.info.person")

    assert kevin.chat_state() is ChatState.ACTIVE
    world.nothing_else_was_sent()


def test_one_of_two_tenants_never_hears_what_the_other_said(world: World) -> None:
    rachid = world.tenant("B-0107", "L-0107").agrees()
    nadia = world.tenant("B-0107", "L-0107B").agrees()
    maelle = world.caseworker("EQ01").joins()
    world.move_to("2026-12-14T09:00")
    world.bank_file("2026-12-14", unpaid=("B-0107",))
    world.move_to("2026-12-14T10:00")
    rachid.wait_for("rent.question")
    question = nadia.wait_for("rent.question")

    rachid.write("je ne pourrai pas payer, j'ai perdu mon emploi")
    rachid.wait_for("rent.difficulty")
    maelle.wait_for("case.alert.high")
    nadia.write("combien on doit ?")
    assert "emploi" not in nadia.wait_for("rent.info.person").text
    nadia.press(question, "C’est payé")
    nadia.wait_for("rent.done")

    # The household shares the account, not the talk: each has a case and answers of their own.
    (case,) = world.cases()
    assert case.person.reference == "L-0107"
    world.nothing_else_was_sent()
