"""What the product's processes hold in memory, and what they compute (Linux: /proc)."""

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)
_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)
_RSS = re.compile(r"^Rss:\s+(\d+) kB", re.MULTILINE)


@dataclass(frozen=True)
class Memory:
    """All processes of a tree together, in bytes. `pss` counts a shared page once, `rss` in each process."""

    processes: int
    rss: int
    pss: int


def of_tree(root: int) -> Memory | None:
    """The memory of process `root` and all its descendants; None where /proc does not tell."""
    if not Path(f"/proc/{root}/smaps_rollup").exists():
        return None
    rss = pss = processes = 0
    for pid in _tree(root):
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        except OSError:  # it has just ended
            continue
        processes += 1
        rss += _kilobytes(_RSS, text)
        pss += _kilobytes(_PSS, text)
    return Memory(processes, rss * 1024, pss * 1024)


def forget_peak() -> None:
    """Let the peak of this process begin anew (Linux)."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak() -> int:
    """The most that this process has held since `forget_peak`, in bytes; 0 where /proc does not tell."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return 0
    return _kilobytes(_PEAK, status) * 1024


def processor_seconds(pid: int) -> float:
    """What process `pid`, all its threads, has computed since it began; 0 where /proc does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _kilobytes(line: re.Pattern[str], text: str) -> int:
    found = line.search(text)
    return int(found[1]) if found else 0


def _tree(root: int) -> list[int]:
    """`root` and its descendants, by the parent numbers of all processes."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name of the command may hold spaces: what counts comes after its closing bracket.
            parent = int(stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, [])
    return found
