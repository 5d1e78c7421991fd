"""No tip can harm: the whole catalogue, over every household that matters to safety and every month."""

import re
from datetime import date
from itertools import product

import pytest

from bot.content.source import FOLDER
from bot.content.tips import TipEntry, load_tips
from bot.domain.tips import allowed

TIPS = load_tips(FOLDER / "tips")
SAFETY = [name for name, trait in TIPS.traits.items() if trait.safety]
MONTHS = [date(2027, month, 15) for month in range(1, 13)]
# Everything else is there: nothing but safety holds a tip back.
EQUIPPED = {name: True for name, trait in TIPS.traits.items() if not trait.safety}

# What words can do to whom: the household must be known not to be so.
LESS_HEAT = re.compile(
    r"baisse|moins chaud|moins de chauff|degré de moins|hors-gel|1[5-9] °C|moins là où"
    r"|éteign\w* (?:le|les|votre) (?:chauff|radia|sèche-s)",
    re.IGNORECASE,
)
OPEN_AT_NIGHT = re.compile(
    r"fenêtres? (?:ouvertes? )?(?:la nuit|toute la nuit)|la nuit[^.]*ouvr", re.IGNORECASE
)
# What no tip may say to anybody.
NEVER = re.compile(
    r"(?<!ne )(?<!n’)\bbouche[zr] |calfeutr|javel|escabeau|échelle|four ouvert|réchaud|bougie"
    r"|coupez (?:le|tout le) chauffage|débranche[zr] (?:le|votre) (?:réfrig|frigo|congél)|n'aérez pas",
    re.IGNORECASE,
)


def said(entry: TipEntry) -> str:
    return " ".join((entry.title, *entry.words.values()))


def homes():
    """Every mix of yes, no and unknown for what matters to safety, in a home that has everything."""
    for answers in product((True, False, None), repeat=len(SAFETY)):
        known = {name: answer for name, answer in zip(SAFETY, answers, strict=True) if answer is not None}
        yield EQUIPPED | known


@pytest.mark.parametrize(
    ("theme", "words", "unless"),
    [("heating", LESS_HEAT, {"fragile", "cold"}), ("heat", OPEN_AT_NIGHT, {"easy_windows"})],
    ids=["less heat", "windows open at night"],
)
def test_what_could_harm_somebody_never_reaches_them(
    theme: str, words: re.Pattern[str], unless: set[str]
) -> None:
    risky = [
        entry for entry in TIPS.entries.values() if entry.tip.theme == theme and words.search(said(entry))
    ]
    assert risky
    reached = set()
    for entry, home, day in product(risky, homes(), MONTHS):
        if allowed(entry.tip, home, day):
            assert all(home.get(trait) is False for trait in unless), entry.tip.id
            reached.add(entry.tip.id)
    # They are not closed to everybody either.
    assert reached == {entry.tip.id for entry in risky}


def test_what_no_tip_says() -> None:
    for id, entry in TIPS.entries.items():
        assert not NEVER.search(said(entry)), id


def test_hot_water_stays_hot_enough_and_food_cold_enough() -> None:
    """Under 50 °C bacteria grow in a tank; above 5 °C food spoils (the figures are those of the facts)."""
    for id, entry in TIPS.entries.items():
        degrees = [int(number) for number in re.findall(r"(?<![\d−])(\d+)(?: et \d+)? °C", said(entry))]
        if entry.tip.theme == "hot_water":
            assert all(number >= 50 for number in degrees), id
        if entry.tip.theme == "cooling":
            assert all(number <= 5 or f"−{number}" in said(entry) for number in degrees), id


def test_every_tip_reaches_some_household_in_some_month() -> None:
    safe = EQUIPPED | dict.fromkeys(SAFETY, False)
    for id, entry in TIPS.entries.items():
        assert any(allowed(entry.tip, safe, day) for day in MONTHS), id


def test_a_household_that_lacks_a_thing_is_never_told_to_use_it() -> None:
    safe = EQUIPPED | dict.fromkeys(SAFETY, False)
    for entry, day in product(TIPS.entries.values(), MONTHS):
        for thing in entry.tip.needs:
            assert not allowed(entry.tip, safe | {thing: False}, day)
            assert not allowed(entry.tip, {name: there for name, there in safe.items() if name != thing}, day)
