"""What a caller may send (docs/dialogue-protocol.md), checked."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo

from palier_fr.times import instant_of, zone_named

REGISTERS = ("ordinary", "simple")
_LONGEST_NAME = 200
_ZONE = "Europe/Paris"


class BadRequest(ValueError):
    """The request is not understood; the message says why and holds nothing of what a person wrote."""


@dataclass(frozen=True)
class MessageRequest:
    """One message: typed (`text`) or chosen (`intent`)."""

    id: str
    conversation: str
    talk: bool
    text: str | None
    intent: str | None
    entities: dict[str, Any] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        """Where the person is."""
        return zone_named(self.context.get("timezone") or _ZONE)

    @property
    def written_at(self) -> datetime:
        """The instant at which the person wrote, which "demain" is counted from."""
        given = self.context.get("sent_at") or self.context.get("now")
        return instant_of(given, self.zone) if given else datetime.now(timezone.utc)

    @property
    def slots(self) -> dict[str, Any]:
        """The context as the dialogue sees it."""
        return {
            "context": self.context,
            "question_kind": (self.context.get("question") or {}).get("kind"),
            "register": self.context.get("register") or REGISTERS[0],
            "discreet": bool(self.context.get("discreet")),
        }


def read_request(body: bytes) -> MessageRequest:
    """The request in the body, or `BadRequest`."""
    content = _read_object(body)
    mode = content.get("mode")
    if mode not in ("talk", "parse"):
        raise BadRequest("mode is talk or parse")
    text, intent = _read_message(content)
    request = MessageRequest(
        id=_name(content, "id", required=mode == "talk"),
        conversation=_name(content, "conversation", required=mode == "talk"),
        talk=mode == "talk",
        text=text,
        intent=intent,
        entities=_object(content, "entities"),
        context=_read_context(content),
    )
    _check_moment(request)
    return request


def _check_moment(request: MessageRequest) -> None:
    try:
        _ = request.written_at
    except (ValueError, TypeError, AttributeError):
        raise BadRequest("context.timezone is an IANA zone, sent_at and now are ISO instants") from None


def _read_object(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequest("the body is not JSON") from None
    if not isinstance(content, dict):
        raise BadRequest("the body is not an object")
    return content


def _read_message(content: dict[str, Any]) -> tuple[str | None, str | None]:
    text, intent = content.get("text"), content.get("intent")
    if (text is None) == (intent is None):
        raise BadRequest("either text or intent is expected")
    if intent is not None:
        return None, _name(content, "intent", required=True)
    if not isinstance(text, str) or not text:
        raise BadRequest("text is a string that is not empty")
    # Half a surrogate pair is not text: nothing after this could encode it.
    return text.encode("utf-8", "replace").decode("utf-8"), None


def _read_context(content: dict[str, Any]) -> dict[str, Any]:
    context = _object(content, "context")
    if context.get("register") not in (*REGISTERS, None):
        raise BadRequest("context.register is ordinary or simple")
    if not isinstance(context.get("discreet"), (bool, type(None))):
        raise BadRequest("context.discreet is true or false")
    kind = _object(context, "question").get("kind")
    if not isinstance(kind, (str, type(None))):
        raise BadRequest("context.question.kind is a string")
    return context


def _name(content: dict[str, Any], key: str, *, required: bool) -> str:
    value = content.get(key)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_NAME:
        raise BadRequest(f"{key} is a string of 1 to {_LONGEST_NAME} characters")
    return value


def _object(content: dict[str, Any], key: str) -> dict[str, Any]:
    value = content.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadRequest(f"{key} is an object")
    return value
