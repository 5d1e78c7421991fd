"""HTTP client of the dialogue servers; one timeout, one exception."""

import time
import zlib
from dataclasses import dataclass, field
from typing import Annotated, Any, Self, cast

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, model_validator

# Past this the message goes to a person: the tenant has waited long enough.
TIMEOUT_SECONDS = 4.0
# The server closes a connection that says nothing for 5 s: it is not used again shortly before.
_IDLE_SECONDS = 4.0
# A server that let one message wait so long hangs: for a while the next ones, of the same chat perhaps,
# and of danger perhaps, do not wait as long for it.
WARY_SECONDS, WARY_TIMEOUT_SECONDS = 10.0, 0.75


class _Checked(BaseModel):
    """A part of an answer. Only looked at: what the protocol adds is kept as it came."""

    model_config = ConfigDict(strict=True)


# What Telegram shows: not only spaces, no longer than it takes. The replies leave as one message.
_LONGEST = 4096
_SAID = r"^[^\x00]*[^\s\x00][^\x00]*$"
_Title = Annotated[str, Field(pattern=_SAID, max_length=64)]
_Text = Annotated[str, Field(pattern=_SAID, max_length=_LONGEST)]


# One of the catalogue's, or of a later one.
_Intent = Annotated[str, Field(pattern=r"^\w{1,40}$")]


class _Values(_Checked):
    question: Annotated[int, Field(ge=1, lt=2**63)] | None = None


class _Button(_Checked):
    title: _Title
    intent: _Intent
    entities: _Values


class _Reply(_Checked):
    text: _Text
    buttons: Annotated[list[_Button], Field(max_length=20)] = []
    picture: str | None = None


class _Chance(_Checked):
    name: str
    confidence: float


class _Matter(_Checked):
    intent: _Intent


class _Entity(_Checked):
    entity: str
    value: Any


class _Parse(_Checked):
    intent: _Intent
    confidence: float
    hesitates: bool
    signs: list[str]
    doubt: str | None = None
    ranking: list[_Chance] = []
    entities: list[_Entity] = []
    matters: list[_Matter] = []


class _Answer(_Checked):
    parse: _Parse
    replies: Annotated[list[_Reply], Field(max_length=5)]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len("\n\n".join(reply.text for reply in self.replies)) > _LONGEST:
            raise ValueError("too long for one message")
        return self


# The dialogue says nothing to a danger.
_PEOPLE_ANSWER = ("report_violence", "report_distress", "report_hazard")


class DialogueDown(Exception):
    """The dialogue server gave no usable answer; the message says why, without the words of the talk."""


@dataclass(frozen=True)
class Heard:
    """What the dialogue server understood and would say (docs/dialogue-protocol.md)."""

    intent: str
    confidence: float
    hesitates: bool
    signs: list[str]
    replies: list[dict[str, Any]] = field(default_factory=list)
    parse: dict[str, Any] = field(default_factory=dict)


class Dialogue:
    """One or several servers; a chat always speaks to the same one (Rasa's trackers are not shared).

    Made and closed inside a running event loop.
    """

    def __init__(self, addresses: list[str], secret: str) -> None:
        if not addresses:
            raise ValueError("no dialogue server")
        self._addresses = addresses
        self._wary_until: dict[str, float] = {}
        self._client = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(keepalive_timeout=_IDLE_SECONDS),
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS),
            headers={"Authorization": f"Bearer {secret}"},
        )

    async def talk(
        self,
        *,
        chat_id: int,
        id: str,
        conversation: str,
        context: dict[str, Any],
        text: str | None = None,
        intent: str | None = None,
        entities: dict[str, Any] | None = None,
    ) -> Heard:
        """Take one message of a talk: what it means and the replies. Raises DialogueDown."""
        heard = await self._post(
            chat_id,
            {
                "id": id,
                "conversation": conversation,
                "mode": "talk",
                "text": text,
                "intent": intent,
                "entities": entities or {},
                "context": context,
            },
        )
        if not heard.replies and heard.intent not in _PEOPLE_ANSWER:
            raise DialogueDown("empty answer")
        return heard

    async def parse(self, *, chat_id: int, id: str, text: str, context: dict[str, Any]) -> Heard:
        """Only read the text: no talk, no action. Raises DialogueDown."""
        body = {"id": id, "conversation": f"parse-{id}", "mode": "parse", "text": text, "context": context}
        return await self._post(chat_id, body)

    async def ready(self) -> bool:
        """Whether every server would answer a message."""
        try:
            for address in self._addresses:
                async with self._client.get(f"{address}/palier/ready") as answer:
                    if answer.status != 200:
                        return False
        except (aiohttp.ClientError, TimeoutError):
            return False
        return True

    async def close(self) -> None:
        await self._client.close()

    async def _post(self, chat_id: int, body: dict[str, Any]) -> Heard:
        address = self._addresses[zlib.crc32(str(chat_id).encode()) % len(self._addresses)]
        wary = time.monotonic() < self._wary_until.get(address, 0.0)
        try:
            patience = aiohttp.ClientTimeout(total=WARY_TIMEOUT_SECONDS if wary else TIMEOUT_SECONDS)
            async with self._client.post(f"{address}/palier/message", json=body, timeout=patience) as answer:
                answer.raise_for_status()
                value = cast(dict[str, Any], await answer.json())
            self._wary_until.pop(address, None)
            _Answer.model_validate(value)
            parse = value["parse"]
            return Heard(
                intent=parse["intent"],
                confidence=parse["confidence"],
                hesitates=parse["hesitates"],
                signs=parse["signs"],
                replies=value["replies"],
                parse=parse,
            )
        except TimeoutError as error:
            if not wary:
                self._wary_until[address] = time.monotonic() + WARY_SECONDS
            raise DialogueDown("timeout") from error
        except aiohttp.ClientResponseError as error:
            raise DialogueDown(f"HTTP {error.status}") from error
        except aiohttp.ClientError as error:
            raise DialogueDown(type(error).__name__) from error
        except (KeyError, TypeError, ValueError) as error:
            raise DialogueDown("answer not understood") from error
