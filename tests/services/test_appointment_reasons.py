"""Which of the times that a message names are asked for, and which only say why somebody can't come."""

import pytest

from bot.services.appointments.reasons import wished


def left(text: str, *times: str) -> list[str]:
    return [entity["text"] for entity in wished([{"entity": "time", "text": time} for time in times], text)]


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("j'ai dentiste jeudi 14h, je peux pas venir", ["jeudi 14h"]),
        ("J’ai un rendez-vous chez le médecin jeudi à 14 h je ne pourrai pas", ["jeudi à 14 h"]),
        ("je peux pas, jeudi 14h je travaille", ["jeudi 14h"]),
        ("je viens pas parce que jeudi 14h hopital", ["jeudi 14h"]),
        ("mon fils a une convocation jeudi 14h", ["jeudi 14h"]),
        ("madame le mercredi je travaille pas possible, autre jour je peux", ["mercredi"]),
    ],
)
def test_a_reason_asks_for_no_time(text: str, times: list[str]) -> None:
    assert left(text, *times) == []


@pytest.mark.parametrize(
    ("text", "times", "kept"),
    [
        ("je peux pas mardi plutôt jeudi 14h", ["mardi", "jeudi 14h"], ["mardi", "jeudi 14h"]),
        ("je travaille mardi, on peut mettre le rendez-vous mercredi ?", ["mardi", "mercredi"], ["mercredi"]),
        ("Mardi je travaille. Je peux venir mercredi ?", ["Mardi", "mercredi"], ["mercredi"]),
        (
            "j'ai dentiste jeudi 14h, vendredi 10h c'est possible ?",
            ["jeudi 14h", "vendredi 10h"],
            ["vendredi 10h"],
        ),
        ("j'ai que jeudi 14h de libre", ["jeudi 14h"], ["jeudi 14h"]),
        ("je travaille jeudi mais jeudi ça me va", ["jeudi"], ["jeudi"]),
        ("jeudi 14h ?", ["jeudi 14h"], ["jeudi 14h"]),
    ],
)
def test_a_wish_keeps_its_time(text: str, times: list[str], kept: list[str]) -> None:
    assert left(text, *times) == kept
