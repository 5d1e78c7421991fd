"""Reading French as tenants type it: standard library only, shared by the bot and the dialogue server."""

from palier_fr.lexicon import Lexicon, LexiconError, Sign
from palier_fr.normalise import Normalised, normalise

__all__ = ["Lexicon", "LexiconError", "Normalised", "Sign", "normalise"]
