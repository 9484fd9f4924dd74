"""Sales under a profile of several taxes: one line per tax, and net + tax = gross throughout."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from hera_engine.engine import PostingEngine
from hera_engine.errors import HeraError, SchemaError
from hera_engine.journal import JournalEntry
from tests.unit.events.books import (
    ACCOUNTS,
    REFUND,
    event,
    journal,
    refused,
    sale,
    table,
    warnings,
    with_header,
)

GST: Mapping[str, object] = {"code": "GST", "rate": "5", "account": "gst"}
QST: Mapping[str, object] = {"code": "QST", "rate": "9.975", "account": "qst"}
OWN = "account gst 2210 liability\naccount qst 2220 liability\n"
PLAIN = table("""
    DR clearing 114.98
    CR revenue  100.00
    CR gst        5.00
    CR qst        9.98
""")


def shop(
    *components: Mapping[str, object], use: str = "", parts: str = "", **profile: object
) -> PostingEngine:
    """Return an engine under a profile of components, GST and QST unless others are given."""
    schema = f'schema "Shop" version 1\nledgers GL\n{ACCOUNTS}{OWN}{parts}\nuse tax "T" {use}\n'
    mapping = {"id": "T", "jurisdiction": "CA", "components": list(components or (GST, QST))}
    return PostingEngine(schema, tax_profiles=[{**mapping, **profile}])


def taxes(entry: JournalEntry) -> list[tuple[str, Decimal | None, Decimal, Decimal]]:
    """Return code, rate, base and amount of the tax lines."""
    return [
        (line.tax.code, line.tax.rate, line.tax.base, line.amount)
        for line in entry.lines
        if line.tax is not None and line.account.key != "revenue"
    ]


def test_each_component_is_a_line_on_its_own_account() -> None:
    """A sale of 100.00 bears 5.00 and 9.975, rounded to 9.98, each on its account."""
    entry = shop().simulate(sale("114.98", items=[{"amount": "100.00"}]))

    details = [line.tax.to_dict() for line in entry.lines if line.tax is not None]

    assert journal(entry) == PLAIN
    assert taxes(entry) == [
        ("GST", Decimal(5), Decimal(100), Decimal("5.00")),
        ("QST", Decimal("9.975"), Decimal(100), Decimal("9.98")),
    ]
    assert {(one["category"], one["jurisdiction"], one["reason"]) for one in details} == {
        ("standard", "CA", "standard")
    }


def test_components_without_an_account_are_lines_apart_on_the_one_the_rule_names() -> None:
    """Two taxes on one account stay two lines, and the component's jurisdiction is told."""
    posting = shop(
        {"code": "CGST", "rate": "9"}, {"code": "SGST", "rate": "9", "jurisdiction": "IN-MH"}
    )

    entry = posting.simulate(sale("118.00", items=[{"amount": "100.00"}]))

    assert journal(entry) == table("""
        DR clearing   118.00
        CR revenue    100.00
        CR tax_output   9.00
        CR tax_output   9.00
    """)
    assert [line.tax.jurisdiction for line in entry.lines if line.tax] == ["CA", "IN-MH"]


@pytest.mark.parametrize(
    ("use", "header"),
    [("prices inclusive", {}), ("prices exclusive", {"tax_inclusive": True}), ("", {})],
)
def test_a_price_includes_all_components_where_schema_or_event_says_so(
    use: str, header: dict[str, object]
) -> None:
    """114.98 with both taxes inside is 100.00, 5.00 and 9.98, whoever said that they are."""
    posting = shop(use=use, inclusive_prices=None if use else True)

    entry = posting.simulate(sale("114.98", items=[{"amount": "114.98"}], **header))

    assert journal(entry) == PLAIN


def test_a_price_may_include_one_component_and_not_the_other() -> None:
    """105.00 includes 5 % and comes with 9.975 % on the net of 100.00 on top."""
    posting = shop({**GST, "inclusive": True}, {**QST, "inclusive": False})

    entry = posting.simulate(sale("114.98", items=[{"amount": "105.00"}]))

    assert journal(entry) == PLAIN


@pytest.mark.parametrize("stated", [{}, {"tax_amount": "14.98"}])
def test_a_sale_made_of_a_total_knows_what_mixed_components_leave(
    stated: dict[str, object],
) -> None:
    """Of a total of 114.98 alone 100.00 are left, even where the components' modes differ."""
    posting = shop({**GST, "inclusive": True}, {**QST, "inclusive": False})

    entry = posting.simulate(sale("114.98", **stated))

    assert journal(entry) == PLAIN


def test_a_compound_component_raises_the_base_of_the_next() -> None:
    """10 % on 105.00, which is the net and its 5 %, is 10.50."""
    posting = shop({**GST, "compound": True}, {**QST, "rate": "10"})

    entry = posting.simulate(sale("115.50", items=[{"amount": "100.00"}]))

    assert [row[2:] for row in taxes(entry)] == [
        (Decimal("100.00"), Decimal("5.00")),
        (Decimal("105.00"), Decimal("10.50")),
    ]


def test_discounts_of_item_and_document_lessen_every_component() -> None:
    """120.00 less 15.00 and 5.00 is taxed as 100.00; the net before both was 120.00."""
    posting = shop(parts="account discount 4900 revenue\n")
    items = [{"amount": "120.00", "discount": "15.00"}]

    entry = posting.simulate(sale("114.98", items=items, discount_amount="5.00"))

    assert journal(entry) == table("""
        DR clearing 114.98
        CR revenue  120.00
        DR discount  20.00
        CR gst        5.00
        CR qst        9.98
    """)


def test_a_return_in_a_sale_turns_its_components() -> None:
    """A return of 20.00 gives back 1.00 and 2.00 on lines of the other side, not netted."""
    entry = shop().simulate(sale("91.98", items=[{"amount": "100.00"}, {"amount": "-20.00"}]))

    lines = journal(entry)

    assert lines == table("""
        DR clearing  91.98
        CR revenue  100.00
        DR revenue   20.00
        CR gst        5.00
        CR qst        9.98
        DR gst        1.00
        DR qst        2.00
    """)


def test_exempt_items_and_events_bear_no_component() -> None:
    """Of two items only the one that is not exempt bears tax; of an exempt event none does."""
    items: list[dict[str, object]] = [{"amount": "100.00"}, {"amount": "7.00", "tax_exempt": True}]

    some = shop().simulate(sale("121.98", items=items))
    none = shop().simulate(sale("107.00", items=items, tax_exempt=True))

    assert [row[3] for row in taxes(some)] == [Decimal("5.00"), Decimal("9.98")]
    assert journal(none) == "DR clearing 107.00\nCR revenue 107.00"
    assert [line.tax.reason for line in none.lines if line.tax] == ["exempt"]


def test_a_category_bears_the_components_it_lists() -> None:
    """Books bear GST only, alms nothing at all."""
    posting = shop(component_categories={"books": ["GST"], "alms": []})
    items = [
        {"amount": "100.00", "tax_category": "books"},
        {"amount": "9.00", "tax_category": "alms"},
    ]

    entry = posting.simulate(sale("114.00", items=items))

    assert journal(entry) == "DR clearing 114.00\nCR revenue 100.00\nCR revenue 9.00\nCR gst 5.00"
    found = [(line.tax.category, line.tax.reason) for line in entry.lines if line.tax]
    assert found == [("alms", "out_of_scope"), ("books", "standard")]


def test_a_component_is_chosen_by_the_tax_point() -> None:
    """A rate of 6 % until the end of 2024 holds for a sale of that year, not for the next."""
    posting = shop(
        {**GST, "rate": "6", "effective_to": "2024-12-31"},
        {**GST, "effective_from": "2025-01-01"},
    )
    sent = sale("106.00", items=[{"amount": "100.00"}])

    old = posting.simulate(with_header(sent, transaction_date="2024-12-31"))
    undated = refused(posting, sent, "E_RATE_RESOLUTION")

    assert [row[3] for row in taxes(old)] == [Decimal("6.00")]
    assert undated.details["component"] == "GST"


def test_a_stated_tax_is_spread_over_the_components_by_their_amounts() -> None:
    """15.01 by 5.00 : 9.98 is 5.01001… and 9.99998…, by largest remainder 5.01 and 10.00."""
    posting = shop()

    entry = posting.simulate(
        sale("115.01", items=[{"amount": "100.00"}], tax_amount="15.01", tax_inclusive=False)
    )

    assert [row[3] for row in taxes(entry)] == [Decimal("5.01"), Decimal("10.00")]
    assert warnings(entry) == ("TAX_DIFFERENCE",)


def test_a_stated_tax_in_the_price_changes_net_and_bases() -> None:
    """14.99 stated within 114.98 leaves a net of 99.99, which is the base of both taxes."""
    posting = shop(use="prices inclusive")

    entry = posting.simulate(sale("114.98", items=[{"amount": "114.98"}], tax_amount="14.99"))

    assert journal(entry).splitlines()[1] == "CR revenue 99.99"
    assert {row[2] for row in taxes(entry)} == {Decimal("99.99")}
    assert sum(row[3] for row in taxes(entry)) == Decimal("14.99")


def test_a_stated_tax_proves_the_price_mode_of_components() -> None:
    """Prices that sum to the total with tax inside are read so, whatever the schema says."""
    posting = shop(use="prices exclusive")

    entry = posting.simulate(sale("114.98", items=[{"amount": "114.98"}], tax_amount="14.98"))

    assert journal(entry) == PLAIN


def test_a_refund_and_a_negative_sale_mirror_the_sale() -> None:
    """Each line of the sale comes back on the other side, once."""
    mirrored = PLAIN.replace("DR", "xx").replace("CR", "DR").replace("xx", "CR")

    refund = shop().simulate(event(REFUND, "114.98", items=[{"amount": "100.00"}]))
    negative = shop().simulate(sale("-114.98", items=[{"amount": "-100.00"}]))

    assert sorted(journal(refund).splitlines()) == sorted(mirrored.splitlines())
    assert journal(negative) == mirrored


@pytest.mark.parametrize(
    ("rounding", "total", "gst", "qst"),
    [("line", "1.26", "0.06", "0.10"), ("total", "1.27", "0.06", "0.11")],
)
def test_rounding_is_by_line_or_by_total_of_each_component(
    rounding: str, total: str, gst: str, qst: str
) -> None:
    """Two of 0.55 bear 0.0275 and 0.05486…: 0.03 and 0.05 by line, 0.055 and 0.1097… in all."""
    posting = shop(use=f"rounding {rounding}")

    entry = posting.simulate(sale(total, items=[{"amount": "0.55"}] * 2))

    assert [row[3] for row in taxes(entry)] == [Decimal(gst), Decimal(qst)]


def test_each_component_is_explained() -> None:
    """Base, exact fraction and rounding step of each component are told."""
    story = str(shop().explain(sale("114.98", items=[{"amount": "100.00"}])))

    lines = [" ".join(line.split()) for line in story.splitlines()]

    assert "GST 5 % on 100.00, exactly 5, rounded to 5.00" in lines
    assert "QST 9.975 % on 100.00, exactly 399/40, rounded to 9.98" in lines
    assert "QST 9.975 % on 100.00, exactly 399/40" in story


def test_what_no_posting_can_follow_is_refused_by_name() -> None:
    """A component that would be posted wrongly is a fault of the schema's profile."""
    with pytest.raises(SchemaError) as caught:
        shop({**GST, "repartition": ["60", "40"]})

    assert "not available" in str(caught.value)
    assert "repartition" in str(caught.value)


@pytest.mark.parametrize("rule", [{"name": "unit"}, {"name": "line", "increment": "0.05"}])
def test_rounding_rules_that_change_prices_are_refused(rule: dict[str, object]) -> None:
    """A rule under which a price would not be its net is a fault, and so is an increment."""
    with pytest.raises(SchemaError) as caught:
        shop(rounding_rule=rule)

    assert "not available" in str(caught.value)


def test_an_account_that_only_a_component_names_must_be_there() -> None:
    """The key of a component that the schema lacks is a fault before any event."""
    with pytest.raises(HeraError) as caught:
        shop({**GST, "account": "hst"})

    assert "hst" in str(caught.value)


@pytest.mark.parametrize("key", ["account", "input_account", "expense_account"])
def test_each_account_key_of_a_tax_must_be_in_the_schema(key: str) -> None:
    """A profile that is handed in may name no account that the schema does not have."""
    with pytest.raises(SchemaError) as caught:
        shop({"code": "GST", "rate": "5", key: "gts"})

    (fault,) = [each for each in caught.value.diagnostics if each.name == "UNKNOWN_ACCOUNT"]
    assert fault.message == "unknown account `gts`"
    assert fault.hint == "did you mean `gst`?"


def test_an_item_of_a_rate_beside_components_bears_none_of_them() -> None:
    """Exports stand on the same sale as taxed goods, on a line of their own without a tax."""
    free = [{"code": "abroad", "percent": "0", "reason": "export", "categories": ["goods.export"]}]
    items = [{"amount": "100.00"}, {"amount": "40.00", "tax_category": "goods.export"}]

    entry = shop(rates=free).simulate(sale("154.98", items=items))

    assert journal(entry) == table("""
        DR clearing 154.98
        CR revenue  100.00
        CR revenue   40.00
        CR gst        5.00
        CR qst        9.98
    """)
