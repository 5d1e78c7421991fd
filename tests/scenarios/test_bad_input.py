"""Whatever comes in: a short clear answer where a person wrote, nothing lost, crashed or leaked."""

from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from bot.domain.states import InboxState
from bot.storage.tables import Inbox, Message, Person, Question
from tests.scenarios.parts import SharedDialogue
from tests.scenarios.story import Tenant, World, running_world

LONG = "combien je dois ? " * 1112  # 20,016 characters
PRIVATE = {"id": 0, "type": "private", "first_name": "Kévin"}


# Tenants of the same référent, each in turn: Palier writes three messages in three seconds to a chat.
LEASES = [f"B-01{number:02}" for number in (1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14)]
# Once somebody has written of danger, only a person follows: they do not come back in the turn.
IN_DANGER = ("B-0115", "B-0116")


@pytest.fixture(scope="module")
def shared_world(
    dialogue: SharedDialogue, samples: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """One bot for all of these: each test looks at everybody, not only at who wrote."""
    folder = tmp_path_factory.mktemp("bad-input")
    with running_world(folder, dialogue, samples=samples) as world:
        world.caseworker("EQ01").joins()
        tenants = [world.tenant(lease) for lease in (*LEASES, *IN_DANGER)]
        for tenant in tenants:
            tenant.start()
        for tenant in tenants:
            tenant.press(tenant.wait_for("consent.ask"), "D’accord")
        for tenant in tenants:
            tenant.wait_for("consent.given")
        yield world


@pytest.fixture
def world(shared_world: World) -> Iterator[World]:
    shared_world.forget()
    yield shared_world
    # Whatever it was: nobody else was told anything, and every update is done with.
    shared_world.nothing_else_was_sent()
    assert not shared_world.inbox(InboxState.NEW, InboxState.WORKING, InboxState.FAILED)
    with shared_world.reading() as session:
        assert not session.query(Inbox).filter(Inbox.raw.is_not(None)).count()


@pytest.fixture(scope="module")
def turns() -> Iterator[str]:
    return cycle(LEASES)


@pytest.fixture
def kevin(world: World, turns: Iterator[str]) -> Tenant:
    """A tenant who has agreed to the first contact."""
    return world.tenant(next(turns))


@pytest.fixture(scope="module")
def left_in_peace() -> Iterator[str]:
    return iter(IN_DANGER)


@pytest.fixture
def sofia(world: World, left_in_peace: Iterator[str]) -> Tenant:
    """Somebody who will write of danger."""
    return world.tenant(next(left_in_peace))


@pytest.fixture
def aminata(world: World, turns: Iterator[str]) -> Tenant:
    """Another one."""
    return world.tenant(next(turns))


def typed(tenant: Tenant, text: str, **more: Any) -> dict[str, Any]:
    """A message as Telegram would send it, whatever Telegram would allow."""
    chat = PRIVATE | {"id": tenant.telegram.id}
    sender = {"id": tenant.telegram.id, "is_bot": False, "first_name": tenant.name}
    message = {"message_id": 9_000, "date": 1_796_000_000, "chat": chat, "from": sender, "text": text}
    return {"message": message | more}


def is_short(text: str) -> bool:
    return 0 < len(text) < 500


@pytest.mark.parametrize(
    ("act", "answer"),
    [
        pytest.param(lambda p: p.write("/jenexistepas"), "command.unknown", id="unknown command"),
        pytest.param(lambda p: p.write("/affirm"), "command.unknown", id="an intent as a command"),
        pytest.param(lambda p: p.write("/payment_difficulty{}"), None, id="an intent with entities"),
        pytest.param(lambda p: p.sticker(), "wordless.received", id="sticker"),
        pytest.param(lambda p: p.contact("+33600000000"), "wordless.received", id="contact"),
        pytest.param(lambda p: p.write("🙂" * 50), None, id="pictures in words"),
        pytest.param(lambda p: p.write("?"), None, id="one sign"),
        pytest.param(lambda p: p.write("/start"), "link.again", id="start again"),
        pytest.param(lambda p: p.write("/aide"), "help.tenant", id="help"),
        pytest.param(lambda p: p.write("/start " + "a" * 3000), "link.again", id="an endless code"),
    ],
)
def test_what_a_person_can_do_by_mistake(
    kevin: Tenant, act: Callable[[Any], Any], answer: str | None
) -> None:
    act(kevin.telegram)

    assert 0 < len(kevin.wait_for(answer).text) < 800
    if answer is not None:
        assert not kevin.world.cases(person_id=person_of(kevin), kind="unclear")
    forget_clarification(kevin)


@pytest.mark.parametrize(
    ("act", "answer"),
    [
        pytest.param(lambda p: p.photo(caption="le courrier"), "file.received", id="photo"),
        pytest.param(lambda p: p.document("avis.pdf"), "file.received", id="document"),
        pytest.param(lambda p: p.voice(), "file.received", id="voice"),
        pytest.param(lambda p: p.location(48.8, 2.3), "location.received", id="location"),
    ],
)
def test_what_palier_cannot_read_goes_to_a_person(
    world: World, kevin: Tenant, act: Callable[[Any], Any], answer: str
) -> None:
    act(kevin.telegram)

    assert is_short(kevin.wait_for(answer).text)
    world.caseworker("EQ01").wait_for("case.alert.normal")
    (case,) = world.cases(person_id=person_of(kevin), kind="document")
    with world.reading() as session:
        kept = session.query(Message).filter_by(person_id=case.person_id).order_by(Message.id).all()
        assert answer == "location.received" or any(message.attachment for message in kept)


def test_an_edited_message_is_not_taken_for_a_new_one(kevin: Tenant) -> None:
    written = kevin.write("combien je dois ?")
    kevin.wait_for("rent.info.person")
    kevin.telegram.edit(written, "je ne pourrai pas payer")

    kevin.wait_for("edited.received")
    assert not kevin.world.cases(person_id=person_of(kevin), kind="rent_arrears")


def test_danger_written_by_editing_is_seen(world: World, sofia: Tenant) -> None:
    written = sofia.write("combien je dois ?")
    sofia.wait_for("rent.info.person")
    sofia.telegram.edit(written, "mon mari me frappe")

    sofia.wait_for("114")
    world.caseworker("EQ01").wait_for("case.alert.urgent")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(LONG, id="20,000 characters"),
        pytest.param("combien\x00 je\x07 dois\x1b[31m ?\u202e", id="control characters"),
        pytest.param("combien je dois ?" + "\u0301" * 3000, id="a tower of accents"),
    ],
)
def test_strange_texts_are_read_all_the_same(kevin: Tenant, text: str) -> None:
    kevin.world.standin.send_update(typed(kevin, text))

    kevin.wait_for(None)
    forget_clarification(kevin)


def test_danger_at_the_end_of_20_000_characters(world: World, sofia: Tenant) -> None:
    world.standin.send_update(typed(sofia, "bla " * 5000 + "mon mari me frappe"))

    sofia.wait_for("114")
    world.caseworker("EQ01").wait_for("case.alert.urgent")


@pytest.mark.parametrize("text", ["\u200b\u200b", "\x00\x01", "\u2028"])
def test_nothing_that_can_be_read(kevin: Tenant, text: str) -> None:
    kevin.world.standin.send_update(typed(kevin, text))
    kevin.wait_for("empty.received")


@pytest.mark.parametrize("marked", [False, True])
def test_an_intent_typed_with_a_slash_is_never_an_intent(world: World, kevin: Tenant, marked: bool) -> None:
    """Telegram marks a command; a text that it does not mark is read as words, never as an intent."""
    kevin.write("il me faut une quittance")
    kevin.wait_for("told.ask_receipt")
    text = "/deny"
    entities = [{"type": "bot_command", "offset": 0, "length": len(text)}] if marked else []
    world.standin.send_update(typed(kevin, text, entities=entities))

    kevin.wait_for("command.unknown" if marked else None)
    assert not kevin.was_told(world.parts.house.texts.say("later.refused"))
    with world.reading() as session:
        offer = session.query(Question).filter_by(person_id=person_of(kevin), kind="offer_person").one()
        assert offer.answer != "deny"
    forget_clarification(kevin)


def test_a_button_of_another_tenant_does_nothing(world: World, kevin: Tenant, aminata: Tenant) -> None:
    aminata.write("il me faut une quittance")
    offer = aminata.wait_for("told.ask_receipt")
    data = offer.button("Oui")["callback_data"]

    mine = kevin.write("combien je dois ?")
    kevin.wait_for("rent.info.person")
    kevin.telegram.forge(mine, data)
    kevin.wait_for("button.stale")

    assert not world.cases(person_id=person_of(aminata), kind="ask_receipt")
    aminata.press(offer, "Non")
    aminata.wait_for("later.refused")
    # The question is answered: the same button says so.
    aminata.press(offer, "Oui")
    aminata.wait_for("answer.late")
    assert not world.cases(person_id=person_of(aminata), kind="ask_receipt")


@pytest.mark.parametrize("data", ["jenexistepas", "case.take", "'; DROP TABLE person; --", "é" * 32, "{}"])
def test_forged_callback_data(kevin: Tenant, data: str) -> None:
    mine = kevin.write("combien je dois ?")
    kevin.wait_for("rent.info.person")
    kevin.telegram.forge(mine, data)
    kevin.wait_for("button.stale")


def test_a_button_that_telegram_calls_too_old(kevin: Tenant) -> None:
    kevin.write("il me faut une quittance")
    offer = kevin.wait_for("told.ask_receipt")
    kevin.telegram.press(offer, "Non", expired=True)
    kevin.wait_for("later.refused")


def test_a_tenant_presses_a_button_of_the_team(world: World, kevin: Tenant, aminata: Tenant) -> None:
    maelle = world.caseworker("EQ01")
    aminata.write("je ne peux pas payer mon loyer")
    aminata.wait_for("rent.difficulty")
    alert = maelle.wait_for("case.alert.high")
    mine = kevin.write("combien je dois ?")
    kevin.wait_for("rent.info.person")
    kevin.telegram.forge(mine, alert.button("Prendre le dossier")["callback_data"])

    kevin.wait_for("button.stale")
    (case,) = world.cases(person_id=person_of(aminata), kind="rent_arrears")
    assert case.owner is None


def test_groups_and_channels(world: World, kevin: Tenant) -> None:
    group = world.standin.room(-100, "Les voisins")
    channel = world.standin.room(-200, "Annonces", kind="channel")
    kevin.telegram.write("combien je dois ?", room=group)
    kevin.telegram.write("je ne peux pas payer", room=channel)
    world.settle()
    assert not group.replies()
    assert not channel.replies()

    kevin.telegram.write("/start", room=group)
    group.wait_for("seulement en conversation privée")
    world.may_be_told(group.id)
    # Nothing about anybody is said there, and what was written there opens no case.
    assert len(group.replies()) == 1
    assert not world.cases(person_id=person_of(kevin), kind="rent_arrears")


@pytest.mark.parametrize("text", ["bonjour", "combien je dois ?", "/aide", "/stop", "/mesinfos"])
def test_somebody_without_a_code(world: World, text: str) -> None:
    somebody = world.stranger(f"Inconnu {text}")
    somebody.write(text)
    said = somebody.wait_for("link.unknown_person")
    assert "17 (police)" in said.text
    assert not world.cases(person_id=None)


def test_files_and_buttons_of_somebody_without_a_code(world: World) -> None:
    somebody = world.stranger("Inconnue")
    photo = somebody.telegram.photo()
    somebody.wait_for("file.received")
    world.caseworker("EQ01").wait_for("case.alert.normal")
    somebody.telegram.forge(photo, "jenexistepas")
    somebody.wait_for("button.stale")


def test_the_same_update_twice(world: World, kevin: Tenant) -> None:
    written = kevin.write("combien je dois ?")
    kevin.wait_for("rent.info.person")
    before = len(kevin.telegram.replies())
    world.standin.duplicate(written["update_id"])
    # The next message is answered after the copy was seen: nothing came in between.
    kevin.write("/aide")
    kevin.wait_for("help.tenant")
    assert len(kevin.telegram.replies()) == before + 1


def test_updates_out_of_order_are_all_answered(world: World, kevin: Tenant) -> None:
    world.standin.hold()
    for text in ("/aide", "/jenexistepas", "combien je dois ?"):
        kevin.write(text)
    world.standin.release()

    for answer in ("rent.info.person", "command.unknown", "help.tenant"):
        kevin.wait_for(answer)


@pytest.mark.parametrize(
    "update",
    [
        pytest.param({"poll": {"id": "1", "question": "?", "new_field": {"deep": [1]}}}, id="poll"),
        pytest.param({"a_kind_of_2030": {"x": 1}}, id="unknown kind"),
        pytest.param({}, id="nothing"),
        pytest.param({"message": {"message_id": 1}}, id="a message without a chat"),
        pytest.param({"message": "not an object"}, id="a message that is a text"),
        pytest.param({"callback_query": {"id": "1", "data": "x"}}, id="a press by nobody"),
        pytest.param(
            {"message": {"message_id": 1, "date": 10**18, "chat": {"id": 5, "type": "private"}}}, id="far"
        ),
        pytest.param({"my_chat_member": {"chat": {"id": -5, "type": "group"}}}, id="half a membership"),
    ],
)
def test_raw_updates_of_any_shape(world: World, kevin: Tenant, update: dict[str, Any]) -> None:
    world.standin.send_update(update)
    # It stops nothing: the next message is answered.
    kevin.write("/aide")
    kevin.wait_for("help.tenant")


def test_a_message_with_fields_of_tomorrow(world: World, kevin: Tenant) -> None:
    update = typed(kevin, "/aide", entities=[{"type": "bot_command", "offset": 0, "length": 5}])
    update["message"]["quantum_signature"] = {"bits": [0, 1]}
    update["message"]["entities"].append({"type": "hologram", "offset": 0, "length": 1})
    world.standin.send_update(update)
    kevin.wait_for("help.tenant")


def person_of(tenant: Tenant) -> int:
    with tenant.world.reading() as session:
        return int(session.query(Person.id).filter_by(reference=tenant.reference).scalar())


def forget_clarification(tenant: Tenant) -> None:
    """Whatever Palier asked back is answered, so that the next test begins afresh."""
    tenant.write("combien je dois ?")
    tenant.wait_for("rent.info.person")
