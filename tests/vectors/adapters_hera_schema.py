"""Adapters for the origin system's checks: schemas, requests, codes, errors and balance."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from hera_engine import (
    BusinessEvent,
    Diagnostic,
    HeraError,
    JournalEntry,
    Settings,
    Side,
    check_schema,
    load_schema,
)
from hera_engine.errors import EventError, Problem, Severity
from hera_engine.journal import imbalances, unbalanced
from tests.vectors.cases import Case, Containing, FieldPath, Unordered
from tests.vectors.hera_setup import engine_for, event_of, schema_named

_SIDES: Final[Mapping[str, Side]] = MappingProxyType({"debit": Side.DEBIT, "credit": Side.CREDIT})


# --- schemas -------------------------------------------------------------------------------


def schema_validity(case: Case) -> object:
    """Answer with the errors and warnings of a schema under strict settings."""
    found = check_schema(case.inputs["posting_schema"], settings=Settings.strict())
    errors = [fault for fault in found if fault.severity is Severity.ERROR]
    warnings = [fault for fault in found if fault.severity is Severity.WARNING]
    return {
        "valid": not errors,
        "errors": Unordered(tuple(map(_schema_error, errors))),
        "warnings_contain": Unordered(tuple(Containing(fault.message) for fault in warnings)),
    }


def _schema_error(fault: Diagnostic) -> Mapping[str, object]:
    return {"code": fault.name, "path": FieldPath.of(fault.pointer or "")}


def schema_defaults(case: Case) -> object:
    """Answer with what a schema means that leaves its optional sections empty."""
    schema = {**schema_named(case, "valid"), "payments": {}, "validations": {}}
    return load_schema(schema).to_json_dict()


def gl_accounts(_: Case) -> object:
    """Answer with the chart that hera_engine brings along: none, for charts are the caller's."""
    return {"accounts": {}}


def format_errors(case: Case) -> object:
    """Answer with problems as lines of text."""
    problems = (Problem(each["path"], each["message"]) for each in case.inputs["errors"])
    return {"lines": [str(problem) for problem in problems]}


# --- events and their codes ----------------------------------------------------------------


def request_validity(case: Case) -> object:
    """Answer with whether a strict engine posts an event, and the first field it refuses."""
    engine = engine_for(schema_named(case, "valid"), settings=Settings.strict())
    try:
        engine.simulate(dict(case.inputs))
    except EventError as error:
        return {"valid": False, "path": FieldPath.of(error.problems[0].path)}
    event = BusinessEvent(**case.inputs)
    return {"valid": True, "defaults": {"simulate": event.simulate}}


def smart_code(case: Case) -> object:
    """Answer with whether a strict engine reads an event of a smart code.

    An event that is read may still find no rule: that is no fault of its code.
    """
    engine = engine_for(schema_named(case, "valid"), settings=Settings.strict())
    try:
        engine.simulate(event_of("100.00", {}, code=case.inputs["code"]))
    except EventError as error:
        return {"valid": False, "error": error.code, "message": error.message}
    except HeraError as error:
        if error.code != "E_SCHEMA":
            raise
    return {"valid": True}


def error_http(case: Case) -> object:
    """Answer with what a service would say of an error code."""
    error = HeraError(case.inputs["code"], "as the case says", context=case.inputs.get("context"))
    return {
        "status": error.http_status,
        "retryable": error.retryable,
        "success": error.success,
        "retry_after_seconds": error.retry_after_seconds,
        "data": error.context,
        "meta": {"idempotent": error.success},
    }


# --- balance -------------------------------------------------------------------------------


def balance(case: Case) -> object:
    """Answer with whether lines balance exactly per currency; lines without one share one."""
    found = imbalances(
        ("GL", line.get("currency", "USD"), _SIDES[line["side"]], Decimal(line["amount"]))
        for line in case.inputs["lines"]
    )
    if not found:
        return {"balanced": True}
    return {"balanced": False, "error": unbalanced(found).code, **found[0].to_dict()}


def response_validity(case: Case) -> object:
    """Answer with whether so many lines, debit and credit in turn, can be a journal entry."""
    engine = engine_for(schema_named(case, "valid"))
    model = engine.simulate(event_of("2.00", {"tax_exempt": True}))
    count = int(case.inputs["lines"])
    try:
        JournalEntry(model.header, (model.lines * count)[:count])
    except HeraError:
        return {"valid": False}
    return {"valid": True}


HERA_SCHEMA_ADAPTERS: Final = MappingProxyType(
    {
        "schema_validity": schema_validity,
        "schema_defaults": schema_defaults,
        "format_errors": format_errors,
        "gl_accounts": gl_accounts,
        "request_validity": request_validity,
        "smart_code": smart_code,
        "error_http": error_http,
        "balance": balance,
        "response_validity": response_validity,
    }
)
