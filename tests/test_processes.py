"""Whether the holder of a lease surely runs no more."""

import os
import subprocess
import sys

import pytest

from bot.processes import is_dead, my_name

HOST = my_name().split(":")[0]


@pytest.fixture
def ended() -> int:
    """The number of a process that has just ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_worker_names_its_host_and_process() -> None:
    host, pid, _ = my_name().split(":")
    assert (host, pid) == (HOST, str(os.getpid()))
    assert my_name() != my_name()
    assert len(my_name()) <= 40  # what the column holds


def test_a_process_that_ended_is_dead(ended: int) -> None:
    assert is_dead(f"{HOST}:{ended}:a", my_name())


def test_i_am_not_dead() -> None:
    me = my_name()
    assert not is_dead(me, me)


def test_our_own_number_given_again_is_another_life() -> None:
    assert is_dead(f"{HOST}:{os.getpid()}:a", f"{HOST}:{os.getpid()}:b")


def test_a_living_process_is_not_dead() -> None:
    assert not is_dead(f"{HOST}:{os.getppid()}:a", my_name())
    assert not is_dead(f"{HOST}:1:a", my_name())


def test_nothing_is_known_of_another_machine(ended: int) -> None:
    assert not is_dead(f"elsewhere:{ended}:a", my_name())
