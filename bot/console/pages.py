"""The templates and the French that they need."""

from datetime import date, datetime, timedelta
from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.services.house import House
from bot.texts import format as say

_TEMPLATES = Path(__file__).parent / "templates"
# The characters that turn the direction of what follows: a name could make an amount read backwards.
_TURNING = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))


class Pages:
    """Renders a template into an answer. Everything put in is escaped."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._templates = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_straight,
        )
        self._templates.filters |= {
            "euros": say.euros,
            "typeset": say.typeset,
            "day_with_year": say.day_with_year,
            "sentence": lambda text: text[:1].upper() + text[1:],
        }

    def show(self, template: str, status: int = 200, **values: object) -> HTMLResponse:
        return HTMLResponse(self._templates.get_template(template).render(values), status)

    def when(self, at: datetime, now: datetime) -> str:
        """aujourd’hui à 10 h 05, demain à 18 h, mardi 1er décembre à 9 h, 3 mars 2025 à 14 h."""
        local, today = at.astimezone(self._house.zone), now.astimezone(self._house.zone).date()
        return f"{_day(local.date(), today)} à {say.hour(at, self._house.zone)}"

    def label(self, key: str, fallback: str) -> str:
        """A sentence of the catalogue; `fallback` when a kind is newer than the catalogue."""
        try:
            return self._house.texts.say(key)
        except KeyError:
            return say.typeset(fallback)


def _straight(value: object) -> object:
    """What a template shows, without the characters that turn its direction."""
    return value.translate(_TURNING) if isinstance(value, str) else value


def _day(day: date, today: date) -> str:
    near = {today - timedelta(days=1): "hier", today: "aujourd’hui", today + timedelta(days=1): "demain"}
    if day in near:
        return near[day]
    return say.day(day) if day.year == today.year else say.day_with_year(day)
