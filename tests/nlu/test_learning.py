"""What the model makes of its messages; run where it runs, in the dialogue server's environment."""

import json
import subprocess

import pytest

from tests.nlu.project import PYTHON

PROGRAM = """
import json, sys
from palier_nlu.model import Model
texts, labels, dangers = json.load(sys.stdin)
learn = lambda: Model.fit(texts, labels, dangers=dangers, strength=0.7, sharpness=2.7, seed=42)
first, again = learn(), learn()
json.dump([[dict(model.rank(text)) for text in texts] for model in (first, again)], sys.stdout)
"""


def learnt(messages, dangers):
    """What a model says of the messages that it has learnt, twice."""
    texts, labels = zip(*messages, strict=True)
    result = subprocess.run(
        [PYTHON, "-c", PROGRAM],
        input=json.dumps([texts, labels, dangers]),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(result.stdout)


@pytest.mark.slow
def test_the_same_messages_give_the_same_model_and_harmless_words_of_danger_weigh_more():
    messages = [
        ("le gaz ici", "out_of_scope"),
        ("le gaz ici", "report_hazard"),
        ("bonjour à vous", "greet"),
        ("merci à vous", "thank"),
    ] * 2
    first, again = learnt(messages, ["report_hazard"])
    assert first == again
    assert first[0]["out_of_scope"] > 1.2 * first[0]["report_hazard"]
    assert max(first[2], key=first[2].get) == "greet"
