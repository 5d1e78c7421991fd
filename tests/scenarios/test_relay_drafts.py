"""Messages that must not leave, or whose fate is unknown: late, in the wrong place, at night, killed."""

import pytest

from bot.domain.states import CaseState, OutboxState
from bot.storage import tables
from tests.scenarios.parts import until
from tests.scenarios.relay import begins, in_difficulty, last_relay, sends, writes
from tests.scenarios.story import World


def test_ten_minutes_later_nothing_leaves(world: World) -> None:
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    case = in_difficulty(kevin, maelle)
    shown = writes(maelle, case, "Bonjour Kévin.")
    world.move_to("2026-12-01T09:12")
    maelle.wait_for("relay.draft.expired")
    maelle.press(shown, "Envoyer")
    maelle.wait_for("case.refused.relay_stale")
    # Only begun, and left: the same.
    begins(maelle, case)
    world.move_to("2026-12-01T09:25")
    maelle.wait_for("relay.draft.expired")
    maelle.write("Bonjour Kévin.")
    maelle.wait_for("staff.help")
    with world.reading() as session:
        assert {draft.words for draft in session.query(tables.Draft)} == {None}
    world.nothing_else_was_sent()


def test_two_tenants_of_one_caseworker(world: World) -> None:
    kevin, aminata = world.tenant("B-0105").agrees(), world.tenant("B-0106").agrees()
    maelle = world.caseworker("EQ01").joins()
    first, second = in_difficulty(kevin, maelle), in_difficulty(aminata, maelle)
    shown = writes(maelle, first, "Bonjour Kévin, avez-vous trouvé ?")
    maelle.press(second, "Répondre")
    maelle.press(maelle.wait_for("relay.draft.other"), "Annuler")
    maelle.wait_for("relay.draft.cancelled")
    other = writes(maelle, second, "Bonjour Aminata.")
    # The button of the first one is below the second one's words: it sends neither.
    maelle.press(shown, "Envoyer")
    maelle.wait_for("case.refused.relay_stale")
    maelle.press(other, "Envoyer")
    maelle.wait_for("relay.sent")
    aminata.wait_for("Bonjour Aminata.")
    sends(maelle, kevin, first, "Bonjour Kévin.")

    # Two talks at once: each answer says whose it is.
    aminata.write("bonjour à vous")
    assert maelle.wait_for("bonjour à vous").text.startswith("De Aminata (dossier n° 2)")
    kevin.write("bonjour aussi")
    assert maelle.wait_for("bonjour aussi").text.startswith("De Kévin (dossier n° 1)")
    maelle.write("à qui est-ce que je parle ?")
    assert maelle.wait_for("relay.outside").buttons == [
        "Répondre à Aminata (dossier n° 2)",
        "Répondre à Kévin (dossier n° 1)",
    ]
    world.nothing_else_was_sent()


def test_two_workers_and_one_tenant(world: World) -> None:
    kevin = world.tenant("B-0105").agrees()
    maelle, soraya = world.caseworker("EQ01").joins(), world.caseworker("EQ02").joins()
    case = in_difficulty(kevin, maelle)
    sends(maelle, kevin, case, "Bonjour Kévin.")

    soraya.write("/file")
    soraya.wait_for("staff.queue.empty")
    soraya.write("Bonjour Kévin")
    soraya.wait_for("staff.help")
    kevin.write("bonjour")
    maelle.wait_for("De Kévin")
    # A button of Maëlle's means nothing in another chat.
    mine = soraya.write("/astreinte")
    soraya.wait_for(None)
    soraya.telegram.forge(mine, case.button("Répondre")["callback_data"])
    soraya.wait_for("staff.button.stale")
    world.nothing_else_was_sent()


def test_the_first_message_at_night_waits_for_the_morning(world: World) -> None:
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    case = in_difficulty(kevin, maelle)
    world.move_to("2026-12-01T22:00")
    maelle.press(writes(maelle, case, "Bonjour Kévin, à demain."), "Envoyer")
    assert "mercredi 2 décembre à 8" in maelle.wait_for("relay.sent.later").text
    # He knows nothing of it yet: Palier answers him.
    kevin.write("combien je dois ?")
    kevin.wait_for("rent.info.person")
    world.move_to("2026-12-02T08:01")
    kevin.wait_for("relay.opens")
    kevin.write("bonjour Maëlle")
    maelle.wait_for("bonjour Maëlle")
    world.nothing_else_was_sent()


def test_a_violent_home(world: World) -> None:
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    kevin.write("mon mari me frappe, j'ai peur pour ma vie")
    kevin.wait_for("3919")
    maelle.press(maelle.wait_for("case.alert.urgent"), "Prendre le dossier")
    case = maelle.wait_for("case.taken.you")
    world.move_to("2026-12-01T23:00")
    kevin.forget()

    # At night too, because it is urgent; and not before she has read what she must know.
    maelle.press(writes(maelle, case, "Bonjour."), "Envoyer")
    warned = maelle.wait_for("relay.care")
    assert warned.buttons[0] == "Envoyer malgré tout"
    assert not kevin.unread()
    maelle.press(warned, "Envoyer malgré tout")
    maelle.wait_for("relay.sent")
    said = kevin.wait_for("Un membre de l’équipe vous écrit par ici.")
    assert "Maëlle" not in said.text
    assert "sociale" not in said.text
    world.nothing_else_was_sent()


def test_a_discreet_tenant(world: World) -> None:
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    kevin.write("/discret")
    kevin.wait_for("discreet.on")
    case = in_difficulty(kevin, maelle)
    maelle.press(writes(maelle, case, "Bonjour."), "Envoyer")
    maelle.wait_for("relay.sent")
    kevin.wait_for("Un membre de l’équipe vous écrit par ici.")
    kevin.write("bonjour")
    assert "De la personne du dossier n° 1" in maelle.wait_for("bonjour").text
    assert not maelle.was_told("Kévin")
    world.nothing_else_was_sent()


def test_killed_while_a_message_leaves(world: World) -> None:
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    case = in_difficulty(kevin, maelle)
    shown = writes(maelle, case, "Bonjour Kévin.")
    world.standin.fault("delay", method="sendMessage", chat_id=kevin.telegram.id, milliseconds=2500)
    maelle.press(shown, "Envoyer")
    world.wait_until(OutboxState.SENDING, "relay")
    until(lambda: any(call["fault"] == "delay" for call in world.standin.journal("sendMessage")), "it asks")
    world.bot.kill()

    world.bot.start()
    world.wait_until(OutboxState.UNKNOWN, "relay")
    # Not sent again by itself: she is told of the doubt, and it did arrive.
    maelle.wait_for("relay.lost.unknown")
    kevin.wait_for("Bonjour Kévin.")
    maelle.forget()
    maelle.press(shown, "Envoyer")
    maelle.wait_for("case.refused.relay_stale")
    kevin.write("bonjour, je vous lis")
    maelle.wait_for("je vous lis")
    world.nothing_else_was_sent()


def test_killed_between_the_words_and_envoyer(world: World) -> None:
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    shown = writes(maelle, in_difficulty(kevin, maelle), "Bonjour Kévin.")
    # A send that is not recorded yet would rightly be made once more.
    world.settle()
    world.bot.kill()
    maelle.press(shown, "Envoyer")
    world.bot.start()
    maelle.wait_for("relay.sent")
    kevin.wait_for("Bonjour Kévin.")
    world.nothing_else_was_sent()


@pytest.mark.parametrize("away", ["the worker", "the tenant"])
def test_one_side_blocks_the_bot(world: World, away: str) -> None:
    kevin = world.tenant("B-0105").agrees()
    maelle, soraya = world.caseworker("EQ01").joins(), world.caseworker("EQ02").joins()
    case = in_difficulty(kevin, maelle)
    sent = sends(maelle, kevin, case, "Bonjour Kévin.")
    if away == "the tenant":
        kevin.telegram.block()
        maelle.wait_for("relay.over.unreachable")
        maelle.press(sent, "Répondre")
        maelle.wait_for("case.refused.relay_unlinked")
        assert last_relay(world).ended_at is not None
        maelle.forget()
    else:
        maelle.telegram.block()
        world.settle()
        kevin.write("vous êtes là ?")
        kevin.wait_for("relay.kept")
        # Nobody of the first step can be reached: the case is the team's again.
        soraya.wait_for("n° 1")
        assert world.cases()[0].state is CaseState.NEW
        kevin.forget()
        soraya.forget()
    world.nothing_else_was_sent()
