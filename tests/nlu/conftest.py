"""One small trained project and one dialogue server on it, for the tests of the server itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.nlu.project import Server, make_project, running_server, train, wait_until_ready
from tests.nlu.stub import Actions, running_actions


@pytest.fixture(scope="session")
def small_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = make_project(tmp_path_factory.mktemp("project"))
    result = train(project)
    assert result.returncode == 0, result.stderr
    return project


@pytest.fixture(scope="session")
def stub_server() -> Iterator[Actions]:
    with running_actions() as actions:
        yield actions


@pytest.fixture
def stub_actions(stub_server: Actions) -> Actions:
    stub_server.reset()
    return stub_server


@pytest.fixture(scope="session")
def small_server(
    small_project: Path, stub_server: Actions, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("server") / "stderr"
    with running_server(small_project, stub_server.url, log=log) as server:
        wait_until_ready(server)
        yield server
