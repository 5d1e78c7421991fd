"""Lists in pages: a cursor says after which row the next one begins, whatever was added meanwhile."""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field
from sqlalchemy import Select, and_, or_
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.api.problems import Refused

Row = TypeVar("Row")
Item = TypeVar("Item", bound=BaseModel)

_UNREADABLE = "Le curseur n’est pas lisible : reprenez celui de « next », ou repartez du début."

Cursor = Annotated[str | None, Query(max_length=200, description="Le « next » de la page d’avant.")]
Limit = Annotated[int, Query(ge=1, le=200, description="Lignes par page.")]


class Page(BaseModel, Generic[Item]):
    """Une page ; « next » est vide à la dernière."""

    items: list[Item]
    next: str | None = Field(description="À redonner dans « cursor » pour la page suivante.")


def read(
    session: Session,
    query: Select[Row],
    cursor: str | None,
    limit: int,
    *keys: InstrumentedAttribute[Any],
) -> tuple[Sequence[Row], str | None]:
    """The rows after the cursor in the order of `keys` (the last one unique), and the next cursor.

    Raises Refused (422) when the cursor is not one of ours.
    """
    if cursor is not None:
        query = query.where(_after(keys, _decoded(cursor, keys)))
    found = session.scalars(query.order_by(*keys).limit(limit + 1)).all()
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    return found[:limit], _encoded([getattr(last, key.key) for key in keys])


def _after(keys: Sequence[InstrumentedAttribute[Any]], values: list[Any]) -> Any:
    """(a, b) > (x, y), in words that both databases use an index for."""
    head, *rest = keys
    if not rest:
        return head > values[0]
    return and_(head >= values[0], or_(head > values[0], _after(rest, values[1:])))


def _encoded(values: list[Any]) -> str:
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def _decoded(cursor: str, keys: Sequence[InstrumentedAttribute[Any]]) -> list[Any]:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        plain = json.loads(base64.urlsafe_b64decode(padded))
        return [_value(key, value) for key, value in zip(keys, plain, strict=True)]
    except (ValueError, TypeError, binascii.Error) as error:
        raise Refused(422, _UNREADABLE) from error


def _value(key: InstrumentedAttribute[Any], value: object) -> object:
    if key.type.python_type is datetime or "DateTime" in type(key.type).__name__:
        at = datetime.fromisoformat(str(value))
        if at.tzinfo is None:
            raise ValueError("an instant without its offset")
        return at
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
        raise ValueError("not a number of ours")
    return value
