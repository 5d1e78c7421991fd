"""A small project to train on, and the dialogue server as a process."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / "nlu" / ".venv" / "bin" / "python"
SECRET = "a dialogue secret for tests"

# Messages of the few intents that the tests need; the others learn their own name.
MESSAGES = {
    "greet": ["bonjour", "salut", "bonsoir", "coucou"],
    "thank": ["merci", "merci beaucoup", "merci bien à vous"],
    "affirm": ["oui", "oui d'accord", "ouais"],
    "stop": ["stop", "arrêtez les messages", "plus de messages svp"],
    "payment_difficulty": [
        "je peux pas payer",
        "je pourrai pas payer le loyer",
        "plus d'argent pour le loyer",
    ],
    "report_violence": ["il me frappe", "mon mari me frappe", "il m'a menacée et frappée"],
}
LEXICON = {
    "version": 1,
    "kinds": {"violence": [{"any": ["me frapp*", "et frapp*"]}], "hazard": [{"any": ["odeur _ gaz"]}]},
}


def make_project(folder: Path) -> Path:
    """The repository's own domain, rules, responses and components, with few messages."""
    rasa = folder / "data" / "rasa"
    shutil.copytree(ROOT / "data" / "rasa", rasa, ignore=shutil.ignore_patterns("nlu"))
    shutil.copy(ROOT / "config.yml", folder)
    (folder / "nlu").symlink_to(ROOT / "nlu")
    (folder / "data" / "content").mkdir()
    shutil.copy(ROOT / "data" / "content" / "intents.yml", folder / "data" / "content")
    intents = yaml.safe_load((rasa / "domain" / "intents.yml").read_text(encoding="utf-8"))["intents"]
    messages = {name: MESSAGES.get(name, [name.replace("_", " "), name]) for name in intents}
    write_yaml(
        rasa / "nlu" / "messages.yml",
        {"version": "3.1", "nlu": [_examples(name, texts) for name, texts in messages.items()]},
    )
    write_yaml(folder / "data" / "content" / "danger_lexicon.yml", LEXICON)
    return folder


def _examples(name: str, texts: list[str]) -> dict[str, str]:
    return {"intent": name, "examples": "".join(f"- {text}\n" for text in texts)}


def write_yaml(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def run(module: str, *arguments: str | Path, **options: Any) -> "subprocess.CompletedProcess[str]":
    """Run a command of the dialogue server's environment to its end."""
    return subprocess.run(
        [PYTHON, "-m", module, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **options,
    )


def train(project: Path) -> "subprocess.CompletedProcess[str]":
    return run("palier_nlu.train", "--root", project, "--out", project / "models")


def current_model(project: Path) -> tuple[Path, str]:
    current = json.loads((project / "models" / "current.json").read_text(encoding="utf-8"))
    return project / "models" / current["file"], current["sha256"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A running dialogue server."""

    def __init__(self, process: "subprocess.Popen[str]", port: int, log: Path) -> None:
        self.process = process
        self.log = log
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {SECRET}"}, timeout=30
        )
        self._sent = 0

    def send(self, **request: Any) -> httpx.Response:
        """Post a message; what is not given is a fresh typed one."""
        self._sent += 1
        content = {"id": f"m{self._sent}", "conversation": f"c{self._sent}", "mode": "talk", **request}
        return self.client.post("/palier/message", json=content)

    def talk(self, text: str, **request: Any) -> Any:
        """The answer to a text that must be answered."""
        response = self.send(text=text, **request)
        assert response.status_code == 200, response.text
        return response.json()


@contextmanager
def running_server(
    project: Path, actions_url: str, *options: str, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Start the server on the project's model, wait until it is ready, stop it at the end."""
    model, sha256 = current_model(project)
    port = free_port()
    command = [PYTHON, "-m", "palier_nlu.serve", "--model", model, "--sha256", sha256, "--port", str(port)]
    with (
        log.open("w", encoding="utf-8") as stderr,
        subprocess.Popen(
            [*command, "--actions", actions_url, *options],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env={**os.environ, "PALIER_DIALOGUE_SECRET": SECRET, **(environment or {})},
        ) as process,
    ):
        server = Server(process, port, log)
        try:
            yield server
        finally:
            server.client.close()
            process.terminate()
            process.wait(timeout=30)


def wait_until_ready(server: Server) -> float:
    """Wait for the line on stdout; the seconds that it took."""
    started = time.monotonic()
    assert server.process.stdout is not None
    assert server.process.stdout.readline() == "ready\n", server.log.read_text(encoding="utf-8")
    return time.monotonic() - started
