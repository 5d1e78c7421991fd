"""The bench of the dialogue server's start in a tiny form; its times are not judged."""

import pytest

from bot.bench import start
from tests.bench.lines import checked


@pytest.mark.slow
def test_start_compares_with_what_rasa_itself_needs() -> None:
    said: list[str] = []
    lines = checked(start.run(said.append, start.Plan(starts=1)), said)
    assert [what for what, line in lines.items() if line.target] == ["le plus long"]
