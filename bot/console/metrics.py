"""Figures read from the database at each scrape: no personal data, no identifiers."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.clock import Clock
from bot.domain.states import CaseState, InboxState, OccurrenceState, OutboxState, Urgency
from bot.services import left_undone
from bot.services.cases import silence
from bot.services.house import House
from bot.storage import Database
from bot.storage.tables import Case, Inbox, Occurrence, Outbox


class DatabaseMetrics(Collector):
    def __init__(self, database: Database, clock: Clock, house: House) -> None:
        self._database = database
        self._clock = clock
        self._house = house

    def describe(self) -> Iterable[Metric]:
        """Nothing to declare ahead: registering must not open the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        with self._database.reading() as session:
            yield from self._cases(session)
            yield _by_state(session, "palier_outbox_messages", "Messages to leave", Outbox.state, OutboxState)
            yield _by_state(session, "palier_inbox_updates", "Updates received", Inbox.state, InboxState)
            late = (Occurrence.state == OccurrenceState.PLANNED) & (
                Occurrence.due_at <= self._clock.now(session)
            )
            yield GaugeMetricFamily(
                "palier_occurrences_late",
                "Planned steps whose time has come",
                _count(session, Occurrence.id, late),
            )
            yield GaugeMetricFamily(
                "palier_left_undone",
                "What the ticks could not do since the last working day",
                len(left_undone.lately(session, self._clock.now(session), self._house)),
            )

    def _cases(self, session: Session) -> Iterator[Metric]:
        rows = session.execute(
            select(Case.urgency, Case.state, func.count())
            .where(Case.state != CaseState.CLOSED)
            .group_by(Case.urgency, Case.state)
        )
        found = {(urgency, state): count for urgency, state, count in rows}
        family = GaugeMetricFamily(
            "palier_cases_open", "Open cases by urgency and state", labels=["urgency", "state"]
        )
        for urgency in Urgency:
            for state in CaseState:
                if state is not CaseState.CLOSED:
                    family.add_metric([urgency, state], found.get((urgency, state), 0))
        yield family
        yield GaugeMetricFamily(
            "palier_cases_urgent_untaken",
            "Urgent cases that nobody has taken",
            found.get((Urgency.URGENT, CaseState.NEW), 0),
        )
        yield GaugeMetricFamily(
            "palier_urgent_alerts_unsent",
            "Urgent cases, untaken for two minutes, of which no alert has left",
            len(silence.unheard(session, self._clock.now(session))),
        )
        yield GaugeMetricFamily(
            "palier_staff_reachable", "Caseworkers whose telephone can be alerted", silence.reachable(session)
        )
        oldest = session.scalar(select(func.min(Case.opened_at)).where(Case.state == CaseState.NEW))
        age = (self._clock.now(session) - oldest).total_seconds() if oldest else 0
        yield GaugeMetricFamily(
            "palier_case_oldest_untaken_seconds", "Age of the oldest case that nobody has taken", max(0, age)
        )


def _by_state(
    session: Session, name: str, meaning: str, column: InstrumentedAttribute[Any], states: type[StrEnum]
) -> Metric:
    """One series a state, at zero when no row has it: a series never vanishes."""
    found: dict[StrEnum, int] = dict(session.execute(select(column, func.count()).group_by(column)).all())
    family = GaugeMetricFamily(name, f"{meaning}, by state", labels=["state"])
    for state in states:
        family.add_metric([state], found.get(state, 0))
    return family


def _count(session: Session, column: InstrumentedAttribute[int], where: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count(column)).where(where)) or 0
