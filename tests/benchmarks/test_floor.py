"""The floor of the benchmark is honest: it refuses what the engine refuses, and posts the same."""

import datetime as dt
from collections.abc import Callable, Iterator
from copy import deepcopy
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import reference, typical
from benchmarks.cases.posting import FLOORS, TYPICAL
from benchmarks.engines import engine
from benchmarks.events import CATEGORIES, STAFF, Event, money, pool
from benchmarks.floor.reading import BadEvent
from hera_engine import HeraError
from hera_engine.journal import JournalEntry

AMOUNTS: Final[tuple[Any, ...]] = (
    "", ".", "1.", ".50", "+1.00", "-1.00", "-0.00", "01.00", "00.10", "1.2.3", "1,00", " 1.00",
    "1.00 ", "1e2", "1.001", "1_0.00", "NaN", "\uff11.00", "9" * 19 + ".00", "0." + "0" * 13,
    "1" * 41, 1.5, True, None, [], {}, ["1.00"], Decimal("NaN"), Decimal("Infinity"),
    Decimal("1E+30"), Decimal("0.001"), 10**18, b"1.00",
)  # fmt: skip
TEXTS: Final[tuple[Any, ...]] = (
    "", "\u00e9", "a" * 129, "a\n", "a\x7f", "\u202eab", "\ud800", 5, None, True, [], {}, b"a",
)  # fmt: skip
DAYS: Final[tuple[Any, ...]] = (
    "", "2025-02-30", "2017-12-31", "20250101", "2025-1-01", "2025-W01-1", "2025-01-01T00:00",
    "\uff12025-01-01", 20250101, True, dt.datetime(2025, 1, 1, tzinfo=dt.UTC), [], "0000-01-01",
)  # fmt: skip
REFERENCES: Final[tuple[Any, ...]] = ("", "a" * 256, "\u00e9", "a\tb", 5, [], False)
CODES: Final[tuple[Any, ...]] = (
    "", "HERA.POS.SALE", "HERA.NO.SUCH.V1", "hera.pos.sale.v1", None, 5, "X" * 200,
)  # fmt: skip
CURRENCIES: Final[tuple[Any, ...]] = ("", "usd", "XAU", "ZZZ", "JPY", None, 5, "USD ")
RATES: Final[tuple[Any, ...]] = ("0", "-1", "", "1,2", 1.2, None, "1e1", "0.1234567890123", [], "x")
CHOICES: Final[tuple[Any, ...]] = ("", "Standard", "exempt", None, 5, [], "standard ")
LISTS: Final[tuple[Any, ...]] = (None, {}, "items", 5, [5], [None], [[]], [{}])
BAD: Final = {
    "total_amount": AMOUNTS,
    "sale_amount": AMOUNTS,
    "tip_amount": AMOUNTS,
    "deferred_amount": AMOUNTS,
    "amount": AMOUNTS,
    "organization_id": TEXTS,
    "org_unit": TEXTS,
    "staff_id": TEXTS,
    "product_id": TEXTS,
    "transaction_date": DAYS,
    "external_reference": REFERENCES,
    "event_smart_code": CODES,
    "currency": CURRENCIES,
    # Other books than those of the schema's name are what a function for one purpose leaves out.
    "base_currency": tuple(code for code in CURRENCIES if code != "JPY"),
    "exchange_rate": RATES,
    "tax_category": CHOICES,
    "items": LISTS,
    "business_context": (None, [], "x", 5, {}),
}
"""What may stand where a field of that name should be right."""
UNKNOWN: Final = ("tip", "amounts", "discount_amounts", "é", "", "x y")
GONE: Final = object()
"""Stands for no field at all."""


def _template(name: str) -> Event:
    """Return an event of a schema, of items only the first."""
    event: Any = pool(name, 1)[0]
    context = dict(event["business_context"])
    if "items" in context:
        context["items"] = context["items"][:1]
    return {**event, "business_context": context}


TEMPLATES: Final = {name: _template(name) for name in FLOORS}

# From nothing to the largest amount there is.
units = st.one_of(st.integers(0, 50), st.integers(0, 10**7), st.integers(0, 10**20 - 1))
positive = st.one_of(
    st.integers(100, 500), st.integers(100, 10**7), st.integers(10**18, 10**20 - 1)
)


@st.composite
def events(draw: st.DrawFn, name: str, units: st.SearchStrategy[int] = units) -> Event:
    """Return a right event of a schema with such amounts."""
    event: Any = deepcopy(TEMPLATES[name])
    context = event["business_context"]
    if name in ("cart", "invoice"):
        amounts = [*draw(st.lists(units, max_size=5)), draw(positive)]
        who = ("staff_id", STAFF) if name == "cart" else ("product_id", ("A", "B", "C", "D", "E"))
        context["items"] = [
            {
                "amount": money(amount),
                "tax_category": draw(st.sampled_from(CATEGORIES)),
                who[0]: draw(st.sampled_from(who[1])),
            }
            for amount in amounts
        ]
        total = sum(amounts)
    else:
        total = draw(units)
        context["sale_amount"] = money(total)
    if "tip_amount" in context:
        tip = draw(units)
        context["tip_amount"] = money(tip)
        total += tip
    if name == "books":
        context["deferred_amount"] = money(draw(units))
        event["exchange_rate"] = format(
            Decimal(draw(st.integers(1, 30_000))).scaleb(-4).normalize(), "f"
        )
    event["total_amount"] = money(total)
    return event  # type: ignore[no-any-return] # a dict, made above


def _places(record: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield each field of an event, at any depth, with what holds it."""
    for key, value in record.items():
        yield record, key
        if isinstance(value, dict):
            yield from _places(value)
        for member in value if isinstance(value, list) else ():
            yield from _places(member)


@st.composite
def spoiled(draw: st.DrawFn, name: str) -> Event:
    """Return an event with one field that is wrong, missing, unknown or written otherwise."""
    # Of an amount of nothing no line is posted, and the engine does not look at its dimensions.
    event: Any = draw(events(name, positive))
    record, key = draw(st.sampled_from(list(_places(event))))
    match draw(st.sampled_from(("bad", "gone", "unknown", "otherwise", "total"))):
        case "bad":
            record[key] = draw(st.sampled_from(_wrong(key, record[key])))
        case "gone":
            del record[key]
        case "unknown":
            record[draw(st.sampled_from(UNKNOWN))] = 1
        case "total":
            event["total_amount"] = money(draw(units))
        case _ if BAD[key] is AMOUNTS:
            record[key] = draw(st.sampled_from(_written_otherwise(record[key])))
        case _:
            pass
    return event  # type: ignore[no-any-return] # a dict, made above


def _wrong(key: str, right: object) -> tuple[Any, ...]:
    """Return what may stand in a field and is wrong there, the right amount in bad words included.

    Those matter most: a careless reader would take them, and the total would still be right.
    """
    if BAD[key] is not AMOUNTS:
        return BAD[key]
    amount = str(right)
    full_width = amount.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})
    forms = (f"0{amount}", f"+{amount}", f" {amount}", f"{amount}\n", f"{amount}e0", full_width)
    return (*AMOUNTS, *forms, amount.replace(".", ","), amount.replace(".", "_."), float(amount))


def _written_otherwise(amount: str) -> list[object]:
    """Return the same amount in other words."""
    exact = Decimal(amount)
    forms: list[object] = [exact, amount + "0", amount + "0000"]
    if exact == int(exact):
        forms += [int(exact), amount.partition(".")[0]]
    return forms


def _outcome(post: Callable[[Event], JournalEntry], event: Event) -> JournalEntry | None:
    try:
        return post(event)
    except (BadEvent, HeraError):
        return None


@pytest.mark.parametrize("name", FLOORS)
def test_floor_and_engine_agree_on_right_events(name: str) -> None:
    """Whatever the amounts, both refuse or both post the same, and it is what it should be."""

    @given(event=events(name))
    def law(event: Event) -> None:
        by_hand, posted = _outcome(FLOORS[name], event), _outcome(engine(name).simulate, event)
        assert by_hand == posted
        if by_hand is not None and posted is not None:
            assert by_hand.to_json() == posted.to_json()
            reference.refuse_other(name, event, reference.legs_of(by_hand), "the floor")

    law()


@pytest.mark.parametrize("name", FLOORS)
def test_floor_and_engine_refuse_the_same_bad_events(name: str) -> None:
    """With a field spoiled, both refuse or both post the same."""

    @settings(max_examples=200)
    @given(event=spoiled(name))
    def law(event: Event) -> None:
        assert _outcome(FLOORS[name], event) == _outcome(engine(name).simulate, event)

    law()


@pytest.mark.parametrize("name", TYPICAL)
def test_typical_code_posts_what_it_should(name: str) -> None:
    """The typical service code agrees with the reference on events that the engine takes."""
    for event in pool(name, 50, seed=3):
        legs = typical.legs_of(TYPICAL[name](event))
        reference.refuse_other(name, event, legs, "typical code")


@pytest.mark.parametrize("name", FLOORS)
def test_floor_and_engine_agree_on_each_wrong_value_of_each_field(name: str) -> None:
    """Every wrong value is tried in its field of a right event, and every field left out."""
    event = _right(name)
    assert _outcome(FLOORS[name], event) is not None
    for number, (record, key) in enumerate(_places(event)):
        for value in (*_wrong(key, record[key]), GONE):
            changed = deepcopy(event)
            place, _ = list(_places(changed))[number]
            place[key] = value
            if value is GONE:
                del place[key]
            by_hand, posted = (
                _outcome(FLOORS[name], changed),
                _outcome(engine(name).simulate, changed),
            )
            assert by_hand == posted, f"{key} is {value!r}"


def _right(name: str) -> Event:
    """Return the template of a schema with a total that its only item makes."""
    event: Any = deepcopy(TEMPLATES[name])
    context = event["business_context"]
    if "items" in context:
        paid = Decimal(context["items"][0]["amount"]) + Decimal(context.get("tip_amount", 0))
        event["total_amount"] = str(paid)
    return event  # type: ignore[no-any-return] # a dict, copied above


def test_the_law_would_see_a_floor_that_checks_less() -> None:
    """The control: a floor that takes any organization is told from the engine."""
    event = {**pool("sale", 1)[0], "organization_id": ""}
    careless = FLOORS["sale"]({**event, "organization_id": "any"})

    assert careless != _outcome(engine("sale").simulate, event)
