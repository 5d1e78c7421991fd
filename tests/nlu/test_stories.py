"""The talks of test_stories.yml, led by Rasa itself."""

import json
from pathlib import Path

import pytest

from tests.nlu.project import current_model, run

pytestmark = pytest.mark.slow

STORIES = Path(__file__).with_name("test_stories.yml")


def test_rasa_leads_every_talk_as_it_is_written(small_project: Path, tmp_path: Path) -> None:
    model, _ = current_model(small_project)
    result = run(
        "rasa",
        *("test", "core", "--model", model, "--stories", STORIES, "--out", tmp_path),
        *("--no-plot", "--e2e", "--fail-on-prediction-errors", "--quiet"),
        cwd=small_project,
    )
    assert result.returncode == 0, result.stderr
    report = json.loads((tmp_path / "story_report.json").read_text(encoding="utf-8"))
    assert report["accuracy"] == 1.0
    assert report["conversation_accuracy"]["total"] == 5
