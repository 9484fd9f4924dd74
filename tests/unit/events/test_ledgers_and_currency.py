"""Parallel ledgers, and amounts in another base currency."""

import pytest

from hera_engine.engine import PostingEngine
from hera_engine.errors import HeraError
from hera_engine.journal import JournalEntry
from hera_engine.settings import Residue, Settings
from tests.unit.events.books import (
    TIPS,
    bases,
    books,
    engine,
    event,
    journal,
    paths,
    refused,
    sale,
    table,
    with_header,
)

STAFF = "dimensions staff_id\nrequire staff_id on revenue else error\n"
ROUNDING = "account rounding 7900 expense\n"


def in_euro(sent: dict[str, object], rate: object, base: str = "EUR") -> dict[str, object]:
    """Return an event with a base currency of its own."""
    return with_header(sent, base_currency=base, exchange_rate=rate)


# --- ledgers -------------------------------------------------------------------------------


def test_an_event_makes_one_entry_with_its_lines_grouped_by_ledger() -> None:
    """Lines outside `in LEDGER` post to every ledger, in the schema's order of ledgers."""
    posting = PostingEngine(books("ledgers IFRS, GL"))

    entry = posting.simulate(sale("105.00"))

    assert journal(entry) == table("""
        IFRS DR clearing   105.00
        IFRS CR revenue    100.00
        IFRS CR tax_output   5.00
        GL   DR clearing   105.00
        GL   CR revenue    100.00
        GL   CR tax_output   5.00
    """)


def test_a_key_may_have_another_account_in_a_ledger() -> None:
    """Each ledger's lines are on that ledger's account, where the key has one."""
    posting = PostingEngine(
        books("ledgers GL, IFRS", 'account revenue in IFRS 4109 revenue "Revenue, IFRS 15"')
    )

    entry = posting.simulate(sale("105.00"))

    found = [(line.ledger, line.account.code) for line in entry.lines if line.side.value == "CR"]
    assert found == [("GL", "4100"), ("GL", "2200"), ("IFRS", "4109"), ("IFRS", "2200")]


def test_requirements_are_checked_in_each_ledger_by_itself() -> None:
    """A requirement on 4109 holds for the line in IFRS alone: index 4 of six."""
    posting = PostingEngine(
        books(
            "ledgers GL, IFRS", "account revenue in IFRS 4109 revenue",
            "dimensions staff_id\nrequire staff_id on 4109 else error",
        )
    )  # fmt: skip

    error = refused(posting, sale("105.00"), "E_DIM_MISSING")

    assert error.details["missingByLine"] == [{"lineIndex": 4, "missing": ["staff_id"]}]


def test_a_line_in_a_ledger_posts_there_alone() -> None:
    """`in IFRS { … }` adds to IFRS and leaves GL as it is."""
    posting = PostingEngine(
        books(
            "ledgers GL, IFRS",
            "account deferred 2500 liability",
            "on HERA.X.** { debit cash total_amount credit revenue total_amount"
            " in IFRS { debit revenue 4.00 credit deferred 4.00 } }",
        )
    )

    entry = posting.simulate(event("HERA.X.Y.V1", "10.00"))

    assert journal(entry) == table("""
        GL   DR cash     10.00
        GL   CR revenue  10.00
        IFRS DR cash     10.00
        IFRS CR revenue  10.00
        IFRS DR revenue   4.00
        IFRS CR deferred  4.00
    """)


def test_each_ledger_must_balance_by_itself() -> None:
    """Two ledgers that would balance only together are refused, at compile or at run time."""
    text = books(
        "ledgers GL, IFRS",
        "on HERA.X.** { in GL { debit cash total_amount }"
        " in IFRS { credit revenue total_amount } }",
    )

    with pytest.raises(HeraError) as caught:
        PostingEngine(text).simulate(event("HERA.X.Y.V1", "10.00"))

    assert caught.value.code in {"E_SCHEMA", "E_UNBALANCED"}


# --- currencies ----------------------------------------------------------------------------


def test_without_a_base_currency_the_rate_is_one() -> None:
    """base_currency absent means the transaction currency at rate 1."""
    posting = engine()

    entry = posting.simulate(sale("105.00"))

    assert bases(entry) == table("""
        DR clearing   105.00 105.00
        CR revenue    100.00 100.00
        CR tax_output   5.00   5.00
    """)
    assert (entry.header.base_currency, entry.header.exchange_rate) == ("USD", "1")


@pytest.mark.parametrize("rate", [None, "1", 1, "1.000"])
def test_an_equal_base_currency_allows_the_rate_one(rate: object) -> None:
    """The same currency may be named as the base, with or without a rate of 1."""
    posting = engine()

    entry = posting.simulate(in_euro(sale("105.00"), rate, base="USD"))

    assert [str(line.base_amount) for line in entry.lines] == ["105.00", "100.00", "5.00"]


def test_the_rate_is_base_units_per_transaction_unit() -> None:
    """At 0.9 EUR per USD, 105.00 USD are 94.50 EUR."""
    posting = engine()

    entry = posting.simulate(in_euro(sale("105.00"), "0.9"))

    assert bases(entry) == table("""
        DR clearing   105.00 94.50
        CR revenue    100.00 90.00
        CR tax_output   5.00  4.50
    """)


def test_an_inverse_quotation_is_used_as_an_exact_fraction() -> None:
    """3 USD per EUR: 105.00 is 35.00, 100.00 is 33.33 and 5.00 is 1.67."""
    posting = engine()

    entry = posting.simulate(in_euro(sale("105.00"), {"per_base": "3"}))

    assert bases(entry) == table("""
        DR clearing   105.00 35.00
        CR revenue    100.00 33.33
        CR tax_output   5.00  1.67
    """)


@pytest.mark.parametrize(
    ("currency", "base", "rate", "total", "converted"),
    [
        ("JPY", "USD", "0.0067", "1000", "6.70"),
        ("USD", "JPY", "149.5", "1.99", "298"),
        ("KWD", "USD", "3.25", "1.005", "3.27"),
        ("USD", "KWD", "0.3077", "10.00", "3.077"),
    ],
)
def test_amounts_are_rounded_to_the_minor_unit_of_the_base(
    currency: str, base: str, rate: str, total: str, converted: str
) -> None:
    """Yen have no decimals, dinars three: 1.99 USD at 149.5 are 297.505, so 298 JPY."""
    posting = engine()
    sent = with_header(in_euro(sale(total, tax_exempt=True), rate, base=base), currency=currency)

    entry = posting.simulate(sent)

    assert [str(line.base_amount) for line in entry.lines] == [converted, converted]


def staffed(total: str, amounts: dict[str, str], payments: tuple[str, ...]) -> dict[str, object]:
    """Return an exempt sale with an item for each person and a payment of its own reference."""
    return sale(
        total,
        tax_exempt=True,
        items=[{"amount": amount, "staff_id": name} for name, amount in amounts.items()],
        payments=[
            {"amount": amount, "reference": f"P{index}"} for index, amount in enumerate(payments)
        ],
    )


def test_what_conversion_leaves_over_goes_to_the_largest_line_in_base() -> None:
    """At 0.5, 0.03 is 0.02 (of 0.015) and each 0.01 is 0.01: the largest, clearing, takes 0.01."""
    posting = engine(STAFF)
    people = {"ann": "0.01", "bob": "0.01", "cid": "0.01"}

    entry = posting.simulate(in_euro(staffed("0.03", people, ("0.03",)), "0.5"))

    assert bases(entry) == table("""
        DR clearing 0.03 0.03
        CR revenue  0.01 0.01
        CR revenue  0.01 0.01
        CR revenue  0.01 0.01
    """)


TIED = {"ann": "1.01", "bob": "1.01"}
TIED_PAYMENTS = ("0.50", "0.50", "0.50", "0.52")


def test_ties_of_the_largest_line_go_to_the_earliest() -> None:
    """At 0.35 payments come to 4 × 0.18, revenue to 2 × 0.35: Ann's line takes the 0.02."""
    posting = engine(STAFF)

    entry = posting.simulate(in_euro(staffed("2.02", TIED, TIED_PAYMENTS), "0.35"))

    assert bases(entry) == table("""
        DR clearing 0.50 0.18
        DR clearing 0.50 0.18
        DR clearing 0.50 0.18
        DR clearing 0.52 0.18
        CR revenue  1.01 0.37
        CR revenue  1.01 0.35
    """)


def test_what_is_left_over_goes_to_rounding_by_setting() -> None:
    """With the setting, the same 0.02 is a line of its own on rounding, without foreign amount."""
    posting = PostingEngine(books(STAFF, ROUNDING), settings=Settings(residue=Residue.ROUNDING))

    entry = posting.simulate(in_euro(staffed("2.02", TIED, TIED_PAYMENTS), "0.35"))

    assert bases(entry) == table("""
        DR clearing 0.50 0.18
        DR clearing 0.50 0.18
        DR clearing 0.50 0.18
        DR clearing 0.52 0.18
        CR revenue  1.01 0.35
        CR revenue  1.01 0.35
        CR rounding 0.00 0.02
    """)


def test_a_tax_line_takes_nothing_while_another_line_exists() -> None:
    """At 0.335, 1.36 stands against 0.34 and a tax of 1.01 (1.005): the first payment gives 0.01.

    The tax line is the largest in base, but the residue goes to the earliest of the next largest.
    """
    text = books(prices="exclusive").replace("standard 5%", "standard 300%")
    posting = PostingEngine(text)
    payments = [{"amount": "1.00", "reference": f"P{index}"} for index in range(4)]
    sent = sale("4.00", sale_amount="1.00", payments=payments)

    entry = posting.simulate(in_euro(sent, "0.335"))

    assert bases(entry) == table("""
        DR clearing   1.00 0.33
        DR clearing   1.00 0.34
        DR clearing   1.00 0.34
        DR clearing   1.00 0.34
        CR revenue    1.00 0.34
        CR tax_output 3.00 1.01
    """)


def test_a_line_of_nothing_in_base_stays() -> None:
    """A tip of 0.01 at 0.1 is 0.00 in base, and still a line."""
    posting = engine(TIPS)
    sent = sale("0.11", tip_amount="0.01", tax_exempt=True)

    entry = posting.simulate(in_euro(sent, "0.1"))

    assert bases(entry) == table("""
        DR clearing     0.11 0.01
        CR revenue      0.10 0.01
        CR tips_payable 0.01 0.00
    """)


def test_each_ledger_balances_in_base() -> None:
    """The residue is placed in every ledger."""
    posting = PostingEngine(books("ledgers GL, STAT", STAFF))
    people = {"ann": "0.01", "bob": "0.01", "cid": "0.01"}

    entry = posting.simulate(in_euro(staffed("0.03", people, ("0.03",)), "0.5"))

    assert [str(line.base_amount) for line in entry.lines] == ["0.03", "0.01", "0.01", "0.01"] * 2


def header_rate(entry: JournalEntry) -> object:
    """Return the exchange rate of an entry's wire form."""
    return entry.header.to_dict()["exchange_rate"]


def test_the_header_shows_the_rate_as_it_was_stated() -> None:
    """A rate keeps its digits, and an inverse quotation stays one."""
    posting = engine()

    direct = posting.simulate(in_euro(sale("105.00"), "0.900"))
    inverse = posting.simulate(in_euro(sale("105.00"), {"per_base": "3"}))

    assert (header_rate(direct), header_rate(inverse)) == ("0.900", "1/3")


@pytest.mark.parametrize(
    ("base", "rate", "path"),
    [
        ("EUR", None, "exchange_rate"),
        ("USD", "1.1", "exchange_rate"),
        ("EUR", "0", "exchange_rate"),
        ("EUR", "-1", "exchange_rate"),
        ("EUR", 0.9, "exchange_rate"),
        ("EUR", "1e99", "exchange_rate"),
        ("EUR", {"per_base": "0"}, "exchange_rate.per_base"),
        ("EUR", {"per_base": 3.0}, "exchange_rate.per_base"),
        ("EUR", {"per_quote": "3", "per_base": "3"}, "exchange_rate.per_quote"),
        ("EURO", "1", "base_currency"),
        (7, "1", "base_currency"),
    ],
)
def test_a_rate_that_does_not_fit_is_refused(base: str, rate: object, path: str) -> None:
    """Different without a rate, equal with another than 1, zero or negative: E_GUARDRAIL."""
    posting = engine()

    error = refused(posting, in_euro(sale("105.00"), rate, base=base), "E_GUARDRAIL")

    assert path in paths(error)


def test_an_empty_inverse_quotation_is_refused() -> None:
    """A rate given as an object without its figure is no rate."""
    posting = engine()

    error = refused(posting, in_euro(sale("105.00"), {}), "E_GUARDRAIL")

    assert paths(error) == ("exchange_rate.per_base",)


def test_a_rate_of_one_without_a_base_currency_is_allowed() -> None:
    """A rate without a base currency is a rate to the transaction currency itself: only 1."""
    posting = engine()

    error = refused(posting, with_header(sale("105.00"), exchange_rate="0.9"), "E_GUARDRAIL")

    assert paths(error) == ("exchange_rate",)
    assert posting.simulate(with_header(sale("105.00"), exchange_rate="1")).lines
