"""Killed or stopped at the worst moment, Palier comes back: nothing lost, nothing done twice."""

import os
import signal
from pathlib import Path

import httpx

from bot.domain.states import InboxState, OutboxState
from tests.scenarios.parts import until
from tests.scenarios.story import Tenant, World, running_world

# Longer than the kill takes, shorter than the gateway's patience.
SLOW_MILLISECONDS = 2500


def telegram_takes_its_time(world: World, tenant: Tenant) -> None:
    world.settle()
    world.standin.fault(
        "delay", method="sendMessage", chat_id=tenant.telegram.id, milliseconds=SLOW_MILLISECONDS
    )


def kill_while_sending(world: World, kind: str) -> None:
    """The process dies after it asked Telegram and before it learned that the message was sent."""
    world.wait_until(OutboxState.SENDING, kind)
    until(lambda: any(call["fault"] == "delay" for call in world.standin.journal("sendMessage")), "it asks")
    world.bot.kill()


def test_a_reply_in_doubt_is_sent_once_more(world: World) -> None:
    kevin = world.tenant("B-0105").agrees()
    telegram_takes_its_time(world, kevin)
    kevin.write("combien je dois ?")
    kill_while_sending(world, "reply")
    kevin.wait_for("rent.info.person")

    world.bot.start()
    kevin.wait_for("rent.info.person")
    world.nothing_else_was_sent()
    assert all(row.state is OutboxState.SENT for row in world.outbox("reply"))


def test_a_question_about_the_rent_in_doubt_is_not_repeated(world: World) -> None:
    kevin = world.tenant("B-0105").agrees()
    world.move_to("2026-12-08T09:00")
    world.bank_file("2026-12-08", unpaid=("B-0105",))
    telegram_takes_its_time(world, kevin)
    world.jump_to("2026-12-08T10:00")
    kill_while_sending(world, "rent_question")
    question = kevin.wait_for("rent.question")

    world.bot.start()
    world.wait_until(OutboxState.UNKNOWN, "rent_question")
    # It did arrive, and its buttons answer the question that was written down before it left.
    kevin.press(question, "C’est payé")
    kevin.wait_for("rent.done")
    world.nothing_else_was_sent()


def test_a_message_received_and_not_handled_is_answered_once(world: World) -> None:
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    assert world.bridge
    world.settle()
    world.bridge.stall()
    kevin.write("je ne pourrai pas payer le loyer ce mois-ci")
    world.bridge.wait_until_held()
    assert world.inbox(InboxState.WORKING) == 1
    world.bot.kill()
    # The dialogue gets what the dead process had asked, and then the same from the living one.
    world.bridge.restore()

    world.bot.start()
    kevin.wait_for("rent.difficulty")
    maelle.wait_for("case.alert.high")
    (case,) = world.cases()
    assert [event.kind for event in case.history] == ["opened"]
    world.nothing_else_was_sent()


def test_killed_while_nothing_runs_and_written_to_meanwhile(world: World) -> None:
    kevin, franck = world.tenant("B-0105").agrees(), world.tenant("B-0201").agrees()
    # A send that is not recorded yet would rightly be made once more.
    world.settle()
    world.bot.kill()
    kevin.write("bonjour")
    franck.write("combien je dois ?")
    kevin.write("merci")

    world.bot.start()
    franck.wait_for("rent.info.person")
    kevin.wait_for()
    kevin.wait_for()
    world.nothing_else_was_sent()


def test_a_clean_stop_answers_what_it_has_begun(world: World) -> None:
    kevin = world.tenant("B-0105").agrees()
    assert world.bridge
    world.bridge.stall()
    kevin.write("combien je dois ?")
    world.bridge.wait_until_held()
    os.kill(world.bot.pid, signal.SIGTERM)
    world.bridge.restore()
    status, _ = world.bot.stop()
    assert status == 0
    assert world.inbox(InboxState.WORKING) == 0

    # What is written while it is down waits for the next start.
    kevin.write("merci beaucoup")
    world.bot.start()
    kevin.wait_for("rent.info.person")
    kevin.wait_for()
    status, seconds = world.bot.stop()
    assert status == 0
    assert seconds < 5
    world.nothing_else_was_sent()


def test_the_dialogue_server_dies_in_mid_talk_and_comes_back(samples: Path, tmp_path: Path) -> None:
    roles = "bot,delivery,scheduler,dialogue,console"
    with running_world(tmp_path, None, samples=samples, roles=roles) as world:
        kevin = world.tenant("B-0105").agrees()
        kevin.write("combien je dois ?")
        kevin.wait_for("rent.info.person")

        dead = dialogue_server_of(world.bot.pid)
        os.kill(dead, signal.SIGKILL)
        until(lambda: not ready(world), "the console knows that the dialogue is down")
        kevin.write("et le mois prochain ?")
        kevin.wait_for("dialogue.down")
        assert [case.kind for case in world.cases()] == ["unread"]

        until(lambda: ready(world), "the dialogue is back", 60)
        assert dialogue_server_of(world.bot.pid) != dead
        kevin.write("combien je dois ?")
        kevin.wait_for("rent.info.person")
        world.nothing_else_was_sent(troubles=("child died", "dialogue down"))
        children = children_of(world.bot.pid)
        assert world.bot.stop()[0] == 0
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]


def ready(world: World) -> bool:
    return httpx.get(f"{world.address}/readyz", trust_env=False).status_code == 200


def dialogue_server_of(parent: int) -> int:
    (found,) = [pid for pid in children_of(parent) if "palier_nlu.serve" in command_of(pid)]
    return found


def children_of(parent: int) -> list[int]:
    children = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(pid) for file in children for pid in file.read_text(encoding="ascii").split()]


def command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
