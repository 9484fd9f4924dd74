"""Worked examples of a schema: their events in full, and what came of them against what should.

Enters: the cases of a schema, and for each the entry that was posted or the error that refused
it. Leaves: results that hold every line of both sides, for a reader to see what differs. Nothing
here posts an event; the engine does.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from hera_engine.dsl import nodes
from hera_engine.errors import HeraError, Place
from hera_engine.facts import EVENT_FIELDS
from hera_engine.journal import JournalEntry, JournalLine
from hera_engine.money import ZERO, exact_add, exact_negate
from hera_engine.rules.explanation import Explanation

CASE_ORGANIZATION: Final = "00000000-0000-0000-0000-000000000001"
"""The organization of a case that names none."""
CASE_CURRENCY: Final = "USD"
"""The currency of a case that names none, under a schema that lists none."""
CASE_REFERENCE: Final = "CASE"
"""The external reference of a case that names none, under a schema that demands one."""
_CONTEXT: Final = "business_context"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkedCase:
    """One case by itself: what it is like is filled in, a row of a table is a case of its own.

    ``complete`` says that ``lines`` are all lines there may be. ``index`` counts the case among
    those of the schema; a row of a table has none.
    """

    title: str
    code: str
    fields: tuple[nodes.CaseField, ...]
    lines: tuple[nodes.ExpectedLine, ...] = ()
    complete: bool = False
    totals: tuple[nodes.ExpectedTotal, ...] = ()
    warnings: tuple[nodes.ExpectedWarning, ...] = ()
    error: str | None = None
    place: Place | None = None
    index: int | None = None

    @property
    def unwritten(self) -> bool:
        """Whether nothing is expected at all."""
        return not (self.complete or self.totals or self.warnings or self.error)


def worked_cases(schema: nodes.Schema) -> tuple[WorkedCase, ...]:
    """Return the cases of a schema without faults, then the rows of its tables, in order."""
    known = {case.title: case for case in schema.cases}
    found = [
        WorkedCase(
            title=case.title,
            code=_code(case, known),
            fields=_fields(case, known),
            lines=case.expect,
            complete=bool(case.expect),
            totals=case.totals,
            warnings=case.warnings,
            error=case.error,
            place=case.at,
            index=index,
        )
        for index, case in enumerate(schema.cases)
    ]
    for table in schema.case_tables:
        found += _rows(table, known)
    return tuple(found)


def _lineage(
    case: nodes.Case | nodes.CaseTable, known: Mapping[str, nodes.Case]
) -> list[nodes.Case | nodes.CaseTable]:
    """Return a case and those it is like, the nearest first."""
    found = [case]
    while (base := found[-1].like) is not None:
        found.append(known[base])
    return found


def _code(case: nodes.Case | nodes.CaseTable, known: Mapping[str, nodes.Case]) -> str:
    return next(each.on for each in _lineage(case, known) if each.on is not None)


def _fields(
    case: nodes.Case | nodes.CaseTable, known: Mapping[str, nodes.Case]
) -> tuple[nodes.CaseField, ...]:
    """Return the fields of an event: a field that is given takes the place of the base's."""
    found: dict[str, nodes.CaseField] = {}
    for each in reversed(_lineage(case, known)):
        found.update({entry.name: entry for entry in each.event})
    return tuple(found.values())


def _rows(table: nodes.CaseTable, known: Mapping[str, nodes.Case]) -> Iterable[WorkedCase]:
    """Yield a case for each row of a table."""
    shared = {entry.name: entry for entry in _fields(table, known)}
    for row in table.rows:
        own = {
            name: nodes.CaseField(name=name, value=value, at=row.at)
            for name, value in zip(table.inputs, row.values, strict=True)
        }
        lines: list[nodes.ExpectedLine] = []
        totals: list[nodes.ExpectedTotal] = []
        for column, figure in zip(table.columns, row.amounts, strict=row.error is None):
            if not column.total and column.account is not None:
                lines += [_cell_line(column, column.account, figure)] if figure else []
            else:
                totals.append(_cell_total(column, figure))
        yield WorkedCase(
            title=f"{table.title}: {row.title}",
            code=_code(table, known),
            fields=tuple({**shared, **own}.values()),
            lines=tuple(lines),
            complete=row.error is None and any(not column.total for column in table.columns),
            totals=tuple(totals),
            error=row.error,
            place=row.at,
        )


def _cell_line(
    column: nodes.CaseColumn, account: nodes.Name, figure: Decimal
) -> nodes.ExpectedLine:
    return nodes.ExpectedLine(
        side=column.side,
        account=account,
        amount=None if column.base else figure,
        currency=column.currency,
        base=figure if column.base else None,
        dimensions=column.dimensions,
        ledger=column.ledger,
    )


def _cell_total(column: nodes.CaseColumn, figure: Decimal) -> nodes.ExpectedTotal:
    return nodes.ExpectedTotal(
        side=column.side,
        account=column.account,
        amount=None if column.base else figure,
        currency=column.currency,
        base=figure if column.base else None,
        dimensions=column.dimensions,
        ledger=column.ledger,
    )


# --- events ----------------------------------------------------------------------------------


def event_of(case: WorkedCase, schema: nodes.Schema) -> Mapping[str, object]:
    """Return the business event of a case: header fields, and all others as its context.

    Organization, currency and a demanded reference have defaults where the case does not name
    them; a field that the case sets to null is not there, and has none.
    """
    checks = schema.validations or nodes.Validations()
    header: dict[str, object] = {
        "organization_id": CASE_ORGANIZATION,
        "event_smart_code": case.code,
        "currency": checks.currencies[0].text if checks.currencies else CASE_CURRENCY,
    }
    if checks.require_external_ref:
        header["external_reference"] = CASE_REFERENCE
    context: dict[str, object] = {}
    for entry in case.fields:
        value = _plain(entry.value)
        if entry.name == _CONTEXT and isinstance(value, dict):
            context.update(value)
        elif entry.name in EVENT_FIELDS:
            header[entry.name] = value
        else:
            context[entry.name] = value
    header[_CONTEXT] = {name: value for name, value in context.items() if value is not None}
    return {name: value for name, value in header.items() if value is not None}


def _plain(value: nodes.CaseValue) -> object:
    """Return a value of a case as a caller would send it."""
    match value:
        case None | bool() | str() | Decimal():
            return value
        case date():
            return value.isoformat()
        case (nodes.CaseField(), *_):
            fields = (part for part in value if isinstance(part, nodes.CaseField))
            return {part.name: _plain(part.value) for part in fields}
        case _:
            return [_plain(part) for part in value if not isinstance(part, nodes.CaseField)]


# --- results ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """An expected line beside the posted one it was compared with; one of them may lack.

    ``why`` says how a line that was posted otherwise came about.
    """

    ledger: str
    expected: nodes.ExpectedLine | None
    posted: JournalLine | None
    same: bool = False
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ComparedTotal:
    """An expected total in one ledger, and what the lines come to on its side.

    ``posted`` is in the currency of the total, else of the event; ``base`` in base currency.
    """

    ledger: str
    expected: nodes.ExpectedTotal
    posted: Decimal
    base: Decimal

    @property
    def same(self) -> bool:
        """Whether both agree in what is expected."""
        wanted = self.expected
        return wanted.amount in {None, self.posted} and wanted.base in {None, self.base}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """What came of a case: an entry or an error, and how that differs from what was expected.

    ``lines`` is empty where the case lists no lines; ``missing_warnings`` holds codes.
    """

    case: WorkedCase
    entry: JournalEntry | None
    error: HeraError | None
    lines: tuple[ComparedLine, ...] = ()
    totals: tuple[ComparedTotal, ...] = ()
    missing_warnings: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Title of the case; of a row, the titles of table and row."""
        return self.case.title

    @property
    def place(self) -> Place | None:
        """Where the case is written."""
        return self.case.place

    @property
    def passed(self) -> bool:
        """Whether what came is what was expected, and something was."""
        if self.case.unwritten:
            return False
        if self.error is not None or self.case.error is not None:
            return self.error is not None and self.error.code == self.case.error
        agree = all(line.same for line in self.lines) and all(total.same for total in self.totals)
        return agree and not self.missing_warnings

    def to_dict(self) -> dict[str, object]:
        """Return the result as plain JSON values: what was posted, or the error."""
        return {
            "title": self.title,
            "place": None if self.place is None else str(self.place),
            "passed": self.passed,
            "entry": None if self.entry is None else self.entry.to_dict(),
            "error": None if self.error is None else self.error.to_dict(),
        }


def refused(case: WorkedCase, error: HeraError) -> CaseResult:
    """Return the result of a case whose event was refused."""
    return CaseResult(case=case, entry=None, error=error)


def posted(
    case: WorkedCase,
    ledgers: tuple[str, ...],
    entry: JournalEntry,
    story: Explanation | None = None,
) -> CaseResult:
    """Return the result of a case whose event was posted.

    Args:
        case: The case.
        ledgers: The ledgers of the schema, for expectations that name none.
        entry: What was posted.
        story: Why; with it, lines that differ say how they came about.
    """
    compared: list[ComparedLine] = []
    if case.complete:
        for ledger in ledgers:
            wanted = [line for line in case.lines if _stands_in(line, ledger)]
            there = [line for line in entry.lines if line.ledger == ledger]
            compared += _compare(ledger, wanted, there)
    if story is not None:
        compared = [_with_reason(line, story) for line in compared]
    codes = {notice.code for notice in entry.warnings}
    return CaseResult(
        case=case,
        entry=entry,
        error=None,
        lines=tuple(compared),
        totals=tuple(
            _compared_total(total, ledger, entry)
            for ledger in ledgers
            for total in case.totals
            if _stands_in(total, ledger)
        ),
        missing_warnings=tuple(w.code for w in case.warnings if w.code not in codes),
    )


def _stands_in(part: nodes.ExpectedLine | nodes.ExpectedTotal, ledger: str) -> bool:
    return part.ledger is None or part.ledger.text == ledger


def _compared_total(total: nodes.ExpectedTotal, ledger: str, entry: JournalEntry) -> ComparedTotal:
    """Return a total beside what the lines it speaks of come to on its side.

    An amount is a sum in one currency; base amounts can be added up over all of them.
    """
    currency = total.currency or entry.header.currency
    every = total.currency is None and total.amount is None
    amount = base = ZERO
    for line in entry.lines:
        account = total.account is None or line.account.key == total.account.text
        if line.ledger != ledger or not account or not _has(line, total.dimensions):
            continue
        if every or line.currency == currency:
            own = line.side.word == total.side.value
            amount = exact_add(amount, line.amount if own else exact_negate(line.amount))
            base = exact_add(base, line.base_amount if own else exact_negate(line.base_amount))
    return ComparedTotal(ledger, total, amount, base)


def _agrees(line: JournalLine, expected: nodes.ExpectedLine) -> bool:
    """Whether a line of the account, side and amount has all else that is expected of it."""
    return (
        expected.currency in {None, line.currency}
        and expected.base in {None, line.base_amount}
        and _has(line, expected.dimensions)
    )


def _has(line: JournalLine, dimensions: tuple[tuple[str, str], ...]) -> bool:
    """Whether a line carries all of some dimensions; others do not matter."""
    return all(line.dimensions.get(name) == value for name, value in dimensions)


def _with_reason(line: ComparedLine, story: Explanation) -> ComparedLine:
    if line.same or line.posted is None:
        return line
    return replace(line, why=story.reasons(line.posted.number))


# --- which line is which ---------------------------------------------------------------------


def _compare(
    ledger: str, expected: list[nodes.ExpectedLine], there: list[JournalLine]
) -> list[ComparedLine]:
    """Return the expected lines in their order, each with its posted one, then all others.

    An expected line without its equal stands beside one of its account that nobody expected.
    """
    partner = _matched(expected, there)
    taken = set(partner.values())
    free: dict[str, list[int]] = {}
    for index, line in enumerate(there):
        if index not in taken:
            free.setdefault(line.account.key, []).append(index)
    compared = []
    for position, wanted in enumerate(expected):
        if position in partner:
            compared.append(ComparedLine(ledger, wanted, there[partner[position]], same=True))
            continue
        near = free.get(wanted.account.text, [])
        if not near:
            compared.append(ComparedLine(ledger, wanted, None))
            continue
        nearest = min(near, key=lambda index: _distance(wanted, there[index]))
        near.remove(nearest)
        compared.append(ComparedLine(ledger, wanted, there[nearest]))
    rest = sorted(index for indexes in free.values() for index in indexes)
    return [*compared, *(ComparedLine(ledger, None, there[index]) for index in rest)]


def _distance(expected: nodes.ExpectedLine, line: JournalLine) -> tuple[bool, bool, bool, int]:
    """Return how little a posted line of the same account has of an expected one."""
    return (
        line.side.word != expected.side.value,
        not _has(line, expected.dimensions),
        expected.currency not in {None, line.currency},
        line.number,
    )


def _matched(expected: list[nodes.ExpectedLine], there: list[JournalLine]) -> dict[int, int]:
    """Return as many pairs of lines that agree as there can be, by their positions.

    A line that says little, such as no dimensions, may agree with several; where it would take
    the only one of another, it moves on (augmenting paths).
    """
    alike: dict[tuple[str, str, Decimal | None], list[int]] = {}
    for index, line in enumerate(there):
        for amount in (line.amount, None):
            alike.setdefault((line.account.key, line.side.word, amount), []).append(index)
    holder: dict[int, int] = {}
    for start in range(len(expected)):
        came_from: dict[int, int] = {}
        waiting, end = [start], None
        while waiting and end is None:
            position = waiting.pop()
            wanted = expected[position]
            for option in alike.get((wanted.account.text, wanted.side.value, wanted.amount), ()):
                if option in came_from or not _agrees(there[option], wanted):
                    continue
                came_from[option] = position
                if option not in holder:
                    end = option
                    break
                waiting.append(holder[option])
        _move_on(holder, came_from, end, start)
    return {position: option for option, position in holder.items()}


def _move_on(
    holder: dict[int, int], came_from: dict[int, int], end: int | None, start: int
) -> None:
    """Let each line along a path take the place that the next one left."""
    while end is not None:
        position = came_from[end]
        before = next((place for place, held in holder.items() if held == position), None)
        holder[end] = position
        if before is not None:
            del holder[before]
        end = None if position == start else before
