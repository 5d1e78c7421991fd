"""Only a model that this installation has signed is loaded."""

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from bot import model
from bot.model import ModelMissing


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A trained and signed model; training anew writes a fresh archive."""
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setattr(model, "KEY", tmp_path / "var" / "model.key")

    def trained(_module: str, *_arguments: str) -> "subprocess.CompletedProcess[bytes]":
        if not (folder / "current.json").exists():
            bring(folder, "ours.tar.gz", b"what we trained")
        return subprocess.CompletedProcess([], 0)

    monkeypatch.setattr(model, "_in_nlu", trained)
    model.train(folder)
    return folder


def bring(folder: Path, name: str, content: bytes) -> None:
    """An archive and an entry that names it, as `palier_nlu.train` writes them: without a signature."""
    (folder / name).write_bytes(content)
    entry = {"file": name, "sha256": hashlib.sha256(content).hexdigest(), "fingerprint": "x"}
    (folder / "current.json").write_text(json.dumps(entry))


def entry(folder: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads((folder / "current.json").read_text())
    return found


def test_what_we_trained_is_served(models: Path) -> None:
    assert model.current(models).file == models / "ours.tar.gz"
    assert model.KEY.stat().st_mode & 0o077 == 0
    model.train(models)  # nothing changed: the same one
    assert model.current(models).sha256 == hashlib.sha256(b"what we trained").hexdigest()


def test_a_model_from_elsewhere_is_refused_and_trained_anew(models: Path) -> None:
    bring(models, "theirs.tar.gz", b"a pickle that runs")
    with pytest.raises(ModelMissing, match="pas signé par cette installation"):
        model.current(models)
    model.train(models)
    assert model.current(models).file.name == "ours.tar.gz"


@pytest.mark.parametrize("change", [{"file": "theirs.tar.gz"}, {"sha256": "0" * 64}, {"signature": ""}])
def test_a_signature_holds_for_one_archive_only(models: Path, change: dict[str, str]) -> None:
    (models / "current.json").write_text(json.dumps(entry(models) | change))
    with pytest.raises(ModelMissing, match="pas signé"):
        model.current(models)


def test_the_key_of_another_installation_signs_nothing_here(models: Path) -> None:
    model.KEY.write_text("another key")
    with pytest.raises(ModelMissing, match="pas signé"):
        model.current(models)


def test_no_model_or_a_broken_entry_says_what_to_do(models: Path) -> None:
    for text in ("{", "[]", "{}"):
        (models / "current.json").write_text(text)
        with pytest.raises(ModelMissing, match="lancez `palier train`"):
            model.current(models)
