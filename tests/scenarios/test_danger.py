"""Danger comes first: safe words, an urgent case, an alert, whatever the talk is about and whatever works."""

import pytest

from bot.domain.states import CaseState, Urgency
from tests.scenarios.story import Tenant, World

THREAT = "mon mari me frappe, j'ai peur pour ma vie"


def is_told_safe_words(tenant: Tenant, kind: str) -> None:
    words = tenant.world.parts.house.content.safe_words[kind]["ordinary"]
    assert tenant.wait_for(words).text == words


def test_danger_in_the_middle_of_a_rent_talk(world: World) -> None:
    franck = world.tenant("B-0201").agrees()
    maelle, soraya = world.caseworker("EQ01").joins(), world.caseworker("EQ02").joins()
    world.move_to("2026-12-07T21:30")
    franck.write("combien je dois ?")
    franck.wait_for("rent.info.person")

    franck.write(THREAT)
    is_told_safe_words(franck, "violence")
    (case,) = world.cases()
    assert (case.kind, case.urgency) == ("report_violence", Urgency.URGENT)
    # At night too: the référent and the one who is on call, without a name nor the words.
    for member in (maelle, soraya):
        alert = member.wait_for("case.alert.urgent")
        assert "Franck" not in alert.text
        assert "mari" not in alert.text
    soraya.takes(alert)
    assert world.cases()[0].state is CaseState.TAKEN

    # The rent is still unpaid: nobody asks for it now.
    world.move_to("2026-12-08T09:00")
    world.bank_file("2026-12-08", unpaid=("B-0201",))
    world.move_to("2026-12-10T18:00")
    assert not world.outbox("rent_question")
    # Three mornings with an open case of hers.
    assert soraya.reads_digests() == 3
    world.nothing_else_was_sent()


@pytest.mark.parametrize("words", ["il m'a encore frappée", "je sens une odeur de gaz dans l'escalier"])
def test_danger_without_the_dialogue(world: World, words: str) -> None:
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    assert world.bridge
    world.bridge.cut()

    kevin.write(words)
    is_told_safe_words(kevin, "violence" if "frappée" in words else "hazard")
    maelle.wait_for("case.alert.urgent")
    world.nothing_else_was_sent()


def test_danger_written_by_somebody_unknown(world: World) -> None:
    somebody, maelle = world.stranger(), world.caseworker("EQ01").joins()

    somebody.write(THREAT)
    is_told_safe_words(somebody, "violence")
    maelle.wait_for("case.alert.urgent")
    (case,) = world.cases()
    assert (case.person_id, case.subject[:5]) == (None, "chat:")
    world.nothing_else_was_sent()


def test_an_untaken_danger_goes_up_the_ladder(world: World) -> None:
    kevin = world.tenant("B-0105").agrees()
    maelle, soraya = world.caseworker("EQ01").joins(), world.caseworker("EQ02").joins()
    thibault = world.caseworker("EQ04").joins()

    kevin.write(THREAT)
    is_told_safe_words(kevin, "violence")
    maelle.wait_for("case.alert.urgent")
    assert not soraya.unread()
    world.move_to("2026-12-01T09:20")
    maelle.wait_for("case.alert.urgent")
    soraya.wait_for("case.alert.urgent")
    world.move_to("2026-12-01T09:35")
    alert = thibault.wait_for("case.alert.urgent")
    thibault.takes(alert)
    world.move_to("2026-12-01T12:00")

    world.nothing_else_was_sent()


def test_an_ordinary_message_without_the_dialogue_goes_to_a_person(world: World) -> None:
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    assert world.bridge
    world.bridge.cut()

    kevin.write("bonjour, j'ai besoin d'une quittance")
    kevin.wait_for("dialogue.down")
    maelle.wait_for("case.alert.normal")
    assert [case.kind for case in world.cases()] == ["unread"]
    # A second message joins the case: nobody is alerted twice.
    kevin.write("vous êtes là ?")
    kevin.wait_for("dialogue.down")

    world.bridge.restore()
    kevin.write("combien je dois ?")
    kevin.wait_for("rent.info.person")
    assert len(world.cases()) == 1
    world.nothing_else_was_sent(troubles=("dialogue down",))
