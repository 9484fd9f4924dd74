"""Pools of distinct events: no memo of the engine, nor of a processor, has seen the next one."""

from collections.abc import Callable
from random import Random
from typing import Final

Event = dict[str, object]

STAFF: Final = ("EMP-001", "EMP-002", "EMP-003", "EMP-004")
CATEGORIES: Final = ("standard", "reduced", "luxury")
ITEMS_OF_CART: Final = 20
ITEMS_OF_INVOICE: Final = 1_000


def money(units: int) -> str:
    """Return cents as the decimal string that an event carries."""
    return f"{units // 100}.{units % 100:02d}"


def _event(code: str, number: int, total: int, context: Event) -> Event:
    return {
        "organization_id": "org-1",
        "event_smart_code": code,
        "total_amount": money(total),
        "currency": "USD",
        "transaction_date": f"2025-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
        "external_reference": f"R-{number:06d}",
        "business_context": context,
    }


def sale(random: Random, number: int, code: str = "HERA.POS.SALE.V1") -> Event:
    """Return a sale: one amount, one tip."""
    amount, tip = random.randrange(100, 5_000_000), random.randrange(1, 5_000)
    context: Event = {
        "sale_amount": money(amount),
        "tip_amount": money(tip),
        "org_unit": f"BR-{number % 7:02d}",
        "staff_id": STAFF[number % 4],
    }
    return _event(code, number, amount + tip, context)


def cart(random: Random, number: int, items: int = ITEMS_OF_CART) -> Event:
    """Return a cart: items of four staff and three rates, and a tip."""
    amounts = [random.randrange(100, 90_000) for _ in range(items)]
    tip = random.randrange(1, 5_000)
    rows = [
        {
            "amount": money(amount),
            "tax_category": CATEGORIES[index % 3],
            "staff_id": STAFF[index % 4],
        }
        for index, amount in enumerate(amounts)
    ]
    context: Event = {
        "items": rows, "tip_amount": money(tip), "org_unit": f"BR-{number % 7:02d}"
    }  # fmt: skip
    return _event("HERA.POS.CART.V1", number, sum(amounts) + tip, context)


def invoice(random: Random, number: int, items: int = ITEMS_OF_INVOICE) -> Event:
    """Return an invoice whose items are all of other products."""
    amounts = [random.randrange(100, 90_000) for _ in range(items)]
    rows = [
        {
            "amount": money(amount),
            "tax_category": CATEGORIES[index % 3],
            "product_id": f"SKU-{number:03d}-{index:05d}",
        }
        for index, amount in enumerate(amounts)
    ]
    context: Event = {"items": rows, "org_unit": f"BR-{number % 7:02d}"}
    return _event("HERA.SALES.INVOICE.V1", number, sum(amounts), context)


def contract(random: Random, number: int) -> Event:
    """Return a sale in euros for books in pounds, a part of it deferred."""
    amount = random.randrange(100_00, 5_000_000)
    context: Event = {
        "org_unit": f"BR-{number % 7:02d}",
        "sale_amount": money(amount),
        "deferred_amount": money(amount // random.randrange(2, 9)),
    }
    event = _event("HERA.SALES.CONTRACT.V1", number, amount, context)
    rate = f"0.8{random.randrange(1000):03d}".rstrip("0")
    return {**event, "currency": "EUR", "base_currency": "GBP", "exchange_rate": rate}


def staged_sale(random: Random, number: int) -> Event:
    """Return the sale that three own stages look at."""
    return sale(random, number)


MAKERS: Final[dict[str, Callable[[Random, int], Event]]] = {
    "sale": sale,
    "cart": cart,
    "invoice": invoice,
    "books": contract,
    "staged": staged_sale,
}
"""What makes an event, by the name of its schema."""


def pool(name: str, count: int, seed: int = 20_260_101) -> list[Event]:
    """Return so many distinct events of a schema, always the same."""
    random = Random(f"{name}{seed}")
    return [MAKERS[name](random, number) for number in range(count)]
