"""The control API: people, chats, faults, journal and clock, as JSON under `/control/`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.standin import acts
from bot.standin.errors import ControlError
from bot.standin.limits import Limits
from bot.standin.state import Raw, User, World
from bot.standin.view import chat_view, user_view

MAX_WAIT = 60.0
SHOWN_INLINE = frozenset({"image/png", "image/jpeg", "audio/ogg"})
Handler = Callable[[World, Request], Awaitable[Any]]


def control_routes(world: World) -> list[Route]:
    """Every route under `/control/`."""
    return [
        Route(f"/control{path}", _endpoint(world, handler), methods=[verb]) for verb, path, handler in _ROUTES
    ]


def _endpoint(world: World, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Turns a handler into an endpoint: same-origin pages and programs only, refusals as JSON."""

    async def endpoint(request: Request) -> Response:
        origin = request.headers.get("origin")
        # A page of another site must not drive the stand-in through the visitor's browser.
        if origin is not None and origin.partition("://")[2] != request.headers.get("host"):
            return JSONResponse({"error": "another origin"}, 403)
        try:
            result = await handler(world, request)
        except ControlError as error:
            return JSONResponse({"error": str(error)}, error.status)
        return result if isinstance(result, Response) else JSONResponse(result)

    return endpoint


async def _body(request: Request) -> Any:
    content = await request.body()
    try:
        return json.loads(content) if content else {}
    except ValueError:
        raise ControlError("the body is not JSON") from None


async def _object(request: Request) -> Raw:
    body = await _body(request)
    if not isinstance(body, dict):
        raise ControlError("the body is a JSON object")
    return body


def _number(request: Request, name: str, default: float = 0) -> float:
    try:
        return float(request.query_params.get(name, default))
    except ValueError:
        raise ControlError(f"{name} is a number") from None


def _chat_id(request: Request) -> int:
    """Starlette's own converter knows no negative numbers, which groups have."""
    try:
        return int(request.path_params["chat_id"])
    except ValueError:
        raise ControlError("no such chat", 404) from None


def _user(world: World, request: Request) -> User:
    return acts.user_of(world, request.path_params["user_id"])


async def _state(world: World, request: Request) -> Raw:
    return {
        "bot": world.bot,
        "title": world.title,
        "panel_url": world.panel_url,
        "clock_offset": world.clock_offset,
        "revision": world.revision,
        "webhook": {key: value for key, value in world.webhook.items() if key != "secret"},
        "commands": next((value for key, value in world.profile.items() if key.startswith("commands/")), []),
        "pending": len(world.updates.pending),
    }


async def _reset(world: World, request: Request) -> Raw:
    world.reset()
    return {"revision": world.revision}


async def _list_users(world: World, request: Request) -> list[Raw]:
    return [user_view(world, user) for user in world.users.values()]


async def _put_users(world: World, request: Request) -> Any:
    body = await _body(request)
    if isinstance(body, list):
        return [user_view(world, acts.put_user(world, item)) for item in body]
    return user_view(world, acts.put_user(world, body))


async def _put_chat(world: World, request: Request) -> Raw:
    return acts.put_chat(world, await _body(request)).raw


async def _write(world: World, request: Request) -> Raw:
    return acts.write(world, _user(world, request), await _object(request))


async def _edit(world: World, request: Request) -> Raw:
    return acts.edit(world, _user(world, request), await _object(request))


async def _press(world: World, request: Request) -> Raw:
    return acts.press(world, _user(world, request), await _object(request))


async def _block(world: World, request: Request) -> Raw:
    return acts.set_blocked(world, _user(world, request), True)


async def _unblock(world: World, request: Request) -> Raw:
    return acts.set_blocked(world, _user(world, request), False)


async def _deactivate(world: World, request: Request) -> Raw:
    _user(world, request).deactivated = True
    world.announce({"kind": "users"})
    return {"revision": world.revision}


async def _read_chat(world: World, request: Request) -> Raw:
    """What is newer than `after`, waiting up to `timeout` seconds for it."""
    chat_id = _chat_id(request)
    after = int(_number(request, "after"))
    timeout = min(MAX_WAIT, _number(request, "timeout"))
    if timeout > 0:
        await world.wait_for_change(chat_id, after, timeout)
    chat = world.chats.get(chat_id)
    if chat is None and chat_id in world.users:
        chat = world.chat_of(world.users[chat_id])
    if chat is None:
        raise ControlError(f"no chat {chat_id}", 404)
    return chat_view(world, chat, after)


async def _read_file(world: World, request: Request) -> Response:
    file = world.files.get(request.path_params["file_id"])
    if file is None:
        raise ControlError("no such file", 404)
    inline = file.mime_type in SHOWN_INLINE
    disposition = f"{'inline' if inline else 'attachment'}; filename*=UTF-8''{quote(file.name)}"
    headers = {"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"}
    return Response(file.content, 200, headers, file.mime_type if inline else "application/octet-stream")


async def _list_updates(world: World, request: Request) -> list[Raw]:
    after = int(_number(request, "after"))
    return [record.as_dict() for record in world.updates.history if record.update_id > after]


async def _add_update(world: World, request: Request) -> Raw:
    return {"update_id": world.updates.add_raw(await _object(request))}


async def _duplicate(world: World, request: Request) -> Raw:
    world.updates.duplicate(request.path_params["update_id"])
    return {"update_id": request.path_params["update_id"]}


async def _hold(world: World, request: Request) -> Raw:
    world.updates.hold()
    return {}


async def _release(world: World, request: Request) -> Raw:
    order = (await _object(request)).get("order")
    if order is not None and not isinstance(order, list):
        raise ControlError("the order is a list of update numbers")
    return {"order": world.updates.release(order)}


async def _list_faults(world: World, request: Request) -> list[Raw]:
    return [rule.as_dict() for rule in world.faults.rules]


async def _add_faults(world: World, request: Request) -> list[Raw]:
    return [rule.as_dict() for rule in world.faults.add(await _body(request))]


async def _clear_faults(world: World, request: Request) -> Raw:
    world.faults.clear()
    return {}


async def _journal(world: World, request: Request) -> Raw:
    query = request.query_params
    chat_id = int(_number(request, "chat_id")) if "chat_id" in query else None
    limit = int(_number(request, "limit")) if "limit" in query else None
    calls = world.journal.select(query.get("method"), chat_id, int(_number(request, "after")), limit)
    updates = [
        {key: value for key, value in record.as_dict().items() if key != "update"}
        for record in world.updates.history
    ]
    return {"calls": [call.as_dict() for call in calls], "updates": updates}


async def _clear_journal(world: World, request: Request) -> Raw:
    world.journal.clear()
    world.updates.history.clear()
    return {}


async def _resize_journal(world: World, request: Request) -> Raw:
    length = (await _object(request)).get("length")
    if not isinstance(length, int) or length < 0:
        raise ControlError("the length is a whole number")
    world.journal.resize(length)
    return {"length": length}


async def _set_clock(world: World, request: Request) -> Raw:
    offset = (await _object(request)).get("offset")
    if isinstance(offset, bool) or not isinstance(offset, int | float):
        raise ControlError("the offset is a number of seconds")
    world.clock_offset = float(offset)
    world.announce({"kind": "clock", "offset": world.clock_offset})
    return {"offset": world.clock_offset}


async def _set_limits(world: World, request: Request) -> Raw:
    body = await _object(request)
    names = ("overall", "per_chat", "burst")
    if set(body) - set(names) or not all(isinstance(value, int | float) for value in body.values()):
        raise ControlError(f"limits are numbers: {', '.join(names)}")
    current = world.limiter.limits
    values = {name: body.get(name, getattr(current, name)) for name in names}
    world.limiter.limits = Limits(values["overall"], values["per_chat"], int(values["burst"]))
    world.limiter.reset()
    return values


async def _events(world: World, request: Request) -> Response:
    headers = {"Cache-Control": "no-store"}
    return StreamingResponse(_event_lines(world), 200, headers, "text/event-stream")


async def _event_lines(world: World) -> AsyncIterator[str]:
    queue: asyncio.Queue[Raw | None] = asyncio.Queue()
    world.listeners.add(queue)
    try:
        yield f"data: {json.dumps({'kind': 'hello', 'revision': world.revision})}\n\n"
        while not world.closing.is_set():
            event = await queue.get()
            if event is None:
                return
            yield f"data: {json.dumps(event)}\n\n"
    finally:
        world.listeners.discard(queue)


_ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "/state", _state),
    ("POST", "/reset", _reset),
    ("GET", "/users", _list_users),
    ("POST", "/users", _put_users),
    ("POST", "/chats", _put_chat),
    ("GET", "/chats/{chat_id}", _read_chat),
    ("POST", "/users/{user_id:int}/messages", _write),
    ("POST", "/users/{user_id:int}/edit", _edit),
    ("POST", "/users/{user_id:int}/press", _press),
    ("POST", "/users/{user_id:int}/block", _block),
    ("POST", "/users/{user_id:int}/unblock", _unblock),
    ("POST", "/users/{user_id:int}/deactivate", _deactivate),
    ("GET", "/files/{file_id}", _read_file),
    ("GET", "/updates", _list_updates),
    ("POST", "/updates", _add_update),
    ("POST", "/updates/{update_id:int}/duplicate", _duplicate),
    ("POST", "/updates/hold", _hold),
    ("POST", "/updates/release", _release),
    ("GET", "/faults", _list_faults),
    ("POST", "/faults", _add_faults),
    ("DELETE", "/faults", _clear_faults),
    ("GET", "/journal", _journal),
    ("DELETE", "/journal", _clear_journal),
    ("PUT", "/journal", _resize_journal),
    ("POST", "/clock", _set_clock),
    ("POST", "/limits", _set_limits),
    ("GET", "/events", _events),
]
