"""Letters to print: an invitation a page, in large type, with its link as a square to aim at.

Imported only where one is printed: what draws it takes 40 MB that no other process or hour needs.
"""

import io
import unicodedata
from collections.abc import Sequence
from functools import cache
from xml.sax.saxutils import escape

import segno
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, PageBreak, Paragraph, SimpleDocTemplate, Spacer

from bot.texts.format import typeset
from bot.texts.letter import Letter

_SQUARE = 55 * mm
_MARGIN = 25 * mm
_BEFORE = (
    "Bonjour {name},",
    "Palier est un programme informatique. Il peut vous rappeler le loyer et répondre à vos questions."
    " Si un mois est difficile, une personne de l'équipe sociale vous répond.",
    "Pour commencer, ouvrez l'appareil photo de votre téléphone et visez ce carré :",
)  # fmt: skip
_LINK = "Ou écrivez cette adresse dans votre téléphone : {link}"
_AFTER = (
    "Ce lien est à vous seul. Il sert une seule fois, jusqu'au {expires}.",
    "Vous êtes libre de dire non, et vous pouvez arrêter quand vous voulez.",
)


def letters_pdf(letters: Sequence[Letter]) -> bytes:
    """One A4 page each."""
    file = io.BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=A4,
        title="Lettres d’invitation",
        lang="fr",
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
    )
    document.build([part for letter in letters for part in _page(letter)])
    return file.getvalue()


def _page(letter: Letter) -> list[Flowable]:
    words = {"name": letter.name, "link": letter.link, "expires": letter.expires}
    body, title, small = _styles()
    return [
        Paragraph(_drawn(letter.organisation), body),
        Paragraph("Écrivez-nous sur Telegram avec Palier", title),
        *(Paragraph(_drawn(text.format(**words)), body) for text in _BEFORE),
        _Square(letter.link),
        Spacer(1, 6 * mm),
        Paragraph(_drawn(_LINK.format(**words)), small),
        *(Paragraph(_drawn(text.format(**words)), body) for text in _AFTER),
        PageBreak(),
    ]


class _Square(Flowable):
    """The link as a QR code, in the middle of the line."""

    def __init__(self, link: str) -> None:
        super().__init__()
        self._matrix = segno.make(link, error="m").matrix

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        self._left = (width - _SQUARE) / 2
        return width, _SQUARE

    def draw(self) -> None:
        side = _SQUARE / len(self._matrix)
        for row, modules in enumerate(self._matrix):
            for column, dark in enumerate(modules):
                if dark:
                    x, y = self._left + column * side, _SQUARE - (row + 1) * side
                    self.canv.rect(x, y, side, side, stroke=0, fill=1)


@cache
def _font() -> TTFont:
    """The font that the PDF library brings: Latin letters, the typographic marks of French."""
    font = TTFont("Vera", "Vera.ttf")
    pdfmetrics.registerFont(font)
    pdfmetrics.registerFont(TTFont("VeraBd", "VeraBd.ttf"))
    return font


@cache
def _styles() -> tuple[ParagraphStyle, ParagraphStyle, ParagraphStyle]:
    _font()
    body = ParagraphStyle("body", fontName="Vera", fontSize=13, leading=20, spaceAfter=4 * mm)
    title = ParagraphStyle("title", body, fontName="VeraBd", fontSize=17, leading=24, spaceBefore=6 * mm)
    small = ParagraphStyle("small", body, fontSize=10, leading=14, alignment=TA_CENTER, spaceAfter=8 * mm)
    return body, title, small


def _drawn(text: str) -> str:
    """The text in letters that the font has: another keeps its base, as ș its s."""
    known = _font().face.charToGlyph
    spaced = typeset(text).replace("\u202f", "\u00a0")
    return escape("".join(char if ord(char) in known else _base(char) for char in spaced))


def _base(char: str) -> str:
    return unicodedata.normalize("NFKD", char)[0]
