"""A plan d'apurement from the proposal to the thanks, or to a person when an instalment is missed."""

from datetime import date

from sqlalchemy import select

from bot.domain.plans import Instalment
from bot.domain.states import InstalmentState, PlanState
from bot.services.rent import plans as rent_plans
from bot.storage import tables
from tests.scenarios.story import Caseworker, Tenant, World

# Tuesdays before the next rent: the talk stays within December.
DAYS = (date(2026, 12, 15), date(2026, 12, 22), date(2026, 12, 29))


def proposed(world: World, *cents: int) -> tuple[Tenant, Caseworker]:
    """December (233 €) is unpaid on the 8th; Maëlle takes the case and proposes these instalments."""
    kevin, maelle = world.tenant("B-0105").agrees(), world.caseworker("EQ01").joins()
    world.move_to("2026-12-08T09:00")
    world.bank_file("2026-12-08", unpaid=("B-0105",))
    world.move_to("2026-12-08T10:30")
    kevin.press(kevin.wait_for("rent.question"), "C’est difficile ce mois-ci")
    kevin.wait_for("rent.difficulty")
    maelle.takes(maelle.wait_for("case.alert.high"))
    kevin.wait_for("case.told.taken")
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
            [Instalment(day, amount) for day, amount in zip(DAYS, cents, strict=False)],
        )
    return kevin, maelle


def plan_of(world: World) -> tables.Plan:
    with world.reading() as session:
        found = session.scalars(select(tables.Plan)).one()
        _ = [part.state for part in found.instalments]
        return found


def test_a_plan_of_three_with_one_missed(world: World) -> None:
    kevin, maelle = proposed(world, 7_700, 7_700, 7_900)
    proposal = kevin.wait_for("rent.plan.proposal")
    assert proposal.text.count("€") == 3
    kevin.write("oui")
    assert "mardi 15 décembre" in kevin.wait_for("rent.plan.accepted").text
    maelle.wait_for("case.news.plan_accepted")

    # The first instalment is reminded and paid, the second is reminded and does not come.
    world.move_to("2026-12-15T20:00")
    assert "77,00" in kevin.wait_for("rent.plan.reminder").text
    world.bank_file("2026-12-17", B_0105=7_700)
    world.move_to("2026-12-24T20:00")
    assert "mardi 22 décembre" in kevin.wait_for("rent.plan.reminder").text
    world.bank_file("2026-12-24", unpaid=("B-0105",))
    # Friday is Christmas. Only who follows the case hears of it, at the office, not the tenant.
    world.move_to("2026-12-28T12:00")
    maelle.wait_for("case.news.plan_missed")
    plan = plan_of(world)
    assert [part.state for part in plan.instalments] == [
        InstalmentState.PAID,
        InstalmentState.MISSED,
        InstalmentState.PLANNED,
    ]
    assert plan.state is PlanState.ACCEPTED
    (case,) = world.cases()
    assert any("l’échéance 2 sur 3" in (event.detail or {}).get("reason", "") for event in case.history)
    # The last one is reminded as it was agreed.
    assert "mardi 29 décembre" in kevin.wait_for("rent.plan.reminder").text
    # On every working morning she has a case to follow.
    assert maelle.reads_digests() == 13
    world.nothing_else_was_sent()


def test_a_plan_kept_to_its_end_is_thanked(world: World) -> None:
    kevin, maelle = proposed(world, 11_600, 11_700)
    kevin.press(kevin.wait_for("rent.plan.proposal"), "Cela me convient")
    kevin.wait_for("rent.plan.accepted")
    maelle.wait_for("case.news.plan_accepted")
    world.move_to("2026-12-15T20:00")
    kevin.wait_for("rent.plan.reminder")
    world.bank_file("2026-12-17", B_0105=11_600)
    world.move_to("2026-12-22T20:00")
    kevin.wait_for("rent.plan.reminder")
    world.bank_file("2026-12-24", B_0105=11_700)
    world.move_to("2026-12-26T12:00")
    kevin.wait_for("rent.plan.kept")
    assert plan_of(world).state is PlanState.KEPT
    # It is Saturday: the good news waits for the office.
    world.move_to("2026-12-28T12:00")
    maelle.wait_for("case.news.plan_kept")
    assert maelle.reads_digests() == 13
    world.nothing_else_was_sent()


def test_no_is_for_a_person_to_talk_about(world: World) -> None:
    kevin, maelle = proposed(world, 7_700, 7_700, 7_900)
    kevin.press(kevin.wait_for("rent.plan.proposal"), "J’aimerais en discuter")
    kevin.wait_for("rent.plan.discussed")
    assert plan_of(world).state is PlanState.DISCUSSED
    maelle.wait_for("case.news.plan_discussed")
    world.nothing_else_was_sent()
