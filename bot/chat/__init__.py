"""Telegram, and the only place that knows it: updates in, the sending gateway out."""
