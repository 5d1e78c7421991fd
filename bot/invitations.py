"""`palier invite`: one-time links, as text, CSV, or a letter to print."""

import csv
import io
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import wiring
from bot.chat.gateway import username
from bot.services import linking
from bot.settings import SettingsRefused, load
from bot.storage.tables import Organisation, Person, Staff
from bot.texts import format as say
from bot.texts.letter import Letter

FORMATS = ("texte", "csv", "lettre")


@dataclass(frozen=True)
class Invited:
    reference: str
    letter: Letter


def invitations(references: list[str], format: str, organisation: str | None) -> bytes:
    """Make the invitations and lay them out: a PDF for `lettre`, else text in UTF-8.

    Raises SettingsRefused when a reference is unknown.
    """
    parts = wiring.parts(load("secret_key", "telegram_token"))
    token = parts.settings.telegram_token
    bot = username(token.get_secret_value() if token else "", parts.settings.telegram_api)
    with parts.database.transaction() as session:
        now = parts.clock.now(session)
        invited = [
            Invited(reference, linking.letter(session, now, parts.house, bot, guest))
            for reference, guest in [(each, _guest(session, each, organisation)) for each in references]
        ]
    return _laid_out(invited, format)


def _guest(session: Session, reference: str, organisation: str | None) -> Person | Staff:
    found: list[Person | Staff] = [
        *session.scalars(select(Person).filter_by(reference=reference)),
        *session.scalars(select(Staff).filter_by(reference=reference)),
    ]
    chosen = [
        guest
        for guest in found
        if organisation in (None, session.get_one(Organisation, guest.organisation_id).reference)
    ]
    if not chosen:
        raise SettingsRefused(f"{reference} : ni un locataire, ni un membre de l'équipe")
    if len(chosen) > 1:
        raise SettingsRefused(f"{reference} existe plusieurs fois : donnez --organisation")
    return chosen[0]


def _laid_out(invited: list[Invited], format: str) -> bytes:
    if format == "csv":
        file = io.StringIO()
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        writer.writerow(["reference", "nom", "lien"])
        writer.writerows(
            [say.harmless(guest.reference), say.harmless(guest.letter.name), guest.letter.link]
            for guest in invited
        )
        return file.getvalue().encode()
    if format == "lettre":
        from bot.texts.letters import letters_pdf

        return letters_pdf([guest.letter for guest in invited])
    return "".join(f"{guest.reference} : {guest.letter.link}\n" for guest in invited).encode()
