"""What an event is told whose values a map refuses."""

import pytest

from hera_engine import HeraError, PostingEngine, load_schema

SCHEMA = """
ledgers GL
account cash 1000 asset
account service 4100 revenue
account abroad 4200 revenue
map account_of(kind, place) {
  "service", "home" -> service,
  "service", "abroad" -> refuse,
  "goods", "abroad" -> abroad,
  "void", * -> refuse
}
on HERA.POS.SALE.V1 { debit cash total_amount  credit account_of(kind, place) total_amount }
"""


@pytest.mark.parametrize(
    ("kind", "place", "path", "hint"),
    [
        ("servic", "home", "kind", "did you mean `service`?"),
        ("x", "home", "kind", "`account_of` knows goods, service"),
        ("service", "abrod", "place", "did you mean `abroad`?"),
        ("service", "abroad", "kind", None),
        ("goods", "home", "kind", None),
    ],
)
def test_a_refusal_is_told_at_the_value_that_is_not_known(
    kind: str, place: str, path: str, hint: str | None
) -> None:
    """A value is never recommended in its own place; where all are known, nothing is."""
    engine = PostingEngine(load_schema(SCHEMA))
    event = {
        "organization_id": "org-1",
        "event_smart_code": "HERA.POS.SALE.V1",
        "total_amount": "5.00",
        "currency": "EUR",
        "business_context": {"kind": kind, "place": place},
    }

    with pytest.raises(HeraError) as caught:
        engine.simulate(event)

    problems = caught.value.details["problems"]
    assert isinstance(problems, list)
    (problem,) = problems
    assert problem["path"] == f"business_context.{path}"
    assert problem["hint"] == hint
