"""A landlord's CSV as rows of clean text: encodings, delimiters and headers as rent software writes them."""

import csv
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.imports.report import FileRefused, Refusal

_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
_SPACES = re.compile(r"[\s\u00a0\u202f]+")


@dataclass(frozen=True)
class Row:
    """One line of the file. `cells` holds the columns that the header names, without outer spaces."""

    line: int
    cells: Mapping[str, str]

    def has(self, name: str) -> bool:
        """Whether the file has that column at all: an absent one changes nothing that is known."""
        return name in self.cells

    def get(self, name: str) -> str:
        return self.cells.get(name, "")


@dataclass(frozen=True)
class Sheet:
    """The lines that can be read, and those that can't."""

    rows: list[Row]
    refused: list[Refusal]


def fold(text: str) -> str:
    """Lower case, without accents: "Prélèvement" → "prelevement"."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "'")).casefold()
    return "".join(c for c in plain if not unicodedata.combining(c)).strip()


def column(title: str) -> str:
    """The contract's name of a header cell: "Référence opération" → "reference_operation"."""
    return _NOT_IN_NAMES.sub("_", fold(title)).strip("_")


def content_of(path: Path) -> bytes:
    """Raises FileRefused when the file can't be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileRefused(f"{path} ne peut pas être lu : {error.strerror or error}.") from error


def read(name: str, content: bytes, columns: frozenset[str], required: tuple[str, ...]) -> Sheet:
    """Read a file of `columns` (others are ignored), `name` being what it is called in a refusal.

    Raises FileRefused: unreadable, or a wrong header.
    """
    lines = _decoded(name, content).splitlines()
    if not lines or not lines[0].strip():
        raise FileRefused(f"{name} est vide : la première ligne doit nommer les colonnes.")
    delimiter = ";" if lines[0].count(";") >= lines[0].count(",") else ","
    try:
        header = [column(title) for title in _cells(lines[0], delimiter)]
    except csv.Error as error:
        raise FileRefused(f"{name} : l'en-tête ne peut pas être lu : {_reason(error)}.") from error
    missing = [name for name in required if name not in header]
    if missing:
        raise FileRefused(f"{name} : colonnes manquantes dans l'en-tête : {', '.join(missing)}.")
    twice = sorted({name for name in header if name in columns and header.count(name) > 1})
    if twice:
        raise FileRefused(f"{name} : colonnes en double dans l'en-tête : {', '.join(twice)}.")
    sheet = Sheet([], [])
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip(f"{delimiter} \t\u00a0\x1a"):
            continue
        try:
            cells = _cells(line, delimiter)
        except csv.Error as error:
            sheet.refused.append(Refusal(number, _reason(error)))
            continue
        if any(cells[len(header) :]):
            sheet.refused.append(Refusal(number, "plus de colonnes que dans l'en-tête"))
            continue
        cells += [""] * (len(header) - len(cells))
        named = {n: c for n, c in zip(header, cells, strict=False) if n in columns}
        sheet.rows.append(Row(number, named))
    return sheet


def _decoded(name: str, content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            # What `splitlines` takes for the end of a line and a spreadsheet does not.
            return re.sub(r"[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", " ", text)
    raise FileRefused(f"{name} n'est ni en UTF-8 ni en Windows-1252 : enregistrez-le en CSV.")


def _reason(error: csv.Error) -> str:
    return "cellule trop longue" if "field limit" in str(error) else "guillemets non fermés"


def _cells(line: str, delimiter: str) -> list[str]:
    # Line by line: an opening quote that is never closed spoils its own line only.
    row = next(csv.reader([line], delimiter=delimiter, strict=True))
    return [_SPACES.sub(" ", cell).strip() for cell in row]
