"""`palier import`: one file, its counts, and the lines that were refused with their reasons."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.progress import Progress as Bar

from bot import wiring
from bot.imports.report import Report
from bot.imports.run import Progress, import_file
from bot.settings import load


def run_import(
    kind: str,
    file: Path,
    organisation: str | None,
    *,
    dry_run: bool,
    until: date | None,
    as_json: bool,
) -> Iterator[str]:
    """The lines to print. Raises FileRefused when the file is refused whole."""
    parts = wiring.parts(load("secret_key"))
    with parts.database.reading() as session:
        now = parts.clock.now(session)
    with _bar() as progress:
        report = import_file(
            parts.database, parts.house, now, kind, file, organisation, dry_run, until, progress
        )
    yield _json(report) if as_json else "\n".join(_lines(report, dry_run))


@contextmanager
def _bar() -> Iterator[Progress]:
    """A progress bar on a terminal; quiet in a pipe."""
    console = Console(stderr=True)
    with Bar(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Import", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _lines(report: Report, dry_run: bool) -> Iterator[str]:
    said = "Essai (rien n'est écrit)" if dry_run else "Import"
    yield (
        f"{said} : {report.created} créées, {report.updated} modifiées, {report.unchanged} inchangées, "
        f"{len(report.refused)} refusées"
    )
    yield from report.notes
    yield from report.warnings
    for refusal in report.refused:
        yield f"ligne {refusal.line} refusée : {refusal.reason}"


def _json(report: Report) -> str:
    return json.dumps(
        {
            "created": report.created,
            "updated": report.updated,
            "unchanged": report.unchanged,
            "refused": [{"line": refusal.line, "reason": refusal.reason} for refusal in report.refused],
            "warnings": report.warnings,
            "notes": report.notes,
        },
        ensure_ascii=False,
    )
