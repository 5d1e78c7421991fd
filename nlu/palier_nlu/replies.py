"""What the dialogue says, collected instead of sent."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Collection
from typing import Any

from rasa.core.channels.channel import OutputChannel

logger = logging.getLogger(__name__)

_PAYLOAD = re.compile(r"/(?P<intent>\w+)(?P<entities>\{.*\})?", re.DOTALL)


class Replies(OutputChannel):
    """Keeps each message whole, with its buttons as intents."""

    def __init__(self, intents: Collection[str]) -> None:
        self._intents = intents
        self.messages: list[dict[str, Any]] = []

    @classmethod
    def name(cls) -> str:
        """The channel's name, for responses that would differ by channel."""
        return "palier"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep one message; what has no text is not for a chat."""
        text = (message.get("text") or "").strip()
        if text:
            buttons = [self._button(button) for button in message.get("buttons") or []]
            kept: dict[str, Any] = {"text": text, "buttons": [button for button in buttons if button]}
            # The name of a pictogram, where Rasa has the address of an image.
            if message.get("image"):
                kept["picture"] = message["image"]
            self.messages.append(kept)

    def _button(self, button: dict[str, Any]) -> dict[str, Any] | None:
        """The button as the protocol writes it; None, and a line in the log, when nothing would answer it."""
        match = _PAYLOAD.fullmatch(button.get("payload") or "")
        try:
            entities = json.loads(match["entities"] or "{}") if match else {}
        except ValueError:
            match = None
        if not match or match["intent"] not in self._intents or not button.get("title"):
            logger.warning("a button without a known intent was left out")
            return None
        return {"title": button["title"], "intent": match["intent"], "entities": entities}
