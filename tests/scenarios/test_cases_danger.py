"""Danger hidden in ordinary talk: seen, told to a person, and followed by a person only."""

import pytest

from bot.storage.tables import Promise
from tests.scenarios.story import Tenant, World
from tests.scenarios.test_danger import is_told_safe_words

LEAK = (
    "bonjour je vous écris encore pour la fuite sous l'évier de la cuisine, "
    "ça fait trois semaines que ça goutte, "
    "j'ai mis une bassine et le plombier n'est jamais venu, le meuble est tout gonflé et ça sent le moisi. "
    "en plus je ne peux pas vous recevoir quand mon mari est là parce que s'il voit quelqu'un il me frappe, "
    "donc il faudrait venir le matin entre 9h et 11h. merci de me dire quand vous passez"
)


def signs(world: World) -> list[str]:
    (case,) = world.cases()
    return [event.kind for event in case.history if event.kind != "read"]


def test_an_indirect_sign_in_a_long_message_about_a_leak(world: World) -> None:
    tenant, maelle = world.tenant("B-0106").agrees(), world.caseworker("EQ01").joins()
    tenant.write(LEAK)
    is_told_safe_words(tenant, "violence")
    alert = maelle.wait_for("case.alert.urgent")
    for private in ("fuite", "mari", "Aminata", "Traoré"):
        assert private not in alert.text
    world.nothing_else_was_sent()


def test_distress_in_the_middle_of_a_promise_at_3_in_the_morning(world: World) -> None:
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    world.move_to("2026-12-08T09:00")
    world.bank_file("2026-12-08", unpaid=("B-0105",))
    world.move_to("2026-12-08T10:30")
    kevin.press(kevin.wait_for("rent.question"), "Je vais payer bientôt")
    kevin.wait_for("rent.promise.when")
    world.move_to("2026-12-09T03:00")

    kevin.write("laissez tomber je paierai plus rien, je veux en finir avec la vie")
    is_told_safe_words(kevin, "distress")
    # In the night, at once.
    maelle.wait_for("case.alert.urgent")
    # The day that he names after it promises nothing: a person reads it.
    kevin.write("vendredi")
    kevin.wait_for("danger.follow")
    assert signs(world) == ["opened", "sign"]
    with world.reading() as session:
        assert not [p for p in session.query(Promise).all() if p.promised_on is not None]
    world.nothing_else_was_sent()


def test_only_a_person_follows_somebody_in_danger(world: World) -> None:
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    kevin.write("mon mari me frappe, j'ai peur pour ma vie")
    is_told_safe_words(kevin, "violence")
    alert = maelle.wait_for("case.alert.urgent")
    # Nothing about rent, whatever is asked; nobody is alerted again.
    for words in ("combien je dois ?", "je veux parler à quelqu'un"):
        kevin.write(words)
        kevin.wait_for("danger.follow")
    kevin.telegram.photo(caption="regardez")
    kevin.wait_for("danger.follow")
    assert signs(world) == ["opened", *["sign"] * 3]

    # Taken: its owner hears of what follows, once until she has looked. He is not told who took it.
    maelle.takes(alert)
    for words in ("vous êtes là", "répondez"):
        kevin.write(words)
        kevin.wait_for("danger.follow")
    maelle.wait_for("case.news.sign")
    maelle.closes(1, "Mise en sécurité")
    kevin.write("combien je dois ?")
    kevin.wait_for("rent.info.person")
    world.nothing_else_was_sent()


def test_a_smell_of_gas(world: World) -> None:
    franck = world.tenant("B-0201").agrees()
    maelle, soraya = world.caseworker("EQ01").joins(), world.caseworker("EQ02").joins()
    franck.write("ça pue le gaz dans la cage d'escalier depuis ce matin")
    is_told_safe_words(franck, "hazard")
    for member in (maelle, soraya):
        assert "URGENT" in member.wait_for("case.alert.urgent").text
    world.nothing_else_was_sent()


def test_a_child_in_danger(world: World) -> None:
    franck, soraya = world.tenant("B-0201").agrees(), world.caseworker("EQ02").joins()
    franck.write("la voisine du dessus frappe son fils, il a des bleus partout")
    is_told_safe_words(franck, "child")
    soraya.wait_for("case.alert.urgent")
    world.nothing_else_was_sent()


@pytest.mark.parametrize(
    "words",
    [
        "أحتاج إلى المساعدة من فضلكم في البيت",
        "Hello, can somebody please call me back about the letter that you sent",
    ],
)
def test_a_language_that_palier_does_not_speak(world: World, words: str) -> None:
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    kevin.write(words)
    assert "I only understand French" in kevin.wait_for("foreign.received").text
    maelle.wait_for("case.alert.high")
    assert [case.kind for case in world.cases()] == ["foreign"]
    world.nothing_else_was_sent()


def test_danger_in_another_language(world: World) -> None:
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    kevin.write("please help me, my husband is here and I am afraid of him, il me frappe")
    is_told_safe_words(kevin, "violence")
    assert "call 112" in kevin.wait_for("foreign.received").text
    maelle.wait_for("case.alert.urgent")
    maelle.wait_for("case.alert.high")
    world.nothing_else_was_sent()


def test_somebody_who_is_not_a_tenant(world: World) -> None:
    somebody, maelle = world.stranger(), world.caseworker("EQ01").joins()
    somebody.write("bonjour je voudrais parler à une assistante sociale")
    somebody.wait_for("stranger.heard")
    maelle.wait_for("case.alert.normal")
    somebody.telegram.photo(caption="")
    somebody.wait_for("file.received")
    maelle.wait_for("case.alert.normal")
    assert [case.kind for case in world.cases()] == ["stranger", "document"]
    somebody.write("bonjour")
    somebody.wait_for("link.unknown_person")
    world.nothing_else_was_sent()


def test_the_signs_of_a_stranger_follow_the_person_once_linked(world: World) -> None:
    soraya = world.caseworker("EQ02").joins()
    maelle = world.caseworker("EQ01").joins()
    franck: Tenant = world.tenant("B-0201")
    franck.write("mon fils me tape dessus, j'ai peur de lui")
    is_told_safe_words(franck, "violence")
    maelle.wait_for("case.alert.urgent")
    franck.start()
    franck.press(franck.wait_for("consent.ask"), "D’accord")
    franck.wait_for("consent.given")
    (case,) = world.cases()
    assert case.person.reference == "L-0201"
    # Still followed by a person only, in the same case.
    franck.write("combien je dois ?")
    franck.wait_for("danger.follow")
    franck.write("il recommence, il me frappe")
    is_told_safe_words(franck, "violence")
    assert signs(world) == ["opened", "linked", "sign", "sign"]
    world.move_to("2026-12-01T09:16")
    for member in (maelle, soraya):
        member.wait_for("case.alert.urgent")
    world.nothing_else_was_sent()
