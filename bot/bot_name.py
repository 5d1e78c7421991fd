"""The bot's username, which the link of an invitation carries; Telegram tells it."""

from collections.abc import Callable

from bot.domain.delivery import Fault

# Asks Telegram for the bot's username; raises bot.domain.delivery.Fault.
BotName = Callable[[], str]


def username(bot_name: BotName | None) -> str:
    """The bot's username, empty when Telegram does not tell it."""
    try:
        return bot_name() if bot_name is not None else ""
    except Fault:
        return ""
