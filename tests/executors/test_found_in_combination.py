"""What features found together that each alone does not: rules with their events."""

from typing import Final

from hera_engine import JournalEntry
from tests.executors.test_found import ACCOUNTS, sale
from tests.executors.twins import Twins

TAXED: Final = """\
tax profile p {
  jurisdiction AE
  prices exclusive
  rounding line
  default standard
  rate standard 5% for standard
}
"""


def test_taxes_beside_a_return_that_come_to_nothing_have_the_side_of_their_figure() -> None:
    """Their base joins no line of another statement that stands on the other side."""
    rule = """\
on HERA.POS.SALE.V1 {
  debit fees sum(tax(items)) credit tax_output sum(tax(items))
  for item in items when item.amount > 5 { debit cash tax(item) credit tax_output tax(item) }
  debit cash total_amount credit revenue total_amount
}
"""
    twins = Twins.of(f"{ACCOUNTS}{TAXED}{rule}")
    sold = {"amount": "10.00"}

    for back in ("-10.04", "-9.96", "-1.00"):
        entry = twins.assert_alike(sale({"items": [sold, {"amount": back}]}))
        assert isinstance(entry, JournalEntry)
    assert twins.posts_itself(sale({"items": [sold, {"amount": "-1.00"}]}))


def test_taxes_of_prices_that_come_to_nothing_are_rounded_in_their_mode() -> None:
    """A sum of zero does not say whether the prices in it include their tax."""
    profile = TAXED.replace("rounding line", "rounding total").replace("5%", "20%")
    rule = """\
on HERA.POS.SALE.V1 {
  for item in items { debit clearing net(item) credit m(item.kind) net(item) }
  debit cash total_amount credit bank total_amount
}
"""
    chosen = 'map m(kind) { "a" -> revenue, "b" -> tips_payable, else -> fees }\n'
    twins = Twins.of(f"{ACCOUNTS}{profile}{chosen}{rule}")

    for said in ((True, True, True), (False, False, False), (True, False, True)):
        items = [
            {"amount": amount, "kind": kind, "tax_inclusive": mode}
            for amount, kind, mode in zip(("0.04", "0.03", "-0.07"), "abc", said, strict=True)
        ]
        assert isinstance(twins.assert_alike(sale({"items": items})), JournalEntry)
        assert twins.posts_itself(sale({"items": items}))
