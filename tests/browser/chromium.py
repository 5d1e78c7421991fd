"""Chromium without a screen, driven by Playwright; Debian's, so that nothing is downloaded."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from tests.browser.office import Office

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@contextmanager
def launched() -> Iterator[Browser]:
    """The browser. While it lives this thread has a running loop: no `asyncio.run` beside it."""
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    assert program, "Chromium is missing: make install-tests"
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@contextmanager
def visiting(browser: Browser, office: Office, reader: str, viewport: ViewportSize) -> Iterator[Page]:
    """A page of a browser in which `reader` is logged in (empty: nobody).

    Raises AssertionError at the end if a page asked for anything outside of the console, or was stopped
    by its own security policy.
    """
    context = browser.new_context(viewport=viewport, base_url=office.address, locale="fr-FR")
    context.set_default_timeout(10_000)
    if reader:
        enter(context, office, reader)
    faults: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: _outside(request.url, office, faults))
    page.on("console", lambda message: _policy(message.text, faults))
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    context.close()
    assert not faults, faults


def enter(context: BrowserContext, office: Office, reader: str) -> None:
    """Log `reader` in without the link's page."""
    context.add_cookies([{"name": "palier", "value": office.session_token(reader), "url": office.address}])


def serious_findings(page: Page) -> list[str]:
    """What axe-core finds serious or critical on the page, a line each."""
    results: dict[str, Any] = Axe().run(page, options={"runOnly": _TAGS}).response
    return [
        f"{page.url}: {found['id']} ({found['impact']}): {found['help']}: {node['target']} {node['html']}"
        for found in results["violations"]
        if found["impact"] in ("serious", "critical")
        for node in found["nodes"]
    ]


def width_beyond(page: Page) -> int:
    """By how many pixels the page is wider than the window (0: it holds)."""
    found = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return int(found)


def _outside(url: str, office: Office, faults: list[str]) -> None:
    if urlsplit(url).netloc != urlsplit(office.address).netloc:
        faults.append(f"asked for {url}")


def _policy(text: str, faults: list[str]) -> None:
    if "Content Security Policy" in text:
        faults.append(text)
