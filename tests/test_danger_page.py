"""docs/danger.md says what a person in danger reads, from the data; UPDATE_SNAPSHOTS=1 rewrites it."""

import os
import re
from pathlib import Path
from typing import Any

import yaml

from bot.domain.states import Register
from bot.services.danger import CHILD
from bot.texts import Texts, Voice

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "danger.md"
TITLES = {
    "violence": "Violence, menace",
    "child": "Enfant en danger",
    "distress": "Détresse, idées de mort",
    "hazard": "Danger dans le bâtiment",
}
VARIANTS = {"ordinary": "Français ordinaire", "simple": "Phrases simples", "discreet": "Mode discret"}
VOICES = {
    "": Voice(),
    ", phrases simples": Voice(Register.SIMPLE),
    ", discret": Voice(discreet=True),
    ", phrases simples, discret": Voice(Register.SIMPLE, discreet=True),
}
# A number as a person would dial it; not the "24 h" nor the "7 j" of the hours.
_DIALLED = re.compile(r"(?<![\d,/])(?:0[\s\u00a0]800(?:[\s\u00a0]\d\d){3}|1[0-9]{1,2}|3\d{3})(?![\d/])")
_NOT_NUMBERS = re.compile(r"allo119\.gouv\.fr")
INTRODUCTION = """\
# Ce que lit une personne en danger

Cette page est faite par `tests/test_danger_page.py` à partir de `data/content/safe_words.yml` et de
`bot/texts/fr` ; ne pas la modifier à la main. Après un changement :
`UPDATE_SNAPSHOTS=1 .venv/bin/pytest tests/test_danger_page.py`.

À faire relire par une association ou un professionnel avant toute mise en service, puis chaque année.
La date est celle de la source, « n.d. » quand elle n'en porte pas.

Ces phrases partent dès qu'un des deux filets voit un signe (le lexique, ou le modèle), avant toute réponse
du dialogue ; le lexique seul suffit quand le dialogue est arrêté. Une phrase qui se dit aussi sans danger
(« a pris feu ») attend l'avis du modèle, une fraction de seconde. Plusieurs signes donnent plusieurs
messages. Un dossier urgent s'ouvre et l'équipe est alertée ; Palier n'est pas un service d'urgence."""

FOLLOWED = """\
Palier ne parle plus de loyer : à chaque message, il répond `danger.follow`. Restent les réponses aux
commandes, et les phrases qui entourent ce qu'une personne de l'équipe écrit elle-même. Pour une violence,
ces dernières partent toujours dans leur forme discrète."""
WHILE_FOLLOWED = (
    "relay.opens",
    "relay.says",
    "relay.moved",
    "relay.over",
    "relay.given_back",
    "stop.done",
    "handover.done",
    "discreet.on",
    "discreet.off",
    "simple.on",
    "simple.off",
    "command.unknown",
)


def _content() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(
        (ROOT / "data/content/safe_words.yml").read_text(encoding="utf-8")
    )
    return content


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}<br>" if line else ">" for line in text.split("\n")).removesuffix("<br>")


def _numbers(content: dict[str, Any]) -> list[str]:
    rows = [
        f"| {n['number']} | {n['name']} | {n['hours']} | {n['source']} | {n['date']} |"
        for n in content["numbers"]
    ]
    return [
        "## Les numéros",
        "| numéro | nom | heures | source | date |\n|---|---|---|---|---|\n" + "\n".join(rows),
    ]


def _kinds(content: dict[str, Any]) -> list[str]:
    parts = []
    for kind, variants in content["kinds"].items():
        parts.append(f"## {TITLES[kind]}")
        if kind == CHILD:
            parts.append("À la place de « Violence, menace », quand le message parle d'un enfant en danger.")
        for variant, text in variants.items():
            parts += [f"### {VARIANTS[variant]}", _quoted(text)]
    return parts


def _others(texts: Texts) -> list[str]:
    """The other messages to tenants that give an emergency number."""
    parts = ["## Autres messages qui donnent un numéro d'urgence"]
    for key in sorted(texts.ordinary):
        if not key.endswith(".discreet"):
            parts += _sentence(texts, key, only=r"\b114\b")
    return parts


def _followed(texts: Texts) -> list[str]:
    """What Palier still says to somebody whose case of danger is open, beside the messages above."""
    parts = ["## Tant que le dossier de danger est ouvert", FOLLOWED]
    for key in WHILE_FOLLOWED:
        parts += _sentence(texts, key)
    return parts


def _sentence(texts: Texts, key: str, only: str = "") -> list[str]:
    """The sentence in each voice in which it differs, where it matches `only`."""
    parts: list[str] = []
    said: list[str] = []
    for name, voice in VOICES.items():
        words = _say(texts, key, voice)
        if words not in said and re.search(only, words):
            said.append(words)
            parts += [f"### `{key}`{name}", _quoted(words)]
    return parts


def _say(texts: Texts, key: str, voice: Voice) -> str:
    said = texts.ordinary[key]
    return texts.say(key, voice, **dict.fromkeys(re.findall(r"{(\w+)}", said), "…"))


def test_the_page_says_what_is_sent(texts: Texts) -> None:
    content = _content()
    page = (
        "\n\n".join([INTRODUCTION, *_numbers(content), *_kinds(content), *_others(texts), *_followed(texts)])
        + "\n"
    )
    if os.environ.get("UPDATE_SNAPSHOTS"):
        PAGE.write_text(page, encoding="utf-8")
    assert page == PAGE.read_text(encoding="utf-8")


def test_every_number_that_is_said_has_a_source(texts: Texts) -> None:
    content = _content()
    sourced = {str(n["number"]).replace("\u00a0", " ") for n in content["numbers"]}
    said = [text for variants in content["kinds"].values() for text in variants.values()]
    said += [
        sentence for part in (texts.ordinary, texts.simple) for sentence in part.values() if "114" in sentence
    ]
    for text in said:
        dialled = _DIALLED.findall(_NOT_NUMBERS.sub("", text))
        assert dialled
        assert {number.replace("\u00a0", " ") for number in dialled} <= sourced, text


def test_safe_words_are_short_ask_nothing_and_do_not_make_wait() -> None:
    for kind, variants in _content()["kinds"].items():
        assert set(variants) == set(VARIANTS), kind
        for variant, text in variants.items():
            assert len(text) <= 500, (kind, variant)
            assert "?" not in text, (kind, variant)
            assert "attendez pas sa réponse" in text, (kind, variant)
            assert not re.search(r" [:;!?]|'", text), (kind, variant)


def test_discreet_words_do_not_name_the_danger() -> None:
    for kind, variants in _content()["kinds"].items():
        if kind != "hazard":  # a leak must be named: whoever reads it must leave too
            for word in ("violen", "enfant", "suicid", "police", "danger", "frapp", "écout", "femme"):
                assert word not in variants["discreet"].lower(), kind
