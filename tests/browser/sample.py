"""What the sample landlord lacks to show an office at work: who wrote what, which cases are open."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.states import CaseState, Direction, Urgency
from bot.services import people
from bot.services.cases import cases
from bot.services.house import House
from bot.storage.tables import Case, Chat, Message, Person, Staff

# Name of the case in the addresses of the pages, tenant, kind, urgency, reason, hours ago, who follows it.
_CASES = (
    (
        "urgent",
        "L-0109",
        "report_hazard",
        Urgency.URGENT,
        "A écrit : « ça sent le gaz dans la cuisine »",
        0.2,
        "",
    ),
    (
        "case",
        "L-0102",
        "payment_difficulty",
        Urgency.HIGH,
        "A écrit qu’il ne pourra pas payer ce mois-ci",
        24,
        "EQ01",
    ),
    (
        "untaken",
        "L-0105",
        "dispute_charge",
        Urgency.NORMAL,
        "Demande pourquoi les charges ont augmenté",
        43,
        "",
    ),
    ("other", "L-0106", "request_human", Urgency.NORMAL, "Souhaite parler à quelqu’un", 1.5, ""),
    (
        "second",
        "L-0108",
        "payment_difficulty",
        Urgency.HIGH,
        "Premier loyer en retard après un an à jour",
        25.5,
        "",
    ),
)
# Tenant, hours ago, who speaks, words.
_TALK = (
    (
        "L-0102",
        25,
        Direction.OUT,
        "Bonjour Monsieur Ouédraogo, votre loyer de décembre n’est pas arrivé. Avez-vous pu payer ?",
    ),
    ("L-0102", 24, Direction.IN, "bonjour non je pourrai pas ce mois ci, mon employeur a du retard"),
    (
        "L-0102",
        23.99,
        Direction.OUT,
        "Merci de nous l’avoir dit. Maëlle Le Guennec va vous répondre d’ici demain soir.",
    ),
    ("L-0109", 0.2, Direction.IN, "ça sent le gaz dans la cuisine"),
)
_TEAM = ("EQ01", "EQ02", "EQ04")
_LINKED = ("L-0102", "L-0105", "L-0106", "L-0108", "L-0109")


def add(session: Session, now: datetime, house: House) -> dict[str, int]:
    """Chats, messages and cases on the imported landlord; the numbers that the pages' addresses need."""
    tenants = {person.reference: person for person in session.scalars(select(Person))}
    team = {member.reference: member for member in session.scalars(select(Staff))}
    chats = {reference: _link(session, now, tenants[reference]) for reference in _LINKED}
    for reference, hours, direction, words in _TALK:
        session.add(
            Message(
                organisation_id=1,
                chat_id=chats[reference].id,
                person_id=tenants[reference].id,
                direction=direction,
                at=now - timedelta(hours=hours),
                words=words,
            )
        )
    for reference in _TEAM:
        member = team[reference]
        session.add(Chat(organisation_id=1, bot_id=1, telegram_id=9000 + member.id, staff_id=member.id))
    numbers = {"tenant": tenants["L-0102"].id}
    for name, reference, kind, urgency, reason, hours, owner in _CASES:
        then = now - timedelta(hours=hours)
        case = cases.open_case(
            session, then, house, kind=kind, urgency=urgency, reason=reason, person=tenants[reference]
        )
        session.flush()
        if owner:
            _take(session, then, case, team[owner])
        numbers[name] = case.id
    return numbers


def _link(session: Session, now: datetime, person: Person) -> Chat:
    chat = Chat(organisation_id=1, bot_id=1, telegram_id=5000 + person.id, person_id=person.id)
    session.add(chat)
    for kind in ("rent", "appointments"):
        people.set_consent(session, now, person, kind, True, "consent.ask")
    session.flush()
    return chat


def _take(session: Session, now: datetime, case: Case, member: Staff) -> None:
    case.state, case.owner_id = CaseState.TAKEN, member.id
    cases.record(session, now, case, "taken", actor=member)
