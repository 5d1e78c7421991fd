"""What is asked of Duckling, whichever process answers."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

DIMENSIONS = ("time", "duration", "amount-of-money", "number")

# A text, the aware instant at which it was written, an IANA zone: what Duckling finds, in its own JSON form
# (`dim`, `start`, `end` in characters of that text, `value`). Raises EngineDown.
Engine = Callable[[str, datetime, str], list[dict[str, Any]]]


class EngineDown(Exception):
    """Duckling gave no answer; the message says why, without the text."""
