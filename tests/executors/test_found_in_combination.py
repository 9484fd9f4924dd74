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
