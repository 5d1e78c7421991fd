"""Appointments from the console: the week, mine and the team's; booked, moved, cancelled, settled."""

import re
from datetime import date, datetime, timedelta

from sqlalchemy import select

from bot.domain.states import AppointmentState, Role
from bot.storage.tables import Absence, Appointment
from tests.console.browser import Browser
from tests.console.conftest import Desk
from tests.console.test_tenants import index

NEW = {
    "locataire": "L-Delattre",
    "type": "bureau",
    "jour": "2026-12-17",
    "heure": "14:30",
    "minutes": "45",
    "lieu": "Agence des Charmilles",
    "sujet": "point",
}
WEEK = "/rendez-vous?semaine=2026-12-16"


def book(browser: Browser, staff: int, **changes: str) -> str:
    """The path of a new appointment."""
    csrf = browser.csrf("/rendez-vous/nouveau")
    answer = browser.post("/rendez-vous", csrf=csrf, **(NEW | {"qui": str(staff)} | changes))
    assert answer.status_code == 303
    return answer.headers["location"].partition("?")[0]


def act(browser: Browser, path: str, what: str, **fields: str) -> int:
    return browser.post(f"{path}/{what}", csrf=browser.csrf(path), **fields).status_code


def the_one(desk: Desk) -> Appointment:
    with desk.database.reading() as session:
        return session.scalars(select(Appointment)).one()


def test_booked_and_shown_in_its_week(desk: Desk) -> None:
    desk.tenant()
    me, colleague = desk.staff("EQ01"), desk.staff("EQ02")
    browser = desk.browser(me)
    path = book(browser, me)
    found = the_one(desk)
    assert found.starts_at == datetime(2026, 12, 17, 14, 30, tzinfo=desk.house.zone)
    assert (found.staff_id, found.subject, found.place) == (me, "Faire le point", "Agence des Charmilles")
    page = browser.get(WEEK).text
    assert "Semaine du 14 décembre 2026" in page
    day = page.partition('id="jour-2026-12-17"')[2].partition("</section>")[0]
    assert "Mme Ginette Delattre" in day
    assert "14\u00a0h\u00a030" in day
    assert path in page
    assert "Delattre" not in browser.get("/rendez-vous?semaine=2026-12-09").text
    assert "Delattre" not in desk.browser(colleague).get(WEEK).text
    assert "avec Maëlle Eq01" in desk.browser(colleague).get(f"{WEEK}&equipe=oui").text
    assert "semaine=2026-12-07" in page
    assert "semaine=2026-12-21" in page


def test_booked_for_whom_the_search_finds(desk: Desk) -> None:
    for name in ("Moreau", "Moreaux", "Delattre"):
        desk.tenant(name)
    index(desk)
    me = desk.staff("EQ01")
    browser = desk.browser(me)
    assert 'value="L-Moreau"' in browser.get("/rendez-vous/nouveau?locataire=L-Moreau").text
    fields = NEW | {"qui": str(me), "locataire": "moreau"}
    answer = browser.post("/rendez-vous", csrf=browser.csrf("/rendez-vous/nouveau"), **fields)
    assert answer.status_code == 422
    assert re.findall(r'name="choisi" value="([^"]+)"', answer.text) == ["L-Moreau", "L-Moreaux"]
    path = book(browser, me, locataire="moreau", choisi="L-Moreaux")
    assert "Moreaux" in browser.get(path).text
    path = book(browser, me, locataire="dela", jour="2026-12-18")
    assert "Delattre" in browser.get(path).text


def test_a_refused_booking_says_why_and_keeps_what_was_typed(desk: Desk) -> None:
    desk.tenant()
    me = desk.staff("EQ01")
    mediator = desk.staff("EQ03", Role.MEDIATOR)
    browser = desk.browser(me)
    csrf = browser.csrf("/rendez-vous/nouveau")
    book(browser, me)
    for change, said in (
        ({}, "déjà un rendez-vous à ce moment-là"),
        ({"locataire": "inconnu"}, "Aucun locataire ne répond"),
        ({"heure": ""}, "Choisissez un jour et une heure"),
        ({"jour": "2020-01-01"}, "déjà passée"),
        ({"minutes": "1"}, "5 minutes"),
        ({"qui": str(mediator)}, "Choisissez qui reçoit"),
        ({"type": "lune"}, "Choisissez où"),
    ):
        answer = browser.post("/rendez-vous", csrf=csrf, **(NEW | {"qui": str(me)} | change))
        assert answer.status_code == 422
        assert said in answer.text.replace("\u00a0", " ")
        assert 'value="Agence des Charmilles"' in answer.text


def test_moved_once_whoever_saw_an_older_version(desk: Desk) -> None:
    desk.tenant()
    me = desk.staff("EQ01")
    browser = desk.browser(me)
    path = book(browser, me)
    move = {"version": "1", "jour": "2026-12-18", "heure": "09:00", "minutes": "30", "lieu": "Chez vous"}
    assert act(browser, path, "deplacer", **move) == 303
    found = the_one(desk)
    assert found.starts_at == datetime(2026, 12, 18, 9, tzinfo=desk.house.zone)
    assert (found.state, found.minutes, found.place) == (AppointmentState.MOVED, 30, "Chez vous")
    again = browser.post(f"{path}/deplacer", csrf=browser.csrf(path), **move)
    assert (again.status_code, "a changé entre-temps" in again.text) == (422, True)
    kept = browser.post(
        f"{path}/deplacer", csrf=browser.csrf(path), **move | {"jour": "", "lieu": "Ailleurs"}
    )
    assert kept.status_code == 422
    for held in (
        'value="" aria-describedby="refus"',
        'value="09:00" aria-d',
        'value="Ailleurs" aria-d',
        "<details open>",
    ):
        assert held in kept.text
    assert kept.text.count('id="refus"') == 1
    assert act(browser, path, "annuler", version="2") == 303
    assert the_one(desk).state is AppointmentState.CANCELLED_BY_SERVICE
    page = browser.get(path).text
    assert "Déplacer" not in page
    assert "Annulé par le service, par Maëlle Eq01" in page


def test_what_became_of_it_is_noted_after_its_hour(desk: Desk) -> None:
    desk.tenant()
    me = desk.staff("EQ01")
    path = book(desk.browser(me), me)
    assert "Avez-vous vu la personne" not in desk.browser(me).get(path).text
    with desk.database.transaction() as session:
        desk.clock.move_to(session, the_one(desk).starts_at + timedelta(hours=1))
    browser = desk.browser(me)
    assert act(browser, path, "issue", issue="inconnue") == 422
    first = browser.get(path).text.partition('name="issue" value="')[2].partition('"')[0]
    assert act(browser, path, "issue", issue=first) == 303
    assert the_one(desk).state is AppointmentState.HONOURED


def test_the_time_that_the_tenant_asks_for_is_accepted(desk: Desk) -> None:
    desk.tenant()
    me = desk.staff("EQ01")
    browser = desk.browser(me)
    path = book(browser, me)
    wish = datetime(2026, 12, 18, 10, tzinfo=desk.house.zone)
    with desk.database.transaction() as session:
        session.scalars(select(Appointment)).one().wished_at = wish
    page = browser.get(path).text
    assert "La personne demande" in page
    for wrong in ("", "x", "2026-12-18T11:00:00+01:00", "2026-12-18T10:00:00"):
        assert act(browser, path, "accepter", souhait=wrong) == 422
    offered = page.partition('name="souhait" value="')[2].partition('"')[0]
    assert act(browser, path, "accepter", souhait=offered) == 303
    assert (the_one(desk).starts_at, the_one(desk).state) == (wish, AppointmentState.CONFIRMED)


def test_an_absence_and_a_holiday_are_in_the_week(desk: Desk) -> None:
    me = desk.staff("EQ01")
    with desk.database.transaction() as session:
        days = {"starts_on": date(2026, 12, 22), "ends_on": date(2026, 12, 23)}
        session.add(Absence(organisation_id=1, staff_id=me, **days))
    page = desk.browser(me).get("/rendez-vous?semaine=2026-12-21").text
    assert page.count("Absence : Maëlle Eq01") == 2
    assert "Jour férié" in page


def test_an_appointment_of_another_landlord_is_not_there(desk: Desk, other_organisation: int) -> None:
    desk.tenant()
    me = desk.staff("EQ01")
    path = book(desk.browser(me), me)
    stranger = desk.browser(desk.staff("EQ09", organisation=other_organisation))
    assert stranger.get(path).status_code == 404
    csrf = stranger.csrf("/rendez-vous/nouveau")
    assert stranger.post(f"{path}/annuler", csrf=csrf, version="1").status_code == 404
    assert stranger.post("/rendez-vous", csrf=csrf, **NEW, qui=str(me)).status_code == 422
