"""The night's purge: what goes after how long, what stays, in batches, and killed in the middle."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import exports
from bot.domain.states import CaseState, Direction, OutboxState, Outcome, Urgency
from bot.purge import LABELS
from bot.services import thread, uploads
from bot.services.house import House
from bot.services.privacy import retention
from bot.storage import Database
from bot.storage.tables import (
    Case,
    CaseEvent,
    Chat,
    Lease,
    LeasePerson,
    Message,
    Organisation,
    Outbox,
    Person,
    RetentionRun,
    Table,
)
from bot.storage.types import EncryptedJson, EncryptedText
from tests.services import test_erasure

DAYS = {"danger": 90, "messages": 183, "follow_up": 730, "technical": 30}
DAY = timedelta(days=1)


@pytest.fixture
def person_id(database: Database, now: datetime) -> int:
    """A tenant with a running lease and a linked chat."""
    with database.transaction() as session:
        lease = Lease(organisation_id=1, reference="B-1", residence="", district="", town="", typology="",
                      heating="", starts_on=date(2020, 1, 1), due_day=5, payment_method="",
                      first_import_on=date(2026, 11, 1))  # fmt: skip
        person = Person(organisation_id=1, reference="L-1", last_name="Test")
        session.add_all([lease, person])
        session.flush()
        session.add(LeasePerson(organisation_id=1, lease_id=lease.id, person_id=person.id))
        session.add(Chat(organisation_id=1, bot_id=1, telegram_id=7, person_id=person.id))
        return person.id


def _message(database: Database, person_id: int, at: datetime, *, sensitive: bool = False) -> None:
    with database.transaction() as session:
        chat = session.scalars(select(Chat)).one()
        session.add(
            Message(
                organisation_id=1, chat_id=chat.id, person_id=person_id, direction=Direction.IN, at=at,
                words="des mots", sensitive=sensitive,
            )
        )  # fmt: skip


def _case(
    database: Database, person_id: int, opened: datetime, kind: str, *, closed: datetime | None
) -> None:
    with database.transaction() as session:
        case = Case(
            organisation_id=1, subject=f"person:{person_id}", person_id=person_id, kind=kind, object="",
            urgency=Urgency.NORMAL, state=CaseState.CLOSED if closed else CaseState.NEW, opened_at=opened,
            due_at=opened, closed_at=closed, outcome=Outcome.SETTLED if closed else None,
        )  # fmt: skip
        session.add(case)
        session.flush()
        session.add(
            CaseEvent(organisation_id=1, case_id=case.id, at=opened, kind="note", detail={"note": "x"})
        )


def _night(database: Database, house: House, now: datetime) -> int:
    total = 0
    while True:
        with database.transaction() as session:
            done = retention.night(session, now, house)
        total += done
        if not done:
            return total


def _left(database: Database, table: type) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_the_defaults_are_those_of_the_checked_facts(house: House) -> None:
    rules = house.content.personal_data.rules
    assert {name: rules[name].days for name in DAYS} == DAYS
    # No duration is confirmed for a lease of social housing: the landlord sets it.
    assert rules["lease"].days is None


@pytest.mark.parametrize(
    ("days", "sensitive", "stays"),
    [(182, False, 1), (184, False, 0), (89, True, 1), (91, True, 0), (184, True, 0)],
)
def test_messages_go_after_six_months_and_danger_words_first(
    database: Database, house: House, now: datetime, person_id: int, days: int, sensitive: bool, stays: int
) -> None:
    _message(database, person_id, now - days * DAY, sensitive=sensitive)
    assert _night(database, house, now) == 1 - stays
    assert _left(database, Message) == stays


@pytest.mark.parametrize(("days", "sensitive", "stays"), [(89, True, 1), (91, True, 0), (91, False, 1)])
def test_what_was_sent_about_a_danger_goes_with_its_words(
    database: Database, house: House, now: datetime, person_id: int, days: int, sensitive: bool, stays: int
) -> None:
    at = now - days * DAY
    with database.transaction() as session:
        chat = session.scalars(select(Chat)).one()
        row = Outbox(
            organisation_id=1, bot_id=1, chat_id=chat.id, recipient="chat:1", kind="relay", object="relay:1",
            occasion="1", lane=1, not_before=at, created_at=at, state=OutboxState.SENT, reason="",
            words={"text": "des mots", "sensitive": sensitive},
        )  # fmt: skip
        session.add(row)
        session.flush()
        thread.said(session, at, row, "des mots")
    _night(database, house, now)
    with database.reading() as session:
        kept = session.scalars(select(Outbox)).one().words
    assert (_left(database, Message), kept is not None) == (stays, bool(stays))


def test_words_of_a_danger_that_is_followed_stay(
    database: Database, house: House, now: datetime, person_id: int
) -> None:
    _message(database, person_id, now - 91 * DAY, sensitive=True)
    _case(database, person_id, now - 91 * DAY, "report_violence", closed=None)
    assert _night(database, house, now) == 0


def test_notes_of_a_danger_go_with_its_words(
    database: Database, house: House, now: datetime, person_id: int
) -> None:
    _case(database, person_id, now - 200 * DAY, "report_violence", closed=now - 91 * DAY)
    _case(database, person_id, now - 200 * DAY, "report_repair", closed=now - 91 * DAY)
    assert _night(database, house, now) == 1
    with database.reading() as session:
        assert [event.detail for event in session.scalars(select(CaseEvent).order_by(CaseEvent.id))] == [
            None,
            {"note": "x"},
        ]


def test_the_figures_of_a_year_outlive_the_words(database: Database, house: House, now: datetime) -> None:
    with database.transaction() as session:
        ids = test_erasure.seed(session, now - 200 * DAY)
        case = session.get_one(Case, ids["case_file"])
        case.kind, case.taken_at, case.closed_at = "report_violence", case.opened_at, case.opened_at
        session.get_one(Outbox, ids["outbox"]).kind = "workshop_invite"
    before = _figures(database, house, ids)
    assert all(len(lines.splitlines()) > 1 for lines in before[0].values())
    assert before[1].total() > 0
    while _night(database, house, now):
        now += DAY
    assert _left(database, Message) == 0
    with database.reading() as session:
        assert session.get_one(Outbox, ids["outbox"]).words is None
        assert session.get_one(CaseEvent, ids["case_event"]).detail is None
    assert _figures(database, house, ids) == before


# Not yet the end of a follow-up, which takes with it all that is left of a person; then that end.
@pytest.mark.parametrize("days", [400, 1000])
def test_nothing_personal_outlives_the_days_of_its_rule(
    database: Database, house: House, now: datetime, days: int
) -> None:
    """A table that the register gives a number of days, and that no step of the night reaches, fails here."""
    declared = house.content.personal_data
    with database.transaction() as session:
        test_erasure.seed(session, now - days * DAY)
        sown = _with_words(session)
    of_people = {name: table for name, table in declared.tables.items() if table.is_personal}
    limited = {name for name, table in of_people.items() if (declared.rules[table.keep].days or 9999) < days}
    assert len(sown & limited) > 5
    while _night(database, house, now):
        now += DAY
    with database.transaction() as session:
        uploads.forget(session, now, house)
    with database.reading() as session:
        assert _with_words(session) & limited == set()


def _with_words(session: Session) -> set[str]:
    """The tables in which somebody's words are, or would be for a column that is encrypted."""
    return {
        table.name
        for table in Table.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, EncryptedText | EncryptedJson)
        if any(value for value in session.scalars(select(column)))
    }


def _figures(database: Database, house: House, ids: dict[str, int]) -> tuple[dict[str, str], Counter[str]]:
    """What a coordinator reports: every export, and what became of every kind of message."""
    with database.reading() as session:
        files = {
            kind + format: exports.export(session, house, kind, format, 1)
            for kind in exports.COLUMNS
            for format in exports.FORMATS
        }
        sent = session.execute(select(Outbox.kind, Outbox.state))
        return files, Counter(f"{kind} {state}" for kind, state in sent)


@pytest.mark.parametrize(("days", "stays"), [(729, 1), (731, 0)])
def test_the_follow_up_goes_two_years_after_the_last_contact(
    database: Database, house: House, now: datetime, person_id: int, days: int, stays: int
) -> None:
    _case(database, person_id, now - days * DAY, "report_repair", closed=now - (days - 1) * DAY)
    _night(database, house, now)
    assert _left(database, Case) == stays
    with database.reading() as session:
        # The tenant still lives there, and still gets what they agreed to.
        assert session.scalars(select(Chat)).one().person_id == person_id
        assert session.get_one(Person, person_id).erased_at is None


def test_a_recent_word_keeps_the_follow_up(
    database: Database, house: House, now: datetime, person_id: int
) -> None:
    _case(database, person_id, now - 800 * DAY, "report_repair", closed=now - 790 * DAY)
    with database.transaction() as session:
        session.scalars(select(Chat)).one().last_message_at = now - 10 * DAY
    assert _night(database, house, now) == 0


@pytest.mark.parametrize(("days", "named"), [(None, "Test"), (365, ""), (4000, "Test")])
def test_who_has_moved_out_goes_when_the_landlord_says_so(
    database: Database, house: House, now: datetime, person_id: int, days: int | None, named: str
) -> None:
    with database.transaction() as session:
        session.scalars(select(Lease)).one().ends_on = date(2025, 1, 31)
        if days is not None:
            session.scalars(select(Organisation)).one().settings = {"retention": {"lease": days}}
    _night(database, house, now)
    with database.reading() as session:
        assert session.get_one(Person, person_id).last_name == named


def test_a_dry_run_tells_and_changes_nothing(
    database: Database, house: House, now: datetime, person_id: int
) -> None:
    for days in (184, 200, 10):
        _message(database, person_id, now - days * DAY)
    with database.transaction() as session:
        organisation = session.scalars(select(Organisation)).one()
        due = retention.due(session, now, house, organisation)
    assert {name: number for name, number in due.items() if number} == {"messages": 2}
    assert _left(database, Message) == 3
    assert due.keys() | {"lease"} == LABELS.keys()


def test_killed_between_two_batches_it_goes_on_and_the_account_is_whole(
    database: Database, house: House, now: datetime, person_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    for _ in range(5):
        _message(database, person_id, now - 200 * DAY)
    with database.transaction() as session:
        assert retention.night(session, now, house) == 2
    with Session(database.engine) as session:  # killed before the commit
        assert retention.night(session, now, house) == 2
    assert _left(database, Message) == 3
    assert _night(database, house, now) == 3
    with database.reading() as session:
        (run,) = session.scalars(select(RetentionRun))
        assert (run.counts, run.ended_at) == ({"messages": 5}, now)
    # The same night again does nothing, the next one has its own account.
    _message(database, person_id, now - 200 * DAY)
    assert _night(database, house, now + timedelta(hours=1)) == 0
    assert _night(database, house, now + DAY) == 1


def test_it_works_at_night(database: Database, house: House, person_id: int) -> None:
    midnight = datetime(2026, 12, 1, 23, 30, tzinfo=UTC)
    _message(database, person_id, midnight - 200 * DAY)
    assert _night(database, house, midnight) == 0
    assert _night(database, house, midnight + timedelta(hours=2)) == 1
