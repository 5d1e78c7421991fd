"""The dialogue model: trained in the dialogue server's own environment, named by `models/current.json`.

A model is code: loading one from elsewhere would run it. `train` signs what it made with a key of this
installation, and nothing else is loaded.
"""

import hashlib
import hmac
import json
import os
import secrets
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
NLU = ROOT / "nlu"
PYTHON = NLU / ".venv" / "bin" / "python"
# Apart from the models: who brings a folder of models brings no key. Two machines that share one share both.
KEY = ROOT / "var" / "model.key"
_CURRENT = "current.json"


class ModelMissing(Exception):
    """No usable model or environment; the message says what to do."""


@dataclass(frozen=True)
class Model:
    file: Path
    sha256: str


def current(models: Path) -> Model:
    """The model to serve. Raises ModelMissing, also when this installation has not signed it."""
    try:
        entry = json.loads((models / _CURRENT).read_text(encoding="utf-8"))
        model = Model(models / entry["file"], entry["sha256"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ModelMissing("pas de modèle : lancez `palier train`") from error
    if not _is_ours(entry):
        raise ModelMissing(
            "le modèle n'est pas signé par cette installation, il n'est pas chargé : lancez `palier train`"
        )
    return model


def train(models: Path) -> None:
    """Train the model if its data, configuration or components changed, or if it is not ours, and sign it.

    Raises ModelMissing.
    """
    if KEY.exists() and not _is_ours(_read(models)):
        (models / _CURRENT).unlink(missing_ok=True)
    done = _in_nlu("palier_nlu.train", "--out", str(models.resolve()))
    if done.returncode:
        raise ModelMissing("l'entraînement a échoué : voir les lignes ci-dessus")
    sign(models)


def sign(models: Path) -> None:
    """Sign the current model; the key is made at the first time."""
    if not KEY.exists():
        KEY.parent.mkdir(parents=True, exist_ok=True)
        KEY.touch(mode=0o600)
        KEY.write_text(secrets.token_hex(32), encoding="ascii")
    entry = _read(models)
    draft = models / f"{_CURRENT}.{os.getpid()}"
    draft.write_text(json.dumps(entry | {"signature": _signature(entry)}, indent=2) + "\n", encoding="utf-8")
    draft.replace(models / _CURRENT)


def _read(models: Path) -> dict[str, str]:
    try:
        entry: dict[str, str] = json.loads((models / _CURRENT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return entry


def _is_ours(entry: dict[str, str]) -> bool:
    if not KEY.exists():
        return False
    return hmac.compare_digest(str(entry.get("signature", "")).encode(), _signature(entry).encode())


def _signature(entry: dict[str, str]) -> str:
    signed = json.dumps([entry.get("file"), entry.get("sha256")]).encode()
    return hmac.new(KEY.read_bytes(), signed, hashlib.sha256).hexdigest()


def serve_command(model: Model, port: int, actions: str, duckling: str | None = None) -> list[str]:
    """The dialogue server's command line; it checks the model's hash before it loads it.

    `duckling`: the address of the server that reads times and amounts; without it none is read.
    """
    _check_environment()
    command = [*_command("palier_nlu.serve", model), "--port", str(port), "--actions", actions]
    return [*command, "--duckling", duckling] if duckling else command


def parse_command(model: Model, duckling: str | None = None) -> list[str]:
    """The reading loop of the dialogue environment: JSON lines in, JSON lines out.

    `duckling`: another server than the one that it starts itself.
    """
    _check_environment()
    command = _command("palier_nlu.parse", model)
    return [*command, "--duckling", duckling] if duckling else command


def duckling_command(port: int) -> list[str]:
    """The command line of our own Duckling server."""
    return [str(PYTHON), "-m", "palier_nlu.duckling.serve", "--port", str(port)]


def has_duckling() -> bool:
    """Whether Duckling is installed beside the dialogue server: there is no wheel of it for every machine."""
    return any(PYTHON.parents[1].glob("lib/python3*/site-packages/duckling"))


def _command(module: str, model: Model) -> list[str]:
    return [str(PYTHON), "-m", module, "--model", str(model.file.resolve()), "--sha256", model.sha256]


def environment() -> dict[str, str]:
    """The environment of the dialogue's processes."""
    return {**os.environ, "PYTHONPATH": str(NLU)}


def _in_nlu(module: str, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    _check_environment()
    return subprocess.run([str(PYTHON), "-m", module, *arguments], cwd=ROOT, check=False, env=environment())


def _check_environment() -> None:
    if not PYTHON.exists():
        raise ModelMissing("l'environnement du dialogue manque (nlu/.venv) : lancez `make install`")
