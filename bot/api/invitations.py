"""Invitations given to programs: asked for again under the same key, the same links come back.

A link is a secret of which only the fingerprint is kept. What is kept of the answer is a seed: the codes are
made of it and of the installation's key, again at each request.
"""

from collections.abc import Sequence

from fastapi import Request
from pydantic import BaseModel
from sqlalchemy.exc import NoResultFound

from bot.api.desk import Visit
from bot.api.problems import Refused
from bot.services import linking
from bot.storage.secrets import new_code
from bot.storage.tables import Person, Staff
from bot.texts.letter import Letter


class _Given(BaseModel):
    seed: str


def given(
    visit: Visit,
    request: Request,
    key: str | None,
    body: BaseModel | None,
    bot: str,
    guests: Sequence[Person | Staff],
) -> list[Letter]:
    """A letter each, with a link of its own to the bot of that username. Raises Refused as `Visit.once`, and
    409 when one of the invitations that were given under the key is no more."""

    def code(answer: _Given, guest: Person | Staff) -> str:
        return visit.house.vault.code(f"{answer.seed}/{guest.__tablename__}/{guest.id}")

    def invite() -> _Given:
        answer = _Given(seed=new_code())
        for guest in guests:
            linking.invite(visit.session, visit.now, visit.house, guest, code(answer, guest))
        return answer

    answer = visit.once(request, key, body, _Given, invite)
    try:
        return [
            linking.letter_with(visit.session, visit.house, bot, guest, code(answer, guest))
            for guest in guests
        ]
    except NoResultFound as gone:
        raise Refused(409, visit.house.texts.say("api.refused.gone")) from gone
