"""Tips and check-ins to read, and to switch."""

from bot.domain.states import Role
from bot.services import switches
from bot.services.switches import Kind
from tests.console.conftest import Desk


def on(desk: Desk, kind: Kind, name: str) -> bool:
    with desk.database.reading() as session:
        return next(
            one.on for one in switches.listed(session, desk.house, 1) if (one.kind, one.name) == (kind, name)
        )


def test_everything_is_there_to_read_with_its_source(desk: Desk) -> None:
    page = desk.browser(desk.staff("EQ03", Role.MEDIATOR)).get("/contenus").text
    assert page.count("Source") >= len(desk.house.content.tips.entries)
    assert "vibration.fr (ADEME)" in page
    assert page.count('id="series-') == len(desk.house.content.checkins.series)
    assert 'class="switch"' not in page


def test_a_tip_a_theme_and_a_series_are_switched(desk: Desk) -> None:
    browser = desk.browser(desk.staff("EQ04", Role.COORDINATOR))
    csrf = browser.csrf("/contenus")
    for kind, name in (
        (Kind.TIP, "air_every_day"),
        (Kind.THEME, "air"),
        (Kind.SERIES, "senior"),
        (Kind.GIFT, "eco_kit"),
    ):
        answer = browser.post(f"/contenus/{kind}/{name}", csrf=csrf, on="non")
        assert answer.headers["location"] == f"/contenus#{kind}-{name}"
        assert not on(desk, kind, name)
    assert "à l’arrêt" in browser.get("/contenus").text
    browser.post("/contenus/tip/air_every_day", csrf=csrf, on="oui")
    assert on(desk, Kind.TIP, "air_every_day")
    for unknown in ("tip/nothing", "nothing/air"):
        assert browser.post(f"/contenus/{unknown}", csrf=csrf, on="non").status_code == 404


def test_a_caseworker_reads_and_switches_nothing(desk: Desk) -> None:
    browser = desk.browser(desk.staff("EQ01"))
    answer = browser.post("/contenus/theme/air", csrf=browser.csrf("/contenus"), on="non")
    assert answer.status_code == 403
    assert on(desk, Kind.THEME, "air")
