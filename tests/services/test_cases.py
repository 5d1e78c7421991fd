"""Cases: one a matter, taken by one person, closed by who follows it; and who is alerted until then."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.states import CaseState, Outcome, Role, Urgency
from bot.domain.words import Drop, Words
from bot.services.cases import alerts, cases
from bot.services.cases import queue as case_queue
from bot.services.cases.cases import CaseRefused
from bot.services.house import House
from bot.services.kinds import REGISTRY
from bot.storage import Database
from bot.storage.tables import Case, Outbox, Person, Staff
from tests.services.race import race
from tests.services.team import chat, chat_of, other_landlord, staff, tenant


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as open_session:
        yield open_session


def opened(
    session: Session,
    now: datetime,
    house: House,
    person: Person,
    urgency: Urgency = Urgency.HIGH,
    kind: str = "rent_arrears",
    object: str = "lease:1/2026-12",
) -> Case:
    case = cases.open_case(
        session, now, house, kind=kind, urgency=urgency, reason="dit que", person=person, object=object
    )
    session.flush()
    return case


def alerted(session: Session) -> list[tuple[str, str]]:
    """Whom the alerts go to, by reference, and their kind; in the order in which they were queued."""
    session.flush()
    rows = session.scalars(select(Outbox).order_by(Outbox.id))
    return [(row.chat.staff.reference, row.kind) for row in rows]


def history(session: Session, case: Case) -> list[str]:
    session.flush()
    session.expire(case, ["history"])
    return [event.kind for event in case.history]


# Opening


def test_a_new_sign_joins_the_open_case(session: Session, now: datetime, house: House) -> None:
    person = tenant(session, referent=staff(session, "EQ1"))
    case = opened(session, now, house, person)
    assert opened(session, now, house, person) is case
    assert opened(session, now, house, person, object="lease:1/2027-01") is not case
    assert opened(session, now, house, person, kind="unread") is not case
    assert opened(session, now, house, tenant(session, "L-2")) is not case
    assert history(session, case) == ["opened", "sign"]


def test_a_closed_case_is_not_reopened(session: Session, now: datetime, house: House) -> None:
    member = staff(session, "EQ1")
    person = tenant(session, referent=member)
    case = opened(session, now, house, person)
    cases.claim(session, now, house, case.id, member)
    cases.close(session, now, house, case.id, member, Outcome.SETTLED)
    session.flush()
    assert opened(session, now, house, person).id != case.id


def test_a_graver_sign_raises_the_case_and_alerts_again(
    session: Session, now: datetime, house: House
) -> None:
    member, on_call = staff(session, "EQ1"), staff(session, "EQ2", on_call=True)
    person = tenant(session, referent=member)
    case = opened(session, now, house, person, Urgency.NORMAL)
    due = case.due_at
    opened(session, now, house, person, Urgency.URGENT)
    assert (case.urgency, case.due_at) == (Urgency.URGENT, now)
    assert due > now
    # A milder one changes nothing.
    opened(session, now, house, person, Urgency.NORMAL)
    assert case.urgency is Urgency.URGENT
    assert alerted(session) == [
        (member.reference, "case_alert"),
        (member.reference, "case_alert_urgent"),
        (on_call.reference, "case_alert_urgent"),
    ]


def test_a_case_of_somebody_unknown_is_about_the_chat(session: Session, now: datetime, house: House) -> None:
    unknown = chat(session)
    case = cases.open_case(session, now, house, kind="x", urgency=Urgency.NORMAL, reason="", chat=unknown)
    assert (case.subject, case.person_id) == (f"chat:{unknown.id}", None)
    with pytest.raises(ValueError, match="person or a chat"):
        cases.open_case(session, now, house, kind="x", urgency=Urgency.NORMAL, reason="")


# Taking and closing


def test_one_takes_and_the_other_is_told_who(session: Session, now: datetime, house: House) -> None:
    first, second = staff(session, "EQ1"), staff(session, "EQ2")
    case = opened(session, now, house, tenant(session, referent=first))
    assert cases.claim(session, now, house, case.id, second).won
    late = cases.claim(session, now, house, case.id, first)
    assert (late.won, late.owner.id) == (False, second.id)
    assert not cases.claim(session, now, house, case.id, second).won  # pressed twice: still theirs
    assert history(session, case) == ["opened", "taken"]
    assert case.escalate_at is None


def test_only_who_follows_it_or_coordination_closes(session: Session, now: datetime, house: House) -> None:
    owner, other = staff(session, "EQ1"), staff(session, "EQ2")
    coordinator = staff(session, "EQ4", Role.COORDINATOR)
    one = opened(session, now, house, tenant(session, referent=owner))
    two = opened(session, now, house, tenant(session, "L-2", referent=owner))
    for case in (one, two):
        cases.claim(session, now, house, case.id, owner)
    with pytest.raises(CaseRefused, match="not_owner"):
        cases.close(session, now, house, one.id, other, Outcome.SETTLED)
    cases.close(session, now, house, one.id, owner, Outcome.SETTLED)
    cases.close(session, now, house, two.id, coordinator, Outcome.PLAN)
    assert (two.state, two.outcome, two.closed_at) == (CaseState.CLOSED, Outcome.PLAN, now)
    with pytest.raises(CaseRefused, match="closed"):
        cases.close(session, now, house, one.id, owner, Outcome.SETTLED)


def test_a_closed_case_cannot_be_taken(session: Session, now: datetime, house: House) -> None:
    coordinator = staff(session, "EQ4", Role.COORDINATOR)
    case = opened(session, now, house, tenant(session, referent=coordinator))
    cases.close(session, now, house, case.id, coordinator, Outcome.NO_NEED)
    session.flush()
    with pytest.raises(CaseRefused, match="closed"):
        cases.claim(session, now, house, case.id, staff(session, "EQ1"))


def test_another_landlord_sees_nothing(session: Session, now: datetime, house: House) -> None:
    case = opened(session, now, house, tenant(session, referent=staff(session, "EQ1")))
    stranger = staff(session, "EQ1", Role.COORDINATOR, organisation=other_landlord(session))
    for act in (
        lambda: cases.claim(session, now, house, case.id, stranger),
        lambda: cases.close(session, now, house, case.id, stranger, Outcome.SETTLED),
        lambda: cases.of_staff(session, case.id, stranger),
    ):
        with pytest.raises(CaseRefused, match="unknown"):
            act()
    assert case_queue.first(session, stranger) == []
    session.refresh(case)
    assert case.state is CaseState.NEW


def test_every_refusal_has_its_sentence(house: House) -> None:
    for code in ("unknown", "closed", "not_owner", "forbidden", "danger_owned"):
        assert house.texts.say(f"case.refused.{code}")


def test_the_queue_shows_the_gravest_first_and_nobody_elses(
    session: Session, now: datetime, house: House
) -> None:
    me, other = staff(session, "EQ1"), staff(session, "EQ2")
    person = tenant(session, referent=me)
    wanted = {
        urgency: opened(session, now, house, person, urgency, kind=urgency.value) for urgency in Urgency
    }
    theirs = opened(session, now, house, person, kind="theirs")
    cases.claim(session, now, house, theirs.id, other)
    session.flush()
    assert [c.id for c in case_queue.first(session, me)] == [
        wanted[u].id for u in (Urgency.URGENT, Urgency.HIGH, Urgency.NORMAL)
    ]
    assert theirs.id in [c.id for c in case_queue.first(session, other)]


@pytest.mark.slow
def test_of_many_who_take_at_once_one_wins(postgres_only: Database, now: datetime, house_pg: House) -> None:
    with postgres_only.transaction() as session:
        team = [staff(session, f"EQ{n}").id for n in range(6)]
        case = opened(session, now, house_pg, tenant(session)).id
    won: list[int] = []

    def take(member: int) -> None:
        with postgres_only.transaction() as session:
            if cases.claim(session, now, house_pg, case, session.get_one(Staff, member)).won:
                won.append(member)

    race([lambda member=member: take(member) for member in team])
    with postgres_only.reading() as session:
        found = session.get_one(Case, case)
        assert won == [found.owner_id]
        assert [event.kind for event in found.history] == ["opened", "taken"]


@pytest.mark.slow
def test_two_who_take_the_same_case_200_times_leave_one_owner_each_time(
    postgres_only: Database, now: datetime, house_pg: House
) -> None:
    with postgres_only.transaction() as session:
        team = [staff(session, f"EQ{n}").id for n in range(2)]
        person = tenant(session)
        numbers = [opened(session, now, house_pg, person, kind=f"kind{n}").id for n in range(200)]
    together = threading.Barrier(2)
    won: list[tuple[int, int]] = []

    def take_all(member: int) -> None:
        for number in numbers:
            together.wait(timeout=60)
            with postgres_only.transaction() as session:
                if cases.claim(session, now, house_pg, number, session.get_one(Staff, member)).won:
                    won.append((number, member))

    race([lambda member=member: take_all(member) for member in team])
    with postgres_only.reading() as session:
        owners = {number: session.get_one(Case, number).owner_id for number in numbers}
    assert sorted(won) == sorted(owners.items())


@pytest.mark.slow
def test_signs_at_once_make_one_case(postgres_only: Database, now: datetime, house_pg: House) -> None:
    with postgres_only.transaction() as session:
        person = tenant(session, referent=staff(session, "EQ1")).id

    def signal() -> None:
        with postgres_only.transaction() as session:
            opened(session, now, house_pg, session.get_one(Person, person))

    race([signal] * 5)
    with postgres_only.reading() as session:
        (case,) = session.scalars(select(Case)).all()
        assert sorted(event.kind for event in case.history) == ["opened", *["sign"] * 4]
        assert session.query(Outbox).count() == 1


# The ladder


def test_who_is_alerted_at_each_level(session: Session, now: datetime, house: House) -> None:
    referent, on_call, other = (
        staff(session, "référent"),
        staff(session, "astreinte", on_call=True),
        staff(session, "équipe"),
    )
    staff(session, "médiation", Role.MEDIATOR)
    staff(session, "partenaire", Role.PARTNER)
    coordinator = staff(session, "coordination", Role.COORDINATOR)
    administrator = staff(session, "administration", Role.ADMINISTRATOR)
    person = tenant(session, referent=referent)
    urgent = opened(session, now, house, person, Urgency.URGENT)
    calm = opened(session, now, house, person, Urgency.NORMAL, kind="calm")
    told = {}
    for level in (0, 1, 2):
        urgent.level = calm.level = level
        told[level] = [
            {member.reference for member in alerts.recipients(session, now, house, case)}
            for case in (urgent, calm)
        ]
    assert told == {
        0: [{referent.reference, on_call.reference}, {referent.reference}],
        1: [{referent.reference, on_call.reference, other.reference}] * 2,
        2: [{coordinator.reference, administrator.reference}] * 2,
    }


def test_who_has_no_telegram_is_stepped_over(session: Session, now: datetime, house: House) -> None:
    referent = staff(session, "EQ1", linked=False)
    other = staff(session, "EQ2")
    opened(session, now, house, tenant(session, referent=referent))
    assert alerted(session) == [(other.reference, "case_alert")]


def test_nobody_at_all_is_not_an_error(session: Session, now: datetime, house: House) -> None:
    case = opened(session, now, house, tenant(session), Urgency.URGENT)
    assert alerted(session) == []
    assert case.escalate_at is not None  # it is tried again


def test_an_untaken_danger_climbs_every_quarter_of_an_hour(
    session: Session, now: datetime, house: House
) -> None:
    on_call, other = staff(session, "EQ1", on_call=True), staff(session, "EQ2")
    coordinator = staff(session, "EQ4", Role.COORDINATOR)
    case = opened(session, now, house, tenant(session, referent=on_call), Urgency.URGENT)
    assert alerts.escalate_due(session, now + timedelta(minutes=14), house) == 0
    for minutes in (15, 30):
        assert alerts.escalate_due(session, now + timedelta(minutes=minutes), house) == 1
    told = [reference for reference, _ in alerted(session)]
    assert told == [on_call.reference, on_call.reference, other.reference, coordinator.reference]
    cases.claim(session, now, house, case.id, coordinator)
    assert alerts.escalate_due(session, now + timedelta(days=1), house) == 0


def test_an_alert_waits_for_the_office_unless_it_is_urgent(session: Session, house: House) -> None:
    saturday = datetime.fromisoformat("2026-12-05T11:00+01:00")
    referent = staff(session, "EQ1")
    opened(session, saturday, house, tenant(session, referent=referent), Urgency.HIGH)
    opened(session, saturday, house, tenant(session, "L-2", referent=referent), Urgency.URGENT)
    calm, urgent = session.scalars(select(Outbox).order_by(Outbox.id)).all()
    assert calm.not_before == datetime.fromisoformat("2026-12-07T09:00+01:00")
    assert urgent.not_before == saturday


def test_an_alert_holds_no_name_and_no_story(session: Session, now: datetime, house: House) -> None:
    referent = staff(session, "EQ1")
    person = tenant(session, referent=referent)
    case = opened(session, now, house, person, Urgency.URGENT)
    row = session.scalars(select(Outbox)).one()
    render = REGISTRY[row.kind].render
    assert render is not None
    words = render(session, now, house, row)
    assert isinstance(words, Words)
    assert str(case.id) in words.text
    for private in (person.last_name, person.first_name, person.reference, "dit que"):
        assert private not in words.text
    assert [choice.title for line in words.rows for choice in line] == ["Prendre le dossier"]
    # Once somebody has taken it, the alert has nothing to say any more.
    cases.claim(session, now, house, case.id, referent)
    assert isinstance(render(session, now, house, row), Drop)
    assert chat_of(session, referent).id == row.chat_id
