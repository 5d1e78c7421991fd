"""What is asked of others for a case: who may ask, whom, who is told, how it ends."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.domain.case_requests import RequestKind, RequestOutcome
from bot.domain.states import Role, Urgency
from bot.domain.words import Drop, Words
from bot.services import people
from bot.services.cases import cases
from bot.services.cases import requests as case_requests
from bot.services.cases.cases import CaseRefused
from bot.services.house import House
from bot.services.kinds import REGISTRY
from bot.storage import Database
from bot.storage.tables import Case, CaseRequest, Lease, LeaseAmount, LeasePerson, Outbox, Person, Staff
from tests.services.team import staff, tenant


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as open_session:
        yield open_session


def followed(
    session: Session, now: datetime, house: House, owner: Staff, kind: str = "payment_difficulty"
) -> Case:
    known = session.scalar(select(func.count()).select_from(Person))
    person = tenant(session, f"L-{known}")
    case = cases.open_case(session, now, house, kind=kind, urgency=Urgency.HIGH, reason="x", person=person)
    session.flush()
    cases.claim(session, now, house, case.id, owner)
    return case


def told(session: Session, kind: str) -> list[Outbox]:
    session.flush()
    return list(session.scalars(select(Outbox).filter_by(kind=kind).order_by(Outbox.id)))


def worded(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    render = REGISTRY[row.kind].render
    assert render is not None
    return render(session, now, house, row)


def test_a_colleague_is_asked_answers_and_the_owner_is_told(
    session: Session, now: datetime, house: House
) -> None:
    owner, colleague = staff(session, "EQ1"), staff(session, "EQ2")
    case = followed(session, now, house, owner)
    asked = case_requests.ask_colleague(session, now, house, case.id, owner, colleague, "Une idée ?")
    assert case.owner_id == owner.id
    assert case_requests.asked_of(session, colleague) == [asked]
    (row,) = told(session, "case_advice")
    assert row.chat.staff_id == colleague.id
    words = worded(session, now, house, row)
    assert isinstance(words, Words)
    assert "avis" in words.text
    assert case.person is not None
    assert case.person.last_name not in words.text
    with pytest.raises(CaseRefused, match="not_owner"):
        case_requests.end(session, now, house, asked, owner, RequestOutcome.ANSWERED)
    case_requests.end(session, now, house, asked, colleague, RequestOutcome.ANSWERED, "Voir le CCAS.")
    assert case_requests.asked_of(session, colleague) == []
    (news,) = told(session, "case_news")
    assert (news.chat.staff_id, news.occasion.split("/")[0]) == (owner.id, "answered")
    assert isinstance(worded(session, now, house, news), Words)
    assert worded(session, now, house, row) == Drop("request over")
    session.expire(case, ["history"])
    notes = [event.detail["note"] for event in case.history if event.detail and "note" in event.detail]
    assert notes == ["Une idée ?", "Voir le CCAS."]


def test_who_may_ask_and_whom(session: Session, now: datetime, house: House) -> None:
    owner, colleague = staff(session, "EQ1"), staff(session, "EQ2")
    mediator = staff(session, "EQ3", role=Role.MEDIATOR)
    case = followed(session, now, house, owner)
    for by, to, code in (
        (colleague, owner, "not_owner"),
        (owner, mediator, "not_there"),
        (owner, owner, "not_there"),
    ):
        with pytest.raises(CaseRefused, match=code):
            case_requests.ask_colleague(session, now, house, case.id, by, to, "?")
    case_requests.ask_colleague(session, now, house, case.id, owner, colleague, "?")
    with pytest.raises(CaseRefused, match="asked_already"):
        case_requests.ask_colleague(session, now, house, case.id, owner, colleague, "?")
    for member in (owner, colleague):
        assert people.staff_chat(session, member) is not None


def test_a_case_of_danger_is_not_opened_by_asking(session: Session, now: datetime, house: House) -> None:
    owner, colleague = staff(session, "EQ1"), staff(session, "EQ2")
    case = followed(session, now, house, owner, "report_violence")
    assert case_requests.askable(session, now, house, case, owner) == []
    with pytest.raises(CaseRefused, match="not_there"):
        case_requests.ask_colleague(session, now, house, case.id, owner, colleague, "?")


def test_the_agenda_lists_the_meetings_to_come(session: Session, now: datetime, house: House) -> None:
    owner, reader = staff(session, "EQ1"), staff(session, "EQ2")
    first, second = (followed(session, now, house, owner) for _ in range(2))
    danger = followed(session, now, house, owner, "report_violence")
    day = now.date() + timedelta(days=10)
    for case, on in ((second, day + timedelta(days=7)), (first, day), (danger, day)):
        case_requests.put_on_agenda(session, now, house, case.id, owner, " Impayés ", on)
    listed = case_requests.agenda(session, reader, now.date())
    assert [(one.case_id, one.commission) for one in listed] == [
        (first.id, "Impayés"),
        (second.id, "Impayés"),
    ]
    assert case_requests.commissions(session, reader) == ["Impayés"]
    case_requests.end(session, now, house, listed[0], owner, RequestOutcome.EXAMINED, "Plan proposé.")
    assert [one.case_id for one in case_requests.agenda(session, reader, now.date())] == [second.id]
    for name, on, code in (
        ("", day, "commission"),
        ("x" * 81, day, "commission"),
        ("CCAPEX", now.date() - timedelta(days=2), "past"),
        ("Impayés", day + timedelta(days=7), "asked_already"),
    ):
        with pytest.raises(CaseRefused, match=code):
            case_requests.put_on_agenda(session, now, house, second.id, owner, name, on)


@pytest.mark.parametrize(("resources", "may"), [("150000", False), ("60000", True), (None, True)])
def test_the_fund_is_asked_when_the_rent_takes_too_much_or_nobody_knows(
    session: Session, now: datetime, house: House, resources: str | None, may: bool
) -> None:
    owner = staff(session, "EQ1")
    case = followed(session, now, house, owner)
    assert case.person is not None
    lease_for(session, case, resources)
    if not may:
        with pytest.raises(CaseRefused, match="fund_share"):
            case_requests.ask_fund(session, now, house, case.id, owner)
        return
    with pytest.raises(CaseRefused, match="amount"):
        case_requests.ask_fund(session, now, house, case.id, owner, amount_cents=0)
    asked = case_requests.ask_fund(session, now, house, case.id, owner, amount_cents=45000)
    assert (asked.kind, asked.amount_cents) == (RequestKind.FUND, 45000)
    with pytest.raises(CaseRefused, match="asked_already"):
        case_requests.ask_fund(session, now, house, case.id, owner)
    with pytest.raises(CaseRefused, match="request_over"):
        case_requests.end(session, now, house, asked, owner, RequestOutcome.EXAMINED)
    case_requests.end(session, now, house, asked, owner, RequestOutcome.GRANTED)
    assert (asked.outcome, asked.closed_at) == (RequestOutcome.GRANTED, now)
    assert session.scalars(select(CaseRequest)).one() is asked


def lease_for(session: Session, case: Case, resources: str | None) -> None:
    person = case.person
    assert person is not None
    person.resources_cents = resources
    lease = Lease(
        organisation_id=person.organisation_id,
        reference=f"B-{case.id}",
        starts_on=date(2020, 4, 1),
        due_day=5,
        opening_cents=0,
        opening_on=date(2026, 10, 31),
        first_import_on=date(2026, 10, 31),
    )
    session.add(lease)
    session.flush()
    of_lease = {"organisation_id": person.organisation_id, "lease_id": lease.id}
    session.add_all(
        [
            LeasePerson(**of_lease, person_id=person.id),
            LeaseAmount(**of_lease, effective_on=date(2020, 4, 1), rent_cents=40000),
        ]
    )
    session.flush()
