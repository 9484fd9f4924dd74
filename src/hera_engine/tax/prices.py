"""Prices beside a document: the net that taxes bring up to a gross, and a move to other taxes."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from hera_engine.tax.component import Component, component_fault
from hera_engine.tax.evaluate import Levy, Quantity, Shape, evaluate, levies_of
from hera_engine.tax.items import exact_number

Price = Decimal | Fraction | int | str
"""An exact number; a text is decimal."""


def net_of_gross(
    components: Sequence[Component], gross: Price, quantity: Quantity | None = None
) -> Fraction:
    """Return the net to which components add up to a gross, exactly, included or not.

    >>> vat = Component(code="VAT", rate=Decimal(20))
    >>> net_of_gross([vat], "120.00")
    Fraction(100, 1)

    Args:
        components: In the order of the profile.
        gross: In currency units.
        quantity: For the components of a fixed amount; None for one unit.

    Raises:
        HeraError: E_TAX_PROFILE as for `evaluate`, and for a tiered component that adds to the
            gross; E_GUARDRAIL for a gross that is a float or no number.
    """
    price = exact_number(gross, "the gross")
    levies = tuple(
        Levy(levy.component, levy.component.is_paid)
        for levy in levies_of(components, inclusive=True)
    )
    for levy in levies:
        if levy.inclusive and levy.component.tiers and not levy.component.is_nought:
            reason = "is tiered, and no net is found from a gross that holds a tiered tax"
            raise component_fault(levy.component.code, reason, "begin with the net")
    return Fraction(evaluate(Shape.of(levies), price, quantity or Quantity()).net)


def remap_price(price: Price, old: Sequence[Component], new: Sequence[Component]) -> Fraction:
    """Return a unit price that includes the new components instead of the old ones.

    A price that some of the old components come on top of stays as it is: it is a net price.

    Args:
        price: Of one unit, in currency units.
        old: Components that the price is given with.
        new: Components that it is to be given with.

    Raises:
        HeraError: E_TAX_PROFILE as for `evaluate`; E_GUARDRAIL for a price that is a float or no
            number.
    """
    exact = exact_number(price, "the price")
    before = levies_of(old, inclusive=False)
    if not all(levy.inclusive for levy in before):
        return exact
    one = Quantity(negative=exact < 0)
    net = Fraction(evaluate(Shape.of(before), exact, one).net)
    after = levies_of(new, inclusive=False)
    outside = tuple(Levy(levy.component, inclusive=False) for levy in after)
    charges = evaluate(Shape.of(outside), net, one).charges
    pairs = zip(after, charges, strict=True)
    return net + sum((charge.tax for levy, charge in pairs if levy.inclusive), Fraction())
