"""Sending an e-mail, whatever carries it."""

from typing import Protocol


class MailNotSent(Exception):
    """The e-mail did not leave; the message says why, without an address."""


class Mailer(Protocol):
    def send(self, to: str, subject: str, words: str) -> None:
        """Send plain words to one address. Raises MailNotSent."""
