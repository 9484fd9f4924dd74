"""The standard rules: what a schema without rules of its own posts, written in the language.

They match codes with a segment SALE, REFUND or SETTLEMENT. Which sale rule applies depends on
how payments are captured and on whether the schema has a discount account; a line whose account
is missing stands in the rule all the same and is an error only when an event needs it.
"""

from types import MappingProxyType
from typing import Final

from hera_engine.dsl import nodes
from hera_engine.dsl.nodes import Capture
from hera_engine.rules.load import read_schema

REFUND_RULE: Final = "on HERA.**.REFUND.** reverses HERA.**.SALE.**\n"
"""A refund is the mirror of a sale."""

SETTLEMENT_RULE: Final = """\
on HERA.**.SETTLEMENT.** {
  debit  bank      (total_amount - fee_amount)
  debit  fees      fee_amount  when fee_amount > 0
  credit clearing  total_amount
}
"""
"""The provider pays out: total_amount is gross, the bank receives it less the fee."""

_TENDERS: Final = MappingProxyType(
    {
        Capture.IMMEDIATE: """\
  given total_amount = sum(payments.amount)
  for payment in payments { debit clearing payment.amount }
""",
        Capture.DEFERRED: """\
  for payment in payments { debit clearing payment.amount }
  debit receivable (total_amount - sum(payments.amount))
""",
        Capture.MANUAL: """\
  debit receivable total_amount
""",
    }
)

_REVENUE: Final = """\
  for item in items {
    credit revenue     net(item)
    credit tax_output  tax(item)
  }
"""

_REVENUE_AND_DISCOUNT: Final = """\
  for item in items {
    credit revenue     (net(item) + item.discount_net)
    debit  discount    item.discount_net
    credit tax_output  tax(item)
  }
"""


def standard_rules_of(document: nodes.Schema, *, coins: bool) -> tuple[nodes.Rule, ...]:
    """Return the standard rules for a schema without rules of its own, parsed.

    Args:
        document: The schema.
        coins: Whether payables are rounded to coins.
    """
    payments = document.payments or nodes.Payments()
    keys = frozenset(decl.key.text for decl in document.accounts)
    text = standard_rules(
        payments.capture,
        discount_account="discount" in keys,
        rounding_account="rounding" in keys,
        coins=coins,
    )
    found, faults = read_schema(text)
    assert found is not None, f"the standard rules do not parse: {faults}"
    return found.rules


def standard_rules(
    capture: Capture,
    *,
    discount_account: bool,
    rounding_account: bool = False,
    coins: bool = False,
) -> str:
    """Return the text of the standard rules for a schema, in the order they are tried.

    Args:
        capture: When the money of a sale arrives.
        discount_account: Whether the schema has an account for discounts.
        rounding_account: Whether it has one for what rounding leaves over; else revenue takes it.
        coins: Whether payables are rounded to coins.
    """
    revenue = _REVENUE_AND_DISCOUNT if discount_account else _REVENUE
    rounded = " + cash_rounding" if coins else ""
    taker = "rounding" if rounding_account else "revenue"
    difference = f"  credit {taker} cash_rounding when cash_rounding != 0\n" if coins else ""
    sale = (
        "on HERA.**.SALE.** {\n"
        f"  given total_amount = sum(gross(items)) + tip_amount{rounded}\n"
        f"{_TENDERS[capture]}{revenue}"
        "  credit tips_payable tip_amount when tip_amount > 0\n"
        f"{difference}"
        "}\n"
    )
    return "\n".join((REFUND_RULE, SETTLEMENT_RULE, sale))
