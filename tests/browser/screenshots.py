"""`make screenshots`: the pictures of docs/console, every page on a desk and on a telephone."""

import sys
import tempfile
from pathlib import Path

from tests.browser.chromium import DESKTOP, PHONE, launched, visiting
from tests.browser.office import open_office
from tests.browser.pages import PAGES

FOLDER = Path(__file__).parents[2] / "docs" / "console"
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
                    page.screenshot(path=FOLDER / f"{shown.name}{suffix}.png", full_page=True)


if __name__ == "__main__":
    main(sys.argv[1:])
