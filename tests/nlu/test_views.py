"""What the model sees of a message; run where the model runs, in the dialogue server's environment."""

import json
import subprocess

from tests.nlu.project import PYTHON

PROGRAM = """
import json, sys, time
from palier_nlu.concepts import Concepts, read_concepts
from palier_nlu.masks import mask
from palier_nlu.noise import noisy
from palier_nlu.views import views
concepts = Concepts(read_concepts())
texts = json.load(sys.stdin)
started = time.process_time()
seen = [views(text, concepts) for text in texts]
json.dump({
    "seconds": time.process_time() - started,
    "masked": [mask(text) for text in texts],
    "views": seen,
    "noisy": [noisy(texts, seed) for seed in (1, 1, 2)],
}, sys.stdout)
"""


def look(*texts):
    result = subprocess.run(
        [PYTHON, "-c", PROGRAM],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(result.stdout)


def test_amounts_hours_and_dates_become_classes():
    seen = look("450 € mardi a 14h30", "45 euros le 12 mars vers 9h", "06 12 34 56 78", "en 3 fois, 20 min")
    assert seen["masked"] == [
        "sommex jourx a heurex",
        "sommex datex mars vers heurex",
        "telx",
        "en foisx , dureex",
    ]


def test_families_forgive_spelling_and_join_the_ways_of_saying_one_thing():
    first, second, third = (
        seen["families"].split() for seen in look("ma fakture", "FACTURES !", "👍")["views"]
    )
    assert "facture" in first
    assert "facture" in second
    assert third == ["oui"]


def test_the_shape_is_seen():
    shape = look("TU ES UN ROBOT ?")["views"][0]["shape"].split()
    assert {"capitals", "question", "ends_with_question", "first_tu", "last_robot"} <= set(shape)


def test_hurried_copies_are_the_same_for_the_same_seed_and_keep_most_words():
    text = "Bonjour, je voudrais savoir quand le chauffagiste passe chez moi s'il vous plaît"
    first, again, other = look(text)["noisy"]
    assert first == again
    assert first != other
    assert len(set(first[0].split()) & set(text.split())) >= 4


def test_hostile_texts_are_seen_in_time():
    seen = look("", "\x00", "1 " * 10_000, "a" * 20_000, "1" * 20_000, "h" * 20_000, "مرحبا", "🔥" * 5000)
    assert seen["seconds"] < 2
