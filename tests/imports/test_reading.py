"""Every way in which rent software writes the same cell."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.imports import values
from bot.imports.reading import Row, Sheet, column, content_of, read
from bot.imports.report import FileRefused, LineRefused

COLUMNS = frozenset({"reference", "nom", "montant"})


def sheet(content: bytes) -> Sheet:
    return read("fichier.csv", content, COLUMNS, ("reference", "nom"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ","])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encodings_delimiters_and_line_ends(encoding: str, delimiter: str, end: str) -> None:
    lines = [["Référence", "NOM", "Autre"], ["1", "Élodie Œuvrard", "x"], ["", "", ""], ["2", "Noël", ""]]
    text = "".join(delimiter.join(line) + end for line in lines)
    found = sheet(text.encode(encoding))
    assert [(row.line, dict(row.cells)) for row in found.rows] == [
        (2, {"reference": "1", "nom": "Élodie Œuvrard"}),
        (4, {"reference": "2", "nom": "Noël"}),
    ]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Référence opération", "reference_operation"),
        (" DATE_DEBUT ", "date_debut"),
        ("Aide-versée au bailleur", "aide_versee_au_bailleur"),
        ("Jour\u00a0d’échéance", "jour_d_echeance"),
    ],
)
def test_header_names_in_any_case_with_or_without_accents(title: str, name: str) -> None:
    assert column(title) == name


def test_a_quote_that_is_not_closed_spoils_its_own_line_only() -> None:
    found = sheet(b'reference;nom\n1;"Le Clos\n2;"Les ""Tilleuls"""\n3;L\'Ecluse\n4;a;b;c\n')
    assert [row.get("nom") for row in found.rows] == ['Les "Tilleuls"', "L'Ecluse"]
    assert [(refusal.line, refusal.reason) for refusal in found.refused] == [
        (2, "guillemets non fermés"),
        (5, "plus de colonnes que dans l'en-tête"),
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "est vide"),
        (b"reference;prenom\n1;a\n", "colonnes manquantes dans l'en-tête : nom"),
        (b"reference;nom;NOM\n1;a;b\n", "colonnes en double dans l'en-tête : nom"),
        ("reference;nom\n".encode("utf-16"), "ni en UTF-8 ni en Windows-1252"),
        (b"reference;nom\n\x81\xff\n", "ni en UTF-8 ni en Windows-1252"),
        (b'reference;"nom\n1;a\n', "l'en-tête ne peut pas être lu : guillemets non fermés"),
        (b"reference;nom;" + b"x" * 200_000 + b"\n", "l'en-tête ne peut pas être lu : cellule trop longue"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(content: bytes, sentence: str) -> None:
    with pytest.raises(FileRefused, match=sentence):
        sheet(content)


def test_a_cell_without_end_spoils_its_own_line_only() -> None:
    found = sheet(b"reference;nom\n1;" + b"x" * 200_000 + b"\n2;Camille\n")
    assert [row.get("nom") for row in found.rows] == ["Camille"]
    assert [(refusal.line, refusal.reason) for refusal in found.refused] == [(2, "cellule trop longue")]


def test_a_file_that_is_not_there_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="ne peut pas être lu"):
        content_of(tmp_path / "absent.csv")


def cell(value: str) -> Row:
    return Row(2, {"x": value})


@pytest.mark.parametrize(
    ("written", "cents"),
    [
        ("498,00", 49_800), ("498.00", 49_800), ("498", 49_800), ("498,5", 49_850), ("1 234,50 €", 123_450),
        ("1\u00a0234,50\u00a0€", 123_450), ("1\u202f234,50€", 123_450), ("1.234,50", 123_450),
        ("1,234.50", 123_450), ("-57,30", -5_730), ("−57,30", -5_730), ("+12", 1_200), ("12,00 EUR", 1_200),
        ("-350,00 €", -35_000), ("0,00", 0),
    ],
)  # fmt: skip
def test_amounts(written: str, cents: int) -> None:
    assert values.cents(cell(written), "x", negative=True) == cents


@pytest.mark.parametrize(
    "written", ["abc", "1,234", "12,345", "1-2", "€", "--3", "1e3", "12,", "99999999999"]
)
def test_what_is_no_amount_is_refused(written: str) -> None:
    with pytest.raises(LineRefused, match=r"^x : "):
        values.cents(cell(written), "x", negative=True)


@given(st.integers(-1_000_000_000, 1_000_000_000))
def test_every_amount_survives_both_ways_of_writing_it(cents: int) -> None:
    sign, units, rest = "-" if cents < 0 else "", abs(cents) // 100, abs(cents) % 100
    for written in (f"{sign}{units},{rest:02}", f"{sign}{units:_},{rest:02} €".replace("_", " ")):
        assert values.cents(cell(written), "x", negative=True) == cents


@pytest.mark.parametrize("written", ["31/12/2026", "2026-12-31"])
def test_dates(written: str) -> None:
    assert values.day(cell(written), "x") == date(2026, 12, 31)
    assert values.day(cell("1/2/2026"), "x") == date(2026, 2, 1)


@pytest.mark.parametrize(
    "written", ["31/11/2026", "12/31/2026", "31/12/26", "hier", "2026-02-30", "20261231"]
)
def test_what_is_no_date_is_refused(written: str) -> None:
    with pytest.raises(LineRefused, match=r"^x : "):
        values.day(cell(written), "x")


def test_a_day_too_far_is_refused_as_it_was_written() -> None:
    day, latest = date(9999, 12, 31), date(2027, 12, 31)
    with pytest.raises(LineRefused, match="x : « 31/12/9999 » est trop loin"):
        values.not_after(cell("31/12/9999"), "x", day, latest)
    assert values.not_after(cell("31/12/2027"), "x", latest, latest) == latest


def test_yes_no_and_whole_numbers() -> None:
    assert values.yes(cell("Oui"), "x", default=False)
    assert not values.yes(cell("NON"), "x", default=True)
    assert values.yes(cell(""), "x", default=True)
    assert values.whole(cell("31"), "x", 1, 31) == 31
    for bad in ("0", "45", "5.5", "²"):
        with pytest.raises(LineRefused):
            values.whole(cell(bad), "x", 1, 31)
    with pytest.raises(LineRefused):
        values.yes(cell("peut-être"), "x", default=True)
