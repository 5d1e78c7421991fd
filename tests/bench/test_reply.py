"""The bench of replies in a tiny form; its times are not judged."""

import re

import pytest

from bot.bench import reply
from tests.bench.lines import checked


@pytest.mark.slow
def test_reply_shows_the_answer_the_bare_cost_and_the_memory() -> None:
    said: list[str] = []
    lines = checked(reply.run(said.append, reply.Plan(tenants=5, warm_up=0.5, seconds=1.5)), said)
    targets = [re.sub(r"\d+ ", "", what) for what, line in lines.items() if line.target]
    assert targets == [
        "de la mise en file à sendMessage",
        "hors du dialogue / coût nu (médianes)",
        "sans réponse",
        "mémoire de processus (PSS)",
    ]
    assert lines["sans réponse"].figures == ("0",)
