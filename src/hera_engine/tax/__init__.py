"""Tax: items and a profile in; net, tax and gross out, to the minor unit.

Enters: prices, categories and a date. Leaves: `TaxProfile` answers how an item is taxed,
`tax_items` works it out in whole minor units for posting rules, `compute_tax` does both for
callers without a journal. May import money and errors, not the language; everything is pure.

`category` holds the reasons, `rates` and `rate_mapping` one rate and how it is read, `profile`
the rates of a jurisdiction, `compute` the arithmetic, `items`, `results` and `document` its use
alone. Where several taxes stand side by side, `component` is one of them, `evaluate` the exact
arithmetic of an item, `rounding` and `settle` the way to whole units; `stated`, `spread`, `share`,
`prices`, `convert` and `cash` are taxes stated by others, discounts on the whole before and after
tax, prices alone, another currency, and coins. `borne` is what postings ask for, whichever of the
two a profile has.
"""

from hera_engine.tax.cash import CashPayable, cash_payable, cash_step_of
from hera_engine.tax.category import Reason
from hera_engine.tax.component import Component, ComponentKind, Tier
from hera_engine.tax.compute import TaxStep, price_includes_tax, tax_is_due, tax_items
from hera_engine.tax.convert import convert_taxes
from hera_engine.tax.document import compute_tax
from hera_engine.tax.items import TaxItem
from hera_engine.tax.prices import net_of_gross, remap_price
from hera_engine.tax.profile import (
    TaxProfile,
    TaxRounding,
    Treatment,
    exempt_treatment,
    validate_profile_mapping,
)
from hera_engine.tax.rates import TaxRate
from hera_engine.tax.results import TaxComponent, TaxedItem, TaxResult, summary_text
from hera_engine.tax.rounding import CashDifference, RoundingRule, Spread
from hera_engine.tax.share import DocumentShare, ShareComponent, share_of_document
from hera_engine.tax.spread import spread_charge, spread_discount

__all__ = [
    "CashDifference",
    "CashPayable",
    "Component",
    "ComponentKind",
    "DocumentShare",
    "Reason",
    "RoundingRule",
    "ShareComponent",
    "Spread",
    "TaxComponent",
    "TaxItem",
    "TaxProfile",
    "TaxRate",
    "TaxResult",
    "TaxRounding",
    "TaxStep",
    "TaxedItem",
    "Tier",
    "Treatment",
    "cash_payable",
    "cash_step_of",
    "compute_tax",
    "convert_taxes",
    "exempt_treatment",
    "net_of_gross",
    "price_includes_tax",
    "remap_price",
    "share_of_document",
    "spread_charge",
    "spread_discount",
    "summary_text",
    "tax_is_due",
    "tax_items",
    "validate_profile_mapping",
]
