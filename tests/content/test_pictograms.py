"""The drawings that are sent to tenants who read pictures better than sentences."""

import struct
from xml.etree import ElementTree

import pytest

from bot.content.pictograms import names, pictogram
from bot.content.source import FOLDER

DRAWINGS = FOLDER / "pictograms"


def test_each_drawing_has_its_png_and_each_png_its_drawing() -> None:
    assert {path.stem for path in DRAWINGS.glob("*.svg")} == names()


@pytest.mark.parametrize("name", sorted(names()))
def test_a_png_is_small_and_square_and_its_drawing_calls_for_nothing(name: str) -> None:
    content = pictogram(name)
    assert content.startswith(b"\x89PNG")
    assert struct.unpack(">II", content[16:24]) == (256, 256)
    assert len(content) < 20_000
    drawing = ElementTree.parse(DRAWINGS / f"{name}.svg").getroot()
    said = drawing.find("{http://www.w3.org/2000/svg}title")
    assert said is not None
    assert said.text
    assert not [key for node in drawing.iter() for key in node.attrib if "href" in key]


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(KeyError):
        pictogram("../settings")
