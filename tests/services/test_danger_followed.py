"""A new sign of danger on a case that somebody follows: its owner hears at once, else the team does."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from bot.domain.case_moves import WaitReason
from bot.domain.states import CaseState, Outcome, Role, Urgency
from bot.services import access, danger, people
from bot.services.cases import acts as case_acts
from bot.services.cases import alerts, cases, follow
from bot.services.house import House
from bot.services.kinds import REGISTRY
from bot.storage import Database
from bot.storage.tables import Case, CaseEvent, Chat, Outbox, Staff
from tests.services.team import chat_of, staff, tenant

NIGHT = datetime.fromisoformat("2026-12-05T03:00+01:00")
QUARTER = timedelta(minutes=15)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as open_session:
        yield open_session


@pytest.fixture
def owner(session: Session) -> Staff:
    return staff(session, "EQ1")


@pytest.fixture
def case(session: Session, now: datetime, house: House, owner: Staff) -> Case:
    """A case of violence that its référent follows."""
    person = tenant(session, referent=owner)
    sign(session, now, house, person, 1)
    (case,) = session.scalars(select(Case)).all()
    cases.claim(session, now, house, case.id, owner)
    return case


def sign(session: Session, now: datetime, house: House, person: object, message: int) -> None:
    danger.raise_alarm(
        session, now, house, chat_of(session, person), person, ["violence"], str(message), "lexicon"  # type: ignore[arg-type]
    )  # fmt: skip
    session.flush()


def heard(session: Session, house: House) -> list[str]:
    """What the owner was told of, in order."""
    rows = session.scalars(select(Outbox).filter_by(kind="case_news_urgent").order_by(Outbox.id))
    return [row.occasion.split("/")[0] for row in rows]


def alerted(session: Session) -> list[str]:
    rows = session.scalars(select(Outbox).filter_by(kind="case_alert_urgent").order_by(Outbox.id))
    return [row.chat.staff.reference for row in rows if row.chat.staff]


def test_the_owner_hears_at_once_at_night_too(session: Session, house: House, case: Case) -> None:
    sign(session, NIGHT, house, case.person, 2)
    (row,) = session.scalars(select(Outbox).filter_by(kind="case_news_urgent")).all()
    assert row.not_before == NIGHT
    render = REGISTRY[row.kind].render
    assert render is not None
    words = render(session, NIGHT, house, row)
    assert "nouveau signe de danger" in words.text  # type: ignore[union-attr]
    assert "Kévin" not in words.text  # type: ignore[union-attr]


def test_danger_is_told_over_chatter_and_again_once_looked_at(
    session: Session, house: House, case: Case, owner: Staff
) -> None:
    to = chat_of(session, case.person)  # type: ignore[arg-type]
    danger.add_message(session, NIGHT, house, to, case)
    assert heard(session, house) == ["sign"]
    # An unread word about chatter does not hold back the one about danger; a second one waits for a look.
    sign(session, NIGHT, house, case.person, 2)
    sign(session, NIGHT, house, case.person, 3)
    assert heard(session, house) == ["sign", "danger"]
    access.note_read(session, NIGHT, case, owner)
    sign(session, NIGHT, house, case.person, 4)
    assert heard(session, house) == ["sign", "danger", "danger"]


def test_not_looked_at_in_a_quarter_of_an_hour_the_team_has_it(
    session: Session, house: House, case: Case, owner: Staff
) -> None:
    staff(session, "EQ2", on_call=True)
    sign(session, NIGHT, house, case.person, 2)
    # A second sign does not give more time.
    sign(session, NIGHT + timedelta(minutes=10), house, case.person, 3)
    assert follow.release_unseen(session, NIGHT + QUARTER - timedelta(seconds=1), house) == 0
    assert follow.release_unseen(session, NIGHT + QUARTER, house) == 1
    session.flush()
    assert (case.state, case.owner_id) == (CaseState.NEW, None)
    assert alerted(session) == ["EQ1", "EQ1", "EQ2"]


@pytest.mark.parametrize("act", ["reads", "waits", "passes on", "closes"])
def test_whoever_looks_or_acts_keeps_it(
    session: Session, house: House, case: Case, owner: Staff, act: str
) -> None:
    colleague = staff(session, "EQ2")
    sign(session, NIGHT, house, case.person, 2)
    if act == "reads":
        access.note_read(session, NIGHT, case, owner)
    elif act == "waits":
        case_acts.wait(session, NIGHT, case.id, owner, NIGHT + timedelta(days=1), WaitReason.ANSWER)
    elif act == "passes on":
        case_acts.pass_on(session, NIGHT, house, case.id, owner, colleague)
    else:
        cases.close(session, NIGHT, house, case.id, owner, Outcome.SAFE)
    session.flush()
    assert follow.release_unseen(session, NIGHT + QUARTER, house) == 0


def test_a_colleague_who_reads_does_not_look_in_the_owners_place(
    session: Session, house: House, case: Case
) -> None:
    sign(session, NIGHT, house, case.person, 2)
    access.note_read(session, NIGHT, case, staff(session, "EQ4", Role.COORDINATOR))
    assert follow.release_unseen(session, NIGHT + QUARTER, house) == 1


def test_chatter_takes_the_case_from_nobody(session: Session, house: House, case: Case) -> None:
    danger.add_message(session, NIGHT, house, chat_of(session, case.person), case)  # type: ignore[arg-type]
    session.flush()
    assert follow.release_unseen(session, NIGHT + timedelta(days=2), house) == 0
    assert case.urgency is Urgency.URGENT


def test_a_name_that_no_key_reads_keeps_no_alert_from_leaving(
    session: Session, now: datetime, house: House
) -> None:
    tenant(session, referent=staff(session, "EQ1"))
    staff(session, "EQ2", on_call=True)
    staff(session, "EQ3")
    session.flush()
    for table in ("staff", "person"):
        session.execute(text(f"UPDATE {table} SET last_name = 'gAAAAAB-not-ours'"))
    session.expire_all()
    session.expunge_all()
    to = session.scalars(select(Chat).where(Chat.person_id.is_not(None)).options(people.WHO_WRITES)).one()
    danger.raise_alarm(session, now, house, to, to.person, ["violence"], "1", "lexicon")
    session.flush()
    queued = session.scalars(select(Outbox.kind).order_by(Outbox.id)).all()
    assert sorted(queued) == ["case_alert_urgent", "case_alert_urgent", "safe_words"]
    session.expunge_all()
    assert alerts.escalate_due(session, now + QUARTER, house) == 1
    alerts_now = select(func.count(Outbox.id)).filter_by(kind="case_alert_urgent")
    assert session.scalar(alerts_now) == 5


def test_a_message_joins_every_open_danger_of_its_writer(
    session: Session, now: datetime, house: House, case: Case
) -> None:
    to = chat_of(session, case.person)  # type: ignore[arg-type]
    danger.raise_alarm(session, now, house, to, case.person, ["hazard"], "2", "lexicon")
    latest = danger.followed(session, to)
    assert latest is not None
    danger.add_message(session, NIGHT, house, to, latest)
    session.flush()
    joined = select(CaseEvent.case_id).filter_by(kind="sign", at=NIGHT).order_by(CaseEvent.case_id)
    assert session.scalars(joined).all() == [case.id, latest.id]
