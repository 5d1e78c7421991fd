"""The French layer over Duckling, with engines that say what the test wants: no process is started."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from palier_fr import normalise
from palier_fr.times import EngineDown, instant_of, read, says_only, zone_named
from palier_fr.times.chunks import LONGEST, MOST_ANCHORS, MOST_CHUNKS
from palier_fr.times.masks import MASKS
from palier_fr.times.spelling import respell
from palier_fr.times.typed import WALL, Typed
from palier_fr.times.words import number_of

MONDAY = datetime.fromisoformat("2026-11-23T10:00:00+01:00")
PARIS = "Europe/Paris"
TUESDAY = {"type": "value", "value": "2026-11-24T00:00:00.000+01:00", "grain": "day"}


def nothing(text, reference, zone):
    return []


def down(text, reference, zone):
    raise EngineDown("down")


def finds(words, dim, value):
    """An engine that reads `words` wherever they stand."""

    def engine(text, reference, zone):
        start = text.find(words)
        found = {"dim": dim, "start": start, "end": start + len(words), "value": value, "latent": False}
        return [] if start < 0 else [found]

    return engine


def asked(text):
    """What an engine is asked about that text."""
    pieces = []
    read(text, MONDAY, PARIS, lambda piece, reference, zone: pieces.append(piece) or [])
    return pieces


@pytest.mark.parametrize(
    ("typed", "read_as"),
    [
        ("je verse 250e dem1", "je verse 250 euros demain"),
        ("mille deux cents euros", "1200 euros"),
        ("y'a 2 semaines", "il y a 2 semaines"),
        ("dans 1h30", "dans 90 minutes"),
        ("vandredi aprem", "vendredi apres-midi"),
        ("le 5 du mois prochain", "le 5 decembre 2026"),
        ("un mois et demi", "45 jours"),
        ("quatre-vingt-dix euros", "90 euros"),
        ("septante euros", "70 euros"),
        ("dans trois petits quarts d'heure", "dans 45 minutes"),
        ("pdt 6 moi", "pendant 6 mois"),
        ("on est 2 moi et ma fille", "on est 2 moi et ma fille"),
        ("entre huit heures et midi", "entre 8h et midi"),
        ("la semaine pro", "la semaine prochaine"),
    ],
)
def test_chat_spelling_is_written_out(typed, read_as):
    assert respell(Typed.of(normalise(typed)), MONDAY.date()).text == read_as


@pytest.mark.parametrize(
    "text",
    [
        "mon numéro c'est le 06 12 34 56 78",
        "12 rue du 14 juillet",
        "ma demande a été refusée",
        "appelez le 17",
        "appartement 12 escalier 3",
        "mai je comprends pas",
        "bon week-end",
    ],
)
def test_what_looks_like_a_time_is_hidden(text):
    typed = Typed.of(normalise(text))
    for mask in MASKS:
        typed = typed.rewrite(mask, lambda _: WALL)
    assert WALL in typed.text
    assert not [piece for piece in asked(text) if any(char.isdigit() for char in piece)]


def test_a_place_is_given_in_the_text_as_it_was_typed():
    text = "Ok, je paie   DEM1 !"
    engine = finds(
        "demain", "time", {"type": "value", "value": "2026-11-24T00:00:00.000+01:00", "grain": "day"}
    )
    (entity,) = read(text, MONDAY, PARIS, engine)
    assert text[entity["start"] : entity["end"]] == "DEM1"


def test_instalments_are_read_without_any_engine():
    (entity,) = read("je peux payer en 3 fois ?", MONDAY, PARIS, down)
    three = {"type": "value", "value": 3}
    assert entity == {"entity": "installments", "start": 14, "end": 23, "value": three}


def test_a_day_that_may_be_another_is_marked():
    (entity,) = read("mardi prochain", MONDAY, PARIS, finds("mardi prochain", "time", TUESDAY))
    assert entity["value"] == TUESDAY
    assert [other["value"] for other in entity["alternatives"]] == ["2026-12-01T00:00:00.000+01:00"]


@pytest.mark.parametrize(
    "text",
    [
        " ".join(str(number) for number in range(300)),
        "le 5 janvier " * 300,
        "lundi de 9h à 11h, mardi de 14h à 16h, mercredi de 9h à 12h, jeudi de 14h à 18h",
        "a1" * 10_000,
        "lundi " + "a" * 20_000,
        "deux cents " * 1000,
        "vingt et un " * 300,
        "\0" * 100 + "le 12",
    ],
)
def test_a_hostile_text_is_asked_about_in_a_few_light_pieces(text):
    pieces = asked(text)
    assert len(pieces) <= MOST_CHUNKS
    for piece in pieces:
        assert len(piece) <= LONGEST
        assert "\0" not in piece
        heavy = [word for word in piece.split() if word[:1].isdigit() or word in ("vingt", "lundi")]
        assert len(heavy) <= MOST_ANCHORS


@given(st.text(max_size=200))
def test_no_text_breaks_it(text):
    for entity in read(text, MONDAY, PARIS, down):
        assert 0 <= entity["start"] < entity["end"] <= len(text)


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("quatre-vingt-dix-neuf", 99),
        ("deux cent vingt et un", 221),
        ("mille deux cents", 1200),
        ("trois mille", 3000),
        ("quatre vingts", 80),
        ("septante deux", 72),
        ("12", 12),
        ("12 mille", 12_000),
        ("bonjour", None),
    ],
)
def test_numbers_in_words(words, value):
    assert number_of(words) == value


@pytest.mark.parametrize(
    ("text", "day", "only"),
    [
        ("vendredi", "vendredi", True),
        ("Oui, je peux payer VENDREDI svp !", "VENDREDI", True),
        ("vendredi alors", "vendredi", True),
        ("pas vendredi", "vendredi", False),
        ("vendredi je suis à l'hôpital", "vendredi", False),
        ("je ne sais pas", "", False),
        ("", "", False),
    ],
)
def test_a_day_alone_answers_the_question(text, day, only):
    start = text.find(day)
    entities = [{"start": start, "end": start + len(day)}] if day else []
    assert says_only(text, entities) is only


def test_zones_and_instants():
    assert zone_named("-02:00").key == "Etc/GMT+2"
    assert zone_named("+00:00").key == "UTC"
    paris = zone_named(PARIS)
    assert instant_of("2026-11-23T10:00", paris) == MONDAY
    assert instant_of("2026-11-23T09:00:00Z", paris) == MONDAY
    for name in ("Mars/Phobos", "", "../etc", "+99:00"):
        with pytest.raises(ValueError, match="zone"):
            zone_named(name)
