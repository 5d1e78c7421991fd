"""Check-ins and tips day after day: one world, whose time goes on from test to test."""

from collections.abc import Iterator

import pytest

from bot.storage import tables
from tests.scenarios.parts import SharedDialogue
from tests.scenarios.story import Path, Tenant, World, running_world

# In the sample files B-0304 has reinforced support, the lease of B-0210 begins on 12 December, B-0101 and
# B-0301 are old, B-0209 too and reads simple sentences, B-0208 reads pictures.
LEASES = ("B-0304", "B-0210", "B-0101", "B-0301", "B-0209", "B-0105", "B-0106", "B-0208")
SHARED_HOUSE = "B-0208"


@pytest.fixture(scope="module")
def world(
    dialogue: SharedDialogue, samples: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("days"), dialogue, samples=samples) as running:
        running.caseworker("EQ01").joins()
        running.caseworker("EQ02").joins()
        tenants = [running.tenant(lease) for lease in LEASES]
        with running.parts.database.transaction() as session:
            house = session.query(tables.Person).filter_by(reference=running.tenant(SHARED_HOUSE).reference)
            house.one().profiles = ["pictogrammes", "maison-partagee"]
        for tenant in tenants:
            tenant.start()
        for tenant in tenants:
            tenant.press(tenant.wait_for("consent.ask"), "D’accord")
        for tenant in tenants:
            tenant.wait_for("consent.given")
        yield running


def cases_of(world: World, tenant: Tenant) -> list[tables.Case]:
    return [case for case in world.cases() if case.person.reference == tenant.reference]


def test_a_shared_house_is_asked_each_day_in_colours(world: World) -> None:
    jean = world.tenant(SHARED_HOUSE)
    world.jump_to("2026-12-02T10:00")
    offer = jean.wait_for("checkin.offer.shared_house")
    assert offer.buttons == ["Non merci", "D’accord"]
    jean.press(offer, "D’accord")
    asked = jean.wait_for("checkin.ask.today")
    assert asked.kind == "photo"
    assert asked.buttons == ["🟢 Ça va", "🟠 Pas trop", "🔴 Parler à une personne", "✖️ Arrêter ces questions"]
    jean.write("ça va")
    jean.wait_for("checkin.thanks")
    world.jump_to("2026-12-03T10:00")
    jean.press(jean.wait_for("checkin.ask.today"), "🟢 Ça va")
    jean.wait_for("checkin.thanks")
    world.jump_to("2026-12-04T10:00")
    jean.press(jean.wait_for("checkin.ask.today"), "🟠 Pas trop")
    # One idea a message: heard, then the question.
    jean.wait_for("checkin.heard")
    worry = jean.wait_for("checkin.worry")
    assert worry.kind == "photo"
    jean.press(worry, "🙋 La solitude")
    jean.wait_for("checkin.worry.noted")
    assert [case.kind for case in cases_of(world, jean)] == ["checkin_bad"]


def test_a_person_is_one_touch_away_and_stop_is_another(world: World) -> None:
    jean = world.tenant(SHARED_HOUSE)
    world.jump_to("2026-12-05T10:00")
    asked = jean.wait_for("checkin.ask.today")
    jean.press(asked, "🔴 Parler à une personne")
    jean.wait_for("handover.done")
    world.jump_to("2026-12-07T10:00")
    jean.press(jean.wait_for("checkin.ask.today"), "✖️ Arrêter ces questions")
    jean.wait_for("checkin.stopped")
    world.jump_to("2026-12-08T10:00")
    world.settle()
    assert not [message for message in jean.unread() if "Ça va aujourd’hui" in message.text]


def test_reinforced_support_each_wednesday_by_words(world: World) -> None:
    alexis = world.tenant("B-0304")
    world.jump_to("2026-12-09T10:00")
    alexis.press(alexis.wait_for("checkin.offer.reinforced"), "D’accord")
    alexis.wait_for("checkin.ask.week")
    alexis.write("bof")
    worry = alexis.wait_for("checkin.worry")
    alexis.press(worry, "L’argent")
    alexis.wait_for("checkin.worry.noted")
    (case,) = cases_of(world, alexis)
    assert (case.kind, case.urgency.value) == ("checkin_bad", "high")


def test_a_newcomer_refuses_and_is_left_alone(world: World) -> None:
    theo = world.tenant("B-0210")
    world.jump_to("2026-12-14T10:00")
    offer = theo.wait_for("checkin.offer.newcomer")
    assert offer.buttons[0] == "Non merci"
    theo.write("non merci")
    theo.wait_for("checkin.refused")


def test_old_tenants_are_asked_once_a_month_in_their_register(world: World) -> None:
    ginette, khadija, yamina = (world.tenant(lease) for lease in ("B-0101", "B-0209", "B-0301"))
    world.jump_to("2026-12-15T10:00")
    offers = {tenant: tenant.wait_for("checkin.offer.senior") for tenant in (ginette, khadija, yamina)}
    assert offers[khadija].text != offers[ginette].text
    ginette.press(offers[ginette], "D’accord")
    ginette.wait_for("checkin.ask.lately")
    ginette.write("ça va bien")
    ginette.wait_for("checkin.thanks")
    khadija.press(offers[khadija], "D’accord")
    khadija.wait_for("checkin.ask.lately")
    yamina.press(offers[yamina], "Non merci")
    yamina.wait_for("checkin.refused")
    assert not cases_of(world, ginette)


def test_two_silences_of_an_old_tenant_reach_her_referent(world: World) -> None:
    khadija, soraya = world.tenant("B-0209"), world.caseworker("EQ02")
    # The question of December waits for a week, then the one of January.
    world.jump_to("2026-12-23T10:00")
    world.jump_to("2027-01-15T10:00")
    khadija.wait_for("checkin.ask.lately")
    assert not cases_of(world, khadija)
    world.settle()
    soraya.forget()
    world.jump_to("2027-01-25T10:30")
    soraya.wait_for("case.alert.normal")
    assert [case.kind for case in cases_of(world, khadija)] == ["checkin_silence"]
    # Who said no in December was asked nothing since.
    theo, yamina = world.tenant("B-0210"), world.tenant("B-0301")
    for tenant in (theo, yamina):
        assert not [message for message in tenant.unread() if "omment ça va" in message.text]


def test_what_was_tried_is_asked_about_a_month_later(world: World) -> None:
    aminata = world.tenant("B-0106")
    world.jump_to("2027-02-24T10:00")
    aminata.write("les conseils le samedi à 9h")
    aminata.wait_for("tips.rhythm")
    aminata.write("un conseil pour l'eau")
    tip = aminata.wait_for("tips.asked")
    aminata.press(tip, "Je vais essayer")
    aminata.wait_for("tips.answer.will_try.followed")
    world.jump_to("2027-03-26T12:00")
    follow = aminata.wait_for("tips.follow")
    aminata.press(follow, "Oui, ça marche")
    aminata.wait_for("tips.later.tried")


def test_a_month_after_a_follow_up_somebody_asks(world: World) -> None:
    kevin, maelle = world.tenant("B-0105"), world.caseworker("EQ01")
    world.settle()
    maelle.forget()
    kevin.write("mon robinet goutte depuis deux jours")
    kevin.wait_for("told.report_repair")
    (case,) = cases_of(world, kevin)
    maelle.takes(maelle.wait_for("case.alert.normal"))
    maelle.closes(case.id, "Réglé")
    for month, is_first in (("04", True), ("06", False)):
        world.jump_to(f"2027-{month}-26T12:00")
        if is_first:
            kevin.press(kevin.wait_for("checkin.offer.after_support"), "D’accord")
        kevin.press(kevin.wait_for("checkin.ask.lately"), "Ça va")
        kevin.wait_for("checkin.thanks")
