"""How many will come, when that is the whole message: "on sera trois avec mes filles"."""

import re

_NUMBERS = {
    word: number
    for number, word in enumerate(
        ("deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze"), 2
    )
}
_SAID = re.compile(
    r"(?:(?:oui|ok|bonjour|alors|finalement|d accord) )*(?:"
    r"je (?:viens|vien|viendrai|serai) (?:tout |toute )?(?P<alone>seule?)"
    r"|(?:on|nous) (?:sera|serons|seront|est|sommes|vient|vien|venons|viendra|viendrons) (?:a )?"
    rf"(?P<number>[1-9]\d?|{'|'.join(_NUMBERS)})(?: personnes?| places?)?(?: en tout)?"
    # Who they are, in a few words; more words are another matter, which is not swallowed.
    r"(?: a l atelier(?: \w+)?)?(?: (?:avec|dont|moi|mon|ma|mes)(?: \w+){1,5})?"
    r")(?: merci| svp)?"
)


def read(words: str) -> int | None:
    """How many people `words` (folded, letters and digits) say will come; None: they say something else."""
    found = _SAID.fullmatch(words)
    if found is None:
        return None
    if found["alone"]:
        return 1
    return _NUMBERS.get(found["number"]) or int(found["number"])
