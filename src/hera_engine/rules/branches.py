"""An indented tree of texts: what an explanation is printed as."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

INDENT: Final = "  "
"""What a branch is set in by, below the one it belongs to."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A text, and the texts that are its reasons."""

    text: str
    inside: tuple["Branch", ...] = ()

    @classmethod
    def of(cls, text: str, inside: Iterable["Branch | str"] = ()) -> "Branch":
        """Return a branch; a plain text inside it is a branch without reasons."""
        return cls(text, tuple(cls(each) if isinstance(each, str) else each for each in inside))

    def rows(self, depth: int = 0) -> Iterator[str]:
        """Yield the text and what is inside it, each level set in."""
        yield INDENT * depth + self.text
        for each in self.inside:
            yield from each.rows(depth + 1)

    def __str__(self) -> str:
        return "\n".join(self.rows())
