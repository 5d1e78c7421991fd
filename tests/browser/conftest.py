"""One browser and one office for the tests of this folder."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.chromium import DESKTOP, launched, visiting
from tests.browser.office import Office, open_office

# Opens a page as a member of the team: open_as("EQ01").
OpenAs = Callable[..., Page]


# Of the package, not of the session: a running loop must not outlive it.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture(scope="package")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(tmp_path_factory.mktemp("office")) as office:
        yield office


@pytest.fixture
def open_as(chromium: Browser, office: Office) -> Iterator[OpenAs]:
    """A page of a browser of its own for each reader; the windows close with the test."""
    with ExitStack() as windows:
        yield lambda reader="", viewport=DESKTOP: windows.enter_context(
            visiting(chromium, office, reader, viewport)
        )
