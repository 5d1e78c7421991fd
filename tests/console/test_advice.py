"""The suggested next steps: one for each kind of case, sourced facts that hold on the day."""

from datetime import date
from pathlib import Path

import pytest

from bot.content import Content
from bot.content.next_steps import Fact, load_next_steps
from bot.texts import Texts


def test_every_kind_of_case_has_its_step(loaded_content: Content, texts: Texts) -> None:
    steps = load_next_steps()
    ours = {key.removeprefix("case.kind.") for key in texts.ordinary if key.startswith("case.kind.")}
    alone = {name for name, intent in loaded_content.intents.items() if intent.urgency}
    assert ours | alone <= steps.by_kind.keys()
    assert steps.of("kind_of_tomorrow") is steps.default


def test_every_fact_says_where_it_comes_from() -> None:
    for step in load_next_steps().by_kind.values():
        for fact in step.facts:
            assert fact.source
            assert fact.dated


def test_a_fact_holds_from_its_first_day_to_its_last() -> None:
    fact = Fact("", "", "", since=date(2026, 1, 1), until=date(2026, 12, 31))
    days = (date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1))
    assert [fact.holds_on(day) for day in days] == [False, True, True, False]


def test_an_unknown_fact_is_named(tmp_path: Path) -> None:
    (tmp_path / "next_steps.yml").write_text(
        "facts: {}\ndefault: {step: a, why: b}\nkinds: {complain: {step: a, why: b, facts: [moon]}}\n"
    )
    with pytest.raises(ValueError, match="complain names unknown facts: moon"):
        load_next_steps(tmp_path)
