"""The API `/api/v1` for landlords' and caseworkers' software: `create_api` builds the application."""

from bot.api.app import create_api

__all__ = ["create_api"]
