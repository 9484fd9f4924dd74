"""The schema in JSON form and the sales that the benchmark of the ledger posts."""

from random import Random
from typing import Final

from hera_engine import Account, PostingEngine

SCHEMA: Final[dict[str, object]] = {
    "ledgers": ["GL"],
    "accounts": {
        "revenue": "acc-4100",
        "tax_output": "acc-2200",
        "tips_payable": "acc-2300",
        "clearing": "acc-1100",
        "fees": "acc-5500",
    },
    "tax": {"profile_ref": "vat", "inclusive_prices": True, "rounding": "line"},
    "splits": {
        "dimensions": ["org_unit", "staff_id"],
        "rules": [
            {
                "event_pattern": "HERA\\.POS\\..*",
                "split_by": "staff_id",
                "allocation_method": "proportional",
            }
        ],
    },
    "dimension_requirements": [
        {
            "account_pattern": "^4.*",
            "required_dimensions": ["org_unit", "staff_id"],
            "enforcement": "error",
        }
    ],
    "payments": {"capture_type": "immediate", "open_item": False},
}
CHART: Final = tuple(
    Account(f"acc-{code}", code, name)
    for code, name in (
        ("4100", "Sales revenue"),
        ("2200", "Tax payable"),
        ("2300", "Tips payable"),
        ("1100", "Card clearing"),
        ("5500", "Payment fees"),
    )
)
PROFILE: Final[dict[str, object]] = {
    "id": "vat",
    "jurisdiction": "AE",
    "rates": {"standard": "5.0", "zero": "0", "exempt": None},
}
STAFF: Final = ("EMP-001", "EMP-002", "EMP-003", "EMP-004")


def engine() -> PostingEngine:
    """Return an engine for the benchmark schema."""
    return PostingEngine(SCHEMA, chart=CHART, tax_profiles=(PROFILE,))


def _cents(units: int) -> str:
    return f"{units // 100}.{units % 100:02d}"


def sales(count: int) -> list[dict[str, object]]:
    """Return distinct sales: one amount, one tip, tax inclusive."""
    random = Random(20260101)
    events: list[dict[str, object]] = []
    for number in range(count):
        sale, tip = random.randrange(100, 5_000_000), random.randrange(1, 5_000)
        events.append(
            {
                "organization_id": "org-1",
                "event_smart_code": "HERA.POS.SALE.V1",
                "total_amount": _cents(sale + tip),
                "currency": "USD",
                "business_context": {
                    "sale_amount": _cents(sale),
                    "tip_amount": _cents(tip),
                    "tax_inclusive": True,
                    "org_unit": f"BR-{number % 7:02d}",
                    "staff_id": STAFF[number % 4],
                },
            }
        )
    return events
