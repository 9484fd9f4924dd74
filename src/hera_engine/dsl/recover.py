"""What to do with a text that does not parse: find every fault, and keep what is sound.

The text is cut at the words that open items, and a broken item at the words that open statements
or settings; each piece is parsed by itself where it stands, so that each gives its own fault.
Faulty pieces are then blanked, which moves nothing, and the rest is parsed as a whole.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from hera_engine import faults, limits
from hera_engine.dsl.phrases import Phrase
from hera_engine.dsl.scan import (
    ITEM_WORDS,
    SETTING_WORDS,
    STATEMENT_WORDS,
    TAIL_WORDS,
    Mark,
    Piece,
    Scan,
    cut_items,
)
from hera_engine.errors import Diagnostic, Span, diagnose, nearest


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a text is not what it should be.

    ``at_end`` if more of it would be needed, ``late`` if the word belongs further ahead in the
    same setting.
    """

    fault: Diagnostic
    at: Span
    at_end: bool = False
    late: bool = False


Parse = Callable[[str, str, int, int], Phrase | Failure]
"""Parse a piece of text as a grammar rule, given the line and column where it begins."""


@dataclass(frozen=True, slots=True)
class _Level:
    """How pieces are read at one level: the grammar rule, and the words that open one."""

    start: str
    openers: frozenset[str]


_ITEMS: Final = _Level("schema_text", ITEM_WORDS)
_STATEMENTS: Final = _Level("statements", STATEMENT_WORDS)
_SETTINGS: Final = _Level("settings", SETTING_WORDS)
_FIELDS: Final = _Level("declared", frozenset({"given"}))

_ATTEMPTS: Final = 4
"""How often the blanked text is parsed as a whole before nothing is taken to be sound."""


def recover(
    scanned: Scan, failure: Failure, parse: Parse
) -> tuple[Phrase | None, tuple[Diagnostic, ...]]:
    """Return what of a broken text can be read, and its syntax faults.

    Args:
        scanned: The text and its marks.
        failure: Why the whole text does not parse; reported if no piece has a fault.
        parse: How to parse a piece.

    Returns:
        The phrase of the text without its faulty pieces, or None if even that does not parse;
        and at least one fault.
    """
    search = _Search(scanned, parse)
    pieces = cut_items(scanned)
    for piece in pieces:
        search.item(piece)
        if len(search.faults) >= limits.SCHEMA_FAULTS:
            return None, tuple(search.faults)
    for _ in range(_ATTEMPTS):
        result = parse(search.sound(), "schema_text", 1, 1)
        if isinstance(result, Phrase):
            return result if search.faults else None, tuple(search.faults or [failure.fault])
        if not search.faults:
            search.faults.append(result.fault)
        offset = scanned.offset(result.at.line, result.at.column)
        search.blank(*_around(pieces, min(offset, len(scanned.text))))
    return None, tuple(search.faults)


def _around(pieces: tuple[Piece, ...], offset: int) -> tuple[int, int]:
    """Return the item an offset lies in."""
    for piece in pieces:
        if piece.start <= offset < piece.end:
            return piece.start, piece.end
    return 0, offset


class _Search:
    """The faults found so far and the stretches of text to leave out."""

    __slots__ = ("_blanks", "_closers", "_parse", "_scan", "faults")

    def __init__(self, scanned: Scan, parse: Parse) -> None:
        self._scan, self._parse = scanned, parse
        self._blanks: list[tuple[int, int, str]] = []
        self._closers: list[tuple[Piece, int]] = []
        self.faults: list[Diagnostic] = []

    def blank(self, start: int, end: int, kept: str = "") -> None:
        """Leave a stretch of text out, but for a shorter text to stand at its beginning."""
        self._blanks.append((start, end, kept))

    def sound(self) -> str:
        """Return the text without what is left out; nothing else has moved."""
        text = self._scan.text
        for start, end, kept in sorted(self._blanks, key=_length):
            hidden = _VISIBLE.sub(" ", text[start:end])
            text = f"{text[:start]}{kept}{hidden[len(kept) :]}{text[end:]}"
        for piece, end in sorted(self._closers, key=_closer_end, reverse=True):
            if not any(
                start <= piece.start and piece.end <= stop for start, stop, _ in self._blanks
            ):
                text = f"{text[:end]}{'}' * piece.missing}{text[end:]}"
        return text

    def attempt(self, start: int, end: int, level: _Level, closers: int = 0) -> Failure | None:
        """Return why a stretch of text is not what its level expects, or None if it is."""
        line, column = self._scan.place(start)
        # The line feed keeps a comment at the end of the stretch from hiding the braces.
        ending = "\n" + "}" * closers if closers else ""
        result = self._parse(self._scan.text[start:end] + ending, level.start, line, column)
        if isinstance(result, Phrase):
            return None
        if closers and (result.at.line, result.at.column) >= self._scan.place(end):
            return self.attempt(start, end, level)
        return result

    # --- items -------------------------------------------------------------------------------

    def item(self, piece: Piece) -> None:
        """Find the faults of one item."""
        if piece.unclosed is not None:
            line, column = self._scan.place(piece.unclosed.offset)
            at = Span(line, column, line, column + 1)
            self.faults.append(diagnose(faults.UNCLOSED, at, what="the brace `{`"))
            self._close(piece)
        failure = self.attempt(piece.start, piece.end, _ITEMS, piece.missing)
        if failure is None:
            return
        before = len(self.faults)
        if piece.word == "on":
            self._rule(piece)
        elif piece.word == "tax":
            self._profile(piece)
            if len(self.faults) == before and _MISPLACED.fullmatch(_word_at(self._scan, failure)):
                self.faults.append(replace(failure.fault, suggestion=_SETTINGS_FIRST))
                self.blank(piece.start, piece.end)
        elif piece.word == "event":
            marks = tuple(self._marks(piece.start, piece.end))
            _declaration(self, piece, marks, self._scan.text)
        if len(self.faults) == before:
            self.leaf(piece.start, piece.end, _ITEMS, piece.missing)

    def _close(self, piece: Piece) -> None:
        """Have the braces closed that an item leaves open, on a line where nothing moves."""
        text = self._scan.text
        end = piece.end - 1 if text[piece.end - 1 : piece.end] == "\n" else piece.end
        comment = next(
            (found for found in self._scan.comments
             if found.at.line == self._scan.place(end)[0]), None,
        )  # fmt: skip
        if comment is not None:
            start = self._scan.offset(comment.at.line, comment.at.column)
            self.blank(start, end)
        self._closers.append((piece, end))

    def _marks(self, start: int, end: int) -> Iterator[Mark]:
        """Yield the marks of a stretch of text."""
        return (mark for mark in self._scan.marks if start <= mark.offset < end)

    def _profile(self, piece: Piece) -> None:
        """Find the faults of a tax profile, setting by setting."""
        marks = tuple(self._marks(piece.start, piece.end))
        opening = next((mark for mark in marks if mark.text == "{"), None)
        closing = next((mark for mark in reversed(marks) if mark.text == "}"), None)
        if opening is None or closing is None or piece.missing:
            return
        if not self.head(piece.start, opening.offset + 1, _ITEMS):
            self.blank(piece.start, piece.end)
        borne = False
        for word, start, end in _settings(marks, opening.offset + 1, closing.offset):
            if not (borne and word == "reverse" and self._beside(piece, start, end)):
                self.leaf(start, end, _SETTINGS)
            borne = borne or word == "component"
        self.leaf(closing.offset + 1, piece.end, _ITEMS)

    def _beside(self, piece: Piece, start: int, end: int) -> bool:
        """Report a reverse charge behind components, unless it can be the end of one of them."""
        text = self._scan.text[start:end].rstrip()
        if _BARE_REVERSE.fullmatch(text) or self.attempt(start, end, _SETTINGS) is not None:
            return False
        self.faults.append(_beside_components(self._scan, piece, start, start + len(text)))
        self.blank(start, end)
        return True

    def head(self, start: int, end: int, level: _Level) -> bool:
        """Report the fault of what opens a block, up to its brace; say whether it is sound."""
        failure = self.attempt(start, end, level, 1)
        if failure is not None:
            self.faults.append(failure.fault)
        return failure is None

    # --- rules -------------------------------------------------------------------------------

    def _rule(self, piece: Piece) -> None:
        """Find the faults of a rule, statement by statement."""
        marks = tuple(self._marks(piece.start, piece.end))
        opening = next((index for index, mark in enumerate(marks) if mark.text == "{"), None)
        if opening is None:
            return
        begins = marks[opening].offset + 1
        if not self.head(piece.start, begins, _ITEMS):
            self.blank(piece.start, piece.end)
        walk = _Statements(self, begins)
        for mark in marks[opening + 1 :]:
            walk.take(mark)
        walk.finish(piece.end)

    def statement(self, start: int, end: int) -> None:
        """Find the faults of a stretch that should hold statements without blocks."""
        self.leaf(start, end, _STATEMENTS)

    def block_head(self, start: int, end: int) -> bool:
        """Find the fault of what opens a block in a rule; say whether it is sound."""
        return self.head(start, end, _STATEMENTS)

    def rest(self, start: int, end: int) -> None:
        """Find the faults of what stands behind a rule's last brace."""
        self.leaf(start, end, _ITEMS)

    # --- pieces that are not cut further -----------------------------------------------------

    def leaf(self, start: int, end: int, level: _Level, closers: int = 0) -> None:
        """Report the faults of a stretch; go on at a later line that looks like a beginning."""
        braced = level is _ITEMS and not closers
        while len(self.faults) < limits.SCHEMA_FAULTS:
            failure = self.attempt(start, end, level, closers)
            if failure is None:
                return
            offset = self._scan.offset(failure.at.line, failure.at.column)
            line = self._misspelt(start, offset, failure, level)
            if line is not None and not (braced and _Inside(self._scan, start, end).at(line)):
                self.leaf(start, line, level)
                start = line
                continue
            self.faults.append(failure.fault)
            inside = _Inside(self._scan, start, end) if braced else None
            again = _next_opener(self._scan.text, offset, end, level, inside)
            self._keep_sound(start, offset, end if again is None else again, level)
            if again is None:
                return
            start = again

    def _misspelt(self, start: int, offset: int, failure: Failure, level: _Level) -> int | None:
        """Return where the line of a fault begins, if it looks like a new piece; else None.

        Then what stands before is read by itself, and the line's first word is the fault.
        """
        if failure.at_end or failure.late:
            return None
        line = self._scan.place(offset)[0]
        match = _BEGINNING.match(self._scan.text, self._scan.line_starts[line - 1])
        if match is None or not self._scan.text[start : match.start(1)].strip():
            return None
        first = match.start(1) == offset
        known = nearest(match.group(1), level.openers) is not None
        return match.start(1) if first or known else None

    def _keep_sound(self, start: int, fault: int, end: int, level: _Level) -> None:
        """Leave a faulty stretch out but for what declares a name, so that uses of it are known."""
        stretch = self._scan.text[start:end]
        # A rate cut off behind its name parses, and would be told to lack what was meant to follow.
        bare = _BARE_RATE.fullmatch(self._scan.text, start, fault) is not None
        if not bare and self.attempt(start, fault, level) is None:
            self.blank(fault, end)
            return
        let, declared = _LET.match(stretch), _DECLARED.match(stretch)
        kept = ""
        if let is not None:
            kept = f"let {let.group(1)}=0"
        elif declared is not None:
            kept = declared.group()
            kept += "}" if "{" in kept else ""
        self.blank(start, end, kept if _fits(kept, stretch) else "")


def _fits(kept: str, stretch: str) -> bool:
    """Whether a text can stand at the beginning of a stretch without moving any line."""
    lines = stretch[: len(kept)].split("\n")
    return len(kept) <= len(stretch) and [*map(len, kept.split("\n"))] == [*map(len, lines)]


def _settings(marks: Sequence[Mark], begins: int, ends: int) -> Iterator[tuple[str, int, int]]:
    """Yield the settings of a tax profile: the word of each, and where it begins and ends."""
    settings = [mark for mark in marks if mark.first and mark.text in SETTING_WORDS]
    word = ""
    for mark in settings:
        # Further right than the first setting, such a word goes on with the one before.
        if mark.text not in TAIL_WORDS or mark.column <= settings[0].column:
            yield word, begins, mark.offset
            word, begins = mark.text, mark.offset
    yield word, begins, ends


class _Inside:
    """Tells of places in a stretch, in their order, whether they are inside its braces.

    There a word opens no other item. The marks are gone through once.
    """

    __slots__ = ("_depth", "_marks", "_next")

    def __init__(self, scanned: Scan, start: int, end: int) -> None:
        self._marks = (mark for mark in scanned.marks if start <= mark.offset < end)
        self._next, self._depth = next(self._marks, None), 0

    def at(self, offset: int) -> bool:
        """Whether a place behind those asked for before is inside braces."""
        while self._next is not None and self._next.offset < offset:
            self._depth += {"{": 1, "}": -1}.get(self._next.text, 0)
            self._next = next(self._marks, None)
        return self._depth > 0


def _next_opener(
    text: str, start: int, end: int, level: _Level, inside: _Inside | None
) -> int | None:
    """Return where the next line begins whose first word is nearly one that opens a piece."""
    for match in _FIRST_WORD.finditer(text, start, end):
        word = match.group(1)
        of_a_block = word in STATEMENT_WORDS and word not in level.openers
        if of_a_block or (inside is not None and inside.at(match.start(1))):
            continue
        if nearest(word, level.openers) is not None:
            return match.start(1)
    return None


def _beside_components(scanned: Scan, profile: Piece, start: int, end: int) -> Diagnostic:
    """Return the fault of a reverse charge in a profile of components."""
    named = _PROFILE_NAME.match(scanned.text, profile.start)
    rate = _REVERSE_NAME.match(scanned.text, start, end)
    name = "reverse_charge" if rate is None else rate.group(1)
    return diagnose(
        faults.BAD_TAX_PROFILE, Span(*scanned.place(start), *scanned.place(end)),
        suggestion=f"say `{name}` as a component",
        name="…" if named is None else named.group(1) or named.group(2),
        reason=f"rate `{name}` stands beside components, where no rate charges tax",
    )  # fmt: skip


def _word_at(scanned: Scan, failure: Failure) -> str:
    """Return the word that a fault is told at."""
    match = _FIRST.match(scanned.text, scanned.offset(failure.at.line, failure.at.column))
    return "" if match is None else match.group()


def _declaration(search: _Search, piece: Piece, marks: tuple[Mark, ...], text: str) -> None:
    """Find the faults of an event declaration, field by field, and leave it out as a whole.

    Without the field that is broken, rules that read it would seem to be wrong too.
    """
    braces = [mark for mark in marks if mark.text in "{}"]
    if not braces or braces[-1].text == "{" or piece.missing:
        return
    before, begins = len(search.faults), braces[0].offset + 1
    search.head(piece.start, begins, _ITEMS)
    for offset in _field_starts(braces, text):
        search.leaf(begins, offset, _FIELDS)
        begins = offset
    search.leaf(begins, braces[-1].offset, _FIELDS)
    search.leaf(braces[-1].offset + 1, piece.end, _ITEMS)
    if len(search.faults) > before:
        search.blank(piece.start, piece.end)


def _field_starts(braces: list[Mark], text: str) -> Iterator[int]:
    """Yield where lines begin that look like a field or an equation in the outer braces."""
    depth = 0
    for mark, following in pairwise(braces):
        depth += 1 if mark.text == "{" else -1
        if depth == 1:
            found = _FIELD.finditer(text, mark.offset + 1, following.offset)
            yield from (match.start(1) for match in found)


def _length(blank: tuple[int, int, str]) -> int:
    return blank[1] - blank[0]


def _closer_end(closer: tuple[Piece, int]) -> int:
    return closer[1]


_FIRST: Final = re.compile(r"[A-Za-z_]*")
_MISPLACED: Final = re.compile("|".join(sorted(TAIL_WORDS)))
_SETTINGS_FIRST: Final = "write what the profile says of itself before rates and components"
_BARE_RATE: Final = re.compile(
    r"\s*(?:rate\s+(?:[A-Za-z_][A-Za-z0-9_]*|`[^`\n]+`)|exempt|reverse\s+charge)\s*"
)
_BARE_REVERSE: Final = re.compile(r"reverse\s+charge")
_REVERSE_NAME: Final = re.compile(
    r"reverse\s+charge\s+(?!(?:for|from|to|inclusive|exclusive|account|input|recoverable|expense"
    r"|source)\b)([A-Za-z_][A-Za-z0-9_]*)"
)
_PROFILE_NAME: Final = re.compile(
    r'tax\s+profile\s+(?:["`]([^"`\n]*)["`]|([A-Za-z_][A-Za-z0-9_]*))'
)
_VISIBLE: Final = re.compile(r"[^\n]")
_BEGINNING: Final = re.compile(r"[ \t]*([A-Za-z_]{2,24})(?![A-Za-z0-9_.(:,=])")
_FIRST_WORD: Final = re.compile(r"\n[ \t]*([A-Za-z_]{2,24})(?![A-Za-z0-9_.(:,=])")
_FIELD: Final = re.compile(r"\n[ \t]*((?:[A-Za-z_][A-Za-z0-9_]*|`[^`\n]*`)[ \t]*:|given )")
_LET: Final = re.compile(r"let ([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]")
_DECLARED: Final = re.compile(
    r"account[ \t]+[A-Za-z_][A-Za-z0-9_]*(?=[ \t])"
    r"|map[ \t]+[A-Za-z_][A-Za-z0-9_]*\([A-Za-z0-9_, \t]+\)\s*\{\s*"
)


class _Statements:
    """A walk along the marks of a rule's body, cutting it into statements."""

    __slots__ = ("_blocks", "_braces", "_done", "_search", "_sound", "_start", "_word")

    def __init__(self, search: _Search, start: int) -> None:
        self._search, self._start = search, start
        self._word = ""
        self._blocks: list[int] = []
        self._sound: list[bool] = []
        self._braces = 0
        self._done = False

    def take(self, mark: Mark) -> None:
        """Go past one mark."""
        if self._done:
            return
        if mark.text == "{":
            self._open(mark)
        elif mark.text == "}":
            self._shut(mark)
        elif mark.text in STATEMENT_WORDS and self._braces == 0:
            if mark.text == "in" and self._word == "for" and not mark.first:
                return
            if self._word == "allocate" and not mark.first:
                return
            self._cut(mark.offset, mark.text)

    def _cut(self, offset: int, word: str) -> None:
        """End a statement and begin the next."""
        self._search.statement(self._start, offset)
        self._start, self._word = offset, word

    def _open(self, mark: Mark) -> None:
        if self._word not in {"for", "in"}:
            self._braces += 1
            return
        self._blocks.append(self._start)
        self._sound.append(self._search.block_head(self._start, mark.offset + 1))
        self._start, self._word = mark.offset + 1, ""

    def _shut(self, mark: Mark) -> None:
        if self._braces:
            self._braces -= 1
            return
        self._cut(mark.offset, "")
        self._start = mark.offset + 1
        if not self._blocks:
            self._done = True
            return
        begin, sound = self._blocks.pop(), self._sound.pop()
        if not sound:
            self._search.blank(begin, mark.offset + 1)

    def finish(self, end: int) -> None:
        """Go to the end of the rule's text."""
        if self._done:
            self._search.rest(self._start, end)
        else:
            self._search.statement(self._start, end)
