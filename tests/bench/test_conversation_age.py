"""The bench of long talks in a tiny form; its times are not judged."""

import pytest

from bot.bench import conversation_age
from bot.bench.product import unpaced
from tests.bench.lines import checked


def test_nothing_of_ours_waits_while_one_chat_is_measured() -> None:
    pace = unpaced()
    for number in range(100):
        pace.arrive(float(number) / 100, 7, pace.leave(float(number) / 100, 7))
        assert pace.wait(float(number) / 100, 7) == 0.0


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
