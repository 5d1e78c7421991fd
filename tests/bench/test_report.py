"""The figures of the benches: quantiles, columns, and each message put together from the three notes."""

import math

from bot.bench import report, timings
from bot.bench.relay import Turn
from bot.bench.report import Line


def test_quantiles_are_values_that_were_measured() -> None:
    assert report.median([3.0, 1.0, 2.0]) == 2.0
    assert report.quantile([float(n) for n in range(1, 101)], 0.95) == 95.0
    assert math.isnan(report.median([]))


def test_the_table_says_whether_a_target_is_met() -> None:
    rows = report.table([report.ratio("rapport", 1.6, 1.5), Line("autre", ("3",), "cible : 3", True)])
    assert rows[0].split() == ["rapport", "1,60", "cible", "≤", "1,5", ":", "MANQUÉE"]
    assert rows[1].split() == ["autre", "3", "cible", ":", "3", ":", "tenue"]


def test_a_message_is_put_together_from_its_update_its_turn_and_its_call() -> None:
    updates = [
        {"update_id": 1, "chat_id": 1001, "queued": 10.0},
        {"update_id": 2, "chat_id": 1002, "queued": 10.1},
        {"update_id": 3, "chat_id": 1001, "queued": 20.0},
        {"update_id": 4, "chat_id": 1002, "queued": 30.0},
    ]
    turns = [Turn(5, 10.2, 10.4), Turn(6, 10.3, 10.5), Turn(5, 20.1, 20.2)]
    calls = [{"chat_id": 1001, "started": at} for at in (10.6, 20.4)]
    calls.append({"chat_id": 1002, "started": 10.8})
    answers = timings.together(updates, calls, turns, {5: 1001, 6: 1002})
    assert [(answer.update_id, round(answer.total, 3)) for answer in answers] == [
        (1, 0.6),
        (2, 0.7),
        (3, 0.4),
    ]
    first = answers[0]
    assert math.isclose(first.before + first.dialogue + first.after, first.total)
