"""Pieces of a text short enough for Duckling, whose time can double with each date in a piece."""

import re
from collections.abc import Iterator

from palier_fr.times.words import MONTH, NUMBER_WORD, WEEKDAY, any_of

# What a piece may hold at most: measured, more than this many dates and hours can take seconds.
MOST_ANCHORS = 6
LONGEST = 240
# And all pieces together: nobody writes that many by hand.
MOST_IN_ALL = 24
MOST_CHUNKS = 12

_SENTENCES = re.compile(r"[^.!?;|\n]+(?:[.!?;](?=\S)[^.!?;|\n]*)*\.?")
_COMMAS = re.compile(r"[^,]+(?:,(?=\d)[^,]*)*")
# "un" and "une" are articles far more often than numbers.
_ANCHOR = re.compile(rf"\d+|\b(?:{WEEKDAY}|{MONTH}|(?!une?\b){NUMBER_WORD}\b)")
# Words without which a piece holds nothing that Duckling could read.
_ABBREVIATED = any_of("lun mar mer jeu ven sam dim janv? fevr? avr juil? jui sept oct nov dec")
_NAMES = any_of(
    """premier midi minuit matin matinee soir soiree apres-midi demain hier veille lendemain jours? journee
    semaines? week weekend mois ans? annees? trimestres? quinzaine heures? minutes? min secondes?
    sec moment maintenant suite aujourd hui tard tot noel toussaint paques ascension pentecote
    fetes? ete hiver printemps automne dejeuner travail morts euros? dollars? balles pouloutes
    livres pounds centimes? millions? milliards? zero k w-?e"""
)
_HINT = re.compile(rf"\d|€|\$|£|\b{_ABBREVIATED}\.|\b(?:{NUMBER_WORD}|{WEEKDAY}|{MONTH}|{_NAMES})\b")


def chunks(text: str) -> Iterator[tuple[int, str]]:
    """The pieces that may hold a time or an amount, with their places; of a hostile text, the first ones."""
    found = anchors = 0
    for start, piece in _pieces(text):
        if _HINT.search(piece) and _light(piece):
            found += 1
            anchors += len(_ANCHOR.findall(piece))
            if found > MOST_CHUNKS or anchors > MOST_IN_ALL:
                return
            yield start, piece


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    for sentence in _SENTENCES.finditer(text):
        if _light(sentence.group()):
            yield sentence.start(), sentence.group()
            continue
        for clause in _COMMAS.finditer(sentence.group()):
            yield from _cut(sentence.start() + clause.start(), clause.group())


def _light(piece: str) -> bool:
    return len(piece) <= LONGEST and len(_ANCHOR.findall(piece)) <= MOST_ANCHORS


def _cut(start: int, piece: str) -> Iterator[tuple[int, str]]:
    """Cut between words wherever the piece would grow too heavy."""
    first = anchors = 0
    for word in re.finditer(r"\S+", piece):
        anchors += len(_ANCHOR.findall(word.group()))
        if word.end() - first > LONGEST or anchors > MOST_ANCHORS:
            yield start + first, piece[first : word.start()]
            first, anchors = word.start(), len(_ANCHOR.findall(word.group()))
    yield start + first, piece[first:]
