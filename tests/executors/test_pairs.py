"""Both executors give the same for any schema and any event, also for what is no event at all.

`make executors` does it for a hundred thousand pairs.
"""

import copy
from functools import cache
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hera_engine import BusinessEvent, HeraError, JournalEntry, PostingEngine, limits
from hera_engine.errors import EventError
from hera_engine.testing.event_strategies import (
    Event,
    events_for,
    hostile_values,
    negated,
    refunds,
    sales,
    settlements,
    with_negative_total,
)
from tests.executors.pairs import EVENTS_OF_A_RULE, differences, pairs_of, pairs_of_a_rule
from tests.executors.twins import Twins, outcome, unlike
from tests.laws.posting import (
    DECLARATIONS,
    discount_engine,
    examples,
    own_rules,
    standard_engine,
)
from tests.laws.test_hostile_events import CONTEXT, HEADER, MEMBERS, OWN

FILLER: Final = {"extra": "3.00", "parts": [], "a": 1, "b": 3, "c": 3, "due": "2025-01-01"}
"""What the rule of `OWN` asks of an event beside a sale's fields."""


@cache
def known_twins() -> tuple[Twins, ...]:
    """Return the engines of other laws with their twins."""
    return tuple(map(Twins.beside, (standard_engine(), discount_engine(), OWN)))


each_twins = st.integers(0, 2).map(lambda index: known_twins()[index])


@pytest.mark.parametrize("seed", range(12))
def test_the_executors_agree_on_drawn_pairs(seed: int) -> None:
    """Drawn schemas post drawn and changed events to the same entries and errors."""
    found = pairs_of(seed, 30)

    assert not found.differences, "\n".join(found.differences)


@pytest.mark.parametrize("seed", range(4))
def test_the_executors_agree_on_rules_of_the_proof(seed: int) -> None:
    """So do the rules and events that the balance proof is tried with."""
    found = pairs_of_a_rule(seed)

    assert found.pairs == EVENTS_OF_A_RULE
    assert not found.differences, "\n".join(found.differences)


@examples(60)
@given(each_twins, sales() | refunds() | settlements(), st.integers(0, 3))
def test_the_executors_agree_on_events_whose_figures_agree(
    twins: Twins, event: Event, sign: int
) -> None:
    """Sales, refunds and settlements of the shipped strategies, some with every sign turned."""
    context = event["business_context"]
    assert isinstance(context, dict)
    sent = {**event, "business_context": {**FILLER, **context}}
    turned = {1: negated, 2: with_negative_total}.get(sign, dict)

    assert list(differences(twins, turned(sent), surroundings=True)) == []


@examples(25)
@given(own_rules(), st.lists(events_for("sale") | events_for("refund"), min_size=1, max_size=8))
def test_the_executors_agree_on_rules_of_other_laws(rules: str, events: list[Event]) -> None:
    """Rules of the other laws' strategies, one engine for several events."""
    twins = Twins.of(DECLARATIONS + rules)

    for event in events:
        twins.assert_alike(event)


@examples(120)
@given(each_twins, sales(), st.sampled_from(HEADER), hostile_values())
def test_the_executors_agree_on_any_header(
    twins: Twins, event: Event, name: str, value: object
) -> None:
    """A header field may hold anything."""
    twins.assert_alike({**event, name: value})


@examples(160)
@given(each_twins, sales(), st.lists(st.tuples(st.sampled_from(CONTEXT), hostile_values()),
                                     min_size=1, max_size=3))  # fmt: skip
def test_the_executors_agree_on_any_context(
    twins: Twins, event: Event, found: list[tuple[str, object]]
) -> None:
    """So may any field of the business context."""
    context = event["business_context"]
    assert isinstance(context, dict)

    twins.assert_alike({**event, "business_context": {**FILLER, **context, **dict(found)}})


@examples(120)
@given(each_twins, sales(), st.sampled_from(("items", "payments", "parts")),
       st.sampled_from(MEMBERS), hostile_values())  # fmt: skip
def test_the_executors_agree_on_any_member(
    twins: Twins, event: Event, collection: str, name: str, value: object
) -> None:
    """So may any field of an item, of a payment, or of a list of the rule's own."""
    context: Any = event["business_context"]
    records = [dict(record) for record in context.get(collection) or [{"amount": "1"}]]
    records[-1][name] = value
    changed = {**FILLER, **context, collection: records}

    twins.assert_alike({**event, "business_context": changed})


@examples(60)
@given(each_twins, hostile_values())
def test_the_executors_agree_on_what_is_no_event(twins: Twins, value: object) -> None:
    """What is no mapping is refused with the same words."""
    twins.assert_alike(value)


@examples(30)
@given(each_twins, sales())
def test_the_executors_agree_on_typed_events(twins: Twins, event: Event) -> None:
    """A `BusinessEvent` posts what its mapping does."""
    try:
        typed = BusinessEvent(**event)
    except EventError:
        return

    assert list(unlike(twins.assert_alike(typed), twins.assert_alike(event))) == []


@examples(20)
@given(each_twins, st.lists(sales() | hostile_values(), min_size=1, max_size=6))
def test_the_executors_agree_on_many_at_once(twins: Twins, events: list[Any]) -> None:
    """`simulate_many` yields what `simulate` gives, one by one and in order."""
    many = list(twins.compiled.simulate_many(copy.deepcopy(events)))

    single = [outcome(twins.interpreted, event) for event in events]

    found = [list(unlike(left, right)) for left, right in zip(many, single, strict=True)]
    assert found == [[] for _ in events]


def test_what_an_engine_saw_before_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine whose memos were filled and emptied gives what a new one gives."""
    monkeypatch.setattr(limits, "MEMO_ENTRIES", 8)
    used = PostingEngine(DECLARATIONS)
    event = {
        "organization_id": "org-1", "event_smart_code": "HERA.POS.SALE.V1",
        "total_amount": "100.00", "currency": "USD", "business_context": {"tip_amount": "1.50"},
    }  # fmt: skip
    first = used.simulate(event)
    for number in range(40):
        outcome(used, {**event, "event_smart_code": f"HERA.POS.SALE.X{number}.V1"})
        outcome(used, {**event, "transaction_date": f"2025-01-{number % 31 + 1:02d}"})
        outcome(used, {**event, "business_context": {"tax_category": f"c{number}"}})
        outcome(used, {**event, "currency": ("JPY", "KWD", "CLF", "EUR")[number % 4]})

    again = used.simulate(event)

    assert isinstance(again, JournalEntry)
    assert list(unlike(again, first)) == []


def test_big_rules_are_no_trouble_to_either() -> None:
    """Long rules post and are refused alike; nearly two hundred statements are still compiled."""
    chain = " + ".join(["total_amount"] * 200)
    deep = "(" * 55 + "total_amount" + " + tip_amount)" * 55
    lets = "".join(
        f"let a{n} = {'total_amount' if not n else f'a{n - 1}'} + {n}\n" for n in range(50)
    )
    keys = [(f"one{n}", f"other{n}") for n in range(7_000, 7_030)]
    accounts = "".join(
        f"account {one} 1{one[3:]}\naccount {other} 2{other[5:]}\n" for one, other in keys
    )
    amounts = [*(f"a{n}" for n in range(28)), chain, deep]
    lines = "".join(
        f"debit {one} ({amount}) credit {other} ({amount})\n"
        for (one, other), amount in zip(keys, amounts, strict=True)
    )
    rows = ", ".join(f'"k{n}" -> {"fees" if n % 2 else "cash"}' for n in range(2_000))
    mapped = "debit of_key(kind) total_amount credit bank total_amount"
    twins = Twins.of(
        f"{DECLARATIONS}{accounts}map of_key(kind) {{ {rows}, else refuse }}\n"
        f"on HERA.POS.SALE.V1 {{\n{lets}{lines}{mapped}\n}}\n"
    )

    assert isinstance(twins.assert_alike(_sale("12345.67", {"kind": "k1999"})), JournalEntry)

    fused = twins.compiled._fused
    assert fused is not None
    assert fused.reasons == ()
    assert twins.posts_itself(_sale("12345.67", {"kind": "k0"}))
    assert isinstance(twins.assert_alike(_sale("12345.67", {"kind": "k"})), HeraError)
    assert isinstance(twins.assert_alike(_sale("9" * 18, {"kind": "k1"})), HeraError)


def test_deep_rules_are_no_trouble_to_either() -> None:
    """So do allocations of many shares and loops inside loops."""
    loops = "for a in parts { for b in a.parts { for c in b.parts { for d in c.parts {"
    shares = " ".join("1/100 to credit fees" for _ in range(100))
    parts: list[dict[str, object]] = [{"amount": "1.01"}, {"amount": "2"}]
    for _ in range(3):
        parts = [{"parts": parts}, {"parts": parts}]
    twins = Twins.of(
        f"{DECLARATIONS}on HERA.POS.SALE.V1 {{\n"
        f"debit cash total_amount allocate total_amount {{ {shares} }}\n"
        f"{loops} debit clearing d.amount credit revenue d.amount }} }} }} }}\n}}\n"
    )

    assert isinstance(twins.assert_alike(_sale("12345.67", {"parts": parts})), JournalEntry)


def _sale(total: str, context: dict[str, object]) -> dict[str, object]:
    """Return a sale of a total."""
    return {
        "organization_id": "org-1", "event_smart_code": "HERA.POS.SALE.V1", "total_amount": total,
        "currency": "USD", "business_context": context,
    }  # fmt: skip


LIMITED: Final = """\
tax profile tenth { prices MODE rounding total default standard rate standard 150% for standard }
on HERA.POS.SALE.V1 {
  for item in items { debit cash gross(item) credit fees net(item) credit tax_output tax(item) }
  debit clearing (total_amount + tip_amount) credit bank (total_amount + tip_amount)
}
"""
"""A rule whose lines may go past the limit of an amount, each in its own way."""
RATES: Final[tuple[dict[str, object], ...]] = (
    {},
    {"base_currency": "EUR", "exchange_rate": "9" * 18},
    {"base_currency": "JPY", "exchange_rate": "0.000000000001"},
    {"base_currency": "KWD", "exchange_rate": {"per_base": "0.000000000001"}},
)


@pytest.mark.parametrize("mode", ["inclusive", "exclusive"])
def test_amounts_at_the_limit(mode: str) -> None:
    """Items, tips, totals and rates of as many digits as there may be, alone and summed up."""
    head = DECLARATIONS.partition("tax profile")[0]
    twins = Twins.of(f"{head}{LIMITED.replace('MODE', mode)}")
    most, half = f"{'9' * 18}.99", f"6{'0' * 17}"
    lists = [[most], [most, most], [half, half], [most] * 9, ["1", most], ["0", most], ["0", "0"]]
    results = [
        twins.assert_alike({**_sale(total, {"items": items, **tip}), **rate})
        for items in ([{"amount": each} for each in amounts] for amounts in lists)
        for total in ("5", most, half)
        for tip in ({}, {"tip_amount": most})
        for rate in RATES
    ]

    assert {isinstance(result, JournalEntry) for result in results} == {True, False}


@pytest.mark.parametrize("count", [0, 1, 1_000, 10_001])
def test_events_at_the_limit_of_members(count: int) -> None:
    """Any number of items is posted, but more than an event may have are refused, by both."""
    items = [{"amount": "1.05", "staff_id": f"EMP-{n % 3}"} for n in range(count)]
    event = {
        "organization_id": "org-1", "event_smart_code": "HERA.POS.SALE.V1", "currency": "USD",
        "total_amount": f"{count * 105 // 100}.{count * 105 % 100:02d}",
        "business_context": {"items": items, "tax_inclusive": True},
    }  # fmt: skip

    result = known_twins()[0].assert_alike(event)

    assert isinstance(result, JournalEntry) == (0 < count <= 10_000)
