"""The log: ids and places, never a word of a talk, a name, or the values of an exception."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from sqlalchemy.exc import IntegrityError

from bot import logs
from bot.storage import Database
from bot.storage.tables import Person

SECRET = "je ne pourrai pas payer"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """The log's set-up holds for a whole process: here for one test."""
    yield
    structlog.reset_defaults()
    for noisy in ("httpx", "httpcore", "telegram", "apscheduler"):
        logging.getLogger(noisy).setLevel(logging.NOTSET)


def log() -> Any:
    """A logger set up as a process does it, on the standard error of this very test."""
    logs.set_up()
    return structlog.get_logger("x")


def written(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    (line,) = capsys.readouterr().err.splitlines()
    return dict(json.loads(line))


@pytest.mark.parametrize(
    "field",
    ["text", "words", "name", "first_name", "last_name", "phone", "email", "address", "raw", "token"],
)
def test_a_personal_field_is_blanked_whoever_adds_it(capsys: pytest.CaptureFixture[str], field: str) -> None:
    log().warning("something", inbox=12, **{field: SECRET})
    event = written(capsys)
    assert SECRET not in str(event)
    assert (event["event"], event["inbox"], event["level"]) == ("something", 12, "warning")


def test_an_exception_tells_where_and_not_what(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise ValueError(SECRET)
    except ValueError:
        log().exception("failed", tick="rent.plan")
    event = written(capsys)
    assert SECRET not in str(event)
    assert event["fault"] == "ValueError"
    (place,) = event["at"]  # type: ignore[misc]
    assert str(place).startswith("test_logs.py:")


def test_a_database_error_repeats_no_value(capsys: pytest.CaptureFixture[str], database: Database) -> None:
    try:
        with database.transaction() as session:
            for _ in range(2):
                session.add(Person(organisation_id=1, reference=SECRET, last_name=SECRET, profiles=[]))
                session.flush()
    except IntegrityError:
        log().exception("failed")
    event = written(capsys)
    assert event["fault"] == "IntegrityError"
    assert SECRET not in str(event)


def test_debug_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    log().debug("noise")
    logging.getLogger("httpx").info("HTTP Request: POST https://api.telegram.org/bot1:SECRET/getMe")
    assert capsys.readouterr().err == ""
