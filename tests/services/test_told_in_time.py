"""Whatever a tenant is told of a case, the time it names is still to come; every hand-off names one."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.states import Register, Urgency
from bot.domain.words import Words
from bot.services import questions
from bot.services.cases import alerts, cases, handover
from bot.services.house import House
from bot.services.kinds import REGISTRY
from bot.storage import Database
from bot.storage.tables import Case, Outbox
from bot.texts import Voice
from tests.services.team import chat, chat_of, staff, tenant

PARIS = ZoneInfo("Europe/Paris")
ORDINARY, SIMPLE, DISCREET = Voice(), Voice(Register.SIMPLE), Voice(discreet=True)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as open_session:
        yield open_session


def opened(session: Session, now: datetime, house: House, urgency: Urgency, **who: object) -> Case:
    return cases.open_case(session, now, house, kind="complain", urgency=urgency, reason="x", **who)  # type: ignore[arg-type]


# A week's hours with a weekend, a public holiday (25 December) and the night of the clock change.
HOURS = [
    *(datetime(2026, 12, 23, tzinfo=PARIS) + timedelta(hours=5 * n) for n in range(24)),
    datetime(2027, 3, 28, 1, 59, tzinfo=PARIS),
    datetime(2026, 10, 25, 2, 30, tzinfo=PARIS, fold=1),
]


@pytest.mark.parametrize("urgency", [Urgency.HIGH, Urgency.NORMAL])
def test_a_case_is_due_in_office_hours_to_come(session: Session, house: House, urgency: Urgency) -> None:
    for number, at in enumerate(HOURS):
        case = opened(session, at, house, urgency, person=tenant(session, f"L-{number}"))
        due = case.due_at.astimezone(PARIS)
        assert due > at
        assert (due.hour, due.weekday() < 5, due.date() in house.holidays) == (18, True, False)


def test_a_promise_that_was_not_held_is_not_made_again(session: Session, now: datetime, house: House) -> None:
    staff(session, "EQ1")
    person = tenant(session)
    case = opened(session, now, house, Urgency.NORMAL, person=person)
    assert "jeudi 3 décembre" in cases.promise(now, house, case, ORDINARY)
    late = case.due_at + timedelta(minutes=1)
    session.flush()
    # What is said then is true: the team has been alerted a second time.
    before = session.query(Outbox).filter_by(kind="case_alert").count()
    assert alerts.escalate_due(session, late, house) == 1
    session.flush()
    assert session.query(Outbox).filter_by(kind="case_alert").count() > before
    for sign in (Urgency.NORMAL, Urgency.HIGH):
        assert opened(session, late, house, sign, person=person) is case
        for voice in (ORDINARY, SIMPLE, DISCREET):
            said = cases.promise(late, house, case, voice)
            assert "prévenue" in said
            assert "3 décembre" not in said


@pytest.mark.parametrize("at", ["2026-12-05T03:00+01:00", "2026-12-25T12:00+01:00", "2026-12-01T10:00+01:00"])
@pytest.mark.parametrize("kind", ["request_human", "unread", "document", "unclear", "stranger"])
def test_every_hand_off_says_who_reads_and_when(session: Session, house: House, kind: str, at: str) -> None:
    now = datetime.fromisoformat(at)
    for to in (chat(session), chat_of(session, tenant(session))):
        reply = handover.hand_over(session, now, house, to, kind)
        assert "l’équipe" in reply.text
        assert "au plus tard" in reply.text


def test_another_language_is_handed_over_with_a_time(session: Session, now: datetime, house: House) -> None:
    reply = handover.foreign(session, now, house, chat_of(session, tenant(session)))
    assert "au plus tard mardi 1er décembre" in reply.text
    assert "I only understand French" in reply.text


def unclear(session: Session) -> list[Outbox]:
    session.flush()
    return list(session.scalars(select(Outbox).filter_by(kind="case_unclear")))


def said(session: Session, now: datetime, house: House, row: Outbox) -> str:
    render = REGISTRY[row.kind].render
    assert render is not None
    words = render(session, now, house, row)
    return words.text if isinstance(words, Words) else words.reason


def test_what_was_not_cleared_up_is_said_to_be_read(session: Session, house: House) -> None:
    night = datetime.fromisoformat("2026-12-05T23:00+01:00")
    person = tenant(session)
    handover.clarify(session, night, house, chat_of(session, person), person, [])
    session.flush()
    later = night + handover.CLARIFY_WAITS
    assert handover.unanswered_clarifications(session, later, house) == 1
    (row,) = unclear(session)
    # A Saturday night: it is said on Monday morning.
    assert row.not_before == datetime.fromisoformat("2026-12-07T08:00+01:00")
    assert "au plus tard mercredi 9 décembre" in said(session, row.not_before, house, row)


def test_what_was_said_since_is_not_repeated(session: Session, now: datetime, house: House) -> None:
    person = tenant(session)
    to = chat_of(session, person)
    handover.clarify(session, now, house, to, person, [])
    session.flush()
    later = now + handover.CLARIFY_WAITS
    handover.unanswered_clarifications(session, later, house)
    handover.hand_over(session, later, house, to, "unclear")
    assert said(session, later, house, unclear(session)[0]) == "told already"
    assert not [q for q in questions.open_questions(session, later, person.id) if q.kind == "clarify"]
