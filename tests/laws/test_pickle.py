"""Whatever an engine gives or raises survives pickling and copying unchanged."""

import copy
import pickle
from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given

from hera_engine import Diagnostic, HeraError, PostingEngine, SchemaError, Settings, load_schema
from hera_engine.dsl.json_values import Refused
from hera_engine.engine import event_from_json
from hera_engine.errors import (
    ERROR_KINDS,
    EngineBug,
    EventError,
    Pointer,
    PostingRejected,
    Problem,
    ProblemList,
    Span,
    StorageError,
    diagnose,
)
from hera_engine.event_facts import read_event
from hera_engine.exchange_rates import RateTable
from hera_engine.faults import UNKNOWN_ACCOUNT
from hera_engine.frozen import FrozenMap
from hera_engine.json_text import JsonTextError
from hera_engine.json_text import loads as json_loads
from hera_engine.money import AmountError, parse_amount
from hera_engine.patterns import PatternError, compile_glob, compile_regex, event_pattern
from hera_engine.rules.exact import EventFault
from hera_engine.smart_codes import SmartCodeError, parse_smart_code
from hera_engine.testing.event_strategies import Event, events_for
from tests.laws.posting import DECLARATIONS, discount_engine, examples, standard_engine

Copier = Callable[[object], object]
COPIERS: Final = (
    copy.copy,
    copy.deepcopy,
    *(
        (lambda value, protocol=protocol: pickle.loads(pickle.dumps(value, protocol)))
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)
    ),
)
copiers = pytest.mark.parametrize("copied", COPIERS, ids=lambda each: each.__qualname__[:8])


def _raised(call: Callable[[], object]) -> Exception:
    """Return the exception that a call ends in."""
    with pytest.raises((HeraError, ValueError)) as caught:
        call()
    return caught.value


NEVER_LEAVE: Final = frozenset({Refused})
"""Exceptions that the module that raises them catches."""
UNBALANCED: Final = {
    "organization_id": "o", "event_smart_code": "HERA.POS.SALE.V1", "total_amount": "1",
    "currency": "USD", "business_context": {"sale_amount": "9"},
}  # fmt: skip

ERRORS: Final = (
    HeraError(
        "E_NOT_FOUND", "gone", details={"a": [1]}, hint="look", context={"transaction_id": 1}
    ),
    HeraError("E_IDEMPOTENT", "again", context={"transaction_id": "t"}),
    EngineBug("broken", details={"trace": ["x"]}),
    PostingRejected("E_UNBALANCED", "off", details={"difference": "1"}),
    StorageError("E_UPSTREAM", "down"),
    EventError([Problem("a", "is missing", "send it"), Problem("b", "is bad", None, "E_SCHEMA")]),
    SchemaError([diagnose(UNKNOWN_ACCOUNT, Span(1, 2, 1, 5), suggestion="x", name="cahs")]),
    SchemaError([diagnose(UNKNOWN_ACCOUNT, Pointer("/accounts/a~1b"), name="cahs")]),
    *(HeraError(code, code.lower()) for code in ERROR_KINDS),
    _raised(lambda: load_schema("on HERA { debit")),
    _raised(lambda: load_schema({"accounts": {"revenue": 1}})),
    _raised(lambda: standard_engine().simulate(UNBALANCED)),
    _raised(lambda: standard_engine().simulate({})),
    _raised(lambda: event_from_json("{")),
    _raised(lambda: parse_amount("9" * 41)),
    _raised(lambda: parse_amount(1.5)),
    _raised(lambda: json_loads('{"a": 1, "a": 2}')),
    _raised(lambda: json_loads("[" * 65 + "]" * 65)),
    _raised(lambda: parse_smart_code("HERA")),
    _raised(lambda: RateTable(()).rate("EUR", "GBP", None)),
    _raised(lambda: compile_regex("(?=a)")),
    _raised(lambda: compile_glob("HERA.*x")),
    AmountError("is bad", "send better", limit="AMOUNT_SCALE", allowed=12, seen=13),
    JsonTextError("is bad", position=(1, 2), key="a", limit="x", allowed=1, seen=2),
    SmartCodeError("is bad"),
    PatternError("is bad", "unsafe"),
    EventFault(Problem("a", "is missing")),
)


@copiers
@pytest.mark.parametrize("error", ERRORS, ids=lambda each: f"{type(each).__name__}-{each}"[:30])
def test_errors_survive(copied: Copier, error: Exception) -> None:
    """A copy of an error is of the same class, says the same and has the same fields."""
    again = copied(error)

    assert type(again) is type(error)
    assert str(again) == str(error)
    assert isinstance(again, Exception)
    assert vars(again) == vars(error)
    if isinstance(error, HeraError):
        assert isinstance(again, HeraError)
        assert again.to_dict() == error.to_dict()
        assert again.http_status == error.http_status


def test_every_exception_class_is_among_them() -> None:
    """No exception class of the package is left out of this test."""
    inside = {HeraError, *_subclasses(HeraError)} | {
        each for each in _subclasses(ValueError) if each.__module__.startswith("hera_engine")
    }
    public = {each for each in inside if each not in NEVER_LEAVE and each.__name__[0] != "_"}

    missing = public - {type(error) for error in ERRORS}

    assert missing == set()


def _subclasses(kind: type) -> set[type]:
    below: set[type] = set(kind.__subclasses__())
    return below.union(*(_subclasses(each) for each in below))


@examples(25)
@given(events_for(standard_engine()))
def test_entries_and_facts_survive(event: Event) -> None:
    """Facts, entries and explanations are equal to their copies, to the byte."""
    entry = discount_engine().simulate(event)
    facts = read_event(event, Settings())
    story = discount_engine().explain(event)

    for copied in COPIERS:
        again = copied(entry)
        assert again == entry
        assert isinstance(again, type(entry))
        assert again.to_json() == entry.to_json()
        assert copied(facts) == facts
        assert str(copied(story)) == str(story)


@copiers
def test_engines_survive(copied: Copier) -> None:
    """A copy of an engine has the same fingerprint and posts the same bytes."""
    engine = standard_engine()
    event = {**UNBALANCED, "business_context": {}}

    again = copied(engine)

    assert isinstance(again, PostingEngine)
    assert again.fingerprint == engine.fingerprint
    assert again.simulate(event).to_json() == engine.simulate(event).to_json()


@copiers
def test_schemas_patterns_and_diagnostics_survive(copied: Copier) -> None:
    """So do schemas with their warnings, patterns of every kind, and frozen maps."""
    schema = load_schema(DECLARATIONS)
    values = (
        schema, *schema.warnings, compile_glob("HERA.POS.**"), event_pattern("^HERA", regex=True),
        FrozenMap({"a": (1, FrozenMap({"b": None}))}), ProblemList().found, Settings.strict(),
    )  # fmt: skip

    again = tuple(map(copied, values))

    assert again == values
    assert isinstance(schema.warnings[0], Diagnostic)
    assert compile_regex("^4").matches("4100")
