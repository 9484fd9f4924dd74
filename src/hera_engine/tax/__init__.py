"""Tax: items and a profile in; net, tax and gross out, to the minor unit.

Enters: prices, categories and a date. Leaves: `TaxProfile` answers how an item is taxed,
`tax_items` works it out in whole minor units for posting rules, `compute_tax` does both for
callers without a journal. May import money and errors, not the language; everything is pure.

`category` holds the reasons, `rates` and `rate_mapping` one rate and how it is read, `profile`
the rates of a jurisdiction, `compute` the arithmetic, `items` and `document` its use alone.
"""

from hera_engine.tax.category import Reason
from hera_engine.tax.compute import TaxStep, price_includes_tax, tax_is_due, tax_items
from hera_engine.tax.document import (
    TaxComponent,
    TaxedItem,
    TaxResult,
    compute_tax,
    summary_text,
)
from hera_engine.tax.items import TaxItem
from hera_engine.tax.profile import (
    TaxProfile,
    TaxRounding,
    Treatment,
    exempt_treatment,
    validate_profile_mapping,
)
from hera_engine.tax.rates import TaxRate

__all__ = [
    "Reason",
    "TaxComponent",
    "TaxItem",
    "TaxProfile",
    "TaxRate",
    "TaxResult",
    "TaxRounding",
    "TaxStep",
    "TaxedItem",
    "Treatment",
    "compute_tax",
    "exempt_treatment",
    "price_includes_tax",
    "summary_text",
    "tax_is_due",
    "tax_items",
    "validate_profile_mapping",
]
