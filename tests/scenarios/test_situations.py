"""Who holds the telephone is perhaps not the tenant, or not for long: nothing shows, a person goes on.

One world for all, a tenant each; what waits for another day comes last.
"""

import pytest

from tests.scenarios.story import Caseworker, World


@pytest.fixture(scope="module")
def maelle(shared_world: World) -> Caseworker:
    return shared_world.caseworker("EQ01").joins()


def test_a_child_is_told_nothing_and_a_person_reads(shared_world: World, maelle: Caseworker) -> None:
    kevin = shared_world.tenant("B-0105").agrees()
    kevin.write("Bonjour, je suis en 5e, je réponds sur le téléphone")
    assert "119" in kevin.wait_for("situation.minor").text
    maelle.wait_for("case.alert.high")
    kevin.write("c'est combien le loyer ?")
    kevin.wait_for("situation.follow")
    kevin.write("/mesinfos")
    kevin.wait_for("handover.done")
    kinds = {case.kind for case in shared_world.cases() if case.person and case.person.reference == "L-0105"}
    assert kinds == {"minor", "erase_data"}
    maelle.wait_for("case.alert.normal")


def test_a_new_number_ends_the_link_once_a_person_has_made_sure(
    shared_world: World, maelle: Caseworker
) -> None:
    aminata = shared_world.tenant("B-0106").agrees()
    aminata.write("j'ai changé de numéro")
    aminata.wait_for("situation.number_changed")
    page = maelle.opens(maelle.takes(maelle.wait_for("case.alert.high")))
    assert "Couper la conversation" in page.text
    aminata.wait_for("case.told.taken")
    # A question is still answered: it is the same telephone until a person has made sure.
    aminata.write("combien je dois ?")
    aminata.wait_for("rent.info.person")


@pytest.mark.parametrize(
    ("lease", "button", "discreet"), [("B-0108", "Oui, plus discret", True), ("B-0109", "Non merci", False)]
)
def test_a_shared_telephone_may_become_discreet(
    shared_world: World, maelle: Caseworker, lease: str, button: str, discreet: bool
) -> None:
    tenant = shared_world.tenant(lease).agrees()
    tenant.write("ma fille lit mes messages")
    tenant.press(tenant.wait_for("situation.shared_phone"), button)
    tenant.wait_for("discreet.on" if discreet else "later.refused")
    tenant.write("combien je dois ?")
    assert ("€" in tenant.wait_for("rent.info.person").text) is not discreet
    maelle.wait_for("case.alert.normal")


def test_a_danger_still_goes_first(shared_world: World, maelle: Caseworker) -> None:
    orhan = shared_world.tenant("B-0111").agrees()
    orhan.write("j'ai déménagé la semaine dernière")
    orhan.wait_for("situation.moved_out")
    maelle.wait_for("case.alert.normal")
    orhan.write("mon ex m'a retrouvée, il va me tuer")
    orhan.wait_for("Votre sécurité")
    maelle.wait_for("case.alert.urgent")


def test_somebody_else_answers_and_the_chat_is_cut_off(shared_world: World, maelle: Caseworker) -> None:
    elodie = shared_world.tenant("B-0112").agrees()
    elodie.write("vous avez le mauvais numéro")
    elodie.press(elodie.wait_for("wrong_person.ask"), "Oui, c’est une erreur")
    elodie.wait_for("wrong_person.done")
    maelle.wait_for("case.alert.high")
    elodie.write("combien je dois ?")
    elodie.wait_for("link.unknown_person")


def test_a_death_silences_the_household_until_a_person_has_called(
    shared_world: World, maelle: Caseworker
) -> None:
    rachid = shared_world.tenant("B-0107", "L-0107").agrees()
    nadia = shared_world.tenant("B-0107", "L-0107B").agrees()
    nadia.write("Bonjour, mon mari est décédé mardi")
    assert "oyer" not in nadia.wait_for("situation.death").text
    maelle.takes(maelle.wait_for("case.alert.high"))
    nadia.wait_for("case.told.taken")
    # Whoever writes, nothing of the lease is told, and nobody at home is reminded of it.
    for silent in (nadia, rachid):
        silent.forget()
    nadia.write("combien on doit ?")
    nadia.wait_for("situation.follow")
    shared_world.jump_to("2026-12-14T09:00")
    shared_world.bank_file("2026-12-14", unpaid=("B-0107", "B-0106", "B-0111"))
    shared_world.jump_to("2026-12-14T12:00")
    shared_world.settle()
    assert [message.text for talker in (nadia, rachid) for message in talker.unread()] == []
    # Nor are those whose number or home changes.
    kept = {row.reason for row in shared_world.outbox("rent_question") if row.sent_at is None}
    assert kept <= {"left in peace", "danger"}
    assert not any(shared_world.tenant(lease).unread() for lease in ("B-0106", "B-0111"))
