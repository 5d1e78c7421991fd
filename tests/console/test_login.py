"""One-time links, browser sessions, logout."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from sqlalchemy import select

from bot.console import create_console
from bot.storage.tables import AccessLink, WebSession
from tests.console.browser import Browser
from tests.console.conftest import Desk


def test_a_link_opens_the_page_of_its_case(desk: Desk) -> None:
    staff, case = desk.staff("EQ01"), desk.case(desk.tenant())
    browser = desk.browser()
    answer = browser.post(desk.link(staff, case))
    assert (answer.status_code, answer.headers["location"]) == (303, f"/dossiers/{case}")
    assert browser.get(f"/dossiers/{case}").status_code == 200


def test_a_link_without_a_case_opens_the_queue(desk: Desk) -> None:
    browser = desk.browser()
    assert browser.post(desk.link(desk.staff("EQ01"))).headers["location"] == "/"


def test_a_preview_uses_nothing_up(desk: Desk) -> None:
    path = desk.link(desk.staff("EQ01"))
    for _ in range(3):
        preview = desk.browser().get(path)
        assert preview.status_code == 200
        assert "Ouvrir" in preview.text
        assert "set-cookie" not in preview.headers
    assert desk.browser().post(path).status_code == 303


def test_no_other_site_logs_a_visitor_in_under_another_name(desk: Desk) -> None:
    link = desk.link(desk.staff("EQ01"))
    visitor = desk.browser()
    for site in ("cross-site", "same-site"):
        assert visitor.request("POST", link, headers={"sec-fetch-site": site}).status_code == 403
    assert visitor.get("/dossiers").status_code == 403
    assert visitor.request("POST", link, headers={"sec-fetch-site": "same-origin"}).status_code == 303


def test_a_link_serves_once(desk: Desk) -> None:
    path = desk.link(desk.staff("EQ01"))
    assert desk.browser().post(path).status_code == 303
    for again in (desk.browser().post(path), desk.browser().get(path)):
        assert again.status_code == 410
        assert "/console" in again.text
        assert "set-cookie" not in again.headers


def test_of_two_browsers_at_once_one_gets_in(desk: Desk) -> None:
    path = desk.link(desk.staff("EQ01"))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: desk.browser().post(path).status_code, range(4)))
    assert sorted(answers) == [303, 410, 410, 410]


def test_a_link_expires(desk: Desk) -> None:
    path = desk.link(desk.staff("EQ01"))
    desk.move(minutes=16)
    assert desk.browser().get(path).status_code == 410
    assert desk.browser().post(path).status_code == 410


def test_a_forged_code_is_told_apart_from_nothing(desk: Desk) -> None:
    used = desk.link(desk.staff("EQ01"))
    desk.browser().post(used)
    forged = desk.browser().post("/lien/abcdefghjkmnpqrstuvwxyz2")
    assert forged.status_code == 410
    assert forged.text == desk.browser().post(used).text


def test_codes_and_tokens_are_not_kept(desk: Desk) -> None:
    path = desk.link(desk.staff("EQ01"))
    browser = desk.browser()
    browser.post(path)
    with desk.database.reading() as session:
        kept = [session.scalars(select(table.fingerprint)).one() for table in (AccessLink, WebSession)]
    assert path.removeprefix("/lien/") not in kept
    assert browser.cookies["palier"] not in kept


def test_the_cookie_is_for_the_server_only(desk: Desk) -> None:
    cookie = desk.browser().post(desk.link(desk.staff("EQ01"))).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert "Secure" not in cookie


def test_the_cookie_is_secure_behind_https(desk: Desk) -> None:
    house = replace(desk.house, base_address="https://palier.example")
    app = create_console(desk.database, desk.clock, house, lambda: {})
    browser = Browser(app, house.base_address)
    cookie = browser.post(desk.link(desk.staff("EQ01"))).headers["set-cookie"]
    assert cookie.startswith("__Host-palier=")
    assert "Secure" in cookie
    assert browser.get("/dossiers").status_code == 200


def test_a_session_ends_after_eight_hours(desk: Desk) -> None:
    browser = desk.browser(desk.staff("EQ01"))
    desk.move(hours=7, minutes=59)
    assert browser.get("/dossiers").status_code == 200
    desk.move(minutes=2)
    answer = browser.get("/dossiers")
    assert answer.status_code == 403
    assert "/console" in answer.text


def test_logging_in_again_clears_the_old_sessions(desk: Desk) -> None:
    staff = desk.staff("EQ01")
    desk.browser(staff)
    desk.move(hours=9)
    browser = desk.browser(staff)
    browser.post(desk.link(staff))
    with desk.database.reading() as session:
        assert len(session.scalars(select(WebSession)).all()) == 1


def test_a_used_link_is_no_dead_end_for_who_is_still_logged_in(desk: Desk) -> None:
    path = desk.link(desk.staff("EQ01"))
    browser = desk.browser()
    browser.post(path)
    again = browser.get(path)
    assert again.status_code == 410
    assert "déjà connecté" in again.text
    assert 'href="/"' in again.text


def test_logout_closes_the_session(desk: Desk) -> None:
    browser = desk.browser(desk.staff("EQ01"))
    stolen = dict(browser.cookies)
    assert browser.post("/deconnexion", csrf=browser.csrf("/dossiers")).status_code == 200
    browser.cookies.update(stolen)
    assert browser.get("/dossiers").status_code == 403


def test_logout_asks_for_the_secret_of_the_form(desk: Desk) -> None:
    browser = desk.browser(desk.staff("EQ01"))
    assert browser.post("/deconnexion").status_code == 403
    assert browser.get("/dossiers").status_code == 200


def test_nobody_gets_in_without_a_session(desk: Desk) -> None:
    case = desk.case(desk.tenant())
    browser = desk.browser()
    for path in ("/dossiers", f"/dossiers/{case}"):
        assert browser.get(path).status_code == 403
    for act in ("prendre", "clore"):
        assert browser.post(f"/dossiers/{case}/{act}", outcome="regle").status_code == 403
    assert browser.get("/").status_code == 403
    assert desk.browser(desk.staff("EQ02")).get("/").headers["location"] == "/dossiers"
    assert desk.events(case) == [("opened", None)]
