"""What the routes share: the wiring, and the visit of a program that holds a token."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from fastapi import Request
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.api.limits import Limiter
from bot.api.problems import NotAuthenticated, Refused
from bot.clock import Clock
from bot.domain import rights
from bot.services import access, api_tokens
from bot.services.house import House
from bot.storage import Database
from bot.storage.tables import ApiAnswer, ApiToken, Staff

Made = TypeVar("Made", bound=BaseModel)

_BEARER = "bearer "
_ANSWER_LIFE = timedelta(hours=24)


@dataclass(frozen=True)
class Visit:
    """A request inside its transaction. `staff` is the token's member, or a reader that is nobody."""

    session: Session
    now: datetime
    house: House
    token: ApiToken
    staff: Staff

    @property
    def organisation_id(self) -> int:
        return self.token.organisation_id

    @property
    def today(self) -> date:
        return self.now.astimezone(self.house.zone).date()

    def member(self) -> Staff:
        """Who signs the act. Raises Refused when the token is nobody's."""
        if self.token.staff is None:
            raise Refused(403, self.house.texts.say("api.refused.nobody"))
        return self.token.staff

    def once(
        self,
        request: Request,
        key: str | None,
        body: BaseModel | None,
        shape: type[Made],
        act: Callable[[], Made],
    ) -> Made:
        """Create by `act`; asked again under the same key within 24 hours, the first answer comes back.

        Raises Refused: 422 when the key was used for another request, 409 when its answer was erased since.
        """
        asked = body.model_dump_json().encode() if body else b""
        answer = self.answered(request, key, asked, shape)
        if answer is None:
            answer = act()
            self.keep(request, key, asked, answer)
        return answer

    def answered(self, request: Request, key: str | None, asked: bytes, shape: type[Made]) -> Made | None:
        """What was answered under that key to the same request; None when nothing was. Raises as `once`."""
        kept = None if key is None else self._kept(key)
        if kept is None:
            return None
        if kept.fingerprint != _fingerprint(request, asked):
            raise Refused(422, self.house.texts.say("api.refused.other_request"))
        if not kept.body:
            raise Refused(409, self.house.texts.say("api.refused.erased"))
        return shape.model_validate(kept.body)

    def keep(self, request: Request, key: str | None, asked: bytes, answer: BaseModel) -> None:
        """Remember the answer under that key. Raises Refused (409) when the same request is answered at this
        very instant: all is undone."""
        if key is None:
            return
        kept = ApiAnswer(
            organisation_id=self.organisation_id,
            token_id=self.token.id,
            key=key,
            fingerprint=_fingerprint(request, asked),
            expires_at=self.now + _ANSWER_LIFE,
            body=answer.model_dump(mode="json"),
        )
        self.session.add(kept)
        try:
            self.session.flush()
        except IntegrityError as error:
            raise Refused(409, self.house.texts.say("api.refused.twice")) from error

    def _kept(self, key: str) -> ApiAnswer | None:
        found = self.session.scalar(select(ApiAnswer).filter_by(token_id=self.token.id, key=key))
        if found is not None and found.expires_at <= self.now:
            self.session.delete(found)
            self.session.flush()
            return None
        return found


@dataclass(frozen=True)
class Api:
    database: Database
    clock: Clock
    house: House
    limiter: Limiter

    def enter(self, request: Request) -> None:
        """Before anything of the request is read: its token, its pace, the right of its route.

        Raises NotAuthenticated, Refused (429), CaseRefused.
        """
        with self.database.reading() as session:
            token = self._token(session, self.clock.now(session), request)
            self.limiter.count(token.id)
            access.require(_reader(token), rights.of_api(request.method, request.scope["route"].path))
            request.state.token_id = token.id

    @contextmanager
    def visit(self, request: Request, *, reading: bool = False) -> Iterator[Visit]:
        """The transaction of a request that was let in; the block's exception rolls it back."""
        opened = self.database.reading() if reading else self.database.transaction()
        with opened as session:
            token = session.get_one(ApiToken, request.state.token_id)
            yield Visit(session, self.clock.now(session), self.house, token, _reader(token))

    def _token(self, session: Session, now: datetime, request: Request) -> ApiToken:
        given = request.headers.get("authorization", "")
        if not given.lower().startswith(_BEARER):
            raise NotAuthenticated
        token = api_tokens.find(session, now, self.house, given[len(_BEARER) :].strip())
        if token is None:
            raise NotAuthenticated
        return token


def _fingerprint(request: Request, body: bytes) -> str:
    """Of what is asked: the same key for something else is a mistake."""
    # Without a question mark where nothing follows it: answers that are kept were named so.
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return hashlib.sha256(f"{request.method} {target} ".encode() + body).hexdigest()


def _reader(token: ApiToken) -> Staff:
    return token.staff or access.nobody(token.organisation_id, token.role, f"Jeton n° {token.id}")
