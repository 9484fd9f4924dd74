"""What the parser hands on: words and phrases with their places, free of the parser's classes.

A phrase keeps every word of its grammar rule, punctuation included, so that its place is where its
first word begins and its last word ends.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from hera_engine.errors import Span

_NESTING = frozenset(
    {"either", "both", "negation", "comparison", "sum", "product", "minus", "call", "default"}
)


@dataclass(frozen=True, slots=True)
class Word:
    """One token: the terminal of the grammar it is, its text and its place."""

    kind: str
    text: str
    at: Span


@dataclass(frozen=True, slots=True)
class Phrase:
    """One grammar rule with its parts in order.

    ``depth`` counts the expression nodes nested in it, itself included.
    """

    kind: str
    parts: "tuple[Word | Phrase, ...]"
    at: Span
    depth: int = 0

    def words(self, kind: str) -> tuple[Word, ...]:
        """Return the direct words of one terminal, in order."""
        return tuple(part for part in self.parts if isinstance(part, Word) and part.kind == kind)

    def word(self, *kinds: str) -> Word | None:
        """Return the first direct word of any of these terminals, or None."""
        for part in self.parts:
            if isinstance(part, Word) and part.kind in kinds:
                return part
        return None

    def phrases(self) -> "Iterator[Phrase]":
        """Yield the direct phrases, in order."""
        return (part for part in self.parts if isinstance(part, Phrase))

    def phrase(self, *kinds: str) -> "Phrase | None":
        """Return the first direct phrase of any of these rules, or None."""
        return next((part for part in self.phrases() if part.kind in kinds), None)

    def inner(self, kind: str) -> "Phrase":
        """Return the first direct phrase of a rule that the grammar demands."""
        found = self.phrase(kind)
        assert found is not None, f"the grammar puts {kind} in every {self.kind}"
        return found

    def needed(self, *kinds: str) -> Word:
        """Return the first direct word of terminals that the grammar demands."""
        found = self.word(*kinds)
        assert found is not None, f"the grammar puts one of {kinds} in every {self.kind}"
        return found


NOWHERE = Span(1, 1, 1, 1)
"""The place of a phrase without words: a text with no item in it."""


def join(kind: str, parts: tuple[Word | Phrase, ...]) -> Phrase:
    """Return the phrase of a grammar rule over its parts."""
    placed = [part.at for part in parts if part.at is not NOWHERE]
    if placed:
        first, last = placed[0], placed[-1]
        at = Span(first.line, first.column, last.end_line, last.end_column)
    else:
        at = NOWHERE
    depth = max((part.depth for part in parts if isinstance(part, Phrase)), default=0)
    return Phrase(kind, parts, at, depth + (kind in _NESTING))
