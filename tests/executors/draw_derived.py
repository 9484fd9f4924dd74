"""Derived values drawn at random, for the dimensions and fields that drawn events have."""

from typing import Final

from tests.executors.dice import Dice

MAPS: Final = """\
map unit_of(kind) { "product" -> "WEB", "voucher" -> refuse, else -> "BR-01" }
map desk_of(kind, method) { "a", "cash" -> "EMP-9", *, "card" -> "EMP-2", else -> "EMP-1" }
map taxed_as(kind) { "product" -> "reduced", "b" -> "zero", else -> "standard" }
map since(kind) { * -> "OLD" to 2025-03-31, * -> "NEW" from 2025-04-01 }
"""
VALUES: Final = (
    'derive org_unit = unit_of(kind default "service")',
    "derive org_unit = unit_of(item.kind)",
    "derive org_unit on HERA.POS.SALE.** = unit_of(kind)",
    'derive staff_id = desk_of(item.kind, payment_method default "cash")',
    'derive staff_id = desk_of(kind default "a", item.kind default "b")',
    "derive staff_id on HERA.POS.** = desk_of(org_unit, currency)",
    "derive channel = since(staff_id)",
    "derive channel = unit_of(unit_of(item.kind))",
    'derive tax_category = taxed_as(item.kind default "x")',
    "derive tax_category = taxed_as(kind)",
)


def drawn_derivations(dice: Dice) -> str:
    """Return some derived values with their maps."""
    return "\n".join((MAPS.rstrip(), *dice.some(VALUES, least=1)))
