"""The applications of a worker: putting one together takes a quarter of a second; each serves every test."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from fastapi import FastAPI

from bot.api import create_api
from bot.api.limits import Limiter
from bot.clock import Clock
from bot.console import create_console
from bot.services.house import House
from bot.storage import Database


class Lent:
    """Stands for an object of the test that runs."""

    def __init__(self) -> None:
        self.owner: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.owner, name)


class Applications:
    """The console, alone and with the API beside it. They count wrong referrals and links by e-mail for as
    long as they live: the tests of those have applications of their own."""

    def __init__(self) -> None:
        self._database: Any = Lent()
        self._clock: Any = Lent()
        self._house: Any = Lent()
        self._limiter: Any = Lent()
        self._checks: Mapping[str, bool] = {}

    def serve(self, database: Database, clock: Clock, house: House, checks: Mapping[str, bool]) -> None:
        """From now on, that world, in which nobody has asked anything yet."""
        self._database.owner, self._clock.owner, self._house.owner = database, clock, house
        self._limiter.owner, self._checks = Limiter(), checks

    @cached_property
    def console(self) -> FastAPI:
        return create_console(self._database, self._clock, self._house, lambda: self._checks)

    @cached_property
    def with_api(self) -> FastAPI:
        app = create_console(self._database, self._clock, self._house, lambda: self._checks)
        api = create_api(
            self._database, self._clock, self._house, limiter=self._limiter, bot_name=lambda: "palier_bot"
        )
        app.mount("/api", api)
        return app
