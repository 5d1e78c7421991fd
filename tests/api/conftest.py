"""The console's world, and programs that speak to the API over it."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bot.domain.states import Role
from bot.services import api_tokens
from bot.storage.tables import Organisation, Staff
from tests.console.applications import Applications
from tests.console.conftest import Desk
from tests.console.conftest import applications as applications
from tests.console.conftest import desk as desk
from tests.console.conftest import other_organisation as other_organisation


@dataclass
class Program:
    """A program with (or without) a token; it speaks to the application in process."""

    app: FastAPI
    token: str | None = None

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        options["headers"] = headers | options.get("headers", {})
        return asyncio.run(self._ask(method, f"/api/v1{path}", options))

    def get(self, path: str, **params: Any) -> Any:
        """The answer's document; anything else than 200 is an error of the test."""
        answer = self.ask("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None, key: str | None = None) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        return self.ask("POST", path, json=body, headers=headers)

    async def _ask(self, method: str, path: str, options: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
            return await client.request(method, path, **options)


class Beats:
    """A monotonic clock that moves by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Office:
    """The desk of the console's tests, with the API mounted beside it."""

    desk: Desk
    app: FastAPI

    def token(
        self,
        role: Role = Role.CASEWORKER,
        *,
        member: int | None = None,
        organisation: int = 1,
        days: int = 1,
    ) -> str:
        with self.desk.database.transaction() as session:
            _, text = api_tokens.create(
                session,
                self.desk.clock.now(session),
                self.desk.house,
                session.get_one(Organisation, organisation),
                role,
                session.get_one(Staff, member) if member else None,
                timedelta(days=days),
            )
        return text

    def program(
        self, role: Role = Role.CASEWORKER, *, member: int | None = None, organisation: int = 1
    ) -> Program:
        return Program(self.app, self.token(role, member=member, organisation=organisation))

    def worker(self, reference: str = "EQ01", role: Role = Role.CASEWORKER) -> tuple[int, Program]:
        """A new member of the team, and a program that signs in their name."""
        member = self.desk.staff(reference, role)
        return member, self.program(role, member=member)


@pytest.fixture
def office(desk: Desk, applications: Applications) -> Office:
    return Office(desk, applications.with_api)
