"""Loads and checks `data/content` once into frozen values, passed by wiring."""

from bot.content.load import Content, load

__all__ = ["Content", "load"]
