"""Reading the parameters of a Bot API call, however they were sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from bot.standin.errors import ApiError, bad_request

TRUE = frozenset({"true", "True", "1", "yes"})


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with the call."""

    name: str
    mime_type: str
    content: bytes


class Params(dict[str, Any]):
    """The parameters by name: text as it came, JSON values decoded when asked for, uploads as `Upload`."""

    def text(self, name: str) -> str:
        """A text, empty when absent."""
        value = self.get(name)
        return "" if value is None else value if isinstance(value, str) else str(value)

    def number(self, name: str, default: int | None = None) -> int | None:
        """A whole number, `default` when absent or wrong, as Telegram does for optional numbers."""
        try:
            return int(self[name])
        except (KeyError, TypeError, ValueError):
            return default

    def real(self, name: str) -> float | None:
        """A decimal number, None when absent or wrong."""
        try:
            return float(self[name])
        except (KeyError, TypeError, ValueError):
            return None

    def flag(self, name: str) -> bool:
        """A yes or no, no when absent."""
        value = self.get(name)
        return value if isinstance(value, bool) else str(value) in TRUE

    def decoded(self, name: str) -> Any:
        """A value that form encoding carries as JSON text, None when absent or empty."""
        value = self.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None

    def shown(self) -> dict[str, Any]:
        """The parameters for the journal: JSON decoded, uploads by name and size."""
        return {name: _shown(value) for name, value in self.items()}


async def read_params(request: Request) -> Params:
    """Query, form, multipart and JSON, the body winning over the query."""
    query = request.scope.get("query_string", b"")
    params = Params(parse_qsl(query.decode("latin-1"), keep_blank_values=True)) if query else Params()
    if request.method != "POST":
        return params
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        await _read_multipart(request, params)
        return params
    body = await request.body()
    if not body:
        return params
    if kind == "application/json":
        params.update(_json_object(body))
    else:
        params.update(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return params


async def _read_multipart(request: Request, params: Params) -> None:
    async with request.form(max_part_size=60 * 1024 * 1024) as form:
        for name, value in form.multi_items():
            if isinstance(value, str):
                params[name] = value
            else:
                params[name] = Upload(
                    value.filename or name,
                    value.content_type or "application/octet-stream",
                    await value.read(),
                )


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        values = json.loads(body)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise ApiError(400, "Bad Request: can't parse JSON object")
    return values


def _shown(value: Any) -> Any:
    if isinstance(value, Upload):
        return {"file_name": value.name, "size": len(value.content)}
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
