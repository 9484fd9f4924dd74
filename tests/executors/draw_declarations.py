"""Event declarations drawn at random, for the fields that drawn events have."""

from types import MappingProxyType
from typing import Final

from tests.executors.dice import Dice
from tests.executors.draw_lists import DECLARED

KINDS: Final = '"service", "product", "a", "b", "voucher", "other"'
FIELDS: Final = MappingProxyType(
    {
        "sale_amount": ("optional money",),
        "tip_amount": ("optional money", "money = 0"),
        "tax_amount": ("optional money",),
        "discount_amount": ("optional money",),
        "fee_amount": ("optional money", "money = 0"),
        "tax_inclusive": ("optional truth",),
        "tax_exempt": ("optional truth",),
        "tax_category": ("optional text", 'optional one of "standard", "reduced", "zero", "free"'),
        "payment_method": ("optional text", 'optional one of "cash", "card", "voucher"'),
        "tax_point_date": ("optional date",),
        "org_unit": ("optional text", 'text = "BR-09"', 'optional one of "BR-01", "BR-02"'),
        "staff_id": ("optional text", "optional text", "text"),
        "channel": ("optional text",),
        "customer_id": ("optional text",),
        "extra": ("money", "optional money", "money = 1.50", "signed money"),
        "ratio": ("number", "number = 2", "optional number"),
        "paid_in": ("optional text", 'text = "EUR"', 'optional one of "EUR", "USD", "JPY"'),
        "flag": ("truth = true", "truth = false", "optional truth", "truth"),
        "kind": (
            f'one of {KINDS} = "service"',
            f"optional one of {KINDS}",
            "text",
            "optional text",
        ),
        "note": ("optional text", 'text = "x"'),
        "due": ("optional date", "date = 2025-06-01", "date"),
    }
)
"""How a field of the context may be declared."""
ITEM: Final = MappingProxyType(
    {
        "amount": ("optional money",),
        "quantity": ("optional number",),
        "unit_price": ("optional number",),
        "discount": ("optional money",),
        "tax_category": ("optional text",),
        "tax_exempt": ("optional truth",),
        "staff_id": ("optional text", "optional text", "text"),
        "org_unit": ("optional text",),
        "kind": ("optional text", f"optional one of {KINDS}", 'text = "service"'),
        "weight": ("optional number", "optional money"),
        "lines": ("optional list of open { u: money }", "optional list of { u: money = 2 }"),
    }
)
PAYMENT: Final = MappingProxyType(
    {
        "amount": ("money",),
        "method": ("optional text", 'optional one of "cash", "card", "voucher"'),
        "reference": ("optional text",),
    }
)
HEADER: Final = (
    "total_amount: money", "external_reference: text", "external_reference: optional text",
    "transaction_date: date", 'currency: one of "USD", "JPY", "EUR"',
    "exchange_rate: optional number",
)  # fmt: skip


def drawn_declaration(dice: Dice, *, wild: bool) -> tuple[frozenset[str] | None, str]:
    """Return the fields that a context may have, None if any, and a declaration as text.

    Args:
        dice: What draws.
        wild: Whether lists of the caller's own are declared as well.
    """
    closed = dice.happens(2)
    names = list(FIELDS) if closed else dice.some(tuple(FIELDS))
    lines = [f"{name}: {dice.among(FIELDS[name])}" for name in names]
    lists = ["items", "payments"] if closed else dice.some(("items", "payments"))
    for name in lists:
        lines.append(f"{name}: {_list(dice, ITEM if name == 'items' else PAYMENT)}")
    own = ""
    if wild:
        own = dice.among(DECLARED)
        lines.append(own)
    if dice.happens(4):
        lines.append(dice.among(HEADER))
    given = "  given total_amount = total_amount\n" if dice.happens(5) else ""
    pattern = dice.one("HERA.POS.SALE.**", "HERA.POS.**", "HERA.POS.SALE.V1", "HERA.**")
    body = "".join(f"  {line}\n" for line in lines)
    text = f"event {pattern} {'' if closed else 'open '}{{\n{body}{given}}}\n"
    allowed = frozenset((*names, *lists, *((own.partition(":")[0],) if wild else ())))
    return allowed if closed else None, text


def _list(dice: Dice, fields: MappingProxyType[str, tuple[str, ...]]) -> str:
    """Return the type of a list of records."""
    closed = dice.happens(2)
    names = list(fields) if closed else dice.some(tuple(fields))
    members = "  ".join(f"{name}: {dice.among(fields[name])}" for name in names)
    return f"optional list of {'' if closed else 'open '}{{ {members} }}"
