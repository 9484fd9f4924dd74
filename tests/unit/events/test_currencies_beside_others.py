"""Currencies of lines beside taxes rounded late, cases, versions and declared events."""

from hera_engine import PostingEngine, SchemaSet, compare_schemas
from tests.unit.events.books import bases, event, table, with_header

BOOKS = """\
schema "Books" version 1
ledgers GL
account bank       1200 asset
account transit    1350 asset
account receivable 1300 asset
account revenue    4100 revenue
account tax_output 2200 liability
account gain       7810 revenue
account loss       7820 expense
"""
SETTLE = """\
on HERA.X.PAID.V1 {
  debit  bank       total_amount
  credit receivable total_amount base booked
  exchange difference to gain, loss
}
"""
CASES = """\
case "paid late" on HERA.X.PAID.V1 {
  event { total_amount: 100.00, currency: "EUR", base_currency: "GBP", booked: 84.00,
          transaction_date: 2025-03-01 }
  expect { debit bank 100.00  credit receivable 100.00  credit gain 0.00 }
}
case "paid at a loss" like "paid late" {
  event { booked: 86.00 }
  expect { total debit loss 0.00 }
}
"""
RATES = (
    {"from": "EUR", "to": "GBP", "rate": "0.85", "effective_from": "2025-01-01"},
    {"from": "KWD", "to": "USD", "rate": "3.25", "effective_from": "2025-01-01"},
)


def test_lines_of_more_decimals_merge_beside_taxes_rounded_late() -> None:
    """Amounts in a currency of three decimals are added up while taxes wait to be rounded."""
    rules = """\
tax profile vat { prices exclusive rate standard 7% for goods.standard }
use tax vat rounding none
on HERA.X.SALE.V1 {
  for item in items {
    debit  receivable gross(item)
    credit revenue    net(item)
    credit tax_output tax(item)
  }
  for each in counted {
    debit  bank    each.amount currency "KWD"
    credit transit each.amount currency "KWD"
  }
}
"""
    items = [{"amount": "0.50"}, {"amount": "0.50"}]
    counted = [{"amount": "1.001"}, {"amount": "2.002"}]
    sent = event("HERA.X.SALE.V1", "1.07", items=items, counted=counted)

    entry = PostingEngine(BOOKS + rules, exchange_rates=RATES).simulate(
        with_header(sent, currency="USD", transaction_date="2025-03-01")
    )

    lines = {(line.account.key, line.currency): str(line.amount) for line in entry.lines}
    assert lines == {
        ("receivable", "USD"): "1.07", ("revenue", "USD"): "1.00", ("tax_output", "USD"): "0.07",
        ("bank", "KWD"): "3.003", ("transit", "KWD"): "3.003",
    }  # fmt: skip


def test_cases_and_their_mutants_take_the_rates_of_their_engine() -> None:
    """Realized gain and loss stand on lines of no amount, which a case lists like others."""
    books = PostingEngine(BOOKS + SETTLE + CASES, exchange_rates=RATES)

    assert [result.passed for result in books.run_cases()] == [True, True]
    assert not any("bank total_amount" in each.words for each in books.surviving_mutants())


def test_versions_of_a_schema_share_the_rates() -> None:
    """Each version converts by the table that the set is given."""
    first = f"{BOOKS}{SETTLE}".replace("version 1", "version 1 until 2025-02-28")
    second = f"{BOOKS}{SETTLE}".replace("version 1", "version 2 effective 2025-03-01")
    sent = with_header(
        event("HERA.X.PAID.V1", "100.00", booked="84.00"),
        currency="EUR", base_currency="GBP", transaction_date="2025-03-01",
    )  # fmt: skip

    entry = SchemaSet([first, second], exchange_rates=iter(RATES)).simulate(sent)

    assert entry.header.schema.version == 2
    assert (
        bases(entry).splitlines()
        == table(
            """
        DR bank       100.00 85.00
        CR receivable 100.00 84.00
        CR gain         0.00  1.00
        """
        ).splitlines()
    )


def test_another_account_for_differences_is_a_change_of_the_rule() -> None:
    """What the new version does with exchange differences is told like any statement."""
    other = SETTLE.replace("gain, loss", "gain")

    found = [fault.message for fault in compare_schemas(BOOKS + SETTLE, BOOKS + other)]

    assert len(found) == 1
    assert (
        "`exchange difference to gain` in place of `exchange difference to gain, loss`" in found[0]
    )


def test_a_declared_rate_reads_alike_behind_at_and_elsewhere() -> None:
    """In a negative event neither is turned."""
    rules = """\
event HERA.X.PAID.V1 { total_amount: money  rate: number }
on HERA.X.PAID.V1 {
  debit  bank       total_amount
  credit receivable total_amount at rate
  exchange difference to gain, loss
}
"""
    posting = PostingEngine(BOOKS + rules, exchange_rates=RATES)

    def paid(total: str) -> str:
        sent = event("HERA.X.PAID.V1", total, rate="0.84")
        return bases(
            posting.simulate(
                with_header(
                    sent, currency="EUR", base_currency="GBP", transaction_date="2025-03-01"
                )
            )
        )

    turned = {"DR": "CR", "CR": "DR"}
    there = [row.split() for row in paid("100.00").splitlines()]
    back = [row.split() for row in paid("-100.00").splitlines()]
    assert [[turned.get(word, word) for word in row] for row in there] == back


SPREAD = """\
account online 6130 expense
account events 6140 expense
on HERA.X.COSTS.V1 from 2025-01-01 {
  credit bank total_amount
  allocate total_amount { 60% to debit online  remaining to debit events }
}
on HERA.X.COSTS.V1 to 2024-12-31 { credit bank total_amount  debit online total_amount }
case "costs" on HERA.X.COSTS.V1 {
  event { total_amount: 10.01, currency: "EUR", base_currency: "GBP", transaction_date: 2025-03-01 }
  expect { credit bank 10.01  debit online 6.01  debit events 4.00 }
}
case "old costs" like "costs" {
  event { transaction_date: 2024-12-31, base_currency: "EUR" }
  expect { credit bank 10.01  debit online 10.01 }
}
"""


def test_cases_cover_the_shares_of_an_allocation_and_notice_other_accounts() -> None:
    """A share posts, is converted and changed as a line of its own."""
    books = PostingEngine(BOOKS + SPREAD, exchange_rates=RATES)

    assert [result.passed for result in books.run_cases()] == [True, True]
    assert books.case_coverage().full
    assert not books.surviving_mutants()


def test_a_changed_share_is_a_change_of_the_rule() -> None:
    """A new version tells the shares that differ."""
    other = SPREAD.replace("60%", "50%")

    (found,) = compare_schemas(BOOKS + SPREAD, BOOKS + other)

    assert found.name == "CHANGED_LINE"
    assert "allocate total_amount { 60% to debit online" in found.message
