"""`palier parse` says what Palier would do."""

import pytest
from palier_fr.alarm import WORRY_PROBABILITY

from bot import wiring
from bot.reading import answer_of

_, LOADED, _ = wiring.files()


def parsed(intent, confidence=0.9, *, doubt=None, matters=(), danger=0.0):
    ranking = [{"name": intent, "confidence": confidence}, {"name": "report_distress", "confidence": danger}]
    return {
        "intent": intent,
        "confidence": confidence,
        "hesitates": doubt is not None,
        "doubt": doubt,
        "ranking": ranking,
        "entities": [],
        "matters": [{"intent": name, "confidence": 0.9, "start": 0, "end": 1} for name in matters],
        "signs": [],
    }


@pytest.mark.parametrize(
    ("text", "parse", "handoff"),
    [
        ("merci beaucoup", parsed("thank"), "none"),
        ("le robinet goutte", parsed("report_repair"), "normal"),
        (
            "je paie vendredi et le robinet goutte",
            parsed("payment_promise", matters=["report_repair"]),
            "normal",
        ),
        ("je ne pourrai pas payer", parsed("payment_difficulty"), "high"),
        ("bof", parsed("unsure", 0.3, doubt="ask"), "normal"),
        ("c'est plus comme avant", parsed("checkin_bad", 0.3, doubt="person"), "high"),
        # Danger: likely, then too unsure for the alarm; by the words alone.
        ("à quoi bon", parsed("checkin_bad", 0.5, danger=0.4), "urgent"),
        ("à quoi bon", parsed("unsure", 0.5, danger=WORRY_PROBABILITY + 0.01), "high"),
        ("je veux mourir", parsed("thank"), "urgent"),
        # Another language: a person reads what the model does not understand.
        ("Добрий день, як справи?", parsed("out_of_scope"), "high"),
        ("Добрий день, як справи?", parsed("greet"), "none"),
        ("tu as vu le match hier soir ?", parsed("out_of_scope"), "none"),
    ],
)
def test_the_handoff_is_what_the_product_would_do(text, parse, handoff):
    answer = answer_of(LOADED, text, parse)
    assert answer["handoff"] == handoff
    assert answer["danger"] == (handoff == "urgent")
    assert answer["asks"] == (parse["doubt"] == "ask")
