"""Check-ins, told from the telephone."""

from tests.scenarios.story import World


def test_a_senior_agrees_then_says_in_words_that_it_does_not_go_well(world: World) -> None:
    maelle = world.caseworker("EQ01").joins()
    danuta = world.tenant("B-0104").agrees()
    world.jump_to("2026-12-15T10:00")
    offer = danuta.wait_for("checkin.offer.senior")
    assert offer.buttons == ["Non merci", "D’accord"]
    danuta.press(offer, "D’accord")
    danuta.wait_for("checkin.ask.how")
    danuta.write("bof ça va pas trop en ce moment")
    worry = danuta.wait_for("checkin.worry")
    maelle.wait_for("case.alert.normal")
    danuta.press(worry, "Je suis malade ou triste")
    danuta.wait_for("checkin.worry.noted")
    (case,) = world.cases(kind="checkin_bad")
    assert len(case.history) == 2


def test_a_newcomer_says_that_all_is_well_in_three_seconds(world: World) -> None:
    # The lease begins on 12 December.
    morel = world.tenant("B-0210").agrees()
    world.jump_to("2026-12-14T10:00")
    morel.press(morel.wait_for("checkin.offer.newcomer"), "D’accord")
    morel.press(morel.wait_for("checkin.ask.settled"), "Ça va")
    morel.wait_for("checkin.thanks")
    morel.write("tout va bien merci")
    morel.wait_for("checkin.thanks")
    assert not world.cases()
    world.nothing_else_was_sent()
