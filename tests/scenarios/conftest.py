"""One dialogue server for the run; each scenario makes its world on it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.parts import SharedDialogue, running_dialogue
from tests.scenarios.story import World, running_world

_HERE = Path(__file__).parent
MakeWorld = Callable[..., World]


@pytest.fixture(scope="session")
def dialogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedDialogue]:
    with running_dialogue(tmp_path_factory.mktemp("dialogue") / "stderr") as running:
        yield running


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the sample landlord on the first morning."""
    folder = tmp_path_factory.mktemp("samples")
    with running_world(folder, None, run=False):
        pass  # closing the last connection leaves one whole file
    assert not (folder / "palier.sqlite3-wal").exists()
    return folder / "palier.sqlite3"


@pytest.fixture
def make_world(dialogue: SharedDialogue, samples: Path, tmp_path: Path) -> Iterator[MakeWorld]:
    """Make the scenario's world, with the options of `running_world`."""
    with ExitStack() as stack:

        def make(database_url: str = "", **options: Any) -> World:
            if database_url:
                options["database_url"] = database_url
            else:
                options["samples"] = samples
            return stack.enter_context(running_world(tmp_path, dialogue, **options))

        yield make


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """The usual world: Tuesday 1 December 2026, 9 h, SQLite, polling."""
    return make_world()


@pytest.fixture(scope="module")
def shared_world(
    dialogue: SharedDialogue, samples: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """One world for a module whose scenarios each have a tenant of their own; its console runs too."""
    folder = tmp_path_factory.mktemp("shared")
    roles = "bot,delivery,scheduler,console"
    with running_world(folder, dialogue, samples=samples, roles=roles) as world:
        yield world


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.slow)
            # rasa-sdk doubts at every call that it understands Rasa 3.6; the scenarios are the proof.
            item.add_marker(pytest.mark.filterwarnings("ignore:Your versions of rasa"))
