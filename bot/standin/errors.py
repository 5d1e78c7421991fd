"""The refusals of the Bot API, in Telegram's own words."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """A refusal that the Bot API answers as `{"ok": false, …}`."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def payload(self) -> dict[str, Any]:
        """The JSON body of the answer."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad_request(reason: str) -> ApiError:
    """A 400 whose description is "Bad Request: reason"."""
    return ApiError(400, f"Bad Request: {reason}")


def blocked() -> ApiError:
    """The 403 of a user who blocked the bot."""
    return ApiError(403, "Forbidden: bot was blocked by the user")


def too_many_requests(seconds: int) -> ApiError:
    """The 429, with the wait in `parameters.retry_after`."""
    return ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


class ControlError(Exception):
    """A refusal of the control API, said in plain words."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
