"""Meeting Palier: a one-time code, the first contact, and codes that are used, foreign or old."""

from bot.services import people
from bot.storage.tables import Consent
from tests.scenarios.story import World


def test_a_tenant_links_by_a_code_and_agrees(world: World) -> None:
    kevin = world.tenant("B-0105")
    kevin.start()

    first = kevin.wait_for("consent.ask")
    assert "un programme informatique (pas une personne)" in first.text
    assert "Je travaille pour Habitat Palier Démo" in first.text
    assert "écrivez STOP" in first.text
    assert "gardés 6 mois" in first.text
    assert first.buttons == ["D’accord", "Non merci", "En savoir plus"]
    kevin.press(first, "En savoir plus")
    more = kevin.wait_for("consent.more")
    kevin.press(more, "D’accord")
    kevin.wait_for("consent.given")

    with world.reading() as session:
        given = {(consent.kind, consent.given, consent.wording) for consent in session.query(Consent)}
        assert given == {("rent", True, "consent.ask"), ("appointments", True, "consent.ask")}
    world.nothing_else_was_sent()


def test_a_code_serves_once(world: World) -> None:
    kevin, other = world.tenant("B-0105"), world.stranger()
    code = world.invitation(kevin.reference)
    kevin.start(code)
    kevin.wait_for("consent.ask")

    kevin.start(code)
    kevin.wait_for("link.again")
    other.start(code)
    refused = other.wait_for("link.spent")
    assert "17 (police)" in refused.text
    assert "Kévin" not in refused.text
    other.write("combien je dois ?")
    other.wait_for("link.unknown_person")

    world.nothing_else_was_sent()


def test_an_expired_code_and_a_wrong_one_tell_nothing(world: World) -> None:
    kevin, other = world.tenant("B-0105"), world.stranger()
    code = world.invitation(kevin.reference)
    world.move_to("2027-01-02T10:00")

    kevin.start(code)
    kevin.wait_for("link.spent")
    other.start("jenexistepas")
    other.wait_for("link.no_code")

    kevin.start()
    kevin.wait_for("consent.ask")
    with world.reading() as session:
        assert not people.has_consent(session, session.query(people.Person).first(), "rent")
    world.nothing_else_was_sent()


def test_a_linked_chat_cannot_become_somebody_else(world: World) -> None:
    kevin = world.tenant("B-0105").agrees()
    aminata = world.tenant("B-0106")

    kevin.start(world.invitation(aminata.reference))
    kevin.wait_for("link.already_someone")
    aminata.start()
    aminata.wait_for("consent.ask")

    world.nothing_else_was_sent()
