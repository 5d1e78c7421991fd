"""`/effacer`: everything about a person goes, but what the lease needs and what others are in the middle of;
a proof is kept that names nobody."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from bot.domain.states import CaseState, OutboxState
from bot.domain.workshops import HOLDS_SEATS
from bot.services.house import House
from bot.services.privacy.rows import Found, rows_of
from bot.storage.tables import (
    ApiAnswer,
    Appointment,
    Case,
    Chat,
    Erasure,
    Lease,
    LeasePerson,
    Message,
    Movement,
    Occurrence,
    Outbox,
    Payment,
    Person,
    PersonWord,
    Plan,
    Table,
    Workshop,
    WorkshopPlace,
)

# Telegram lets a bot delete a message of a private chat, either side's, for so long.
DELETABLE = timedelta(hours=48)
# The message being answered and the answer still need them; the night removes them.
_AT_NIGHT = {"chat", "inbox"}
# How an occurrence names the row that it is about.
_NAMED_AS = {
    "appointment": "rdv",
    "appointment_series": "series",
    "person": "person",
    "promise": "promise",
    "tip_given": "tip",
}


@dataclass(frozen=True)
class Erased:
    """`kept`: the tables of which something stays. `waits`: some of it only until its end."""

    counts: dict[str, int]
    kept: tuple[str, ...]
    waits: tuple[str, ...]


def erase(session: Session, now: datetime, house: House, person: Person, asked_by: str) -> Erased:
    """Erase what is held of the person now. Again later, it finishes what had to wait.

    The lease, its account and who holds it stay while the lease runs; an open case and a coming
    appointment stay until their end.
    """
    session.flush()
    data = house.content.personal_data.tables
    found = rows_of(session, person)
    waits = _held_back(session, now, found)
    _free_seats(session, now, found.get("workshop_place", set()))
    going = {name: ids for name, ids in found.items() if data[name].erase == "delete"}
    counts = _delete(session, going)
    _drop_occasions(session, {"person": {person.id}})
    session.execute(
        update(Case)
        .where(Case.person_id == person.id)
        .values(chat_id=None)
        .execution_options(synchronize_session=False)
    )
    for chat in session.scalars(select(Chat).filter_by(person_id=person.id)):
        chat.person_id = chat.conversation = chat.last_message_at = None
        chat.code_word = chat.quiet_since = None
    kept = tuple(name for name in found if data[name].erase == "keep" and data[name].told)
    proof = proof_of(house, person)
    _empty_api_answers(session, person.organisation_id)
    _forget_what_the_team_was_told(session, person.organisation_id, found)
    if not waits and not has_a_lease(session, now, person):
        _make_nobody(session, person)
        kept = ()
    person.erased_at = now
    if not kept:
        _blank_labels(session, found.get("lease", set()))
    session.add(
        Erasure(
            organisation_id=person.organisation_id,
            at=now,
            fingerprint=proof,
            asked_by=asked_by,
            counts=counts,
            kept=[*kept, *waits],
        )
    )
    session.flush()
    session.expire_all()
    return Erased(counts, kept, waits)


def proof_of(house: House, person: Person) -> str:
    """What is kept of an erasure: who holds the reference and the key can check it, nobody else."""
    return house.vault.fingerprint(f"person:{person.reference}")


def forget_follow_up(session: Session, now: datetime, house: House, person: Person) -> None:
    """Erase what is kept for the follow-up alone: the person still lives there, and still gets what they
    agreed to."""
    session.flush()
    data = house.content.personal_data.tables
    found = rows_of(session, person)
    _held_back(session, now, found)
    followed = {name for name, table in data.items() if table.keep == "follow_up"} - {"consent"}
    _delete(session, {name: ids for name, ids in found.items() if name in followed | {"access_link"}})
    session.expire_all()


def numbers_at_telegram(session: Session, now: datetime, chat: Chat) -> tuple[int, ...]:
    """The messages of the chat that Telegram can still delete, both sides."""
    since = now - DELETABLE
    heard = select(Message.telegram_message).where(
        Message.chat_id == chat.id, Message.telegram_message.is_not(None), Message.at > since
    )
    said = select(Outbox.message_id).where(
        Outbox.chat_id == chat.id, Outbox.message_id.is_not(None), Outbox.sent_at > since
    )
    numbers = {*session.scalars(heard), *session.scalars(said)}
    return tuple(sorted(number for number in numbers if number is not None))


def _empty_api_answers(session: Session, organisation_id: int) -> None:
    """What programs were answered in the last 24 hours may speak of anybody: all of it goes. The keys stay,
    so that nothing is created twice."""
    session.execute(
        update(ApiAnswer)
        .where(ApiAnswer.organisation_id == organisation_id)
        .values(body={})
        .execution_options(synchronize_session=False)
    )


def _forget_what_the_team_was_told(session: Session, organisation_id: int, found: Found) -> None:
    """What members of the team were told on Telegram may speak of anybody (words passed on, a list of names):
    all of it goes, and what waits to be passed on never leaves. What became of each message stays."""
    unsynced: dict[str, Any] = {"synchronize_session": False}
    theirs = select(Chat.id).where(Chat.organisation_id == organisation_id, Chat.staff_id.is_not(None))
    passed_on = [
        f"{name}:{number}"
        for name, table in (("relay", "relay"), ("draft", "relay_draft"))
        for number in found.get(table, ())
    ]
    told = update(Outbox).where(Outbox.chat_id.in_(theirs), Outbox.words.is_not(None))
    waiting = told.where(Outbox.object.in_(passed_on), Outbox.state == OutboxState.QUEUED)
    over = told.where(Outbox.state.not_in((OutboxState.QUEUED, OutboxState.SENDING)))
    for statement in (
        waiting.values(state=OutboxState.DROPPED, reason="erased", words=None),
        over.values(words=None),
        delete(Message).where(Message.chat_id.in_(theirs)),
    ):
        session.execute(statement, execution_options=unsynced)


def _held_back(session: Session, now: datetime, found: Found) -> tuple[str, ...]:
    """Take out of `found` what must wait for its end; the names of its tables."""
    mine = Case.id.in_(found.get("case_file", ()))
    open_cases = set(session.scalars(select(Case.id).where(mine, Case.state != CaseState.CLOSED)))
    plans = select(Plan.case_id).where(Plan.id.in_(found.get("plan", ())))
    meetings = session.scalars(
        select(Appointment).where(
            Appointment.id.in_(found.get("appointment", ())), Appointment.starts_at > now
        )
    ).all()
    series = {meeting.series_id for meeting in meetings if meeting.series_id is not None}
    held = {
        # A plan belongs to the account of the lease: the row of its case stays, without what was said.
        "case_file": open_cases | set(session.scalars(plans)),
        "appointment": {meeting.id for meeting in meetings},
        "appointment_series": series,
        "case_event": _children(session, found, "case_event", "case_id", open_cases),
        "case_request": _children(session, found, "case_request", "case_id", open_cases),
        "appointment_event": _children(
            session, found, "appointment_event", "appointment_id", {meeting.id for meeting in meetings}
        ),
    }
    for name, ids in held.items():
        found[name] = found.get(name, set()) - ids
    waits = {"case_file": open_cases, "appointment": held["appointment"]}
    return tuple(name for name, ids in waits.items() if ids)


def _children(session: Session, found: Found, name: str, column: str, parents: set[int]) -> set[int]:
    table = Table.metadata.tables[name]
    chosen = select(table.c.id).where(table.c.id.in_(found.get(name, ())), table.c[column].in_(parents))
    return set(session.scalars(chosen))


def _free_seats(session: Session, now: datetime, places: set[int]) -> None:
    """Seats of workshops to come are free again; those of the past stay counted."""
    held = session.scalars(
        select(WorkshopPlace)
        .join(WorkshopPlace.workshop)
        .where(WorkshopPlace.id.in_(places), WorkshopPlace.state.in_(HOLDS_SEATS), Workshop.starts_at > now)
    ).all()
    for place in held:
        session.execute(
            update(Workshop)
            .where(Workshop.id == place.workshop_id)
            .values(seats_taken=Workshop.seats_taken - place.seats)
            .execution_options(synchronize_session=False)
        )


def _delete(session: Session, found: Found) -> dict[str, int]:
    """Children before parents; returns how many rows went, by table."""
    cases = found.get("case_file", set())
    for link in (Case.previous_id, Case.merged_into_id):
        session.execute(_unlinked(Case, link, cases))
    _drop_occasions(session, found)
    counts: dict[str, int] = {}
    for table in reversed(Table.metadata.sorted_tables):
        ids = found.get(table.name)
        if not ids or table.name in _AT_NIGHT:
            continue
        wanted = delete(table).where(table.c.id.in_(ids))
        if table.name == "outbox":  # what is being sent at this moment is removed at night
            wanted = wanted.where(table.c.state != OutboxState.SENDING)
        counts[table.name] = session.connection().execute(wanted).rowcount
    return counts


def _drop_occasions(session: Session, found: Found) -> None:
    """What was planned for rows that go: it names them as "rdv:12/3", "promise:4"…"""
    for name, prefix in _NAMED_AS.items():
        for number in found.get(name, ()):
            object = f"{prefix}:{number}"
            planned = or_(Occurrence.object == object, Occurrence.object.like(f"{object}/%"))
            session.execute(delete(Occurrence).where(planned).execution_options(synchronize_session=False))


def _unlinked(table: Any, link: Any, ids: set[int]) -> Any:
    changed = update(table).where(link.in_(ids)).values({link.key: None})
    return changed.execution_options(synchronize_session=False)


def has_a_lease(session: Session, now: datetime, person: Person) -> bool:
    """Whether a lease of the person runs, by the landlord's file."""
    running = (
        select(Lease.id)
        .join(LeasePerson, LeasePerson.lease_id == Lease.id)
        .where(
            LeasePerson.person_id == person.id,
            LeasePerson.absent_since.is_(None),
            or_(Lease.ends_on.is_(None), Lease.ends_on >= now.date()),
        )
    )
    return session.scalar(running.limit(1)) is not None


def _blank_labels(session: Session, leases: set[int]) -> None:
    """A line of the bank often has a name in it: it goes with the last person of the lease."""
    session.flush()
    others = (
        select(LeasePerson.lease_id)
        .join(Person, Person.id == LeasePerson.person_id)
        .where(Person.erased_at.is_(None))
    )
    for table in (Payment, Movement):
        lines = update(table).where(table.lease_id.in_(leases), table.lease_id.not_in(others))
        session.execute(lines.values(label=None).execution_options(synchronize_session=False))
    homes = update(Lease).where(Lease.id.in_(leases), Lease.id.not_in(others))
    session.execute(homes.values(address=None, dwelling=None).execution_options(synchronize_session=False))


def _make_nobody(session: Session, person: Person) -> None:
    """The row stays, for the account of the lease that it holds; it names nobody, and no name finds it."""
    session.execute(delete(PersonWord).filter_by(person_id=person.id))
    person.reference = f"efface-{person.id}"
    person.title = person.last_name = person.first_name = ""
    person.phone = person.email = person.born_on = None
    person.resources_cents = person.resources_before_cents = None
    person.resources_changed_on = person.household_size = person.discreet_until = None
    person.profiles = []
