"""What an event that lacks a list is told: lists have no default to ask for."""

from collections.abc import Mapping
from typing import Final

import pytest

from hera_engine import HeraError, PostingEngine

SCHEMA: Final = """\
ledgers GL
account cash    1000 asset
account revenue 4100 revenue
on HERA.A.V1 {
  debit cash total_amount + fee
  credit revenue total_amount + fee
  for leg in legs { debit cash leg.amount  credit revenue leg.amount }
}
on HERA.B.V1 {
  debit cash total_amount
  credit revenue total_amount
  for leg in legs {
    for part in leg.parts { debit cash part.amount  credit revenue part.amount }
  }
}
"""


def _event(code: str, context: Mapping[str, object]) -> Mapping[str, object]:
    return {
        "organization_id": "org-1", "event_smart_code": code, "total_amount": "1.00",
        "currency": "USD", "business_context": context,
    }  # fmt: skip


FIELD: Final = "or say `default` in the rule"
LIST: Final = "empty if it has no members"


@pytest.mark.parametrize(
    ("code", "context", "hints"),
    [
        ("HERA.A.V1", {}, [FIELD, LIST]),
        ("HERA.A.V1", {"fee": "1.00"}, [LIST]),
        ("HERA.B.V1", {"legs": [{"amount": "1.00"}]}, [LIST]),
    ],
)
def test_a_missing_list_is_to_be_sent(
    code: str, context: Mapping[str, object], hints: list[str]
) -> None:
    """A field may have a default in the rule; a list may be sent empty."""
    with pytest.raises(HeraError) as caught:
        PostingEngine(SCHEMA).simulate(_event(code, context))

    said = str(caught.value.to_dict())
    assert [hint for hint in (FIELD, LIST) if hint in said] == hints
