"""Another language than French: another script, or its small words; French written badly stays French."""

import pytest

from bot.content import Content
from bot.model import ROOT


@pytest.mark.parametrize(
    "text",
    [
        "Hello, I need help with my rent please",
        "my heating is not working and it is very cold in the house",
        "Hola, necesito ayuda para pagar el alquiler",
        "ciao ho bisogno di aiuto per affitto",
        "Olá, preciso de ajuda para pagar a renda",
        "Ich brauche Hilfe mit der Miete",
        "Buna ziua, am nevoie de ajutor cu chirie",
        "merhaba yardim istiyorum kira icin",
        "لا أستطيع دفع الإيجار هذا الشهر",
        "мне нужна помощь",
        "我付不起房租",
        "நான் வாடகை செலுத்த முடியாது",
        "help me please",
    ],
)
def test_clearly_foreign(loaded_content: Content, text: str) -> None:
    assert loaded_content.languages.is_foreign(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ok",
        "?",
        "🙂🙂🙂🙂",
        "STOP",
        "je peut pa payé se mois ci",
        "jpeu pa payer wesh",
        "bjr g 1 pb de chofage",
        "il m'a frappée",
        "Mme Θεοδωρακη n'est pas là",
        "please aidez moi je ne peux pas payer",
        "ola ça va ? le loyer est payé",
        "ma fille si elle vient, il faut quoi",
        "weekend ok merci",
        "non",
        "oui pour mardi",
    ],
)
def test_french_however_it_is_written(loaded_content: Content, text: str) -> None:
    assert not loaded_content.languages.is_foreign(text)


def test_hardly_a_message_about_rent_is_foreign(loaded_content: Content) -> None:
    """However they are written, the model's own examples of the rent are French.

    A few learners write a sentence in English: the model knows it, so nobody looks at its language.
    """
    files = [p for p in (ROOT / "data/rasa").rglob("*.yml") if "payment" in p.name or "rent" in p.name]
    said = [line.strip()[2:] for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(said) > 500
    foreign = [text for text in said if loaded_content.languages.is_foreign(text)]
    assert len(foreign) < len(said) / 1000, foreign
