"""The choice of a tip, over any home, any day and any past: on the real tips."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.content.source import FOLDER
from bot.content.tips import load_tips
from bot.domain.tips import Given, Season, TipAnswer, choose, seasons_of, worth_asking

TIPS = load_tips(FOLDER / "tips")
ALL = [entry.tip for entry in TIPS.entries.values()]
USUAL = {name: True for name, trait in TIPS.traits.items() if trait.usual}
HOMES = st.dictionaries(st.sampled_from(sorted(TIPS.traits)), st.booleans())
DAYS = st.integers(0, 800).map(lambda days: date(2026, 1, 1) + timedelta(days=days))
PASTS = st.lists(
    st.builds(Given, st.sampled_from(ALL), st.sampled_from([None, *TipAnswer])),
    max_size=30,
    unique_by=lambda given: given.tip.id,
)
LOWERS = {"living_rooms", "bedroom_night", "one_degree_less", "away_for_the_day", "program_thermostat",
          "bathroom", "away_for_days", "room_by_room", "towel_rail_off"}  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(HOMES, DAYS, PASTS, st.sampled_from([None, *TIPS.themes]))
def test_never_harmful_never_infeasible_never_twice_always_in_season(home, day, past, theme) -> None:
    tip = choose(ALL, home, day, past, theme)
    if tip is None:
        return
    assert tip not in [given.tip for given in past]
    assert all(home.get(trait) for trait in tip.needs)
    assert all(home.get(trait) is False for trait in tip.never_if)
    assert tip.season in seasons_of(day)
    assert theme in (None, tip.theme)
    if tip.id in LOWERS:
        assert home["fragile"] is False
        assert home["cold"] is False
        assert home["heating_control"]


@settings(max_examples=60, deadline=None)
@given(HOMES, DAYS, PASTS)
def test_a_question_about_the_home_can_open_a_tip(home, day, past) -> None:
    trait = worth_asking(ALL, home, day, past)
    if trait is not None:
        assert trait not in home
        had = {given.tip.id for given in past}
        assert any(trait in tip.needs | tip.never_if for tip in ALL if tip.id not in had)
        assert worth_asking(ALL, home, day, past, asked={trait}) != trait


def test_of_a_home_nothing_is_known_only_what_suits_everybody_is_said() -> None:
    past: list[Given] = []
    while tip := choose(ALL, USUAL, date(2027, 1, 15), past):
        assert not tip.never_if
        assert tip.needs <= USUAL.keys()
        past.append(Given(tip, None))
    assert len(past) > 20


def test_what_was_liked_comes_back_and_two_in_a_row_do_not() -> None:
    day, water = date(2027, 1, 15), [tip for tip in ALL if tip.theme == "water"]
    liked = [Given(tip, TipAnswer.TRIED) for tip in water[:2]]
    other = next(tip for tip in ALL if tip.theme == "waste")
    after = choose(ALL, USUAL, day, [*liked, Given(other, TipAnswer.NOT_HERE)])
    assert after is not None
    assert after.theme == "water"
    first = choose(ALL, USUAL, day, [])
    assert first is not None
    second = choose(ALL, USUAL, day, [Given(first, None)])
    assert second is not None
    assert second.theme != first.theme


def test_the_seasons() -> None:
    assert Season.WINTER in seasons_of(date(2026, 12, 1))
    assert seasons_of(date(2027, 5, 1)) == {Season.ALL}
    assert Season.SUMMER in seasons_of(date(2027, 7, 1))
