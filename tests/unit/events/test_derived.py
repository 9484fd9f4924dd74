"""Derived values: where an event says nothing of a dimension or a tax category, a map does."""

from decimal import Decimal
from typing import Final

import pytest

from hera_engine import HeraError, PostingEngine, SchemaError
from tests.unit.events.books import SALE, books, engine, event, paths, refused

ORG: Final = "dimensions org_unit, staff_id\nrequire org_unit on 4* else error\n"
UNITS: Final = """\
map unit_of(channel) { "web" -> "WEB", "shop" -> "BR-01", else refuse }
map desk_of(kind) { "gift" -> "GIFTS", else -> "DESK" }
"""
BY_CHANNEL: Final = "derive org_unit = unit_of(channel)\n"
BY_KIND: Final = "derive org_unit = desk_of(item.kind)\n"
CATEGORIES: Final = 'map category_of(kind) { "trip" -> "export", else -> "standard" }\n'
PLAIN: Final = "on HERA.POS.SALE.V1 { debit cash total_amount  credit revenue total_amount }\n"
BY_ITEM: Final = """\
on HERA.POS.SALE.V1 {
  debit cash sum(gross(items))
  for item in items { credit revenue net(item) by org_unit  credit tax_output tax(item) }
}
"""


def units(found: PostingEngine, **context: object) -> list[str | None]:
    """Return the org unit of each line on revenue of a sale of 21.00."""
    lines = found.simulate(event(SALE, "21.00", **context)).lines
    return [
        None if (value := line.dimensions.get("org_unit")) is None else str(value)
        for line in lines
        if line.account.key == "revenue"
    ]


def rows(found: PostingEngine, **context: object) -> list[str]:
    """Return side, account and amount of each line of a sale of 21.00."""
    lines = found.simulate(event(SALE, "21.00", **context)).lines
    return [f"{line.side.value} {line.account.key} {line.amount}" for line in lines]


def item(amount: str, **fields: object) -> dict[str, object]:
    """Return an item of a sale."""
    return {"amount": amount, **fields}


def test_a_dimension_is_derived_where_the_event_says_none() -> None:
    """From a field of the event; what the event says goes before."""
    shop = engine(ORG, UNITS, BY_CHANNEL, PLAIN)

    assert units(shop, channel="web") == ["WEB"]
    assert units(shop, channel="web", org_unit="BR-07") == ["BR-07"]
    assert units(shop, channel="web", org_unit="") == ["WEB"]


def test_without_an_argument_nothing_is_derived() -> None:
    """Then the requirement decides."""
    shop = engine(ORG, UNITS, BY_CHANNEL, PLAIN)

    refused(shop, event(SALE, "21.00"), "E_DIM_MISSING")


def test_what_the_map_refuses_refuses_the_event() -> None:
    """All values that are refused are told at once."""
    shop = engine(
        ORG, UNITS, 'map desk(kind) { "gift" -> "G", else refuse }',
        "derive staff_id = desk(item.kind)\n", BY_CHANNEL, PLAIN,
    )  # fmt: skip

    sent = event(SALE, "21.00", channel="fax", items=[item("21.00", kind="x")])

    error = refused(shop, sent, "E_GUARDRAIL")

    assert paths(error) == ("business_context.items[0].kind", "business_context.channel")


def test_each_item_has_a_value_of_its_own() -> None:
    """Its own, else the event's, else derived from the item."""
    shop = engine(ORG, UNITS, BY_KIND, BY_ITEM)
    own = item("5.25", kind="cut", org_unit="X")
    items = [item("10.50", kind="gift"), item("5.25", kind="cut"), own]

    assert units(shop, items=items) == ["GIFTS", "DESK", "X"]
    assert units(shop, items=[item("21.00", kind="gift")], org_unit="BR-02") == ["BR-02"]


def test_of_an_event_without_items_its_own_fields_are_asked() -> None:
    """The item that is made of the sale reads the event."""
    shop = engine(ORG, UNITS, BY_KIND, BY_ITEM)

    assert units(shop, kind="gift") == ["GIFTS"]


def test_an_item_goes_before_the_event() -> None:
    """A value that is derived for the item counts there, that of the event for the rest."""
    shop = engine(ORG, UNITS, BY_CHANNEL, BY_KIND, BY_ITEM)
    items = [item("10.50", kind="gift"), item("10.50")]

    assert units(shop, channel="web", items=items) == ["GIFTS", "WEB"]


def test_the_first_pattern_that_matches_governs() -> None:
    """In the order of the document, like requirements."""
    shop = engine(
        ORG, UNITS, 'map all_of(channel) { else -> "ALL" }',
        "derive org_unit on HERA.POS.SALE.V1 = all_of(channel)\n", BY_CHANNEL, PLAIN,
        "on HERA.WEB.SALE.V1 { debit cash total_amount  credit revenue total_amount }",
    )  # fmt: skip
    web = event("HERA.WEB.SALE.V1", "21.00", channel="web")

    assert units(shop, channel="web") == ["ALL"]
    assert [str(line.dimensions.get("org_unit")) for line in shop.simulate(web).lines][1] == "WEB"


def test_the_accounting_date_chooses_a_row() -> None:
    """As in a map of accounts; without a date rows that follow one another do not choose."""
    shop = engine(
        ORG, 'map unit_of(channel) { * -> "OLD" to 2025-12-31, * -> "NEW" from 2026-01-01 }',
        BY_CHANNEL, PLAIN,
    )  # fmt: skip
    sale = event(SALE, "21.00", channel="web")

    old = shop.simulate({**sale, "transaction_date": "2025-12-31"})
    new = shop.simulate({**sale, "transaction_date": "2026-01-01"})

    assert [str(entry.lines[1].dimensions["org_unit"]) for entry in (old, new)] == ["OLD", "NEW"]
    assert paths(refused(shop, sale, "E_GUARDRAIL")) == ("transaction_date",)


# --- tax categories --------------------------------------------------------------------------


def tax(*parts: str, **context: object) -> Decimal:
    """Return the tax of a sale of 21.00 with prices that include it."""
    lines = (
        engine(CATEGORIES, *parts, BY_ITEM_TAXED).simulate(event(SALE, "21.00", **context)).lines
    )
    return sum((line.amount for line in lines if line.account.key == "tax_output"), Decimal(0))


BY_ITEM_TAXED: Final = """\
on HERA.POS.SALE.V1 {
  debit cash sum(gross(items))
  for item in items { credit revenue net(item)  credit tax_output tax(item) }
}
"""


def test_the_tax_category_of_an_item_is_derived() -> None:
    """The item's own, else the event's, else derived of the item, else of the event."""
    by_item = "derive tax_category = category_of(item.kind)\n"
    by_event = "derive tax_category = category_of(channel)\n"
    trip = [item("21.00", kind="trip")]

    assert tax(by_item, items=trip) == 0
    assert tax(by_item, items=[item("21.00", kind="pen")]) == 1
    assert tax(by_item, items=[item("21.00")]) == 1
    assert tax(by_item, items=[item("21.00", kind="trip", tax_category="standard")]) == 1
    assert tax(by_item, items=trip, tax_category="standard") == 1
    assert tax(by_event, items=[item("21.00")], channel="trip") == 0
    assert tax(by_event, by_item, items=trip, channel="shop") == 0
    assert tax(by_item, kind="trip") == 0


def test_a_category_that_the_profile_does_not_know_is_told_before_any_event() -> None:
    """Once for each text, with the nearest category; not where a rate serves all others."""
    wrong = 'map category_of(kind) { "a" -> "exprt", "b" -> "exprt", else -> "reduced" }\n'
    derived = "derive tax_category = category_of(item.kind)\n"
    with pytest.raises(SchemaError) as caught:
        PostingEngine(
            books(wrong, derived, BY_ITEM_TAXED).replace("rate standard 5% for standard", "")
            .replace("default standard", "default reduced")
        )  # fmt: skip

    (fault,) = (each for each in caught.value.diagnostics if each.name == "UNKNOWN_CATEGORY")
    assert (fault.message, fault.hint) == (
        "tax profile `vat` has no rate for the category `exprt`",
        "did you mean `export`?",
    )


def test_rules_read_derived_values_as_if_they_had_been_sent() -> None:
    """Of items and of the event, dimensions and the category."""
    shop = engine(
        ORG, UNITS, CATEGORIES, BY_CHANNEL, BY_KIND,
        "derive tax_category = category_of(item.kind)\n",
        """\
        on HERA.POS.SALE.V1 {
          debit cash sum(gross(items))
          for item in items {
            credit revenue gross(item) when item.org_unit = "GIFTS" and org_unit = "WEB"
            credit clearing gross(item) when item.tax_category = "export"
            credit tax_output gross(item)
              when item.tax_category != "export"
                and not (item.org_unit = "GIFTS" and org_unit = "WEB")
            debit cash gross(item)
              when item.org_unit = "GIFTS" and org_unit = "WEB" and item.tax_category = "export"
          }
        }
        """,
    )  # fmt: skip
    items = [item("10.00", kind="gift"), item("11.00", kind="trip")]

    assert rows(shop, channel="web", items=items) == [
        "DR cash 21.00",
        "CR revenue 10.00",
        "CR clearing 11.00",
    ]


def test_a_rule_that_needs_a_derived_field_does_not_ask_the_event_for_it() -> None:
    """Only where it cannot be derived the event is refused, with the field's path."""
    rule = """\
    on HERA.POS.SALE.V1 {
      debit cash total_amount
      credit revenue total_amount when org_unit = "WEB"
      credit clearing total_amount when org_unit != "WEB"
    }
    """
    shop = engine("dimensions org_unit\n", UNITS, BY_CHANNEL, rule)

    assert rows(shop, channel="shop") == ["DR cash 21.00", "CR clearing 21.00"]
    assert paths(refused(shop, event(SALE, "21.00"), "E_GUARDRAIL")) == (
        "business_context.org_unit",
    )


def test_standard_rules_have_derived_values_too() -> None:
    """A schema without rules of its own derives for them."""
    shop = engine(ORG, UNITS, BY_CHANNEL)

    assert units(shop, channel="web") == ["WEB"]


def test_an_explanation_says_which_row_gave_a_value() -> None:
    """In the list of what was made, and beside the dimension of a line."""
    shop = engine(ORG, UNITS, BY_CHANNEL, PLAIN)
    told = shop.explain(event(SALE, "21.00", channel="web"))

    words = 'map unit_of(web), row "web" -> "WEB"'
    assert told.made[0] == f"business_context.org_unit derived by {words}"
    assert f"org_unit from {words}" in str(told)
    assert shop.simulate(event(SALE, "21.00", channel="web")).header.business_context == {
        "channel": "web"
    }


def test_a_derived_counterparty_is_one() -> None:
    """A dimension may name who the business is with: then a charge is reversed."""
    profile = "tax profile vat { default standard rate standard 5% for standard\n"
    profile += "reverse charge 5% for abroad }\n"
    text = books(
        "dimensions customer_id\n", 'map customer_of(channel) { else -> "C-1" }\n', BY_ITEM_TAXED
    )
    start = text.index("tax profile vat")
    text = text[:start] + profile + text[text.index("use tax") :]
    sale = event(SALE, "21.00", channel="web", tax_category="abroad")

    with pytest.raises(HeraError):
        PostingEngine(text).simulate(sale)
    reversed_ = PostingEngine(text + "derive customer_id = customer_of(channel)\n").simulate(sale)

    assert [line.account.key for line in reversed_.lines] == ["cash", "revenue"]
