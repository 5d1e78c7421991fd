import pytest
from hypothesis import given
from hypothesis import strategies as st
from palier_fr.phonetic import key


@pytest.mark.parametrize(
    "spellings",
    [
        ("quittance", "kitance", "kittanse"),
        ("payer", "paye", "payez", "payes"),
        ("facture", "fakture", "factures"),
        ("huissier", "uissier"),
        ("beaucoup", "bocou"),
        ("chauffage", "choffage", "chaufage"),
        ("rendez", "rende", "randez"),
    ],
)
def test_words_that_sound_alike_have_one_key(spellings):
    assert len({key(word) for word in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("chat", "rat"), ("gaz", "cas"), ("loyer", "loisir"), ("bon", "banc")]
)
def test_words_that_do_not_have_two(one, other):
    assert key(one) != key(other)


@given(st.text(max_size=60))
def test_any_word_has_a_key(word):
    assert bool(key(word)) == bool(word)
