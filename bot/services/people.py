"""Who is who: organisations, chats, voices, consents."""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, inspect, or_, select
from sqlalchemy.orm import Session, defer, joinedload

from bot.domain import situations
from bot.domain.states import CaseState, ChatState, Register, Role
from bot.storage.tables import Case, Chat, Consent, LeasePerson, Organisation, Person, Staff
from bot.storage.types import EncryptedText
from bot.texts import Voice

DEFAULT_ORGANISATION = "principal"
DANGER_KINDS = ("report_violence", "report_distress", "report_hazard")


def _sealed(table: Any) -> list[Any]:
    """For `options`: names and numbers stay encrypted until one is asked for."""
    return [
        defer(getattr(table, attribute.key))
        for attribute in inspect(table).column_attrs
        if isinstance(attribute.columns[0].type, EncryptedText)
    ]


# For `options`: a chat read with who writes in it. Most answers need no name, and decrypting them all takes
# longer than to find the row.
WHO_WRITES = joinedload(Chat.person).options(*_sealed(Person))
# Members of the team of whom no name is needed: one that can't be read must keep no alert from leaving.
NAMELESS = _sealed(Staff)


def ensure_default_organisation(session: Session) -> Organisation:
    """The first organisation, made at the first start: unlinked people's cases go to it."""
    organisation = session.scalar(select(Organisation).order_by(Organisation.id).limit(1))
    if organisation is None:
        organisation = Organisation(reference=DEFAULT_ORGANISATION, name="Palier", settings={})
        session.add(organisation)
        session.flush()
    return organisation


def chat_for(session: Session, bot_id: int, telegram_id: int) -> Chat:
    """The chat's row, made when Palier meets it for the first time."""
    chat = session.scalar(select(Chat).filter_by(bot_id=bot_id, telegram_id=telegram_id))
    if chat is None:
        organisation = ensure_default_organisation(session)
        chat = Chat(
            organisation_id=organisation.id, bot_id=bot_id, telegram_id=telegram_id, state=ChatState.ACTIVE
        )
        session.add(chat)
        session.flush()
    return chat


def voice(person: Person | None) -> Voice:
    """How to speak to that person (ordinary words when unknown)."""
    if person is None:
        return Voice()
    return Voice(Register(person.register), person.discreet)


def reads_pictures(person: Person | None) -> bool:
    """Whether that person reads pictures better than sentences: as they chose, else as the landlord's file
    says."""
    if person is None:
        return False
    return "pictogrammes" in person.profiles if person.pictures is None else person.pictures


def takes_larger_steps(person: Person) -> bool:
    """Whether fewer choices and steps are easier for that person: the old, and who reads pictures."""
    return "senior" in person.profiles or reads_pictures(person)


def active_chat(session: Session, person: Person) -> Chat | None:
    """The person's linked chat where unsolicited messages may go: not paused, not unreachable."""
    return session.scalar(
        select(Chat).filter_by(person_id=person.id, state=ChatState.ACTIVE).order_by(Chat.id.desc()).limit(1)
    )


def staff_chat(session: Session, staff: Staff) -> Chat | None:
    return session.scalar(
        select(Chat).filter_by(staff_id=staff.id, state=ChatState.ACTIVE).order_by(Chat.id.desc()).limit(1)
    )


def administration(session: Session, organisation_id: int) -> list[Chat]:
    """Where the administrators are told of what keeps Palier from its work; the coordination when none of
    them has Telegram."""
    for role in (Role.ADMINISTRATOR, Role.COORDINATOR):
        chats = session.scalars(
            select(Chat)
            .join(Staff, Staff.id == Chat.staff_id)
            .where(
                Staff.organisation_id == organisation_id,
                Staff.role == role,
                Chat.state == ChatState.ACTIVE,
            )
            .order_by(Chat.id)
        ).all()
        if chats:
            return list(chats)
    return []


def has_consent(session: Session, person: Person, kind: str) -> bool:
    """Whether the last change of that consent gave it."""
    given = session.scalar(
        select(Consent.given).filter_by(person_id=person.id, kind=kind).order_by(Consent.id.desc()).limit(1)
    )
    return bool(given)


def consents(session: Session, person: Person) -> set[str]:
    """The kinds that the person agrees to today."""
    last = select(func.max(Consent.id)).where(Consent.person_id == person.id).group_by(Consent.kind)
    given = select(Consent.kind).where(Consent.id.in_(last), Consent.given.is_(True))
    return set(session.scalars(given))


def was_asked(session: Session, person: Person, kind: str) -> bool:
    """Whether that consent was ever given or refused."""
    return session.scalar(select(Consent.id).filter_by(person_id=person.id, kind=kind).limit(1)) is not None


def set_consent(
    session: Session, now: datetime, person: Person, kind: str, given: bool, wording: str
) -> None:
    """Write a change of consent; `wording` is the key of the text that the person answered."""
    session.add(
        Consent(
            organisation_id=person.organisation_id,
            person_id=person.id,
            kind=kind,
            given=given,
            wording=wording,
            at=now,
        )
    )


def in_danger(session: Session, person: Person) -> bool:
    """Whether a danger case of that person is open: then Palier says nothing about rent."""
    found = session.scalar(
        select(Case.id)
        .where(Case.person_id == person.id, Case.state != CaseState.CLOSED, Case.kind.in_(DANGER_KINDS))
        .limit(1)
    )
    return found is not None


def left_in_peace(session: Session, person: Person) -> bool:
    """Whether Palier starts nothing with that person until a case is closed: a number changed, a home left, a
    child who writes, a death in the household."""
    mine = select(LeasePerson.lease_id).where(LeasePerson.person_id == person.id)
    household = select(LeasePerson.person_id).where(LeasePerson.lease_id.in_(mine))
    found = session.scalar(
        select(Case.id)
        .where(
            Case.state != CaseState.CLOSED,
            or_(
                and_(Case.person_id == person.id, Case.kind.in_(situations.SILENCE)),
                and_(Case.person_id.in_(household), Case.kind.in_(situations.SILENCE_HOUSEHOLD)),
            ),
        )
        .limit(1)
    )
    return found is not None
