"""The dead-man check: an urgent alert that does not leave must be noticed by somebody else than Palier."""

import time
from collections.abc import Callable

import structlog

from bot.clock import Clock
from bot.services.cases import silence
from bot.services.house import House
from bot.storage import Database

log = structlog.get_logger(__name__)


class DeadMan:
    """Looks regularly; `acts` in one process only, the one that has the ticks.

    A case counts after two minutes of the business clock, which a demo moves, and two of the machine's.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        house: House,
        *,
        acts: bool,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._clock = clock
        self._house = house
        self._acts = acts
        self._monotonic = monotonic
        self._seen: dict[int, float] = {}
        self._tried: set[int] = set()

    def look(self) -> bool:
        """Whether urgent alerts leave. What does not is logged, and everybody else is tried, once a case."""
        with self._database.reading() as session:
            unheard = silence.unheard(session, self._clock.now(session))
            alone = silence.nobody_left(session)
        self._seen = {case: self._seen.get(case, self._monotonic()) for case in unheard}
        limit = self._monotonic() - silence.PATIENCE.total_seconds()
        late = [case for case, since in self._seen.items() if since <= limit]
        self._try_everybody([case for case in late if case not in self._tried])
        return not late and not alone

    def _try_everybody(self, cases: list[int]) -> None:
        if not cases or not self._acts:
            return
        with self._database.transaction() as session:
            queued = silence.try_everybody(session, self._clock.now(session), self._house, cases)
        self._tried |= set(cases)
        log.error("urgent alerts do not leave", cases=cases, others_tried=queued)
