"""The faults that hurt most; `make faults` plays them all, and also says how late the dangers were."""

from pathlib import Path

import pytest

from tests.faults import kills
from tests.faults.matrix import FAULTS
from tests.faults.run import play
from tests.postgres import Postgres
from tests.scenarios.parts import SharedDialogue


@pytest.mark.parametrize("name", ["answer_lost", "connections_cut", "disk_full"])
def test_nothing_is_lost_doubled_or_forgotten(
    name: str, dialogue: SharedDialogue, samples: Path, postgres: Postgres
) -> None:
    account = play(FAULTS[name], dialogue, samples, postgres.new_database)
    assert account.written == 40
    assert account.faults == []
    assert len(account.dangers) == 4


def test_killed_again_and_again_nothing_is_lost_doubled_or_forgotten(
    dialogue: SharedDialogue, samples: Path
) -> None:
    account, lives = kills.play(dialogue, samples, tenants=40, kills=6, seed=5, most_seconds=1.5)
    assert len(lives.killed) == 6
    assert account.written > 0
    assert account.faults == []
    assert len(account.dangers) == 2
