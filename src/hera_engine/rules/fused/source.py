"""Text of generated functions: lines with indentation, bound constants, shared code objects.

No text of a user reaches a source: whatever a schema says is bound as a constant under a name
that is made here. Rules of one shape therefore have one source, and share its code.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from types import CodeType, FunctionType
from typing import Final

from hera_engine.journal import JournalEntry

Post = Callable[[dict[str, object], str, str, str], JournalEntry | None]
"""Posts an event with its smart code, currency and base currency, or declines it."""
Helpers = Callable[[], dict[str, object]]
"""Gives what all generated functions call, by the names they call it."""

SHARED_SOURCES: Final = 512
"""Sources whose code objects are kept."""
INDENT: Final = "    "


@dataclass(slots=True)
class Block:
    """Lines of source in the order in which they were written, indented from where it begins.

    ``lines`` holds texts of one line or several: what was written at once. A block may stand among
    them with its depth, and be written to afterwards.
    """

    lines: "list[str | tuple[int, Block]]" = field(default_factory=list)
    depth: int = 0

    def add(self, *lines: str) -> None:
        """Write lines at the present depth; leading spaces of a line deepen it."""
        if not self.depth or not lines:
            self.lines += lines
            return
        indent = INDENT * self.depth
        self.lines.append(indent + "\n".join(lines).replace("\n", "\n" + indent))

    def nest(self, block: "Block") -> "Block":
        """Let the lines of a block stand here, and return it."""
        self.lines.append((self.depth, block))
        return block

    def deeper(self, levels: int = 1) -> None:
        """Go into a block, or out of it."""
        self.depth += levels

    def rendered(self, depth: int) -> list[str]:
        """Return the lines as source, all of them so much deeper."""
        inner, found = Block(depth=depth), list[str]()
        for each in self.lines:
            found += (each,) if isinstance(each, str) else each[1].rendered(each[0])
        inner.add(*found)
        return [each for each in inner.lines if isinstance(each, str)]


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


@lru_cache(maxsize=SHARED_SOURCES)
def shared_names(names: frozenset[str]) -> frozenset[str]:
    """Return one set for all functions that know the same names."""
    return names


@dataclass(frozen=True, slots=True)
class _Source:
    """Shows tracebacks the text of a generated function, as an import's loader does."""

    text: str

    def get_source(self, _name: str) -> str:
        """Return the text."""
        return self.text


@lru_cache(maxsize=SHARED_SOURCES)
def _shared(source: str, helpers: Helpers) -> tuple[CodeType, dict[str, object]]:
    """Return the code of the only function in a source, and the globals of all its functions.

    They are one dict, because Python keeps in a code object where it found a global.
    """
    name = file_name(source)
    module = compile(source, name, "exec", dont_inherit=True)
    code = next(each for each in module.co_consts if isinstance(each, CodeType))
    return code, {**_called(helpers), "__name__": name, "__loader__": _Source(source)}


@lru_cache(maxsize=1)
def _called(helpers: Helpers) -> dict[str, object]:
    """Return what generated functions call: the same objects for all of them."""
    return helpers()


def file_name(source: str) -> str:
    """Return what tracebacks call a source."""
    return f"hera_engine/rule_{sha256(source.encode()).hexdigest()[:12]}.py"


def function_of(lines: str, constants: Mapping[str, object], helpers: Helpers) -> Post:
    """Return the function of some lines, whose constants are defaults of parameters.

    So the function itself is small, and all that rules of one shape share is there once.

    Cost: that of Python's compiler for the first source of a shape; next to nothing for the rest.
    """
    source = f"def post(event, code, currency, base, {', '.join(constants)}):\n{lines}"
    code, known = _shared(source, helpers)
    made: Post = FunctionType(code, known, "post", tuple(constants.values()))
    return made


def source_of(post: Post) -> str:
    """Return the source that a function was made of."""
    assert isinstance(post, FunctionType), "only generated functions have a source here"
    loader = post.__globals__["__loader__"]
    assert isinstance(loader, _Source), "a generated function knows its source"
    return loader.text
