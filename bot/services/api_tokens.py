"""Bearer tokens of the API: made for a role, perhaps for a member of the team, ended by a day or by hand."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.states import Role
from bot.services.house import House
from bot.storage.secrets import new_code
from bot.storage.tables import ApiToken, Organisation, Staff

_PREFIX = "palier_"


def create(
    session: Session,
    now: datetime,
    house: House,
    organisation: Organisation,
    role: Role,
    staff: Staff | None,
    life: timedelta,
) -> tuple[ApiToken, str]:
    """A new token, and the text to send as `Authorization: Bearer`, which is kept nowhere.

    Raises ValueError when the member does not have that role.
    """
    if staff is not None and staff.role is not role:
        raise ValueError("the role is not the member's")
    text = f"{_PREFIX}{new_code(40)}"
    token = ApiToken(
        organisation_id=organisation.id,
        fingerprint=house.vault.fingerprint(text),
        role=role,
        staff=staff,
        created_at=now,
        expires_at=now + life,
    )
    session.add(token)
    session.flush()
    return token, text


def find(session: Session, now: datetime, house: House, text: str) -> ApiToken | None:
    """The living token of that text. One whose member has changed roles since is dead."""
    token = session.scalar(
        select(ApiToken).where(
            ApiToken.fingerprint == house.vault.fingerprint(text),
            ApiToken.expires_at > now,
            ApiToken.revoked_at.is_(None),
        )
    )
    if token is None or (token.staff is not None and token.staff.role is not token.role):
        return None
    return token


def every(session: Session, organisation: Organisation | None) -> list[ApiToken]:
    """The tokens of one organisation or of all, the oldest first."""
    query = select(ApiToken).order_by(ApiToken.id)
    return list(session.scalars(query.filter_by(organisation_id=organisation.id) if organisation else query))


def revoke(session: Session, now: datetime, number: int) -> ApiToken | None:
    """End a token now; None when there is none of that number."""
    token = session.get(ApiToken, number)
    if token is not None and token.revoked_at is None:
        token.revoked_at = now
    return token
