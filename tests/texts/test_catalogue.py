"""Every sentence: present, typeset, and reviewed as a file (UPDATE_SNAPSHOTS=1 rewrites it)."""

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from bot.domain.states import CaseState, Outcome, Register, Role, Urgency
from bot.texts import Texts, Voice
from bot.texts import catalogue as catalogue_module
from bot.texts.format import typeset

ROOT = Path(__file__).parents[2]
SNAPSHOTS = ROOT / "tests" / "snapshots"
FOLDER = Path(catalogue_module.__file__).parent / "fr"
_VALUE = re.compile(r"\{(\w+)\}")
# Reviewed in every voice by tests/services/test_rent_texts.py.
ELSEWHERE = {"rent"}
FILES = sorted({path.stem for path in FOLDER.glob("*/*.po")} - ELSEWHERE)


def sentences(register: str, file: str) -> dict[str, str]:
    path = FOLDER / register / f"{file}.po"
    if not path.exists():
        return {}
    with path.open("rb") as opened:
        return {str(m.id): str(m.string) for m in read_po(opened, locale="fr") if m.id}


@pytest.mark.parametrize("file", FILES)
def test_every_sentence_is_reviewed(file: str) -> None:
    said = []
    for name, register in (("ordinaire", "ordinary"), ("phrases simples", "simple")):
        for key, sentence in sentences(register, file).items():
            said.append(f"== {key} ({name})\n{typeset(sentence)}\n")
    found = "\n".join(said)
    path = SNAPSHOTS / f"{file}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


def test_a_simple_or_discreet_sentence_has_an_ordinary_one(texts: Texts) -> None:
    base = {key.removesuffix(".discreet") for key in texts.simple}
    assert base <= texts.ordinary.keys()
    assert {key.removesuffix(".discreet") for key in texts.ordinary} <= texts.ordinary.keys()


def test_the_variants_of_a_sentence_need_no_other_value(texts: Texts) -> None:
    """A variant may leave a value out; it may not ask for one that nobody gives."""
    for sentences_of in (texts.ordinary, texts.simple):
        for key, sentence in sentences_of.items():
            values = set(_VALUE.findall(texts.ordinary[key.removesuffix(".discreet")]))
            assert set(_VALUE.findall(sentence)) <= values, key


def test_no_sentence_is_empty_or_badly_set(texts: Texts) -> None:
    for sentences_of in (texts.ordinary, texts.simple):
        for key, sentence in sentences_of.items():
            said = typeset(sentence)
            assert said.strip(), key
            assert "  " not in said, key
            assert "'" not in said, key
            assert "..." not in said, key
            assert not re.search(r"[^\s\u202f][;!?](\s|$)", said), key


def test_what_the_code_says_is_in_the_catalogue(texts: Texts) -> None:
    asked = set(keys_of_the_code())
    assert len(asked) > 40
    assert asked <= texts.ordinary.keys(), sorted(asked - texts.ordinary.keys())


@pytest.mark.parametrize(
    ("prefix", "members"),
    [
        ("case.outcome", Outcome),
        ("case.alert", Urgency),
        ("case.promise", Urgency),
        ("staff.urgency", Urgency),
        ("staff.state", [state for state in CaseState if state is not CaseState.CLOSED]),
        ("role", Role),
    ],
)
def test_every_state_has_its_words(texts: Texts, prefix: str, members: list[str]) -> None:
    for member in members:
        assert f"{prefix}.{member}" in texts.ordinary


def test_the_voice_chooses_the_sentence(tmp_path: Path) -> None:
    for register, lines in {
        "ordinary": {
            "a": "ordinaire {x}",
            "a.discreet": "discret",
            "b": "seul",
            "c": "c",
            "c.discreet": "cd",
        },
        "simple": {"a": "simple", "c": "cs"},
    }.items():
        (tmp_path / register).mkdir()
        entries = [f'msgid "{key}"\nmsgstr "{said}"\n' for key, said in lines.items()]
        head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n'
        (tmp_path / register / "x.po").write_text("\n".join([head, *entries]), encoding="utf-8")
    texts = Texts(tmp_path)
    simple, discreet = Voice(Register.SIMPLE), Voice(discreet=True)
    both = Voice(Register.SIMPLE, discreet=True)
    assert texts.say("a", x=1) == "ordinaire 1"
    assert [texts.say("a", voice) for voice in (simple, discreet, both)] == ["simple", "discret", "discret"]
    assert [texts.say("b", voice) for voice in (simple, discreet, both)] == ["seul"] * 3
    assert texts.say("c", both) == "cd"
    with pytest.raises(KeyError):
        texts.say("z")


def keys_of_the_code() -> Iterator[str]:
    """The keys that are written out in a call of `say`, anywhere in the product."""
    for path in [*ROOT.glob("bot/**/*.py"), *ROOT.glob("actions/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "say" and node.args:
                key = node.args[0]
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value
