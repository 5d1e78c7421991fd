"""Amounts, hours, dates and days as classes: 30 euros and 45 € mean the same thing to the intent model."""

from __future__ import annotations

import re

_DAYS = "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
# "mars" is left out of the months alone: it is said too often of something else.
_MONTHS = "janvier|fevrier|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre"
_NUMBERS = (
    "deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingt|trente|"
    "quarante|cinquante|soixante|cents?|mille"
)
_PAST_THE_HOUR = r"(?: ?\d{2}| ?(?:et demie|et quart|trente|quinze))?"

# In order: what is found first is masked first.
_MASKS = tuple(
    (re.compile(pattern), f" {name} ")
    for pattern, name in (
        (r"\b0\d(?:[ .-]?\d\d){4}\b", "telx"),
        (rf"\b\d{{1,2}} ?(?:h|heures?){_PAST_THE_HOUR}\b|\b\d{{1,2}}:\d{{2}}\b", "heurex"),
        (r"\b\d[\d ]{,9}(?:[.,]\d{1,2})? ?(?:€|(?:eur|euros?|balles?|e|boules?)\b)(?:\d{2}\b)?", "sommex"),
        (r"\b\d{1,2}/\d{1,2}(?:/\d{2,4})?\b", "datex"),
        (r"\b\d+ ?(?:mn|min|minutes?|sec|secondes?)\b", "dureex"),
        (r"\b\d+ ?(?:ans?|mois|jours?|semaines?)\b", "longx"),
        (rf"\b\d+ ?(?:x|fois)\b|\bx ?\d+\b|\b(?:un|{_NUMBERS}) fois\b", "foisx"),
        (rf"\b(?:{_DAYS})\b", "jourx"),
        (rf"\b\d{{1,2}}(?:er)? (?:{_MONTHS}|mars)\b|\b(?:l[ea]|au) \d{{1,2}}(?:er)?\b", "datex"),
        (rf"\b(?:{_MONTHS})\b", "moisx"),
        (rf"\b(?:{_NUMBERS})\b", "nombrex"),
        (r"(?<!\d)\d+[.,]\d+", "decimalx"),
        (r"\d{4,}", "grandx"),
        (r"\d+", "nombrex"),
    )
)


def mask(text: str) -> str:
    """The normalised text with its numbers and dates replaced by the names of their classes."""
    for pattern, name in _MASKS:
        text = pattern.sub(name, text)
    return " ".join(text.split())
