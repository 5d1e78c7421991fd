"""What docs/menaces.md says of the whole code: redirects, formulas, codes, locked parts."""

import ast
import math
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.storage import secrets
from bot.storage.secrets import new_code
from bot.texts.format import harmless

ROOT = Path(__file__).parents[1]
# 128 bits cannot be guessed; what is looked up by its keyed fingerprint alone needs no more than 80.
LEAST_BITS = 80
# Names of a conversation and of a workshop: no door opens with them.
NOT_A_SECRET = {"bot/services/thread.py", "bot/services/workshops/creation.py"}
LOCKS = ("requirements.lock", "nlu/requirements.lock")
THREATS = ROOT / "docs" / "menaces.md"
_NAMED = re.compile(r"`(tests/[\w/.-]+\.py)(?:::(test_\w+))?`")


def calls(name: str, folder: str = "bot") -> Iterator[tuple[str, ast.Call]]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and f".{ast.unparse(node.func)}".endswith(f".{name}"):
                yield path.relative_to(ROOT).as_posix(), node


def test_every_redirect_stays_here() -> None:
    found = list(calls("RedirectResponse"))
    assert len(found) > 10
    for path, call in found:
        target = ast.unparse(call.args[0])
        ours = (
            re.match(r"f?['\"]/(?!/)\w*", target) or target in ("desk.home(request)",) or "{_PAGE}" in target
        )
        assert ours, f"{path}: {target}"


@pytest.mark.slow
def test_every_table_for_a_spreadsheet_is_harmless() -> None:
    writers = {path for name in ("csv.writer", "csv.DictWriter") for path, _ in calls(name)}
    assert writers == {"bot/exports.py", "bot/invitations.py"}
    for path in writers:
        assert "harmless(" in (ROOT / path).read_text(encoding="utf-8"), path


@pytest.mark.parametrize("sign", [*"=+-@\t\r\n", "＝", "＋", "－", "＠"])
def test_no_cell_begins_with_what_a_spreadsheet_runs(sign: str) -> None:
    assert harmless(f"{sign}cmd|'/C calc'!A0") == f"'{sign}cmd|'/C calc'!A0"
    assert harmless("L-0101 = 12") == "L-0101 = 12"


def test_no_code_can_be_guessed() -> None:
    found = list(calls("new_code"))
    assert len(found) >= 6
    for path, call in found:
        length = ast.literal_eval(call.args[0]) if call.args else 20
        bits = length * math.log2(len(set(secrets._ALPHABET)))
        assert path in NOT_A_SECRET or bits > LEAST_BITS, (path, bits)
    assert len({new_code() for _ in range(1000)}) == 1000
    # Chance comes from the system, never from a seeded generator.
    for path in (ROOT / "bot").rglob("*.py"):
        if not path.is_relative_to(ROOT / "bot" / "bench"):
            assert not re.search(r"^(import random|from random)", path.read_text(encoding="utf-8"), re.M), (
                path
            )


@pytest.mark.parametrize("lock", LOCKS)
def test_every_part_is_locked_by_its_content(lock: str) -> None:
    """Also what `make audit` reads; this holds without a network."""
    entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text(encoding="utf-8"))
    pinned = [entry for entry in entries if re.match(r"[\w.\[\]-]+==", entry)]
    assert len(pinned) > 30
    for entry in pinned:
        assert "--hash=sha256:" in entry, entry.splitlines()[0]
    assert not re.search(r"^(-e|git\+|https?:|--(extra-)?index-url)", "\n".join(entries), re.M)


def test_the_old_parts_are_the_ones_whose_reach_was_looked_at() -> None:
    """A pin of the dialogue server that moves sends whoever moves it back to the page."""
    page = (ROOT / "docs" / "dependances.md").read_text(encoding="utf-8")
    lock = (ROOT / "nlu" / "requirements.lock").read_text(encoding="utf-8")
    looked_at = re.findall(r"^\| `([\w-]+)` \| ([\d.]+) \|", page, re.M)
    assert len(looked_at) > 10
    for name, version in looked_at:
        assert re.search(rf"^{re.escape(name)}=={re.escape(version)}\b", lock, re.M), (name, version)
    assert _missing_tests(page) == []


def test_every_measure_against_a_threat_names_a_test_that_exists() -> None:
    page = THREATS.read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| M")]
    assert len(rows) > 20
    for row in rows:
        assert _NAMED.search(row), row
    assert _missing_tests(page) == []


def _missing_tests(page: str) -> list[str]:
    missing = []
    for file, name in _NAMED.findall(page):
        path = ROOT / file
        if not path.exists() or (name and f"def {name}(" not in path.read_text(encoding="utf-8")):
            missing.append(f"{file}::{name}")
    return missing
