"""The three expressions that expression engines are asked for, in whole cents.

What they get and give is checked, what they are asked is little: no validation of the event, no
lines, no dimensions, no balance.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from benchmarks import reference
from benchmarks.events import Event

TAX: Final = "(sale * 10 + 105) / 210"
"""Half-up tax of 5% within a price, where division drops the fraction."""


def facts_of(sales: Sequence[Event]) -> list[dict[str, int]]:
    """Return sale and tip of each event in cents, as they are handed to a peer."""
    found = []
    for event in sales:
        context: Any = event["business_context"]
        cents = {
            name: int(context[name].replace(".", "")) for name in ("sale_amount", "tip_amount")
        }
        found.append({"sale": cents["sale_amount"], "tip": cents["tip_amount"]})
    return found


def refuse_other(
    who: str,
    sales: Sequence[Event],
    evaluate: Callable[[Mapping[str, int]], Sequence[Any]],
) -> None:
    """Raise unless a peer gives tax, net and total of each sale in cents.

    Raises:
        AssertionError: With both.
    """
    for event, facts in zip(sales, facts_of(sales), strict=True):
        legs = {leg.account: leg.amount for leg in reference.expected("sale", event)}
        wanted = [
            legs.get(account, Fraction()) * 100 for account in ("tax_output", "revenue", "clearing")
        ]
        found = [Fraction(value) for value in evaluate(facts)]
        assert found == wanted, f"{who} gives {found} for {facts}, expected {wanted}"
