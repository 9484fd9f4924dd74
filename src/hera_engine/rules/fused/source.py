"""Text of generated functions: lines with indentation, bound constants, shared code objects.

No text of a user reaches a source: whatever a schema says is bound as a constant under a name
that is made here. Rules of one shape therefore have one source, and share its code.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from types import CodeType, FunctionType
from typing import Final

from hera_engine.journal import JournalEntry

Post = Callable[[dict[str, object], str, str, str], JournalEntry | None]
"""Posts an event with its smart code, currency and base currency, or declines it."""

SHARED_SOURCES: Final = 512
"""Sources whose code objects are kept."""
INDENT: Final = "    "


@dataclass(slots=True)
class Block:
    """Lines of source, each with its depth, in the order in which they were written.

    A block may stand among them, and be written to afterwards.
    """

    lines: "list[tuple[int, str | Block]]" = field(default_factory=list)
    depth: int = 0

    def add(self, *lines: str) -> None:
        """Write lines at the present depth; leading spaces of a line deepen it."""
        for line in lines:
            text = line.lstrip(" ")
            self.lines.append((self.depth + (len(line) - len(text)) // len(INDENT), text))

    def nest(self, block: "Block") -> "Block":
        """Let the lines of a block stand here, and return it."""
        self.lines.append((self.depth, block))
        return block

    def deeper(self, levels: int = 1) -> None:
        """Go into a block, or out of it."""
        self.depth += levels

    def rendered(self, depth: int) -> Iterable[str]:
        """Yield the lines as source, all of them so much deeper."""
        for own, text in self.lines:
            if isinstance(text, Block):
                yield from text.rendered(own + depth)
            else:
                yield f"{INDENT * (own + depth)}{text}"


@dataclass(slots=True)
class Constants:
    """What a generated function refers to by name: values of the plan, and what it calls.

    Each use has a name of its own, so that the shape of a rule alone decides its source.
    """

    values: dict[str, object] = field(default_factory=dict)

    def name(self, value: object, kind: str = "c") -> str:
        """Bind a value, and return what the source calls it."""
        known = f"{kind}{len(self.values)}"
        self.values[known] = value
        return known


@dataclass(frozen=True, slots=True)
class _Source:
    """Shows tracebacks the text of a generated function, as an import's loader does."""

    text: str

    def get_source(self, _name: str) -> str:
        """Return the text."""
        return self.text


@lru_cache(maxsize=SHARED_SOURCES)
def _code_of(source: str) -> CodeType:
    """Return the code of the only function in a source."""
    module = compile(source, file_name(source), "exec", dont_inherit=True)
    return next(each for each in module.co_consts if isinstance(each, CodeType))


def file_name(source: str) -> str:
    """Return what tracebacks call a source."""
    return f"hera_engine/rule_{sha256(source.encode()).hexdigest()[:12]}.py"


def function_of(source: str, constants: Mapping[str, object]) -> Post:
    """Return the function of a source with its constants bound.

    Cost: that of Python's compiler for the first source of a shape; next to nothing for the rest.
    """
    code = _code_of(source)
    bound = {**constants, "__name__": file_name(source), "__loader__": _Source(source)}
    made: Post = FunctionType(code, bound, "post")
    return made


def source_of(post: Post) -> str:
    """Return the source that a function was made of."""
    assert isinstance(post, FunctionType), "only generated functions have a source here"
    loader = post.__globals__["__loader__"]
    assert isinstance(loader, _Source), "a generated function knows its source"
    return loader.text
