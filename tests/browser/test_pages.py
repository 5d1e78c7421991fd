"""Every page, on a desk and on a telephone: within everybody's reach, asking nothing from outside."""

import pytest

from tests.browser.chromium import DESKTOP, PHONE, serious_findings, width_beyond
from tests.browser.conftest import OpenAs
from tests.browser.office import Office
from tests.browser.pages import PAGES, Shown

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)
def test_a_page_is_within_reach_of_everybody(office: Office, open_as: OpenAs, shown: Shown) -> None:
    page = open_as(shown.reader, DESKTOP)
    answer = page.goto(office.path(shown.path))
    assert answer is not None
    assert answer.status == shown.status
    assert page.locator("h1").count() == 1
    findings = serious_findings(page)
    page.set_viewport_size(PHONE)
    assert not findings + serious_findings(page)
    assert width_beyond(page) == 0


def test_the_menu_opens_with_the_keyboard_on_a_telephone(open_as: OpenAs) -> None:
    page = open_as("EQ01", PHONE)
    page.goto("/dossiers")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Aller au contenu"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    calls = page.get_by_role("link", name="À appeler", exact=True)
    assert calls.is_visible()
    assert page.locator("[aria-current=page]").inner_text() == "Dossiers"
    page.keyboard.press("Escape")
    assert not calls.is_visible()


def test_the_menu_lies_open_on_a_desk(open_as: OpenAs) -> None:
    page = open_as("EQ01")
    page.goto("/dossiers")
    page.get_by_role("link", name="À appeler", exact=True).click()
    assert page.locator("h1").inner_text() == "À appeler"
    assert page.locator("[aria-current=page]").inner_text() == "À appeler"
