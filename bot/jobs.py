"""The ticks: what is looked for regularly, and how often. APScheduler only beats; dates are rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.services import left_undone, tenant_search, uploads
from bot.services.appointments import drop_ins, journeys
from bot.services.appointments import plan as appointment_plan
from bot.services.appointments import series as appointment_series
from bot.services.cases import alerts, digest, follow, handover, leaving
from bot.services.checkins import checkins
from bot.services.checkins import rows as checkin_rows
from bot.services.house import House
from bot.services.one_by_one import note
from bot.services.privacy import retention
from bot.services.relay import watch as relay_watch
from bot.services.rent import bank_watch
from bot.services.rent import calendar as rent_calendar
from bot.services.rent import plans as rent_plans
from bot.services.rent import promises as rent_promises
from bot.services.rent import ranks as rent_ranks
from bot.services.rent import steps as rent_steps
from bot.services.tips import rhythm as tip_rhythm
from bot.services.workshops import audience as workshop_audience
from bot.services.workshops import day as workshop_day
from bot.services.workshops import sending as workshop_sending
from bot.services.workshops import workshops
from bot.storage import Database, is_away

log = structlog.get_logger(__name__)

# A tick that comes late (a sleeping laptop, a busy database) is run all the same, once.
_GRACE_SECONDS = 3600

Verb = Callable[[Session, datetime, House], int]


@dataclass(frozen=True)
class Tick:
    """`verb` runs in one transaction, every `seconds`; it returns how much it did. With `batches` it runs
    again, each time in a transaction of its own, until nothing is left: the others may write in between."""

    name: str
    seconds: int
    verb: Verb
    batches: bool = False


TICKS: Sequence[Tick] = (
    Tick("rent.plan", 3600, rent_calendar.plan, batches=True),
    Tick("rent.rejected", 3600, rent_calendar.reopen_rejected),
    Tick("rent.ranks", 3600, rent_ranks.refresh, batches=True),
    # Before the steps: what a promise becomes decides whether they still wait for it.
    Tick("rent.promises", 20, rent_promises.check_due),
    Tick("rent.plans", 20, rent_plans.follow_due),
    Tick("rent.fire", 20, rent_steps.fire_due, batches=True),
    Tick("rent.bank_late", 900, bank_watch.warn),
    Tick("appointments.series", 3600, appointment_series.extend_all),
    Tick("appointments.journeys", 3600, journeys.follow),
    Tick("appointments.fire", 20, appointment_plan.fire_due),
    Tick("appointments.journeys_due", 60, journeys.check_due),
    Tick("appointments.drop_ins", 60, drop_ins.announce_due),
    Tick("tips.fire", 20, tip_rhythm.fire_due),
    Tick("checkins.plan", 3600, checkin_rows.plan),
    Tick("checkins.fire", 20, checkins.fire_due),
    Tick("checkins.unanswered", 60, checkins.close_unanswered),
    Tick("workshops.send", 10, workshop_sending.begin_due),
    Tick("workshops.progress", 5, workshop_sending.follow),
    Tick("workshops.offers", 20, workshops.expire_offers),
    Tick("workshops.again", 60, workshop_audience.ask_again_due),
    Tick("workshops.day", 60, workshop_day.fire_due),
    Tick("workshops.eve", 60, workshop_audience.remind_due),
    Tick("team.left_undone", 900, left_undone.tell),
    Tick("team.absences", 60, leaving.begin_due),
    Tick("cases.escalate", 20, alerts.escalate_due),
    Tick("cases.unseen", 20, follow.release_unseen),
    Tick("cases.waited", 20, follow.end_waits),
    Tick("cases.digest", 60, digest.plan),
    Tick("relay.watch", 5, relay_watch.watch),
    Tick("clarify.unanswered", 60, handover.unanswered_clarifications),
    Tick("imports.forget", 600, uploads.forget),
    Tick("tenants.words", 600, tenant_search.refresh, batches=True),
    Tick("privacy.retention", 900, retention.night, batches=True),
)


def run(database: Database, clock: Clock, house: House, tick: Tick) -> int:
    """Run one tick now. A failure is logged and comes back at the next beat."""
    total = 0
    try:
        while True:
            with database.transaction() as session:
                done = tick.verb(session, clock.now(session), house)
            total += done
            if not (done and tick.batches):
                break
    except Exception as fault:
        log.exception("tick failed", tick=tick.name)
        _note(database, clock, tick, fault)
    if total:
        log.info("tick", tick=tick.name, done=total)
    return total


def _note(database: Database, clock: Clock, tick: Tick, fault: Exception) -> None:
    """A tick that fails whole is told like the rows that one leaves undone, if they can be written."""
    if is_away(fault):
        return
    try:
        with database.transaction() as session:
            note(session, clock.now(session), fault, tick.name)
    except SQLAlchemyError as other:
        log.error("failure not noted", tick=tick.name, fault=type(other).__name__)


def run_all(database: Database, clock: Clock, house: House) -> int:
    """Every tick once, in their order, until none has anything left. Returns how much was done."""
    total = 0
    for _ in range(50):
        done = sum(run(database, clock, house, tick) for tick in TICKS)
        total += done
        if not done:
            break
    return total


def start(database: Database, clock: Clock, house: House, wake: Callable[[], None]) -> BackgroundScheduler:
    """A started scheduler; the caller shuts it down. `wake` is called after a tick that did something."""
    scheduler = BackgroundScheduler(timezone="UTC")

    def beat(tick: Tick) -> None:
        if run(database, clock, house, tick):
            wake()

    for tick in TICKS:
        scheduler.add_job(
            beat,
            IntervalTrigger(seconds=tick.seconds),
            args=(tick,),
            id=tick.name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=_GRACE_SECONDS,
            next_run_time=Clock.real(),
        )
    scheduler.start()
    return scheduler
