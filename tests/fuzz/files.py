"""The landlord's sample files as they never should be: each is read, or refused with a reason."""

import io
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from bot import jobs
from bot.imports.report import FileRefused
from bot.imports.run import KINDS, import_file
from tests.scenarios.story import SAMPLES, World

_PIECES = (
    b";", b"\n", b"\r", b'"', b",", b"-", b"99999999999999999999", b"\x00", b"\xff", b"29/02/2027",
    b"31/12/9999", b"01/01/0001", b"=1+1", b"\t", b"|", b"\xef\xbb\xbf", "é".encode(), "é".encode("cp1252"),
    b"'", b"1e308", b"NaN", "\u2028".encode(), "\u202e".encode(), "٣".encode(), b"-0,01", b"0", b"L-0101",
    b"B-0101", b"EQ01", b"\xed\xa0\xbd",
)  # fmt: skip
_CELLS = (
    "", "x" * 300, "-1", "0", "99999999999", "1e9", "31/02/2027", "01/01/0001", "31/12/9999 23:59",
    "9999-12-31", "0001-01-01", "25:61", "inf", "NaN", "²", "٣", "½", "🙂", "'; --", "=cmd()",
    "oui,non", ",,,", " ", "a@b",
    "+" * 40, "L-0101", "L-0102", "B-0102", "EQ03", "29/03/2026 02:30", "25/10/2026 02:30",
    "100000000", "-0,001",
)  # fmt: skip
_ENCODINGS = (
    "utf-8",
    "utf-8-sig",
    "cp1252",
    "latin-1",
    "utf-16",
    "utf-16-le",
    "utf-32",
    "cp037",
    "mac_roman",
)


@dataclass
class FilesFound:
    """How many were read, in part or whole, and refused; what broke, by what it was."""

    read: int = 0
    refused: int = 0
    broken: Counter[str] = field(default_factory=Counter)


def feed(world: World, random: Random, folder: Path, each: int, *, huge: bool) -> FilesFound:
    """`each` files of every kind, every other one tried without writing; then what is due on what was read.

    `huge`: also files of megabytes."""
    found = FilesFound()
    for kind in sorted(KINDS):
        sample = (SAMPLES / f"{kind}.csv").read_bytes()
        made = [*(_HUGE if huge else ()), *(_mutated for _ in range(each))]
        for number, make in enumerate(made):
            path = folder / random.choice((f"{kind}.csv", "é è.CSV", "x.xlsx"))
            path.write_bytes(make(sample, random))
            _import(world, found, kind, path, dry_run=number % 2 == 0)
            path.unlink()
    try:
        jobs.run_all(world.parts.database, world.parts.clock, world.parts.house)
    except Exception as error:
        found.broken[f"la nuit après les fichiers : {type(error).__name__} {error}"[:300]] += 1
    return found


def _import(world: World, found: FilesFound, kind: str, path: Path, *, dry_run: bool) -> None:
    parts = world.parts
    try:
        import_file(parts.database, parts.house, world.now, kind, path, dry_run=dry_run)
        found.read += 1
    except FileRefused:
        found.refused += 1
    except Exception as error:
        found.broken[f"{kind} : {type(error).__name__} {error}"[:300]] += 1


def _mutated(sample: bytes, random: Random) -> bytes:
    content = random.choice(_WHOLE)(sample, random) if random.random() < 0.4 else sample
    changed = bytearray(content)
    for _ in range(random.choice((0, 1, 1, 2, 5, 30))):
        _change(changed, random)
    return bytes(changed)


def _change(content: bytearray, random: Random) -> None:
    at = random.randrange(len(content) + 1)
    act = random.random()
    if act < 0.3:
        content[at : at + 1] = bytes([random.randrange(256)])
    elif act < 0.5:
        del content[at : at + random.randint(1, 20)]
    elif act < 0.9:
        content[at : at + random.choice((0, 0, 3, 8))] = random.choice(_PIECES)
    else:
        content[at:at] = content[at : at + random.randint(1, 200)]


def _text(sample: bytes) -> str:
    try:
        return sample.decode("utf-8-sig")
    except UnicodeDecodeError:
        return sample.decode("cp1252")


def _encoded(sample: bytes, random: Random) -> bytes:
    return _text(sample).encode(random.choice(_ENCODINGS), "replace")


def _separated(sample: bytes, random: Random) -> bytes:
    return _text(sample).replace(";", random.choice((",", "\t", "|", ";;", " ; ", '";"'))).encode()


def _shuffled(sample: bytes, random: Random) -> bytes:
    """Lines in another order, some of them twice; the header perhaps somewhere else."""
    lines = _text(sample).splitlines()
    body = (
        random.choices(lines[1:], k=len(lines)) if random.random() < 0.8 else random.sample(lines, len(lines))
    )
    return "\r\n".join([lines[0], *body]).encode()


def _crossed(sample: bytes, random: Random) -> bytes:
    """Cells exchanged: everything is well formed, and in the wrong place."""
    rows = [line.split(";") for line in _text(sample).splitlines()]
    for _ in range(random.randint(1, 20)):
        one, other = random.choice(rows), random.choice(rows)
        place, there = random.randrange(len(one)), random.randrange(len(other))
        one[place], other[there] = other[there], one[place]
    return "\n".join(";".join(row) for row in rows).encode()


def _celled(sample: bytes, random: Random) -> bytes:
    """Whole cells replaced by what no cell should hold."""
    rows = [line.split(";") for line in _text(sample).splitlines()]
    for _ in range(random.randint(1, 10)):
        row = random.choice(rows[1:])
        row[random.randrange(len(row))] = random.choice(_CELLS)
    return "\n".join(";".join(row) for row in rows).encode()


def _zipped(sample: bytes, _random: Random) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", sample)
    return kept.getvalue()


def _nothing(_sample: bytes, random: Random) -> bytes:
    return random.choice(
        (b"", b"\n", b"\xef\xbb\xbf", b";;;\n", b"\x00", b"\r\r\n", b'"', random.randbytes(500))
    )


def _long_line(sample: bytes, _random: Random) -> bytes:
    return sample + b"x" * 5_000_000


def _long_cell(sample: bytes, _random: Random) -> bytes:
    return sample.replace(b";", b";" + b"9" * 200_000, 25)


def _open_quote(sample: bytes, _random: Random) -> bytes:
    return sample + b'\n"' + b"a;" * 1_000_000


def _many_columns(sample: bytes, _random: Random) -> bytes:
    head, _, rest = sample.partition(b"\n")
    return head.rstrip(b"\r") + b";x" * 100_000 + b"\n" + rest


def _many_cells(sample: bytes, _random: Random) -> bytes:
    return sample + b"\n" + b";" * 1_000_000


_Make = Callable[[bytes, Random], bytes]
_WHOLE: tuple[_Make, ...] = (
    _encoded,
    _separated,
    _shuffled,
    _shuffled,
    _crossed,
    _celled,
    _celled,
    _zipped,
    _nothing,
)
_HUGE: tuple[_Make, ...] = (_long_line, _long_cell, _open_quote, _many_columns, _many_cells)
