import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from palier_fr import Lexicon, LexiconError, lexicon

CONTENT = {
    "version": 1,
    "stories": ["fortnite", "un film"],
    "kinds": {
        "violence": [
            {"any": ["il m a frappe", "elle me tape", "il m _ menac*"]},
            {"any": ["tue"], "not": ["me tue a la tache", "au foot"]},
        ],
        "distress": [{"any": ["envie de mourir", "plus envie de vivre", "me laisse* mourir"]}],
        "hazard": [{"any": ["odeur _ gaz"]}],
    },
}


@pytest.fixture(scope="module")
def net():
    return Lexicon.from_mapping(CONTENT)


def kinds(net, text):
    return sorted({sign.kind for sign in net.find(text)})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Il m’a frappé hier", ["violence"]),
        ("IL M'A FRAPPE\u0301 !!!", ["violence"]),
        ("elle\u00a0me tapeeee", ["violence"]),
        ("elle me\ntape", ["violence"]),
        ("g plus envie de vivre", ["distress"]),
        ("envie de mou\u200brir, ça sent une odeur de gaz", ["distress", "hazard"]),
        ("odeur de ce gaz", ["hazard"]),
        ("odeur forte de ce gaz", ["hazard"]),
        ("odeur très forte de ce gaz", []),
        ("odeur gaz", ["hazard"]),
        ("il m'a encore menacée", ["violence"]),
        ("me laisser mourir", ["distress"]),
        ("elle me tapera", []),
        ("belle me tape", []),
        ("il me frappait", []),
        ("", []),
    ],
)
def test_finds_phrases_on_word_boundaries(net, text, expected):
    assert kinds(net, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("il a tué quelqu'un", ["violence"]),
        ("il a tué le match au foot", []),
        ("je me tue à la tâche", []),
        ("on était au foot. il a tué quelqu'un", ["violence"]),
        ("on était au foot\nil a tué quelqu'un", ["violence"]),
        ("il m'a frappé au foot", ["violence"]),
        ("il m'a frappé à Fortnite", []),
        ("on regardait un film. il m'a frappé", ["violence"]),
        ("dans un film ça sent une odeur de gaz", []),
    ],
)
def test_an_entry_is_cancelled_in_its_own_sentence_only(net, text, expected):
    assert kinds(net, text) == expected


def test_an_unsure_phrase_counts_where_it_is_asked_for():
    entry = {"any": ["feu dans"], "unsure": ["pris feu"], "not": ["barbecue"]}
    net = Lexicon.from_mapping(
        {"version": 1, "kinds": {"hazard": [entry], "violence": [{"unsure": ["raclee"]}]}}
    )
    text = "ça a pris feu, quelle raclée"
    assert [net.kinds(text, unsure=unsure) for unsure in (False, True)] == [[], ["hazard", "violence"]]
    assert net.kinds("il y a le feu dans la cave, ça a pris feu", unsure=False) == ["hazard"]
    assert net.kinds("le barbecue a pris feu", unsure=True) == []


def test_a_sign_gives_its_place_in_the_text_as_typed():
    text = "euh… «\u00a0il m’a frappée\u00a0» hier"
    (sign,) = Lexicon.from_mapping({"version": 1, "kinds": {"violence": [{"any": ["il m a frappe*"]}]}}).find(
        text
    )
    assert text[sign.start : sign.end] == "il m’a frappée"
    assert sign.phrase == "il m a frappe*"


def test_the_raw_text_is_searched_when_the_normaliser_fails(net, monkeypatch):
    def broken(text):
        raise RuntimeError

    monkeypatch.setattr(lexicon, "normalise", broken)
    assert kinds(net, "Il m’a frappé") == ["violence"]


def test_a_phrase_is_found_when_the_normaliser_would_rewrite_it():
    net = Lexicon.from_mapping({"version": 1, "kinds": {"distress": [{"any": ["g envie d en finir"]}]}})
    assert kinds(net, "g envie d'en finir") == ["distress"]
    assert kinds(net, "j'ai envie d'en finir") == ["distress"]


@given(st.text(st.characters(), max_size=300))
def test_no_text_is_too_strange(text):
    net = Lexicon.from_mapping(CONTENT)
    for sign in net.find(text):
        assert 0 <= sign.start < sign.end <= len(text)


@given(st.text(st.characters(), max_size=40), st.text(st.characters(), max_size=40))
def test_what_stands_around_does_not_hide_a_phrase(before, after):
    net = Lexicon.from_mapping(CONTENT)
    assert "violence" in kinds(net, f"{before}\n\nelle me tape\n\n{after}")


@pytest.mark.parametrize(
    "piece",
    [
        "il m ",
        "il ",
        "odeur ",
        "me me ",
        "a",
        "é",
        "\u0301",
        "\u200b",
        "ﷺ",
        ". ",
        "il m a frappe ",
        "tue au foot ",
    ],
)
def test_the_cost_grows_as_the_number_of_characters(net, piece):
    few, many = (calls_to_read(net, (piece * length)[:length]) for length in (1_000, 4_000))
    assert many < 5 * few + 100


def calls_to_read(net, text):
    """How many calls the matcher makes: a count that no busy machine changes."""
    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        net.find(text)
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "version"),
        ({"version": 2, "kinds": {}}, "version"),
        ({"version": 1}, "kinds"),
        ({"version": 1, "kinds": {"weather": []}}, "weather"),
        ({"version": 1, "kinds": {"violence": ["il me tape"]}}, "only the keys"),
        ({"version": 1, "kinds": {"violence": [{"any": ["tape"], "note": "x"}]}}, "only the keys"),
        ({"version": 1, "kinds": {"violence": [{"any": []}]}}, "lists of phrases"),
        ({"version": 1, "kinds": {"violence": [{"unsure": "tape"}]}}, "lists of phrases"),
        ({"version": 1, "stories": "un film", "kinds": {"violence": [{"any": ["tape"]}]}}, "stories"),
        ({"version": 1, "kinds": {"violence": [{"any": ["_ tape"]}]}}, "begins and ends"),
        ({"version": 1, "kinds": {"violence": [{"any": [""]}]}}, "begins and ends"),
        ({"version": 1, "kinds": {"violence": [{"any": [3]}]}}, "begins and ends"),
        ({"version": 1, "kinds": {"violence": [{"any": ["frappé"]}]}}, "without accents"),
        ({"version": 1, "kinds": {"violence": [{"any": ["m'a"]}]}}, "without accents"),
        ({"version": 1, "kinds": {"violence": [{"any": ["Tape"]}]}}, "lower case"),
        ({"version": 1, "kinds": {"violence": [{"any": ["me * mourir"]}]}}, "lower case"),
    ],
)
def test_a_faulty_lexicon_is_refused_with_its_fault(content, message):
    with pytest.raises(LexiconError, match=message):
        Lexicon.from_mapping(content)
