"""What an event leaves unsaid: items, payments and amounts made by a stated rule."""

import pytest

from hera_engine.engine import PostingEngine
from tests.unit.events.books import (
    REFUND,
    TIPS,
    books,
    engine,
    event,
    journal,
    paths,
    refused,
    sale,
    table,
)

STAFF = "dimensions staff_id\nrequire staff_id on revenue else error\n"

COMMISSION = """\
account commission 6100 expense
account payable    2500 liability
on HERA.HR.** {
  debit  commission earned
  credit payable    earned
}
"""

OWN_SALE = """\
account tips_payable 2300 liability
map tender_of(method) { "cash" -> cash, "card" -> clearing, else refuse }
on HERA.POS.** {
  given total_amount = sum(gross(items)) + tip_amount
  given total_amount = sum(payments.amount)
  for payment in payments { debit tender_of(payment.method) payment.amount }
  for item in items {
    credit revenue    net(item)
    credit tax_output tax(item)
  }
  credit tips_payable tip_amount
}
"""


def test_without_items_one_is_made_of_the_sale() -> None:
    """The sale amount becomes one item: 105.00 with 5% in it is 100.00 and 5.00."""
    posting = engine()

    entry = posting.simulate(sale("105.00", sale_amount="105.00"))

    assert journal(entry) == table("""
        DR clearing   105.00
        CR revenue    100.00
        CR tax_output   5.00
    """)


def test_a_made_item_has_the_events_category() -> None:
    """The item made of a sale is taxed by the category of the event."""
    posting = engine()

    entry = posting.simulate(sale("110.00", tax_category="reduced"))

    assert journal(entry) == table("""
        DR clearing   110.00
        CR revenue    100.00
        CR tax_output  10.00
    """)


def test_a_made_item_has_the_events_dimensions() -> None:
    """The item made of a sale carries the values that the event has."""
    posting = engine(STAFF)

    entry = posting.simulate(sale("105.00", staff_id="ann"))

    assert journal(entry) == table("""
        DR clearing   105.00
        CR revenue    100.00 staff_id=ann
        CR tax_output   5.00
    """)


def test_given_items_are_used_as_they_are() -> None:
    """With items, each is taxed by its own category, else by the event's."""
    posting = engine()
    items = [{"amount": "105.00", "tax_category": "standard"}, {"amount": "110.00"}]

    entry = posting.simulate(sale("215.00", items=items, tax_category="reduced"))

    assert journal(entry) == table("""
        DR clearing   215.00
        CR revenue    200.00
        CR tax_output   5.00
        CR tax_output  10.00
    """)


def test_without_payments_one_is_made_of_payment_method_and_the_whole_total() -> None:
    """A sale paid by cash and not said how much is paid in full by cash."""
    posting = PostingEngine(books(OWN_SALE))

    entry = posting.simulate(sale("105.00", payment_method="cash"))

    assert journal(entry) == table("""
        DR cash       105.00
        CR revenue    100.00
        CR tax_output   5.00
    """)


def test_tip_fee_and_discount_are_zero_if_absent() -> None:
    """An own rule may read all three without `default`; they are 0."""
    posting = PostingEngine(
        books("on HERA.X.** { given tip_amount + fee_amount + discount_amount = 0"
              " debit cash total_amount + tip_amount + fee_amount"
              " credit clearing total_amount - discount_amount }")
    )  # fmt: skip

    entry = posting.simulate(event("HERA.X.Y.V1", "7.00"))

    assert journal(entry) == table("""
        DR cash     7.00
        CR clearing 7.00
    """)


def test_another_missing_field_is_an_error_with_its_path_and_the_nearest_name() -> None:
    """A field that a rule reads and the event lacks is never zero; the hint is the nearest name."""
    posting = PostingEngine(books(COMMISSION))

    error = refused(posting, event("HERA.HR.PAY.V1", "7.00", earnd="7.00"), "E_GUARDRAIL")

    assert paths(error) == ("business_context.earned",)
    assert error.hint == "did you mean `earnd`?"


def test_a_missing_field_of_an_item_is_an_error_with_its_path() -> None:
    """A field that a rule reads of each item is missed on the item that lacks it."""
    posting = PostingEngine(
        books("account expense 6000 expense\non HERA.POS.** {"
              " for item in items { debit expense item.cost credit cash item.cost } }")
    )  # fmt: skip
    items = [{"amount": "1.00", "cost": "0.50"}, {"amount": "1.00", "costs": "0.50"}]

    error = refused(posting, sale("2.00", items=items), "E_GUARDRAIL")

    assert paths(error) == ("business_context.items[1].cost",)
    assert error.hint == "did you mean `costs`?"


def test_a_missing_field_takes_the_default_a_rule_says() -> None:
    """`earned default 5.00` is 5.00 where the event has no such field, else the field."""
    posting = PostingEngine(books(COMMISSION.replace("earned", "earned default 5.00")))

    without = posting.simulate(event("HERA.HR.PAY.V1", "7.00"))
    given = posting.simulate(event("HERA.HR.PAY.V1", "7.00", earned="7.00"))

    assert journal(without) == "DR commission 5.00\nCR payable 5.00"
    assert journal(given) == "DR commission 7.00\nCR payable 7.00"


def test_normalisation_comes_before_a_users_own_rule() -> None:
    """An own rule reads the items, payments and tip that the event left unsaid."""
    posting = PostingEngine(books(OWN_SALE))

    entry = posting.simulate(sale("110.00", tip_amount="5.00", payment_method="card"))

    assert journal(entry) == table("""
        DR clearing     110.00
        CR revenue      100.00
        CR tax_output     5.00
        CR tips_payable   5.00
    """)


def test_explain_marks_what_was_made() -> None:
    """The story names the item and the payment that the event did not send."""
    posting = engine()

    made = posting.explain(sale("105.00")).made
    sent = posting.explain(
        sale("105.00", items=[{"amount": "105.00"}], payments=[{"amount": "105.00"}])
    ).made

    assert [text.partition(":")[0] for text in made] == ["items", "payments"]
    assert sent == ()


@pytest.mark.parametrize(
    ("quantity", "unit_price", "total"),
    [
        ("3", "33.335", "100.01"),
        ("3", "33.334", "100.00"),
        ("0.333333333333", "3", "1.00"),
        ("7", "0.000000000001", "0.00"),
    ],
)
def test_quantity_times_unit_price_is_rounded_once(
    quantity: str, unit_price: str, total: str
) -> None:
    """Half a minor unit is rounded up, and only the product is rounded."""
    posting = engine(TIPS)
    items = [{"quantity": quantity, "unit_price": unit_price}, {"amount": "1.00"}]
    whole = f"{int(total.replace('.', '')) + 100}"

    entry = posting.simulate(sale(f"{whole[:-2]}.{whole[-2:]}", items=items, tax_exempt=True))

    assert str(entry.lines[1].amount) == f"{whole[:-2]}.{whole[-2:]}"


def test_an_amount_that_contradicts_quantity_and_price_is_refused() -> None:
    """An item that states both must state the same; the specification asks for one of the two."""
    posting = engine()
    item = {"amount": "10.00", "quantity": "2", "unit_price": "4.00"}

    error = refused(posting, sale("10.00", items=[item]), "E_GUARDRAIL")

    assert paths(error) == ("business_context.items[0].amount",)


@pytest.mark.parametrize("item", [{}, {"quantity": "2"}, {"unit_price": "2.00"}])
def test_an_item_without_an_amount_is_refused(item: dict[str, object]) -> None:
    """An item needs an amount, or a quantity and a unit price; it is never zero."""
    posting = engine()

    error = refused(posting, sale("10.00", items=[item]), "E_GUARDRAIL")

    assert paths(error) == ("business_context.items[0]",)


def test_a_sale_amount_that_is_not_the_sum_of_the_items_is_unbalanced() -> None:
    """Both figures are in the error: 100.00 stated against 105.00 summed."""
    posting = engine()
    sent = sale("105.00", sale_amount="100.00", items=[{"amount": "105.00"}])

    error = refused(posting, sent, "E_UNBALANCED")

    assert (error.details["sale_amount"], error.details["items"]) == ("100.00", "105.00")


def test_a_sale_amount_is_compared_before_the_document_discount() -> None:
    """Items of 126.00 less 5.00 of their own are a sale of 121.00; 16.00 more are taken off it.

    "Their sum before the document discount" is read as the sum after the lines' own discounts.
    """
    posting = engine()
    items = [{"amount": "126.00", "discount": "5.00"}]
    sent = sale("105.00", sale_amount="121.00", items=items, discount_amount="16.00")

    entry = posting.simulate(sent)

    assert journal(entry) == table("""
        DR clearing   105.00
        CR revenue    100.00
        CR tax_output   5.00
    """)


def test_without_sale_amount_and_items_the_sale_is_the_total_less_the_tip() -> None:
    """110.00 with a tip of 5.00 is a sale of 105.00."""
    posting = engine(TIPS)

    entry = posting.simulate(sale("110.00", tip_amount="5.00"))

    assert journal(entry) == table("""
        DR clearing     110.00
        CR revenue      100.00
        CR tax_output     5.00
        CR tips_payable   5.00
    """)


def test_a_sale_amount_that_leaves_a_gap_to_the_total_is_unbalanced() -> None:
    """Sale 105.00 and tip 5.00 of a total of 111.00: E_UNBALANCED with both sides in figures."""
    posting = engine(TIPS)
    sent = event(REFUND, "111.00", sale_amount="105.00", tip_amount="5.00")

    error = refused(posting, sent, "E_UNBALANCED")

    equations = error.details["equations"]
    assert isinstance(equations, list)
    assert (equations[0]["left"], equations[0]["right"]) == ("111.00", "110.00")
    assert equations[0]["difference"] == "1.00"


def test_a_tip_above_the_total_is_refused() -> None:
    """A total from which the tip leaves less than nothing is no sale."""
    error = refused(engine(), sale("5.00", tip_amount="10.00"), "E_GUARDRAIL")

    assert paths(error) == ("total_amount",)
