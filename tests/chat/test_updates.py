"""Raw updates: any shape is accepted, and what is written where decides what it is."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.updates import ALLOWED_UPDATES, read, received
from bot.domain.incoming import Came, Place

CHAT = {"id": 5, "type": "private", "first_name": "Kévin"}
SENDER = {"id": 5, "is_bot": False, "first_name": "Kévin"}
KNOWN = ["message_id", "date", "chat", "from", "text", "entities", "caption", "photo", "data", "id", "type"]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "x", "private", "é\x00"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*KNOWN, "new"]), inner, max_size=4)
    ),
    max_leaves=8,
)


def message(text: str | None = None, **more: Any) -> dict[str, Any]:
    content = {"message_id": 1, "date": 1_796_000_000, "chat": CHAT, "from": SENDER} | more
    return {"update_id": 1, "message": content | ({} if text is None else {"text": text})}


def command(text: str) -> dict[str, Any]:
    length = len(text.split(" ")[0])
    return message(text, entities=[{"type": "bot_command", "offset": 0, "length": length}])


@given(st.dictionaries(st.sampled_from([*ALLOWED_UPDATES, "poll", "x"]), ANYTHING, max_size=2))
def test_no_shape_stops_the_reading(update: dict[str, Any]) -> None:
    assert read({"update_id": 3, **update}).update_id == 3


@given(st.dictionaries(st.sampled_from(KNOWN), ANYTHING, max_size=6))
def test_no_message_stops_the_reading(content: dict[str, Any]) -> None:
    read({"update_id": 3, "message": message("a")["message"] | content})


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("/start", "start", ""),
        ("/start abc", "start", "abc"),
        ("/START abc", "start", "abc"),
        ("/aide@palier_bot merci", "aide", "merci"),
        ("/", "", ""),
    ],
)
def test_a_command_is_what_telegram_marks(text: str, name: str, rest: str) -> None:
    incoming = read(command(text))
    assert (incoming.came, incoming.command, incoming.text) == (Came.COMMAND, name, rest)


@pytest.mark.parametrize(
    "update",
    [
        message("Bonjour", chat={"id": {}, "type": "private"}),
        message("Bonjour", chat={"id": 2**63, "type": "private"}),
        message("Bonjour", chat={"id": True, "type": "private"}),
        message(caption=12, photo=[{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]),
        message(None, location={"latitude": "nord", "longitude": 3.1}),
    ],
)
def test_a_value_of_another_type_is_ignored(update: dict[str, Any]) -> None:
    assert read(update).came is Came.IGNORED


def test_a_slash_that_telegram_does_not_mark_is_text() -> None:
    assert read(message("/affirm")).came is Came.TEXT
    later = [{"type": "bot_command", "offset": 4, "length": 5}]
    assert read(message("moi /stop", entities=later)).came is Came.TEXT


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
def test_a_group_hears_nothing_but_a_command(kind: str) -> None:
    room = {"id": -5, "type": kind, "title": "x"}
    assert read(message("bonjour", chat=room)).came is Came.IGNORED
    assert (
        read(command("/aide") | {"message": command("/aide")["message"] | {"chat": room}}).came is Came.GROUP
    )
    chatter = message("bonjour", chat=room)
    assert received(chatter, read(chatter)).telegram_chat is None


def test_the_largest_of_a_photo_is_kept() -> None:
    sizes = [
        {"file_id": name, "file_unique_id": name, "width": width, "height": width}
        for name, width in (("small", 90), ("large", 800))
    ]
    incoming = read(message(photo=sizes, caption="le courrier"))
    assert (incoming.came, incoming.file_id, incoming.text) == (Came.FILE, "large", "le courrier")


def test_a_place_is_kept_with_the_name_of_a_venue() -> None:
    point = {"latitude": 48.85, "longitude": 2.35}
    bare = read(message(location=point))
    assert (bare.came, bare.place, bare.text) == (Came.LOCATION, Place(48.85, 2.35), "")
    venue = {"location": point, "title": "Gare", "address": "2 rue du Port"}
    named = read(message(location=point, venue=venue))
    assert (named.place, named.text) == (Place(48.85, 2.35), "Gare, 2 rue du Port")


def test_a_pressed_button_belongs_to_who_pressed_it() -> None:
    elsewhere = {"message_id": 1, "date": 1, "chat": {"id": -9, "type": "group", "title": "x"}}
    query = {"id": "q", "from": SENDER, "message": elsewhere, "chat_instance": "1", "data": "key"}
    incoming = read({"update_id": 1, "callback_query": query})
    assert (incoming.came, incoming.chat, incoming.button) == (Came.BUTTON, 5, "key")


@pytest.mark.parametrize(
    ("status", "came"), [("kicked", Came.BLOCKED), ("left", Came.BLOCKED), ("member", Came.UNBLOCKED)]
)
def test_blocked_and_let_in_again(status: str, came: Came) -> None:
    bot = {"id": 9, "is_bot": True, "first_name": "Palier"}
    more = {"until_date": 0} if status == "kicked" else {}
    change = {
        "chat": CHAT,
        "from": SENDER,
        "date": 1,
        "old_chat_member": {"user": bot, "status": "member"},
        "new_chat_member": {"user": bot, "status": status, **more},
    }
    assert read({"update_id": 1, "my_chat_member": change}).came is came
