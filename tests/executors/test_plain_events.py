"""Events in which nothing is exotic and which compiled rules left to the interpreter once."""

from functools import cache
from typing import Final

import pytest

from hera_engine import HeraError, JournalEntry
from tests.executors.test_found import ACCOUNTS, sale
from tests.executors.test_found_by_reading import PROFILE, on_sale
from tests.executors.twins import Twins

Event = dict[str, object]

TOTAL: Final = on_sale("debit cash total_amount credit revenue total_amount")


@cache
def twins_of(schema: str) -> Twins:
    """Return the engines of a schema, made once."""
    return Twins.of(schema)


def posted(twins: Twins, event: Event) -> JournalEntry:
    """Return what a compiled rule posts by itself, and the interpreter as well."""
    result = twins.assert_alike(event)
    assert isinstance(result, JournalEntry)
    assert twins.posts_itself(event)
    return result


# --- no business context -----------------------------------------------------------------------


def without_context(**header: object) -> Event:
    """Return a sale that is a header alone."""
    event = {**sale(None), **header}
    del event["business_context"]
    return event


@pytest.mark.parametrize("rules", [TOTAL, f"{PROFILE}payments immediate\n"])
@pytest.mark.parametrize(
    "header",
    [
        {}, {"total_amount": "-5.00"}, {"transaction_date": "2025-01-31"}, {"metadata": {"a": 1}},
        {"posting_date": "2025-01-31"}, {"base_currency": "EUR", "exchange_rate": "2"},
    ],
)  # fmt: skip
def test_an_event_without_a_business_context(rules: str, header: Event) -> None:
    """It has an empty one, be it absent or null."""
    twins = twins_of(ACCOUNTS + rules)

    entries = [
        posted(twins, event)
        for event in (without_context(**header), sale(None, **header), sale({}, **header))
    ]

    assert entries[0] == entries[1] == entries[2]
    assert entries[0].header.business_context == {}


@pytest.mark.parametrize(
    "header",
    [
        {"unknown": 1}, {"unknown": None}, {"base_currency": "EUR", "rate": "2"},
        {"business_contexts": {}}, {"total_amount": "-5.00", "unknown": 1},
    ],
)  # fmt: skip
def test_an_unknown_field_in_the_place_of_the_business_context(header: Event) -> None:
    """The number of fields does not tell them."""
    twins = twins_of(ACCOUNTS + TOTAL)

    assert isinstance(twins.assert_alike(without_context(**header)), HeraError)
    assert isinstance(twins.assert_alike(sale(None, **header)), HeraError)


@pytest.mark.parametrize("context", ["", [], (), 0, False])
def test_a_business_context_that_is_none(context: object) -> None:
    """Nothing but null stands for an absent one."""
    assert isinstance(twins_of(ACCOUNTS + TOTAL).assert_alike(sale(context)), HeraError)


def test_a_rule_that_needs_a_field_of_an_absent_context() -> None:
    """What the rule reads must be there, whatever is absent around it."""
    twins = twins_of(ACCOUNTS + on_sale("debit cash round(extra) credit revenue round(extra)"))

    for event in (without_context(), without_context(total_amount="-5.00"), sale(None)):
        assert isinstance(twins.assert_alike(event), HeraError)
