"""Why an item bears tax or none, and the categories that the short form of a profile knows.

A *category* is the kind of supply, in the words of the profile (``services.standard``). A
*reason* is what follows from it: a closed list, so that zero, exempt, out of scope and reverse
charge stay apart although each of them charges nothing.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Reason(StrEnum):
    """Why tax is charged, or why it is not."""

    STANDARD = "standard"
    """Taxed at a percentage above zero, whether the full or a reduced one."""
    ZERO = "zero"
    """Taxed, at nought per cent."""
    EXEMPT = "exempt"
    """Not taxed by a rule of the law."""
    REVERSE_CHARGE = "reverse_charge"
    """The customer accounts for the tax in the supplier's place."""
    INTRA_COMMUNITY = "intra_community"
    """Goods to a registered buyer in another member state of the union."""
    EXPORT = "export"
    """Goods that leave the territory of the tax."""
    OUT_OF_SCOPE = "out_of_scope"
    """Not a supply that the tax is about."""

    @property
    def charges_tax(self) -> bool:
        """Whether an amount of tax is due from the customer on this document."""
        return self is _STANDARD

    @property
    def code(self) -> str:
        """The category code that an electronic invoice carries for this reason.

        Source: EN 16931-1, BT-118 and BT-151, which take their codes from UN/CEFACT's code list
        UNCL5305.
        """
        return EN16931_CODES[self]


_STANDARD: Final = Reason.STANDARD

# SOURCE: EN 16931-1, business terms BT-118 and BT-151: the subset of UNCL5305 it allows, without
# the two codes for the islands of one member state (L, M) and that of the split payment (B).
EN16931_CODES: Final[Mapping[Reason, str]] = MappingProxyType(
    {
        Reason.STANDARD: "S",
        Reason.ZERO: "Z",
        Reason.EXEMPT: "E",
        Reason.REVERSE_CHARGE: "AE",
        Reason.INTRA_COMMUNITY: "K",
        Reason.EXPORT: "G",
        Reason.OUT_OF_SCOPE: "O",
    }
)

STANDARD_CODE: Final = "standard"
ZERO_CODE: Final = "zero"
EXEMPT_CODE: Final = "exempt"
REVERSE_CHARGE_CODE: Final = "reverse_charge"

REVERSE_CHARGE_CATEGORIES: Final = ("services.imported", "goods.imported_b2b", "reverse_charge")
"""What a reverse charge is for unless it says otherwise, as in the origin system."""

SHORT_CATEGORIES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        ZERO_CODE: ("goods.export",),
        EXEMPT_CODE: ("services.financial",),
        REVERSE_CHARGE_CODE: REVERSE_CHARGE_CATEGORIES,
    }
)
"""What the rates of a short profile are for, as in the origin system."""
