"""Structured logs: one JSON line an event on stderr, ids only, never a word of a talk nor a name."""

import logging
import sys
from pathlib import Path

import structlog

# The folder of our own code.
_OURS = str(Path(__file__).parent)
# What must never be a field of a log line, whoever adds it.
_PERSONAL = {"text", "words", "name", "first_name", "last_name", "phone", "email", "address", "raw", "token"}


def set_up() -> None:
    """Configure structlog and the libraries' loggers for this process."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s: %(message)s")
    # httpx logs whole addresses at INFO, and Telegram's hold the token.
    for noisy in ("httpx", "httpcore", "telegram", "apscheduler"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_personal_data,
            _fault_without_values,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _without_personal_data(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    for field in _PERSONAL & event.keys():
        event[field] = "…"
    return event


def _fault_without_values(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Where an exception came from, without its message: a database error repeats the row's values."""
    if event.pop("exc_info", None):
        kind, error, trace = sys.exc_info()
        ours, all_of_them = [], []
        while trace is not None:
            code = trace.tb_frame.f_code
            place = f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}"
            all_of_them.append(place)
            if code.co_filename.startswith(_OURS):
                ours.append(place)
            trace = trace.tb_next
        event["fault"] = kind.__name__ if kind else type(error).__name__
        # Where we were says more than where SQLAlchemy was.
        event["at"] = (ours or all_of_them)[-6:]
    return event
