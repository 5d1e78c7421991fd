"""Updates as people make them, as they answer what they were last shown, and mutated ones."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.fuzz.mutate import mutated, noise, spoiled

Raw = dict[str, Any]

_WORDS = (
    "combien je dois ?", "bonjour", "oui", "non", "je paie vendredi 250e", "je ne pourrai pas payer",
    "annulez", "plutôt jeudi 14h", "on sera 3", "déjà fait", "pas trop", "01/02/2027", "je sais pas",
    "demain", "le 15", "en 3 fois", "250", "reprendre", "ça va", "il fait froid chez moi",
    "je voudrais parler à quelqu’un", "vous vous trompez de personne", "le robinet fuit", "répète",
    "un atelier ?", "la CAF me demande", "hello I need help", "j’ai déménagé", "ma mère est décédée",
    "j’ai 12 ans", "des économies d’énergie ?", "je serai en retard", "merci",
)  # fmt: skip
# Each opens what a person alone answers: rare, or nobody would talk to Palier any more.
_GRAVE = ("ça sent le gaz", "il me frappe", "je veux mourir", "STOP", "tout effacer")
_COMMANDS = (
    "start", "aide", "help", "mesinfos", "pause", "effacer", "discret", "discret citron", "simple", "file",
    "rdv", "atelier", "astreinte", "console", "absence", "affirm", "inconnue", "start AAAA-BBBB",
    "start " + "A" * 64, "stop@autre_bot", "file 1", "atelier 99999999999999999999", "start \x00",
    "discret é́", "",
)  # fmt: skip
_IDS = {"file_id": "f", "file_unique_id": "u"}
_SIZED = {**_IDS, "width": 9, "height": 9}
_VIDEO = {**_SIZED, "duration": 3}
_POINT = {"latitude": 50.6, "longitude": 3.1}
_POLL = {
    "id": "1", "question": "?", "options": [{"text": "a", "voter_count": 0}], "total_voter_count": 0,
    "type": "quiz", "is_closed": False, "is_anonymous": True, "allows_multiple_answers": False,
}  # fmt: skip
_THUMB = {"type": "emoji", "emoji": "👍"}
_CONTENTS: tuple[Raw, ...] = (
    {"photo": [_SIZED]},
    {"photo": [_SIZED, _SIZED], "media_group_id": "7"},
    {"voice": {**_IDS, "duration": 3}},
    {"document": {**_IDS, "file_name": "lettre.pdf", "mime_type": "application/pdf", "file_size": 10**10}},
    {"video": _VIDEO},
    {"video_note": {**_IDS, "length": 9, "duration": 3}},
    {"audio": {**_IDS, "duration": 3}},
    {"animation": _VIDEO, "document": _IDS},
    {"sticker": {**_SIZED, "type": "regular", "is_animated": False, "is_video": False}},
    {"location": _POINT},
    {"location": {**_POINT, "live_period": 60, "heading": 1}},
    {"venue": {"location": _POINT, "title": "T", "address": "A"}, "location": _POINT},
    {"contact": {"phone_number": "+33100000000", "first_name": "X"}},
    {"poll": _POLL},
    {"dice": {"emoji": "🎲", "value": 6}},
    {"game": {"title": "G", "description": "D", "photo": [_SIZED]}},
    {
        "invoice": {
            "title": "I",
            "description": "D",
            "start_parameter": "",
            "currency": "EUR",
            "total_amount": 1,
        }
    },
    {"new_chat_members": [{"id": 5, "is_bot": True, "first_name": "B"}]},
    {"left_chat_member": {"id": 5, "is_bot": True, "first_name": "B"}},
    {"migrate_to_chat_id": -1005},
    {"pinned_message": {"message_id": 1, "date": 0, "chat": {"id": 1, "type": "private"}}},
    {"message_auto_delete_timer_changed": {"message_auto_delete_time": 60}},
    {"web_app_data": {"data": "{}", "button_text": "x"}},
    {"passport_data": {"data": [], "credentials": {"data": "", "hash": "", "secret": ""}}},
    {"something_new": {"text": "oui"}},
)
_GROUPS: tuple[Raw, ...] = (
    {"id": -5, "type": "group", "title": "G"},
    {"id": -1005, "type": "supergroup", "title": "G", "is_forum": True},
    {"id": -6, "type": "channel", "title": "C"},
    {"id": -7, "type": "new_type"},
)
_MEMBERS = ("kicked", "member", "left", "administrator", "restricted", "creator", "new_status")


@dataclass
class Shown:
    """What a chat was last shown: the number of the message, its words, its buttons (title, key)."""

    message: int
    text: str
    buttons: list[tuple[str, str]]


@dataclass(frozen=True)
class Post:
    """One call of the webhook. `trusted`: with the right secret."""

    body: bytes
    trusted: bool = True


@dataclass
class Source:
    """Makes updates of these chats. `shown` is what each of them was last shown, filled by who looks."""

    random: Random
    tenants: Sequence[int]
    staff: Sequence[int]
    strangers: Sequence[int]
    shown: dict[int, Shown] = field(default_factory=dict)
    # Keys that were shown to anybody, in the order in which they were.
    keys: list[str] = field(default_factory=list)
    # Seconds since 1970: what the telephones' clocks say.
    date: int = 0
    made: Counter[str] = field(default_factory=Counter)
    _number: int = 500_000_000
    _posted: list[bytes] = field(default_factory=list)

    def posts(self, count: int) -> list[Post]:
        """The next ones; now and then a whole burst is one chat's."""
        only = self.random.choice(self.tenants) if self.random.random() < 0.02 else None
        return [self._post(only) for _ in range(count)]

    def learn(self, chat: int, message: int, text: str, buttons: list[tuple[str, str]]) -> None:
        """That chat is shown that message by now."""
        self.shown[chat] = Shown(message, text, buttons)
        self.keys = [*self.keys, *(key for _, key in buttons)][-400:]

    def token(self, chat: int) -> str:
        """A word that this tenant alone writes."""
        return f"zq{chat}zq"

    def _post(self, only: int | None) -> Post:
        chance = self.random.random()
        if chance < 0.01 and self._posted:
            self.made["répétées"] += 1
            return Post(self.random.choice(self._posted))
        body = json.dumps(self.update(only)).encode()
        self._posted = [*self._posted[-200:], body]
        if chance < 0.03:
            self.made["octets abîmés"] += 1
            return Post(spoiled(self.random, body))
        if chance < 0.032:
            self.made["sans le secret"] += 1
            return Post(body, trusted=False)
        return Post(body)

    def update(self, only: int | None = None) -> Raw:
        """The next one: an answer to what was shown, or anything; mutated or not."""
        self._number += 1
        chat = only or self._chat()
        answers = self.random.random() < 0.45 and chat in self.shown
        raw = self._answer(chat) if answers else self.random.choice(_MAKERS)(self, chat)
        update = {"update_id": self._number, **raw}
        if self.random.random() < (0.1 if answers else 0.4):
            self.made["mutées"] += 1
            update = mutated(self.random, update)
        return update

    def start(self, chat: int, code: str) -> Post:
        """That telephone opens its invitation."""
        self._number += 1
        entity = {"type": "bot_command", "offset": 0, "length": 6}
        message = self.message(chat, text=f"/start {code}", entities=[entity])
        return Post(json.dumps({"update_id": self._number, "message": message}).encode())

    def says(self, chat: int, words: str) -> Post:
        """That telephone writes just these words."""
        self._number += 1
        return Post(
            json.dumps({"update_id": self._number, "message": self.message(chat, text=words)}).encode()
        )

    def unblocks(self, chat: int) -> Post:
        """That telephone lets the bot in again."""
        self._number += 1
        bot = {"id": 1, "is_bot": True, "first_name": "P"}
        change = {"chat": {"id": chat, "type": "private"}, "from": self._who(chat), "date": self.date,
                  "old_chat_member": {"user": bot, "status": "kicked", "until_date": 0},
                  "new_chat_member": {"user": bot, "status": "member"}}  # fmt: skip
        return Post(json.dumps({"update_id": self._number, "my_chat_member": change}).encode())

    def words(self, chat: int) -> str:
        chance = self.random.random()
        if chance < 0.01:
            return self.random.choice(_GRAVE)
        said = self.random.choice(_WORDS) if chance < 0.7 else noise(self.random)
        if chat in self.tenants and self.random.random() < 0.2:
            self.made["avec un mot à soi"] += 1
            return f"{said[:4_000]} {self.token(chat)}"
        return said

    def message(self, chat: int, /, **content: Any) -> Raw:
        self.made["messages"] += 1
        raw = {
            "message_id": self._number,
            "date": self.date + self.random.choice((0, 0, 0, -60, 5, -86_400)),
            "chat": {"id": chat, "type": "private", "first_name": "C"},
            "from": {"id": chat, "is_bot": False, "first_name": "C", "language_code": "fr"},
        }
        if self.random.random() < 0.1 and chat in self.shown:
            old = {
                "message_id": self.shown[chat].message,
                "date": self.date,
                "chat": raw["chat"],
                "text": "?",
            }
            raw["reply_to_message"] = old
        if self.random.random() < 0.03:
            raw["forward_origin"] = {"type": "hidden_user", "sender_user_name": "Z", "date": self.date}
        return {**raw, **content}

    def command(self, chat: int) -> Raw:
        self.made["commandes"] += 1
        text = f"/{self.random.choice(_COMMANDS)}"
        entity = {"type": "bot_command", "offset": 0, "length": len(text.split()[0])}
        return {"message": self.message(chat, text=text, entities=[entity])}

    def pressed(self, chat: int, key: str) -> Raw:
        self.made["boutons"] += 1
        message: Raw | None = self.message(chat, text="Une question")
        if self.random.random() < 0.1:
            message = {
                "chat": {"id": chat, "type": "private"},
                "message_id": 1,
                "date": 0,
            }  # no longer accessible
        query = {"id": str(self._number), "from": self._who(chat), "chat_instance": "1", "data": key}
        return {"callback_query": {**query, "message": message} if message else query}

    def forged(self, chat: int) -> Raw:
        """A key that nobody was given; or one of somebody else, or an old one."""
        key = self.random.choice(self.keys) if self.keys else "x"
        false = self.random.random() < 0.85
        self.made["boutons forgés" if false else "boutons d’un autre ou anciens"] += 1
        if false:
            key = self.random.choice(
                (key[:-1], key + "x", key.swapcase(), key[::-1], " " + key, key.encode().hex()[:64],
                 noise(self.random, 64), "affirm", "", "\x00", "9" * 64, f"{key}\n", "%", "_" * len(key))
            )  # fmt: skip
        return self.pressed(chat, key)

    def membership(self, chat: int) -> Raw:
        place = {"id": chat, "type": "private", "first_name": "C"}
        if self.random.random() < 0.3:
            place = self.random.choice(_GROUPS)
        bot = {"id": 1, "is_bot": True, "first_name": "P"}
        before, after = ({"user": bot, "status": self.random.choice(_MEMBERS)} for _ in range(2))
        change = {"chat": place, "from": self._who(chat), "date": self.date, "old_chat_member": before,
                  "new_chat_member": after}  # fmt: skip
        return {self.random.choice(("my_chat_member", "my_chat_member", "chat_member")): change}

    def unasked(self, chat: int) -> Raw:
        """Kinds of updates that Palier never asked for, one of them unknown to everybody."""
        who, place = self._who(chat), {"id": chat, "type": "private"}
        seen = {"chat": place, "message_id": 1, "date": self.date}
        made: tuple[Raw, ...] = (
            {"message_reaction": {**seen, "user": who, "old_reaction": [], "new_reaction": [_THUMB]}},
            {"message_reaction_count": {**seen, "reactions": []}},
            {"inline_query": {"id": "1", "from": who, "query": "loyer", "offset": ""}},
            {"chosen_inline_result": {"result_id": "1", "from": who, "query": ""}},
            {"shipping_query": {"id": "1", "from": who, "invoice_payload": "", "shipping_address": {}}},
            {"pre_checkout_query": {"id": "1", "from": who, "currency": "EUR", "invoice_payload": ""}},
            {"poll": _POLL},
            {"poll_answer": {"poll_id": "1", "user": who, "option_ids": [0]}},
            {"chat_join_request": {"chat": _GROUPS[0], "from": who, "user_chat_id": chat, "date": self.date}},
            {"business_message": self.message(chat, text=self.words(chat), business_connection_id="b")},
            {"deleted_business_messages": {"business_connection_id": "b", "chat": place, "message_ids": [1]}},
            {"channel_post": self.message(chat, text=self.words(chat), chat=_GROUPS[2])},
            {"edited_channel_post": self.message(chat, text=self.words(chat), chat=_GROUPS[2], edit_date=1)},
            {"something_new": self.message(chat, text=self.words(chat))},
            {},
        )  # fmt: skip
        return self.random.choice(made)

    def _answer(self, chat: int) -> Raw:
        """What somebody does who reads: a button of that message, its words typed, or other words."""
        self.made["réponses à ce qui est affiché"] += 1
        shown, chance = self.shown[chat], self.random.random()
        if not shown.buttons or chance > 0.85:
            return {"message": self.message(chat, text=self.words(chat))}
        title, key = self.random.choice(shown.buttons)
        if chance < 0.7:
            return self.pressed(chat, key)
        return {"message": self.message(chat, text=title)}

    def _chat(self) -> int:
        chance = self.random.random()
        chats = self.tenants if chance < 0.75 else self.staff if chance < 0.95 else self.strangers
        return self.random.choice(chats)

    @staticmethod
    def _who(chat: int) -> Raw:
        return {"id": chat, "is_bot": False, "first_name": "C"}


def _content(it: Source, chat: int) -> Raw:
    content = dict(it.random.choice(_CONTENTS))
    if it.random.random() < 0.5:
        content["caption"] = it.words(chat)[:1024]
    return {"message": it.message(chat, **content)}


def _text(it: Source, chat: int) -> Raw:
    return {"message": it.message(chat, text=it.words(chat))}


def _edited(it: Source, chat: int) -> Raw:
    return {"edited_message": it.message(chat, text=it.words(chat), edit_date=it.date)}


def _in_a_group(it: Source, chat: int) -> Raw:
    text = it.random.choice(("/aide", "/start X", it.words(chat)))
    return {"message": it.message(chat, text=text, chat=it.random.choice(_GROUPS))}


_MAKERS: tuple[Callable[[Source, int], Raw], ...] = (
    _text, _text, _text, Source.command, Source.forged, Source.forged, Source.forged, _content, _content,
    _edited, _in_a_group, Source.membership, Source.unasked,
)  # fmt: skip


def buttons_of(markup: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """The buttons of an inline keyboard that send something."""
    rows = (markup or {}).get("inline_keyboard", [])
    return [(b["text"], b["callback_data"]) for row in rows for b in row if "callback_data" in b]
