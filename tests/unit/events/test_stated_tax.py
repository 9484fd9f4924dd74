"""Prices with and without tax, exemptions, and a tax_amount that the event states."""

import pytest

from hera_engine.engine import PostingEngine
from hera_engine.settings import Settings
from tests.unit.events.books import (
    TIPS,
    books,
    engine,
    journal,
    paths,
    refused,
    sale,
    table,
    warnings,
)

PLAIN = table("""
    DR clearing   105.00
    CR revenue    100.00
    CR tax_output   5.00
""")


def profiled(
    *, profile: str | None = None, rate: str | None = None, schema: str | None = None
) -> PostingEngine:
    """Return an engine whose profile, rate and schema each say, or not, what prices include."""
    own = "" if profile is None else f"prices {profile}"
    use = "" if schema is None else f"prices {schema}"
    return PostingEngine(
        f"""
        ledgers GL
        account clearing 1100 asset
        account tax_output 2200 liability
        account revenue 4100 revenue
        tax profile vat {{ {own} default standard rate standard 5% for standard {rate or ""} }}
        use tax vat {use} rounding line
        """
    )


@pytest.mark.parametrize("inclusive", [True, False])
def test_the_items_word_on_prices_beats_the_events(inclusive: bool) -> None:
    """An item that says whether tax is in its price is read so, whatever the event says."""
    posting = engine()
    item = {"amount": "105.00" if inclusive else "100.00", "tax_inclusive": inclusive}

    entry = posting.simulate(sale("105.00", items=[item], tax_inclusive=not inclusive))

    assert journal(entry) == PLAIN


@pytest.mark.parametrize("inclusive", [True, False])
def test_the_events_word_on_prices_beats_the_schemas(inclusive: bool) -> None:
    """An event that says whether tax is in its prices is read so, whatever the schema says."""
    posting = profiled(schema="exclusive" if inclusive else "inclusive")
    amount = "105.00" if inclusive else "100.00"

    entry = posting.simulate(sale("105.00", sale_amount=amount, tax_inclusive=inclusive))

    assert journal(entry) == PLAIN


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ({"schema": "exclusive", "rate": "inclusive", "profile": "inclusive"}, "100.00"),
        ({"schema": "inclusive", "rate": "exclusive", "profile": "exclusive"}, "105.00"),
        ({"rate": "exclusive", "profile": "inclusive"}, "100.00"),
        ({"rate": "inclusive", "profile": "exclusive"}, "105.00"),
        ({"profile": "exclusive"}, "100.00"),
        ({"profile": "inclusive"}, "105.00"),
    ],
)
def test_the_schema_beats_the_rate_and_the_rate_the_profile(
    said: dict[str, str], amount: str
) -> None:
    """Where the event does not say, the schema decides, else the rate, else the profile."""
    posting = profiled(**said)

    entry = posting.simulate(sale("105.00", sale_amount=amount))

    assert journal(entry) == PLAIN


def test_an_exempt_event_has_no_tax_line() -> None:
    """tax_exempt of the event means that no item is taxed, and its price is all revenue."""
    posting = engine()

    entry = posting.simulate(sale("105.00", tax_exempt=True))

    assert journal(entry) == table("""
        DR clearing 105.00
        CR revenue  105.00
    """)


def test_an_exempt_item_has_no_tax_line() -> None:
    """tax_exempt of one item leaves the tax of the others."""
    posting = engine()
    items = [{"amount": "50.00", "tax_exempt": True}, {"amount": "105.00"}]

    entry = posting.simulate(sale("155.00", items=items))

    assert journal(entry) == table("""
        DR clearing   155.00
        CR revenue     50.00
        CR revenue    100.00
        CR tax_output   5.00
    """)


def test_an_exempt_event_needs_no_known_category() -> None:
    """Where no tax is asked for, a category that the profile does not know is no fault."""
    posting = engine()

    entry = posting.simulate(sale("10.00", tax_exempt=True, tax_category="no such category"))

    assert journal(entry) == table("""
        DR clearing 10.00
        CR revenue  10.00
    """)


def test_a_stated_tax_is_used_as_stated() -> None:
    """5.01 is posted where 5.00 is computed; one minor unit for one item is no warning."""
    posting = engine()

    entry = posting.simulate(sale("105.00", sale_amount="105.00", tax_amount="5.01"))

    assert journal(entry) == table("""
        DR clearing   105.00
        CR revenue     99.99
        CR tax_output   5.01
    """)
    assert warnings(entry) == ()


def test_a_stated_tax_is_spread_over_the_items_by_their_computed_taxes() -> None:
    """13.02 over taxes of 3.00 and 10.00 is 3.0046 and 10.0154: 3.00 and 10.02."""
    posting = engine()
    items = [{"amount": "63.00"}, {"amount": "110.00", "tax_category": "reduced"}]

    entry = posting.simulate(sale("173.00", items=items, tax_amount="13.02"))

    assert journal(entry) == table("""
        DR clearing   173.00
        CR revenue    159.98
        CR tax_output   3.00
        CR tax_output  10.02
    """)
    assert warnings(entry) == ()


def test_a_stated_tax_leaves_exempt_items_without_tax() -> None:
    """The share of an item without computed tax is nothing."""
    posting = engine()
    items = [{"amount": "50.00", "tax_category": "financial"}, {"amount": "105.00"}]

    entry = posting.simulate(sale("155.00", items=items, tax_amount="5.01"))

    assert journal(entry) == table("""
        DR clearing   155.00
        CR revenue     50.00
        CR revenue     99.99
        CR tax_output   5.01
    """)


def test_a_stated_tax_off_by_more_than_a_unit_per_item_is_a_warning() -> None:
    """5.02 where 5.00 is computed for one item is posted with a warning that shows 0.02."""
    posting = engine()

    entry = posting.simulate(sale("105.00", sale_amount="105.00", tax_amount="5.02"))

    assert warnings(entry) == ("TAX_DIFFERENCE",)
    assert entry.warnings[0].details["difference"] == "0.02"


def test_a_stated_tax_off_by_more_than_a_unit_per_item_is_an_error_by_setting() -> None:
    """With the setting, 5.02 where 5.00 is computed is refused; 5.01 is not."""
    posting = PostingEngine(books(), settings=Settings(tax_difference="error"))  # type: ignore[arg-type]

    error = refused(posting, sale("105.00", sale_amount="105.00", tax_amount="5.02"), "E_GUARDRAIL")

    assert paths(error) == ("business_context.tax_amount",)
    assert posting.simulate(sale("105.00", sale_amount="105.00", tax_amount="5.01")).lines


@pytest.mark.parametrize(
    "context",
    [
        {"tax_exempt": True},
        {"tax_category": "financial"},
        {"tax_category": "export"},
        {"items": [{"amount": "105.00", "tax_exempt": True}]},
    ],
)
def test_a_tax_stated_where_none_is_due_is_refused(context: dict[str, object]) -> None:
    """A stated tax with tax_exempt, an exempt or a zero-rated sale is E_GUARDRAIL."""
    posting = engine()

    error = refused(posting, sale("105.00", tax_amount="5.00", **context), "E_GUARDRAIL")

    assert paths(error) == ("business_context.tax_amount",)


def test_a_stated_tax_of_zero_where_none_is_due_is_fine() -> None:
    """To state 0.00 for an exempt sale is to state the truth."""
    posting = engine()

    entry = posting.simulate(sale("105.00", tax_exempt=True, tax_amount="0.00"))

    assert journal(entry) == table("""
        DR clearing 105.00
        CR revenue  105.00
    """)


@pytest.mark.parametrize("prices", ["inclusive", "exclusive"])
@pytest.mark.parametrize("amount", ["100.00", "105.00"])
def test_the_reading_of_prices_that_sums_to_the_total_is_taken(prices: str, amount: str) -> None:
    """With tax_inclusive unsaid and a stated tax, 100 + 5 and 105 with 5 in it both are 105."""
    posting = engine(prices=prices)

    entry = posting.simulate(sale("105.00", sale_amount=amount, tax_amount="5.00"))

    assert journal(entry) == PLAIN


def test_the_reading_of_prices_takes_the_tip_into_account() -> None:
    """Sale 100.00, tax 5.00 and tip 2.00 of a total of 107.00 are exclusive prices."""
    posting = engine(TIPS)

    entry = posting.simulate(
        sale("107.00", sale_amount="100.00", tax_amount="5.00", tip_amount="2.00")
    )

    assert journal(entry) == table("""
        DR clearing     107.00
        CR revenue      100.00
        CR tax_output     5.00
        CR tips_payable   2.00
    """)


def test_figures_that_sum_in_neither_reading_are_unbalanced() -> None:
    """Sale 100.00 and tax 5.00 are no 107.00 in either reading: E_UNBALANCED in figures."""
    posting = engine()

    error = refused(
        posting, sale("107.00", sale_amount="100.00", tax_amount="5.00"), "E_UNBALANCED"
    )

    assert error.details["total_amount"] == "107.00"
    assert error.details["inclusive_reading"] == "100.00"
    assert error.details["exclusive_reading"] == "105.00"


def test_a_said_price_mode_is_not_reconsidered() -> None:
    """With tax_inclusive said, figures that only the other reading sums are E_UNBALANCED."""
    posting = engine()
    sent = sale("105.00", sale_amount="100.00", tax_amount="5.00", tax_inclusive=True)

    error = refused(posting, sent, "E_UNBALANCED")

    equations = error.details["equations"]
    assert isinstance(equations, list)
    assert [(row["left"], row["right"]) for row in equations] == [("105.00", "100.00")]


def test_a_total_alone_with_a_stated_exclusive_tax() -> None:
    """Of a total of 105.00 with prices before tax and a stated tax of 5.01 the sale is 99.99."""
    posting = engine(prices="exclusive")

    entry = posting.simulate(sale("105.00", tax_amount="5.01"))

    assert journal(entry) == table("""
        DR clearing   105.00
        CR revenue     99.99
        CR tax_output   5.01
    """)


def test_a_total_alone_with_exclusive_prices_has_its_tax_extracted() -> None:
    """Exclusive without a stated tax: the tax is extracted from total − tip as if inclusive."""
    posting = engine(TIPS, prices="exclusive")

    entry = posting.simulate(sale("110.00", tip_amount="5.00"))

    assert journal(entry) == table("""
        DR clearing     110.00
        CR revenue      100.00
        CR tax_output     5.00
        CR tips_payable   5.00
    """)


def test_a_total_alone_with_exclusive_prices_and_a_discount() -> None:
    """The tax is extracted from total − tip, after the discount: 5.00 of 105.00."""
    posting = engine(prices="exclusive")

    entry = posting.simulate(sale("105.00", discount_amount="10.00"))

    assert journal(entry) == PLAIN


def test_a_stated_tax_may_turn_the_tax_of_a_return() -> None:
    """0.08 stated over taxes of 0.01, 0.01 and -0.01: the return's share comes out at 0.01."""
    items = [{"amount": "0.21"}, {"amount": "0.21"}, {"amount": "-0.21"}]

    entry = engine().simulate(sale("0.21", items=items, tax_amount="0.08", tax_inclusive=True))

    assert journal(entry) == table("""
        DR clearing   0.21
        CR revenue    0.35
        DR revenue    0.22
        CR tax_output 0.08
    """)
