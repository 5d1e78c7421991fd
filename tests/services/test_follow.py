"""A followed case over time: waiting, changing hands, absences, duplicates, what is told to whom."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.case_moves import WaitReason
from bot.domain.states import CaseState, ChatState, OutboxState, Outcome, Role, Urgency
from bot.domain.words import Drop, Words
from bot.services import access, linking, people
from bot.services.cases import acts as case_acts
from bot.services.cases import alerts, cases, digest, follow, merging, rota
from bot.services.cases import queue as case_queue
from bot.services.cases.cases import CaseRefused
from bot.services.house import House
from bot.services.kinds import REGISTRY
from bot.storage import Database
from bot.storage.tables import Absence, Case, Duty, Lease, LeasePerson, Outbox, Person, Staff
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
    kind: str = "complain",
) -> Case:
    case = cases.open_case(session, now, house, kind=kind, urgency=urgency, reason="x", person=person)
    session.flush()
    return case


def taken(session: Session, now: datetime, house: House, owner: Staff, **options: object) -> Case:
    case = opened(session, now, house, tenant(session, referent=owner), **options)  # type: ignore[arg-type]
    cases.claim(session, now, house, case.id, owner)
    return case


def history(session: Session, case: Case) -> list[str]:
    session.flush()
    session.expire(case, ["history"])
    return [event.kind for event in case.history]


def sent(session: Session, *kinds: str) -> list[tuple[str, str]]:
    """(recipient, kind) of the queued messages of these kinds."""
    session.flush()
    rows = session.scalars(select(Outbox).where(Outbox.kind.in_(kinds)).order_by(Outbox.id))
    return [((row.chat.staff or row.chat.person).reference, row.kind) for row in rows]


def said(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    render = REGISTRY[row.kind].render
    assert render is not None
    return render(session, now, house, row)


def rows_of(session: Session, kind: str) -> list[Outbox]:
    session.flush()
    return list(session.scalars(select(Outbox).filter_by(kind=kind).order_by(Outbox.id)))


NEWS = ("case_news", "case_news_urgent")


# Waiting


def test_it_waits_and_comes_back_on_the_day(session: Session, now: datetime, house: House) -> None:
    owner = staff(session, "EQ1")
    case = taken(session, now, house, owner)
    until = now + timedelta(days=3)
    case_acts.wait(session, now, case.id, owner, until, WaitReason.PARTNER)
    assert (case.state, case.waiting_until, case.waiting_reason) == (CaseState.WAITING, until, "partenaire")
    session.flush()
    assert follow.end_waits(session, until - timedelta(seconds=1), house) == 0
    assert follow.end_waits(session, until, house) == 1
    assert (case.state, case.waiting_until, case.owner_id) == (CaseState.TAKEN, None, owner.id)
    assert history(session, case) == ["opened", "taken", "waiting", "back"]
    assert sent(session, *NEWS) == [("EQ1", "case_news")]


def test_a_new_sign_ends_the_wait(session: Session, now: datetime, house: House) -> None:
    owner = staff(session, "EQ1")
    case = taken(session, now, house, owner)
    case_acts.wait(session, now, case.id, owner, now + timedelta(days=3), WaitReason.ANSWER)
    assert opened(session, now, house, case.person) is case
    assert case.state is CaseState.TAKEN
    assert sent(session, *NEWS) == [("EQ1", "case_news")]


def test_a_wait_needs_an_owner_and_a_day_to_come(session: Session, now: datetime, house: House) -> None:
    owner, coordinator = staff(session, "EQ1"), staff(session, "EQ4", Role.COORDINATOR)
    case = opened(session, now, house, tenant(session, referent=owner))
    with pytest.raises(CaseRefused, match="not_followed"):
        case_acts.wait(session, now, case.id, coordinator, now + timedelta(days=1), WaitReason.OTHER)
    cases.claim(session, now, house, case.id, owner)
    with pytest.raises(CaseRefused, match="past"):
        case_acts.wait(session, now, case.id, owner, now, WaitReason.OTHER)
    with pytest.raises(CaseRefused, match="not_waiting"):
        case_acts.explain_wait(session, now, case.id, owner, WaitReason.ANSWER)


# What the owner hears


def test_one_news_until_the_owner_has_looked(session: Session, now: datetime, house: House) -> None:
    owner = staff(session, "EQ1")
    case = taken(session, now, house, owner)
    for _ in range(5):
        opened(session, now, house, case.person)
    assert sent(session, *NEWS) == [("EQ1", "case_news")]
    access.note_read(session, now, case, owner)
    for _ in range(5):
        opened(session, now, house, case.person)
    # Read again within ten minutes: the reading is written because something came.
    access.note_read(session, now, case, owner)
    opened(session, now, house, case.person)
    assert sent(session, *NEWS) == [("EQ1", "case_news")] * 3


def test_urgent_news_do_not_wait_for_the_office(session: Session, house: House) -> None:
    night = datetime.fromisoformat("2026-12-05T03:00+01:00")
    owner = staff(session, "EQ1")
    case = taken(session, night, house, owner, urgency=Urgency.URGENT, kind="report_violence")
    opened(session, night, house, case.person, Urgency.URGENT, "report_violence")
    (row,) = rows_of(session, "case_news_urgent")
    assert row.not_before == night
    words = said(session, night, house, row)
    assert isinstance(words, Words)
    assert "Lemoine" not in words.text


# Changing hands


def test_handing_over(session: Session, now: datetime, house: House) -> None:
    owner, colleague = staff(session, "EQ1"), staff(session, "EQ2")
    case = taken(session, now, house, owner)
    case_acts.pass_on(session, now, house, case.id, owner, colleague, "à rappeler")
    assert (case.state, case.owner_id) == (CaseState.TAKEN, colleague.id)
    assert sent(session, *NEWS) == [("EQ2", "case_news")]
    assert history(session, case)[-1] == "handed_over"
    assert case.history[-1].detail == {"to": colleague.display_name, "note": "à rappeler"}
    words = said(session, now, house, rows_of(session, "case_news")[0])
    assert isinstance(words, Words)
    assert "rappeler" not in words.text
    with pytest.raises(CaseRefused, match="not_owner"):
        case_acts.pass_on(session, now, house, case.id, owner, owner)


def test_nobody_absent_unreachable_or_foreign_gets_a_case(
    session: Session, now: datetime, house: House
) -> None:
    owner, away = staff(session, "EQ1"), staff(session, "EQ2")
    nowhere = staff(session, "EQ3", linked=False)
    mediator = staff(session, "EQ6", Role.MEDIATOR)
    stranger = staff(session, "EQ1", organisation=other_landlord(session))
    rota.be_absent(session, now, house, away, date(2026, 12, 9))
    case = taken(session, now, house, owner)
    for member in (owner, away, nowhere, mediator, stranger):
        with pytest.raises(CaseRefused, match="not_there"):
            case_acts.pass_on(session, now, house, case.id, owner, member)


def test_giving_back_alerts_the_team_anew(session: Session, now: datetime, house: House) -> None:
    owner = staff(session, "EQ1")
    case = taken(session, now, house, owner)
    session.scalars(select(Outbox)).one().state = OutboxState.SENT
    case_acts.release(session, now, house, case.id, owner, "je pars")
    assert (case.state, case.owner, case.round, case.level) == (CaseState.NEW, None, 1, 0)
    assert sent(session, "case_alert") == [("EQ1", "case_alert")] * 2
    assert cases.claim(session, now, house, case.id, owner).won


def test_who_coordinates_can_give_an_untaken_case(session: Session, now: datetime, house: House) -> None:
    coordinator, other = staff(session, "EQ4", Role.COORDINATOR), staff(session, "EQ2")
    case = opened(session, now, house, tenant(session, referent=other))
    case_acts.pass_on(session, now, house, case.id, coordinator, other)
    assert (case.state, case.owner_id, case.escalate_at) == (CaseState.TAKEN, other.id, None)
    with pytest.raises(CaseRefused, match="not_owner"):
        case_acts.release(session, now, house, case.id, staff(session, "EQ5"))


def test_after_closing_a_new_case_is_linked_to_the_old_one(
    session: Session, now: datetime, house: House
) -> None:
    owner = staff(session, "EQ1")
    case = taken(session, now, house, owner)
    cases.close(session, now, house, case.id, owner, Outcome.SETTLED)
    again = opened(session, now, house, case.person)
    other = opened(session, now, house, case.person, kind="document")
    assert (again.previous_id, other.previous_id, case.state) == (case.id, None, CaseState.CLOSED)


# Absences and the on-call


def test_the_referent_on_leave_is_replaced(session: Session, now: datetime, house: House) -> None:
    referent, stand_in, on_call = (
        staff(session, "EQ1"),
        staff(session, "EQ2"),
        staff(session, "EQ3", on_call=True),
    )
    person = tenant(session, referent=referent)
    rota.be_absent(session, now, house, referent, date(2026, 12, 9), stand_in)
    opened(session, now, house, person)
    opened(session, now, house, person, Urgency.URGENT, "report_violence")
    assert sent(session, "case_alert") == [("EQ2", "case_alert")]
    assert {who for who, _ in sent(session, "case_alert_urgent")} == {"EQ2", on_call.reference}


def test_without_a_stand_in_it_is_the_team_of_the_district(
    session: Session, now: datetime, house: House
) -> None:
    referent, near, far = staff(session, "EQ1"), staff(session, "EQ2"), staff(session, "EQ3", on_call=True)
    near.districts, far.districts = ["La Gare"], ["Bas-Canal"]
    person = tenant(session, referent=referent)
    lease = Lease(
        organisation_id=1, reference="B-1", district="La Gare", starts_on=date(2020, 1, 1), due_day=5,
        first_import_on=date(2026, 11, 1),
    )  # fmt: skip
    session.add(lease)
    session.flush()
    session.add(LeasePerson(organisation_id=1, lease_id=lease.id, person_id=person.id))
    rota.be_absent(session, now, house, referent, date(2026, 12, 9))
    opened(session, now, house, person)
    assert sent(session, "case_alert") == [("EQ2", "case_alert")]
    # A stand-in who is away too, and no colleague of the district: the on-call.
    rota.be_absent(session, now, house, near, date(2026, 12, 9))
    rota.be_absent(session, now, house, referent, date(2026, 12, 9), near)
    opened(session, now, house, person, kind="document")
    assert sent(session, "case_alert")[-1] == ("EQ3", "case_alert")


def test_a_case_of_somebody_away_goes_back_when_it_moves(
    session: Session, now: datetime, house: House
) -> None:
    owner, other = staff(session, "EQ1"), staff(session, "EQ2", on_call=True)
    case = taken(session, now, house, owner)
    rota.be_absent(session, now, house, owner, date(2026, 12, 9))
    opened(session, now, house, case.person)
    assert (case.state, case.owner) == (CaseState.NEW, None)
    assert history(session, case)[-2:] == ["sign", "released"]
    assert sent(session, "case_alert")[-1] == (other.reference, "case_alert")


def test_an_owner_who_blocked_the_bot_loses_what_moves(session: Session, now: datetime, house: House) -> None:
    owner = staff(session, "EQ1")
    case = taken(session, now, house, owner)
    chat_of(session, owner).state = ChatState.UNREACHABLE
    opened(session, now, house, case.person)
    assert case.state is CaseState.NEW


def test_absences_end_are_replaced_and_taken_back(session: Session, now: datetime, house: House) -> None:
    member = staff(session, "EQ1")
    rota.be_absent(session, now, house, member, date(2026, 12, 2))
    assert rota.is_absent(session, now + timedelta(days=1), house, member)
    assert not rota.is_absent(session, now + timedelta(days=2), house, member)
    rota.be_absent(session, now, house, member, date(2026, 12, 15))
    assert session.query(Absence).count() == 1
    later = now + timedelta(days=5)
    rota.be_back(session, later, house, member)
    assert not rota.is_absent(session, later, house, member)
    assert session.query(Absence).one().ends_on == date(2026, 12, 5)


def test_the_calendar_goes_before_the_file(session: Session, now: datetime, house: House) -> None:
    standing, other = staff(session, "EQ1", on_call=True), staff(session, "EQ2")
    third = staff(session, "EQ3")

    def called(at: datetime) -> list[str]:
        return [member.reference for member in rota.team(session, at, house, 1).on_call]

    assert called(now) == ["EQ1"]
    rota.put_on_call(session, now, other, now + timedelta(hours=5))
    assert called(now) == ["EQ2"]
    rota.put_on_call(session, now + timedelta(hours=1), third, now + timedelta(hours=3))
    assert called(now + timedelta(hours=2)) == ["EQ3"]
    assert called(now + timedelta(hours=4)) == [standing.reference]
    rota.put_on_call(session, now + timedelta(hours=4), other, None)
    assert called(now + timedelta(days=90)) == ["EQ2"]
    assert session.query(Duty).count() == 3


# Duplicates


def test_the_cases_of_a_chat_join_those_of_the_person(session: Session, now: datetime, house: House) -> None:
    owner = staff(session, "EQ1", on_call=True)
    person, unknown = tenant(session, linked=False), chat(session)
    mine = opened(session, now, house, person, Urgency.NORMAL, "document")
    twin = cases.open_case(
        session, now, house, kind="document", urgency=Urgency.HIGH, reason="y", chat=unknown
    )
    alone = cases.open_case(
        session, now, house, kind="foreign", urgency=Urgency.HIGH, reason="z", chat=unknown
    )
    session.flush()
    merging.join_person(session, now, house, unknown, person)
    assert (twin.state, twin.merged_into_id, twin.person_id) == (CaseState.CLOSED, mine.id, person.id)
    assert (mine.state, mine.urgency) == (CaseState.NEW, Urgency.HIGH)
    assert [
        e.detail["reason"] for e in (session.expire(mine, ["history"]), mine.history)[1] if e.kind == "sign"
    ] == ["y"]
    assert (alone.state, alone.subject, alone.person_id) == (CaseState.NEW, f"person:{person.id}", person.id)
    assert cases.claim(session, now, house, mine.id, owner).won
    # The duplicate is not "the one before".
    cases.close(session, now, house, mine.id, owner, Outcome.SETTLED)
    assert opened(session, now, house, person, kind="document").previous_id == mine.id


def test_whoever_had_the_duplicate_goes_on(session: Session, now: datetime, house: House) -> None:
    owner, other = staff(session, "EQ1", on_call=True), staff(session, "EQ2")
    person, unknown = tenant(session, linked=False), chat(session)
    mine = opened(session, now, house, person, kind="document")
    twin = cases.open_case(
        session, now, house, kind="document", urgency=Urgency.HIGH, reason="y", chat=unknown
    )
    session.flush()
    cases.claim(session, now, house, twin.id, other)
    merging.join_person(session, now, house, unknown, person)
    assert (mine.state, mine.owner_id, mine.escalate_at) == (CaseState.TAKEN, other.id, None)
    assert owner.id != mine.owner_id


def test_a_stranger_of_another_landlord_takes_the_case_along(
    session: Session, now: datetime, house: House
) -> None:
    first = staff(session, "EQ1", on_call=True)
    landlord = other_landlord(session)
    second = staff(session, "EQ1", on_call=True, organisation=landlord)
    person, unknown = tenant(session, linked=False, organisation=landlord), chat(session)
    case = cases.open_case(
        session, now, house, kind="report_violence", urgency=Urgency.URGENT, reason="y", chat=unknown
    )
    session.flush()
    cases.claim(session, now, house, case.id, first)
    code = linking.invite(session, now, house, person)
    session.flush()
    linking.link(session, now, house, unknown, code)
    assert (case.organisation_id, case.state, case.owner) == (landlord, CaseState.NEW, None)
    assert people.in_danger(session, person)
    assert rows_of(session, "case_alert_urgent")[-1].chat.staff_id == second.id
    assert case_queue.first(session, first) == []


# What the tenant is told


@pytest.mark.parametrize(
    ("discreet", "told"),
    [(False, "Prénom, de l’équipe sociale, s’occupe de votre demande."),
     (True, "Votre message est bien arrivé. Une personne s’en occupe.")],
)  # fmt: skip
def test_the_tenant_hears_who_took_it(
    session: Session, now: datetime, house: House, discreet: bool, told: str
) -> None:
    owner = staff(session, "EQ1")
    person = tenant(session, referent=owner, discreet=discreet)
    case = opened(session, now, house, person)
    cases.promise(now, house, case, people.voice(person))
    cases.claim(session, now, house, case.id, owner)
    case_acts.release(session, now, house, case.id, owner)
    cases.claim(session, now, house, case.id, owner)
    (row,) = rows_of(session, "case_taken")
    assert said(session, now, house, row) == Words(told)
    cases.close(session, now, house, case.id, owner, Outcome.PLAN)
    assert isinstance(said(session, now, house, row), Drop)
    (done,) = rows_of(session, "case_done")
    words = said(session, now, house, done)
    assert isinstance(words, Words)
    assert ("demande" in words.text) is not discreet


@pytest.mark.parametrize("kind", people.DANGER_KINDS)
def test_nothing_of_the_kind_after_danger(session: Session, now: datetime, house: House, kind: str) -> None:
    owner = staff(session, "EQ1")
    person = tenant(session, referent=owner)
    other = opened(session, now, house, person)
    cases.promise(now, house, other, people.voice(person))
    cases.claim(session, now, house, other.id, owner)
    case = opened(session, now, house, person, Urgency.URGENT, kind)
    cases.promise(now, house, case, people.voice(person))
    cases.claim(session, now, house, case.id, owner)
    assert sent(session, "case_taken") == [("L-1", "case_taken")]
    assert said(session, now, house, rows_of(session, "case_taken")[0]) == Drop("danger")
    cases.close(session, now, house, case.id, owner, Outcome.SETTLED)
    assert rows_of(session, "case_done") == []


def test_who_was_promised_nothing_hears_nothing(session: Session, now: datetime, house: House) -> None:
    owner = staff(session, "EQ1")
    case = taken(session, now, house, owner, kind="rent_arrears")
    cases.close(session, now, house, case.id, owner, Outcome.SETTLED)
    assert sent(session, "case_taken", "case_done") == []


@pytest.mark.parametrize("outcome", [Outcome.NO_NEED, Outcome.UNREACHED, Outcome.SAFE])
def test_some_endings_are_not_announced(
    session: Session, now: datetime, house: House, outcome: Outcome
) -> None:
    owner = staff(session, "EQ1")
    case = opened(session, now, house, tenant(session, referent=owner))
    cases.promise(now, house, case, people.voice(case.person))
    cases.claim(session, now, house, case.id, owner)
    cases.close(session, now, house, case.id, owner, outcome)
    assert rows_of(session, "case_done") == []


# The digest


def test_the_digest_counts_at_nine_and_is_silent_when_nothing_is_left(
    session: Session, now: datetime, house: House
) -> None:
    owner, other = staff(session, "EQ1"), staff(session, "EQ2")
    administrator = staff(session, "EQ5", Role.ADMINISTRATOR)
    assert digest.plan(session, now, house) == 0
    case = taken(session, now, house, owner)
    assert digest.plan(session, now, house) == 1
    assert digest.plan(session, now, house) == 0
    (row,) = rows_of(session, "case_digest")
    morning = datetime.fromisoformat("2026-12-02T09:00+01:00")
    assert row.not_before == morning
    words = said(session, morning, house, row)
    assert isinstance(words, Words)
    assert f"n° {case.id}" in words.text.replace("\u00a0", " ")
    assert "Lemoine" not in words.text
    cases.close(session, now, house, case.id, owner, Outcome.SETTLED)
    session.flush()
    assert said(session, morning, house, row) == Drop("nothing to do")
    opened(session, now, house, case.person, kind="document")
    assert digest.plan(session, now, house) == 1
    assert sent(session, "case_digest")[-1] == (other.reference, "case_digest")
    assert administrator.reference not in [who for who, _ in sent(session, "case_digest")]


def test_no_digest_on_a_weekend_nor_for_the_absent(session: Session, house: House) -> None:
    friday = datetime.fromisoformat("2026-12-04T10:00+01:00")
    owner = staff(session, "EQ1")
    taken(session, friday, house, owner)
    digest.plan(session, friday, house)
    (row,) = rows_of(session, "case_digest")
    assert row.not_before == datetime.fromisoformat("2026-12-07T09:00+01:00")
    rota.be_absent(session, friday, house, owner, date(2026, 12, 9))
    assert said(session, row.not_before, house, row) == Drop("absent")


# Whatever the order of the acts


@pytest.fixture(scope="module")
def examples(empty_inbox: Database) -> Database:
    return empty_inbox


_ACTS = ("sign", "take", "take_other", "wait", "end_wait", "hand_over", "release", "close", "climb", "leave")


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(_ACTS), max_size=14))
def test_no_order_of_acts_breaks_a_case(
    examples: Database, house: House, now: datetime, acts: list[str]
) -> None:
    """A case is owned exactly while it is followed, waits with a day, ends with an outcome; the untaken
    ones are on the ladder."""
    with examples.transaction() as session:
        try:
            _play(session, house, now, acts)
        finally:
            session.rollback()


def _play(session: Session, house: House, now: datetime, acts: list[str]) -> None:
    one, two = staff(session, "EQ1"), staff(session, "EQ2", on_call=True)
    person = tenant(session, referent=one)
    case = opened(session, now, house, person)
    for act in acts:
        now += timedelta(hours=7)
        try:
            if act == "sign":
                case = opened(session, now, house, person)
            elif act in ("take", "take_other"):
                cases.claim(session, now, house, case.id, one if act == "take" else two)
            elif act == "wait":
                case_acts.wait(session, now, case.id, one, now + timedelta(days=1), WaitReason.OTHER)
            elif act == "end_wait":
                follow.end_waits(session, now, house)
            elif act == "hand_over":
                case_acts.pass_on(session, now, house, case.id, one, two)
            elif act == "release":
                case_acts.release(session, now, house, case.id, two)
            elif act == "close":
                cases.close(session, now, house, case.id, one, Outcome.PLAN)
            elif act == "climb":
                alerts.escalate_due(session, now, house)
            else:
                rota.be_absent(session, now, house, two, (now + timedelta(days=2)).date())
        except CaseRefused:
            pass
        session.flush()
        session.refresh(case)
        followed = case.state in (CaseState.TAKEN, CaseState.WAITING)
        assert (case.owner_id is not None) == followed or case.state is CaseState.CLOSED
        assert (case.waiting_until is not None) == (case.state is CaseState.WAITING)
        assert (case.outcome is not None) == (case.state is CaseState.CLOSED)
        assert (case.escalate_at is not None) == (case.state is CaseState.NEW)


# At once


@pytest.mark.slow
def test_of_200_who_take_at_once_one_wins_each_time(
    postgres_only: Database, now: datetime, house_pg: House
) -> None:
    """20 rounds of 10 colleagues: 200 claims, each case with exactly one owner, told to all."""
    with postgres_only.transaction() as session:
        team = [staff(session, f"EQ{n}").id for n in range(10)]
        numbers = [opened(session, now, house_pg, tenant(session, f"L-{n}")).id for n in range(20)]
    told: dict[int, set[int]] = {number: set() for number in numbers}
    won: list[int] = []

    def take(number: int, member: int) -> None:
        with postgres_only.transaction() as session:
            claim = cases.claim(session, now, house_pg, number, session.get_one(Staff, member))
            told[number].add(claim.owner.id)
            if claim.won:
                won.append(number)

    for number in numbers:
        race([lambda member=member, number=number: take(number, member) for member in team])
    assert sorted(won) == numbers
    with postgres_only.reading() as session:
        for number in numbers:
            case = session.get_one(Case, number)
            assert told[number] == {case.owner_id}
            assert [event.kind for event in case.history] == ["opened", "taken"]
