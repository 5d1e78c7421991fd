"""How many will come, said in a whole message and nothing else."""

import pytest

from bot.domain.party import read


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("nous serons quatre", 4),
        ("on sera trois avec mes filles", 3),
        ("oui on sera 2 ma soeur et moi", 2),
        ("on vient a 5", 5),
        ("je viens tout seul", 1),
        ("je viendrai seule merci", 1),
        ("finalement on sera deux", 2),
        ("finalement on sera deux a l atelier ma femme et moi", 2),
        ("on est 12 personnes en tout", 12),
        ("nous sommes quatre dans un deux pieces c est trop petit pour nous tous", None),
        ("on sera trois avec mes filles et il y a une fuite dans la cuisine", None),
        ("je suis seule", None),
        ("je viens", None),
        ("on sera en retard", None),
        ("", None),
    ],
)
def test_the_whole_message_says_how_many(words: str, count: int | None) -> None:
    assert read(words) == count
