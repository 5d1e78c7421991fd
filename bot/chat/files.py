"""Files, read from Telegram when they are asked for, or given to it; nothing of them is kept here."""

import re
from collections.abc import AsyncIterator

import httpx
import structlog

from bot.domain.delivery import NotSent, Refused
from bot.domain.files import OpenFile

log = structlog.get_logger(__name__)

# What Telegram names its files: folders, a number, an ending.
_PATH = re.compile(r"[\w./-]+")
_PATIENCE = httpx.Timeout(10, read=20)


class Files:
    """The files of one bot. The token is part of every address: no address may be shown or logged."""

    def __init__(self, token: str, api: str) -> None:
        self._calls, self._files = f"{api}/bot{token}", f"{api}/file/bot{token}"
        self._client = httpx.AsyncClient(trust_env=False, timeout=_PATIENCE)

    async def close(self) -> None:
        await self._client.aclose()

    async def open(self, file_id: str) -> OpenFile:
        """The file's bytes as they arrive from Telegram; the caller reads them or closes it.

        Raises Refused (Telegram has it no more, or it is over 20 MB) and NotSent (try again later).
        """
        path = await self._path(file_id)
        try:
            answer = await self._client.send(
                self._client.build_request("GET", f"{self._files}/{path}"), stream=True
            )
        except httpx.HTTPError as error:
            raise NotSent(type(error).__name__) from None
        if answer.status_code != 200:
            await answer.aclose()
            raise (Refused if answer.status_code < 500 else NotSent)("file not given")
        return OpenFile(path.rpartition(".")[2].lower(), _chunks(answer), answer.aclose)

    async def keep_photo(self, chat: int, content: bytes, caption: str) -> str:
        """Show the picture in that chat: Telegram keeps it, and gives it again under the returned id.

        Raises Refused (no picture to Telegram, or no such chat) and NotSent (try again later).
        """
        try:
            answer = await self._client.post(
                f"{self._calls}/sendPhoto",
                data={"chat_id": str(chat), "caption": caption, "disable_notification": "true"},
                files={"photo": ("affiche", content)},
            )
            told = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise NotSent(type(error).__name__) from None
        if answer.status_code == 429 or answer.status_code >= 500:
            raise NotSent("photo not taken")
        sizes = told.get("result", {}).get("photo") if answer.status_code == 200 else None
        if not sizes:
            raise Refused("photo not taken")
        # The largest is the last one.
        return str(sizes[-1]["file_id"])

    async def _path(self, file_id: str) -> str:
        try:
            answer = await self._client.post(f"{self._calls}/getFile", data={"file_id": file_id})
            told = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise NotSent(type(error).__name__) from None
        if answer.status_code == 429 or answer.status_code >= 500:
            raise NotSent("file not given")
        path = str(told.get("result", {}).get("file_path", ""))
        if not _PATH.fullmatch(path) or ".." in path:
            raise Refused("file not given")
        return path


async def _chunks(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_bytes():
            yield chunk
    except httpx.HTTPError as error:
        # The reader gets less than was promised, and its browser says so.
        log.warning("file cut short", fault=type(error).__name__)
    finally:
        await answer.aclose()
