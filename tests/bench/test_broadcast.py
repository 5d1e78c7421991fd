"""The bench of broadcasts in a tiny form; its times are not judged."""

import pytest

from bot.bench import broadcast
from tests.bench.lines import checked


@pytest.mark.slow
def test_broadcast_loses_and_repeats_nothing() -> None:
    said: list[str] = []
    plan = broadcast.Plan(recipients=5, talkers=1, unpaced=5, killed=10, kills=1)
    lines = checked(broadcast.run(said.append, plan), said)
    assert [lines[what].figures for what in ("perdues", "en double", "sans réponse")] == [("0",)] * 3
