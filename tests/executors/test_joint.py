"""Statements whose lines may merge, and lines that are divided: compiled, and as interpreted."""

from typing import Final

import pytest

from hera_engine import JournalEntry
from tests.executors.test_found import ACCOUNTS, sale
from tests.executors.test_found_by_reading import PROFILE, Event, on_sale
from tests.executors.twins import Twins

MAPS: Final = """\
map earned(kind) { "fee" -> fees, "tip" -> tips_payable, else -> revenue }
map taxes(kind) { "tip" -> tips_payable, else -> tax_output }
"""
ZERO: Final = PROFILE.replace("exempt for free", "rate zero 0% for zero reason export")
OWN: Final = "for item in items { credit revenue net(item) credit tax_output tax(item) }"
GROSS: Final = "debit cash sum(gross(items))"


def tipped(**fields: object) -> Event:
    """Return a sale of 4.00 with a tip of 1.00."""
    return sale({"tip_amount": "1.00", "sale_amount": "4.00", **fields})


def items(*members: dict[str, object], **fields: object) -> Event:
    """Return a sale of some items for 5.00 in all."""
    return sale({"items": list(members), **fields})


SHARED: Final[dict[str, tuple[str, list[Event]]]] = {
    "two lines of one account": (
        on_sale(
            "debit cash total_amount credit revenue tip_amount "
            "credit fees 0 credit revenue (total_amount - tip_amount)"
        ),
        [tipped(), sale({}), sale({"tip_amount": "5.00"})],
    ),
    "the first line is posted only now and then": (
        on_sale(
            'debit cash tip_amount when kind = "a" debit bank total_amount '
            "debit cash total_amount credit fees (2 * total_amount) "
            'credit clearing tip_amount when kind = "a"'
        ),
        [tipped(kind="a"), tipped(kind="b")],
    ),
    "accounts of a map": (
        f"{MAPS}dimensions unit\ncarry unit on *\n"
        + on_sale(
            "debit cash tip_amount credit revenue tip_amount for item in items { "
            "debit cash item.amount credit earned(item.kind) item.amount } "
            "credit fees 1 when tip_amount = 0 debit cash 1 when tip_amount = 0"
        ),
        [
            sale({"items": [{"amount": "5.00", "kind": kind, "unit": unit}], "tip_amount": tip})
            for kind in ("fee", "tip", "x")
            for unit in ("U", None)
            for tip in ("0", "1.00")
        ],
    ),
    "payments with references": (
        on_sale(
            "for payment in payments { debit cash payment.amount } debit cash tip_amount "
            "credit revenue total_amount credit fees tip_amount"
        ),
        [
            sale(
                {
                    "tip_amount": "1.00",
                    "payments": [
                        {"amount": "2.00", "reference": "R"},
                        {"amount": "1.00"},
                        {"amount": "2.00", "reference": reference},
                    ],
                }
            )
            for reference in ("R", "S", None)
        ],
    ),
    "nets that bear no tax": (
        ZERO
        + on_sale(
            f"{GROSS} {OWN} debit fees sum(net(items)) for item in items {{ "
            "credit revenue net(item) }"
        ),
        [
            items({"amount": "2.00", "tax_category": "zero"}, {"amount": "3.00"}),
            items(
                {"amount": "2.00", "tax_category": "zero"},
                {"amount": "3.00", "tax_category": "zero"},
            ),
            sale({"tax_category": "zero"}),
            sale({}),
        ],
    ),
    "a tax of nothing has a base and a place": (
        PROFILE
        + on_sale(
            f'{GROSS} for item in items when item.kind = "a" {{ '
            "credit tax_output tax(item) credit revenue net(item) } "
            "credit clearing tip_amount debit fees tip_amount "
            'for item in items when item.kind != "a" { '
            "credit tax_output tax(item) credit revenue net(item) }"
        ),
        [
            items({"amount": "0.01", "kind": first}, {"amount": "4.99", "kind": second})
            for first in "ab"
            for second in "ab"
        ],
    ),
    "a tax of nothing of a sale that never has items": (
        PROFILE
        + "event HERA.POS.SALE.V1 { sale_amount: money kind: text }\n"
        + on_sale(
            f'{GROSS} for item in items when kind = "a" {{ credit tax_output tax(item) }} '
            "credit revenue sum(net(items)) "
            "for item in items { credit tax_output tax(item) } "
            'for item in items when kind = "a" { debit tax_output tax(item) } '
        ),
        [
            sale({"sale_amount": amount, "kind": kind}, total_amount=amount)
            for amount in ("0.01", "5.00")
            for kind in "ab"
        ],
    ),
    "in each of several ledgers": (
        ACCOUNTS.replace("ledgers GL", "ledgers GL, IFRS")
        + on_sale(
            "debit cash total_amount credit revenue total_amount "
            "in IFRS { debit cash tip_amount credit fees tip_amount } "
            "in GL { debit bank tip_amount credit revenue tip_amount }"
        ),
        [tipped(), sale({})],
    ),
    "split and not": (
        "dimensions staff\ncarry staff on cash\n"
        + on_sale(
            "debit cash total_amount by staff debit cash tip_amount "
            "credit revenue total_amount credit fees tip_amount by staff "
            "credit fees 1 by staff debit cash 1"
        ),
        [
            items(
                {"amount": "1.00", "staff": "A"},
                {"amount": "4.00", "staff": "B"},
                staff=staff,
                tip_amount=tip,
            )
            for staff in ("A", None, "C")
            for tip in ("0.01", "1.00", "0.00")
        ],
    ),
    "in another base currency": (
        on_sale(
            "debit cash total_amount credit revenue tip_amount debit cash tip_amount "
            "credit fees 1 credit fees tip_amount credit revenue (total_amount - tip_amount - 1)"
        ),
        [
            {**tipped(), "base_currency": base, "exchange_rate": rate}
            for base in ("EUR", "JPY")
            for rate in ("0.9137", "161.333333")
        ],
    ),
    "and reversed": (
        on_sale(
            "debit cash total_amount credit revenue tip_amount "
            "credit revenue (total_amount - tip_amount)"
        )
        + "on HERA.POS.REFUND.V1 reverses HERA.POS.SALE.V1\n",
        [tipped(), {**tipped(), "event_smart_code": "HERA.POS.REFUND.V1"}],
    ),
}


def twins_of(schema: str) -> Twins:
    """Return the engines of a schema, with accounts where it has none."""
    return Twins.of(schema if schema.startswith("ledgers") else ACCOUNTS + schema)


@pytest.mark.parametrize("name", SHARED)
def test_statements_that_share_lines(name: str) -> None:
    """Their compiled rule posts what the interpreter posts, by itself."""
    schema, events = SHARED[name]
    twins = twins_of(schema)
    for event in events:
        result = twins.assert_alike(event)
        assert isinstance(result, JournalEntry), result
        assert twins.posts_itself(event), twins.compiled._fused and twins.compiled._fused.reasons


def test_origins_of_a_shared_line() -> None:
    """A merged line stands where its first statement does, and tells of all that made it."""
    twins = twins_of(SHARED["the first line is posted only now and then"][0])

    first, late = (
        [(line.account.key, [origin.span.line for origin in line.origins if origin.span])
         for line in entry.lines if line.account.key in ("cash", "bank")]
        for entry in map(twins.assert_alike, (tipped(kind="a"), tipped(kind="b")))
        if isinstance(entry, JournalEntry)
    )  # fmt: skip

    assert [key for key, _ in first] == ["cash", "bank"]
    assert [key for key, _ in late] == ["bank", "cash"]
    assert [len(lines) for _, lines in first] == [2, 1]
    assert [len(lines) for _, lines in late] == [1, 1]


def test_a_shared_line_without_its_dimension() -> None:
    """What the interpreter refuses or warns of is declined."""
    for enforced in ("error", "warning"):
        twins = twins_of(
            f"dimensions unit\nrequire unit on 4* else {enforced}\n"
            + on_sale("debit cash total_amount credit revenue tip_amount "
                      "credit revenue (total_amount - tip_amount)")
        )  # fmt: skip
        twins.assert_alike(tipped())
        assert not twins.takes(tipped())
        assert twins.posts_itself(tipped(unit="U"))
