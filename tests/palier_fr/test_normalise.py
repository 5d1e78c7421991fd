import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from palier_fr import normalise
from palier_fr.spellings import SPELLINGS

anything = st.text(st.characters(), max_size=200)
typed = st.text(st.sampled_from("aeéÉiou cpj' ’\u00a0\u200b\n!?…1250€œ\u0301-"), max_size=60)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("L’ÉTÉ à Noël", "l'ete a noel"),
        ("ou\u0300 ça\u00a0?", "ou ca ?"),
        ("cœur", "coeur"),
        ("ouiiiii !!!", "oui !!!"),
        ("appelle", "appelle"),
        ("jsuis pa la mtn", "je suis pas la maintenant"),
        ("g payé 1 200,50 €", "j'ai paye 1 200,50 €"),
        ("c'est", "c'est"),
        ("c est", "c'est est"),
        ("a\u200bu sec\u00adours", "au secours"),
        ("  deux   mots \n\n ici\t", "deux mots\nici"),
        ("1000 euros", "1000 euros"),
        ("", ""),
        (" \u200b\n", ""),
    ],
)
def test_writes_one_form(text, expected):
    assert normalise(text).text == expected


@given(st.one_of(anything, typed))
def test_offsets_lead_back_into_the_original(text):
    normal = normalise(text)
    assert len(normal.offsets) == len(normal.text)
    assert list(normal.offsets) == sorted(normal.offsets)
    assert all(0 <= offset < len(text) for offset in normal.offsets)


@given(st.one_of(anything, typed))
def test_applying_it_twice_changes_nothing(text):
    once = normalise(text).text
    assert normalise(once).text == once


@given(typed)
def test_composed_and_decomposed_letters_are_the_same(text):
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert normalise(composed).text == normalise(decomposed).text


@given(typed, st.data())
def test_a_span_holds_what_its_characters_came_from(text, data):
    normal = normalise(text)
    if not normal.text:
        return
    start = data.draw(st.integers(0, len(normal.text) - 1))
    end = data.draw(st.integers(start + 1, len(normal.text)))
    first, last = normal.span(start, end)
    assert 0 <= first < last <= len(text)
    assert all(first <= offset < last for offset in normal.offsets[start:end])


def test_a_span_covers_the_whole_word_as_typed():
    text = "il m’a frappe\u0301eee fort"
    normal = normalise(text)
    start = normal.text.index("frappe")
    first, last = normal.span(start, start + len("frappe"))
    assert text[first:last] == "frappe\u0301eee"


@pytest.mark.parametrize(("start", "end"), [(0, 0), (2, 1), (-1, 2), (0, 4)])
def test_a_span_of_nothing_is_refused(start, end):
    with pytest.raises(ValueError, match="no characters"):
        normalise("mot").span(start, end)


def test_spellings_are_in_the_normal_form_and_stay_there():
    for short, long in SPELLINGS.items():
        assert normalise(long).text == long
        assert normalise(short).text == long
