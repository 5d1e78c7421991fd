"""Labelled messages, each with its voice: the imagined person who writes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

_ANNOTATION = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})")


@dataclass(frozen=True)
class Example:
    """A labelled message; `others` are the matters that it holds beside the one that leads."""

    text: str
    intent: str
    voice: str | None
    others: tuple[str, ...] = ()


def read_examples(folder: Path) -> list[Example]:
    """Every message of the folder's training files, in the order of their names."""
    return read_files(sorted(folder.glob("*.yml")))


def read_files(paths: Iterable[Path]) -> list[Example]:
    """Every message of training files, marks of entities left out; Rasa's other files have none."""
    return [example for path in paths for example in _read_file(path.resolve(), path.stat().st_mtime_ns)]


@lru_cache(maxsize=128)
def _read_file(path: Path, changed: int) -> list[Example]:
    """Kept until the file is `changed`: while a model is trained, Rasa and we read the same files."""
    entries = YAML(typ="safe").load(path).get("nlu", ())
    return [example for entry in entries for example in _read_entry(entry)]


def _read_entry(entry: dict[str, Any]) -> Iterator[Example]:
    voice = (entry.get("metadata") or {}).get("voice")
    examples = entry["examples"]
    lines = examples.splitlines() if isinstance(examples, str) else [item["text"] for item in examples]
    for line in lines:
        text = line.strip().removeprefix("- ").strip()
        if text:
            yield Example(_ANNOTATION.sub(r"\1", text), entry["intent"], voice)


def read_kept_apart(folder: Path) -> list[Example]:
    """The messages of a folder that teaches nothing: a file a voice, `messages` by intent, `several`."""
    found = []
    for path in sorted(folder.glob("*.yml")):
        content = YAML(typ="safe").load(path)
        voice = content["voice"]
        for intent, texts in content.get("messages", {}).items():
            found += [Example(text, intent, voice) for text in texts]
        for entry in content.get("several", []):
            found.append(Example(entry["text"], entry["intent"], voice, tuple(entry["others"])))
    return found
