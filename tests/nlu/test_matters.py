"""Where a message is cut, which of its matters leads, and what a doubtful one brings."""

from pathlib import Path

import pytest
from palier_nlu.catalogue import Catalogue
from palier_nlu.doubt import ASK, PERSON, Caution
from palier_nlu.matters import split, understand

RANKS = {
    "report_hazard": 0,
    "payment_difficulty": 2,
    "payment_promise": 3,
    "report_repair": 3,
    "report_neighbour": 3,
    "ask_receipt": 4,
    "thank": 6,
}


def reader(**said):
    """A model that knows these parts; a text that is none of them is the mean of those in it."""

    def rank(text):
        found = [(intent, sure) for part, (intent, sure) in said.items() if part in text]
        chances = dict.fromkeys(RANKS, 0.0)
        for intent, sure in found:
            chances[intent] += sure / len(found)
        return sorted(chances.items(), key=lambda entry: -entry[1])

    return rank


def about(text, **said):
    understood = understand(reader(**said), RANKS, text)
    leading = understood.ranking[0][0]
    return leading, [(other.intent, text[other.start : other.end].strip()) for other in understood.others]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("je paie vendredi", ["je paie vendredi"]),
        (
            "je paie vendredi et y a une fuite dans la cuisine",
            ["je paie vendredi et", "y a une fuite dans la cuisine"],
        ),
        ("oui. merci beaucoup à vous", ["oui. merci beaucoup à vous"]),
        ("une fuite ici. le loyer est payé. merci", ["une fuite ici.", "le loyer est payé. merci"]),
        ("", [""]),
    ],
)
def test_a_message_is_cut_where_a_matter_may_end(text, parts):
    spans = split(text)
    assert [text[start:end].strip() for start, end in spans] == (parts if text else [])
    assert "".join(text[start:end] for start, end in spans) == text


def test_a_long_story_is_cut_in_few_parts_and_loses_nothing():
    text = "je vous écris ceci. " * 200
    spans = split(text)
    assert len(spans) == 12
    assert "".join(text[start:end] for start, end in spans) == text


def test_of_equal_ranks_the_first_mentioned_leads():
    said = {"fuite": ("report_repair", 0.9), "vendredi": ("payment_promise", 0.9)}
    assert about("je paie vendredi et y a une fuite ici", **said) == (
        "payment_promise",
        [("report_repair", "y a une fuite ici")],
    )
    assert about("y a une fuite ici et je paie vendredi", **said) == (
        "report_repair",
        [("payment_promise", "je paie vendredi")],
    )


def test_the_lowest_rank_leads_and_danger_first():
    said = {"papier": ("ask_receipt", 0.9), "peux pas": ("payment_difficulty", 0.8)}
    assert about("il me faut un papier. je peux pas payer", **said)[0] == "payment_difficulty"
    said = {"loyer": ("payment_promise", 0.9), "gaz": ("report_hazard", 0.95)}
    assert about("le loyer arrive demain. ça sent le gaz", **said)[0] == "report_hazard"


def test_small_talk_and_what_is_unsure_are_no_other_matter():
    said = {"fuite": ("report_repair", 0.9), "merci": ("thank", 0.5), "bruit": ("report_neighbour", 0.5)}
    assert about("y a une fuite ici. merci à toute l'équipe. du bruit aussi parfois", **said) == (
        "report_repair",
        [],
    )


def test_two_meanings_of_one_family_are_one_matter():
    said = {"vendredi": ("payment_promise", 0.9), "difficile": ("payment_difficulty", 0.9)}
    assert about("c'est difficile ce mois. je paie vendredi matin", **said) == ("payment_difficulty", [])


CATALOGUE = Catalogue.read(Path(__file__).parents[2] / "data" / "content" / "intents.yml")


@pytest.mark.parametrize(
    ("ranking", "words", "doubt"),
    [
        # Nobody must hear of it, or hardly: the best answer, sure of it or not.
        ([("thank", 0.7), ("report_repair", 0.3)], 5, None),
        ([("thank", 0.38), ("ask_receipt", 0.36), ("report_repair", 0.26)], 5, None),
        # Too likely to be let go, not enough for the queue.
        ([("thank", 0.55), ("report_repair", 0.45)], 5, ASK),
        ([("report_repair", 0.6), ("thank", 0.4)], 5, ASK),
        ([("report_repair", 0.38), ("thank", 0.33), ("greet", 0.29)], 5, ASK),
        ([("report_repair", 0.6), ("thank", 0.4)], 40, PERSON),
        # A person must hear of it: by what it means when that is clear, else by reading it.
        ([("report_repair", 0.8), ("thank", 0.2)], 5, None),
        ([("report_repair", 0.39), ("payment_difficulty", 0.37), ("thank", 0.24)], 5, PERSON),
        (
            [
                ("thank", 0.24),
                *[(name, 0.19) for name in ("complain", "report_repair", "report_health", "dispute_charge")],
            ],
            5,
            PERSON,
        ),
        # A little danger weighs as much as a lot of anything else.
        ([("thank", 0.6), ("ask_receipt", 0.35), ("report_distress", 0.05)], 5, ASK),
        # A yes or a no acts on the question that waits: it must be sure.
        ([("affirm", 0.55), ("thank", 0.31), ("greet", 0.14)], 5, ASK),
        ([("deny", 0.65), ("thank", 0.21), ("greet", 0.14)], 5, None),
        ([("affirm", 0.39), ("thank", 0.31), ("greet", 0.30)], 5, ASK),
    ],
)
def test_what_a_doubt_brings_depends_on_what_would_be_lost(ranking, words, doubt):
    assert Caution().doubt(ranking, CATALOGUE, words) == doubt
