"""Workshops day after day: one world, whose time goes on from test to test; each with people of its own."""

from collections.abc import Iterator

import pytest

from bot.domain.states import OutboxState
from bot.domain.workshops import PlaceState
from tests.scenarios.parts import SharedDialogue
from tests.scenarios.story import Path
from tests.scenarios.town import Town, running_town


@pytest.fixture(scope="module")
def shared(
    dialogue: SharedDialogue, samples: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    with running_town(tmp_path_factory.mktemp("days"), dialogue, samples) as town:
        yield town


@pytest.fixture
def town(shared: Town) -> Town:
    shared.world.forget()
    return shared


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_a_freed_seat_is_held_24_hours_then_goes_to_the_next(town: Town) -> None:
    aminata, bruno, orhan = town.group("waiting", "B-0106", "B-0109", "B-0111")
    title = town.workshop("Bocaux", "waiting", "16/12/2026 10:00", seats=1)
    town.invite(title)
    for tenant, key in ((aminata, "coming"), (bruno, "waiting"), (orhan, "waiting")):
        tenant.press(tenant.wait_for("workshop.invite"), "Je viens")
        tenant.wait_for(f"workshop.{key}")
    aminata.write("je ne peux plus venir")
    aminata.wait_for("workshop.left")
    offer = bruno.wait_for("workshop.offer")
    assert "jusqu’à mercredi 2 décembre, 9 h" in plain(offer.text)
    town.nothing_for(orhan)
    town.jump_to("2026-12-02T08:59")
    town.nothing_for(bruno, orhan)
    town.jump_to("2026-12-02T09:01")
    second = orhan.wait_for("workshop.offer")
    assert town.places(title)["Bruno"] == (PlaceState.LEFT, 1)
    # Too late: it says so, and the seat stays Orhan's.
    bruno.press(offer, "Oui")
    missed = bruno.wait_for("workshop.late.full")
    assert missed.buttons == ["Oui", "Non"]
    orhan.write("oui")
    orhan.wait_for("workshop.coming")
    assert town.places(title)["Orhan"] == (PlaceState.COMING, 1)
    assert town.seats_taken(title) == 1
    assert second.buttons == ["Oui", "Non"]
    town.nothing_for(aminata, bruno, orhan)


def test_at_an_hour_and_not_before(town: Town) -> None:
    (prosper,) = town.group("hour", "B-0113")
    title = town.workshop("Couture du soir", "hour", "08/12/2026 10:00", theme="couture")
    town.mediator.press(town.open(title), "Inviter plus tard")
    hours = town.mediator.wait_for("staff.workshops.when")
    town.mediator.press(hours, "mercredi 2 décembre, 18\u00a0h")
    town.mediator.wait_for("staff.workshops.planned")
    town.jump_to("2026-12-02T17:59")
    town.nothing_for(prosper)
    town.jump_to("2026-12-02T18:00")
    assert "Couture du soir" in prosper.wait_for("workshop.invite").text
    prosper.write("je viens, toute seule")
    prosper.wait_for("workshop.coming")


STOPPED = "Repas partagé"


def test_stopped_in_the_middle_what_waits_does_not_leave(town: Town) -> None:
    (issouf,) = town.group("filled", "B-0102")
    for number in (1, 2, 3):
        town.invite(town.workshop(f"Semaine {number}", "filled", f"2{number}/12/2026 10:00"))
        issouf.wait_for("workshop.invite")
    _, samira = town.group("stopped", "B-0102", "B-0103")
    town.workshop(STOPPED, "stopped", "18/12/2026 12:00")
    seen = town.open(STOPPED)
    # Issouf has had his three messages of the week: his invitation will wait.
    assert "trois messages de la semaine seront passés : 1" in plain(seen.text)
    mediator = town.mediator
    mediator.press(seen, "Inviter maintenant (2)")
    mediator.wait_for("staff.workshops.invited")
    invitation = samira.wait_for("workshop.invite")
    town.jump_to("2026-12-02T18:10")
    going = mediator.wait_for("staff.workshops.sending.going")
    mediator.press(going, "Arrêter l’envoi")
    assert "ne partiront pas : 1" in plain(mediator.wait_for("staff.workshops.stopped").text)
    town.world.settle()
    rows = [(row.state, row.reason) for row in town.world.outbox("workshop_invite")[-2:]]
    assert sorted(rows) == [(OutboxState.DROPPED, "stopped"), (OutboxState.SENT, "")]
    # Who was told can still come.
    samira.press(invitation, "Je viens")
    samira.wait_for("workshop.coming")
    assert set(town.places(STOPPED)) == {"Samira"}
    town.nothing_for(issouf)


def test_who_says_nothing_is_asked_once_more_with_time_and_a_seat_left(town: Town) -> None:
    silent, perhaps = town.group("again", "B-0116", "B-0201")
    first, second = town.group("full", "B-0203", "B-0206")
    (late,) = town.group("late", "B-0302")
    (left_alone,) = town.group("alone", "B-0306")
    for title in (
        town.workshop("Tartes", "again", "16/12/2026 10:00"),
        town.workshop("Crêpes", "full", "16/12/2026 10:00", seats=1),
        town.workshop("Gaufres", "late", "07/12/2026 09:00"),
        town.workshop("Soupes", "alone", "16/12/2026 10:00", again=0),
    ):
        town.invite(title)
    everybody = (silent, perhaps, first, second, late, left_alone)
    invitations = {tenant.name: tenant.wait_for("workshop.invite") for tenant in everybody}
    perhaps.press(invitations[perhaps.name], "Peut-être")
    perhaps.wait_for("workshop.said.maybe")
    first.press(invitations[first.name], "Je viens")
    first.wait_for("workshop.coming")
    town.jump_to("2026-12-05T09:59")
    town.nothing_for(*everybody)
    town.jump_to("2026-12-05T10:00")
    again = silent.wait_for("workshop.again")
    assert "mon dernier message" in plain(again.text)
    town.nothing_for(*everybody)
    town.jump_to("2026-12-07T18:00")
    town.nothing_for(silent, perhaps, second, left_alone)
    # Both messages hold the same question: the later one answers it too.
    silent.press(again, "Pas intéressé")
    silent.wait_for("workshop.said.no")


def test_from_the_day_before_to_the_thanks(town: Town) -> None:
    ivone, damien = town.group("neighbours", "B-0207", "B-0212", willing=False)
    marie, hery = town.group("day", "B-0203", "B-0206")
    title = town.workshop("Pain d'épices", "day", "09/12/2026 14:00")
    town.invite(title)
    for tenant in (marie, hery):
        tenant.press(tenant.wait_for("workshop.invite"), "Je viens")
        tenant.wait_for("workshop.coming")
    mediator = town.mediator
    town.jump_to("2026-12-08T10:00")
    for tenant in (marie, hery):
        tenant.press(tenant.wait_for("workshop.eve"), "Je viens toujours")
        tenant.wait_for("workshop.still")
    mediator.forget()
    town.jump_to("2026-12-09T08:00")
    morning = mediator.wait_for("staff.workshops.today")
    assert "Places réservées : 2" in plain(morning.text)
    town.jump_to("2026-12-09T15:00")
    mediator.press(morning, "Noter les présents")
    names = mediator.wait_for("staff.workshops.presence")
    mediator.press(names, "Marie-Ange Rosier (1)")
    noted = mediator.wait_for("staff.workshops.presence")
    assert noted.buttons[0].startswith("✓ Marie-Ange")
    mediator.press(noted, "Une personne de plus")
    assert "Venus sans prévenir : 1" in plain(mediator.wait_for("staff.workshops.presence").text)
    mediator.write(f"/atelier {ivone.reference}")
    mediator.press(mediator.wait_for("staff.workshops.link"), title)
    assert "Présents : 2" in plain(mediator.wait_for("staff.workshops.presence").text)
    town.jump_to("2026-12-10T10:00")
    thanks = marie.wait_for("workshop.thanks")
    marie.press(thanks, "Oui")
    marie.wait_for("workshop.feedback.again")
    marie.write("peut-être")
    marie.wait_for("workshop.feedback.thanks")
    ivone.press(ivone.wait_for("workshop.thanks"), "Pas vraiment")
    ivone.wait_for("workshop.feedback.again")
    # Hery did not come, Damien had nothing to do with it.
    town.nothing_for(hery, damien)
    mediator.press(morning, "Noter les présents")
    said = plain(mediator.wait_for("staff.workshops.presence").text)
    assert "Utile : oui, 1" in said
    assert "Utile : pas vraiment, 1" in said


def test_the_budget_of_the_week_holds_across_invitations_check_ins_and_tips(town: Town) -> None:
    town.jump_to("2026-12-14T10:00")
    (alexis,) = town.group("budget", "B-0304")
    for number in (1, 2):
        town.invite(town.workshop(f"Sortie {number}", "budget", f"2{number}/12/2026 14:00", again=0))
        alexis.wait_for("workshop.invite")
    # The third is the offer of a check-in a week: reinforced support, on Wednesdays.
    town.jump_to("2026-12-16T10:00")
    alexis.press(alexis.wait_for("checkin.offer.reinforced"), "Non merci")
    alexis.wait_for("checkin.refused")
    town.invite(town.workshop("Sortie 3", "budget", "29/12/2026 14:00", again=0))
    # What he asks for is not counted: a tip a week, on the day that he chose.
    alexis.write("je voudrais un conseil toutes les semaines")
    alexis.press(alexis.wait_for("tips.when"), "Samedi")
    alexis.press(alexis.wait_for("tips.hour"), "9\u00a0h")
    alexis.wait_for("tips.rhythm")
    town.nothing_for(alexis)
    town.jump_to("2026-12-19T09:00")
    alexis.wait_for("tips.weekly")
    town.jump_to("2026-12-21T09:59")
    town.nothing_for(alexis)
    town.jump_to("2026-12-21T10:01")
    assert "Sortie 3" in alexis.wait_for("workshop.invite").text


def test_what_was_stopped_has_not_left_since(town: Town) -> None:
    assert not town.world.tenant("B-0102").was_told(STOPPED)
