"""What every act of a member of staff on Telegram knows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.domain.words import Reply
from bot.services.house import House
from bot.storage.tables import Staff
from bot.texts import PLAIN
from bot.texts import format as words


@dataclass(frozen=True)
class Press:
    """A command or a pressed button: who, when, and what the button holds."""

    session: Session
    now: datetime
    house: House
    staff: Staff
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def case_id(self) -> int:
        return int(self.values["case"])

    @property
    def today(self) -> date:
        return self.now.astimezone(self.house.zone).date()

    def say(self, key: str, **values: object) -> str:
        return self.house.texts.say(key, PLAIN, **values)

    def when(self, at: datetime) -> str:
        """lundi 7 décembre, 9 h."""
        local = at.astimezone(self.house.zone)
        return f"{words.day(local.date())}, {words.hour(at, self.house.zone)}"


Act = Callable[[Press], Reply]
