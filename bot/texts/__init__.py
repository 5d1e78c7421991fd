"""Words in French: catalogues, *phrases simples*, discreet variants, dates, amounts, typography."""

from bot.texts.catalogue import PLAIN, Texts, Voice

__all__ = ["PLAIN", "Texts", "Voice"]
