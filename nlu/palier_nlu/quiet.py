"""Rasa without its noise: no telemetry, no chatter, and never a tenant's words in a log.

`hush` must run before Rasa is imported.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings


class PlaceOnly(logging.Formatter):
    """Where and how badly, never what: Rasa's messages and exceptions quote what people write."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; the text of the record only when it is ours."""
        if record.name.startswith("palier_nlu"):
            return f"{record.levelname} {record.name}: {record.getMessage()}"
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        return f"{record.levelname} {record.name}:{record.lineno} {error}".rstrip()


def hush() -> None:
    """Set the environment and the logs of this process."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # TensorFlow imports it when it is there, for conversions that nobody here makes: 64 MB, 0.8 s.
    sys.modules.setdefault("jax", None)  # type: ignore[arg-type]
    os.environ.update(RASA_TELEMETRY_ENABLED="false", CUDA_VISIBLE_DEVICES="-1")
    # Rasa and its libraries set the filters again when they are imported; nobody can act on what they say.
    warnings.showwarning = lambda *_, **__: None
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(PlaceOnly())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    _hush_structlog()


def _hush_structlog() -> None:
    """Rasa's structured logs say nothing that the plain ones do not, and quote texts at every level."""
    import structlog

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
