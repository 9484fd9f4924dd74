"""Discounts: of a line and of the document, with and without a discount account."""

import pytest

from tests.unit.events.books import (
    DISCOUNT,
    REFUND,
    TIPS,
    engine,
    event,
    journal,
    paths,
    refused,
    sale,
    table,
)

STAFF = "dimensions staff_id\nrequire staff_id on revenue else error\n"
STAFF_BOTH = "dimensions staff_id\nrequire staff_id on 4* else error\n"


def test_a_line_discount_is_for_the_whole_line() -> None:
    """item.discount is taken off once, whatever the quantity: 2 × 55.00 − 5.00 = 105.00."""
    posting = engine()
    item = {"quantity": "2", "unit_price": "55.00", "discount": "5.00"}

    entry = posting.simulate(sale("105.00", items=[item]))

    assert journal(entry) == table("""
        DR clearing   105.00
        CR revenue    100.00
        CR tax_output   5.00
    """)


def test_a_document_discount_is_not_yet_taken_off() -> None:
    """Items of 126.00 with a document discount of 21.00 cost 105.00."""
    posting = engine()
    sent = sale("105.00", items=[{"amount": "126.00"}], discount_amount="21.00")

    entry = posting.simulate(sent)

    assert journal(entry) == table("""
        DR clearing   105.00
        CR revenue    100.00
        CR tax_output   5.00
    """)


def test_discounts_are_in_price_terms() -> None:
    """Where prices are net, so are the discounts: 120.00 − 15.00 − 5.00 is taxed with 5.00."""
    posting = engine(prices="exclusive")
    item = {"amount": "120.00", "discount": "15.00"}

    entry = posting.simulate(sale("105.00", items=[item], discount_amount="5.00"))

    assert journal(entry) == table("""
        DR clearing   105.00
        CR revenue    100.00
        CR tax_output   5.00
    """)


def test_a_document_discount_is_spread_by_amounts_before_line_discounts() -> None:
    """10.00 over 60.00 and 40.00 is 6.00 and 4.00, although the first line has its own 30.00."""
    posting = engine(STAFF)
    items = [
        {"amount": "60.00", "discount": "30.00", "staff_id": "ann"},
        {"amount": "40.00", "staff_id": "bob"},
    ]

    entry = posting.simulate(sale("60.00", items=items, discount_amount="10.00", tax_exempt=True))

    assert journal(entry) == table("""
        DR clearing 60.00
        CR revenue  24.00 staff_id=ann
        CR revenue  36.00 staff_id=bob
    """)


def test_a_document_discount_is_spread_by_largest_remainder() -> None:
    """0.50 over three equal items is 0.17, 0.17, 0.16: ties go to the earliest."""
    posting = engine(STAFF)
    items = [{"amount": "1.00", "staff_id": name} for name in ("ann", "bob", "cid")]

    entry = posting.simulate(sale("2.50", items=items, discount_amount="0.50", tax_exempt=True))

    assert journal(entry) == table("""
        DR clearing 2.50
        CR revenue  0.83 staff_id=ann
        CR revenue  0.83 staff_id=bob
        CR revenue  0.84 staff_id=cid
    """)


def test_returns_take_no_share_of_a_document_discount() -> None:
    """A document discount is spread over what is sold; a return keeps its price."""
    posting = engine(STAFF)
    items = [{"amount": "50.00", "staff_id": "ann"}, {"amount": "-10.00", "staff_id": "bob"}]

    entry = posting.simulate(sale("35.00", items=items, discount_amount="5.00", tax_exempt=True))

    assert journal(entry) == table("""
        DR clearing 35.00
        CR revenue  45.00 staff_id=ann
        DR revenue  10.00 staff_id=bob
    """)


def test_with_a_discount_account_revenue_is_the_net_before() -> None:
    """Revenue is the net of 126.00, discount the net before less the net after: 120.00 − 100.00."""
    posting = engine(DISCOUNT)

    entry = posting.simulate(sale("105.00", items=[{"amount": "126.00", "discount": "21.00"}]))

    assert journal(entry) == table("""
        DR clearing   105.00
        CR revenue    120.00
        DR discount    20.00
        CR tax_output   5.00
    """)


def test_a_discount_is_what_the_rounded_nets_differ_by() -> None:
    """10.00 less 1.00, tax in it: nets 10.00 − 0.48 and 9.00 − 0.43, so the discount is 0.95."""
    posting = engine(DISCOUNT)

    entry = posting.simulate(sale("9.00", items=[{"amount": "10.00"}], discount_amount="1.00"))

    assert journal(entry) == table("""
        DR clearing   9.00
        CR revenue    9.52
        DR discount   0.95
        CR tax_output 0.43
    """)


def test_a_discount_carries_the_dimensions_of_its_revenue() -> None:
    """Each item's discount line has the dimensions of the item's revenue line."""
    posting = engine(DISCOUNT, STAFF_BOTH)
    items = [
        {"amount": "126.00", "discount": "21.00", "staff_id": "ann"},
        {"amount": "63.00", "discount": "21.00", "staff_id": "bob"},
    ]

    entry = posting.simulate(sale("147.00", items=items))

    assert journal(entry) == table("""
        DR clearing   147.00
        CR revenue    120.00 staff_id=ann
        CR revenue     60.00 staff_id=bob
        DR discount    20.00 staff_id=ann
        DR discount    20.00 staff_id=bob
        CR tax_output   7.00
    """)


def test_a_total_alone_is_grossed_up_by_the_discount() -> None:
    """Neither sale_amount nor items: the sale is total − tip + discount, 110 − 5 + 21 = 126."""
    posting = engine(DISCOUNT, TIPS)

    entry = posting.simulate(sale("110.00", tip_amount="5.00", discount_amount="21.00"))

    assert journal(entry) == table("""
        DR clearing     110.00
        CR revenue      120.00
        DR discount      20.00
        CR tax_output     5.00
        CR tips_payable   5.00
    """)


def test_discounts_are_mirrored_with_the_sale() -> None:
    """A refund of a discounted sale debits revenue and credits the discount."""
    posting = engine(DISCOUNT)
    sent = event(REFUND, "105.00", items=[{"amount": "126.00", "discount": "21.00"}])

    entry = posting.simulate(sent)

    assert journal(entry) == table("""
        CR clearing   105.00
        DR revenue    120.00
        CR discount    20.00
        DR tax_output   5.00
    """)


@pytest.mark.parametrize("discount", ["21.00", "-21.00"])
def test_the_discount_of_a_returned_item_takes_less_off(discount: str) -> None:
    """A return of 126.00 bought with 21.00 off gives 105.00 back, whichever sign is sent."""
    posting = engine(DISCOUNT)
    items = [{"amount": "210.00"}, {"amount": "-126.00", "discount": discount}]

    entry = posting.simulate(sale("105.00", items=items))

    assert journal(entry) == table("""
        DR clearing   105.00
        CR revenue    200.00
        DR revenue    120.00
        CR discount    20.00
        CR tax_output  10.00
        DR tax_output   5.00
    """)


def test_a_discount_of_everything_posts_revenue_against_discount() -> None:
    """A free item leaves no money and no tax, but the revenue forgone is in the books."""
    posting = engine(DISCOUNT)

    entry = posting.simulate(sale("0.00", items=[{"amount": "105.00", "discount": "105.00"}]))

    assert journal(entry) == table("""
        CR revenue  100.00
        DR discount 100.00
    """)


@pytest.mark.parametrize(
    ("item", "document", "path"),
    [
        ({"amount": "10.00", "discount": "10.01"}, "0", "business_context.items[0].discount"),
        ({"amount": "10.00", "discount": "-1.00"}, "0", "business_context.items[0].discount"),
        ({"amount": "10.00", "discount": "5.00"}, "5.01", "business_context.discount_amount"),
    ],
)
def test_a_discount_above_what_it_is_taken_off_is_refused(
    item: dict[str, object], document: str, path: str
) -> None:
    """A discount larger than its line or its document, or below zero, is E_GUARDRAIL."""
    posting = engine()

    error = refused(posting, sale("5.00", items=[item], discount_amount=document), "E_GUARDRAIL")

    assert paths(error) == (path,)


def test_explain_tells_the_discount_of_each_item() -> None:
    """The story of a discount line names the field that the discount was read from."""
    posting = engine(DISCOUNT)

    story = str(posting.explain(sale("105.00", items=[{"amount": "126.00", "discount": "21.00"}])))

    assert "business_context.items[0].discount_net = 20.00" in story
