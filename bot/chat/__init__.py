"""Telegram, and the only place that knows it: updates in, the sending gateway out."""

import os

# PTB's coming form of `RetryAfter.retry_after`, a timedelta; without it each one warns.
os.environ.setdefault("PTB_TIMEDELTA", "1")
