"""Which side a line comes out on: refunds, negative totals, returns, negative amounts."""

import pytest

from hera_engine.engine import PostingEngine
from tests.unit.events.books import (
    REFUND,
    SALE,
    SETTLEMENT,
    SETTLING,
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

MIRRORED = table("""
    CR clearing   52.50
    DR revenue    50.00
    DR tax_output  2.50
""")

WAGES = """\
account wages   6000 expense
account payroll 2400 liability
on HERA.HR.** {
  given gross_pay = total_amount
  debit  wages   gross_pay  when total_amount > 0
  credit payroll gross_pay
}
"""

COMMISSIONS = """\
account commission 6100 expense
account payable    2500 liability
on HERA.POS.** {
  given total_amount = sum(gross(items))
  debit clearing total_amount
  for item in items {
    credit revenue    net(item)
    credit tax_output tax(item)
    debit  commission item.commission
    credit payable    item.commission
  }
}
"""

LEGS = """\
account expense 6000 expense
on HERA.FIN.** {
  given total_amount = sum(legs.amount)
  for leg in legs { debit expense leg.amount }
  credit cash total_amount
}
"""


def test_an_event_whose_rule_reverses_another_is_mirrored() -> None:
    """A refund posts what the sale posts, each line on the other side."""
    posting = engine()

    entry = posting.simulate(event(REFUND, "52.50"))

    assert journal(entry) == MIRRORED


def test_an_event_with_a_negative_total_is_mirrored() -> None:
    """A sale of minus 52.50 posts as a refund of 52.50, with positive amounts."""
    posting = engine()

    entry = posting.simulate(sale("-52.50"))

    assert journal(entry) == MIRRORED


def test_a_reversing_rule_and_a_negative_total_mirror_once() -> None:
    """A refund of 52.50 and of -52.50 post alike."""
    posting = engine()

    entry = posting.simulate(event(REFUND, "-52.50"))

    assert journal(entry) == MIRRORED


@pytest.mark.parametrize("sign", ["", "-"], ids=["all positive", "all with the total's sign"])
def test_components_are_all_positive_or_carry_the_totals_sign(sign: str) -> None:
    """The components of a negative event may carry its sign or be positive: both post alike."""
    posting = engine(TIPS)
    sent = sale(
        "-110.00",
        sale_amount=f"{sign}105.00",
        tip_amount=f"{sign}5.00",
        payments=[{"method": "card", "amount": f"{sign}110.00"}],
    )

    entry = posting.simulate(sent)

    assert journal(entry) == table("""
        CR clearing     110.00
        DR revenue      100.00
        DR tax_output     5.00
        DR tips_payable   5.00
    """)


@pytest.mark.parametrize(
    ("total", "sale_amount", "tip", "named"),
    [
        ("-110.00", "-105.00", "5.00", "business_context.tip_amount"),
        ("-110.00", "105.00", "-5.00", "business_context.sale_amount"),
        ("100.00", "105.00", "-5.00", "business_context.tip_amount"),
        ("105.00", "-105.00", "0", "business_context.sale_amount"),
    ],
)
def test_a_mixture_of_signs_is_refused(total: str, sale_amount: str, tip: str, named: str) -> None:
    """Components of both signs, or negative ones of a positive total, are E_GUARDRAIL."""
    posting = engine(TIPS)

    error = refused(posting, sale(total, sale_amount=sale_amount, tip_amount=tip), "E_GUARDRAIL")

    assert paths(error) == (named,)


def test_a_return_inside_a_sale_comes_out_on_the_other_side() -> None:
    """Items alone may have the opposite sign; their lines are on the other side, not netted."""
    posting = engine()
    items = [{"amount": "105.00"}, {"amount": "-21.00"}]

    entry = posting.simulate(sale("84.00", items=items))

    assert journal(entry) == table("""
        DR clearing    84.00
        CR revenue    100.00
        DR revenue     20.00
        CR tax_output   5.00
        DR tax_output   1.00
    """)


@pytest.mark.parametrize(
    ("code", "total", "first", "second"),
    [
        (SALE, "-84.00", "-105.00", "21.00"),
        (SALE, "-84.00", "105.00", "-21.00"),
        (REFUND, "84.00", "105.00", "-21.00"),
        (REFUND, "-84.00", "-105.00", "21.00"),
    ],
)
def test_a_return_inside_a_negative_sale_is_the_mirror_of_one_inside_a_sale(
    code: str, total: str, first: str, second: str
) -> None:
    """Sent with the total's sign or positive, as a refund or negative, all flips, once."""
    posting = engine()

    entry = posting.simulate(event(code, total, items=[{"amount": first}, {"amount": second}]))

    assert journal(entry) == table("""
        CR clearing    84.00
        DR revenue    100.00
        CR revenue     20.00
        DR tax_output   5.00
        CR tax_output   1.00
    """)


def test_an_exchange_without_money_posts_its_items() -> None:
    """A zero total with items is an event; the clearing line of zero is dropped."""
    posting = engine()
    items = [{"amount": "21.00"}, {"amount": "-21.00"}]

    entry = posting.simulate(sale("0.00", items=items))

    assert journal(entry) == table("""
        CR revenue    20.00
        DR revenue    20.00
        CR tax_output  1.00
        DR tax_output  1.00
    """)


def test_a_negative_line_posts_on_the_other_side() -> None:
    """A line whose amount comes out negative posts its absolute value on the other side."""
    posting = engine(SETTLING)
    sent = event(SETTLEMENT, "1.00", fee_amount="3.00")

    entry = posting.simulate(sent)

    assert journal(entry) == table("""
        CR bank     2.00
        DR fees     3.00
        CR clearing 1.00
    """)


def test_explain_says_that_a_line_was_turned() -> None:
    """The story of a line whose amount came out negative says so."""
    posting = engine(SETTLING)
    sent = event(SETTLEMENT, "1.00", fee_amount="3.00")

    story = str(posting.explain(sent))

    assert story.count("the amount came out negative: posted on the other side") == 1


def test_explain_says_that_an_event_is_mirrored() -> None:
    """The story of a refund says that every side is flipped; that of a sale does not."""
    posting = engine()

    refund, sold = posting.explain(event(REFUND, "52.50")), posting.explain(sale("52.50"))

    assert (refund.mirrored, sold.mirrored) == (True, False)
    assert "mirrored" in str(refund)


@pytest.mark.parametrize("gross_pay", ["800.00", "-800.00"])
def test_rules_see_a_negative_event_as_positive(gross_pay: str) -> None:
    """Conditions and amounts of an own rule see total and own fields positive, then all flips."""
    posting = PostingEngine(books(WAGES))

    entry = posting.simulate(event("HERA.HR.PAY.V1", "-800.00", gross_pay=gross_pay))

    assert journal(entry) == table("""
        CR wages   800.00
        DR payroll 800.00
    """)


def test_own_fields_of_a_negative_event_carry_one_sign() -> None:
    """Own fields of both signs in a negative event are a mixture: E_GUARDRAIL."""
    posting = PostingEngine(
        books(
            "account wages 6000 expense\naccount payroll 2400 liability\n"
            "on HERA.HR.** { debit wages basic debit wages bonus "
            "credit payroll basic credit payroll bonus }"
        )
    )

    error = refused(
        posting, event("HERA.HR.PAY.V1", "-90.00", basic="-100.00", bonus="10.00"), "E_GUARDRAIL"
    )

    assert paths(error) == ("business_context.bonus",)


def test_own_fields_carry_the_sign_of_the_known_components() -> None:
    """An own positive field beside known negative components is a mixture: E_GUARDRAIL."""
    posting = PostingEngine(
        books(
            "account payroll 2400 liability\n"
            "on HERA.HR.** { debit cash extra credit payroll extra }"
        )
    )
    sent = event("HERA.HR.PAY.V1", "-90.00", fee_amount="-1.00", extra="10.00")

    error = refused(posting, sent, "E_GUARDRAIL")

    assert paths(error) == ("business_context.extra",)


def test_own_fields_of_items_are_turned_with_the_event() -> None:
    """A commission of -10.00 on an item of a negative sale is 10.00 to the rule, then flips."""
    posting = PostingEngine(books(COMMISSIONS))
    item = {"amount": "-105.00", "commission": "-10.00"}

    entry = posting.simulate(sale("-105.00", items=[item]))

    assert journal(entry) == table("""
        CR clearing   105.00
        DR revenue    100.00
        DR tax_output   5.00
        CR commission  10.00
        DR payable     10.00
    """)


@pytest.mark.parametrize("sign", ["", "-"])
def test_own_collections_are_turned_with_the_event(sign: str) -> None:
    """Members of an own list and their sum are seen positive in a negative event."""
    posting = PostingEngine(books(LEGS))
    legs = [{"amount": f"{sign}30.00"}, {"amount": f"{sign}12.00"}]

    entry = posting.simulate(event("HERA.FIN.COST.V1", "-42.00", legs=legs))

    assert journal(entry) == table("""
        CR expense 42.00
        DR cash    42.00
    """)


def test_the_header_keeps_the_totals_sign() -> None:
    """The total of the header is the event's, sign and all."""
    posting = engine()

    entry = posting.simulate(sale("-52.50"))

    assert entry.to_dict()["header"]["total_amount"] == "-52.50"  # type: ignore[index]


def test_conditions_see_own_fields_of_a_negative_event_as_positive() -> None:
    """A bonus of -10.00 in a negative event meets the condition `bonus > 0`."""
    posting = PostingEngine(
        books(
            "account payroll 2400 liability\n"
            "on HERA.HR.** { debit cash bonus when bonus > 0  credit payroll bonus when bonus > 0 }"
        )
    )

    entry = posting.simulate(event("HERA.HR.PAY.V1", "-10.00", bonus="-10.00"))

    assert journal(entry) == table("""
        CR cash    10.00
        DR payroll 10.00
    """)
