"""Duckling in its processes: what it answers, and what becomes of a text that it can't bear."""

import subprocess
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest
from palier_fr.times import EngineDown, read
from palier_nlu.duckling.engine import Server, Worker

from bot.children import free_port
from tests.nlu.project import PYTHON

pytestmark = pytest.mark.slow

MONDAY = datetime.fromisoformat("2026-11-23T10:00:00+01:00")
# Duckling itself needs hours for this one: nobody waits for it.
TOO_LONG = " ".join(str(number) for number in range(300))
DAY = {"type": "value", "value": "2026-12-12T00:00:00.000+01:00", "grain": "day"}


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    worker = Worker(str(PYTHON))
    yield worker
    worker.close()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    port = free_port()
    command = [str(PYTHON), "-m", "palier_nlu.duckling.serve", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield f"http://127.0.0.1:{port}"
        process.terminate()
        assert process.wait(10) == 0


def value_of(found: list[dict[str, Any]]) -> dict[str, Any]:
    (one,) = found
    return {name: one["value"][name] for name in DAY}


def test_a_text_that_kills_the_worker_is_forgotten_by_the_next(worker: Worker) -> None:
    assert value_of(worker("le 12", MONDAY, "Europe/Paris")) == DAY
    with pytest.raises(EngineDown):
        worker(TOO_LONG, MONDAY, "Europe/Paris")
    assert value_of(worker("le 12", MONDAY, "Europe/Paris")) == DAY
    assert value_of(worker("\0 le 12 \ud800", MONDAY, "Europe/Paris")) == DAY


def test_an_environment_without_duckling_says_so() -> None:
    with pytest.raises(EngineDown):
        Worker("/bin/false").start()


def test_the_server_speaks_the_http_of_duckling(address: str) -> None:
    form = {"locale": "fr_FR", "tz": "Europe/Paris", "reftime": "1795424400000"}
    answer = httpx.post(f"{address}/parse", data=form | {"text": "le 12", "dims": '["time"]'})
    (found,) = answer.json()
    assert (found["dim"], found["start"], found["end"], found["body"]) == ("time", 0, 5, "le 12")
    (found,) = httpx.post(f"{address}/parse", data=form | {"text": "neuf pounds"}).json()
    assert found["value"] == {"type": "value", "value": 9, "unit": "£"}
    assert httpx.get(address).text == "quack!"


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({}, 400),
        ({"text": "le 12", "dims": "{"}, 400),
        ({"text": "le 12", "reftime": "demain"}, 400),
        ({"text": "x" * 601}, 413),
        ({"text": "x" * 20_000}, 413),
        ({"text": " ".join(["le 5 janvier"] * 20), "locale": "fr_FR"}, 503),
    ],
)
def test_the_server_refuses_clearly(address: str, form: dict[str, str], status: int) -> None:
    assert httpx.post(f"{address}/parse", data=form).status_code == status
    assert httpx.get(f"{address}/").status_code == 200


def test_any_server_is_asked_in_the_same_way(address: str) -> None:
    server = Server(f"{address}/")
    (entity,) = read("je paie le 12", MONDAY, "Europe/Paris", server)
    assert entity["value"] == DAY
    nowhere = Server(f"http://127.0.0.1:{free_port()}")
    assert read("je paie le 12", MONDAY, "Europe/Paris", nowhere) == []
