"""Own fields that a proof takes as not negative are held to that on each event."""

from typing import Final

import pytest

from hera_engine import HeraError, PostingEngine

SCHEMA: Final = """\
ledgers GL
account cash     1000 asset
account revenue  4100 revenue
account products 4200 revenue
on HERA.A.V1 {{ debit cash total_amount credit products total_amount {body} }}
"""
OF_EVENT: Final = "debit cash x credit revenue x when x > 0"
OF_MEMBERS: Final = (
    "for leg in legs { for part in leg.parts "
    "{ debit cash part.v credit revenue part.v when part.v > 0 } }"
)


def _outcome(body: str, total: str = "5.00", **context: object) -> tuple[str, ...]:
    """Return the paths of the fields that an event is refused for; none where it is posted."""
    engine = PostingEngine(SCHEMA.format(body=body))
    event = {
        "organization_id": "org-1", "event_smart_code": "HERA.A.V1", "total_amount": total,
        "currency": "USD", "business_context": context,
    }  # fmt: skip
    (result,) = engine.simulate_many([event])
    if not isinstance(result, HeraError):
        return ()
    assert result.code == "E_GUARDRAIL"
    problems = result.details["problems"]
    assert isinstance(problems, list)
    return tuple(problem["path"] for problem in problems)


@pytest.mark.parametrize(("x", "refused"), [("1.00", False), ("0", False), ("-0.01", True)])
def test_a_negative_field_is_refused(x: str, refused: bool) -> None:
    """Zero is not negative; a minor unit below is."""
    assert _outcome(OF_EVENT, x=x) == (("business_context.x",) if refused else ())


def test_a_rule_that_does_not_need_the_sign_takes_negative_fields() -> None:
    """Only what a proof assumes is checked."""
    assert _outcome("debit cash x credit revenue x", x="-1.00") == ()


def test_fields_of_a_negative_event_are_seen_turned() -> None:
    """A negative event has negative fields, or positive ones, as ever."""
    assert _outcome(OF_EVENT, "-5.00", x="-1.00") == ()
    assert _outcome(OF_EVENT, "-5.00", x="1.00") == ()


def test_each_negative_member_is_named() -> None:
    """Lists inside members are looked at too, and all problems come together."""
    legs = [{"parts": [{"v": "1"}, {"v": "-1"}]}, {"parts": [{"v": "-2"}]}]

    assert _outcome(OF_MEMBERS, legs=legs) == (
        "business_context.legs[0].parts[1].v", "business_context.legs[1].parts[0].v"
    )  # fmt: skip


def test_a_missing_field_is_not_negative() -> None:
    """A field that the rule does not come to read need not be there."""
    body = 'debit cash x when kind = "a" credit revenue x when kind = "a" and x > 0'

    assert _outcome(body, kind="b") == ()


def test_a_sale_that_returns_make_negative_is_refused_where_it_matters() -> None:
    """`sale_amount` may be worked out from returns; a rule that needs its sign says so."""
    body = "debit cash sale_amount credit revenue sale_amount when sale_amount > 0"

    assert _outcome(body, items=[{"amount": "-1.00"}]) == ("business_context.sale_amount",)
    assert _outcome(body, sale_amount="3.00") == ()


DECLARED: Final = """
event HERA.A.V1 {{ total_amount: money  {field} }}
"""


@pytest.mark.parametrize(
    ("kind", "sent", "refused"),
    [
        # `number` is never turned, so a negative event may have it below zero.
        ("number", "-1.00", True),
        ("number", "1.00", False),
        ("open", "-1.00", False),
    ],
)
def test_a_declared_number_of_a_negative_event_is_looked_at(
    kind: str, sent: str, *, refused: bool
) -> None:
    """What is not turned with the event is held to its sign there as well."""
    body = "debit cash total_amount when x > 0 credit revenue total_amount when x > 0"
    body += " debit cash total_amount when x = 0 credit revenue total_amount when x <= 0"
    declared = DECLARED.format(field="x: number") if kind == "number" else ""
    engine = PostingEngine(SCHEMA.format(body=body) + declared.replace("{{", "{"))
    event = {
        "organization_id": "org-1", "event_smart_code": "HERA.A.V1", "total_amount": "-5.00",
        "currency": "USD", "business_context": {"x": sent},
    }  # fmt: skip

    (result,) = engine.simulate_many([event])

    assert isinstance(result, HeraError) is refused
    assert not refused or "business_context.x: is negative" in str(result)


def test_a_member_that_is_no_number_hides_no_other() -> None:
    """A field that the rule does not come to read may be anything; the others are looked at."""
    body = (
        'for leg in legs when leg.kind = "a" { debit cash leg.v'
        " credit revenue leg.v when leg.v > 0 }"
    )
    legs = [{"kind": "b", "v": "none"}, {"kind": "a", "v": "-1"}]

    assert _outcome(body, legs=legs) == ("business_context.legs[1].v",)
