"""The benches run in a tiny form and show every line of their table; their times are not judged."""

import re

import pytest

from bot.bench import BENCHES, broadcast, conversation_age, danger, desk, rent_scan, reply, start
from bot.bench.report import Line
from tests.postgres import Postgres

_FIGURE = re.compile(r"\d+(,\d+)?( (ms|s|ko|Mo))?")


def _check(lines: list[Line], said: list[str]) -> dict[str, Line]:
    """Every line has figures and is shown; every target has a verdict."""
    for line in lines:
        assert all(_FIGURE.fullmatch(figure) for figure in line.figures), line
        assert (line.met is not None) == line.target.startswith("cible"), line
        assert any(row.startswith(line.what) for row in said), line
    return {line.what: line for line in lines}


def test_the_names_of_the_command_are_known() -> None:
    assert set(BENCHES) == {"reply", "conversation-age", "start", "danger", "rent-scan", "broadcast", "desk"}


@pytest.mark.slow
def test_reply_shows_the_answer_the_bare_cost_and_the_memory() -> None:
    said: list[str] = []
    lines = _check(reply.run(said.append, reply.Plan(tenants=5, warm_up=0.5, seconds=1.5)), said)
    targets = [re.sub(r"\d+ ", "", what) for what, line in lines.items() if line.target]
    assert targets == [
        "de la mise en file à sendMessage",
        "hors du dialogue / coût nu (médianes)",
        "sans réponse",
        "mémoire de processus (PSS)",
    ]
    assert lines["sans réponse"].figures == ("0",)


@pytest.mark.slow
def test_conversation_age_compares_the_two_ends_of_a_talk() -> None:
    said: list[str] = []
    plan = conversation_age.Plan(warm_up=1, messages=6, window=2)
    lines = _check(conversation_age.run(said.append, plan), said)
    assert "médiane des messages 5 à 6" in lines
    assert {what for what, line in lines.items() if line.target} == {
        "la fin / le début",
        "la fin / cet autre, au même moment",
        "sans réponse",
    }
    assert lines["sans réponse"].figures == ("0",)


@pytest.mark.slow
def test_start_compares_with_what_rasa_itself_needs() -> None:
    said: list[str] = []
    lines = _check(start.run(said.append, start.Plan(starts=1)), said)
    assert [what for what, line in lines.items() if line.target] == ["le plus long"]


@pytest.mark.slow
def test_broadcast_loses_and_repeats_nothing() -> None:
    said: list[str] = []
    plan = broadcast.Plan(recipients=5, talkers=1, unpaced=5, killed=10, kills=1)
    lines = _check(broadcast.run(said.append, plan), said)
    assert [lines[what].figures for what in ("perdues", "en double", "sans réponse")] == [("0",)] * 3


@pytest.mark.slow
def test_danger_is_answered_with_the_dialogue_and_without_it() -> None:
    said: list[str] = []
    lines = _check(danger.run(said.append, danger.Plan(per_second=4, seconds=2, workers=4)), said)
    assert {what for what, line in lines.items() if line.target} == {
        "phrases de sécurité, lexique",
        "sans réponse",
        "phrases de sécurité, lexique, dialogue bloqué",
        "sans réponse, dialogue bloqué",
    }
    assert lines["sans réponse"].figures == lines["sans réponse, dialogue bloqué"].figures == ("0",)


@pytest.mark.slow
def test_rent_scan_compares_a_night_with_a_sum_on_both_databases(postgres: Postgres) -> None:
    said: list[str] = []
    url = postgres.new_database()
    lines = _check(
        rent_scan.run(said.append, rent_scan.Plan(leases=60, terms=3, unpaid=20, runs=1), url), said
    )
    for name in ("SQLite", "PostgreSQL"):
        # Only those who have not paid are loaded: everybody else is decided together.
        assert lines[f"{name} : comptes chargés"].figures == ("3",)
        assert lines[f"{name} : la nuit / la somme"].target


@pytest.mark.slow
def test_desk_opens_every_page_of_the_console(postgres: Postgres) -> None:
    said: list[str] = []
    plan = desk.Plan(tenants=60, cases=20, looks=2, warm_up=0)
    lines = _check(desk.run(said.append, plan, postgres.new_database()), said)
    assert "PostgreSQL : la file" in lines
    assert lines["PostgreSQL : la file, première page"].met
