"""E-mails, by the SMTP server of the settings: to the team only, and only to log in."""

import smtplib
import ssl
from email.errors import MessageError
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from bot.domain.mail import Mailer, MailNotSent
from bot.settings import Settings

_SECONDS = 10
_PORTS = {"smtp": 587, "smtps": 465}
_HERE = ("localhost", "127.0.0.1", "::1")


class SmtpMailer:
    """Speaks to the server of an address such as smtp://name:password@host:587 (STARTTLS, always, unless
    the server is this machine) or smtps://name:password@host:465."""

    def __init__(self, url: str, sender: str) -> None:
        self._url, self._sender = urlsplit(url), sender

    def send(self, to: str, subject: str, words: str) -> None:
        try:
            message = EmailMessage()
            message["From"], message["To"], message["Subject"] = self._sender, to, subject
            message["Auto-Submitted"] = "auto-generated"
            message.set_content(words)
            with self._connected() as server:
                server.send_message(message)
        except (OSError, smtplib.SMTPException, MessageError, ValueError) as error:
            raise MailNotSent(type(error).__name__) from error

    def _connected(self) -> smtplib.SMTP:
        url, host = self._url, self._url.hostname or ""
        port = url.port or _PORTS[url.scheme]
        context = ssl.create_default_context()
        if url.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=_SECONDS, context=context)
        else:
            server = smtplib.SMTP(host, port, timeout=_SECONDS)
            if host not in _HERE:
                server.starttls(context=context)
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        return server


def mailer(settings: Settings) -> Mailer | None:
    """None when no server is set: then the team logs in from Telegram alone."""
    if settings.smtp_url is None or settings.mail_from is None:
        return None
    return SmtpMailer(settings.smtp_url.get_secret_value(), settings.mail_from)
