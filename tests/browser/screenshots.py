"""`make screenshots`: the pictures of docs/console, every page on a desk and on a telephone."""

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from tests.browser.chromium import DESKTOP, PHONE, launched, visiting
from tests.browser.office import open_office
from tests.browser.pages import PAGES

FOLDER = Path(__file__).parents[2] / "docs" / "console"
_TALLEST = 2400
_COLOURS = 64
_SIZES = {"": DESKTOP, "-telephone": PHONE}


def main(names: list[str]) -> None:
    """Draw the named pages anew; all of them when none is named."""
    FOLDER.mkdir(exist_ok=True)
    chosen = [shown for shown in PAGES if not names or shown.name in names]
    with tempfile.TemporaryDirectory() as place, open_office(Path(place)) as office, launched() as browser:
        for shown in chosen:
            for suffix, viewport in _SIZES.items():
                with visiting(browser, office, shown.reader, viewport) as page:
                    page.goto(office.path(shown.path))
                    _draw(page, FOLDER / f"{shown.name}{suffix}.png")


def _draw(page: Page, path: Path) -> None:
    """The page down to its end, a long list only to a few screens."""
    height = min(_TALLEST, page.evaluate("document.documentElement.scrollHeight"))
    width = page.evaluate("window.innerWidth")
    drawn = page.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})
    # A page has few colours: a palette makes a third of the file.
    Image.open(io.BytesIO(drawn)).convert("RGB").quantize(_COLOURS).save(path, optimize=True)


if __name__ == "__main__":
    main(sys.argv[1:])
