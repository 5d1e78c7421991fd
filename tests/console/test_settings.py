"""The settings of the organisation: what is shown, what is refused, what a change does and leaves."""

import html
import re

import pytest

from bot.domain.states import Role
from bot.services import organisation_settings as settings
from bot.services.appointments.rows import rules_of
from bot.services.rent import rent
from bot.storage.tables import Organisation
from tests.console.browser import Browser
from tests.console.conftest import Desk


@pytest.fixture
def browser(desk: Desk) -> Browser:
    return desk.browser(desk.staff("EQ05", Role.ADMINISTRATOR))


def as_shown(desk: Desk) -> dict[str, str]:
    """The form as the page fills it."""
    with desk.database.reading() as session:
        values = settings.current(desk.house, session.get_one(Organisation, 1))
    return {one.key: settings.in_form(one, values[one.key]) for one in settings.every(desk.house)}


def save(desk: Desk, browser: Browser, **changes: str) -> str:
    written = as_shown(desk) | {key.replace("__", "."): value for key, value in changes.items()}
    answer = browser.post("/reglages", csrf=browser.csrf("/reglages"), **written)
    return answer.headers.get("location") or answer.text


def kept(desk: Desk) -> dict[str, object]:
    with desk.database.reading() as session:
        return session.get_one(Organisation, 1).settings


def test_the_form_as_it_is_shown_changes_nothing(desk: Desk, browser: Browser) -> None:
    page = browser.get("/reglages").text
    assert page.count("Par défaut") == len(settings.every(desk.house))
    assert save(desk, browser) == "/reglages?avis=pareil"
    assert kept(desk) == {}


def test_a_change_holds_is_logged_and_is_undone(desk: Desk, browser: Browser) -> None:
    changes = {
        "rent_steps__minimum_cents": "25,50",
        "rent_in_arrears": "oui",
        "appointments__hours": "mardi 9h-12h30\njeudi 14h-17h",
        "appointments__journeys": "premier_mois",
        "retention__lease": "1825",
    }
    assert save(desk, browser, **changes) == "/reglages?avis=change"
    with desk.database.reading() as session:
        organisation = session.get_one(Organisation, 1)
        assert rent.steps_of(desk.house, organisation).minimum_cents == 2550
        assert rent.in_arrears(organisation)
        rules = rules_of(session, desk.house, 1)
        assert (sorted(rules.hours), rules.journeys) == ([1, 3], ("premier_mois",))
    page = browser.get("/reglages").text.replace("\u00a0", " ")
    assert "15,00 € → 25,50 €" in page
    assert "jamais → 1825 jours" in page
    assert "Maëlle" in page
    back = {"rent_steps__minimum_cents": "15", "rent_in_arrears": "", "appointments__journeys": ""}
    assert save(desk, browser, **back, retention__lease="") == "/reglages?avis=change"
    assert kept(desk) == {"appointments": {"hours": {"mardi": ["09:00-12:30"], "jeudi": ["14:00-17:00"]}}}


@pytest.mark.parametrize(
    ("key", "written", "sentence"),
    [
        ("rent_steps__case_days_after", "3", "Doit dépasser"),
        ("rent_steps__case_days_after", "31", "Entre 2 et 30 jours."),
        ("rent_steps__case_days_after", "<b>huit", "nombre entier"),
        ("rent_steps__minimum_cents", "quinze", "par exemple 15,00"),
        ("appointments__hours", "lundi 12h-9h", "un jour par ligne"),
        ("retention__danger", "", "nombre entier"),
    ],
)
def test_a_refusal_changes_nothing_and_keeps_what_was_written(
    desk: Desk, browser: Browser, key: str, written: str, sentence: str
) -> None:
    page = save(desk, browser, rent_signals__share_percent="25", **{key: written})
    assert sentence in page.replace("\u00a0", " ").replace("\u202f", " ")
    assert html.escape(written) in page
    assert re.search(r'name="rent_signals.share_percent"[^>]*value="25"', page)
    assert kept(desk) == {}


def test_own_hours_of_a_member_stay(desk: Desk, browser: Browser) -> None:
    own = {"appointments": {"staff": {"EQ01": {"lundi": ["10:00-11:00"]}}}}
    with desk.database.transaction() as session:
        session.get_one(Organisation, 1).settings = own
    save(desk, browser, appointments__minutes="30")
    assert kept(desk) == {"appointments": own["appointments"] | {"minutes": 30}}


def test_every_setting_of_the_product_is_in_the_form(desk: Desk) -> None:
    shown = {one.key for one in settings.every(desk.house)}
    for group in ("rent_steps", "rent_signals"):
        assert {f"{group}.{name}" for name in vars(getattr(desk.house.content, group))} <= shown
    own = {"staff"}  # each member's hours, changed by themselves
    assert {f"appointments.{name}" for name in desk.house.content.appointments.defaults.keys() - own} <= shown
