"""`palier doctor`: what is right and what is not, one line each, with what to do."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx
from cryptography.fernet import InvalidToken
from sqlalchemy import Text, select, type_coerce
from sqlalchemy.exc import SQLAlchemyError

from bot import model, wiring
from bot.chat.gateway import Gateway
from bot.clock import Clock
from bot.dialogue import Dialogue
from bot.domain.delivery import Fault
from bot.services import left_undone
from bot.settings import Settings, SettingsRefused, load
from bot.storage import Database
from bot.storage.migrations import made_by_a_later_version, pending
from bot.storage.tables import Organisation, Person, Staff
from bot.wiring import Parts

_MOST_DRIFT_SECONDS = 30
_MOST_SHOWN = _MOST_TRIED = 20


@dataclass(frozen=True)
class Finding:
    what: str
    good: bool
    advice: str = ""

    def __str__(self) -> str:
        line = f"{'ok ' if self.good else 'NON'}  {self.what}"
        return f"{line} : {self.advice}" if self.advice else line


def examine() -> Iterator[Finding]:
    """Look at everything that a start needs, in the order in which it needs it."""
    try:
        settings = load("secret_key", "telegram_token")
    except SettingsRefused as refusal:
        for fault in str(refusal).splitlines():
            yield Finding("réglages", False, fault)
        return
    yield Finding("réglages", True)
    try:
        parts = wiring.parts(settings)
    except (OSError, ValueError, SQLAlchemyError) as error:
        yield Finding("contenu", False, f"data/content : {error}")
        return
    yield from _database(parts)
    yield _model(settings)
    yield _dialogue(settings)
    yield reads_times(settings)
    yield from _telegram(settings)


def _database(parts: Parts) -> Iterator[Finding]:
    try:
        behind = pending(parts.database.engine)
        later = made_by_a_later_version(parts.database.engine)
    except (OSError, SQLAlchemyError) as error:
        yield Finding("base", False, f"injoignable ({type(error).__name__}) : vérifiez PALIER_DATABASE_URL")
        return
    yield Finding("base", True)
    if later:
        yield Finding("schéma", False, "d'une version plus récente de Palier : installez-la")
        return
    yield Finding("schéma", not behind, "lancez `palier migrate`" if behind else "")
    if behind:
        return
    if not key_reads(parts.database):
        yield Finding("clé", False, "PALIER_SECRET_KEY n'est pas celle qui a chiffré la base")
        return
    yield Finding("clé", True)
    with parts.database.reading() as session:
        team = session.scalar(select(Staff.id).limit(1))
        organisation = session.scalar(select(Organisation.name).order_by(Organisation.id).limit(1))
    if team is None:
        advice = "personne dans l'équipe : `palier import equipe …`, puis `palier import baux …`"
        yield Finding("données", False, advice)
    else:
        yield Finding(f"données ({organisation})", True)
    yield undone(parts)


def key_reads(database: Database) -> bool:
    """Whether the key is the one that wrote: it reads one of the first names. Another may be spoiled."""
    with database.reading() as session:
        for table in (Person, Staff):
            written = select(type_coerce(table.last_name, Text())).order_by(table.id).limit(_MOST_TRIED)
            found = session.scalars(written).all()
            if found and not any(_reads(database, value) for value in found):
                return False
    return True


def _reads(database: Database, value: str) -> bool:
    try:
        database.vault.decrypt(value)
    except (InvalidToken, ValueError):
        return False
    return True


def undone(parts: Parts) -> Finding:
    """What the ticks could not do lately: tables and numbers, no name."""
    with parts.database.reading() as session:
        found = left_undone.lately(session, parts.clock.now(session), parts.house)
    if not found:
        return Finding("travail de fond", True)
    shown = [f"{one.what} {one.row}" if one.what else one.job for one in found]
    more = [f"et {len(found) - _MOST_SHOWN} de plus"] if len(found) > _MOST_SHOWN else []
    rows = ", ".join([*shown[:_MOST_SHOWN], *more])
    advice = f"laissé de côté : {rows} (« left undone » ou « tick failed » au journal, à signaler)"
    return Finding("travail de fond", False, advice)


def _model(settings: Settings) -> Finding:
    try:
        found = model.current(settings.models)
    except model.ModelMissing as missing:
        return Finding("modèle", False, str(missing))
    return Finding("modèle", found.file.exists(), "" if found.file.exists() else "lancez `palier train`")


def _dialogue(settings: Settings) -> Finding:
    addresses = settings.dialogue_addresses
    if not addresses:
        started = model.PYTHON.exists()
        advice = "" if started else "l'environnement du dialogue manque : lancez `make install`"
        return Finding("dialogue (lancé par `palier run`)", started, advice)

    async def ready() -> bool:
        secret = settings.dialogue_secret
        dialogue = Dialogue(addresses, secret.get_secret_value() if secret else "")
        try:
            return await dialogue.ready()
        finally:
            await dialogue.close()

    good = asyncio.run(ready())
    return Finding("dialogue", good, "" if good else "pas de réponse : vérifiez PALIER_DIALOGUE_URL")


def reads_times(settings: Settings) -> Finding:
    """Whether our own Duckling, or the one of the settings, reads days and amounts."""
    without = "sans lui, Palier demande le jour avec des boutons"
    url = settings.duckling_url
    if url is None:
        advice = "" if model.has_duckling() else f"Duckling n'est pas installé ici : {without}"
        return Finding("dates et montants (lancé par `palier run`)", not advice, advice)
    try:
        form = {"text": "le 12", "locale": "fr_FR", "tz": settings.timezone, "dims": '["time"]'}
        answer = httpx.post(f"{url}/parse", data=form, timeout=5, trust_env=False)
        good = answer.is_success and bool(answer.json())
    except (httpx.HTTPError, ValueError):
        good = False
    advice = "" if good else f"pas de réponse : vérifiez PALIER_DUCKLING_URL ({without})"
    return Finding("dates et montants", good, advice)


def _telegram(settings: Settings) -> Iterator[Finding]:
    token = settings.telegram_token.get_secret_value() if settings.telegram_token else ""

    async def who() -> str:
        async with Gateway(token, settings.telegram_api) as gateway:
            return str(gateway.bot.username)

    try:
        username = asyncio.run(who())
    except Fault as fault:
        yield Finding("Telegram", False, f"{fault} : vérifiez PALIER_TELEGRAM_TOKEN et le réseau")
        return
    yield Finding(f"Telegram (@{username})", True)
    yield _clock(settings)


def _clock(settings: Settings) -> Finding:
    """The machine's clock against Telegram's, by the date of an HTTP answer."""
    started = time.monotonic()
    try:
        answer = httpx.get(settings.telegram_api, timeout=5, trust_env=False)
        theirs = parsedate_to_datetime(answer.headers["date"])
    except (httpx.HTTPError, KeyError, ValueError):
        return Finding("horloge", True, "non comparée : le serveur ne donne pas l'heure")
    drift = abs((Clock.real() - theirs).total_seconds()) - (time.monotonic() - started)
    good = drift < _MOST_DRIFT_SECONDS
    return Finding("horloge", good, "" if good else f"{drift:.0f} s d'écart : réglez l'heure (NTP)")
