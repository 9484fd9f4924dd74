"""Which lines are merged, in what order they stand, and what they are called."""

import pytest

from hera_engine.engine import PostingEngine
from tests.unit.events.books import (
    DISCOUNT,
    SETTLEMENT,
    SETTLING,
    TIPS,
    accounts,
    books,
    engine,
    event,
    journal,
    refused,
    sale,
    table,
)

STAFF = "dimensions staff_id\nrequire staff_id on revenue else error\n"

TWO_STATEMENTS = """\
account income 4300 revenue
on HERA.X.** {
  credit revenue  total_amount
  credit income   extra
  credit revenue  extra
  debit  cash     total_amount + extra + extra
}
"""


def test_lines_alike_are_merged_and_their_amounts_added() -> None:
    """Three items leave one revenue line and one tax line: 100 + 200 + 300 and 5 + 10 + 15."""
    posting = engine()
    items = [{"amount": "105.00"}, {"amount": "210.00"}, {"amount": "315.00"}]

    entry = posting.simulate(sale("630.00", items=items))

    assert journal(entry) == table("""
        DR clearing   630.00
        CR revenue    600.00
        CR tax_output  30.00
    """)


def test_the_bases_of_merged_tax_lines_are_added() -> None:
    """Tax on 100.00 and on 200.00 is tax on 300.00."""
    posting = engine()

    entry = posting.simulate(sale("315.00", items=[{"amount": "105.00"}, {"amount": "210.00"}]))

    assert [str(line.tax.base) for line in entry.lines if line.tax is not None] == ["300.00"]


def test_the_origins_of_merged_lines_are_collected() -> None:
    """A line made by two statements of a rule names both, the first as its origin."""
    posting = PostingEngine(books(TWO_STATEMENTS))

    entry = posting.simulate(event("HERA.X.Y.V1", "10.00", extra="2.00"))

    revenue = entry.lines[0]
    rows = [origin.span.line for origin in revenue.origins if origin.span is not None]
    assert str(revenue.amount) == "12.00"
    assert (len(rows), rows[1] - rows[0]) == (2, 2)
    assert revenue.origin is revenue.origins[0]


def test_lines_of_another_account_are_not_merged() -> None:
    """Two account keys stay two lines."""
    posting = PostingEngine(books(TWO_STATEMENTS))

    entry = posting.simulate(event("HERA.X.Y.V1", "10.00", extra="2.00"))

    assert journal(entry) == table("""
        CR revenue 12.00
        CR income   2.00
        DR cash    14.00
    """)


def test_lines_of_another_side_are_not_merged() -> None:
    """A return is not netted against what is sold."""
    posting = engine()

    entry = posting.simulate(
        sale("15.00", items=[{"amount": "20.00"}, {"amount": "-5.00"}], tax_exempt=True)
    )

    assert journal(entry) == table("""
        DR clearing 15.00
        CR revenue  20.00
        DR revenue   5.00
    """)


def test_lines_of_other_dimensions_are_not_merged() -> None:
    """Lines are merged per value, in order of first appearance."""
    posting = engine(STAFF)
    items = [
        {"amount": "1.00", "staff_id": "bob"},
        {"amount": "2.00", "staff_id": "ann"},
        {"amount": "4.00", "staff_id": "bob"},
    ]

    entry = posting.simulate(sale("7.00", items=items, tax_exempt=True))

    assert journal(entry) == table("""
        DR clearing 7.00
        CR revenue  5.00 staff_id=bob
        CR revenue  2.00 staff_id=ann
    """)


TWO_CATEGORIES = """\
ledgers GL
account clearing   1100 asset
account tax_output 2200 liability
account revenue    4100 revenue
tax profile vat {
  prices inclusive
  default goods
  rate standard 5% for goods, services
  rate early    5% for books
}
"""


@pytest.mark.parametrize(
    ("first", "second", "lines"),
    [("goods", "goods", 1), ("goods", "services", 2), ("goods", "books", 2)],
    ids=["same", "another category", "another code"],
)
def test_lines_of_another_tax_are_not_merged(first: str, second: str, lines: int) -> None:
    """Tax lines are merged per code, rate, category and reason."""
    posting = PostingEngine(TWO_CATEGORIES)
    items = [
        {"amount": "105.00", "tax_category": first},
        {"amount": "105.00", "tax_category": second},
    ]

    entry = posting.simulate(sale("210.00", items=items))

    assert sum(line.account.key == "tax_output" for line in entry.lines) == lines


def test_lines_of_another_payment_reference_are_not_merged() -> None:
    """Payments with references of their own stay apart; those without are merged."""
    posting = engine()
    payments = [
        {"amount": "10.00", "reference": "A"},
        {"amount": "20.00"},
        {"amount": "30.00", "reference": "B"},
        {"amount": "40.00"},
        {"amount": "5.00", "reference": "A"},
    ]

    entry = posting.simulate(sale("105.00", payments=payments))

    cleared = [
        (str(line.amount), line.payment_reference)
        for line in entry.lines
        if line.account.key == "clearing"
    ]
    assert cleared == [("15.00", "A"), ("60.00", None), ("30.00", "B")]


def test_zero_lines_are_dropped() -> None:
    """What comes to nothing posts nothing: a settlement that the fee eats up has no bank line."""
    posting = engine(SETTLING)

    entry = posting.simulate(event(SETTLEMENT, "3.00", fee_amount="3.00"))

    assert journal(entry) == table("""
        DR fees     3.00
        CR clearing 3.00
    """)


def test_an_event_that_leaves_fewer_than_two_lines_is_refused() -> None:
    """An item of nothing paid with nothing leaves no line: E_GUARDRAIL."""
    posting = engine()

    error = refused(posting, sale("0.00", items=[{"amount": "0.00"}]), "E_GUARDRAIL")

    assert "0 journal lines" in error.message


def test_lines_stand_by_ledger_then_by_statement() -> None:
    """All lines of the first ledger come first; in each, lines stand in the rule's order."""
    posting = PostingEngine(
        books(
            "ledgers GL, IFRS",
            "account reserve 3100 equity",
            "on HERA.X.** { in IFRS { debit cash 1.00 credit reserve 1.00 }"
            " debit clearing total_amount credit revenue total_amount"
            " in GL { debit cash 2.00 credit reserve 2.00 } }",
        )
    )

    entry = posting.simulate(event("HERA.X.Y.V1", "10.00"))

    assert journal(entry) == table("""
        GL   DR clearing 10.00
        GL   CR revenue  10.00
        GL   DR cash      2.00
        GL   CR reserve   2.00
        IFRS DR cash      1.00
        IFRS CR reserve   1.00
        IFRS DR clearing 10.00
        IFRS CR revenue  10.00
    """)


def test_a_merged_line_stands_where_it_first_appeared() -> None:
    """A later statement on the same account joins the earlier line."""
    posting = PostingEngine(books(TWO_STATEMENTS))

    entry = posting.simulate(event("HERA.X.Y.V1", "10.00", extra="2.00"))

    assert accounts(entry) == ("revenue", "income", "cash")


def test_lines_are_called_by_their_account_key() -> None:
    """HERA.GL.LINE.<KEY>.v1, with the tax accounts as TAX and tips_payable as TIPS."""
    posting = engine(TIPS, DISCOUNT)
    sent = sale("110.00", sale_amount="126.00", discount_amount="21.00", tip_amount="5.00")

    entry = posting.simulate(sent)

    assert [line.smart_code for line in entry.lines] == [
        "HERA.GL.LINE.CLEARING.v1",
        "HERA.GL.LINE.REVENUE.v1",
        "HERA.GL.LINE.DISCOUNT.v1",
        "HERA.GL.LINE.TAX.v1",
        "HERA.GL.LINE.TIPS.v1",
    ]


def test_input_tax_is_called_tax_too() -> None:
    """A line on tax_input is HERA.GL.LINE.TAX.v1."""
    posting = PostingEngine(
        books(
            "account tax_input 1400 asset",
            "on HERA.X.** { debit tax_input total_amount credit cash total_amount }",
        )
    )

    entry = posting.simulate(event("HERA.X.Y.V1", "1.00"))

    assert entry.lines[0].smart_code == "HERA.GL.LINE.TAX.v1"


def test_line_numbers_start_at_one_and_line_indexes_at_zero() -> None:
    """The second line has number 2 in the journal and index 1 in an error."""
    posting = engine(STAFF)

    entry = posting.simulate(sale("105.00", staff_id="ann"))
    error = refused(posting, sale("105.00"), "E_DIM_MISSING")

    assert [line.number for line in entry.lines] == [1, 2, 3]
    assert entry.lines[1].account.key == "revenue"
    assert error.details["missingByLine"] == [{"lineIndex": 1, "missing": ["staff_id"]}]


def test_max_line_count_is_counted_on_merged_lines() -> None:
    """Four items merge into three lines, which a limit of three allows; two refuse them."""
    items = [{"amount": "105.00"}] * 4
    roomy = engine("validations { max_line_count 3 }")
    tight = engine("validations { max_line_count 2 }")

    entry = roomy.simulate(sale("420.00", items=items))
    error = refused(tight, sale("420.00", items=items), "E_GUARDRAIL")

    assert len(entry.lines) == 3
    assert {key: error.details[key] for key in ("limit", "allowed", "seen")} == {
        "limit": "max_line_count",
        "allowed": "2",
        "seen": "3",
    }
