"""Charts, profiles and engines for the cases of the origin system."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from hera_engine import Account, PostingEngine, Settings
from tests.vectors.cases import Case, Json

CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "clearing": "1100",
        "bank": "1200",
        "receivable": "1300",
        "tax_input": "1400",
        "tax_output": "2200",
        "tips_payable": "2300",
        "revenue": "4100",
        "fees": "5500",
        "discount": "5600",
        "rounding": "5900",
    }
)
"""Account codes of the runbook's chart, and of what it leaves out."""

ORGANIZATION: Final = "00000000-0000-4000-8000-000000000001"
EVENT: Final = "HERA.POS.SALE.V1"


def engine_for(
    schema: Mapping[str, Json], *, settings: Settings | None = None, standard_rate: str = "5"
) -> PostingEngine:
    """Return an engine for a schema in JSON form, with a chart that gives its ids codes."""
    profile = {"id": schema["tax"]["profile_ref"], "rates": {"standard": standard_rate}}
    return PostingEngine(schema, chart=chart_of(schema), tax_profiles=(profile,), settings=settings)


def chart_of(schema: Mapping[str, Json], codes: Mapping[str, str] = CODES) -> tuple[Account, ...]:
    """Return the accounts that a schema names by their ids."""
    return tuple(
        Account(id=account_id, code=codes.get(key), name=key)
        for key, account_id in schema["accounts"].items()
    )


def schema_named(case: Case, name: str) -> dict[str, Json]:
    """Return one of the schemas that a file shares among its cases."""
    schema: dict[str, Json] = case.meta["schemas"][name]
    return schema


def event_of(
    total: object, context: Mapping[str, object], *, code: str = EVENT, currency: str = "USD"
) -> dict[str, object]:
    """Return an event for a case that states amounts but no event."""
    return {
        "organization_id": ORGANIZATION,
        "event_smart_code": code,
        "total_amount": total,
        "currency": currency,
        "business_context": context,
    }
