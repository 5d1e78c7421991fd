"""Our hand-written messages, read by Duckling and the French layer."""

from collections.abc import Iterator

import pytest
from palier_nlu.duckling import corpus
from palier_nlu.duckling.engine import Worker
from palier_nlu.duckling.measure import figures, reading_of

from tests.nlu.project import PYTHON, ROOT

pytestmark = pytest.mark.slow

FOLDER = ROOT / corpus.FOLDER


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    worker = Worker(str(PYTHON))
    yield worker
    worker.close()


def test_every_value_of_every_message_is_exact(worker: Worker) -> None:
    readings = [reading_of(row, worker) for row in corpus.messages(FOLDER)]
    assert len(readings) >= 150
    assert [(reading.text, reading.missed) for reading in readings if reading.missed] == []


def test_no_time_or_amount_is_read_where_there_is_none(worker: Worker) -> None:
    readings = [reading_of(row, worker) for row in corpus.sentences_without(FOLDER)]
    assert len(readings) >= 100
    assert [(reading.text, reading.false) for reading in readings if reading.false] == []


def test_the_figures_count_what_is_missed_and_what_is_too_much(worker: Worker) -> None:
    row = {"text": "le 5", "ref": corpus.MOMENT, "tz": "Europe/Paris"}
    fifth = {"type": "value", "value": "2026-12-05T00:00:00.000+01:00", "grain": "day"}
    sixth = fifth | {"value": "2026-12-06T00:00:00.000+01:00"}
    place = {"dim": "time", "start": 0, "end": 4}
    found = figures(
        [
            reading_of(row | {"gold": [place | {"values": [fifth]}]}, worker),
            reading_of(row | {"gold": [place | {"values": [sixth]}]}, worker),
            reading_of(row, worker),
        ]
    )
    assert (found["values"], found["values_exact"]) == (2, 1)
    assert (found["messages"], found["messages_all_exact"]) == (2, 1)
    assert (found["sentences_without"], found["sentences_misread"]) == (1, 1)
