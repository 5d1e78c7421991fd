"""Many phrases of words searched at once, in one pass."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Value = TypeVar("Value")

# How many words "_" may stand for.
GAP = 3


@dataclass(frozen=True, slots=True)
class Hit(Generic[Value]):
    """A phrase found from word `first` to word `last`, both included."""

    value: Value
    first: int
    last: int


@dataclass(slots=True, eq=False)
class _Node(Generic[Value]):
    """A place in the tree of phrases: what may come next, and the phrases that end here."""

    words: dict[str, "_Node[Value]"] = field(default_factory=dict)
    stems: dict[str, "_Node[Value]"] = field(default_factory=dict)
    stem_lengths: tuple[int, ...] = ()
    gap: "_Node[Value] | None" = None
    values: list[Value] = field(default_factory=list)

    def after(self, word: str) -> "list[_Node[Value]]":
        """The places that this word leads to."""
        found = [self.words[word]] if word in self.words else []
        for length in self.stem_lengths:
            if length > len(word):
                break
            stem = self.stems.get(word[:length])
            if stem is not None:
                found.append(stem)
        return found


class Matcher(Generic[Value]):
    """A tree of phrases, run over the words as an automaton.

    At each word the live places are at most the nodes of the tree (times the gap that is left), never
    the number of ways to reach them: a hostile text costs no more than its length.
    """

    def __init__(self) -> None:
        self._root: _Node[Value] = _Node()

    def add(self, pattern: Sequence[str], value: Value) -> None:
        """Add a phrase: words, `stem*` for any ending, `_` for up to three words."""
        node = self._root
        for part in pattern:
            node = _child(node, part)
        node.values.append(value)

    def find(self, words: Sequence[str]) -> list[Hit[Value]]:
        """Every phrase at every place where it ends, with its shortest extent."""
        hits: list[Hit[Value]] = []
        # A live place, with the words that its gap may still swallow, and the latest word it began at.
        live: dict[tuple[_Node[Value], int], int] = {}
        # Words come back, above all in hostile texts.
        beginnings = {word: self._root.after(word) for word in set(words)}
        for index, word in enumerate(words):
            begun = beginnings[word]
            if not live and not begun:
                continue
            following: dict[tuple[_Node[Value], int], int] = {}
            for node in begun:
                _arrive(following, node, index)
            for (node, gap_left), first in live.items():
                for reached in node.after(word):
                    _arrive(following, reached, first)
                if gap_left:
                    _keep(following, (node, gap_left - 1), first)
            ended = {node: first for (node, _), first in following.items() if node.values}
            hits += [Hit(value, first, index) for node, first in ended.items() for value in node.values]
            live = following
        return hits


def _child(node: _Node[Value], part: str) -> _Node[Value]:
    if part == "_":
        node.gap = node.gap or _Node()
        return node.gap
    if part.endswith("*"):
        stem = part[:-1]
        child = node.stems.setdefault(stem, _Node())
        node.stem_lengths = tuple(sorted({len(known) for known in node.stems}))
        return child
    return node.words.setdefault(part, _Node())


def _arrive(live: dict[tuple[_Node[Value], int], int], node: _Node[Value], first: int) -> None:
    """Make the node live, and the gaps that begin at it."""
    _keep(live, (node, 0), first)
    if node.gap is not None:
        _keep(live, (node.gap, GAP), first)


def _keep(live: dict[tuple[_Node[Value], int], int], place: tuple[_Node[Value], int], first: int) -> None:
    live[place] = max(first, live.get(place, first))
