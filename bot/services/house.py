"""What the services need beside the session and the instant; made once by the wiring."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.content import Content
from bot.domain.calendar import Holidays
from bot.storage.secrets import Vault
from bot.texts import Texts


@dataclass(frozen=True)
class House:
    """`base_address` is where a browser reaches the console, without a final slash."""

    zone: ZoneInfo
    holidays: Holidays
    texts: Texts
    content: Content
    vault: Vault
    base_address: str
