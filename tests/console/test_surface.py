"""Probes, metrics, headers, errors: what every visitor and every machine gets."""

import re

from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts
from prometheus_client.parser import text_string_to_metric_families

from bot.console import create_console
from bot.console.headers import SECURITY_HEADERS
from bot.domain.states import Urgency
from tests.console.browser import Browser
from tests.console.conftest import Desk


def routes(app: FastAPI) -> list[tuple[str, str]]:
    """Every (method, address) of the application, its own parameters filled in."""
    found = []
    for route in iter_route_contexts(app.routes):
        path = (route.path or "").replace("{number}", "1").replace("{code}", "abc")
        found += [(method, path) for method in sorted(route.methods or ())]
    return found


def scrape(desk: Desk) -> dict[tuple[str, tuple[str, ...]], float]:
    answer = desk.browser().get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_alive(desk: Desk) -> None:
    answer = desk.browser().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_ready_names_the_check_that_fails(desk: Desk) -> None:
    assert desk.browser().get("/readyz").status_code == 200
    desk.checks["telegram"] = False
    answer = desk.browser().get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "checks": {"database": True, "telegram": False}}


def test_metrics_count_what_waits(desk: Desk) -> None:
    empty = scrape(desk)
    assert empty["palier_cases_open", ("new", "urgent")] == 0
    assert empty["palier_case_oldest_untaken_seconds", ()] == 0
    person, staff = desk.tenant(), desk.staff("EQ01")
    desk.case(person, "report_hazard", Urgency.URGENT)
    desk.taken(person, staff)
    desk.move(minutes=30)
    figures = scrape(desk)
    assert figures["palier_cases_open", ("new", "urgent")] == 1
    assert figures["palier_cases_open", ("taken", "high")] == 1
    assert figures["palier_cases_urgent_untaken", ()] == 1
    assert 1800 <= figures["palier_case_oldest_untaken_seconds", ()] < 1900
    assert figures["palier_occurrences_late", ()] == 0
    assert figures["palier_left_undone", ()] == 0
    for name in ("palier_outbox_messages", "palier_inbox_updates"):
        assert any(found == name for found, _ in figures)


def test_two_applications_do_not_share_their_figures(desk: Desk) -> None:
    second = create_console(desk.database, desk.clock, desk.house, lambda: {})
    assert Browser(second).get("/metrics").status_code == 200
    assert desk.browser().get("/metrics").status_code == 200


def test_every_answer_carries_the_headers(desk: Desk) -> None:
    visitors = (desk.browser(), desk.browser(desk.staff("EQ01")))
    desk.case(desk.tenant())
    addresses = [
        *routes(desk.app),
        ("GET", "/static/console.css"),
        ("GET", "/nulle-part"),
        ("PUT", "/dossiers"),
    ]
    assert len(addresses) > 12
    for visitor in visitors:
        for method, path in addresses:
            headers = visitor.request(method, path).headers
            assert {name: headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS, path


def test_a_breakdown_tells_nothing_and_keeps_the_headers(desk: Desk) -> None:
    broken = APIRouter()

    @broken.get("/casse")
    def fail() -> None:
        raise RuntimeError("secret of the house")

    app = create_console(desk.database, desk.clock, desk.house, lambda: {}, extra_routers=[broken])
    page = Browser(app).get("/casse")
    assert page.status_code == 500
    assert "Panne de notre côté" in page.text
    assert "secret" not in page.text
    assert "Traceback" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_wrong_method_is_refused_in_french(desk: Desk) -> None:
    answer = desk.browser().request("DELETE", "/dossiers")
    assert answer.status_code == 405
    assert "Action impossible" in answer.text


def test_no_page_of_documentation_is_served(desk: Desk) -> None:
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert desk.browser().get(path).status_code == 404


def test_pages_ask_nothing_from_outside_and_hold_no_inline_code(desk: Desk) -> None:
    staff = desk.staff("EQ01")
    case = desk.taken(desk.tenant(), staff)
    browser = desk.browser(staff)
    paths = ["/dossiers", f"/dossiers/{case}", "/nulle-part", desk.link(staff), "/lien/faux"]
    for path in paths:
        page = browser.get(path).text
        assert '<html lang="fr">' in page
        assert 'href="#contenu"' in page
        assert not re.search(
            r'<script(?! src="/static/)|\sstyle=|\son[a-z]+=|(?:src|href|action)="(?:https?:)?//', page
        ), path
    for asset in ("/static/console.css", "/static/palier.svg", "/static/live.js"):
        assert browser.get(asset).status_code == 200
