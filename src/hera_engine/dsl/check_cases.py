"""Checks of worked examples: what their names mean, what they are like, whether rows are full."""

from collections.abc import Iterator, Mapping, Sequence

from hera_engine import faults, limits
from hera_engine.dsl import nodes
from hera_engine.dsl.check_currency import check_currency_code
from hera_engine.dsl.check_patterns import check_dimensions, check_smart_code
from hera_engine.dsl.check_rules import check_account, check_ledger
from hera_engine.dsl.names import Catalog, counted
from hera_engine.errors import ERROR_KINDS, Diagnostic, Place, diagnose, did_you_mean
from hera_engine.event_shape import CONTEXT
from hera_engine.facts import EVENT_FIELDS

Headed = nodes.Case | nodes.CaseTable
Standing = nodes.ExpectedLine | nodes.ExpectedTotal | nodes.CaseColumn


def check_cases(schema: nodes.Schema, catalog: Catalog) -> Iterator[Diagnostic]:
    """Yield the faults of all cases: titles, bases, smart codes, accounts, dimensions, rows."""
    every: tuple[Headed, ...] = (*schema.cases, *schema.case_tables)
    yield from _check_titles(schema)
    yield from _check_bases(every, {case.title: case for case in schema.cases})
    for case in every:
        if case.on is not None:
            yield from check_smart_code(case.on, case.at)
        yield from _check_event(case.event)
    for each in schema.cases:
        yield from _check_error(each.error, each.expect_at or each.at)
        parts: tuple[Standing, ...] = (*each.expect, *each.totals)
        for part in parts:
            yield from _check_standing(part, catalog)
    for table in schema.case_tables:
        for column in table.columns:
            yield from _check_standing(column, catalog)
        yield from _check_rows(table)
        yield from _check_inputs(table)


def _check_titles(schema: nodes.Schema) -> Iterator[Diagnostic]:
    """Yield a fault for each title that stood before: a result names the title alone.

    A row has a title of its own, made of the table's and the row's.
    """
    seen: set[str] = set()
    every: tuple[Headed, ...] = (*schema.cases, *schema.case_tables)
    for case in every:
        if case.title in seen:
            yield diagnose(faults.DUPLICATE, case.at, what="case", name=case.title)
        seen.add(case.title)
    for table in schema.case_tables:
        rows = {f"{table.title}: {row.title}": row.at for row in table.rows}
        for title, place in rows.items():
            if title in seen:
                yield diagnose(faults.DUPLICATE, place, what="case", name=title)
        seen.update(rows)


def _check_event(event: Sequence[nodes.CaseField]) -> Iterator[Diagnostic]:
    """Yield a fault for each own field that stands both by itself and in `business_context`."""
    named = {field.name for field in event if field.name not in EVENT_FIELDS}
    for field in event:
        if field.name != CONTEXT or not isinstance(field.value, tuple):
            continue
        for inner in field.value:
            if isinstance(inner, nodes.CaseField) and inner.name in named:
                yield diagnose(faults.DUPLICATE, inner.at, what="field", name=inner.name)


def _check_bases(
    every: tuple[Headed, ...], known: Mapping[str, nodes.Case]
) -> Iterator[Diagnostic]:
    """Yield a fault for each base that is no case, and for chains that are too long or closed.

    A case has one base at most, so each is walked once: the cost is linear.
    """
    depths: dict[str, int] = {}
    for case in every:
        if case.like is not None and case.like not in known:
            yield diagnose(faults.UNKNOWN_CASE, case.at, name=case.like)
        if isinstance(case, nodes.CaseTable):
            continue
        walked: dict[str, nodes.Case] = {}
        here: nodes.Case | None = case
        while here is not None and here.title not in depths and here.title not in walked:
            walked[here.title] = here
            here = None if here.like is None else known.get(here.like)
        if here is not None and here.title in walked:
            yield diagnose(faults.LIKE_ITSELF, here.at, name=here.title)
        depth = -1 if here is None else depths.get(here.title, -1)
        for title, each in reversed(walked.items()):
            depths[title] = depth = depth + 1
            if depth == limits.CASE_DEPTH + 1:
                yield _too_deep(each)


def _too_deep(case: nodes.Case) -> Diagnostic:
    """Return the fault of the first case of a chain that is like too many."""
    allowed = limits.CASE_DEPTH
    return diagnose(
        faults.TOO_LARGE, case.at, limit="CASE_DEPTH", allowed=allowed, seen=allowed + 1
    )


def _check_standing(part: Standing, catalog: Catalog) -> Iterator[Diagnostic]:
    """Yield the unknown names and currencies of an expectation."""
    if part.account is not None:
        yield from check_account(part.account, catalog)
    if part.ledger is not None:
        yield from check_ledger(part.ledger, catalog)
    if part.currency is not None:
        yield from check_currency_code(part.currency, part.at)
    names = (nodes.Name(name, at=part.at) for name, _ in part.dimensions)
    yield from check_dimensions(names, catalog)


def _check_inputs(table: nodes.CaseTable) -> Iterator[Diagnostic]:
    """Yield the faults of rows that give a business context beside fields of it."""
    if CONTEXT not in table.inputs:
        return
    for row in table.rows:
        pairs = zip(table.inputs, row.values, strict=False)
        yield from _check_event(
            [nodes.CaseField(name=name, value=value, at=row.at) for name, value in pairs]
        )


def _check_error(code: str | None, place: Place | None) -> Iterator[Diagnostic]:
    """Yield a fault for a code that there is not: the case could never pass."""
    if code is not None and code not in ERROR_KINDS:
        near = did_you_mean(code, ERROR_KINDS)
        yield diagnose(faults.UNKNOWN_ERROR, place, suggestion=near, name=code)


def _check_rows(table: nodes.CaseTable) -> Iterator[Diagnostic]:
    """Yield a fault for each row with too few or too many values or figures, or a known title."""
    seen: set[str] = set()
    inputs, columns = len(table.inputs), len(table.columns)
    for row in table.rows:
        if row.title in seen:
            yield diagnose(faults.DUPLICATE, row.at, what="row", name=row.title)
        seen.add(row.title)
        yield from _check_error(row.error, row.at)
        amounts = columns if row.error is not None else len(row.amounts)
        for what, wanted, found in (
            ("value", inputs, len(row.values)),
            ("figure", columns, amounts),
        ):
            if wanted != found:
                expected = counted(wanted, what)
                yield diagnose(
                    faults.WRONG_ARGUMENTS, row.at, name=row.title, expected=expected, found=found
                )
