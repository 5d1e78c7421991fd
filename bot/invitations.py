"""`palier invite`: one-time links, as text, CSV, or a letter to print."""

import asyncio
import csv
import io
from dataclasses import dataclass

import segno
from jinja2 import Environment, PackageLoader
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import wiring
from bot.chat.gateway import Gateway
from bot.services import linking
from bot.settings import Settings, SettingsRefused, load
from bot.storage.tables import Organisation, Person, Staff
from bot.texts import format as say

FORMATS = ("texte", "csv", "lettre")


@dataclass(frozen=True)
class Invited:
    """`expires` in words."""

    reference: str
    name: str
    link: str
    organisation: str
    expires: str

    @property
    def qr(self) -> str:
        """The link as an SVG picture, to put in a page."""
        return str(segno.make(self.link, error="m").svg_inline(scale=4))


def invitations(references: list[str], format: str, organisation: str | None) -> str:
    """Make the invitations and lay them out. Raises SettingsRefused when a reference is unknown."""
    parts = wiring.parts(load("secret_key", "telegram_token"))
    username = asyncio.run(_username(parts.settings))
    with parts.database.transaction() as session:
        now = parts.clock.now(session)
        expires = (now + parts.house.content.invitation_life).astimezone(parts.house.zone).date()
        guests = [(reference, *_guest(session, reference, organisation)) for reference in references]
        invited = [
            Invited(
                reference,
                guest.display_name,
                f"https://t.me/{username}?start={linking.invite(session, now, parts.house, guest)}",
                landlord.name,
                say.day_with_year(expires),
            )
            for reference, guest, landlord in guests
        ]
    return _laid_out(invited, format)


def _guest(session: Session, reference: str, organisation: str | None) -> tuple[Person | Staff, Organisation]:
    found: list[Person | Staff] = [
        *session.scalars(select(Person).filter_by(reference=reference)),
        *session.scalars(select(Staff).filter_by(reference=reference)),
    ]
    owned = [(guest, session.get_one(Organisation, guest.organisation_id)) for guest in found]
    chosen = [pair for pair in owned if organisation in (None, pair[1].reference)]
    if not chosen:
        raise SettingsRefused(f"{reference} : ni un locataire, ni un membre de l'équipe")
    if len(chosen) > 1:
        raise SettingsRefused(f"{reference} existe plusieurs fois : donnez --organisation")
    return chosen[0]


async def _username(settings: Settings) -> str:
    token = settings.telegram_token.get_secret_value() if settings.telegram_token else ""
    async with Gateway(token, settings.telegram_api) as gateway:
        return str(gateway.bot.username)


def _laid_out(invited: list[Invited], format: str) -> str:
    if format == "csv":
        file = io.StringIO()
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        writer.writerow(["reference", "nom", "lien"])
        writer.writerows([_harmless(guest.reference), _harmless(guest.name), guest.link] for guest in invited)
        return file.getvalue().rstrip("\n")
    if format == "lettre":
        pages = Environment(loader=PackageLoader("bot", "texts/letters"), autoescape=True)
        return pages.get_template("invitation.html").render(invited=invited)
    return "\n".join(f"{guest.reference} : {guest.link}" for guest in invited)


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet does not take for a formula."""
    return f"'{cell}" if cell[:1] in "=+-@\t" else cell
