"""Faults that a reader of the code and a user once found, each kept from coming back."""

from dataclasses import replace
from decimal import Decimal

import pytest

from hera_engine import HeraError, PostingEngine, SchemaError, Settings
from hera_engine.rules.stage import Contribution, ItemTaxes
from tests.unit.events.books import (
    books,
    engine,
    event,
    journal,
    paths,
    refused,
    sale,
    seed,
    seed_engine,
    seed_profile,
    table,
    with_header,
)

SPLIT = """\
ledgers GL
account clearing 1100 asset
account revenue  4100 revenue
account fees     5500 expense
dimensions area
"""


def test_an_entry_has_no_line_of_zero() -> None:
    """A split whose shares round to nothing leaves no line of 0.00 behind."""
    text = SPLIT + (
        "carry area on 4*\n"
        "on HERA.POS.SALE.V1 {\n  debit clearing total_amount\n"
        "  credit revenue total_amount by area\n}\n"
    )
    items = [{"amount": "10.00", "area": name} for name in ("a", "b", "c")]

    entry = PostingEngine(text).simulate(event("HERA.POS.SALE.V1", "0.01", items=items))

    assert journal(entry) == table("""
        DR clearing 0.01
        CR revenue  0.01 area=a
    """)


def test_the_base_of_a_tax_line_counts_items_whose_own_tax_rounds_to_nothing() -> None:
    """Ten items of 0.05 have a base of 0.48 in all, though each tax is 0.002."""
    items = [{"amount": "0.05"}] * 9 + [{"amount": "10.50"}]

    entry = engine().simulate(sale("10.95", items=items))

    tax = next(line.tax for line in entry.lines if line.tax is not None)
    assert tax.base == Decimal("10.45")


def test_a_fixed_split_is_not_undone_by_the_events_own_value() -> None:
    """Where an event is split fixed, its own value of the dimension changes nothing."""
    rule = {
        "event_pattern": "HERA\\.POS\\..*", "split_by": "org_unit", "allocation_method": "fixed",
        "allocation_data": {"A": "60%", "B": "40%"},
    }  # fmt: skip
    splits = {"dimensions": ["org_unit", "staff_id"], "rules": [rule]}
    posting = seed_engine(splits=splits)

    entry = posting.simulate(sale("105.00", org_unit="HQ", staff_id="E"))

    shares = {
        line.dimensions["org_unit"]: line.amount
        for line in entry.lines
        if line.account.key == "revenue"
    }
    assert shares == {"A": Decimal("60.00"), "B": Decimal("40.00")}


def test_a_bare_number_in_a_fixed_split_is_refused() -> None:
    """Beside percentages a bare number may be meant as one or as an amount."""
    rule = {
        "event_pattern": "HERA", "split_by": "org_unit", "allocation_method": "fixed",
        "allocation_data": {"A": "1.00", "B": "remaining"},
    }  # fmt: skip

    with pytest.raises(SchemaError) as caught:
        PostingEngine(seed(splits={"dimensions": ["org_unit"], "rules": [rule]}))

    assert caught.value.diagnostics[0].pointer == "/splits/rules/0/allocation_data/A"


def test_the_account_of_a_rate_that_is_handed_in_must_exist() -> None:
    """A profile whose rate names an account the schema lacks is reported when compiling."""
    rate = {"code": "standard", "percent": "5", "account": "special"}

    with pytest.raises(SchemaError) as caught:
        PostingEngine(seed(), tax_profiles=[{**seed_profile(), "rates": [rate]}])

    assert [fault.name for fault in caught.value.diagnostics] == ["UNKNOWN_ACCOUNT"]


@pytest.mark.parametrize("value", ["true", 1, "yes"])
def test_a_truth_beside_another_kind_of_value_is_refused(value: object) -> None:
    """`vip = true` with a text or number in its place ends in no line, but in an error."""
    text = SPLIT + (
        "on HERA.POS.SALE.V1 {\n  debit clearing total_amount\n"
        "  credit revenue total_amount when vip = true\n"
        "  credit fees total_amount when not vip = true\n}\n"
    )

    error = refused(
        PostingEngine(text), event("HERA.POS.SALE.V1", "10.00", vip=value), "E_GUARDRAIL"
    )

    assert set(paths(error)) == {"business_context.vip"}


def test_an_own_field_of_another_sign_than_the_components_is_refused() -> None:
    """A positive tip and a negative field of the caller's in one negative event do not fit."""
    text = SPLIT + (
        "on HERA.POS.SALE.V1 {\n  debit clearing (total_amount + adjustment)\n"
        "  credit revenue (total_amount + adjustment - tip_amount)\n  credit fees tip_amount\n}\n"
    )
    sent = event("HERA.POS.SALE.V1", "-52.50", tip_amount="2.50", adjustment="-2.00")

    error = refused(PostingEngine(text), sent, "E_GUARDRAIL")

    assert paths(error) == ("business_context.adjustment",)


def test_a_very_small_exchange_rate_is_shown_in_plain_digits() -> None:
    """The header never shows an exponent."""
    sent = with_header(sale("105.00"), base_currency="EUR", exchange_rate="0.0000001")

    entry = engine().simulate(sent)

    assert entry.header.exchange_rate == "0.0000001"


def test_the_rounding_setting_needs_the_account() -> None:
    """Residue on `rounding` without that account is a fault of the schema."""
    with pytest.raises(SchemaError) as caught:
        PostingEngine(books(), settings=Settings(residue="rounding"))  # type: ignore[arg-type]

    assert [fault.name for fault in caught.value.diagnostics] == ["MISSING_ACCOUNT"]


def test_a_tax_above_the_prices_that_hold_it_is_refused() -> None:
    """A stated tax of 25.00 in a sale of 22.60, tax included, is no tax of that sale."""
    sent = sale("22.60", sale_amount="22.60", tax_amount="25.00", tax_inclusive=True)

    error = refused(engine(), sent, "E_GUARDRAIL")

    assert paths(error) == ("business_context.tax_amount",)


def test_a_list_is_no_input_of_a_map() -> None:
    """What a map looks up is a single value; the error shows no Python."""
    text = SPLIT + (
        'map account_of(kind) { "food" -> revenue, else -> fees }\n'
        "on HERA.POS.SALE.V1 {\n  debit clearing total_amount\n"
        "  credit account_of(kind) total_amount\n}\n"
    )

    error = refused(
        PostingEngine(text), event("HERA.POS.SALE.V1", "1.00", kind=["food"]), "E_GUARDRAIL"
    )

    assert error.message == "business_context.kind: is not a single value"


def test_a_stage_that_replaces_tax_keeps_discounts_in_proportion() -> None:
    """10.50 off a price that holds 5 % is 10.00 off the net, whoever works out the tax."""

    class Five:
        """The same five per cent as the profile's."""

        name = "five"
        replaces = "tax"

        def contribute(self, facts: object, lines: object) -> Contribution:
            """Return the tax of the one item, 94.50 with tax."""
            taxes = ItemTaxes(net=Decimal("90.00"), tax=Decimal("4.50"), gross=Decimal("94.50"))
            return Contribution(taxes=[taxes])

    text = books("account discount 4900 revenue\n")
    posting = PostingEngine(text, stages=[Five()])

    entry = posting.simulate(sale("94.50", sale_amount="105.00", discount_amount="10.50"))

    amounts = {line.account.key: line.amount for line in entry.lines}
    assert (amounts["revenue"], amounts["discount"]) == (Decimal("100.00"), Decimal("10.00"))


def test_what_a_stage_is_shown_cannot_change_the_plan() -> None:
    """The defaults of a requirement are as immutable as the rest of the plan."""
    text = books('dimensions org_unit\nrequire org_unit on 4* default "HQ"\n')
    posting = PostingEngine(text)
    required = posting._plan.accounts["revenue"].by_ledger["GL"].required

    with pytest.raises(TypeError):
        required.defaults["org_unit"] = "HACK"  # type: ignore[index,union-attr]


def test_a_chart_with_an_account_twice_is_refused() -> None:
    """Which of two accounts with one code is meant cannot be told."""
    chart = [{"id": "a", "code": "4100"}, {"id": "b", "code": "4100"}]

    with pytest.raises(HeraError, match="the chart has `4100` twice"):
        PostingEngine(books(), chart=chart)


def test_explain_gives_no_line_what_another_saw() -> None:
    """A statement of zero takes its fields with it."""
    text = SPLIT + (
        "on HERA.POS.SALE.V1 {\n  debit clearing total_amount\n  credit fees fee_amount\n"
        "  credit revenue (total_amount - fee_amount)\n}\n"
    )

    story = PostingEngine(text).explain(event("HERA.POS.SALE.V1", "10.00"))

    seen = [dict(step.seen) for steps in story.steps for step in steps]
    assert seen == [
        {"total_amount": "10.00"},
        {"total_amount": "10.00", "business_context.fee_amount": "0"},
    ]


def test_settings_and_accounts_of_a_wrong_type_are_refused() -> None:
    """What a caller configures is checked when it is made."""
    with pytest.raises(HeraError):
        replace(Settings(), fiscal_calendar=5)  # type: ignore[arg-type]
    with pytest.raises(HeraError):
        list(engine().simulate_many(3))  # type: ignore[arg-type]
