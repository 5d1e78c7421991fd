"""Check-ins, told from the telephone."""

from tests.scenarios.story import World


def test_a_senior_agrees_then_says_in_words_that_it_does_not_go_well(world: World) -> None:
    maelle = world.caseworker("EQ01").joins()
    danuta = world.tenant("B-0104").agrees()
    world.jump_to("2026-12-15T10:00")
    offer = danuta.wait_for("checkin.offer.senior")
    assert offer.buttons == ["Non merci", "D’accord"]
    danuta.press(offer, "D’accord")
    danuta.wait_for("checkin.ask.lately")
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


def test_two_silent_weeks_of_reinforced_support_reach_the_referent(world: World) -> None:
    referent = world.caseworker("EQ02").joins()
    tenant = world.tenant("B-0304").agrees()
    world.jump_to("2026-12-02T10:00")
    tenant.press(tenant.wait_for("checkin.offer.reinforced"), "D’accord")
    tenant.press(tenant.wait_for("checkin.ask.week"), "Ça va")
    tenant.wait_for("checkin.thanks")
    for day in ("2026-12-09T10:00", "2026-12-16T10:00"):
        world.jump_to(day)
        tenant.wait_for("checkin.ask.week")
    world.jump_to("2026-12-21T10:30")
    referent.wait_for("case.alert.normal")
    assert [case.kind for case in world.cases()] == ["checkin_silence"]
    tenant.write("stop les nouvelles s'il vous plait")
    tenant.wait_for("checkin.stopped")
