"""Sending, editing and deleting, through python-telegram-bot."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputFile
from telegram.error import BadRequest, Forbidden, InvalidToken
from telegram.request import HTTPXRequest

from bot.standin.client import StandInClient
from bot.standin.files import sample
from bot.standin.people import Person
from bot.standin.server import StandIn


def keyboard(*pairs: tuple[str, str]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(text, callback_data=data) for text, data in pairs]])


async def test_the_bot_knows_itself(bot: Bot, server: StandIn) -> None:
    me = await bot.get_me()
    assert me.is_bot
    assert str(me.id) == server.token.partition(":")[0]


async def test_a_text_arrives_with_its_keyboard(bot: Bot, marie: Person) -> None:
    sent = await bot.send_message(marie.id, "Bonjour", reply_markup=keyboard(("Oui", "o"), ("Non", "n")))
    received = marie.wait_for("Bonjour")
    assert sent.message_id == received.id
    assert sent.date.timestamp() == received.date
    assert sent.chat.first_name == "Marie"
    assert received.buttons == ["Oui", "Non"]


async def test_html_becomes_entities(bot: Bot, marie: Person) -> None:
    sent = await bot.send_message(
        marie.id, '😀 <b>Loyer <i>dû</i></b> &lt;498 €&gt; <a href="https://example.org">ici</a>', "HTML"
    )
    assert sent.text == "😀 Loyer dû <498 €> ici"
    assert {sent.parse_entity(entity): entity.type for entity in sent.entities} == {
        "Loyer dû": "bold",
        "dû": "italic",
        "ici": "text_link",
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<b>gras", 'find end tag corresponding to start tag "b"'),
        ("<b>gras</i>", 'expected "</b>", found "</i>"'),
        ("a < b", "unclosed start tag at byte offset 2"),
        ("é <h1>x</h1>", 'unsupported start tag "h1" at byte offset 3'),
        ("x</b>", "unexpected end tag at byte offset 1"),
    ],
)
async def test_bad_html_is_refused(bot: Bot, marie: Person, text: str, reason: str) -> None:
    with pytest.raises(BadRequest, match="Can't parse entities") as refusal:
        await bot.send_message(marie.id, text, "HTML")
    assert reason in refusal.value.message
    assert marie.replies() == []


async def test_lengths_are_telegrams(bot: Bot, marie: Person) -> None:
    await bot.send_message(marie.id, "é" * 4096)
    with pytest.raises(BadRequest, match="Message is too long"):
        await bot.send_message(marie.id, "é" * 4097)
    with pytest.raises(BadRequest, match="Message text is empty"):
        await bot.send_message(marie.id, "  \n ")
    with pytest.raises(BadRequest, match="caption is too long"):
        await bot.send_photo(marie.id, sample("photo")[2], caption="x" * 1025)
    await bot.send_message(marie.id, "ok", reply_markup=keyboard(("Oui", "é" * 32)))
    for data in ("é" * 33, ""):
        with pytest.raises(BadRequest, match="Button_data_invalid"):
            await bot.send_message(marie.id, "ok", reply_markup=keyboard(("Oui", data)))


async def test_edits_follow_telegrams_rules(bot: Bot, marie: Person) -> None:
    sent = await bot.send_message(marie.id, "Avant", reply_markup=keyboard(("Oui", "o")))
    edited = await bot.edit_message_text("Après", marie.id, sent.message_id)
    assert edited.text == "Après"
    assert edited.edit_date is not None
    received = marie.wait_for("Après")
    assert received.edited
    assert received.buttons == []
    with pytest.raises(BadRequest, match="Message is not modified"):
        await bot.edit_message_text("Après", marie.id, sent.message_id)
    await bot.edit_message_reply_markup(marie.id, sent.message_id, reply_markup=keyboard(("Non", "n")))
    assert marie.replies()[0].buttons == ["Non"]
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("x", marie.id, 999_999)
    own = marie.write("à moi")["message"]["message_id"]
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("x", marie.id, own)


async def test_deletion_within_48_hours(bot: Bot, marie: Person, tg: StandInClient) -> None:
    old = await bot.send_message(marie.id, "vieux")
    tg.clock(49 * 3600)
    sent = await bot.send_message(marie.id, "secret")
    assert await bot.delete_message(marie.id, sent.message_id)
    assert [message.text for message in marie.replies()] == ["vieux"]
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await bot.delete_message(marie.id, sent.message_id)
    with pytest.raises(BadRequest, match="Message can't be deleted"):
        await bot.delete_message(marie.id, old.message_id)
    own = marie.write("mon code")["message"]["message_id"]
    assert await bot.delete_messages(marie.id, [own, old.message_id, 999_999])
    assert [message.text for message in marie.messages(deleted=True) if message.deleted] == [
        "secret",
        "mon code",
    ]


async def test_files_travel_both_ways(bot: Bot, marie: Person) -> None:
    upload = InputFile(b"contenu", "attestation.txt")
    document = await bot.send_document(marie.id, upload, "Votre <b>attestation</b>", parse_mode="HTML")
    assert document.document is not None
    assert document.document.file_name == "attestation.txt"
    received = marie.wait_for("Votre attestation")
    assert received.file() == b"contenu"
    again = await bot.send_document(marie.id, document.document.file_id)
    assert again.document == document.document
    photo = await bot.send_photo(marie.id, sample("photo")[2])
    assert (photo.photo[-1].width, photo.photo[-1].height) == (480, 320)
    voice = await bot.send_voice(marie.id, sample("voice")[2], duration=2)
    assert voice.voice is not None
    film = await bot.send_video(marie.id, InputFile(b"film", "film.mp4"), duration=9, caption="Le couloir")
    assert film.video is not None
    assert (film.video.duration, marie.wait_for("Le couloir").file()) == (timedelta(seconds=9), b"film")
    assert (await bot.send_animation(marie.id, film.video.file_id)).animation is not None
    assert (await bot.send_audio(marie.id, film.video.file_id)).audio is not None
    assert (await bot.send_video_note(marie.id, film.video.file_id, length=240)).video_note is not None
    with pytest.raises(BadRequest, match="Image_process_failed"):
        await bot.send_photo(marie.id, b"pas une image")
    with pytest.raises(BadRequest, match="Wrong file identifier"):
        await bot.send_document(marie.id, "inconnu")

    raw = marie.document("bail.pdf", b"%PDF")["message"]
    file = await bot.get_file(raw["document"]["file_id"])
    assert bytes(await file.download_as_bytearray()) == b"%PDF"
    with pytest.raises(BadRequest, match="Invalid file_id"):
        await bot.get_file("inconnu")


async def test_places_actions_copies_and_pins(bot: Bot, marie: Person) -> None:
    await bot.send_location(marie.id, 45.76, 4.84)
    venue = await bot.send_venue(marie.id, 45.76, 4.84, "Agence", "1 rue des Lilas")
    assert venue.venue is not None
    assert venue.venue.title == "Agence"
    assert await bot.send_chat_action(marie.id, "typing")
    assert marie.chat()["typing"]
    copy = await bot.copy_message(marie.id, marie.id, marie.messages()[0].id)
    assert not marie.chat()["typing"]
    assert marie.replies()[-1].text == "/start"
    assert await bot.pin_chat_message(marie.id, copy.message_id)
    assert marie.messages()[-1].view["pinned"]
    assert await bot.unpin_chat_message(marie.id)
    with pytest.raises(BadRequest, match="Message to pin not found"):
        await bot.pin_chat_message(marie.id, 999_999)


async def test_a_reply_names_its_message(bot: Bot, marie: Person) -> None:
    question = marie.write("une question")["message"]["message_id"]
    answer = await bot.send_message(marie.id, "réponse", reply_to_message_id=question)
    assert answer.reply_to_message is not None
    assert answer.reply_to_message.text == "une question"
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.send_message(marie.id, "réponse", reply_to_message_id=999_999)


async def test_profile_methods_are_kept(bot: Bot, marie: Person) -> None:
    await bot.set_my_commands([("aide", "De l'aide")])
    assert [command.command for command in await bot.get_my_commands()] == ["aide"]
    await bot.set_my_description("Bonjour")
    assert (await bot.get_my_description()).description == "Bonjour"
    assert (await bot.get_my_name()).name == "Palier"
    assert (await bot.get_chat(marie.id)).first_name == "Marie"


async def test_only_people_who_wrote_can_be_written_to(bot: Bot, tg: StandInClient, marie: Person) -> None:
    paul = tg.user(1002, first_name="Paul")
    with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
        await bot.send_message(paul.id, "x")
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(4242, "x")
    marie.block()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(marie.id, "x")
    marie.unblock()
    await bot.send_message(marie.id, "x")
    marie.deactivate()
    with pytest.raises(Forbidden, match="user is deactivated"):
        await bot.send_message(marie.id, "x")


@pytest.mark.parametrize(("token", "status"), [("12345:" + "x" * 35, 401), ("nimporte", 404)])
async def test_tokens_are_checked(server: StandIn, token: str, status: int) -> None:
    request = HTTPXRequest(httpx_kwargs={"trust_env": False})
    stranger = Bot(token, base_url=server.base_url, request=request, get_updates_request=request)
    with pytest.raises(InvalidToken):
        await stranger.initialize()
    await request.shutdown()
    async with httpx.AsyncClient(trust_env=False) as http:
        response = await http.get(f"{server.url}/bot{token}/getMe")
    assert response.status_code == response.json()["error_code"] == status


async def test_commands_are_marked_only_where_telegram_marks_them(bot: Bot, marie: Person) -> None:
    sent = await bot.send_message(marie.id, "/aide ou </script> ou et/ou, voir https://example.org/aide.")
    assert [sent.parse_entity(entity) for entity in sent.entities] == ["/aide", "https://example.org/aide"]


async def test_the_list_of_people_masks_spoilers(bot: Bot, marie: Person) -> None:
    await bot.send_message(marie.id, "😀 dossier <tg-spoiler>4512</tg-spoiler>.", parse_mode="HTML")
    (listed,) = marie.client.request("GET", "/users")
    assert listed["last_text"] == "😀 dossier ▒▒▒▒."
