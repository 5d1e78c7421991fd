"""`data/content/pictograms`: our drawings, an SVG and the PNG made from it (`make pictograms`)."""

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parents[2] / "data" / "content" / "pictograms"


@cache
def pictogram(name: str) -> bytes:
    """The PNG of that name. Raises KeyError when there is none."""
    path = _FOLDER / f"{name}.png"
    if not path.is_file():
        raise KeyError(name)
    return path.read_bytes()


@cache
def names() -> frozenset[str]:
    """What can be shown."""
    return frozenset(path.stem for path in _FOLDER.glob("*.png"))
