import pytest
from palier_nlu.idle import IdleMap


@pytest.fixture
def clock():
    return [0.0]


@pytest.fixture
def entries(clock):
    return IdleMap(capacity=2, idle_seconds=10, clock=lambda: clock[0])


def test_keeps_what_was_written_lately(entries, clock):
    entries["a"] = 1
    clock[0] = 9
    assert entries["a"] == 1
    assert dict(entries) == {"a": 1}


def test_forgets_what_is_idle(entries, clock):
    entries["a"] = 1
    clock[0] = 6
    entries["b"] = 2
    clock[0] = 10
    assert "a" not in entries
    assert list(entries) == ["b"]
    with pytest.raises(KeyError):
        entries["a"]


def test_writing_again_keeps_an_entry_alive(entries, clock):
    entries["a"] = 1
    clock[0] = 6
    entries["a"] = 2
    clock[0] = 15
    assert entries["a"] == 2


def test_forgets_the_longest_idle_when_full(entries):
    for key in ("a", "b"):
        entries[key] = key
    entries["a"] = "again"
    entries["c"] = "c"
    assert list(entries) == ["a", "c"]
    assert len(entries) == 2


def test_deletes(entries):
    entries["a"] = 1
    del entries["a"]
    assert len(entries) == 0
