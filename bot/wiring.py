"""Puts the parts together from the settings: one place, used by every process."""

from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

import holidays

from bot import content
from bot.clock import Clock
from bot.services.house import House
from bot.settings import Settings, load
from bot.storage import Database
from bot.texts import Texts


@dataclass(frozen=True)
class Parts:
    settings: Settings
    database: Database
    clock: Clock
    house: House


@cache
def files() -> tuple[Texts, content.Content, holidays.HolidayBase]:
    """The sentences, the content and the holidays, read once a process: they come with the version and
    stay what they are while it runs. Raises ValueError for a broken file."""
    return Texts(), content.load(), holidays.country_holidays("FR")


def parts(settings: Settings | None = None) -> Parts:
    """The parts that every process needs. Raises SettingsRefused, or ValueError for a broken content file."""
    settings = settings or load("secret_key")
    if settings.secret_key is None:
        raise ValueError("the parts need PALIER_SECRET_KEY")
    old_key = settings.old_secret_key.get_secret_value() if settings.old_secret_key else None
    database = Database(settings.database_url, settings.secret_key.get_secret_value(), old_key)
    made = house(database, settings.zone, settings.base_address)
    return Parts(settings, database, Clock(movable=settings.demo), made)


def house(database: Database, zone: ZoneInfo, base_address: str) -> House:
    """What the services need to know, for that database. Raises as `files`."""
    texts, loaded, public_holidays = files()
    return House(
        zone=zone,
        holidays=public_holidays,
        texts=texts,
        content=loaded,
        vault=database.vault,
        base_address=base_address,
    )
