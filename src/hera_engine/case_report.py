"""What came of worked examples, as text: tables of what differs, gaps of coverage, expectations."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from hera_engine.dsl import nodes
from hera_engine.dsl.format_cases import format_expectation
from hera_engine.dsl.notes import Notes
from hera_engine.dsl.scan import scan
from hera_engine.errors import Place, Pointer, Span
from hera_engine.journal import JournalEntry, JournalLine
from hera_engine.money import format_amount
from hera_engine.rules.cases import CaseResult, ComparedLine, ComparedTotal
from hera_engine.rules.coverage import Coverage

SAME: Final = " "
DIFFERENT: Final = "!"
MISSING: Final = "-"
UNEXPECTED: Final = "+"


def case_report(result: CaseResult, file: str) -> str:
    """Return a result as text: one line if the case passed, else what differs and why."""
    where = placed(file, result.place)
    if result.passed:
        return f"{where}: passed: {result.title}"
    return "\n".join([f"{where}: FAILED: {result.title}", *(f"  {row}" for row in _faults(result))])


def placed(file: str, place: Place | None) -> str:
    """Return a file and a place in it as one word."""
    return file if place is None else f"{file}:{place}"


def _faults(result: CaseResult) -> Iterable[str]:
    """Yield the rows that say how a result differs from what was expected."""
    case = result.case
    if result.error is not None:
        wanted = "a journal" if case.error is None else case.error
        yield from f"refused, expected {wanted}: {result.error}".split("\n")
        return
    if case.error is not None:
        yield f"posted, expected {case.error}"
    elif case.unwritten:
        yield "expects nothing yet: `test --init` writes what it posts"
    books = _Books.of(result)
    lines = _folded(result.lines, books)
    if not all(line.same for line in lines):
        yield from _aligned([_HEAD, *(_line_row(line, books) for line in lines)])
        for line in lines:
            yield from _why(line)
    wrong = [total for total in result.totals if not total.same]
    if wrong:
        yield from _aligned([_HEAD, *map(_total_row, wrong)])
    for code in result.missing_warnings:
        entry = result.entry
        found = [] if entry is None else [notice.code for notice in entry.warnings]
        yield f'no warning "{code}", found {", ".join(found) if found else "none"}'


_HEAD: Final = ("", "ledger", "side", "account", "dimensions", "expected", "posted", "")
_RIGHT: Final = frozenset({5, 6})
"""Columns of figures."""

_Row = tuple[str, str, str, str, str, str, str, str]


_EVERY: Final = "every"
"""What stands for the ledger of lines that are alike in all of them."""


@dataclass(frozen=True, slots=True)
class _Books:
    """The currencies that need no mention: that of the event, and the base currency."""

    currency: str
    base: str

    @classmethod
    def of(cls, result: CaseResult) -> "_Books":
        """Return those of what was posted; where nothing was, no line is shown."""
        header = None if result.entry is None else result.entry.header
        return cls("", "") if header is None else cls(header.currency, header.base_currency)

    def figures(self, line: JournalLine, wanted: nodes.ExpectedLine | None = None) -> str:
        """Return what a line posted: what is expected of it, or all that is not plain."""
        if wanted is None:
            currency = line.currency if line.currency != self.currency else None
            base = line.base_amount if self.differs_in_base(line) else None
            return _figures(line.amount, currency, base)
        amount = None if wanted.amount is None else line.amount
        currency = None if wanted.currency is None else line.currency
        return _figures(amount, currency, None if wanted.base is None else line.base_amount)

    def differs_in_base(self, line: JournalLine) -> bool:
        """Whether a line's base amount says something that its amount does not."""
        return line.currency != self.base or line.amount != line.base_amount


def _figures(amount: Decimal | None, currency: str | None, base: Decimal | None) -> str:
    """Return figures of a line or total in one cell: `10.00 EUR base 8.65`."""
    parts = ("" if amount is None else format_amount(amount), currency or "")
    worth = "" if base is None else f"base {format_amount(base)}"
    return " ".join(part for part in (*parts, worth) if part)


def _folded(lines: tuple[ComparedLine, ...], books: _Books) -> tuple[ComparedLine, ...]:
    """Return lines once where those of all ledgers read the same."""
    ledgers = tuple(dict.fromkeys(line.ledger for line in lines))
    groups = [
        tuple(replace(line, ledger=_EVERY) for line in lines if line.ledger == ledger)
        for ledger in ledgers
    ]
    texts = [[(_line_row(line, books), tuple(_why(line))) for line in group] for group in groups]
    alike = len(ledgers) > 1 and all(text == texts[0] for text in texts)
    return groups[0] if alike else lines


def _line_row(line: ComparedLine, books: _Books) -> _Row:
    wanted, there = line.expected, line.posted
    if wanted is None:
        assert there is not None, "a comparison has a side"
        row = (line.ledger, there.side.word, there.account.key, _dimensions(there))
        return (UNEXPECTED, *row, "", books.figures(there), "unexpected")
    row = (line.ledger, wanted.side.value, wanted.account.text, _pairs(wanted.dimensions))
    figures = _figures(wanted.amount, wanted.currency, wanted.base)
    if there is None:
        return (MISSING, *row, figures, "", "missing")
    mark = SAME if line.same else DIFFERENT
    note = "" if line.same else _difference(wanted, there)
    return (mark, *row, figures, books.figures(there, wanted), note)


def _difference(wanted: nodes.ExpectedLine, there: JournalLine) -> str:
    """Return in words how a posted line differs from the expected one beside it."""
    found = []
    if wanted.amount not in {None, there.amount}:
        found.append("another amount")
    if wanted.currency not in {None, there.currency}:
        found.append("another currency")
    if wanted.base not in {None, there.base_amount}:
        found.append("another base amount")
    if wanted.side.value != there.side.word:
        found.append(f"posted as {there.side.word}")
    if any(there.dimensions.get(name) != value for name, value in wanted.dimensions):
        found.append(f"posted with {_dimensions(there) or 'no dimensions'}")
    return ", ".join(found)


def _total_row(total: ComparedTotal) -> _Row:
    wanted = total.expected
    account = "*" if wanted.account is None else wanted.account.text
    row = (total.ledger, f"total {wanted.side.value}", account, _pairs(wanted.dimensions))
    expected = _figures(wanted.amount, wanted.currency, wanted.base)
    amount = None if wanted.amount is None else total.posted
    posted = _figures(amount, wanted.currency, None if wanted.base is None else total.base)
    return (DIFFERENT, *row, expected, posted, "another total")


def _dimensions(line: JournalLine) -> str:
    return _pairs(tuple(line.dimensions.items()))


def _pairs(pairs: Iterable[tuple[str, object]]) -> str:
    return ", ".join(f"{name}={value}" for name, value in pairs)


def _why(line: ComparedLine) -> Iterable[str]:
    """Yield how a line came about that was posted otherwise than expected."""
    if line.posted is None or line.same:
        return
    amount = format_amount(line.posted.amount)
    head = f"{line.ledger} {line.posted.side.word} {line.posted.account.key} {amount}"
    yield f"why {head}"
    yield from (f"  {row}" for row in line.why)


def _aligned(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """Yield rows with their cells below each other, figures to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            cell.rjust(width) if index in _RIGHT else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()


# --- coverage --------------------------------------------------------------------------------


def coverage_line(coverage: Coverage) -> str:
    """Return in one line how much the cases exercise."""
    parts = [f"{each.seen} of {each.all} {each.what}" for each in coverage.counts if each.all]
    return (
        f"covered: {', '.join(parts)}" if parts else "covered: the schema has no rules of its own"
    )


def coverage_gaps(coverage: Coverage, file: str) -> tuple[str, ...]:
    """Return what no case exercises, one line each."""
    return tuple(f"{placed(file, gap.place)}: {gap.words}" for gap in coverage.gaps)


# --- expectations from a run -----------------------------------------------------------------


def expecting(case: nodes.Case, result: CaseResult, ledgers: tuple[str, ...]) -> nodes.Case:
    """Return a case that expects what came of it: an error code, or every line.

    Lines that are alike in all ledgers are written once, without their ledger; then they stand
    for a line in each. A currency is written where it is not the event's, a base amount where it
    is not the amount in base currency.
    """
    bare = replace(case, expect=(), totals=(), warnings=(), error=None)
    if result.entry is None:
        return replace(bare, error=None if result.error is None else result.error.code)
    books = _Books.of(result)
    by_ledger = [_lines_in(result.entry, ledger, books) for ledger in ledgers]
    if all(lines == by_ledger[0] for lines in by_ledger):
        lines = by_ledger[0]
    else:
        lines = tuple(
            replace(line, ledger=nodes.Name(ledger))
            for ledger, there in zip(ledgers, by_ledger, strict=True)
            for line in there
        )
    codes = dict.fromkeys(notice.code for notice in result.entry.warnings)
    warnings = tuple(nodes.ExpectedWarning(code=code) for code in codes)
    return replace(bare, expect=lines, warnings=warnings)


def _lines_in(entry: JournalEntry, ledger: str, books: _Books) -> tuple[nodes.ExpectedLine, ...]:
    return tuple(
        nodes.ExpectedLine(
            side=nodes.SideWord(line.side.word),
            account=nodes.Name(line.account.key),
            amount=Decimal(line.amount),
            currency=line.currency if line.currency != books.currency else None,
            base=Decimal(line.base_amount) if books.differs_in_base(line) else None,
            dimensions=tuple((name, str(value)) for name, value in line.dimensions.items()),
        )
        for line in entry.lines
        if line.ledger == ledger
    )


_LINES: Final = re.compile(r"(\r\n|\r|\n)")


def with_expectations(
    source: str, document: nodes.Schema, written: Mapping[int, nodes.Case]
) -> str:
    """Return a text form in which cases have the expectations given; all else stays as it is.

    Comments inside an expectation that is replaced are kept: those of a line stay with the line
    of the same number, the rest goes to the end.

    Args:
        source: The text.
        document: What was read from it, with the places of its cases.
        written: What cases are to expect, by their number in the document, from zero.
    """
    mark = "\ufeff" if source.startswith("\ufeff") else ""
    parts = _LINES.split(source.removeprefix(mark))
    lines, ends = parts[::2], [*parts[1::2], ""]
    newline = ends[0] or "\n"
    for index, case in sorted(written.items(), key=_place_in_text, reverse=True):
        assert isinstance(case.at, Span), "a case of the text form has a place in it"
        pointer, old = Pointer("/cases").child(index), case.expect_at
        if isinstance(old, Span):
            rehearsal = Notes({})
            format_expectation(case, pointer, rehearsal)
            kept = {key: document.comments.get(key) for key in rehearsal.asked}
            comments = _comments_in(_cut(lines, old), pointer, kept)
            rows = format_expectation(case, pointer, Notes(comments))
            _put(lines, ends, old, newline.join(rows).lstrip())
        else:
            rows = format_expectation(case, pointer, Notes({}))
            _insert(lines, case.at, rows, newline)
    return mark + "".join(line + end for line, end in zip(lines, ends, strict=True))


def _place_in_text(numbered: tuple[int, nodes.Case]) -> tuple[int, int]:
    at = numbered[1].at
    return (at.line, at.column) if isinstance(at, Span) else (0, 0)


def _cut(lines: list[str], at: Span) -> str:
    """Return the stretch of text at a place."""
    if at.line == at.end_line:
        return lines[at.line - 1][at.column - 1 : at.end_column - 1]
    between = lines[at.line : at.end_line - 1]
    first, last = lines[at.line - 1][at.column - 1 :], lines[at.end_line - 1][: at.end_column - 1]
    return "\n".join([first, *between, last])


def _comments_in(
    stretch: str, pointer: Pointer, known: Mapping[str, nodes.Comments | None]
) -> Mapping[str, nodes.Comments]:
    """Return the comments in the text of an expectation, none of those around it.

    Those of its parts that are known stay there; all others go to its end.
    """
    whole = pointer.child("expect").path
    own = {key: found for key, found in known.items() if key != whole and found is not None}
    rest = [comment.text for comment in scan(stretch).comments]
    for found in own.values():
        for text in (*found.before, *found.inside, *([found.after] if found.after else [])):
            if text in rest:
                rest.remove(text)
    return {**own, whole: nodes.Comments(inside=tuple(rest))} if rest else own


def _put(lines: list[str], ends: list[str], old: Span, text: str) -> None:
    """Replace a stretch of text."""
    first, last = old.line - 1, old.end_line - 1
    lines[first] = lines[first][: old.column - 1] + text + lines[last][old.end_column - 1 :]
    if last > first:
        ends[first] = ends[last]
        del lines[first + 1 : last + 1], ends[first + 1 : last + 1]


def _insert(lines: list[str], at: Span, written: list[str], newline: str) -> None:
    """Write an expectation before the brace that closes a case."""
    number, brace = at.end_line - 1, at.end_column - 2
    before, behind = lines[number][:brace], lines[number][brace:]
    text = newline.join(written)
    head = f"{before.rstrip()}{newline}" if before.strip() else ""
    lines[number] = f"{head}{text}{newline}{'' if before.strip() else before}{behind}"
