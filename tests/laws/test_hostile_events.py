"""Whatever stands in an event, it is posted or refused with a HeraError, and nothing is shared."""

import copy
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hera_engine import HeraError, PostingEngine
from hera_engine.frozen import FrozenMap
from hera_engine.journal import JournalEntry
from hera_engine.testing.event_strategies import Event, hostile_values, sales
from tests.laws.posting import DECLARATIONS, SETTLEMENT, balances, examples, standard_engine

OWN = PostingEngine(
    DECLARATIONS
    + """
on HERA.POS.SALE.V1 {
  let share = round(extra * 2 / 3)
  for each in parts { debit tender_of(each.method) each.amount }
  debit clearing round(a / b * c)
  for item in items { credit revenue_of(item.kind) net(item) by staff_id }
  credit fees round(share + extra) by org_unit when due < 2025-06-01 and flag or extra > 3
  balance to clearing within 1000000.00
}
"""
    + SETTLEMENT
)
"""An engine whose rule reads fields of its own, in every way that a rule can."""

HEADER = (
    "organization_id", "event_smart_code", "total_amount", "currency", "business_context",
    "external_reference", "transaction_date", "posting_date", "base_currency", "exchange_rate",
    "metadata", "simulate", "unknown",
)  # fmt: skip
CONTEXT = (
    "sale_amount", "tip_amount", "tax_amount", "tax_inclusive", "tax_exempt", "tax_category",
    "discount_amount", "fee_amount", "payment_method", "payments", "items", "org_unit",
    "staff_id", "tax_point_date", "kind", "parts", "extra", "a", "b", "c", "due", "flag",
)  # fmt: skip
MEMBERS = (
    "amount", "quantity", "unit_price", "discount", "tax_category", "tax_exempt", "kind",
    "staff_id", "method", "reference", "tax_inclusive",
)  # fmt: skip


def _outcome(engine: PostingEngine, event: object) -> str:
    """Return ``posted`` or an error code; any other exception is the caller's failure."""
    (result,) = engine.simulate_many([event])  # type: ignore[list-item] # whatever is sent
    if isinstance(result, HeraError):
        assert str(result)
        assert result.to_dict()["code"] == result.code
        return result.code
    assert result.to_json()
    assert set(balances(result).values()) == {0}
    return "posted"


@examples(150)
@given(st.sampled_from(HEADER), hostile_values(), sales(), st.booleans())
def test_any_value_in_the_header_posts_or_is_refused(
    name: str, value: object, event: Event, own: bool
) -> None:
    """A header field may hold anything: the event is posted, or refused with a HeraError."""
    engine = OWN if own else standard_engine()

    assert _outcome(engine, {**event, name: value})


@examples(300)
@given(st.lists(st.tuples(st.sampled_from(CONTEXT), hostile_values()), max_size=3), sales(),
       st.booleans())  # fmt: skip
def test_any_value_in_the_context_posts_or_is_refused(
    found: list[tuple[str, object]], event: Event, own: bool
) -> None:
    """So may any field of the business context, also those of the rule's own."""
    engine, context = (OWN if own else standard_engine()), event["business_context"]
    assert isinstance(context, dict)
    filler = {"extra": "3.00", "parts": [], "a": 1, "b": 3, "c": 3, "due": "2025-01-01"}

    assert _outcome(engine, {**event, "business_context": {**filler, **context, **dict(found)}})


@examples(200)
@given(st.sampled_from(("items", "payments", "parts")), st.sampled_from(MEMBERS),
       hostile_values(), sales(), st.booleans())  # fmt: skip
def test_any_value_in_an_item_or_payment_posts_or_is_refused(
    collection: str, name: str, value: object, event: Event, own: bool
) -> None:
    """So may any field of an item, of a payment, or of a list of the rule's own."""
    engine, context = (OWN if own else standard_engine()), event["business_context"]
    assert isinstance(context, dict)
    records = [dict(record) for record in context.get(collection) or [{"amount": "1"}]]
    records[0][name] = value
    filler = {"extra": "3.00", "parts": [], "a": 1, "b": 3, "c": 3, "due": "2025-01-01"}

    changed = {**filler, **context, collection: records}

    assert _outcome(engine, {**event, "business_context": changed})


@examples(100)
@given(hostile_values())
def test_anything_at_all_is_no_event_or_one(value: object) -> None:
    """What is no mapping is refused like a mapping that is no event."""
    assert _outcome(standard_engine(), value) != "posted"


@examples(100)
@given(st.binary(max_size=60) | st.text(max_size=60))
def test_any_text_for_json_is_refused_at_worst(data: bytes | str) -> None:
    """Bytes or text in place of a JSON event end in a HeraError."""
    with pytest.raises(HeraError) as caught:
        standard_engine().simulate_json(data)

    assert caught.value.http_status == 400


# --- nothing is shared ---------------------------------------------------------------------


def _scramble(value: object) -> None:
    """Change everything that can be changed, in place."""
    if isinstance(value, dict):
        for each in list(value.values()):
            _scramble(each)
        value.clear()
        value["scrambled"] = ["yes"]
    elif isinstance(value, list):
        for each in list(value):
            _scramble(each)
        value[:] = ["scrambled"]


def _walk(value: object, visit: Callable[[object], None]) -> None:
    """Visit a value and everything that can be reached from it."""
    visit(value)
    if is_dataclass(value):
        for part in fields(value):
            _walk(getattr(value, part.name), visit)
    elif isinstance(value, FrozenMap | dict):
        for each in value.values():
            _walk(each, visit)
    elif isinstance(value, tuple | list | set):
        for each in value:
            _walk(each, visit)


@examples(60)
@given(sales())
def test_what_a_caller_does_afterwards_changes_nothing(event: Event) -> None:
    """An entry is the same after its event was emptied and overwritten."""
    event["metadata"] = {"tags": ["a", {"b": [1]}]}
    sent = copy.deepcopy(event)
    entry = standard_engine().simulate(event)
    before = entry.to_json()

    _scramble(event)

    assert entry.to_json() == before
    assert standard_engine().simulate(sent).to_json() == before


@examples(60)
@given(sales())
def test_posting_changes_no_event(event: Event) -> None:
    """An event is as it was after it was posted and explained."""
    sent = copy.deepcopy(event)

    standard_engine().simulate(event)
    standard_engine().explain(event)

    assert event == sent


def _is_mutable(value: object) -> bool:
    return isinstance(value, dict | list | set | bytearray)


@examples(40)
@given(sales())
def test_an_entry_holds_nothing_that_can_be_changed(event: Event) -> None:
    """No dict, list or set can be reached from an entry, so none is shared with anyone."""
    entry = standard_engine().simulate(event)
    found: list[object] = []

    _walk(entry, lambda value: found.append(value) if _is_mutable(value) else None)

    assert found == []


def test_the_wire_form_is_a_copy() -> None:
    """Changing what `to_dict` gave changes no entry."""
    event = {
        "organization_id": "o", "event_smart_code": "HERA.POS.SALE.V1", "total_amount": Decimal(5),
        "currency": "USD", "business_context": {"labels": ["a"]},
    }  # fmt: skip
    entry: JournalEntry = standard_engine().simulate(event)
    before = entry.to_json()

    _scramble(entry.to_dict())

    assert entry.to_json() == before
