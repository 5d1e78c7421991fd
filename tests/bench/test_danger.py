"""The bench of danger in a tiny form; its times are not judged."""

import pytest

from bot.bench import danger
from tests.bench.lines import checked


@pytest.mark.slow
def test_danger_is_answered_with_the_dialogue_and_without_it() -> None:
    said: list[str] = []
    lines = checked(danger.run(said.append, danger.Plan(per_second=4, seconds=2, workers=4)), said)
    assert {what for what, line in lines.items() if line.target} == {
        "phrases de sécurité, lexique",
        "sans réponse",
        "phrases de sécurité, lexique, dialogue bloqué",
        "sans réponse, dialogue bloqué",
    }
    assert lines["sans réponse"].figures == lines["sans réponse, dialogue bloqué"].figures == ("0",)
