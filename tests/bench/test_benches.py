"""The names of the benches, and the two that need no dialogue, in a tiny form; their times are not judged.

Each of the others has a file of its own: files are what the workers share.
"""

import pytest

from bot.bench import BENCHES, desk, rent_scan
from tests.bench.lines import checked
from tests.postgres import Postgres


def test_the_names_of_the_command_are_known() -> None:
    assert set(BENCHES) == {"reply", "conversation-age", "start", "danger", "rent-scan", "broadcast", "desk"}


@pytest.mark.slow
def test_rent_scan_compares_a_night_with_a_sum_on_both_databases(postgres: Postgres) -> None:
    said: list[str] = []
    url = postgres.new_database()
    lines = checked(
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
    lines = checked(desk.run(said.append, plan, postgres.new_database()), said)
    assert "PostgreSQL : la file" in lines
    assert lines["PostgreSQL : la file, première page"].met
