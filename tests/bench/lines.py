"""What the table of every bench must hold."""

import re

from bot.bench.report import Line

_FIGURE = re.compile(r"\d+(,\d+)?( (ms|s|ko|Mo))?")


def checked(lines: list[Line], said: list[str]) -> dict[str, Line]:
    """Every line has figures and is shown; every target has a verdict."""
    for line in lines:
        assert all(_FIGURE.fullmatch(figure) for figure in line.figures), line
        assert (line.met is not None) == line.target.startswith("cible"), line
        assert any(row.startswith(line.what) for row in said), line
    return {line.what: line for line in lines}
