"""A day of the week and an hour in plain words."""

import pytest

from bot.domain.weekly import Weekly, is_all, read


@pytest.mark.parametrize(
    ("said", "weekday", "hour"),
    [
        ("envoie les conseils le samedi matin", 5, 9),
        ("les conseils le mardi soir", 1, 18),
        ("l'astuce de la semaine le mercredi a 18h", 2, 18),
        ("le lundi a 9 heures", 0, 9),
        ("tous les jeudis apres-midi", 3, 15),
        ("vendredi en fin de journee", 4, 18),
        ("plutot vers 12h30", None, 12),
        ("pas le samedi, plutot le vendredi", 4, None),
        ("un autre jour que le lundi", None, None),
        ("plus le matin, l'apres-midi", None, 15),
        ("le dimanche", 6, None),
        # Nobody is written to at night.
        ("le lundi a 23h", 0, 19),
        ("le lundi a 5h", 0, 8),
        ("lundi ou mardi", None, None),
        ("changer le jour", None, None),
    ],
)
def test_what_is_read(said: str, weekday: int | None, hour: int | None) -> None:
    assert read(said) == Weekly(weekday, hour)


@pytest.mark.parametrize(
    "said", ["samedi matin", "le samedi a 9h", "plutot le soir, merci", "je prefere lundi"]
)
def test_a_day_and_nothing_else(said: str) -> None:
    assert is_all(said)


@pytest.mark.parametrize(
    "said",
    ["je paie samedi", "samedi il m'a frappee", "j'ai rendez-vous le lundi", "oui", "je suis seul le soir"],
)
def test_a_day_and_something_else_is_for_the_dialogue(said: str) -> None:
    assert not is_all(said)
