"""Every rent sentence in every voice, as a file that a caseworker reviews; UPDATE_SNAPSHOTS=1 rewrites it."""

import os
from pathlib import Path

from bot.domain.states import Register
from bot.texts import Texts, Voice

SNAPSHOT = Path(__file__).parents[1] / "snapshots" / "rent.txt"
VOICES = {
    "ordinaire": Voice(),
    "phrases simples": Voice(Register.SIMPLE),
    "discret": Voice(discreet=True),
    "phrases simples, discret": Voice(Register.SIMPLE, discreet=True),
}
VALUES = {
    "of_month": "de décembre",
    "month": "décembre 2026",
    "day": "samedi 5 décembre",
    "amount": "233,00 €",
    "remaining": "233,00 €",
    "due": "356,00 €",
    "overdue": "381,60 €",
    "promise": "Une personne de l'équipe le lit au plus tard mardi 8 décembre à 18 h.",
    "lines": "• 60,00 €, le mardi 5 janvier",
    "staff": "Maëlle Kerdoncuff",
    "number": 2,
    "count": 3,
    "percent": 38,
    "limit": 30,
    "before": "1 041,20 €",
    "said": "8 décembre 2026",
    "place": "Les Tilleuls Blancs",
    "lease": "B-0104",
}
# Read by caseworkers only.
FOR_STAFF = ("rent.reason.", "rent.refused.", "rent.staff.", "rent.call.")


def keys(texts: Texts) -> list[str]:
    return [key for key in texts.ordinary if key.startswith("rent.") and not key.endswith(".discreet")]


def test_every_rent_text_is_reviewed(texts: Texts) -> None:
    said = []
    for key in keys(texts):
        voices = {"équipe": Voice()} if key.startswith(FOR_STAFF) else VOICES
        said += [f"== {key} ({name})\n{texts.say(key, voice, **VALUES)}\n" for name, voice in voices.items()]
    found = "\n".join(said)
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SNAPSHOT.parent.mkdir(exist_ok=True)
        SNAPSHOT.write_text(found, encoding="utf-8")
    assert found == SNAPSHOT.read_text(encoding="utf-8")


def test_every_text_for_tenants_exists_in_both_registers_and_discreet(texts: Texts) -> None:
    wanted = {
        f"{key}{end}" for key in keys(texts) if not key.startswith(FOR_STAFF) for end in ("", ".discreet")
    }
    assert wanted <= texts.ordinary.keys()
    assert {key for key in texts.simple if key.startswith("rent.")} == wanted


def test_no_fee_no_threat_no_legal_deadline(texts: Texts) -> None:
    forbidden = (
        "frais", "pénalité", "majoration", "huissier", "commissaire", "expuls", "tribunal", "juge",
        "poursuite", "commandement", "mise en demeure", "clause", "caf", "ccapex", "impayé", "dette", "délai",
    )  # fmt: skip
    for catalogue in (texts.ordinary, texts.simple):
        for key, sentence in catalogue.items():
            if key.startswith("rent.") and not key.startswith(FOR_STAFF):
                assert not [word for word in forbidden if word in sentence.lower()], key


def test_button_titles_are_short(texts: Texts) -> None:
    for key in keys(texts):
        if key.startswith("rent.button."):
            assert all(len(texts.say(key, voice)) <= 28 for voice in VOICES.values())
