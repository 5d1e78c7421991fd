"""The tenant's own hand on what is said, shown and kept: copy, erasure, empty screen, code word, silence."""

import pytest
from sqlalchemy import func, select

from bot.storage import tables
from tests.scenarios.story import World


def test_what_is_held_comes_as_a_file_in_french(world: World) -> None:
    kevin = world.tenant("B-0105").agrees()
    kevin.write("il y a une fuite sous l'évier de la cuisine")
    kevin.wait_for("told.report_repair")
    kevin.write("/mesinfos")
    answer = kevin.wait_for("mine.done")
    text = answer.file().decode()
    assert "Prénom\u00a0: Kévin" in text
    assert "Loyer\u00a0: " in text
    assert "fuite sous l'évier" in text
    assert "B-0105" in text
    assert "B-0106" not in text
    world.nothing_else_was_sent()


def test_everything_is_erased_on_the_button_alone(world: World) -> None:
    kevin = world.tenant("B-0105").agrees()
    kevin.write("combien je dois ?")
    kevin.wait_for("rent.info.person")
    kevin.write("/effacer")
    kevin.wait_for("erase.ask")
    kevin.write("oui")
    asked = kevin.wait_for("erase.ask")
    kevin.press(asked, "Oui, tout effacer")
    done = kevin.wait_for("erase.done")
    assert "votre bail et votre compte" in done.text
    # The screen holds the last word alone, and the database nothing that was said.
    assert [message.text for message in kevin.telegram.messages()] == [done.text]
    with world.reading() as session:
        assert session.scalar(select(func.count()).select_from(tables.Message)) <= 1
        assert session.scalar(select(func.count()).select_from(tables.Consent)) == 0
        (proof,) = session.scalars(select(tables.Erasure))
        assert "Kévin" not in str(proof.counts)
    kevin.write("bonjour")
    kevin.wait_for("link.unknown_person")
    world.nothing_else_was_sent()


def test_somebody_in_danger_erases_with_a_person(world: World) -> None:
    franck, maelle = world.tenant("B-0201").agrees(), world.caseworker("EQ01").joins()
    franck.write("mon mari me frappe, j'ai peur pour ma vie")
    franck.wait_for("Votre sécurité")
    maelle.wait_for("case.alert.urgent")
    for command in ("/effacer", "/mesinfos"):
        franck.write(command)
        franck.wait_for("handover.done")
    maelle.wait_for("case.alert.normal")
    # The screen can be emptied at once, and the team still has the words.
    franck.write("Tout effacer")
    last = franck.wait_for("wipe.done")
    assert [message.text for message in franck.telegram.messages()] == [last.text]
    assert [case.kind for case in world.cases()] == ["report_violence", "erase_data"]
    with world.reading() as session:
        assert any("frappe" in message.words for message in session.scalars(select(tables.Message)))


@pytest.mark.parametrize("words", ["tout effacer", "Efface tout !", "supprime tout", "TULIPE"])
def test_the_screen_is_emptied_and_nothing_comes_until_the_tenant_writes(world: World, words: str) -> None:
    kevin = world.tenant("B-0105").agrees()
    kevin.write("/discret tulipe")
    kevin.wait_for("code_word.set")
    assert not any("tulipe" in message.text for message in kevin.telegram.messages())

    kevin.write(words)
    last = kevin.wait_for("wipe.done")
    assert [message.text for message in kevin.telegram.messages()] == [last.text]
    world.move_to("2026-12-08T09:00")
    world.bank_file("2026-12-08", unpaid=("B-0105",))
    world.move_to("2026-12-08T12:00")
    assert not kevin.unread()
    kevin.write("combien je dois ?")
    kevin.wait_for("rent.info.person")
    world.move_to("2026-12-08T12:20")
    kevin.wait_for("rent.question")
    world.nothing_else_was_sent()
