"""Schema text before it is parsed: what no schema may hold, its comments, and where to cut it.

The scanner knows strings, comments, brackets and words at the beginning of lines, and nothing
else of the language. Its counts keep hostile text from the parser; its marks let `recover` go on
behind a fault. Everything here takes time in proportion to the text.
"""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

from hera_engine import faults, limits
from hera_engine.errors import Diagnostic, Span, diagnose

ITEM_WORDS: Final = frozenset(
    {
        "schema", "ledgers", "account", "tax", "use", "dimensions", "split", "require", "carry",
        "payments", "validations", "event", "map", "derive", "on", "case", "cases",
    }
)  # fmt: skip
"""The words that open an item of a schema."""

STATEMENT_WORDS: Final = frozenset(
    {"debit", "credit", "let", "given", "for", "in", "exchange", "balance", "allocate"}
)
"""The words that open a statement of a posting rule."""

SETTING_WORDS: Final = frozenset(
    {
        "jurisdiction", "system", "prices", "rounding", "step", "default", "rate", "exempt",
        "reverse", "component", "bear", "source",
    }
)  # fmt: skip
"""The words that open a setting of a tax profile."""

TAIL_WORDS: Final = frozenset({"jurisdiction", "source", "reverse"})
"""Words of settings that may also stand behind a rate or a component."""

_HOLDS_ON: Final = frozenset({"require", "carry", "derive", "case", "cases"})
"""Items that hold an ``on`` of their own, which does not open a rule."""


_DECLARED: Final = re.compile(
    r"^[ \t]*(?:account|map)[ \t]+([A-Za-z_]\w*)", re.MULTILINE | re.ASCII
)
"""An account or map at the beginning of a line, as a reader sees that it is declared."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment: its text without the mark, its place, and whether its line holds nothing else."""

    text: str
    at: Span
    alone: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A brace, or a word at which text may be cut; ``first`` if it begins its line."""

    text: str
    offset: int
    first: bool
    column: int


@dataclass(frozen=True, slots=True)
class Scan:
    """A text made fit for the parser, with what was seen on the way.

    ``refused`` is the one fault for which the text is not parsed at all, or None; ``text`` has
    line feeds for all line ends and blanks for characters that are not allowed.
    """

    text: str
    line_starts: tuple[int, ...] = (0,)
    comments: tuple[Comment, ...] = ()
    marks: tuple[Mark, ...] = ()
    faults: tuple[Diagnostic, ...] = ()
    refused: Diagnostic | None = None

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset, both from one."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a line and column."""
        return self.line_starts[line - 1] + column - 1

    def line(self, number: int) -> str:
        """Return one line of the text, counted from one, without its end."""
        start = self.line_starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start:] if end < 0 else self.text[start:end]


def declared_names(text: str) -> frozenset[str]:
    """Return the accounts and maps that a text means to declare, whether it can be read or not."""
    return frozenset(_DECLARED.findall(text))


def scan(text: str) -> Scan:
    """Return the text ready for the parser, or with the reason not to parse it."""
    if len(text) > limits.SCHEMA_CHARACTERS:
        too_large = _too_large("SCHEMA_CHARACTERS", limits.SCHEMA_CHARACTERS, len(text))
        return Scan("", refused=too_large)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    text, found = _clean(text)
    return _walk(text, found)


def _too_large(limit: str, allowed: int, seen: int, at: Span | None = None) -> Diagnostic:
    place = Span(1, 1, 1, 1) if at is None else at
    return diagnose(faults.TOO_LARGE, place, limit=limit, allowed=allowed, seen=seen)


# --- characters ------------------------------------------------------------------------------

_FORBIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def _clean(text: str) -> tuple[str, tuple[Diagnostic, ...]]:
    """Return the text without forbidden characters, and a fault for each of their places."""
    found: list[Diagnostic] = []
    if text.isascii() and _FORBIDDEN.search(text) is None:
        return text, ()
    for number, line in enumerate(text.split("\n"), start=1):
        for match in _FORBIDDEN.finditer(line):
            column = match.start() + 1
            at = Span(number, column, number, column + 1)
            character = f"the character U+{ord(match.group()):04X}"
            found.append(diagnose(faults.BAD_TEXT, at, found=character))
            if len(found) >= limits.SCHEMA_FAULTS:
                break
        if len(found) < limits.SCHEMA_FAULTS and not unicodedata.is_normalized("NFC", line):
            found.append(diagnose(faults.BAD_TEXT, _decomposed(number, line), found=_NOT_NFC))
    return _FORBIDDEN.sub(" ", text), tuple(found)


_NOT_NFC: Final = "a letter in decomposed form (not NFC)"


def _decomposed(number: int, line: str) -> Span:
    """Return the place of the first character of a line that its normal form writes otherwise."""
    normal = unicodedata.normalize("NFC", line)
    same = (
        index for index, pair in enumerate(zip(line, normal, strict=False)) if pair[0] != pair[1]
    )
    column = next(same, min(len(normal), len(line) - 1)) + 1
    return Span(number, column, number, column + 1)


# --- words, brackets, comments ---------------------------------------------------------------

_TOKEN: Final = re.compile(
    r'(?P<string>"(?:[^"\\\n]|\\.)*"?|`[^`\n]*`?)|(?P<comment>#[^\n]*)|(?P<line>\n)'
    r"|(?P<open>[({\[])|(?P<close>[)}\]])|(?P<word>\.?[A-Za-z_][A-Za-z0-9_]*)"
)
_INDENT: Final = re.compile(r"[ \t]*")
_NOT_AN_OPENER: Final = re.compile(r"[ \t]*[.(:,=]")


def _walk(text: str, found: tuple[Diagnostic, ...]) -> Scan:
    """Return the text with its lines, comments and marks."""
    starts, comments, marks = [0], list[Comment](), list[Mark]()
    indent = _indent(text, 0)
    depth = 0
    for match in _TOKEN.finditer(text):
        offset, word = match.start(), match.group()
        kind = match.lastgroup
        column = offset - starts[-1] + 1
        if kind == "line":
            starts.append(match.end())
            indent = _indent(text, match.end())
        elif kind == "comment":
            at = Span(len(starts), column, len(starts), column + len(word))
            comments.append(Comment(_comment(word), at, offset == indent))
        elif kind == "open":
            depth += 1
            if depth > limits.EXPRESSION_DEPTH:
                at = Span(len(starts), column, len(starts), column + 1)
                allowed = limits.EXPRESSION_DEPTH
                return Scan(text, refused=_too_large("EXPRESSION_DEPTH", allowed, depth, at))
        elif kind == "close":
            depth = max(depth - 1, 0)
        if word in "{}" or _opens(text, match, first=offset == indent):
            marks.append(Mark(word, offset, offset == indent, column))
    scanned = Scan(text, tuple(starts), tuple(comments), tuple(marks), found)
    return _count_rules(scanned)


def _indent(text: str, start: int) -> int:
    """Return where the first character of a line stands that is not blank."""
    match = _INDENT.match(text, start)
    return start if match is None else match.end()


def _comment(text: str) -> str:
    """Return what a comment says: without its mark, one blank and blanks at the end."""
    return text[1:].removeprefix(" ").rstrip()


def _opens(text: str, match: re.Match[str], *, first: bool) -> bool:
    """Whether a word may open a statement, a setting or an item where it stands."""
    word = match.group()
    if match.lastgroup != "word":
        return False
    if word != "allocate" and (word in STATEMENT_WORDS or word == "on"):
        return True
    known = word in ITEM_WORDS or word in SETTING_WORDS or word == "allocate"
    return first and known and _NOT_AN_OPENER.match(text, match.end()) is None


def _count_rules(scanned: Scan) -> Scan:
    """Return the scan, refused where it holds too many rules."""
    allowed = limits.SCHEMA_RULES
    if sum(mark.text == "on" for mark in scanned.marks) <= allowed:
        return scanned
    rules = [piece for piece in cut_items(scanned) if piece.word == "on"]
    if len(rules) <= allowed:
        return scanned
    line, column = scanned.place(rules[allowed].start)
    at = Span(line, column, line, column + 2)
    refused = _too_large("SCHEMA_RULES", allowed, len(rules), at)
    return Scan(scanned.text, scanned.line_starts, refused=refused)


# --- pieces ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that should be one item.

    ``missing`` counts the closing braces it lacks; ``unclosed`` is the brace to blame for that.
    """

    start: int
    end: int
    word: str
    missing: int = 0
    unclosed: Mark | None = None


def cut_items(scanned: Scan) -> tuple[Piece, ...]:
    """Return the items of a text, as far as words at the beginning of lines show them.

    Inside braces an item begins only with a word that stands no further right than the item
    around it: there the braces are taken as never closed.
    """
    pieces: list[Piece] = []
    current = _Cut(0, "", 0)
    for mark in scanned.marks:
        if current.ends_before(mark):
            start = scanned.line_starts[scanned.place(mark.offset)[0] - 1]
            pieces.append(current.piece(start))
            current = _Cut(start, mark.text, mark.column)
        else:
            current.take(mark, scanned)
    pieces.append(current.piece(len(scanned.text)))
    return tuple(piece for piece in pieces if scanned.text[piece.start : piece.end].strip())


class _Cut:
    """One item while its end is looked for."""

    __slots__ = ("_column", "_indents", "_open", "_start", "_suspect", "_wants_on", "_word")

    def __init__(self, start: int, word: str, column: int) -> None:
        self._start, self._word, self._column = start, word, column
        self._open: list[Mark] = []
        self._indents: list[int] = []
        self._suspect: Mark | None = None
        self._wants_on = word in _HOLDS_ON

    def ends_before(self, mark: Mark) -> bool:
        """Whether a mark opens the next item."""
        if not mark.first or mark.text not in ITEM_WORDS:
            return False
        if mark.text == "on" and self._wants_on:
            return False
        if mark.text == "event" and self._word in {"case", "cases"} and self._open:
            return False
        return not self._open or mark.column <= self._column

    def take(self, mark: Mark, scanned: Scan) -> None:
        """Go past a mark inside the item."""
        if mark.text == "{":
            # A case that is like another need not say `on`: what follows its braces is not its own.
            self._wants_on = False
            line = scanned.place(mark.offset)[0]
            start = scanned.line_starts[line - 1]
            self._open.append(mark)
            self._indents.append(_indent(scanned.text, start) - start + 1)
        elif mark.text == "}" and self._open:
            opened, indent = self._open.pop(), self._indents.pop()
            if self._suspect is None and mark.first and mark.column < indent:
                self._suspect = opened
        elif mark.text == "on":
            self._wants_on = False

    def piece(self, end: int) -> Piece:
        """Return the item as it stands when its end is reached."""
        if not self._open:
            return Piece(self._start, end, self._word)
        blamed = self._suspect or self._open[0]
        return Piece(self._start, end, self._word, len(self._open), blamed)
