"""Rows that many service tests begin with: a member of the team, a tenant, their chats."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.domain.states import ChatState, Register, Role
from bot.storage.tables import Chat, Organisation, Person, Staff

BOT = 7


def staff(
    session: Session,
    reference: str,
    role: Role = Role.CASEWORKER,
    *,
    on_call: bool = False,
    linked: bool = True,
    organisation: int = 1,
) -> Staff:
    member = Staff(
        organisation_id=organisation,
        reference=reference,
        last_name=f"Nom{reference}",
        first_name="Prénom",
        role=role,
        on_call=on_call,
    )
    session.add(member)
    session.flush()
    if linked:
        chat(session, staff_id=member.id, organisation=organisation)
    return member


def tenant(
    session: Session,
    reference: str = "L-1",
    *,
    referent: Staff | None = None,
    register: Register = Register.ORDINARY,
    discreet: bool = False,
    linked: bool = True,
    organisation: int = 1,
) -> Person:
    person = Person(
        organisation_id=organisation,
        reference=reference,
        last_name="Lemoine",
        first_name="Kévin",
        profiles=[],
        referent_id=referent.id if referent else None,
        register=register,
        discreet=discreet,
    )
    session.add(person)
    session.flush()
    if linked:
        chat(session, person_id=person.id, organisation=organisation)
    return person


def chat(
    session: Session,
    *,
    person_id: int | None = None,
    staff_id: int | None = None,
    state: ChatState = ChatState.ACTIVE,
    organisation: int = 1,
) -> Chat:
    row = Chat(
        organisation_id=organisation,
        bot_id=BOT,
        telegram_id=1000 + (session.scalar(select(func.count(Chat.id))) or 0),
        person_id=person_id,
        staff_id=staff_id,
        state=state,
    )
    session.add(row)
    session.flush()
    return row


def chat_of(session: Session, who: Person | Staff) -> Chat:
    wanted = {"person_id": who.id} if isinstance(who, Person) else {"staff_id": who.id}
    return session.scalars(select(Chat).filter_by(**wanted)).one()


def other_landlord(session: Session) -> int:
    other = Organisation(reference="autre", name="Autre bailleur", settings={})
    session.add(other)
    session.flush()
    return other.id
