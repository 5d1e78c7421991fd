"""The dead-man check: urgent alerts that do not leave are noticed, logged without names, tried elsewhere."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.clock import Clock
from bot.dead_man import DeadMan
from bot.domain.states import ChatState, OutboxState, Urgency
from bot.services.cases import cases, silence
from bot.services.house import House
from bot.storage import Database
from bot.storage.tables import Chat, Outbox
from tests.services.team import staff, tenant


class Machine:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def dead_man(database: Database, clock: Clock, house: House, now: datetime, machine: Machine) -> DeadMan:
    with database.transaction() as session:
        clock.move_to(session, now)
    return DeadMan(database, clock, house, acts=True, monotonic=machine)


def open_urgent(database: Database, now: datetime, house: House) -> None:
    with database.transaction() as session:
        person = tenant(session, referent=staff(session, "EQ1"))
        staff(session, "EQ2")
        cases.open_case(
            session, now, house, kind="report_violence", urgency=Urgency.URGENT, reason="x", person=person
        )


def pass_time(database: Database, clock: Clock, machine: Machine, *, business: float, real: float) -> None:
    machine.seconds += real
    with database.transaction() as session:
        clock.move_to(session, clock.now(session) + timedelta(seconds=business))


def test_it_counts_on_both_clocks(
    database: Database, clock: Clock, house: House, now: datetime, dead_man: DeadMan, machine: Machine
) -> None:
    open_urgent(database, now, house)
    assert dead_man.look()
    pass_time(database, clock, machine, business=3600, real=1)  # a demo's jump
    assert dead_man.look()
    pass_time(database, clock, machine, business=1, real=121)
    assert not dead_man.look()


def test_everybody_else_is_tried_once_and_it_recovers(
    database: Database, clock: Clock, house: House, now: datetime, dead_man: DeadMan, machine: Machine
) -> None:
    open_urgent(database, now, house)
    for _ in range(3):
        pass_time(database, clock, machine, business=130, real=130)
        dead_man.look()
    with database.transaction() as session:
        rows = session.scalars(select(Outbox).order_by(Outbox.id)).all()
        assert [row.chat.staff.reference for row in rows if row.chat.staff] == ["EQ1", "EQ2"]
        rows[-1].state = OutboxState.SENT
    assert dead_man.look()


def test_a_team_of_which_nobody_can_be_reached(database: Database, dead_man: DeadMan) -> None:
    assert dead_man.look()  # nobody has linked yet: not a fault
    with database.transaction() as session:
        staff(session, "EQ1")
    assert dead_man.look()
    with database.transaction() as session:
        session.execute(update(Chat).values(state=ChatState.UNREACHABLE))
        assert silence.reachable(session) == 0
    assert not dead_man.look()
