"""No key is said twice in a YAML file that the model is made of: the second would silently win."""

from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FILES = [
    ROOT / "config.yml",
    *sorted((ROOT / "data" / "content").glob("*.yml")),
    *sorted((ROOT / "data" / "rasa").rglob("*.yml")),
    *sorted((ROOT / "nlu" / "palier_nlu").glob("*.yml")),
    *sorted((ROOT / "tests" / "nlu").rglob("*.yml")),
]


def twice(text: str) -> list[str]:
    """The keys that a mapping of the document has already, with their lines."""
    found: list[str] = []
    nodes = [yaml.compose(text, yaml.CSafeLoader)]
    while nodes:
        node = nodes.pop()
        if isinstance(node, yaml.SequenceNode):
            nodes += node.value
        elif isinstance(node, yaml.MappingNode):
            known: set[str] = set()
            for key, value in node.value:
                if key.value in known:
                    found.append(f"{key.value}, line {key.start_mark.line + 1}")
                known.add(key.value)
                nodes.append(value)
    return sorted(found)


def test_a_key_said_twice_is_found_wherever_it_stands() -> None:
    assert twice("a: 1\nb:\n  - {c: 1, d: 2, c: 3}\na: 2\n") == ["a, line 4", "c, line 3"]
    assert twice("a: {c: 1}\nb: {c: 1}\n") == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_key_is_said_twice(path: Path) -> None:
    assert twice(path.read_text(encoding="utf-8")) == []
