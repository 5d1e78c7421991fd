"""What no person writes and no server answers: wrong types, missing keys, endless words, broken bytes."""

import copy
from random import Random
from typing import Any

NASTY: tuple[Any, ...] = (
    None, True, 0, -1, 2**31, 2**63, -(2**63), 10**40, 1e308, float("inf"), float("nan"), 0.5, "", " ",
    "\x00", "a" * 20_000, "é" * 4_096, "٣ مرحبا", "🙂" * 500, "\ud83d", "a\udfffb", "'; DROP TABLE x; --",
    "{{7*7}}", "%s%s%n", "{name} {0}", "../../etc/passwd", "<script>", "\u202e\u200b\ufeff", [], {}, [[]],
    [None], [{}], {"a": {"b": {"c": {}}}}, "=HYPERLINK(1)", "1" * 5_000, "\r\n\r\n", "null", "/stop",
    "2027-02-30T25:61",
)  # fmt: skip
# ASCII, accented letters, control characters, emoji, Arabic, combining marks.
_RANGES = ((0x20, 0x7E), (0xC0, 0x17F), (0x0, 0x1F), (0x1F300, 0x1F6FF), (0x600, 0x6FF), (0x300, 0x36F))
_BYTES = (b'"', b"{", b"}", b"\\u", b"\x00", b"\xff", b"[", b"1e999", b"NaN", b",", b"\\ud800", b" ")


def noise(random: Random, most: int = 4_096) -> str:
    """Any characters, `most` at most; short ones as likely as long ones."""
    size = int(2 ** random.uniform(0, most.bit_length() - 1))
    return "".join(chr(random.randint(*random.choice(_RANGES))) for _ in range(size))


def mutated(random: Random, value: Any, times: int = 3) -> Any:
    """A copy of a JSON value, changed in one to `times` places, the value itself perhaps."""
    changed = {"": copy.deepcopy(value)}
    for _ in range(random.randint(1, times)):
        _change(random, changed)
    return changed[""]


def _change(random: Random, root: dict[str, Any]) -> None:
    place: Any = root
    key: Any = ""
    # The higher the place, the rarer: a change at the top leaves nothing to look at.
    while isinstance(place[key], dict | list) and place[key] and random.random() < 0.9:
        place = place[key]
        key = random.choice(list(place) if isinstance(place, dict) else range(len(place)))
    act = random.random()
    if act < 0.6 or place is root:
        place[key] = copy.deepcopy(random.choice(NASTY))
    elif act < 0.75:
        del place[key]
    elif isinstance(place, list):
        place.extend(copy.deepcopy(place) * random.choice((1, 20)))
    else:
        place[f"new_{key}"] = copy.deepcopy(random.choice(NASTY))


def spoiled(random: Random, content: bytes) -> bytes:
    """The bytes cut, doubled, buried deep, or with some of them changed."""
    act = random.random()
    if act < 0.2:
        return content[: random.randrange(len(content) + 1)]
    if act < 0.25:
        return random.choice(
            (b"", b"[]", b"null", b"0", b'"x"', b"[" * 100_000, b'{"a":' * 50_000, b"9" * 5_000)
        )
    if act < 0.3:
        return content * 2
    if act < 0.33:
        return content.decode().encode("utf-16")
    changed = bytearray(content)
    for _ in range(random.randint(1, 5)):
        at = random.randrange(len(changed) + 1)
        changed[at : at + random.randint(0, 2)] = random.choice(_BYTES)
    return bytes(changed)
