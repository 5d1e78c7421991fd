"""Rows that a tick serves: one that breaks neither holds up the others nor undoes them."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot.domain.states import OccurrenceState, Urgency
from bot.services.cases import alerts, cases
from bot.services.house import House
from bot.services.one_by_one import one_by_one
from bot.storage import Database
from bot.storage.tables import Case, Occurrence
from tests.services.team import staff, tenant


def planned(now: datetime, number: int) -> Occurrence:
    day = date(2026, 12, number)
    return Occurrence(organisation_id=1, rule="test", object=f"person:{number}", due_on=day, due_at=now)


def test_one_that_breaks_is_undone_alone_and_comes_back_a_day_later(
    database: Database, now: datetime
) -> None:
    def act(step: Occurrence) -> None:
        step.state = OccurrenceState.DONE
        if step.object == "person:2":
            raise ZeroDivisionError

    with database.transaction() as session:
        tenant(session)
        steps = [planned(now, number) for number in (1, 2, 3)]
        session.add_all(steps)
        session.flush()
        with capture_logs() as logged:
            assert one_by_one(session, now, steps, act) == 2
    with database.reading() as session:
        found = session.scalars(select(Occurrence).order_by(Occurrence.id)).all()
        assert [step.state for step in found] == [
            OccurrenceState.DONE,
            OccurrenceState.PLANNED,
            OccurrenceState.DONE,
        ]
        assert [step.due_at - now for step in found] == [timedelta(0), timedelta(days=1), timedelta(0)]
    assert [(entry["row"], entry["fault"]) for entry in logged] == [(found[1].id, "ZeroDivisionError")]


def test_a_database_that_is_away_ends_it(database: Database, now: datetime) -> None:
    class Lost(OperationalError):
        connection_invalidated = True

    def act(_step: Occurrence) -> None:
        raise Lost("", {}, Exception())

    with database.transaction() as session:
        tenant(session)
        step = planned(now, 1)
        session.add(step)
        session.flush()
        with pytest.raises(Lost):
            one_by_one(session, now, [step], act)


def test_an_urgent_case_is_brought_up_though_another_one_breaks(
    database: Database, now: datetime, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = alerts.alert

    def breaks(session: object, at: datetime, home: House, case: Case) -> None:
        if case.kind == "report_repair":
            raise ZeroDivisionError
        alert(session, at, home, case)  # type: ignore[arg-type]

    with database.transaction() as session:
        staff(session, "EQ1", on_call=True)
        person = tenant(session)
        for kind in ("report_repair", "report_violence"):
            cases.open_case(session, now, house, kind=kind, urgency=Urgency.URGENT, reason="x", person=person)
        later = now + timedelta(days=2)
        monkeypatch.setattr(alerts, "alert", breaks)
        with capture_logs():
            assert alerts.escalate_due(session, later, house) == 1
    with database.reading() as session:
        assert dict(session.execute(select(Case.kind, Case.level)).all()) == {
            "report_repair": 0,
            "report_violence": 1,
        }
