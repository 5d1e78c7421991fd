"""How much a program may ask: the size of a body, the requests a minute of a token."""

import time
from collections.abc import Callable

from bot import posters
from bot.api.problems import Refused
from bot.limits import Pace

MOST_BYTES, MOST_FILE_BYTES = 64 * 1024, 5_000_000
A_MINUTE = 300
_TOO_MANY = "Trop de demandes pour ce jeton. Réessayez après le délai indiqué."


class Limiter:
    """At most `most` requests in a minute of this process, for each token."""

    def __init__(self, most: int = A_MINUTE, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._pace = Pace(most, monotonic)

    def count(self, token_id: int) -> None:
        """Raises Refused (429, with `Retry-After`) when the minute's requests are used up."""
        wait = self._pace.count(token_id)
        if wait:
            raise Refused(429, _TOO_MANY, {"Retry-After": str(wait)})


def most_bytes(path: str) -> int:
    """How large the body of a request to that path may be."""
    if path.endswith("/poster"):
        return posters.MOST_BYTES
    return MOST_FILE_BYTES if "/v1/imports/" in path else MOST_BYTES
