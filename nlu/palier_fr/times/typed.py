"""A text that is rewritten and still knows where each of its characters was typed."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from palier_fr.normalise import Normalised

# What no rule and no engine reads on across: it stands where something was hidden.
WALL = "|"


@dataclass(frozen=True, slots=True)
class Typed:
    """A text, and the half-open span of the original that each of its characters comes from."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, normalised: Normalised) -> "Typed":
        """The normal form of a text, before any rewriting."""
        offsets = normalised.offsets
        ends = [normalised.source_length] * len(offsets)
        for index in range(len(offsets) - 2, -1, -1):
            same = offsets[index] == offsets[index + 1]
            ends[index] = ends[index + 1] if same else offsets[index + 1]
        return cls(normalised.text, offsets, tuple(ends))

    def rewrite(self, pattern: re.Pattern[str], replacement: Callable[[re.Match[str]], str]) -> "Typed":
        """Each match replaced, or its group `it`: each new character comes from the whole of the old ones."""
        parts: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        done = 0
        for match in pattern.finditer(self.text):
            first, last = match.span("it" if "it" in pattern.groupindex else 0)
            new = replacement(match)
            if first == last or new == self.text[first:last]:
                continue
            parts += [self.text[done:first], new]
            starts += [*self.starts[done:first], *[self.starts[first]] * len(new)]
            ends += [*self.ends[done:first], *[self.ends[last - 1]] * len(new)]
            done = last
        if not done:
            return self
        parts.append(self.text[done:])
        starts += self.starts[done:]
        ends += self.ends[done:]
        return Typed("".join(parts), tuple(starts), tuple(ends))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The half-open span of the original that the characters `start:end` come from."""
        return self.starts[start], self.ends[end - 1]
