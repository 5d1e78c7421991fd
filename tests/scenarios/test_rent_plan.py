"""A plan d'apurement from the proposal to the thanks, or to a person when an instalment is missed."""

from datetime import date

import pytest
from sqlalchemy import select

from bot.domain.plans import evenly
from bot.domain.states import InstalmentState, PlanState
from bot.services import rent_plans
from bot.storage import tables
from tests.scenarios.story import Caseworker, Tenant, World


def proposed(world: World, count: int = 3) -> tuple[Tenant, Caseworker]:
    """December (233 €) is unpaid on the 14th; Maëlle takes the case and proposes it in three times."""
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    world.move_to("2026-12-08T09:00")
    world.bank_file("2026-12-08", unpaid=("B-0105",))
    world.move_to("2026-12-08T10:30")
    kevin.press(kevin.wait_for("rent.question"), "C’est difficile ce mois-ci")
    kevin.wait_for("rent.difficulty")
    maelle.takes(maelle.wait_for("case.alert.high"))
    kevin.wait_for("Maëlle")
    with world.parts.database.transaction() as session:
        case = session.scalars(select(tables.Case)).one()
        lease = session.scalars(select(tables.Lease).filter_by(reference="B-0105")).one()
        assert case.owner is not None
        rent_plans.propose(
            session,
            world.parts.clock.now(session),
            world.parts.house,
            case.owner,
            case,
            lease,
            evenly(23_300, count, date(2027, 1, 15)),
        )
    return kevin, maelle


def pays(world: World, day: str, cents: int) -> None:
    """The household's payment of that day, and everybody else's rent; the file covers the day."""
    world.bank_file(day, unpaid=("B-0105",))
    with world.parts.database.transaction() as session:
        lease = session.scalars(select(tables.Lease).filter_by(reference="B-0105")).one()
        session.add(
            tables.Payment(
                organisation_id=lease.organisation_id,
                reference=f"PLAN-{day}-{cents}",
                lease_id=lease.id,
                on_day=date.fromisoformat(day),
                amount_cents=cents,
                method="virement",
            )
        )


def plan_of(world: World) -> tables.Plan:
    with world.reading() as session:
        found = session.scalars(select(tables.Plan)).one()
        _ = [part.state for part in found.instalments]
        return found


@pytest.mark.parametrize("words", ["Cela me convient", "oui"])
def test_a_plan_of_three_with_one_missed(world: World, words: str) -> None:
    kevin, maelle = proposed(world)
    proposal = kevin.wait_for("rent.plan.proposal")
    assert proposal.text.count("€") == 3
    if words == "oui":
        kevin.write(words)
    else:
        kevin.press(proposal, words)
    assert "vendredi 15 janvier" in kevin.wait_for("rent.plan.accepted").text

    # The rent of January, then the first instalment: each in its turn.
    world.move_to("2027-01-04T20:00")
    kevin.wait_for("rent.reminder")
    pays(world, "2027-01-04", 23_300)
    world.move_to("2027-01-11T12:00")
    assert "77,00" in kevin.wait_for("rent.plan.reminder").text
    world.move_to("2027-01-15T20:00")
    pays(world, "2027-01-15", 7_700)
    world.move_to("2027-01-20T20:00")
    world.bank_file("2027-01-20", unpaid=("B-0105",))

    # February's rent comes, the second instalment does not.
    world.move_to("2027-02-04T20:00")
    kevin.wait_for("rent.reminder")
    pays(world, "2027-02-04", 23_300)
    world.move_to("2027-02-17T20:00")
    kevin.wait_for("rent.plan.reminder")
    world.bank_file("2027-02-17", unpaid=("B-0105",))
    world.move_to("2027-02-18T12:00")
    plan = plan_of(world)
    assert [part.state for part in plan.instalments] == [
        InstalmentState.PAID,
        InstalmentState.MISSED,
        InstalmentState.PLANNED,
    ]
    assert plan.state is PlanState.ACCEPTED
    (case,) = world.cases()
    assert any("l’échéance 2 sur 3" in (event.detail or {}).get("reason", "") for event in case.history)
    # Only who follows the case hears of it, not the tenant.
    maelle.wait_for(None)
    world.nothing_else_was_sent()


def test_no_is_for_a_person_to_talk_about(world: World) -> None:
    kevin, maelle = proposed(world)
    kevin.press(kevin.wait_for("rent.plan.proposal"), "J’aimerais en discuter")
    kevin.wait_for("rent.plan.discussed")
    assert plan_of(world).state is PlanState.DISCUSSED
    maelle.wait_for(None)
    world.nothing_else_was_sent()
