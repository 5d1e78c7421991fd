"""The team's page: on-call calendar, absences with or without a hand-over, load; alerts that do not leave."""

import re
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.domain.states import CaseState, Role, Urgency
from bot.services.cases import leaving, rota
from bot.storage.tables import Absence, Case, Chat, Duty
from tests.console.browser import Browser
from tests.console.conftest import Desk

PAGE = "/astreinte"


def on_call(desk: Desk) -> list[int]:
    with desk.database.reading() as session:
        team = rota.team(session, desk.clock.now(session), desk.house, 1)
        return [member.id for member in team.on_call]


def post(browser: Browser, path: str, **fields: str) -> int:
    return browser.post(f"{PAGE}/{path}", csrf=browser.csrf(PAGE), **fields).status_code


def today(desk: Desk, days: int = 0) -> str:
    with desk.database.reading() as session:
        now = desk.clock.now(session).astimezone(desk.house.zone)
    return (now.date() + timedelta(days=days)).isoformat()


def reachable(desk: Desk, reference: str) -> int:
    member = desk.staff(reference)
    with desk.database.transaction() as session:
        session.add(Chat(organisation_id=1, bot_id=1, telegram_id=9000 + member, staff_id=member))
    return member


def test_a_turn_is_planned_begins_and_is_taken_back(desk: Desk) -> None:
    first, second = desk.staff("EQ01"), desk.staff("EQ02")
    browser = desk.browser(desk.staff("EQ09", Role.COORDINATOR))
    turn = {"du": today(desk, 2), "du_heure": "18:00", "au": today(desk, 3), "au_heure": "09:00"}
    assert post(browser, "tour", qui=str(first), **turn) == 303
    assert on_call(desk) == []
    assert "Maëlle Eq01</strong>" in browser.get(PAGE).text
    with desk.database.transaction() as session:
        desk.clock.move_to(session, datetime.fromisoformat(f"{turn['du']}T20:00:00+01:00"))
    assert on_call(desk) == [first]
    browser = desk.browser(desk.staff("EQ10", Role.COORDINATOR))
    with desk.database.reading() as session:
        duty = session.scalars(select(Duty.id)).one()
    assert post(browser, f"tour/{duty}/finir") == 303
    assert on_call(desk) == []
    for wrong in (
        {"qui": str(second), "du": today(desk, -3), "du_heure": "18:00"},
        {"qui": str(second), "du": today(desk, 3), "du_heure": "18:00", "au": today(desk, 2)},
        {"qui": "", "du": today(desk, 1), "du_heure": "18:00"},
        {"qui": str(second), "du": "demain", "du_heure": "18:00"},
    ):
        assert post(browser, "tour", **wrong) == 422


def test_a_caseworker_sees_the_calendar_and_does_not_change_it(desk: Desk) -> None:
    first = desk.staff("EQ01")
    browser = desk.browser(first)
    assert "Ajouter un tour" not in browser.get(PAGE).text
    assert post(browser, "tour", qui=str(first), du=today(desk), du_heure="18:00") == 403


def test_away_gives_back_what_is_urgent_alone(desk: Desk) -> None:
    away = desk.staff("EQ01")
    normal = desk.taken(desk.tenant("Aubert"), away)
    urgent = desk.case(
        desk.tenant("Bonnet"), "report_hazard", Urgency.URGENT, state=CaseState.TAKEN, owner_id=away
    )
    browser = desk.browser(away)
    assert post(browser, "absence", du=today(desk), au=today(desk, 4)) == 303
    assert "absence jusqu’au" in browser.get(PAGE).text
    with desk.database.reading() as session:
        owners = [session.get_one(Case, number).owner_id for number in (normal, urgent)]
    assert owners == [away, None]


def test_a_refused_form_keeps_what_was_typed(desk: Desk) -> None:
    desk.staff("EQ02")
    browser = desk.browser(desk.staff("EQ09", Role.COORDINATOR))
    csrf = browser.csrf(PAGE)
    away = {"qui": "1", "du": today(desk, 3), "au": today(desk, 2), "dossiers": "oui"}
    page = browser.post(f"{PAGE}/absence", csrf=csrf, **away).text
    assert f'name="au" min="{today(desk)}" value="{away["au"]}"' in page
    assert 'value="oui" checked' in page
    assert 'value="18:00"' in page
    turn = {"qui": "1", "du": today(desk, 3), "du_heure": "19:15", "au": today(desk, 2), "au_heure": "08:00"}
    page = browser.post(f"{PAGE}/tour", csrf=csrf, **turn).text
    assert 'value="19:15"' in page
    assert '<option value="1" selected>' in page


def owner(desk: Desk, case: int) -> int | None:
    with desk.database.reading() as session:
        return session.get_one(Case, case).owner_id


def begin(desk: Desk) -> int:
    """The tick of the absences, at the hour that it is."""
    with desk.database.transaction() as session:
        return leaving.begin_due(session, desk.clock.now(session), desk.house)


def test_away_with_a_hand_over_from_today(desk: Desk) -> None:
    away, instead = desk.staff("EQ01"), reachable(desk, "EQ02")
    case = desk.taken(desk.tenant("Aubert"), away)
    browser = desk.browser(away)
    fields = {"du": today(desk), "au": today(desk, 4), "remplace_par": str(instead), "dossiers": "oui"}
    assert post(browser, "absence", **fields) == 303
    assert owner(desk, case) == instead
    with desk.database.reading() as session:
        absence = session.scalars(select(Absence)).one()
        assert absence.stand_in_id == instead
    assert "remplacement : Maëlle Eq02" in browser.get(PAGE).text.replace("\u00a0", " ")
    assert post(browser, f"absence/{absence.id}/finir") == 303
    assert "Personne n’est absent." in browser.get(PAGE).text


def test_a_later_absence_hands_over_when_it_begins(desk: Desk) -> None:
    away, instead = desk.staff("EQ01"), reachable(desk, "EQ02")
    case = desk.taken(desk.tenant("Aubert"), away)
    browser = desk.browser(away)
    fields = {"du": today(desk, 1), "au": today(desk, 4), "remplace_par": str(instead), "dossiers": "oui"}
    assert post(browser, "absence", **fields) == 303
    assert "le premier jour" in browser.get(PAGE).text
    assert begin(desk) == 0
    assert owner(desk, case) == away
    desk.move(days=1)
    assert begin(desk) == 1
    assert owner(desk, case) == instead
    assert begin(desk) == 0


def test_a_later_absence_gives_back_what_is_urgent_when_it_begins(desk: Desk) -> None:
    away = desk.staff("EQ01")
    normal = desk.taken(desk.tenant("Aubert"), away)
    assert post(desk.browser(away), "absence", du=today(desk, 1), au=today(desk, 4)) == 303
    desk.move(hours=20)
    urgent = desk.case(
        desk.tenant("Bonnet"), "report_hazard", Urgency.URGENT, state=CaseState.TAKEN, owner_id=away
    )
    desk.move(hours=4)
    assert begin(desk) == 1
    assert (owner(desk, normal), owner(desk, urgent)) == (away, None)


def test_an_absence_taken_back_hands_nothing_over(desk: Desk) -> None:
    away = desk.staff("EQ01")
    case = desk.taken(desk.tenant("Aubert"), away)
    browser = desk.browser(away)
    assert post(browser, "absence", du=today(desk, 1), au=today(desk, 4), dossiers="oui") == 303
    assert post(browser, "absence/1/finir") == 303
    desk.move(days=1)
    assert begin(desk) == 0
    assert owner(desk, case) == away


def test_whose_absence_one_may_change(desk: Desk, other_organisation: int) -> None:
    me, colleague = desk.staff("EQ01"), desk.staff("EQ02")
    stranger = desk.staff("EQ03", organisation=other_organisation)
    mine, lead = desk.browser(me), desk.browser(desk.staff("EQ09", Role.COORDINATOR))
    days = {"du": today(desk, 1), "au": today(desk, 2)}
    assert post(mine, "absence", qui=str(colleague), **days) == 422
    assert post(lead, "absence", qui=str(stranger), **days) == 422
    assert post(lead, "absence", qui=str(colleague), **days) == 303
    with desk.database.reading() as session:
        absence = session.scalars(select(Absence)).one()
        assert absence.staff_id == colleague
    assert post(mine, f"absence/{absence.id}/finir") == 404
    for wrong in (
        {"du": today(desk, 3), "au": today(desk, 2)},
        {"du": today(desk, -1), "au": today(desk, 2)},
        {"du": "", "au": today(desk, 2)},
        {"du": today(desk, 1), "au": today(desk, 2), "remplace_par": str(me)},
        {"du": today(desk, 1), "au": today(desk, 2), "remplace_par": str(stranger)},
    ):
        assert post(mine, "absence", **wrong) == 422


def test_the_load_of_each(desk: Desk) -> None:
    first, second = desk.staff("EQ01"), desk.staff("EQ02")
    desk.taken(desk.tenant("Aubert", first), first)
    desk.case(desk.tenant("Bonnet", first), urgency=Urgency.URGENT, state=CaseState.TAKEN, owner_id=first)
    desk.case(desk.tenant("Cordier"), state=CaseState.CLOSED, outcome="regle", owner_id=first)
    page = desk.browser(second).get(PAGE).text
    row = page.partition("Maëlle Eq01")[2].partition("</tr>")[0]
    assert dict(re.findall(r'data-label="([^"]+)">(\d+)<', row)) == {
        "Dossiers": "2", "Urgents": "1", "En attente": "0", "Locataires": "2", "Rendez-vous": "0",
    }  # fmt: skip


def test_alerts_that_do_not_leave_are_red_on_every_page_and_not_ready(desk: Desk) -> None:
    browser = desk.browser(desk.staff("EQ01"))
    said = "Les alertes urgentes ne partent pas."
    assert said not in browser.get("/dossiers").text
    desk.checks["alerts"] = False
    for path in ("/dossiers", PAGE, "/ateliers", "/appels"):
        assert said in browser.get(path).text
    assert desk.browser().get("/readyz").status_code == 503


def test_another_organisation_sees_its_own_team(desk: Desk, other_organisation: int) -> None:
    desk.staff("EQ01")
    stranger = desk.browser(desk.staff("EQ05", organisation=other_organisation))
    page = stranger.get(PAGE).text
    assert "Eq05" in page
    assert "Eq01" not in page
