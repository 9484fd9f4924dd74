"""How the money of a sale arrives: tenders, receivables, open items and their due dates."""

import pytest

from hera_engine.engine import PostingEngine
from hera_engine.journal import JournalEntry
from tests.unit.events.books import (
    RECEIVABLE,
    REFUND,
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

DEFERRED = RECEIVABLE + "payments deferred settle 30 days\n"
MANUAL = RECEIVABLE + "payments manual settle 30 days\n"

TENDERS = """\
map tender_of(method) { "cash" -> cash, else -> clearing }
on HERA.POS.** {
  given total_amount = sum(payments.amount)
  for payment in payments { debit tender_of(payment.method) payment.amount }
  credit revenue total_amount
}
"""


def open_items(entry: JournalEntry) -> tuple[str, ...]:
    """Return each open item of an entry as account, amount, due date and reference."""
    return tuple(
        f"{line.account.key} {line.open_item.amount} {line.open_item.due_date} "
        f"{line.open_item.reference}"
        for line in entry.lines
        if line.open_item is not None
    )


def test_without_a_map_every_tender_is_clearing() -> None:
    """The standard rules debit clearing, whatever the method."""
    posting = engine()
    payments = [{"method": "cash", "amount": "60.00"}, {"method": "shells", "amount": "45.00"}]

    entry = posting.simulate(sale("105.00", payments=payments))

    assert journal(entry) == table("""
        DR clearing   105.00
        CR revenue    100.00
        CR tax_output   5.00
    """)


def test_the_rules_own_map_chooses_the_tender() -> None:
    """A rule with a map debits the account of each payment's method."""
    posting = PostingEngine(books(TENDERS))
    payments = [{"method": "card", "amount": "60.00"}, {"method": "cash", "amount": "45.00"}]

    entry = posting.simulate(sale("105.00", payments=payments))

    assert journal(entry) == table("""
        DR clearing  60.00
        DR cash      45.00
        CR revenue  105.00
    """)


@pytest.mark.parametrize("paid", ["104.99", "105.01"])
def test_immediate_payments_must_sum_to_the_total(paid: str) -> None:
    """Short or over, payments that are not the total are E_UNBALANCED with both figures."""
    posting = engine()

    error = refused(posting, sale("105.00", payments=[{"amount": paid}]), "E_UNBALANCED")

    assert (error.details["total_amount"], error.details["payments"]) == ("105.00", paid)


def test_deferred_payments_post_as_tenders_and_the_rest_is_receivable() -> None:
    """30.00 paid now, 75.00 owed: an open item due 30 days after the transaction date."""
    posting = engine(DEFERRED)
    sent = with_header(
        sale("105.00", payments=[{"method": "card", "amount": "30.00"}]),
        transaction_date="2025-01-15",
        external_reference="INV-7",
    )

    entry = posting.simulate(sent)

    assert journal(entry) == table("""
        DR clearing    30.00
        DR receivable  75.00
        CR revenue    100.00
        CR tax_output   5.00
    """)
    assert open_items(entry) == ("receivable 75.00 2025-02-14 INV-7",)


def test_deferred_without_payments_owes_the_whole_total() -> None:
    """No payment is made up where payment is deferred."""
    posting = engine(DEFERRED)

    entry = posting.simulate(with_header(sale("105.00"), transaction_date="2024-02-28"))

    assert journal(entry) == table("""
        DR receivable 105.00
        CR revenue    100.00
        CR tax_output   5.00
    """)
    assert open_items(entry) == ("receivable 105.00 2024-03-29 None",)


def test_a_deferred_sale_paid_in_full_leaves_no_open_item() -> None:
    """Nothing owed is nothing to date: the event needs no transaction date."""
    posting = engine(DEFERRED)

    entry = posting.simulate(sale("105.00", payments=[{"amount": "105.00"}]))

    assert journal(entry) == table("""
        DR clearing   105.00
        CR revenue    100.00
        CR tax_output   5.00
    """)
    assert open_items(entry) == ()


def test_settlement_days_are_zero_by_default() -> None:
    """A deferred sale without settlement days is due on its transaction date."""
    posting = engine(RECEIVABLE + "payments deferred\n")

    entry = posting.simulate(with_header(sale("105.00"), transaction_date="2025-01-15"))

    assert open_items(entry) == ("receivable 105.00 2025-01-15 None",)


@pytest.mark.parametrize("capture", ["deferred", "manual"])
def test_an_open_sale_needs_a_receivable_account(capture: str) -> None:
    """A deferred or manual sale without a receivable account is E_SCHEMA naming the key."""
    posting = PostingEngine(books(f"payments {capture}\n"))

    error = refused(posting, sale("105.00"), "E_SCHEMA")

    assert error.details["account"] == "receivable"


def test_manual_puts_the_whole_total_on_receivable_without_a_due_date() -> None:
    """manual: an open item of the whole total; when it is due is agreed elsewhere."""
    posting = engine(MANUAL)
    sent = with_header(sale("105.00"), transaction_date="2025-01-15", external_reference="INV-8")

    entry = posting.simulate(sent)

    assert journal(entry) == table("""
        DR receivable 105.00
        CR revenue    100.00
        CR tax_output   5.00
    """)
    assert open_items(entry) == ("receivable 105.00 None INV-8",)


def test_open_item_marks_the_clearing_line_too() -> None:
    """With `open item` the clearing line is to be settled; settlement days tell when."""
    posting = engine("payments immediate open item settle 2 days\n")

    entry = posting.simulate(with_header(sale("105.00"), transaction_date="2025-12-30"))

    assert open_items(entry) == ("clearing 105.00 2026-01-01 None",)


def test_an_open_clearing_line_without_settlement_days_has_no_due_date() -> None:
    """Where no settlement days are agreed, clearing is open without a date, and none is needed."""
    posting = engine("payments immediate open item\n")

    entry = posting.simulate(sale("105.00"))

    assert open_items(entry) == ("clearing 105.00 None None",)


def test_an_open_item_refers_to_its_payment_before_the_event() -> None:
    """The reference of an open item is the payment's own, else the event's."""
    posting = engine("payments immediate open item\n")
    payments = [{"amount": "100.00", "reference": "TX-1"}, {"amount": "5.00"}]
    sent = with_header(sale("105.00", payments=payments), external_reference="R-1")

    entry = posting.simulate(sent)

    assert open_items(entry) == ("clearing 100.00 None TX-1", "clearing 5.00 None R-1")


def test_without_open_item_the_clearing_line_is_not_marked() -> None:
    """An immediate sale leaves nothing open."""
    posting = engine("payments immediate\n")

    entry = posting.simulate(sale("105.00"))

    assert open_items(entry) == ()


def test_a_due_date_without_a_transaction_date_is_refused() -> None:
    """The engine invents no date: an open item that needs one is E_GUARDRAIL."""
    posting = engine(DEFERRED)

    error = refused(posting, sale("105.00"), "E_GUARDRAIL")

    assert paths(error) == ("transaction_date",)


def test_a_deferred_sale_paid_over_is_unbalanced() -> None:
    """Over-payment is E_UNBALANCED with both figures, not a negative receivable."""
    posting = engine(DEFERRED)
    sent = with_header(
        sale("105.00", payments=[{"amount": "105.01"}]), transaction_date="2025-01-15"
    )

    error = refused(posting, sent, "E_UNBALANCED")

    assert (error.details["total_amount"], error.details["payments"]) == ("105.00", "105.01")


def test_a_refund_of_a_deferred_sale_credits_the_receivable() -> None:
    """What the customer owed is owed no more: the mirror of the sale, open item included."""
    posting = engine(DEFERRED)

    entry = posting.simulate(with_header(event(REFUND, "105.00"), transaction_date="2025-01-15"))

    assert journal(entry) == table("""
        CR receivable 105.00
        DR revenue    100.00
        DR tax_output   5.00
    """)
    assert open_items(entry) == ("receivable 105.00 2025-02-14 None",)


def test_a_payment_without_an_amount_is_refused() -> None:
    """A payment needs an amount; it is never the rest."""
    posting = engine()

    error = refused(posting, sale("105.00", payments=[{"method": "card"}]), "E_GUARDRAIL")

    assert paths(error) == ("business_context.payments[0].amount",)
