"""On which days check-ins fall: the shipped series."""

from datetime import date, timedelta

from bot.content.checkins import load_checkins
from bot.content.source import FOLDER
from bot.domain.checkins import SILENCE, Facts, is_ignored, next_day, visit_on

SERIES = load_checkins(FOLDER / "checkins.yml").series


def days(facts: Facts, start: date, until: date) -> list[tuple[date, str]]:
    """Every check-in between the two days, found one from the other."""
    found, after = [], start
    while (day := next_day(SERIES, facts, after)) and day <= until:
        visit = visit_on(SERIES, facts, day)
        assert visit is not None
        found.append((day, f"{visit.series} {visit.name}"))
        after = day
    return found


def facts(*profiles: str, since: date = date(2010, 1, 1), supported_until: date | None = None) -> Facts:
    return Facts(frozenset(profiles), (since,), supported_until)


def test_a_newcomer_is_asked_four_times() -> None:
    since = date(2026, 12, 12)
    assert days(facts("jeune", since=since), since, date(2027, 12, 31)) == [
        (date(2026, 12, 14), "newcomer j2"),
        (date(2026, 12, 22), "newcomer j10"),
        (date(2027, 1, 11), "newcomer j30"),
        (date(2027, 3, 12), "newcomer j90"),
    ]


def test_a_senior_is_asked_each_month_and_reinforced_support_each_week() -> None:
    start, end = date(2026, 12, 1), date(2027, 2, 28)
    assert [day.day for day, _ in days(facts("senior"), start, end)] == [15, 15, 15]
    assert {day.weekday() for day, _ in days(facts("asr"), start, end)} == {2}
    # Once a day, by the first series: both fall on a Wednesday the 16th.
    both = days(facts("asr", "senior"), start, end)
    assert len({day for day, _ in both}) == len(both)


def test_after_a_follow_up_months_are_clamped() -> None:
    known = facts(supported_until=date(2026, 11, 30))
    assert [day for day, _ in days(known, date(2026, 11, 30), date(2027, 12, 31))] == [
        date(2026, 12, 30), date(2027, 2, 28), date(2027, 5, 30),
    ]  # fmt: skip


def test_a_shared_house_is_asked_each_day_and_nobody_else_is_asked() -> None:
    start = date(2026, 12, 1)
    assert len(days(facts("maison-partagee"), start, start + timedelta(days=10))) == 10
    assert next_day(SERIES, facts("panel"), start) is None


def test_two_silences_in_a_row() -> None:
    assert is_ignored([SILENCE, SILENCE, "good"])
    assert not is_ignored([SILENCE, "good", SILENCE])
    assert not is_ignored([SILENCE])
