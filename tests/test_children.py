"""What a child process is told of our settings."""

import asyncio
import sys
from pathlib import Path

import pytest

from bot.children import Child
from tests.scenarios.parts import until


@pytest.mark.parametrize("trusted", [True, False])
def test_our_secrets_go_to_the_trusted_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool
) -> None:
    monkeypatch.setenv("PALIER_SECRET_KEY", "the key of the house")
    told = tmp_path / "told"
    write = f"import os, pathlib; pathlib.Path({str(told)!r}).write_text(repr(dict(os.environ)))"

    async def ready() -> bool:
        return told.exists()

    async def run() -> None:
        stop = asyncio.Event()
        child = Child(
            "x", [sys.executable, "-c", write], ready=ready, environment={"GIVEN": "1"}, trusted=trusted
        )
        running = asyncio.create_task(child.run(stop))
        await asyncio.to_thread(until, lambda: told.exists() and told.read_text(), "the child has written")
        stop.set()
        await running

    asyncio.run(run())
    said = told.read_text()
    assert "'GIVEN': '1'" in said
    assert ("the key of the house" in said) is trusted
