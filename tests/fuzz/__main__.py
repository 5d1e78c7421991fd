"""`make fuzz`: 100,000 updates and 6,000 files; prints what was found, writes var/fuzz.md; 1 if anything."""

import sys
import tempfile
import warnings
from pathlib import Path

from bot import logs
from tests.fuzz.run import Found, play
from tests.scenarios.parts import running_dialogue
from tests.scenarios.story import running_world

# FILES: of every kind.
UPDATES, FILES, SEED = 100_000, 1_000, 20_261_123


def main(arguments: list[str]) -> int:
    updates = int(arguments[0]) if arguments else UPDATES
    files = int(arguments[1]) if arguments[1:] else FILES
    logs.set_up()
    warnings.filterwarnings("ignore", message="Your versions of rasa")
    with tempfile.TemporaryDirectory(prefix="palier-fuzz-") as name:
        folder = Path(name)
        with running_world(folder, None, run=False):
            pass
        samples = (folder / "palier.sqlite3").rename(folder / "samples.sqlite3")
        with running_dialogue(folder / "dialogue.log") as dialogue:
            found = play(dialogue, samples, updates=updates, files=files, seed=SEED, say=print)
    report = _report(found)
    print(report)
    page = Path("var/fuzz.md")
    page.parent.mkdir(exist_ok=True)
    page.write_text(report, encoding="utf-8")
    page.with_suffix(".log").write_text(found.log, encoding="utf-8")
    return 1 if found.faults else 0


def _report(found: Found) -> str:
    updates = ", ".join(f"{count} {what}" for what, count in found.made.most_common())
    answered = ", ".join(f"{count} {what}" for what, count in found.answered.most_common())
    reached = ", ".join(f"{count} sortes {what}" for what, count in found.reached.items())
    early, late = _memory(found, found.updates // 5), _memory(found, found.updates)
    lines = [
        "# Entrées au hasard",
        "",
        f"- {found.updates} mises à jour de Telegram en {found.update_seconds:.0f} s"
        f" ({found.bot_seconds:.0f} s de calcul du bot) : {updates}",
        f"- conclusions du dialogue : {answered}",
        f"- {found.shown} messages de Palier relus, {found.refused} refusés par Telegram",
        f"- jusqu’où sont allées les conversations : {reached}",
        f"- locataires silencieux : leurs lignes relues {found.looks} fois en {found.days} journées",
        f"- {found.files.read} fichiers lus, {found.files.refused} refusés, en {found.file_seconds:.0f} s",
        f"- mémoire du bot : {early / 2**20:.0f} Mo au cinquième, {late / 2**20:.0f} Mo à la fin"
        f" (× {late / early:.2f})",
        f"- défauts : {sum(found.troubles.values()) + sum(found.files.broken.values())}",
        *(f"  - {fault}" for fault in found.faults),
        "",
    ]
    return "\n".join(lines)


def _memory(found: Found, updates: int) -> int:
    """The memory of the bot, in bytes, once so many updates were handled."""
    return next(held for count, held in sorted(found.memory.items()) if count >= updates)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
