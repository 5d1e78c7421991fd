"""What a tenant reads of an appointment: in both registers, without reproach, short on buttons."""

from bot.texts import Texts

FOR_STAFF = ("rdv.staff.", "rdv.state.", "rdv.kind.", "rdv.refused.")


def keys(texts: Texts) -> set[str]:
    return {key for key in texts.ordinary if key.startswith("rdv.") and not key.startswith(FOR_STAFF)}


def test_every_text_for_tenants_exists_in_both_registers(texts: Texts) -> None:
    assert {key for key in texts.simple if key.startswith("rdv.")} == keys(texts)


def test_no_reproach_no_threat(texts: Texts) -> None:
    forbidden = (
        "manqué", "raté", "absence", "absent", "pas venu", "obligatoire", "devez", "sanction",
        "dernier rappel",
        "convoqu", "impérati", "faute",
    )  # fmt: skip
    for catalogue in (texts.ordinary, texts.simple):
        for key in keys(texts):
            assert not [word for word in forbidden if word in catalogue[key].lower()], key


def test_simple_sentences_are_short(texts: Texts) -> None:
    for key in keys(texts):
        for line in texts.simple[key].split("\n"):
            assert len(line.split()) <= 12, line


def test_button_titles_are_short(texts: Texts) -> None:
    for catalogue in (texts.ordinary, texts.simple):
        for key, title in catalogue.items():
            if key.startswith("rdv.button."):
                assert len(title) <= 30, key
