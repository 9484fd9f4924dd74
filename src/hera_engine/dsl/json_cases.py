"""Worked examples of the JSON form, and tables of them: what each value means, and where it is."""

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Final, TypeVar

from hera_engine.dsl import nodes
from hera_engine.dsl.json_fragments import located, placed
from hera_engine.dsl.json_parts import case_event, case_values
from hera_engine.dsl.json_values import (
    Reader,
    Refused,
    amount,
    choice,
    each,
    filled,
    misfit,
    missing_key,
    name,
    record,
    text,
    texts_by_name,
    truth,
)
from hera_engine.errors import Pointer

_ERROR_CODE: Final = re.compile(r"E_[A-Z0-9_]+")

Read = Mapping[str, object]
"""An object whose keys are known and whose values were accepted by their readers."""


def cases(value: object) -> tuple[nodes.Case, ...]:
    """Return worked examples."""
    return each(value, _case)


def case_tables(value: object) -> tuple[nodes.CaseTable, ...]:
    """Return tables of worked examples."""
    return each(value, _table)


def _error(value: object) -> str | None:
    """Return the code of an error, or None for null."""
    if value is None:
        return None
    if _ERROR_CODE.fullmatch(text(value)) is None:
        raise Refused(misfit("expected the code of an error such as E_UNBALANCED"))
    return text(value)


def _maybe(reader: Reader[object]) -> Reader[object]:
    """Return a reader that takes null as well."""
    return lambda value: None if value is None else reader(value)


def _needs(found: Read, *keys: str) -> Read:
    missing = [missing_key(key) for key in keys if key not in found]
    if missing:
        raise Refused(*missing)
    return found


# --- expectations ----------------------------------------------------------------------------


def _figure_readers(*more: str) -> Mapping[str, Reader[object]]:
    readers: dict[str, Reader[object]] = {
        "debit": name, "credit": name, "side": choice(nodes.SideWord), "account": _maybe(name),
        "amount": amount, "base": amount, "currency": _maybe(filled),
        "total": truth, "dimensions": texts_by_name, "ledger": _maybe(name),
    }  # fmt: skip
    shared = ("currency", "dimensions", "ledger")
    return MappingProxyType({key: readers[key] for key in (*more, *shared)})


_LINE: Final = _figure_readers("debit", "credit", "amount", "base")
_TOTAL: Final = _figure_readers("side", "account", "amount", "base")
_COLUMN: Final = MappingProxyType({**_figure_readers("side", "account", "total"), "base": truth})


def _ledger(found: Read) -> nodes.Name | None:
    return None if found.get("ledger") is None else name(found["ledger"])


def _figured(found: Read) -> Read:
    """Return an expectation that has a figure: an amount, a base amount, or both."""
    if "amount" not in found and "base" not in found:
        raise Refused(missing_key("amount"))
    return found


def _figure(found: Read, key: str) -> Decimal | None:
    return amount(found[key]) if key in found else None


def _line(value: object) -> nodes.ExpectedLine:
    found = _figured(record(value, _LINE))
    if ("debit" in found) == ("credit" in found):
        raise Refused(misfit("a line has either `debit` or `credit`"))
    side = nodes.SideWord.DEBIT if "debit" in found else nodes.SideWord.CREDIT
    return nodes.ExpectedLine(
        side=side,
        account=name(found[side.value]),
        amount=_figure(found, "amount"),
        currency=_words(found, "currency"),
        base=_figure(found, "base"),
        dimensions=texts_by_name(found.get("dimensions", {})),
        ledger=_ledger(found),
    )


def _account(found: Read) -> nodes.Name | None:
    return None if found.get("account") is None else name(found["account"])


def _total(value: object) -> nodes.ExpectedTotal:
    found = _figured(_needs(record(value, _TOTAL), "side"))
    return nodes.ExpectedTotal(
        side=choice(nodes.SideWord)(found["side"]),
        account=_account(found),
        amount=_figure(found, "amount"),
        currency=_words(found, "currency"),
        base=_figure(found, "base"),
        dimensions=texts_by_name(found.get("dimensions", {})),
        ledger=_ledger(found),
    )


def _warning(value: object) -> nodes.ExpectedWarning:
    return nodes.ExpectedWarning(code=text(value))


# --- cases -----------------------------------------------------------------------------------


def _lines(value: object) -> tuple[nodes.ExpectedLine, ...]:
    return each(value, _line)


def _totals(value: object) -> tuple[nodes.ExpectedTotal, ...]:
    return each(value, _total)


def _warnings(value: object) -> tuple[nodes.ExpectedWarning, ...]:
    return each(value, _warning)


_HEAD: Final[Mapping[str, Reader[object]]] = MappingProxyType(
    {"name": text, "on": _maybe(filled), "like": _maybe(text), "event": case_event}
)
_CASE: Final[Mapping[str, Reader[object]]] = MappingProxyType(
    {**_HEAD, "expect": _lines, "totals": _totals, "warnings": _warnings, "error": _error}
)


def _words(found: Read, key: str) -> str | None:
    return None if found.get(key) is None else text(found[key])


def _headed(found: Read) -> Read:
    """Return an object that has a name, and says which event it is about or what it is like."""
    _needs(found, "name")
    if found.get("on") is None and found.get("like") is None:
        raise Refused(missing_key("on"))
    return found


def _case(value: object) -> nodes.Case:
    found = _headed(record(value, _CASE))
    case = nodes.Case(
        title=text(found["name"]),
        on=_words(found, "on"),
        like=_words(found, "like"),
        event=case_event(found.get("event", {})),
        expect=_lines(found.get("expect", ())),
        totals=_totals(found.get("totals", ())),
        warnings=_warnings(found.get("warnings", ())),
        error=_error(found.get("error")),
    )
    if case.error is not None and (case.expect or case.totals or case.warnings):
        raise Refused(misfit("an error stands alone: there is no journal beside it", "error"))
    return case


# --- tables ----------------------------------------------------------------------------------


def _column(value: object) -> nodes.CaseColumn:
    found = _needs(record(value, _COLUMN), "side")
    total = found.get("total") is True
    if not total and found.get("account") is None:
        raise Refused(missing_key("account"))
    return nodes.CaseColumn(
        side=choice(nodes.SideWord)(found["side"]),
        account=_account(found),
        total=total,
        currency=_words(found, "currency"),
        base=found.get("base") is True,
        dimensions=texts_by_name(found.get("dimensions", {})),
        ledger=_ledger(found),
    )


def _amounts(value: object) -> object:
    return each(value, amount)


_ROW: Final[Mapping[str, Reader[object]]] = MappingProxyType(
    {"name": text, "values": case_values, "amounts": _amounts, "error": _error}
)


def _row(value: object) -> nodes.CaseRow:
    found = _needs(record(value, _ROW), "name", "values")
    row = nodes.CaseRow(
        title=text(found["name"]),
        values=case_values(found["values"]),
        amounts=each(found.get("amounts", ()), amount),
        error=_error(found.get("error")),
    )
    if row.error is not None and row.amounts:
        raise Refused(misfit("an error stands alone: there are no amounts beside it", "error"))
    return row


def _inputs(value: object) -> tuple[str, ...]:
    return _filled_list(each(value, text), "inputs")


def _columns(value: object) -> tuple[nodes.CaseColumn, ...]:
    return _filled_list(each(value, _column), "columns")


Member = TypeVar("Member")


def _filled_list(found: tuple[Member, ...], what: str) -> tuple[Member, ...]:
    if not found:
        raise Refused(misfit(f"a table of cases has at least one of its {what}"))
    return found


def _rows(value: object) -> tuple[nodes.CaseRow, ...]:
    return each(value, _row)


_TABLE: Final[Mapping[str, Reader[object]]] = MappingProxyType(
    {**_HEAD, "inputs": _inputs, "columns": _columns, "rows": _rows}
)


def _table(value: object) -> nodes.CaseTable:
    found = _needs(_headed(record(value, _TABLE)), "inputs", "columns")
    return nodes.CaseTable(
        title=text(found["name"]),
        on=_words(found, "on"),
        like=_words(found, "like"),
        event=case_event(found.get("event", {})),
        inputs=_inputs(found["inputs"]),
        columns=_columns(found["columns"]),
        rows=_rows(found.get("rows", ())),
    )


# --- places ----------------------------------------------------------------------------------

Part = TypeVar("Part", bound=nodes.Node)


def placed_cases(found: tuple[nodes.Case, ...], at: Pointer) -> tuple[nodes.Case, ...]:
    """Return worked examples with each part of them at its place."""
    return tuple(_placed_case(case, at.child(index)) for index, case in enumerate(found))


def _placed_case(case: nodes.Case, at: Pointer) -> nodes.Case:
    return replace(
        case,
        at=at,
        event=located(case.event, at.child("event")),  # type: ignore[arg-type] # keeps its kind
        expect=_placed_parts(case.expect, at.child("expect")),
        totals=_placed_parts(case.totals, at.child("totals")),
        warnings=_placed_parts(case.warnings, at.child("warnings")),
    )


def _placed_parts(parts: tuple[Part, ...], at: Pointer) -> tuple[Part, ...]:
    return tuple(placed(part, at.child(index)) for index, part in enumerate(parts))


def placed_tables(found: tuple[nodes.CaseTable, ...], at: Pointer) -> tuple[nodes.CaseTable, ...]:
    """Return tables of worked examples with each part of them at its place."""
    return tuple(_placed_table(table, at.child(index)) for index, table in enumerate(found))


def _placed_table(table: nodes.CaseTable, at: Pointer) -> nodes.CaseTable:
    return replace(
        table,
        at=at,
        event=located(table.event, at.child("event")),  # type: ignore[arg-type] # keeps its kind
        columns=_placed_parts(table.columns, at.child("columns")),
        rows=_placed_parts(table.rows, at.child("rows")),
    )
