"""`balance to ACCOUNT within AMOUNT`: what is left over goes where the rule says, in bounds."""

from collections.abc import Mapping
from typing import Final

import pytest

from hera_engine import HeraError, JournalEntry, PostingEngine
from hera_engine.accounts import Side

SCHEMA: Final = """\
ledgers {ledgers}
account cash     1000 asset
account revenue  4100 revenue
account products 4200 revenue
account rounding 5900 expense
dimensions org_unit
require org_unit on 5900 else error
on HERA.A.V1 {{
{body}
  balance to rounding within {within}
}}
on HERA.B.V1 reverses HERA.A.V1
"""
THIRDS: Final = (
    "debit cash total_amount credit revenue round(total_amount / 3)"
    " credit products round(total_amount / 3)"
)


def _engine(body: str = THIRDS, *, ledgers: str = "GL", within: str = "10.00") -> PostingEngine:
    return PostingEngine(SCHEMA.format(body=body, ledgers=ledgers, within=within))


def _event(total: str, code: str = "HERA.A.V1") -> Mapping[str, object]:
    context = {"org_unit": "BR-01"}
    return {
        "organization_id": "org-1", "event_smart_code": code, "total_amount": total,
        "currency": "USD", "business_context": context,
    }  # fmt: skip


def _rows(entry: JournalEntry) -> list[tuple[str, str, str, str]]:
    return [
        (line.ledger, line.side.value, line.account.key, str(line.amount)) for line in entry.lines
    ]


def test_what_debits_exceed_credits_by_is_credited() -> None:
    """The line stands behind the others, carries its dimensions, and says where it is written."""
    entry = _engine().simulate(_event("10.00"))

    assert _rows(entry) == [
        ("GL", "DR", "cash", "10.00"),
        ("GL", "CR", "revenue", "3.33"),
        ("GL", "CR", "products", "3.33"),
        ("GL", "CR", "rounding", "3.34"),
    ]
    last = entry.lines[-1]
    assert dict(last.dimensions) == {"org_unit": "BR-01"}
    assert str(last.origins[0].place) == "10:3"


def test_what_debits_lack_is_debited() -> None:
    """Twice 6.69 against 10.03: 3.35 are debited."""
    two_thirds = "round(total_amount * 2 / 3)"
    body = f"debit cash total_amount credit revenue {two_thirds} credit products {two_thirds}"

    entry = _engine(body).simulate(_event("10.03"))

    assert _rows(entry)[-1] == ("GL", "DR", "rounding", "3.35")


def test_a_mirrored_rule_closes_on_the_other_side() -> None:
    """A reversal, and a negative total, turn the closing line with the rest; both together not."""
    engine = _engine()

    turned = [
        engine.simulate(_event(total, code)).lines[-1].side
        for total, code in (("10", "HERA.A.V1"), ("10", "HERA.B.V1"), ("-10", "HERA.A.V1"),
                            ("-10", "HERA.B.V1"))
    ]  # fmt: skip

    assert turned == [Side.CREDIT, Side.DEBIT, Side.DEBIT, Side.DEBIT]


def test_each_ledger_is_closed_by_itself() -> None:
    """A ledger that balances gets no line."""
    body = (
        "debit cash total_amount in GL { credit revenue total_amount }"
        " in IFRS { credit revenue (total_amount - 0.02) }"
    )

    entry = _engine(body, ledgers="GL, IFRS", within="0.05").simulate(_event("10.00"))

    closing = [row for row in _rows(entry) if row[2] == "rounding"]
    assert closing == [("IFRS", "CR", "rounding", "0.02")]


@pytest.mark.parametrize(("within", "posted"), [("3.34", True), ("3.33", False)])
def test_more_than_the_bound_is_unbalanced(within: str, posted: bool) -> None:
    """The bound itself is allowed; a minor unit more is E_UNBALANCED with both sums."""
    engine = _engine(within=within)

    if posted:
        assert len(engine.simulate(_event("10.00")).lines) == 4
        return
    with pytest.raises(HeraError) as caught:
        engine.simulate(_event("10.00"))
    assert caught.value.code == "E_UNBALANCED"
    assert "debits 10.00, credits 6.66" in caught.value.message
    assert caught.value.context == {"rule": "HERA.A.V1", "account": "rounding"}


def test_an_explanation_has_the_closing_line_and_the_verdict() -> None:
    """The story of an entry names the line's place and how the rule is closed."""
    story = _engine().explain(_event("10.00"))

    assert story.to_dict()["verdict"] == "closed by balance to rounding within 10.00"
    assert "  closed by balance to rounding within 10.00" in str(story)
    assert "3.34 from HERA.A.V1 at 10:3" in str(story)
