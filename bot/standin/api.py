"""The Bot API over HTTP: token, faults, limits, journal, then the method."""

from __future__ import annotations

import asyncio
import json
import re
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

# Imported to register their methods.
from bot.standin import methods_bot, methods_edit, methods_send  # noqa: F401
from bot.standin.connection import drop
from bot.standin.context import METHODS, Context, Method, chat_number
from bot.standin.errors import ApiError, too_many_requests
from bot.standin.journal import Call
from bot.standin.params import Params, read_params
from bot.standin.state import World

_PATH = re.compile(r"/(file/)?bot([^/]+)/(.+)")
_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{30,}")


class BotApi:
    """ASGI application for `/bot{TOKEN}/{method}` and `/file/bot{TOKEN}/{path}`."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        match = _PATH.fullmatch(scope["path"])
        refusal = self._check_token(match[2] if match else "")
        if refusal is not None or match is None:
            await _answer(refusal or ApiError(404, "Not Found"))(scope, receive, send)
        elif match[1]:
            await self._download(match[3])(scope, receive, send)
        else:
            response = await self._call(match[3], request)
            if response is None:
                await drop(scope, receive)
            else:
                await response(scope, receive, send)

    def _check_token(self, token: str) -> ApiError | None:
        if token == self._world.token:
            return None
        return ApiError(401, "Unauthorized") if _TOKEN.fullmatch(token) else ApiError(404, "Not Found")

    def _download(self, path: str) -> Response:
        file = self._world.files.at(path)
        if file is None:
            return _answer(ApiError(404, "Not Found"))
        return Response(file.content, media_type="application/octet-stream")

    async def _call(self, name: str, request: Request) -> Response | None:
        """The answer to a call, None when a fault wants the connection dropped."""
        world = self._world
        method = METHODS.get(name.lower())
        try:
            params = await read_params(request)
        except ApiError as error:
            return _answer(error)
        chat_id = chat_number(world, params["chat_id"]) if "chat_id" in params else None
        call = world.journal.open(method.name if method else name, chat_id, params.shown())
        rule = world.faults.match(call.method, chat_id)
        if rule is not None:
            call.fault = rule.effect
            if rule.effect == "delay":
                await asyncio.sleep(rule.milliseconds / 1000)
            elif rule.effect == "drop_before":
                call.ended = time.monotonic()
                return None
            elif (refusal := rule.error()) is not None:
                return _refuse(call, refusal)
        response = await self._run(method, Context(world, params, request), call)
        return None if rule is not None and rule.effect == "drop_after" else response

    async def _run(self, method: Method | None, context: Context, call: Call) -> Response:
        try:
            if method is None:
                raise ApiError(404, "Not Found: method not found")
            if method.sends:
                self._pace(context.params)
            call.result = await method.run(context)
        except ApiError as error:
            return _refuse(call, error)
        call.ended = time.monotonic()
        return _json({"ok": True, "result": call.result})

    def _pace(self, params: Params) -> None:
        """Applies the sending limits to chats that exist; the others are refused for what they are."""
        chat_id = chat_number(self._world, params.get("chat_id"))
        if chat_id is None or (chat_id not in self._world.users and chat_id not in self._world.chats):
            return
        wait = self._world.limiter.retry_after(chat_id, time.monotonic())
        if wait is not None:
            raise too_many_requests(wait)


def _refuse(call: Call, error: ApiError) -> Response:
    call.error_code, call.description = error.code, error.description
    call.ended = time.monotonic()
    return _answer(error)


def _answer(error: ApiError) -> Response:
    headers = {}
    if "retry_after" in error.parameters:
        headers["Retry-After"] = str(error.parameters["retry_after"])
    return _json(error.payload(), error.code, headers)


def _json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(content, status, headers, "application/json")
