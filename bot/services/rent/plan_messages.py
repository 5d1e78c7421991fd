"""What a tenant hears of a plan: the proposal, each instalment before its day, and the end."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.domain.plans import shortfall
from bot.domain.states import PlanState
from bot.domain.words import Drop, Words
from bot.services import people, questions
from bot.services.house import House
from bot.services.kinds import Attention, Lane, MessageKind, declare
from bot.services.rent import plan_rows, rent
from bot.services.rent.messages import may_write
from bot.storage.tables import Organisation, Outbox, Person, Plan
from bot.texts import Voice
from bot.texts import format as say

# The kind of the questions about a proposal.
PLAN = "rent_plan"
_ANSWER_WAITS = timedelta(days=30)


def proposal_text(house: House, voice: Voice, plan: Plan) -> str:
    """The amounts and days; the days only in discreet mode."""
    parts = plan.instalments
    lines = [
        f"• {say.day(part.due_on)}"
        if voice.discreet
        else f"• {say.euros(part.amount_cents)}, le {say.day(part.due_on)}"
        for part in parts
    ]
    return house.texts.say(
        "rent.plan.proposal", voice, staff=plan.proposed_by.display_name, lines="\n".join(lines)
    )


def _render_proposal(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    found = _still(session, house, row, PlanState.PROPOSED)
    if isinstance(found, Drop):
        return found
    person, plan = found
    voice = people.voice(person)
    question = questions.ask(session, now, person, PLAN, row.object, now + _ANSWER_WAITS)
    options: list[tuple[str, str, dict[str, Any]]] = [
        (house.texts.say("rent.button.plan_yes", voice), "affirm", {}),
        (house.texts.say("rent.button.plan_no", voice), "deny", {}),
        (house.texts.say("button.person", voice), "request_human", {}),
    ]
    return Words(
        proposal_text(house, voice, plan), questions.choices(session, now, row.chat, question, options)
    )


def _render_reminder(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    found = _still(session, house, row, PlanState.ACCEPTED)
    if isinstance(found, Drop):
        return found
    person, plan = found
    part = plan.instalments[int(row.occasion) - 1]
    today = rent.local_day(now, house)
    if today > part.due_on:
        return Drop("late")
    steps = rent.steps_of(house, session.get_one(Organisation, plan.organisation_id))
    paid = plan_rows.paid_cents(plan, rent.account(session, plan.lease, today))
    missing = shortfall(plan_rows.instalments(plan), part.number, paid)
    if missing < steps.minimum_cents:
        return Drop("paid")
    voice = people.voice(person)
    told = {"amount": say.euros(min(missing, part.amount_cents)), "day": say.day(part.due_on)}
    options: list[tuple[str, str, dict[str, Any]]] = [
        (house.texts.say("rent.button.difficult", voice), "payment_difficulty", {}),
        (house.texts.say("button.person", voice), "request_human", {}),
    ]
    rows = questions.choices(session, now, row.chat, None, options)
    return Words(house.texts.say("rent.plan.reminder", voice, **told), rows)


def _render_kept(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    found = _still(session, house, row, PlanState.KEPT)
    if isinstance(found, Drop):
        return found
    return Words(house.texts.say("rent.plan.kept", people.voice(found[0])))


def _still(session: Session, house: House, row: Outbox, state: PlanState) -> tuple[Person, Plan] | Drop:
    """The person and the plan, or why nothing is said of it any more."""
    plan = session.get_one(Plan, int(row.object.removeprefix("plan:")))
    person = row.chat.person
    if person is None or person.id != plan.person_id:
        return Drop("unlinked")
    if people.in_danger(session, person):
        return Drop("danger")
    if not may_write(session, row.chat, person):
        return Drop("consent")
    if not rent.is_tenant(session, person, plan.lease):
        return Drop("left")
    return (person, plan) if plan.state is state else Drop("over")


PROPOSAL = declare(
    MessageKind(
        "plan_proposal", Lane.REMINDER, timedelta(days=14), held=True, resend=False, render=_render_proposal
    )
)
REMINDER = declare(
    MessageKind(
        "plan_reminder",
        Lane.REMINDER,
        timedelta(days=5),
        held=True,
        resend=False,
        render=_render_reminder,
        attention=Attention.COUNTS,
    )
)
KEPT = declare(
    MessageKind(
        "plan_kept",
        Lane.REMINDER,
        timedelta(days=7),
        held=True,
        resend=False,
        render=_render_kept,
        attention=Attention.COUNTS,
    )
)
