"""Updates as people make them, and what no person makes: wrong types, missing keys, endless words."""

import copy
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

Raw = dict[str, Any]

_WORDS = (
    "combien je dois ?", "bonjour", "STOP", "oui", "non", "je paie vendredi 250e", "ça sent le gaz",
    "il me frappe", "je ne pourrai pas payer", "annulez", "plutôt jeudi 14h", "on sera 3", "déjà fait",
    "pas trop", "01/02/2027",
)  # fmt: skip
_COMMANDS = (
    "start", "aide", "mesinfos", "pause", "stop", "effacer", "discret", "simple", "file", "rdv", "atelier",
    "astreinte", "console", "absence", "affirm", "inconnue", "start AAAA-BBBB", "stop@autre_bot",
)  # fmt: skip
_NASTY: tuple[Any, ...] = (
    None, True, 0, -1, 2**63, -(2**63), 1e308, "", " ", "\x00", "a" * 20_000, "é" * 4_096, "٣ مرحبا",
    "🙂" * 500, "'; DROP TABLE person; --", "{{7*7}}", "%s%s%n", "../../etc/passwd", "<script>",
    "\u202e\u200b", [], {}, [[]], {"a": {"b": {"c": {}}}}, "=HYPERLINK(1)", "1" * 5_000, "\r\n\r\n", "null",
)  # fmt: skip


class Source:
    """Makes updates of these chats; `keys` are the buttons' keys that exist, whoever they belong to."""

    def __init__(self, random: Random, chats: Sequence[int], keys: Sequence[str]) -> None:
        self._random = random
        self._chats = chats
        self._keys = list(keys)
        self._message = 10_000

    def learn(self, keys: Sequence[str]) -> None:
        """These buttons exist by now."""
        self._keys = list(keys)

    def update(self) -> Raw:
        """The next one; one in two is mutated."""
        raw = self._random.choice(_MAKERS)(self)
        if self._random.random() < 0.5:
            for _ in range(self._random.randint(1, 3)):
                raw = self._mutated(raw)
        return raw

    def words(self) -> str:
        if self._random.random() < 0.5:
            return self._random.choice(_WORDS)
        size = int(2 ** self._random.uniform(0, 12))
        return "".join(chr(self._random.randint(*self._random.choice(_RANGES))) for _ in range(size))

    def message(self, **content: Any) -> Raw:
        self._message += 1
        chat = self._random.choice(self._chats)
        return {
            "message_id": self._message,
            "date": 1_796_000_000 + self._message,
            "chat": {"id": chat, "type": "private", "first_name": "C"},
            "from": {"id": chat, "is_bot": False, "first_name": "C"},
            **content,
        }

    def command(self) -> Raw:
        text = f"/{self._random.choice(_COMMANDS)}"
        entity = {"type": "bot_command", "offset": 0, "length": len(text.split()[0])}
        return {"message": self.message(text=text, entities=[entity])}

    def pressed(self) -> Raw:
        data = self._random.choice(self._keys) if self._keys else ""
        if self._random.random() < 0.4:
            data = self._random.choice(
                [data[:-1], data + "x", data.swapcase(), self.words()[:64], "affirm", ""]
            )
        message = self.message(text="Une question")
        return {"callback_query": {"id": str(self._message), "from": message["from"], "chat_instance": "1",
                                   "message": message, "data": data}}  # fmt: skip

    def _mutated(self, raw: Raw) -> Raw:
        changed = copy.deepcopy(raw)
        place = changed
        while True:
            key = self._random.choice(list(place))
            if isinstance(place[key], dict) and place[key] and self._random.random() < 0.8:
                place = place[key]
                continue
            act = self._random.random()
            if act < 0.6:
                place[key] = copy.deepcopy(self._random.choice(_NASTY))
            elif act < 0.8 and len(place) > 1:
                del place[key]
            else:
                place[f"new_{key}"] = copy.deepcopy(self._random.choice(_NASTY))
            return changed


# ASCII, accented letters, control characters, emoji, Arabic.
_RANGES = ((0x20, 0x7E), (0xC0, 0x17F), (0x0, 0x1F), (0x1F300, 0x1F6FF), (0x600, 0x6FF))
_IDS = {"file_id": "f", "file_unique_id": "u"}
_STICKER = {**_IDS, "type": "regular", "width": 9, "height": 9, "is_animated": False, "is_video": False}
_GROUP, _CHANNEL = {"id": -5, "type": "group", "title": "G"}, {"id": -6, "type": "channel"}

_MAKERS: tuple[Callable[[Source], Raw], ...] = (
    lambda it: {"message": it.message(text=it.words())},
    lambda it: {"message": it.message(text=it.words())},
    Source.command,
    Source.pressed,
    Source.pressed,
    lambda it: {"edited_message": it.message(text=it.words(), edit_date=1_796_000_999)},
    lambda it: {"message": it.message(photo=[{**_IDS, "width": 9, "height": 9}], caption=it.words()[:1024])},
    lambda it: {"message": it.message(voice={**_IDS, "duration": 3})},
    lambda it: {"message": it.message(document={**_IDS, "file_name": it.words()[:60]})},
    lambda it: {"message": it.message(location={"latitude": 50.6, "longitude": 3.1})},
    lambda it: {"message": it.message(sticker=_STICKER)},
    lambda it: {"message": it.message(text=it.words(), chat=_GROUP)},
    lambda it: {"channel_post": it.message(text=it.words(), chat=_CHANNEL)},
)
