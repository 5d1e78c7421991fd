"""`make fuzz`: 100,000 updates and 1,000 files; prints what was found, writes var/fuzz.md; 1 if anything."""

import sys
import tempfile
import warnings
from pathlib import Path

from bot import logs
from tests.fuzz.run import Found, play
from tests.scenarios.parts import running_dialogue
from tests.scenarios.story import running_world

UPDATES, FILES, SEED = 100_000, 1_000, 20_261_122


def main(arguments: list[str]) -> int:
    updates = int(arguments[0]) if arguments else UPDATES
    logs.set_up()
    warnings.filterwarnings("ignore", message="Your versions of rasa")
    with tempfile.TemporaryDirectory(prefix="palier-fuzz-") as name:
        folder = Path(name)
        with running_world(folder, None, run=False):
            pass
        samples = (folder / "palier.sqlite3").rename(folder / "samples.sqlite3")
        with running_dialogue(folder / "dialogue.log") as dialogue:
            found = play(dialogue, samples, updates=updates, files=FILES, seed=SEED, say=print)
    report = _report(found)
    print(report)
    page = Path("var/fuzz.md")
    page.parent.mkdir(exist_ok=True)
    page.write_text(report, encoding="utf-8")
    return 1 if found.faults else 0


def _report(found: Found) -> str:
    grown = found.memory_late / found.memory_early if found.memory_early else 0.0
    early, late = (f"{size / 2**20:.0f} Mo" for size in (found.memory_early, found.memory_late))
    lines = [
        "# Entrées au hasard",
        "",
        f"- {found.updates} mises à jour de Telegram et {found.files} fichiers, en {found.seconds:.0f} s",
        f"- mémoire du bot : {early} au cinquième, {late} à la fin (× {grown:.2f})",
        f"- défauts : {len(found.faults)}",
        *(f"  - {fault}" for fault in found.faults),
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
