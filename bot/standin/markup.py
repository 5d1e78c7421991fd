"""Telegram's HTML parse mode and the entities it finds by itself."""

from __future__ import annotations

import html
import re
from typing import Any

from bot.standin.errors import ApiError, bad_request

Entity = dict[str, Any]

TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "blockquote": "blockquote",
}
_TAG = re.compile(
    r"<(/?)([A-Za-z][A-Za-z0-9-]*)?((?:\s+[\w-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+))?)*)\s*>"
)
_ATTRIBUTE = re.compile(r"([\w-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+)))?")
_CHARACTER = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
_FOUND = re.compile(
    r"(?P<bot_command>(?<![\w/@<>])/[A-Za-z0-9_]{1,32}(?:@\w+)?(?![\w/<>]))"
    r"|(?P<url>https?://[^\s<>\"']+[^\s<>\"'.,;:!?)»])"
)


def utf16(text: str) -> int:
    """Length in UTF-16 units, which is how Telegram counts offsets."""
    return len(text) + sum(1 for character in text if character > "\uffff")


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Plain text and entities, or Telegram's "can't parse entities" refusal."""
    text: list[str] = []
    length = position = 0
    stack: list[tuple[str, int, Entity]] = []
    entities: list[Entity] = []

    while position < len(source):
        if source[position] != "<":
            end = source.find("<", position)
            chunk = _unescape(source[position : end if end >= 0 else len(source)])
            text.append(chunk)
            length += utf16(chunk)
            position = end if end >= 0 else len(source)
            continue
        where = len(source[:position].encode())
        match = _TAG.match(source, position)
        if match is None:
            raise _unparsable(_broken_tag(source[position:], where))
        name = (match[2] or "").lower()
        if match[1]:
            entity = _close(stack, name, where)
            entity["length"] = length - entity["offset"]
            if entity["length"]:
                entities.append(entity)
        else:
            stack.append((name, where, _open(name, match[3], length, where)))
        position = match.end()
    if stack:
        raise _unparsable(f'Can\'t find end tag corresponding to start tag "{stack[-1][0]}"')
    return "".join(text), sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


def find_entities(text: str) -> list[Entity]:
    """Commands and links, which Telegram marks without being asked."""
    if "/" not in text:
        return []
    return [
        {
            "type": match.lastgroup,
            "offset": utf16(text[: match.start()]),
            "length": utf16(match.group()),
        }
        for match in _FOUND.finditer(text)
    ]


def strip(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Removes the outer white space as Telegram does, moving the entities along."""
    stripped = text.lstrip()
    cut = utf16(text) - utf16(stripped)
    stripped = stripped.rstrip()
    end = utf16(stripped)
    kept: list[Entity] = []
    for entity in entities:
        start = max(0, entity["offset"] - cut)
        stop = min(end, entity["offset"] + entity["length"] - cut)
        if stop > start:
            kept.append({**entity, "offset": start, "length": stop - start})
    return stripped, kept


def _unescape(chunk: str) -> str:
    return _CHARACTER.sub(lambda match: html.unescape(match.group()), chunk)


def _open(name: str, attributes: str, offset: int, where: int) -> Entity:
    if name not in TAGS:
        raise _unparsable(f'Unsupported start tag "{name}" at byte offset {where}')
    values = {
        found[1].lower(): html.unescape(found[2] or found[3] or found[4] or "")
        for found in _ATTRIBUTE.finditer(attributes)
    }
    if name == "span" and values.get("class") != "tg-spoiler":
        raise _unparsable(f'Tag "span" must have class "tg-spoiler" at byte offset {where}')
    entity: Entity = {"type": TAGS[name], "offset": offset, "length": 0}
    if name == "a":
        entity["url"] = values.get("href", "")
    if name == "blockquote" and "expandable" in values:
        entity["type"] = "expandable_blockquote"
    return entity


def _close(stack: list[tuple[str, int, Entity]], name: str, where: int) -> Entity:
    if not stack:
        raise _unparsable(f"Unexpected end tag at byte offset {where}")
    expected, _, entity = stack.pop()
    if name and name != expected:
        raise _unparsable(
            f'Unmatched end tag at byte offset {where}, expected "</{expected}>", found "</{name}>"'
        )
    return entity


def _broken_tag(rest: str, where: int) -> str:
    if ">" not in rest:
        return f"Unclosed start tag at byte offset {where}"
    name = re.match(r"</?([^\s>]*)", rest)
    return f'Unsupported start tag "{name[1] if name else ""}" at byte offset {where}'


def _unparsable(reason: str) -> ApiError:
    return bad_request(f"can't parse entities: {reason}")
