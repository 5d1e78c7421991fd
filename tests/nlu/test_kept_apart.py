"""The messages that measure the model are not among those that teach it, near-duplicates included."""

from collections import Counter, defaultdict
from pathlib import Path

import pytest
import yaml
from palier_fr import normalise
from palier_fr.phonetic import key

ROOT = Path(__file__).parents[2]
APART = sorted((Path(__file__).parent / "messages").glob("*.yml"))
TAUGHT = sorted((ROOT / "data" / "rasa" / "nlu").glob("*.yml"))
# The share of their words, by sound, that two different messages may have in common.
_ALIKE = 0.8


def load(path):
    return yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)


def kept_apart():
    for path in APART:
        content = load(path)
        for texts in content.get("messages", {}).values():
            yield from texts
        for entry in content.get("several", []):
            yield entry["text"]


def taught():
    for path in TAUGHT:
        for entry in load(path)["nlu"]:
            for line in entry["examples"].splitlines():
                yield line.strip().removeprefix("- ").strip()


def sounds(text):
    words = "".join(char if char.isalnum() else " " for char in normalise(text).text).split()
    return frozenset(key(word) for word in words)


@pytest.mark.slow
def test_no_message_kept_apart_is_taught_in_the_same_or_nearly_the_same_words():
    known = [(text, sounds(text)) for text in taught()]
    holding = defaultdict(list)
    for number, (_, words) in enumerate(known):
        for word in words:
            holding[word].append(number)
    alike = []
    for text in kept_apart():
        words = sounds(text)
        rarest = sorted(words, key=lambda word: len(holding[word]))[: max(1, len(words) // 2)]
        shared = Counter(number for word in rarest for number in holding[word])
        for number in shared:
            other, its = known[number]
            if len(words & its) >= _ALIKE * len(words | its):
                alike.append(f"{text!r} and {other!r}")
    assert not alike, "\n".join(alike)


@pytest.mark.slow
def test_no_voice_kept_apart_teaches():
    voices = {load(path)["voice"] for path in APART}
    assert len(voices) == len(APART)
    teaching = {(entry.get("metadata") or {}).get("voice") for path in TAUGHT for entry in load(path)["nlu"]}
    assert not voices & teaching


def test_every_message_kept_apart_names_intents_of_the_catalogue():
    catalogue = load(ROOT / "data" / "content" / "intents.yml")["intents"]
    for path in APART:
        content = load(path)
        assert set(content.get("messages", {})) <= set(catalogue), path.name
        for entry in content.get("several", []):
            assert {entry["intent"], *entry["others"]} <= set(catalogue), entry["text"]
            ranks = [catalogue[name]["rank"] for name in entry["others"]]
            assert all(catalogue[entry["intent"]]["rank"] <= rank for rank in ranks), entry["text"]
