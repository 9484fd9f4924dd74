"""Laws of declarations: the engine and the exported JSON Schema take and refuse the same events.

An event is generated from a generated declaration; one change then makes it one that does not
fit. Both forms of the schema hold events to the same.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Final

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hera_engine import HeraError, PostingEngine
from hera_engine.dsl import nodes
from hera_engine.dsl.format import format_nodes
from hera_engine.dsl.parse import parse_schema
from hera_engine.errors import EventError
from hera_engine.event_shape import ShapeKind
from hera_engine.models import event_json_schema
from hera_engine.testing.declaration_strategies import declarations
from tests.json_schema import faults_of

CODE: Final = "HERA.CRM.GIFT.V1"
BOOKS: Final = f"""ledgers GL
account cash 1000 asset
account revenue 4100 revenue
on {CODE} {{ debit cash total_amount credit revenue total_amount }}
"""
Event = dict[str, object]


def _engine(decl: nodes.EventDecl) -> PostingEngine:
    """Return an engine whose only declaration is that of the code, without equations."""
    books, faults = parse_schema(BOOKS)
    assert books is not None
    assert not faults
    only = replace(decl, on=nodes.EventPattern(CODE), givens=())
    return PostingEngine(format_nodes(replace(books, events=(only,))))


@st.composite
def _values(draw: st.DrawFn, kind: nodes.FieldType) -> object:
    """Return a value that fits a type, as JSON has it."""
    match kind.word:
        case ShapeKind.MONEY:
            return draw(st.sampled_from(("0", "1.50", "12", 7, "0.00")))
        case ShapeKind.SIGNED_MONEY:
            return draw(st.sampled_from(("0", "-1.50", "12", -7)))
        case ShapeKind.NUMBER:
            return draw(st.sampled_from(("0.123456789012", "-1.5", 3)))
        case ShapeKind.TEXT:
            return draw(st.sampled_from(("", "x", "two words")))
        case ShapeKind.CHOICE:
            return draw(st.sampled_from(kind.choices))
        case ShapeKind.DATE:
            return draw(st.dates()).isoformat()
        case ShapeKind.TRUTH:
            return draw(st.booleans())
        case ShapeKind.LIST:
            assert kind.member is not None
            return draw(st.lists(_values(kind.member), max_size=2))
        case ShapeKind.RECORD:
            return draw(_records(kind.fields))


@st.composite
def _records(draw: st.DrawFn, fields: tuple[nodes.FieldDecl, ...]) -> Event:
    """Return a record: required fields, some of the others, null for a few."""
    found: Event = {}
    for field in fields:
        needed = not field.optional and field.preset is None
        if needed or draw(st.booleans()):
            absent = not needed and draw(st.integers(0, 3)) == 0
            found[field.name.text] = None if absent else draw(_values(field.type))
    return found


_HEADER: Final = ("total_amount", "currency")


@st.composite
def _events(draw: st.DrawFn, decl: nodes.EventDecl) -> Event:
    """Return an event that fits a declaration."""
    own = tuple(field for field in decl.fields if field.name.text not in _HEADER)
    return {
        "organization_id": "org-1",
        "event_smart_code": CODE,
        "total_amount": "10.50",
        "currency": "USD",
        "business_context": draw(_records(own)),
    }


@settings(max_examples=60, deadline=None)
@given(data=st.data(), decl=declarations())
def test_an_event_that_fits_is_posted_and_validates(
    data: st.DataObject, decl: nodes.EventDecl
) -> None:
    """Whatever fits its declaration is posted, and the exported schema takes it."""
    engine = _engine(decl)
    event = data.draw(_events(decl))

    entry = engine.simulate(event)

    assert [line.amount for line in entry.lines] == [Decimal("10.50")] * 2
    assert list(faults_of(event, event_json_schema(engine.schema, CODE))) == []


@settings(max_examples=100, deadline=None)
@given(data=st.data(), decl=declarations())
def test_an_event_that_does_not_fit_is_refused_by_both(
    data: st.DataObject, decl: nodes.EventDecl
) -> None:
    """One field of another kind, one missing or one too many is refused at its path by both."""
    own = tuple(field for field in decl.fields if field.name.text not in _HEADER)
    assume(own)
    engine = _engine(decl)
    event = data.draw(_events(decl))
    field = data.draw(st.sampled_from(own))
    name, context = field.name.text, event["business_context"]
    assert isinstance(context, dict)
    needed = not field.optional and field.preset is None
    change = data.draw(st.sampled_from(("kind", "missing" if needed else "kind", "more")))
    if change == "more":
        assume(not decl.open)
        name = "undeclared"
        context[name] = "x"
    elif change == "missing":
        context.pop(name)
    else:
        context[name] = "no number" if field.type.word in _NUMBERS else 7

    try:
        engine.simulate(event)
    except EventError as error:
        paths = {problem.path for problem in error.problems}
    except HeraError as error:  # pragma: no cover - only a fault of the engine gets here
        raise AssertionError(str(error)) from error
    else:
        paths = set()

    assert f"business_context.{name}" in paths
    found = list(faults_of(event, event_json_schema(engine.schema, CODE)))
    assert any(fault.startswith(f".business_context.{name} ") for fault in found)


_NUMBERS: Final = frozenset({ShapeKind.MONEY, ShapeKind.SIGNED_MONEY, ShapeKind.NUMBER})


@settings(max_examples=40, deadline=None)
@given(data=st.data(), decl=declarations())
def test_both_forms_declare_the_same(data: st.DataObject, decl: nodes.EventDecl) -> None:
    """The engine of the JSON form posts what that of the text form posts, and is as good as it."""
    engine = _engine(decl)
    again = PostingEngine(engine.schema.to_json_dict())
    event = data.draw(_events(decl))

    assert again.schema == engine.schema
    assert again.fingerprint == engine.fingerprint
    assert again.simulate(event).lines[0].amount == engine.simulate(event).lines[0].amount
    exported = event_json_schema(engine.schema, CODE)
    assert event_json_schema(again.schema, CODE) == exported
