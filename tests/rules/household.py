"""One row of the table: a household with its own landlord, what its days bring, what Palier did of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.plans import Instalment
from bot.domain.rent import terms
from bot.domain.rent_steps import Step
from bot.domain.states import OccurrenceState, Role, Urgency
from bot.services.cases import cases
from bot.services.house import House
from bot.services.rent import plans as rent_plans
from bot.services.rent import rent
from bot.services.rent import talk as rent_talk
from bot.services.rent.said import Said
from bot.storage.tables import CallLine, Movement, Occurrence, Organisation, Outbox, Person, Staff
from tests.services.rent_world import World, make_world

# What a caseworker reads instead of the reasons of the steps.
REASONS = {
    "paid": "payé",
    "minimum": "trop peu",
    "direct_debit": "prélèvement",
    "told": "déjà répondu",
    "late": "trop tard",
    "case": "dossier ouvert",
    "plan": "plan",
    "promise_broken": "promesse",
    "no_channel": "pas joignable",
    "no_consent": "pas d'accord",
    "danger": "danger",
    "nobody": "personne",
}
OTHERS = {"rent_thanks": "merci", "rent_when": "quel jour ?", "plan_reminder": "rappel du plan"}
MONTHS = {11: "nov.", 12: "déc.", 1: "janv."}
BASE = {
    "due_day": 1,
    "opening_on": date(2026, 11, 15),
    "first_import_on": date(2026, 11, 16),
}
# The words of the steps' messages, which the first columns show.
_STEPS = {"rent_reminder", "rent_question"}


@dataclass
class Household:
    """The row and its world; `done` is the day on which each step was taken, by rule and object."""

    row: dict[str, Any]
    world: World
    person: Person | None
    done: Mapping[tuple[str, str], date]

    @property
    def object(self) -> str:
        month = date.fromisoformat(f"{self.row.get('mois', '2026-12')}-01")
        return rent.object_of(self.world.lease.id, month)

    def acts(self, day: date) -> None:
        """What the tenant says and the team does that day."""
        for verb, *words in self._events(day):
            if verb == "dit" and self.person is not None:
                self._says(*words)
            elif verb == "plan":
                self._plan(_day(words[0]), _cents(words[1]))

    def evening(self, day: date, *, bank_day: bool) -> None:
        """What that evening's file of the bank and the landlord's corrections bring."""
        for verb, *words in self._events(day):
            if verb in ("paye", "rejet"):
                sign = 1 if verb == "paye" else -1
                self.world.pays(day, sign * _cents(words[0]), self.world.lease.payment_method)
            elif verb == "corrige":
                self._corrects(day, _cents(words[0]))
        last, again = self.row.get("banque", (date.max, None))
        if bank_day and (day <= last or (again is not None and day >= again)):
            self.world.covers(day)

    def did(self) -> list[str]:
        """The reminder, the question and the case (a day, or why not), then what else was said."""
        steps = {Step(step.rule): step for step in self._steps()}
        if not steps and not self._has_term():
            return ["aucun terme"] * 3
        shown = [self._shown(steps.get(step)) for step in (Step.REMINDER, Step.QUESTION)]
        return [*shown, self._case(steps.get(Step.CASE)), *self._others()]

    def _events(self, day: date) -> Iterator[list[str]]:
        for event in self.row.get("jours", ()):
            when, *words = event.split()
            if _day(when) == day:
                yield words

    def _says(self, intent: str, promised: str = "", euros: str = "") -> None:
        said = Said((_day(promised),) if promised else (), round(float(euros) * 100) if euros else None)
        world = self.world
        assert self.person is not None
        rent_talk.answer(world.session, world.now, world.house, self.person, intent, said, None)
        world.session.flush()

    def _plan(self, due_on: date, cents: int) -> None:
        world = self.world
        own = {"organisation_id": world.organisation.id}
        staff = Staff(**own, reference="EQ1", last_name="Kerdoncuff", role=Role.CASEWORKER)
        world.session.add(staff)
        world.session.flush()
        (case,) = world.cases_of_lease()
        parts = [Instalment(due_on, cents)]
        plan = rent_plans.propose(world.session, world.now, world.house, staff, case, world.lease, parts)
        rent_plans.accept(world.session, world.now, world.house, plan, staff)
        world.session.flush()

    def _corrects(self, day: date, cents: int) -> None:
        own = {"organisation_id": self.world.organisation.id, "lease_id": self.world.lease.id}
        self.world.session.add(Movement(**own, reference="M", on_day=day, amount_cents=cents))
        self.world.session.flush()

    def _steps(self) -> list[Occurrence]:
        rules = Occurrence.rule.in_(list(Step))
        return list(self.world.session.scalars(select(Occurrence).filter_by(object=self.object).where(rules)))

    def _has_term(self) -> bool:
        lease = self.world.lease
        book = rent.books(self.world.session, [lease])[lease.id]
        year_later = date(self.world.now.year + 1, 12, 31)
        months = [term.month for term in terms(book.terms, year_later)]
        return self.object in {rent.object_of(lease.id, month) for month in months}

    def _shown(self, step: Occurrence | None) -> str:
        if step is None:  # the step of a term that is paid for certain is forgotten
            return REASONS["paid"]
        day = self.done.get((step.rule, step.object))
        if day is None:
            return "attend" if step.state is OccurrenceState.PLANNED else REASONS[step.reason]
        told = sum(row.object == self.object and row.kind == _kind(step) for row in self._sent())
        return short(day) + (f" ({told})" if told > 1 else "")

    def _case(self, step: Occurrence | None) -> str:
        opened = [case for case in self.world.cases_of_lease() if case.object == self.object]
        return short(self._local(opened[0].opened_at)) if opened else self._shown(step)

    def _others(self) -> list[str]:
        lines = self.world.session.scalars(
            select(CallLine).filter_by(lease_id=self.world.lease.id, object=self.object)
        )
        called = [f"à appeler, {short(self._local(line.noted_at))}" for line in lines]
        return called + [
            f"{OTHERS[row.kind]}, {short(self._local(row.not_before))}"
            for row in self._sent()
            if row.kind in OTHERS
        ]

    def _sent(self) -> list[Outbox]:
        """What was queued about this term, or about its promises and plans."""
        rows = self.world.session.scalars(
            select(Outbox).filter_by(organisation_id=self.world.organisation.id).order_by(Outbox.id)
        )
        return [row for row in rows if row.kind not in _STEPS or row.object == self.object]

    def _local(self, at: datetime) -> date:
        return rent.local_day(at, self.world.house)


def settle_in(
    session: Session,
    house: House,
    now: datetime,
    number: int,
    row: dict[str, Any],
    done: Mapping[tuple[str, str], date],
) -> Household:
    """The row's household, alone with its landlord."""
    organisation = Organisation(reference=f"O{number}", name="Bailleur", settings=row.get("réglages", {}))
    organisation.bank_covered_until = None if row.get("banque", (date.max,))[0] < now.date() else now.date()
    session.add(organisation)
    session.flush()
    options: dict[str, Any] = {"amounts": row["montants"]} if "montants" in row else {}
    world = make_world(
        session, house, now, organisation=organisation, **(BASE | row.get("bail", {})), **options
    )
    tenants = [_tenant(world, n, **wanted) for n, wanted in enumerate(row.get("personnes", [{}]))]
    return Household(row, world, tenants[0] if tenants else None, done)


def _tenant(world: World, number: int, *, danger: bool = False, **wanted: Any) -> Person:
    person = world.tenant(f"T{number}", **wanted)
    if danger:
        cases.open_case(
            world.session,
            world.now,
            world.house,
            kind="report_violence",
            urgency=Urgency.URGENT,
            reason="signe",
            person=person,
        )
    return person


def short(day: date) -> str:
    return f"{'1er' if day.day == 1 else day.day} {MONTHS[day.month]}"


def _kind(step: Occurrence) -> str:
    return step.rule.replace(".", "_")


def _day(words: str) -> date:
    """25/11, in the winter of the table."""
    day, month = map(int, words.split("/"))
    return date(2026 if month > 6 else 2027, month, day)


def _cents(words: str) -> int:
    return round(float(words) * 100)
