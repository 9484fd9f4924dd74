"""Payables in coins: the total is rounded to the smallest one, the difference has its place."""

import pytest

from hera_engine import PostingEngine
from hera_engine.errors import HeraError, PostingRejected
from tests.unit.events.books import journal, table

ACCOUNTS = """\
ledgers GL
account clearing   1910 asset
account revenue    3000 revenue
account tax_output 2610 liability
account tips_payable 2700 liability
"""
ROUNDING = "account rounding 3740 revenue\n"


def kiosk(*, step: str = "step 1.00", accounts: str = ROUNDING, rule: str = "") -> PostingEngine:
    """Return the engine of a kiosk at 25 %, prices inclusive."""
    profile = f"prices inclusive rounding swedish {step} rate standard 25%"
    return PostingEngine(f"{ACCOUNTS}{accounts}tax profile se {{ {profile} }}\nuse tax se\n{rule}")


def sale(total: str, amount: str, currency: str = "SEK", **context: object) -> dict[str, object]:
    """Return a sale of one item."""
    return {
        "organization_id": "org-1",
        "event_smart_code": "HERA.KIOSK.SALE.V1",
        "currency": currency,
        "total_amount": total,
        "business_context": {"items": [{"amount": amount}], **context},
    }


UP = table("""
    DR clearing   100.00
    CR revenue     79.68
    CR tax_output  19.92
    CR rounding     0.40
""")


@pytest.mark.parametrize("total", ["99.60", "100.00"])
def test_the_total_may_be_stated_before_or_after(total: str) -> None:
    """99.60 is paid as 100.00, whichever of the two the event says."""
    assert journal(kiosk().simulate(sale(total, "99.60"))) == UP


def test_what_rounding_takes_is_debited() -> None:
    """99.40 is paid as 99.00."""
    entry = kiosk().simulate(sale("99.40", "99.40"))

    assert journal(entry) == table("""
        DR clearing   99.00
        CR revenue    79.52
        CR tax_output 19.88
        DR rounding    0.40
    """)


def test_the_difference_goes_to_revenue_without_an_account() -> None:
    """0.40 more revenue, on a line that merges with the sale's."""
    entry = kiosk(accounts="").simulate(sale("99.60", "99.60"))

    assert journal(entry) == table("""
        DR clearing   100.00
        CR revenue     80.08
        CR tax_output  19.92
    """)


def test_a_refund_in_coins_is_the_mirror() -> None:
    """Minus 99.60 is paid back as 100.00."""
    entry = kiosk().simulate(sale("-99.60", "-99.60"))

    assert journal(entry) == table("""
        CR clearing   100.00
        DR revenue     79.68
        DR tax_output  19.92
        DR rounding     0.40
    """)


def test_what_is_paid_to_the_cent_is_not_rounded() -> None:
    """A card pays 99.60."""
    entry = kiosk().simulate(
        sale("99.60", "99.60", payments=[{"method": "card", "amount": "99.60"}])
    )

    assert journal(entry) == table("""
        DR clearing   99.60
        CR revenue    79.68
        CR tax_output 19.92
    """)


@pytest.mark.parametrize(("method", "paid"), [("card", "99.60"), ("Cash", "100.00")])
def test_only_cash_is_rounded(method: str, paid: str) -> None:
    """A payment method that is no cash leaves a total that is stated before rounding."""
    entry = kiosk().simulate(sale("99.60", "99.60", payment_method=method))

    assert str(entry.lines[0].amount) == paid


def test_what_is_paid_later_is_not_rounded() -> None:
    """An invoice under deferred payments is owed to the cent."""
    later = "account receivable 1510 asset\npayments deferred settle 30 days\n"
    event = {**sale("99.60", "99.60"), "transaction_date": "2026-01-31"}

    entry = kiosk(accounts=ROUNDING + later).simulate(event)

    assert str(entry.lines[0].amount) == "99.60"


def test_payments_in_coins_are_what_is_paid() -> None:
    """Cash of 100.00 for a total of 99.60."""
    entry = kiosk().simulate(
        sale("99.60", "99.60", payments=[{"method": "cash", "amount": "100.00"}])
    )

    assert journal(entry) == UP


@pytest.mark.parametrize(
    ("mode", "paid"), [("up", "100.00"), ("down", "99.00"), ("half_up", "99.00")]
)
def test_coins_are_rounded_by_the_mode(mode: str, paid: str) -> None:
    """99.40 up, down, and to the nearest."""
    entry = kiosk(step=f"step 1.00 {mode}").simulate(sale("99.40", "99.40"))

    assert str(entry.lines[0].amount) == paid


def test_the_largest_tax_may_take_the_difference() -> None:
    """The tax is 0.40 more, the net stays."""
    entry = kiosk(step="step 1.00 to largest_tax").simulate(sale("99.60", "99.60"))

    assert journal(entry) == table("""
        DR clearing   100.00
        CR revenue     79.68
        CR tax_output  20.32
    """)
    story = str(kiosk(step="step 1.00 to largest_tax").explain(sale("99.60", "99.60")))
    assert "0.40 is put on standard of business_context.items[0]" in story


def test_the_tip_is_part_of_the_payable() -> None:
    """90.20 and a tip of 9.00 are 99.20, paid as 99.00."""
    entry = kiosk().simulate(sale("99.20", "90.20", tip_amount="9.00"))

    assert str(entry.lines[0].amount) == "99.00"


@pytest.mark.parametrize(
    ("currency", "total", "paid"), [("SEK", "9.60", "10.00"), ("CHF", "9.63", "9.65")]
)
def test_some_currencies_have_a_smallest_coin(currency: str, total: str, paid: str) -> None:
    """A krona, and five centimes."""
    entry = kiosk(step="").simulate(sale(total, total, currency))

    assert str(entry.lines[0].amount) == paid


def test_other_currencies_must_say_their_coin() -> None:
    """Nobody knows what is the smallest coin of the dollar."""
    with pytest.raises(HeraError) as caught:
        kiosk(step="").simulate(sale("9.60", "9.60", "USD"))

    assert caught.value.code == "E_TAX_PROFILE"
    assert caught.value.hint == "say the smallest coin: `step 0.05`, in the JSON form `cash_step`"


def test_a_total_that_is_neither_is_refused() -> None:
    """99.00 is neither 99.60 nor 100.00."""
    with pytest.raises(PostingRejected) as caught:
        kiosk().simulate(sale("99.00", "99.60"))

    assert caught.value.code == "E_UNBALANCED"


def test_own_rules_post_the_difference_where_they_say_so() -> None:
    """A rule that reads cash_rounding posts it."""
    rule = """\
on HERA.KIOSK.** {
  given total_amount = sum(gross(items)) + cash_rounding
  debit clearing total_amount
  for item in items { credit revenue net(item)  credit tax_output tax(item) }
  credit rounding cash_rounding
}
"""
    assert journal(kiosk(rule=rule).simulate(sale("99.60", "99.60"))) == UP


def test_own_rules_that_do_not_ask_for_it_are_not_rounded() -> None:
    """An invoice of the same business is owed to the cent."""
    rule = """\
on HERA.KIOSK.** {
  given total_amount = sum(gross(items))
  debit clearing total_amount
  for item in items { credit revenue net(item)  credit tax_output tax(item) }
}
"""
    assert str(kiosk(rule=rule).simulate(sale("99.60", "99.60")).lines[0].amount) == "99.60"


def test_the_largest_of_several_taxes_takes_the_difference() -> None:
    """Of 20.00 at 25 % and 60.40 at 12 % the food bears most: 6.47, and 0.40 less."""
    posting = PostingEngine(
        f"{ACCOUNTS}tax profile se {{ prices inclusive rounding swedish step 1.00 to largest_tax "
        "rate standard 25% rate food 12% }\nuse tax se\n"
    )
    items = [{"amount": "20.00"}, {"amount": "30.00", "tax_category": "food"},
             {"amount": "30.40", "tax_category": "food"}]  # fmt: skip

    entry = posting.simulate({**sale("80.40", "0"), "business_context": {"items": items}})

    taxes = [(line.tax.code, str(line.amount)) for line in entry.lines if line.tax]
    assert taxes == [("standard", "4.00"), ("food", "6.07")]


def test_a_group_is_not_taken_for_the_largest_tax() -> None:
    """A component whose group has the code of another is not that one."""
    profile = {
        "id": "P", "inclusive_prices": False, "rounding": "swedish", "cash_step": "1.00",
        "cash_to": "largest_tax",
        "components": [{"code": "GST", "rate": "10"}, {"code": "X", "rate": "5", "group": "GST2"}],
        "component_categories": {"a": ["GST"], "b": ["X"]},
    }  # fmt: skip
    posting = PostingEngine(f'{ACCOUNTS}use tax "P"\n', tax_profiles=[profile])
    items = [{"amount": "10.30", "tax_category": "b"}, {"amount": "20.00", "tax_category": "a"}]

    entry = posting.simulate({**sale("32.82", "0"), "business_context": {"items": items}})

    assert str(entry.lines[0].amount) == "33.00"
    taxes = {line.tax.code: str(line.amount) for line in entry.lines if line.tax}
    assert taxes == {"GST": "2.18", "X": "0.52"}


@pytest.mark.parametrize("total", ["99.60", "100.00"])
def test_a_stated_tax_proves_the_price_mode_before_and_after_rounding(total: str) -> None:
    """19.92 stated in 99.60, whichever total is sent."""
    assert journal(kiosk().simulate(sale(total, "99.60", tax_amount="19.92"))) == UP


def test_a_rule_that_rounds_knows_its_items_whatever_it_posts() -> None:
    """A rule of totals alone is rounded by what its items cost."""
    rule = """\
on HERA.KIOSK.** {
  given total_amount = sale_amount + tip_amount + cash_rounding
  debit clearing total_amount
  credit revenue sale_amount
  credit tips_payable tip_amount
  credit rounding cash_rounding
}
"""
    entry = kiosk(rule=rule).simulate(sale("99.60", "90.00", tip_amount="9.60"))

    found = {line.account.key: str(line.amount) for line in entry.lines}
    assert found == {
        "clearing": "100.00", "revenue": "90.00", "tips_payable": "9.60", "rounding": "0.40",
    }  # fmt: skip


def test_what_is_withheld_is_not_paid_in_coins() -> None:
    """118.80 less 2.00 withheld is 116.80, paid as 117.00."""
    rule = """\
on HERA.KIOSK.** {
  given total_amount = sum(gross(items)) - sum(withheld(items)) + cash_rounding
  debit clearing total_amount
  for item in items {
    credit revenue    net(item)
    credit tax_output tax(item)
    debit  claimed    withheld(item)
  }
  credit rounding cash_rounding
}
"""
    posting = PostingEngine(
        f"{ACCOUNTS}{ROUNDING}account claimed 1600 asset\n"
        "tax profile se { prices exclusive rounding swedish step 1.00 "
        f"component V 18.8% component W 2% withheld }}\nuse tax se\n{rule}"
    )

    entry = posting.simulate(sale("116.80", "100.00"))

    assert str(entry.lines[0].amount) == "117.00"
    assert [str(line.amount) for line in entry.lines if line.account.key == "rounding"] == ["0.20"]
