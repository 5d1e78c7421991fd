"""Bot API methods about the bot itself, its updates, chats and files."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

from bot.standin.context import Context, method, reachable_chat
from bot.standin.errors import ApiError, bad_request
from bot.standin.state import Raw, World

MAX_DOWNLOAD = 20 * 1024 * 1024
MAX_POLL_SECONDS = 50
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active;"
    " use deleteWebhook to delete the webhook first"
)
_OTHER_POLLER = (
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
)


@method("getMe")
async def get_me(context: Context) -> Raw:
    """The bot."""
    return context.world.bot | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


@method("getUpdates")
async def get_updates(context: Context) -> list[Raw]:
    """Pending updates from the offset on, waiting up to `timeout` seconds for the first one."""
    world, params = context.world, context.params
    if world.webhook.get("url"):
        raise ApiError(409, _WEBHOOK_ACTIVE)
    offset = params.number("offset", 0) or 0
    limit = min(100, max(1, params.number("limit", 100) or 100))
    timeout = min(MAX_POLL_SECONDS, max(0, params.number("timeout", 0) or 0))
    world.updates.set_allowed(params.decoded("allowed_updates"))
    world.updates.confirm(offset)
    world.poller += 1
    turn, end = world.poller, time.monotonic() + timeout
    world.updates.news.set()  # wakes an older poller, which then gives way
    while True:
        world.updates.news.clear()
        if batch := world.updates.take(max(0, offset), limit):
            return batch
        left = end - time.monotonic()
        if left <= 0 or world.closing.is_set():
            return []
        try:
            await asyncio.wait_for(world.updates.news.wait(), left)
        except TimeoutError:
            return []
        if turn != world.poller:
            world.updates.news.set()
            raise ApiError(409, _OTHER_POLLER)
        if world.webhook.get("url"):
            raise ApiError(409, _WEBHOOK_ACTIVE)
        if await context.request.is_disconnected():
            return []


@method("setWebhook")
async def set_webhook(context: Context) -> bool:
    """Sends updates to this address from now on; an empty address goes back to polling."""
    world, params = context.world, context.params
    url, secret = params.text("url").strip(), params.text("secret_token")
    if url and not url.startswith(("https://", "http://")):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if secret and not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    world.updates.set_allowed(params.decoded("allowed_updates"))
    if params.flag("drop_pending_updates"):
        world.updates.drop_pending()
    connections = params.number("max_connections", 40)
    world.webhook = {"url": url, "secret": secret, "max_connections": connections} if url else {}
    world.updates.news.set()
    world.webhook_changed.set()
    return True


@method("deleteWebhook")
async def delete_webhook(context: Context) -> bool:
    """Back to polling."""
    world = context.world
    if context.params.flag("drop_pending_updates"):
        world.updates.drop_pending()
    world.webhook = {}
    world.webhook_changed.set()
    return True


@method("getWebhookInfo")
async def get_webhook_info(context: Context) -> Raw:
    """Where updates go, how many wait, and the last failure."""
    world = context.world
    info: Raw = {
        "url": world.webhook.get("url", ""),
        "has_custom_certificate": False,
        "pending_update_count": len(world.updates.pending),
    }
    for key in ("max_connections", "last_error_date", "last_error_message"):
        if key in world.webhook:
            info[key] = world.webhook[key]
    if world.updates.allowed:
        info["allowed_updates"] = world.updates.allowed
    return info


@method("getFile")
async def get_file(context: Context) -> Raw:
    """Where to download a file of up to 20 MB."""
    file = context.world.files.get(context.params.text("file_id"))
    if file is None:
        raise bad_request("invalid file_id")
    if len(file.content) > MAX_DOWNLOAD:
        raise bad_request("file is too big")
    return {
        "file_id": file.file_id,
        "file_unique_id": file.unique_id,
        "file_size": len(file.content),
        "file_path": file.path,
    }


@method("getChat")
async def get_chat(context: Context) -> Raw:
    """A chat in full."""
    chat = reachable_chat(context.world, context.params.get("chat_id"))
    full = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": _GIFTS}
    return chat.raw | full


_GIFTS = {
    "unlimited_gifts": False,
    "limited_gifts": False,
    "unique_gifts": False,
    "premium_subscription": False,
    "gifts_from_channels": False,
}


@method("setMyCommands")
async def set_my_commands(context: Context) -> bool:
    """Keeps the list of commands of a scope and language."""
    commands = context.params.decoded("commands")
    if not isinstance(commands, list):
        raise bad_request("can't parse commands JSON object")
    for command in commands:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", str(command.get("command", ""))):
            raise bad_request("BOT_COMMAND_INVALID")
    context.world.profile[_commands_key(context)] = commands
    return True


@method("getMyCommands")
async def get_my_commands(context: Context) -> list[Raw]:
    """The list of commands of a scope and language."""
    commands: list[Raw] = context.world.profile.get(_commands_key(context), [])
    return commands


@method("deleteMyCommands")
async def delete_my_commands(context: Context) -> bool:
    """Forgets the list of commands of a scope and language."""
    context.world.profile.pop(_commands_key(context), None)
    return True


def _commands_key(context: Context) -> str:
    scope = context.params.decoded("scope") or {"type": "default"}
    return f"commands/{sorted(scope.items())}/{context.params.text('language_code')}"


def _profile_methods(setter: str, getter: str, field: str) -> None:
    """Registers a pair of methods that keep one text of the bot's profile."""

    @method(setter)
    async def keep(context: Context) -> bool:
        context.world.profile[field] = context.params.text(field)
        return True

    @method(getter)
    async def show(context: Context) -> dict[str, Any]:
        return {field: _profile_text(context.world, field)}


def _profile_text(world: World, field: str) -> str:
    default = world.bot["first_name"] if field == "name" else ""
    return str(world.profile.get(field) or default)


_profile_methods("setMyName", "getMyName", "name")
_profile_methods("setMyDescription", "getMyDescription", "description")
_profile_methods("setMyShortDescription", "getMyShortDescription", "short_description")


@method("setChatMenuButton")
async def set_chat_menu_button(context: Context) -> bool:
    """Accepted; the web chat has its own menu."""
    return True


@method("logOut")
async def log_out(context: Context) -> bool:
    """Accepted without effect."""
    return True


@method("close")
async def close(context: Context) -> bool:
    """Accepted without effect."""
    return True
