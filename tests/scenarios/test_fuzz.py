"""What nobody writes and Telegram never sends: nothing breaks, nobody else is touched (`make fuzz`: more)."""

from pathlib import Path

from tests.fuzz.run import play
from tests.scenarios.parts import SharedDialogue


def test_random_updates_and_files_break_nothing(dialogue: SharedDialogue, samples: Path) -> None:
    found = play(dialogue, samples, updates=200, files=3, seed=1)
    assert found.faults == []
