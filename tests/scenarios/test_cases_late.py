"""Nobody looks, nobody answers, the dialogue hangs: a person is found all the same, and the tenant knows."""

from bot.domain.states import CaseState
from bot.storage.tables import Message
from tests.scenarios.story import World
from tests.scenarios.test_danger import THREAT, is_told_safe_words


def test_new_danger_that_its_owner_does_not_look_at_goes_back_to_the_team(world: World) -> None:
    kevin = world.tenant("B-0105").agrees()
    maelle, soraya = world.caseworker("EQ01").joins(), world.caseworker("EQ02").joins()
    kevin.write(THREAT)
    is_told_safe_words(kevin, "violence")
    maelle.takes(maelle.wait_for("case.alert.urgent"))
    world.move_to("2026-12-01T23:00")

    kevin.write("il m'a encore frappée")
    is_told_safe_words(kevin, "violence")
    maelle.wait_for("case.news.danger")
    # She sleeps. Another quarter of an hour later the person on call hears of it too.
    world.move_to("2026-12-01T23:16")
    maelle.wait_for("case.alert.urgent")
    assert not soraya.unread()
    world.move_to("2026-12-01T23:31")
    maelle.wait_for("case.alert.urgent")
    soraya.takes(soraya.wait_for("case.alert.urgent"))
    (case,) = world.cases()
    assert [event.kind for event in case.history] == ["opened", "taken", "sign", "released", "taken"]
    world.nothing_else_was_sent()


def test_a_message_that_stays_unclear_is_read_and_its_author_knows(world: World) -> None:
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    kevin.write("bzzt grmbl loyer porte")
    kevin.wait_for("clarify.ask")
    world.move_to("2026-12-01T09:29")
    assert not kevin.unread()
    world.move_to("2026-12-01T09:31")
    maelle.wait_for("case.alert.normal")
    assert "au plus tard jeudi 3 décembre" in kevin.wait_for("case.told.unclear").text
    world.nothing_else_was_sent()


def test_whoever_writes_again_after_a_broken_promise_is_promised_no_day(world: World) -> None:
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    kevin.write("je voudrais parler à une personne")
    assert "au plus tard jeudi 3 décembre" in kevin.wait_for("told.request_human").text
    maelle.wait_for("case.alert.normal")
    world.bank_file("2026-12-07")
    world.move_to("2026-12-04T10:00")
    maelle.wait_for("case.alert.late")
    kevin.write("je voudrais parler à une personne")
    assert "prévenue de nouveau" in kevin.wait_for("told.request_human").text
    assert maelle.reads_digests() == 3
    world.nothing_else_was_sent()


def test_danger_while_the_dialogue_hangs(world: World) -> None:
    kevin, franck = world.tenant("B-0105").agrees(), world.tenant("B-0201").agrees()
    maelle, soraya = world.caseworker("EQ01").joins(), world.caseworker("EQ02").joins()
    assert world.bridge
    world.bridge.stall()
    # His words are held by the dialogue; hers need none.
    franck.write("bonjour, il me faut une quittance")
    world.bridge.wait_until_held()
    kevin.write("je vais sauter par la fenêtre")
    is_told_safe_words(kevin, "distress")
    maelle.wait_for("case.alert.urgent")
    franck.wait_for("dialogue.down")
    soraya.wait_for("case.alert.normal")
    assert [(case.kind, case.state) for case in world.cases()] == [
        ("report_distress", CaseState.NEW),
        ("unread", CaseState.NEW),
    ]
    world.nothing_else_was_sent(troubles=("dialogue down",))


def test_a_place_sent_by_somebody_in_danger(world: World) -> None:
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    kevin.write(THREAT)
    is_told_safe_words(kevin, "violence")
    maelle.takes(maelle.wait_for("case.alert.urgent"))
    kevin.telegram.location(48.8566, 2.3522)
    kevin.wait_for("danger.follow")
    maelle.wait_for("case.news.sign")
    with world.reading() as session:
        (place,) = [m for m in session.query(Message) if (m.attachment or {}).get("kind") == "location"]
        assert (place.attachment["latitude"], place.sensitive) == (48.8566, True)
    world.nothing_else_was_sent()
