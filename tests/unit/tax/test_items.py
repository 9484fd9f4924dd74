"""Items as callers hand them over: prices, discounts, and all that can be wrong with them."""

from decimal import Decimal
from fractions import Fraction

import pytest

from hera_engine import limits
from hera_engine.errors import EventError
from hera_engine.tax import TaxItem
from hera_engine.tax.items import PricedItem, read_items, read_stated


def prices(*items: object) -> list[int]:
    """Return the price of each item in cents."""
    return [item.price for item in read_items(items, 2)]


def problems(items: object) -> list[tuple[str, str]]:
    """Return path and message of each problem."""
    with pytest.raises(EventError) as caught:
        read_items(items, 2)
    assert caught.value.code == "E_GUARDRAIL"
    return [(problem.path, problem.message) for problem in caught.value.problems]


def test_an_amount_is_the_price() -> None:
    """As text, whole number or Decimal, by mapping or as an item."""
    found = prices({"amount": "10.50"}, {"amount": 3}, TaxItem(amount=Decimal("-1.2")))

    assert found == [1050, 300, -120]


def test_quantity_times_unit_price_is_rounded_once() -> None:
    """Three times 0.335 is 1.005, half a cent above 1.00, and so 1.01."""
    item = {"quantity": "3", "unit_price": "0.335"}

    assert prices(item, {**item, "amount": "1.01"}) == [101, 101]


def test_a_discount_is_taken_off_the_whole_item() -> None:
    """As an amount, or as a percentage rounded half up: 15 % of 9.99 are 1.50."""
    found = prices(
        {"amount": "10.00", "discount": "2.50"},
        {"amount": "9.99", "discount_percent": "15"},
        {"amount": "9.99", "discount": "0"},
    )

    assert found == [750, 849, 999]


def test_the_discount_of_a_return_has_its_sign() -> None:
    """What was taken off is given back less, however the discount is signed."""
    found = prices(
        {"amount": "-10.00", "discount": "2.50"},
        {"amount": "-10.00", "discount": "-2.50"},
        {"amount": "-10.00", "discount_percent": "25"},
    )

    assert found == [-750, -750, -750]


def test_the_names_of_an_event_are_understood() -> None:
    """tax_category, tax_inclusive and tax_exempt mean category, inclusive and exempt."""
    item = {"amount": 1, "tax_category": "x", "tax_inclusive": True, "tax_exempt": True}

    found = read_items([item], 2)

    assert found == (PricedItem(100, "x", True, True, exact=Fraction(1)),)


@pytest.mark.parametrize(
    ("item", "path", "message"),
    [
        ({}, "", "has no complete price"),
        ({"amount": "1", "quantity": "1"}, "", "has no complete price"),
        ({"unit_price": "1"}, "", "has no complete price"),
        ({"amount": 1.5}, ".amount", "is a float"),
        ({"quantity": 1.5, "unit_price": "1"}, ".quantity", "is a float"),
        ({"amount": "1", "quantity": "2", "unit_price": "1"}, ".amount", None),
        ({"amount": "1", "discount": "2"}, ".discount", "is more than the item's amount"),
        ({"amount": "1", "discount": "-1"}, ".discount", "is negative"),
        ({"amount": "1", "discount_percent": "101"}, ".discount_percent", None),
        ({"amount": "1", "discount": "1", "discount_percent": "1"}, ".discount_percent", None),
        ({"amount": "1", "category": 5}, ".category", "is not a text"),
        ({"amount": "1", "category": ""}, ".category", "is not a text"),
        ({"amount": "1", "inclusive": "yes"}, ".inclusive", "is neither true nor false"),
        ({"amount": "1", "exempt": 1}, ".exempt", "is neither true nor false"),
        ({"amount": "1", "prize": 1}, ".prize", "is not a known field"),
        ({"amount": "1", "exempt": True, "tax_exempt": True}, ".tax_exempt", None),
        ("x", "", "is not an item"),
        ({1: 2}, "", "is not an item"),
    ],
)
def test_a_faulty_item_is_told_with_its_path(item: object, path: str, message: str | None) -> None:
    """Each problem names the field as the caller would write it."""
    found = problems([{"amount": "1"}, item])

    assert len(found) == 1
    assert found[0][0] == f"items[1]{path}"
    assert message in (None, found[0][1])


def test_an_amount_finer_than_the_currency_is_refused() -> None:
    """A unit price may have more decimals, an amount may not."""
    assert [path for path, _ in problems([{"amount": "0.005"}])] == ["items[0].amount"]


def test_an_unknown_field_gets_the_nearest_name() -> None:
    """The hint asks whether that was meant."""
    with pytest.raises(EventError) as caught:
        read_items([{"ammount": "1"}], 2)

    assert caught.value.problems[0].hint == "did you mean `amount`?"


def test_all_problems_come_together() -> None:
    """Of every item, not of the first one alone."""
    found = problems([{"amount": 1.5}, {"amount": "x"}, "y"])

    assert [path for path, _ in found] == ["items[0].amount", "items[1].amount", "items[2]"]


@pytest.mark.parametrize("items", [None, "items", {"amount": 1}, 5])
def test_what_is_no_list_is_refused(items: object) -> None:
    """A single item is not a list of items."""
    assert problems(items) == [("items", "is not a list")]


def test_a_product_beyond_the_limit_of_amounts_is_refused() -> None:
    """Each factor is allowed, their product is not; just below the limit it is."""
    large = {"quantity": "1000000000", "unit_price": "1000000000"}
    within = {"quantity": "1000000000", "unit_price": "999999999"}

    assert problems([large]) == [("items[0]", "quantity times unit price is too large")]
    assert prices(within) == [999_999_999 * 10**11]


@pytest.mark.parametrize("factor", [1, 10])
def test_a_document_has_a_limited_number_of_items(factor: int) -> None:
    """The limit itself is accepted; one more and ten times as many are refused with figures."""
    item = {"amount": 1}
    count = limits.EVENT_ITEMS * factor + (1 if factor == 1 else 0)

    with pytest.raises(EventError) as caught:
        read_items([item] * count, 2)

    assert len(read_items([item] * limits.EVENT_ITEMS, 2)) == limits.EVENT_ITEMS
    assert caught.value.details["limit"] == "EVENT_ITEMS"
    assert caught.value.details["allowed"] == "10000"
    assert caught.value.details["seen"] == str(count)


def test_a_stated_tax_is_an_amount_of_the_currency() -> None:
    """Read exactly, refused with its name, absent if not stated."""
    with pytest.raises(EventError) as caught:
        read_stated("1.005", 2)

    assert read_stated("1.05", 2) == 105
    assert read_stated(None, 2) is None
    assert caught.value.problems[0].path == "stated_tax"
