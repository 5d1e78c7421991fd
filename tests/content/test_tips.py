"""The tips: enough of them, each with its fact, and words that keep to it; reviewed as a file."""

import os
import re
import shutil
from pathlib import Path

import pytest

from bot.content.source import FOLDER
from bot.content.tips import load_tips
from bot.domain.states import Register
from bot.texts.format import typeset

SNAPSHOT = Path(__file__).parents[1] / "snapshots" / "tip_words.txt"
TIPS = load_tips(FOLDER / "tips")


def test_every_tip_is_reviewed() -> None:
    said = []
    for id, entry in TIPS.entries.items():
        said.append(f"== {id} ({entry.title} ; {entry.confidence}, {entry.figure or 'sans chiffre'})")
        said += [f"{entry.picture} {typeset(entry.words[register])}\n" for register in Register]
    for name, trait in TIPS.traits.items():
        said += (
            [f"== {name}", *(typeset(trait.questions[register]) for register in Register)]
            if not trait.usual
            else []
        )
    found = "\n".join(said) + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(found, encoding="utf-8")
    assert found == SNAPSHOT.read_text(encoding="utf-8")


def test_there_are_sixty_tips_and_enough_in_each_season() -> None:
    assert len(TIPS.entries) >= 60
    assert {entry.tip.theme for entry in TIPS.entries.values()} == TIPS.themes.keys()


def test_each_tip_can_be_traced() -> None:
    facts = [entry.fact for entry in TIPS.entries.values()]
    assert len(set(facts)) == len(facts)
    for id, entry in TIPS.entries.items():
        assert all((entry.source, entry.dated, entry.title, entry.picture)), id
        assert not entry.title.endswith("."), id


def test_what_lowers_heating_is_known_as_such() -> None:
    """A tip that speaks of degrees, or of less heating, is closed to cold and fragile homes."""
    for id, entry in TIPS.entries.items():
        said = " ".join(entry.words.values()).lower()
        if entry.tip.theme == "heating" and re.search(
            r"°c|baisse|moins chaud|moins de chauff|hors-gel|éteign", said
        ):
            assert entry.tip.never_if >= {"fragile", "cold"}, id


def test_words_tell_nothing_of_money_or_landlord_and_are_short() -> None:
    for id, entry in TIPS.entries.items():
        for register, text in entry.words.items():
            assert not re.search(r"loyer|dette|logement|facture|bailleur|immeuble|hlm", text, re.I), id
            assert len(text) <= 260, id
            if register is Register.SIMPLE:
                sentences = [s for s in re.split(r"[.!?]\s|\n", text) if s]
                assert all(len(s.split()) <= 13 for s in sentences), id


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("confidence: medium", "confidence: check", "not told to tenants"),
        ("5 à 10 minutes chaque jour, même", "15 minutes chaque jour, même", "figures of the ordinary"),
        ("needs: [vmc]", "needs: [sauna]", "unknown traits: sauna"),
        ("theme: air", "theme: gardening", "unknown theme"),
        ('    title: "nettoyer les bouches d\'aération"\n', "", "lacks title"),
    ],
)
def test_a_wrong_entry_is_refused_by_name(tmp_path: Path, old: str, new: str, fault: str) -> None:
    folder = tmp_path / "tips"
    shutil.copytree(FOLDER / "tips", folder)
    text = (folder / "air.yml").read_text(encoding="utf-8")
    assert old in text
    (folder / "air.yml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match=f"air.yml: .*{fault}"):
        load_tips(folder)
