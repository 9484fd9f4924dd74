"""Adapters for tax: profiles, categories, summaries, and documents of plain percentages."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from hera_engine.tax import Reason, TaxProfile, compute_tax, summary_text
from tests.vectors.cases import Case, Unordered

SHORT_PROFILE: Final[Mapping[str, object]] = MappingProxyType(
    {
        "inclusive_prices": False,
        "rounding_method": "line",
        "reverse_charge_applicable": True,
        "rates": {"standard": "5.0", "zero": "0", "exempt": None},
    }
)
"""A profile in the short form, as the origin's categories presume one."""


def tax_resolution(case: Case) -> object:
    """Answer with the taxes of items under a profile in the short form."""
    result = compute_tax(
        TaxProfile.from_mapping(case.inputs["profile"]),
        case.inputs["items"],
        counterparty=bool(case.inputs.get("customer_entity")),
    )
    items = [
        {
            "net": item.net,
            "tax": item.tax,
            "gross": item.gross,
            "rate": item.components[0].rate if item.components else Decimal(0),
            "reverse_charge": item.reverse_charge,
        }
        for item in result.items
    ]
    totals = {"net": result.net, "tax": result.tax, "gross": result.gross}
    return {"items": items, "totals": {**totals, "tax_by_rate": result.by_rate}}


def tax_category_rate(case: Case) -> object:
    """Answer with the rate of a category: the standard one by name, any other in figures."""
    treatment = TaxProfile.from_mapping(SHORT_PROFILE).resolve(case.inputs["category"], None)
    charged = treatment.reason is Reason.STANDARD
    return {"rate": treatment.code if charged else treatment.percent}


def tax_reverse_charge_categories(case: Case) -> object:
    """Answer with the categories whose tax the customer accounts for, if all conditions hold."""
    flag = case.inputs["profile_flag"]
    allowing = TaxProfile.from_mapping({**SHORT_PROFILE, flag: True})
    forbidding = TaxProfile.from_mapping({**SHORT_PROFILE, flag: False})
    found = tuple(
        name for name in allowing.categories() if _is_reversed(allowing, name, known=True)
    )
    assert not any(_is_reversed(allowing, name, known=False) for name in found)
    assert not any(_is_reversed(forbidding, name, known=True) for name in found)
    return {"categories": Unordered(found, exact=True)}


def _is_reversed(profile: TaxProfile, category: str, *, known: bool) -> bool:
    treatment = profile.resolve(category, None, counterparty=known)
    return treatment.reason is Reason.REVERSE_CHARGE


def tax_summary_text(case: Case) -> object:
    """Answer with the lines of a summary; rates come with their sign of percent."""
    totals = case.inputs["totals"]
    text = summary_text(
        net=Decimal(totals["net"]),
        tax=Decimal(totals["tax"]),
        gross=Decimal(totals["gross"]),
        by_rate={rate.rstrip("%"): Decimal(tax) for rate, tax in totals["tax_by_rate"].items()},
    )
    return {"lines": Unordered(tuple(text.splitlines()))}


TAX_ADAPTERS: Final = MappingProxyType(
    {
        "tax_resolution": tax_resolution,
        "tax_category_rate": tax_category_rate,
        "tax_reverse_charge_categories": tax_reverse_charge_categories,
        "tax_summary_text": tax_summary_text,
    }
)
