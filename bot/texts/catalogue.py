"""The catalogues: one gettext domain for ordinary French, one for *phrases simples* that falls back on it."""

import gettext
import io
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.domain.states import Register
from bot.texts.format import typeset

_FOLDER = Path(__file__).parent / "fr"


@dataclass(frozen=True)
class Voice:
    """How a person is spoken to."""

    register: Register = Register.ORDINARY
    discreet: bool = False


PLAIN = Voice()


class Texts:
    """Every sentence that Palier starts, by its gettext id; `KEY.discreet` replaces it in discreet mode."""

    def __init__(self, folder: Path = _FOLDER) -> None:
        self.ordinary = _load(folder / Register.ORDINARY)
        self.simple = _load(folder / Register.SIMPLE)
        self._said = {Register.ORDINARY: _translations(self.ordinary)}
        self._said[Register.SIMPLE] = _translations(self.simple)
        self._said[Register.SIMPLE].add_fallback(self._said[Register.ORDINARY])

    def say(self, key: str, voice: Voice = PLAIN, **values: object) -> str:
        """The sentence `key`, typeset, with `values` put in. Raises KeyError when no catalogue has it."""
        said = self._said[voice.register]
        sentence = said.gettext(f"{key}.discreet") if voice.discreet else f"{key}.discreet"
        if sentence == f"{key}.discreet":
            sentence = said.gettext(key)
            if sentence == key:
                raise KeyError(key)
        return typeset(sentence.format(**values))


def _load(folder: Path) -> dict[str, str]:
    sentences: dict[str, str] = {}
    for path in sorted(folder.glob("*.po")):
        with path.open("rb") as file:
            catalog = read_po(file, locale="fr", abort_invalid=True)
        found = {str(m.id): str(m.string) for m in catalog if m.id}
        twice = sentences.keys() & found.keys()
        if twice:
            raise ValueError(f"{path.name}: said elsewhere too: {', '.join(sorted(twice))}")
        sentences |= found
    return sentences


def _translations(sentences: dict[str, str]) -> gettext.GNUTranslations:
    catalog = Catalog(locale="fr", charset="utf-8")
    for key, sentence in sentences.items():
        catalog.add(key, sentence)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
