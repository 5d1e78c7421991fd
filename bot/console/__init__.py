"""The caseworkers' pages, the probes and the metrics: `create_console` builds the application."""

from bot.console.app import create_console

__all__ = ["create_console"]
