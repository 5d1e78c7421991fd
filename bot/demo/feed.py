"""The landlord's daily bank file, played along with the demo's clock."""

from datetime import date, datetime, time
from pathlib import Path

from bot.domain.calendar import instant
from bot.imports.run import import_file
from bot.services import people
from bot.wiring import Parts

FOLDER = Path(__file__).parents[2] / "data" / "samples"
# The bank's movements of a day reach the landlord's file the same evening.
_ARRIVES = time(19)


class Feed:
    """Brings each file once, in order, when the clock has passed its evening."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._files = {_day(path): path for path in sorted((FOLDER / "feed").glob("*.csv"))}

    def play(self, until: datetime) -> datetime | None:
        """Import the next file that has arrived by `until`; its instant, or None when there is none."""
        with self._parts.database.transaction() as session:
            covered = people.ensure_default_organisation(session).bank_covered_until
        for day, path in self._files.items():
            arrives = instant(day, _ARRIVES, self._parts.house.zone)
            if arrives > until:
                return None
            if covered is None or day > covered:
                import_file(
                    self._parts.database, self._parts.house, arrives, "encaissements", path, until=day
                )
                return arrives
        return None


def _day(path: Path) -> date:
    return date.fromisoformat(path.stem.removeprefix("encaissements-"))
