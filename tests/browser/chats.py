"""`make chats`: the pictures of docs/chats, what tenants read of workshops, tips and check-ins.

A day of Palier with the real dialogue server, read on the stand-in's web chat, on a desk and on a telephone.
"""

import asyncio
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize
from sqlalchemy import select

from bot.chat.files import Files
from bot.storage import tables
from tests.browser.chromium import DESKTOP, PHONE, launched
from tests.scenarios.parts import running_dialogue
from tests.scenarios.story import Talker, Tenant, World
from tests.scenarios.town import Town, running_town

FOLDER = Path(__file__).parents[2] / "docs" / "chats"
_SIZES: dict[str, ViewportSize] = {"": DESKTOP, "-telephone": PHONE}
# A poster as a mediator would make it: ours, from the house's colours.
_POSTER = """
<body style="margin:0;width:900px;height:600px;background:#14524a;color:#fff;font-family:sans-serif;
display:grid;place-content:center;text-align:center"><p style="font-size:150px;margin:0">🥕 🍲 🧅</p>
<h1 style="font-size:84px;margin:20px 0 0">Cuisine d’hiver</h1><p style="font-size:40px;margin:16px 0 0">
On cuisine, on goûte, on emporte</p></body>"""


def main() -> None:
    """Draw them all anew."""
    FOLDER.mkdir(exist_ok=True)
    with launched() as browser:
        poster = _drawn(browser)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with running_dialogue(folder / "stderr") as dialogue, running_town(folder, dialogue, None) as town:
            for name, talk, begins in (
                ("atelier", lambda town: _invited(town, poster), "img"),
                ("conseil", _advised, "img"),
                ("nouvelles", _asked_how, "text=une fois par mois"),
            ):
                tenant = talk(town)
                _named(town.world, tenant, "Locataires")
                _named(town.world, town.mediator, "Équipe")
                with launched() as browser:
                    for suffix, viewport in _SIZES.items():
                        _shoot(browser, town.world, tenant, viewport, begins, FOLDER / f"{name}{suffix}.png")


def _named(world: World, talker: Talker, group: str) -> None:
    world.standin.user(talker.telegram.id, first_name=talker.name, group=group)


def _invited(town: Town, poster: bytes) -> Tenant:
    """An invitation with its poster, and the answer of a family."""
    (issouf,) = town.group("famille", "B-0102")
    title = town.workshop("Cuisine d'hiver", "famille", "16/12/2026 10:00")
    kept = asyncio.run(_kept(town, poster))
    with town.world.parts.database.transaction() as session:
        workshop = session.scalars(select(tables.Workshop).filter_by(title=title)).one()
        workshop.poster = {"kind": "photo", "id": kept}
    town.invite(title)
    issouf.wait_for("workshop.invite")
    issouf.write("on sera trois avec mes filles")
    issouf.wait_for("workshop.coming")
    return issouf


async def _kept(town: Town, poster: bytes) -> str:
    settings = town.world.settings
    files = Files(settings["PALIER_TELEGRAM_TOKEN"], settings["PALIER_TELEGRAM_API"])
    try:
        return await files.keep_photo(town.mediator.telegram.id, poster, "L’affiche")
    finally:
        await files.close()


def _advised(town: Town) -> Tenant:
    """A tip for who reads pictures."""
    (jean,) = town.group("images", "B-0208")
    jean.write("un conseil pour économiser l'eau ?")
    jean.press(jean.wait_for("tips.asked"), "Je vais essayer")
    jean.wait_for("tips.when")
    return jean


def _asked_how(town: Town) -> Tenant:
    """A check-in in simple sentences, which does not go well."""
    (danuta,) = town.group("aînée", "B-0104")
    town.jump_to("2026-12-15T10:00")
    danuta.press(danuta.wait_for("checkin.offer.senior"), "D’accord")
    danuta.press(danuta.wait_for("checkin.ask.lately"), "Pas trop")
    danuta.wait_for("checkin.worry")
    return danuta


def _drawn(browser: Browser) -> bytes:
    page = browser.new_page(viewport={"width": 900, "height": 600})
    page.set_content(_POSTER)
    return page.screenshot()


def _shoot(
    browser: Browser, world: World, tenant: Tenant, viewport: ViewportSize, begins: str, path: Path
) -> None:
    """The conversation of that tenant, from what `begins` finds on."""
    page: Page = browser.new_page(viewport=viewport, locale="fr-FR")
    page.goto(world.standin.url)
    left = page.locator("#left")
    name = left.locator(".people-list").get_by_text(tenant.name).first
    if not name.is_visible():
        left.locator(".switch").click()
    name.click()
    page.wait_for_load_state("load")
    left.locator(".messages").locator(begins).first.evaluate("found => found.scrollIntoView()")
    page.wait_for_timeout(300)
    page.screenshot(path=path)
    page.close()


if __name__ == "__main__":
    main()
