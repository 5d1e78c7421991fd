"""When and where a message was written."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_OFFSET = re.compile(r"([+-])(\d{2}):?00")


def zone_named(name: str) -> ZoneInfo:
    """The IANA zone of that name; a whole number of hours ("-02:00") is a zone too. Raises ValueError."""
    offset = _OFFSET.fullmatch(name)
    if offset:
        # POSIX counts westwards: two hours behind UTC is Etc/GMT+2.
        name = f"Etc/GMT{'-' if offset[1] == '+' else '+'}{int(offset[2])}" if int(offset[2]) else "UTC"
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("an IANA time zone is expected, such as Europe/Paris") from error


def instant_of(text: str, zone: ZoneInfo) -> datetime:
    """The aware instant of an ISO text, local in `zone` when it has no offset. Raises ValueError."""
    instant = datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)
    return instant if instant.tzinfo else instant.replace(tzinfo=zone)
