"""A browser from which a member of the team has logged in before. It is remembered, so that strangers who ask
for links in that member's name use up nothing of theirs. It opens nothing."""

import hmac
from datetime import timedelta

from fastapi import Request, Response

from bot.console.desk import Desk
from bot.storage.secrets import new_code

_COOKIE, _LIFE = "palier-connu", timedelta(days=180)


def remember(desk: Desk, response: Response, staff_id: int) -> None:
    """Give the browser its mark; only the page that asks for links gets it back."""
    code = new_code(16)
    response.set_cookie(
        _COOKIE,
        f"{staff_id}.{code}.{_signed(desk, str(staff_id), code)}",
        max_age=int(_LIFE.total_seconds()),
        path="/connexion",
        httponly=True,
        secure=desk.secure,
        samesite="lax",
    )


def read(desk: Desk, request: Request) -> tuple[int, str] | None:
    """Who has logged in there, and the browser's own code; None for an unknown browser."""
    staff_id, _, rest = request.cookies.get(_COOKIE, "").partition(".")
    code, _, mark = rest.partition(".")
    if not hmac.compare_digest(mark.encode(), _signed(desk, staff_id, code).encode()):
        return None
    return int(staff_id), code


def _signed(desk: Desk, staff_id: str, code: str) -> str:
    return desk.house.vault.fingerprint(f"browser/{staff_id}/{code}")
