"""Train the model: `python -m palier_nlu.train --out models`, from the root of the repository."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import random
import sys
import tempfile
import time
from pathlib import Path

from palier_nlu.fingerprint import CURRENT, fingerprint, read_current, write_current

SEED = 42


def main() -> int:
    """Train unless the current model was made from the same sources; 1 when training fails."""
    parser = argparse.ArgumentParser(prog="palier_nlu.train", description="Train Palier's model.")
    parser.add_argument("--out", type=Path, default=Path("models"), help="folder of the models")
    parser.add_argument("--root", type=Path, default=Path(), help="folder of config.yml and data/")
    arguments = parser.parse_args()
    root, models = arguments.root.resolve(), arguments.out.resolve()
    try:
        wanted = fingerprint(root)
    except FileNotFoundError as error:
        print(f"palier_nlu.train: {error.filename} is missing", file=sys.stderr)
        return 1
    current = read_current(models)
    if current and current["fingerprint"] == wanted:
        print(f"model {current['file']} is up to date")
        return 0
    return _train(root, models, wanted)


def _train(root: Path, models: Path, wanted: str) -> int:
    started = time.monotonic()
    print("training the model (about a minute)...", flush=True)
    models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="training-", dir=models) as folder:
        chatter = io.StringIO()
        try:
            with contextlib.redirect_stdout(chatter), contextlib.redirect_stderr(chatter):
                trained = _run_rasa(root, Path(folder))
        except (Exception, SystemExit) as error:
            print(chatter.getvalue(), file=sys.stderr)
            cause = _first_cause(error)
            print(f"palier_nlu.train: training failed: {type(cause).__name__}: {cause}", file=sys.stderr)
            return 1
        model = trained.replace(models / f"{wanted[:12]}.tar.gz")
    current = write_current(models, model, wanted)
    for old in models.glob("*.tar.gz"):
        if old.name != current["file"]:
            old.unlink()
    print(f"model {current['file']} trained in {time.monotonic() - started:.0f} s ({CURRENT} names it)")
    return 0


def _first_cause(error: BaseException) -> BaseException:
    """Rasa wraps what a component raises in errors that only name the component."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def _run_rasa(root: Path, folder: Path) -> Path:
    """Train with Rasa's own command, from nothing: its cache does not know our components' files."""
    os.environ["RASA_CACHE_DIRECTORY"] = str(folder / "cache")
    from palier_nlu.quiet import hush

    hush()
    import numpy as np
    from rasa.model_training import train

    random.seed(SEED)
    np.random.seed(SEED)
    os.chdir(root)
    result = train(
        # Not all of data/rasa: to tell whether a file is of the domain, Rasa reads it whole, messages too.
        domain="data/rasa/domain",
        config="config.yml",
        training_files=["data/rasa"],
        output=str(folder),
        fixed_model_name="model.tar.gz",
        force_training=True,
    )
    if result.code or not result.model:
        raise RuntimeError("no model was made; look at data/rasa")
    return Path(result.model)


if __name__ == "__main__":
    sys.exit(main())
