"""`palier token`: make, list and revoke the tokens of the API."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import wiring
from bot.domain.states import Role
from bot.services import api_tokens
from bot.settings import SettingsRefused, load
from bot.storage.tables import Organisation, Staff


def create(role: str, member: str | None, organisation: str | None, days: int) -> str:
    """The text of a new token. Raises SettingsRefused when a name is unknown or the role another."""
    parts = wiring.parts(load("secret_key"))
    with parts.database.transaction() as session:
        owner = _organisation(session, organisation)
        staff = _member(session, owner, member) if member else None
        now, life = parts.clock.now(session), timedelta(days=days)
        try:
            _, text = api_tokens.create(session, now, parts.house, owner, Role(role), staff, life)
        except ValueError:
            raise SettingsRefused(f"{member} n'a pas le rôle {role} : donnez le sien") from None
    return text


def listing(organisation: str | None) -> list[str]:
    """One line a token: number, role, whose, until when."""
    parts = wiring.parts(load("secret_key"))
    with parts.database.reading() as session:
        now = parts.clock.now(session)
        owner = _organisation(session, organisation) if organisation else None
        lines = []
        for token in api_tokens.every(session, owner):
            until = token.expires_at.astimezone(parts.house.zone)
            ended = "révoqué" if token.revoked_at else "expiré" if token.expires_at <= now else "valable"
            whose = token.staff.reference if token.staff else "sans membre"
            lines.append(f"{token.id} : {token.role.value}, {whose}, {ended}, jusqu'au {until:%d/%m/%Y}")
    return lines


def revoke(number: int) -> str:
    """End the token at once. Raises SettingsRefused when there is none of that number."""
    parts = wiring.parts(load("secret_key"))
    with parts.database.transaction() as session:
        if api_tokens.revoke(session, parts.clock.now(session), number) is None:
            raise SettingsRefused(f"aucun jeton n° {number} : voyez « palier token list »")
    return f"Le jeton n° {number} n'ouvre plus rien."


def _organisation(session: Session, reference: str | None) -> Organisation:
    found = session.scalars(select(Organisation).order_by(Organisation.id)).all()
    chosen = [one for one in found if reference in (None, one.reference)]
    if not chosen:
        raise SettingsRefused(f"organisation inconnue : {reference}" if reference else "aucune organisation")
    if len(chosen) > 1:
        raise SettingsRefused("plusieurs organisations : donnez --organisation")
    return chosen[0]


def _member(session: Session, organisation: Organisation, reference: str) -> Staff:
    staff = session.scalar(select(Staff).filter_by(organisation_id=organisation.id, reference=reference))
    if staff is None:
        raise SettingsRefused(f"{reference} n'est pas dans l'équipe : voyez « palier import equipe »")
    return staff
