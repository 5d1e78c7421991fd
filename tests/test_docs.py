"""The operator's page and the example of settings name every setting and every command."""

import re
from pathlib import Path

import pytest
import typer.main

from bot.cli import app
from bot.settings import Settings

ROOT = Path(__file__).parents[1]
COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
SETTINGS = sorted(f"PALIER_{name.upper()}" for name in Settings.model_fields)


@pytest.mark.parametrize("page", ["docs/exploitation.md", ".env.example"])
def test_every_setting_is_documented_and_no_other(page: str) -> None:
    named = set(re.findall(r"\bPALIER_[A-Z_]+[A-Z]", (ROOT / page).read_text(encoding="utf-8")))
    assert sorted(named) == SETTINGS


def test_the_operators_page_gives_each_setting_a_line() -> None:
    page = (ROOT / "docs/exploitation.md").read_text(encoding="utf-8")
    missing = [name for name in SETTINGS if not re.search(rf"^\| `{name}` \|", page, re.MULTILINE)]
    assert missing == []


def test_every_command_is_documented_and_no_other() -> None:
    page = (ROOT / "docs/exploitation.md").read_text(encoding="utf-8")
    assert sorted(set(re.findall(r"^\| `palier (\w+)", page, re.MULTILINE))) == COMMANDS


def test_the_example_gives_no_secret() -> None:
    for line in (ROOT / ".env.example").read_text(encoding="utf-8").splitlines():
        name, _, value = line.removeprefix("# ").partition("=")
        if name.endswith(("_KEY", "_TOKEN", "_SECRET")):
            assert value == "", name


def test_decisions_are_short_and_dated() -> None:
    notes = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert notes
    for note in notes:
        lines = note.read_text(encoding="utf-8").splitlines()
        assert re.fullmatch(r"\d{4}-\d\d-\d\d-[a-z0-9-]+\.md", note.name), note.name
        assert len(lines) < 40, note.name
        headings = [line.removeprefix("## ") for line in lines if line.startswith("## ")]
        assert headings == ["Contexte", "Objectif", "Décision", "Conséquences"], note.name
