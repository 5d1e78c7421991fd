"""Eco-gestures, told from the telephone: asked for in plain words, each week, and the kit."""

from tests.scenarios.story import World


def test_how_to_lower_my_bill_then_a_tip_each_saturday_until_stop(world: World) -> None:
    issouf = world.tenant("B-0102").agrees()
    issouf.write("comment je peux baisser ma facture d'électricité ?")
    tip = issouf.wait_for("tips.asked")
    issouf.press(tip, "Un conseil chaque semaine")
    issouf.press(issouf.wait_for("tips.when"), "Samedi")
    issouf.press(issouf.wait_for("tips.hour"), "9\u00a0h")
    rhythm = issouf.wait_for("tips.rhythm")
    # With it comes one question that helps to choose.
    issouf.press(rhythm, "Non")
    issouf.wait_for("tips.trait.noted")
    issouf.press(tip, "Je vais essayer")
    issouf.wait_for("tips.answer.will_try.followed")
    world.move_to("2026-12-05T12:00")
    weekly = issouf.wait_for("tips.weekly")
    assert tip.text not in weekly.text
    issouf.press(weekly, "Stop les conseils")
    issouf.wait_for("tips.stopped")
    world.jump_to("2026-12-12T12:00")
    assert len(world.outbox("tip")) == 1
    assert not world.cases()
    world.nothing_else_was_sent()


def test_the_kit_is_asked_for_in_words_and_a_question_goes_to_a_person(world: World) -> None:
    maelle = world.caseworker("EQ01").joins()
    danuta = world.tenant("B-0104").agrees()
    danuta.write("je voudrais le kit éco svp")
    # She reads simple sentences.
    danuta.press(danuta.wait_for("kit.offer"), "Oui")
    danuta.wait_for("kit.asked")
    maelle.wait_for("case.alert.normal")
    danuta.write("un conseil pour économiser l'eau ?")
    tip = danuta.wait_for("tips.asked")
    assert "." in tip.text.split("\n")[0]
    danuta.press(tip, "J’ai une question")
    danuta.wait_for("handover.done")
    maelle.wait_for("case.alert.normal")
    assert {case.kind for case in world.cases()} == {"eco_kit", "ask_eco_tip"}
    world.nothing_else_was_sent()
