"""A caseworker and a tenant talk through Palier: from *Répondre* to the word that gives the talk back."""

from bot.domain.relay import RelayEnd
from bot.domain.states import ChatState, Urgency
from tests.scenarios.relay import begins, in_difficulty, last_relay, sends, writes
from tests.scenarios.story import World


def test_a_whole_talk_with_photos_both_ways(world: World) -> None:
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    case = in_difficulty(kevin, maelle)

    # Nothing that she types outside a message to him goes anywhere.
    maelle.write("Bonjour Kévin")
    maelle.wait_for("staff.help")
    shown = writes(maelle, case, "Bonjour Kévin, avez-vous votre avis d'échéance ?")
    assert shown.text.startswith("À Kévin (dossier n° 1)")
    maelle.press(shown, "Envoyer")
    maelle.wait_for("relay.sent")
    first = kevin.wait_for("relay.opens")
    assert first.text.endswith("Bonjour Kévin, avez-vous votre avis d'échéance ?")
    assert maelle.telegram.id not in first.raw.values()

    kevin.write("oui attendez")
    answer = maelle.wait_for("oui attendez")
    assert answer.text.startswith("De Kévin (dossier n° 1)")
    kevin.telegram.photo(caption="le voilà")
    photo = maelle.wait_for("le voilà")
    assert photo.kind == "photo"
    assert photo.file() == world.standin.file(photo.raw["photo"][-1]["file_id"])

    begins(maelle, photo)
    maelle.telegram.document("plan.pdf", caption="Voici le formulaire à signer.")
    shown = maelle.wait_for("relay.draft.send")
    assert shown.kind == "document"
    maelle.press(shown, "Envoyer")
    maelle.wait_for("relay.sent")
    got = kevin.wait_for("Voici le formulaire à signer.")
    assert got.kind == "document"
    assert got.file() == shown.file()
    kevin.telegram.voice()
    assert maelle.wait_for("relay.from").kind == "voice"

    maelle.press(answer, "Terminer")
    maelle.wait_for("relay.over.worker")
    kevin.wait_for("relay.over")
    kevin.write("combien je dois ?")
    kevin.wait_for("rent.info.person")
    # The photo was for Maëlle, not for Palier: no other case was opened.
    assert [case.kind for case in world.cases()] == ["rent_arrears"]
    assert last_relay(world).why is RelayEnd.WORKER
    world.nothing_else_was_sent()


def test_a_sign_of_danger_in_a_talk(world: World) -> None:
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    sent = sends(maelle, kevin, in_difficulty(kevin, maelle), "Comment ça se passe à la maison ?")

    # Words of the lexicon, then words that only the model understands.
    kevin.write("mon mari me frappe, j'ai peur pour ma vie")
    kevin.wait_for("3919")
    maelle.wait_for("case.alert.urgent")
    maelle.wait_for("De Kévin")
    kevin.write("je n'ai plus la force de continuer à vivre comme ça")
    maelle.wait_for("plus la force")
    assert {(case.kind, case.urgency) for case in world.cases()} >= {("report_violence", Urgency.URGENT)}
    kevin.forget()
    maelle.forget()

    # The talk goes on.
    assert last_relay(world).ended_at is None
    shown = writes(maelle, sent, "Je vous appelle tout de suite.")
    maelle.press(shown, "Envoyer")
    maelle.wait_for("relay.sent")
    kevin.wait_for("Je vous appelle tout de suite.")
    kevin.write("d'accord")
    maelle.wait_for("d'accord")
    world.nothing_else_was_sent()


def test_danger_in_a_talk_with_the_dialogue_dead(world: World) -> None:
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    sends(maelle, kevin, in_difficulty(kevin, maelle), "Bonjour Kévin.")
    assert world.bridge
    world.bridge.cut()

    kevin.write("je sens une odeur de gaz dans l'escalier")
    kevin.wait_for("GRDF")
    maelle.wait_for("case.alert.urgent")
    maelle.wait_for("odeur de gaz")
    # An ordinary message needs no dialogue at all.
    kevin.write("je suis dehors")
    maelle.wait_for("je suis dehors")
    assert [case.kind for case in world.cases()] == ["rent_arrears", "report_hazard"]
    world.nothing_else_was_sent(troubles=("dialogue down",))


def test_silence_gives_the_talk_back(world: World) -> None:
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    sends(maelle, kevin, in_difficulty(kevin, maelle), "Bonjour Kévin, je regarde votre dossier.")
    kevin.write("merci beaucoup")
    maelle.wait_for("merci beaucoup")

    world.move_to("2026-12-01T10:50")
    assert not kevin.unread()
    world.move_to("2026-12-01T11:30")
    kevin.wait_for("relay.over")
    maelle.wait_for("relay.over.silence")
    assert last_relay(world).why is RelayEnd.SILENCE
    kevin.write("combien je dois ?")
    kevin.wait_for("rent.info.person")
    world.nothing_else_was_sent()


def test_the_tenant_asks_for_palier_and_then_says_stop_in_another_talk(world: World) -> None:
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    case = in_difficulty(kevin, maelle)
    sends(maelle, kevin, case, "Bonjour Kévin.")
    kevin.write("Palier")
    kevin.wait_for("relay.given_back")
    maelle.wait_for("relay.over.tenant")
    kevin.write("combien je dois ?")
    kevin.wait_for("rent.info.person")

    sends(maelle, kevin, case, "Encore un mot.")
    kevin.write("STOP")
    kevin.wait_for("stop.done")
    over = maelle.wait_for("relay.over.stop")
    assert kevin.chat_state() is ChatState.PAUSED
    maelle.press(over, "Répondre")
    maelle.wait_for("case.refused.relay_paused")
    world.nothing_else_was_sent()


def test_a_hand_over_in_the_middle_of_a_talk(world: World) -> None:
    kevin = world.tenant("B-0105").agrees()
    maelle, soraya = world.caseworker("EQ01").joins(), world.caseworker("EQ02").joins()
    case = in_difficulty(kevin, maelle)
    sent = sends(maelle, kevin, case, "Bonjour Kévin.")
    half = writes(maelle, sent, "Je vous envoie")

    maelle.press(case, "Passer la main")
    maelle.press(maelle.wait_for("case.which_colleague"), "Soraya Belkacem")
    maelle.wait_for("case.given")
    soraya.wait_for("case.news.given")
    here = soraya.wait_for("relay.moved.here")
    maelle.wait_for("relay.moved.away")
    kevin.wait_for("relay.moved")
    # What she was writing is not hers to send any more.
    maelle.press(half, "Envoyer")
    maelle.wait_for("case.refused.relay_changed")
    kevin.write("bonjour Soraya")
    soraya.wait_for("bonjour Soraya")
    shown = writes(soraya, here, "Bonjour Kévin, c'est Soraya.")
    soraya.press(shown, "Envoyer")
    soraya.wait_for("relay.sent")
    assert "l’équipe sociale" not in kevin.wait_for("c'est Soraya").text
    world.nothing_else_was_sent()


def test_a_closed_case_gives_the_talk_back(world: World) -> None:
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    sends(maelle, kevin, in_difficulty(kevin, maelle), "C'est réglé, bonne journée.")
    maelle.closes(1, "Réglé")
    kevin.wait_for("case.told.done")
    maelle.wait_for("relay.over.closed")
    # He has written nothing for a while, it is the morning: he is told at once.
    kevin.wait_for("relay.over")
    kevin.write("combien je dois ?")
    kevin.wait_for("rent.info.person")
    world.nothing_else_was_sent()
