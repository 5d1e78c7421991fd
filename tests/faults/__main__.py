"""`make faults`: play every fault (or those named), print the table, write var/fautes.md; 1 if one hurts."""

import sys
import tempfile
import warnings
from contextlib import ExitStack
from pathlib import Path

from bot import logs
from tests.faults import kills, report
from tests.faults.account import Account
from tests.faults.matrix import FAULTS
from tests.faults.run import play
from tests.postgres import NoSmallDisk, running_postgres
from tests.scenarios.parts import running_dialogue
from tests.scenarios.story import running_world


def main(names: list[str]) -> int:
    known = [*FAULTS, kills.NAME]
    unknown = set(names) - set(known)
    if unknown:
        print(f"panne inconnue : {', '.join(sorted(unknown))} ; il y a : {', '.join(known)}", file=sys.stderr)
        return 2
    logs.set_up()
    # rasa-sdk doubts at every call that it understands Rasa 3.6.
    warnings.filterwarnings("ignore", message="Your versions of rasa")
    lines = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="palier-faults-")))
        dialogue = stack.enter_context(running_dialogue(folder / "dialogue.log"))
        server = stack.enter_context(running_postgres(folder))
        samples = folder / "samples"
        samples.mkdir()
        with running_world(samples, None, run=False):
            pass
        database = samples / "palier.sqlite3"
        for name in names or known:
            if name == kills.NAME:
                line = kills.line(dialogue, database)
            else:
                fault = FAULTS[name]
                try:
                    account = play(fault, dialogue, database, server.new_database)
                except NoSmallDisk as error:
                    account = Account(lost=[f"panne non jouée : {error}"])
                line = report.Line(fault.title, account, fault.holds_back)
            print(line.in_short(), flush=True)
            lines.append(line)
    page = Path("var/fautes.md")
    page.parent.mkdir(exist_ok=True)
    page.write_text(report.page(lines), encoding="utf-8")
    print(f"Le rapport : {page}")
    return 1 if any(line.hurts for line in lines) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
