"""How a server starts, forgets and stops; how a model is trained and replaced."""

import json
import os
import re
import signal
import subprocess
import time

import httpx
import pytest

from tests.nlu.project import (
    PYTHON,
    ROOT,
    SECRET,
    current_model,
    free_port,
    make_project,
    run,
    running_server,
    train,
    wait_until_ready,
    write_yaml,
)

pytestmark = pytest.mark.slow


def users(call):
    return len([event for event in call["tracker"]["events"] if event["event"] == "user"])


def test_a_server_says_no_before_it_is_ready_forgets_the_idle_and_stops(
    small_project, stub_actions, tmp_path
):
    with running_server(
        small_project, stub_actions.url, "--idle-seconds", "2", log=tmp_path / "log"
    ) as server:
        assert status_while_loading(server) == 503
        wait_until_ready(server)
        for _ in range(2):
            server.talk("je peux pas payer", conversation="c")
        assert users(stub_actions.calls[-1]) == 2
        first = server.talk("je peux pas payer", id="1", conversation="c")
        time.sleep(2.5)
        assert server.talk("je peux pas payer", id="1", conversation="c") == first
        assert len(stub_actions.calls) == 4  # the answer was forgotten too
        assert users(stub_actions.calls[-1]) == 1
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=10) == 0
        assert server.process.stdout.read() == ""


def status_while_loading(server):
    for _ in range(100):
        try:
            return server.client.get("/palier/ready").status_code
        except httpx.ConnectError:
            time.sleep(0.05)
    raise AssertionError("the server does not listen")


def serve(*arguments, secret=SECRET):
    environment = {**os.environ, "PALIER_DIALOGUE_SECRET": secret}
    return run("palier_nlu.serve", "--port", str(free_port()), *arguments, env=environment)


@pytest.mark.parametrize("loaded", [False, True])
def test_a_supervised_server_ends_with_its_parent(small_project, loaded):
    model, sha256 = current_model(small_project)
    with subprocess.Popen(
        [PYTHON, "-m", "palier_nlu.serve", "--model", model, "--sha256", sha256, "--port", str(free_port())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PALIER_DIALOGUE_SECRET": SECRET, "PALIER_CHILD": "1"},
    ) as process:
        try:
            if loaded:
                assert process.stdout.readline() == b"ready\n"
            assert process.poll() is None
            process.stdin.close()
            assert process.wait(timeout=10) == 0
        finally:
            process.kill()


def test_another_model_than_the_expected_one_is_refused(small_project):
    model, sha256 = current_model(small_project)
    result = serve("--model", model, "--sha256", "0" * 64)
    assert result.returncode == 1
    assert sha256 in result.stderr
    assert result.stdout == ""


def test_a_missing_model_or_secret_is_said(small_project, tmp_path):
    model, sha256 = current_model(small_project)
    missing = serve("--model", tmp_path / "none.tar.gz", "--sha256", sha256)
    assert (missing.returncode, "none.tar.gz" in missing.stderr) == (1, True)
    silent = serve("--model", model, "--sha256", sha256, secret="")
    assert (silent.returncode, "PALIER_DIALOGUE_SECRET" in silent.stderr) == (1, True)


def test_lines_are_parsed_in_order_and_a_bad_one_stops(small_project):
    model, sha256 = current_model(small_project)
    when = {"now": "2026-12-04T09:12:00+01:00", "tz": "Europe/Paris"}
    lines = [{"text": text, **when} for text in ("bonjour", "mon mari me frappe", "/stop")]
    content = "".join(json.dumps(line) + "\n" for line in lines) + "oops\n"
    result = run("palier_nlu.parse", "--model", model, "--sha256", sha256, input=content)
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["intent"] for answer in answers[:2]] == ["greet", "report_violence"]
    assert answers[1]["signs"] == ["violence"]
    assert answers[2]["confidence"] < 1
    assert len(answers) == 3
    assert result.returncode == 1
    assert "line 4" in result.stderr


def test_training_again_does_nothing_until_something_changes(tmp_path):
    project = make_project(tmp_path)
    assert train(project).returncode == 0
    first, _ = current_model(project)
    written = (project / "models" / "current.json").stat().st_mtime_ns

    assert "up to date" in train(project).stdout
    assert (project / "models" / "current.json").stat().st_mtime_ns == written

    write_yaml(project / "data" / "content" / "danger_lexicon.yml", {"version": 1, "kinds": {}})
    failed = train(project)
    assert (failed.returncode, "kinds" in failed.stderr) == (1, True)
    assert current_model(project)[0] == first
    assert first.exists()

    lexicon = {"version": 1, "kinds": {"distress": [{"any": ["envie de mourir"]}]}}
    write_yaml(project / "data" / "content" / "danger_lexicon.yml", lexicon)
    assert train(project).returncode == 0
    second, _ = current_model(project)
    assert second != first
    assert sorted(path.name for path in (project / "models").iterdir()) == sorted(
        [second.name, "current.json"]
    )


def test_the_memory_of_a_server_is_bounded(small_server):
    with open(f"/proc/{small_server.process.pid}/status", encoding="utf-8") as status:
        fields = dict(line.split(":", 1) for line in status)
    assert int(fields["VmRSS"].split()[0]) < 700_000


def test_training_needs_its_files(tmp_path):
    result = subprocess.run(
        [PYTHON, "-m", "palier_nlu.train", "--root", tmp_path], capture_output=True, text=True, check=False
    )
    assert (result.returncode, "config.yml" in result.stderr) == (1, True)


def test_the_model_is_measured_on_voices_it_has_not_learnt(tmp_path):
    texts = {
        "greet": ["bonjour", "bonsoir", "salut"],
        "affirm": ["oui", "oui oui", "ouais"],
        "report_hazard": ["odeur de gaz", "ça sent le gaz", "gaz partout"],
    }
    entries = [
        {"intent": intent, "metadata": {"voice": f"voice-{voice}"}, "examples": f"- {text}\n"}
        for intent, said in texts.items()
        for voice, text in enumerate(said)
    ]
    unheard = {"intent": "greet", "examples": "- hello\n"}
    write_yaml(tmp_path / "taught" / "messages.yml", {"version": "3.1", "nlu": [*entries, unheard]})
    apart = {"voice": "voice-9", "messages": {"greet": ["<b>bonjour</b> à tous"]}, "several": []}
    write_yaml(tmp_path / "apart" / "voice.yml", apart)
    where = ("--messages", tmp_path / "taught", "--apart", tmp_path / "apart", "--folds", "3")

    figures = json.loads(run("palier_nlu.evaluate", *where, cwd=ROOT).stdout)
    assert (figures["kept_apart"]["messages"], figures["held_out"]["messages"]) == (1, 9)
    assert figures["times"]["messages"] > 100
    assert {row["intent"] for row in figures["held_out"]["by_intent"]} == set(texts)
    nets = {row["net"]: row["found"] for row in figures["held_out"]["danger"]}
    assert nets["either"] >= nets["lexicon"] > 0.5

    report = tmp_path / "report.html"
    assert run("palier_nlu.evaluate", *where, "--report", report, cwd=ROOT).returncode == 0
    page = report.read_text(encoding="utf-8")
    assert "report_hazard" in page
    assert "<b>bonjour" not in page
    assert not re.search(r"(?:src|href|url)\W", page)
