"""What a model was made from, and where the current one is: standard library only, so that it is quick."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

CURRENT = "current.json"
LEXICON = Path("data/content/danger_lexicon.yml")
CATALOGUE = Path("data/content/intents.yml")
# What reads times and amounts, and what measures, learns nothing.
_APART = (
    "nlu/palier_fr/times",
    "nlu/palier_nlu/duckling",
    *(f"nlu/palier_nlu/{name}.py" for name in ("evaluate", "measures", "report")),
)


def fingerprint(root: Path) -> str:
    """SHA-256 over everything that decides what the model is: names and contents."""
    digest = hashlib.sha256()
    for path in sorted(_sources(root)):
        name = path.relative_to(root).as_posix().encode()
        content = path.read_bytes()
        digest.update(b"%d %s %d " % (len(name), name, len(content)))
        digest.update(content)
    return digest.hexdigest()


def _sources(root: Path) -> Iterator[Path]:
    yield root / "config.yml"
    yield root / LEXICON
    yield root / CATALOGUE
    yield root / "nlu" / "requirements.lock"
    yield from (root / "data" / "rasa").rglob("*.yml")
    for package in ("palier_fr", "palier_nlu"):
        for path in (root / "nlu" / package).rglob("*"):
            apart = path.relative_to(root).as_posix().startswith(_APART)
            if path.suffix in (".py", ".yml") and not apart:
                yield path


def read_current(models: Path) -> dict[str, str] | None:
    """The current model's `file`, `sha256` and `fingerprint`, if its file is there and whole."""
    try:
        current: dict[str, str] = json.loads((models / CURRENT).read_text(encoding="utf-8"))
        found = hashlib.sha256((models / current["file"]).read_bytes()).hexdigest()
    except (OSError, ValueError, KeyError):
        return None
    return current if found == current.get("sha256") else None


def write_current(models: Path, model: Path, fingerprint: str) -> dict[str, str]:
    """Make the model the current one, in one step."""
    current = {
        "file": model.name,
        "sha256": hashlib.sha256(model.read_bytes()).hexdigest(),
        "fingerprint": fingerprint,
    }
    draft = models / f"{CURRENT}.{os.getpid()}"
    draft.write_text(json.dumps(current, indent=2) + "\n", encoding="utf-8")
    draft.replace(models / CURRENT)
    return current
