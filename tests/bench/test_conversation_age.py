"""The bench of long talks in a tiny form; its times are not judged."""

import pytest

from bot.bench import conversation_age
from tests.bench.lines import checked


@pytest.mark.slow
def test_conversation_age_compares_the_two_ends_of_a_talk() -> None:
    said: list[str] = []
    plan = conversation_age.Plan(warm_up=1, messages=6, window=2)
    lines = checked(conversation_age.run(said.append, plan), said)
    assert "médiane des messages 5 à 6" in lines
    assert {what for what, line in lines.items() if line.target} == {
        "la fin / le début",
        "la fin / cet autre, au même moment",
        "sans réponse",
    }
    assert lines["sans réponse"].figures == ("0",)
