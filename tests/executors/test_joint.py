"""Statements whose lines may merge, and lines that are divided: compiled, and as interpreted."""

from collections.abc import Mapping
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


def items(*members: Mapping[str, object], **fields: object) -> Event:
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


BY_ACCOUNT: Final = """\
dimensions unit, staff, area
require unit on 4* default "MAIN"
carry staff on 5*
carry area, unit on tips_payable
"""
SPLIT: Final = """\
dimensions staff, unit
split HERA.** by staff fixed { "A" 33.333%, "B" 0.10, "C" remaining }
"""
HALF: Final = """\
dimensions staff, unit
split HERA.** by staff proportional
split HERA.** by unit fixed { "U" 50% }
"""
TWO: Final = items(
    {"amount": "0.01", "staff": "S", "unit": "V", "kind": "fee"}, {"amount": "4.99", "kind": "tip"},
    {"amount": "0.00", "staff": "T"},
)  # fmt: skip
TWICE: Final = items(
    {"amount": "2.00", "staff": "S", "unit": "V"}, {"amount": "1.00", "unit": "W", "staff": "T"},
    {"amount": "2.00", "staff": "T", "tax_category": "free"},
)  # fmt: skip
SPREAD: Final = [
    {**event, "business_context": {**dict(event["business_context"]), **fields}}  # type: ignore[call-overload] # a dict of ours
    for event in (TWO, TWICE, sale({}), tipped())
    for fields in ({}, {"staff": "E"}, {"unit": "F", "tip_amount": "0.01"}, {"kind": "tip"})
]
TAX: Final = "credit revenue sum(net(items))"
PARTED: Final[dict[str, tuple[str, list[Event]]]] = {
    "accounts of a map that carry different dimensions": (
        f"{MAPS}{BY_ACCOUNT}"
        + on_sale("for item in items { debit cash item.amount credit earned(item.kind default "
                  '"x") item.amount }'),
        SPREAD,
    ),
    "an account that carries something else in another ledger": (
        ACCOUNTS.replace("ledgers GL", "ledgers GL, IFRS")
        + "account revenue in IFRS 5100\n" + MAPS + BY_ACCOUNT
        + on_sale("for item in items { debit cash item.amount credit earned(item.kind default "
                  '"x") item.amount }'),
        SPREAD,
    ),
    "accounts of a map that are split and not": (
        f"{MAPS}dimensions staff\nsplit HERA.** by staff proportional\n"
        'require staff on 4* default "NONE"\n'
        + on_sale('debit cash total_amount credit earned(kind default "x") total_amount'),
        SPREAD,
    ),
    "accounts of a map that leave open items and none": (
        'map due(kind) { "tip" -> clearing, "due" -> receivable, else -> cash }\n'
        "account receivable 1150 asset\npayments deferred open item settle 30 days\n"
        + on_sale('debit due(kind default "x") total_amount credit revenue total_amount '
                  "debit receivable tip_amount credit fees tip_amount"),
        [
            {**tipped(kind=kind), "transaction_date": "2025-01-31"} for kind in ("tip", "due", "x")
        ],
    ),
    "fixed shares": (
        f"{SPLIT}carry staff on 4*\n"
        + on_sale("debit cash total_amount by staff credit revenue tip_amount by staff "
                  "credit revenue (total_amount - tip_amount)"),
        SPREAD,
    ),
    "fixed shares of items with a tax": (
        f"{PROFILE}{SPLIT}require staff on * default \"X\"\n"
        + on_sale(f"{GROSS} {OWN}"),
        [event for event in SPREAD if "free" not in str(event)],
    ),
    "fixed shares beside a member's own": (
        f"{SPLIT}carry staff on 4*\n"
        + on_sale("for item in items { debit cash item.amount by staff credit revenue item.amount "
                  "by staff } for payment in payments { debit cash payment.amount by staff "
                  "credit revenue payment.amount by staff }"),
        [*SPREAD, sale({"payments": [{"amount": "2.00", "staff": "P"}, {"amount": "3.00"}]})],
    ),
    "fixed shares that leave a rest to nobody": (
        'dimensions staff\nsplit HERA.** by staff fixed { "A" 30% }\n'
        + on_sale(
            "for item in items { debit cash item.amount by staff credit revenue item.amount }"
        ),
        SPREAD,
    ),
    "shares of what shares by items leave": (
        HALF
        + on_sale("debit cash total_amount credit revenue tip_amount "
                  "credit revenue (total_amount - tip_amount) by staff"),
        SPREAD,
    ),
    "dimensions that only splits give": (
        "dimensions unit, staff, area\nsplit HERA.** by staff proportional\n"
        'split HERA.** by unit proportional\nsplit HERA.** by area fixed { "N" 40%, "S" 30% }\n'
        + on_sale("debit cash total_amount credit revenue tip_amount "
                  "credit revenue (total_amount - tip_amount)"),
        [*SPREAD, *({**event, "business_context": {**dict(event["business_context"]), "area": "Z"}}  # type: ignore[call-overload] # as above
                    for event in SPREAD)],
    ),
    "payments that are split by items": (
        "dimensions staff, unit, area\nsplit HERA.** by staff proportional\n"
        "split HERA.** by unit proportional\nrequire staff, unit on 1* default \"X\"\n"
        "split HERA.** by area fixed { \"N\" 40% }\ncarry area on 4*\n"
        + on_sale("for payment in payments { debit cash payment.amount "
                  "credit revenue payment.amount by area } "
                  "for payment in payments { debit bank payment.amount "
                  "credit fees payment.amount } debit cash total_amount by staff "
                  "credit fees total_amount"),
        [
            {**event, "business_context": {**dict(event["business_context"]), **paid}}  # type: ignore[call-overload] # as above
            for event in SPREAD
            for paid in (
                {},
                {"payments": [{"amount": "2.00", "staff": "P", "reference": "R"},
                              {"amount": "2.99", "unit": "Q", "area": "M"}, {"amount": "0.01"}]},
            )
        ],
    ),
    "payments without fields of their own that are split by items": (
        "dimensions staff\nsplit HERA.** by staff proportional\nrequire staff on 1* else error\n"
        "event HERA.POS.SALE.V1 open { payments: optional list of { amount: money } }\n"
        + on_sale("for payment in payments { debit cash payment.amount } "
                  "credit revenue total_amount"),
        [event for event in SPREAD if event["business_context"] != {}],
    ),
    "a tax of all items that is split": (
        f"{PROFILE}{HALF}carry staff, unit on 2*\n"
        + on_sale(f"{GROSS} {TAX} credit tax_output sum(tax(items))"),
        SPREAD,
    ),
    "a tax of all items under a condition": (
        PROFILE
        + on_sale(f'{GROSS} {TAX} credit tax_output sum(tax(items)) when kind = "tip" '
                  'credit fees sum(tax(items)) when kind != "tip"'),
        [event for event in SPREAD if "kind" in dict(event["business_context"])],  # type: ignore[call-overload] # as above
    ),
    "a tax of all items to a map's account": (
        f"{PROFILE}{MAPS}"
        + on_sale(f'{GROSS} {TAX} credit taxes(kind default "x") sum(tax(items)) '
                  "credit tax_output sum(tax(items)) debit tax_output sum(tax(items))"),
        SPREAD,
    ),
    "the base of nets that bear no tax is split": (
        f"{ZERO}{HALF}"
        + on_sale(f"{GROSS} credit tax_output sum(tax(items)) credit revenue sum(net(items))"),
        [items({"amount": "2.00", "tax_category": "zero", "staff": "S"},
               {"amount": "3.00", "tax_category": category, "staff": "T"})
         for category in ("zero", "standard")],
    ),
}  # fmt: skip


def allocated(shares: str, amount: str = "total_amount") -> str:
    """Return a rule that allocates an amount."""
    return on_sale(f"debit cash {amount} allocate {amount} {shares}")


ALLOTTED: Final[dict[str, tuple[str, list[Event]]]] = {
    "parts and the rest": (
        allocated("{ 1/3 to credit revenue 1/3 to credit fees remaining to credit revenue }"),
        [sale({}, total_amount=amount) for amount in ("0.01", "0.02", "5.00", "100000000.01")],
    ),
    **{
        f"left over by {leftover}": (
            allocated(
                "{ 10% to credit revenue 0% to credit bank 45% to credit fees 45% to "
                f"{{ 1/7 to credit clearing 6/7 to credit tips_payable }} }} leftover {leftover}"
            ),
            [sale({}, total_amount=f"0.{number:02}") for number in range(1, 30)],
        )
        for leftover in ("largest_remainder", "first", "last", "largest_weight")
    },
    "what is left stays apart": (
        allocated("{ 30% to credit revenue 1/7 to { 1/3 to credit fees 1/3 to credit revenue } } "
                  "leftover apart to credit clearing"),
        [sale({}, total_amount=f"0.{number:02}") for number in range(1, 30)],
    ),
    "amounts, limits and shares of the event's": (
        allocated("{ 2.00 to credit revenue fee_amount to credit fees max tip_amount of 50% to "
                  "credit clearing share (part / 3) to credit bank remaining to "
                  "{ 1.00 to credit fees remaining to credit revenue } }"),
        [
            tipped(fee_amount=fee, part=part)
            for fee in ("0", "1.00", "9.00") for part in ("0", "0.1", "1.5", "4", None, "-1")
        ],
    ),
    "an amount of nothing": (
        allocated("{ share part to credit revenue remaining to credit fees }", "tip_amount")
        + "on HERA.POS.OTHER.V1 { debit cash total_amount credit fees total_amount }\n",
        [sale({"part": "0.5", "tip_amount": tip}) for tip in ("1.00", "0.03")],
    ),
    "under a condition, and by a dimension": (
        "dimensions staff\nsplit HERA.** by staff proportional\n"
        + on_sale('debit cash total_amount when kind = "a" allocate total_amount when kind = "a" '
                  "{ 60% to credit revenue by staff remaining to credit fees } "
                  'debit bank total_amount when kind != "a" allocate total_amount when kind != "a" '
                  "{ 30% to credit revenue by staff remaining to credit fees }"),
        [items({"amount": "1.99", "staff": "A"}, {"amount": "3.01", "staff": "B"}, kind=kind)
         for kind in "ab"],
    ),
    "over items by weight": (
        f"{MAPS}dimensions staff\ncarry staff on *\n"
        + on_sale("debit cash total_amount allocate total_amount over item in items "
                  "when item.weight > 0 by item.weight to credit earned(item.kind) by staff "
                  "credit revenue tip_amount debit cash tip_amount"),
        [
            items({"amount": "2.00", "weight": "0"}, *(
                {"amount": "1.00", "weight": weight, "kind": kind, "staff": staff}
                for weight, kind, staff in members
            ), **fields)
            for members in (
                [("1", "tip", "A"), ("2", "fee", "B"), ("0.5", "x", None)],
                [("1", "tip", "A"), ("1", "tip", "A"), ("1", "x", "A")],
                [("0", "x", "A"), ("0", "x", "A"), ("0", "x", "A")],
                [("1", "x", "A"), ("-1", "x", "A"), (None, "x", "A")],
            )
            for fields in ({}, {"staff": "E"}, {"tip_amount": "1.00"})
        ],
    ),
    "over items and apart": (
        PROFILE
        + on_sale("debit cash tip_amount allocate tip_amount over item in items by net(item) "
                  "to credit revenue leftover apart to credit fees"),
        [items({"amount": "1.00"}, {"amount": "2.00"}, {"amount": "2.00"}, tip_amount=tip)
         for tip in ("0.01", "0.04", "1.00")] + [sale({"tip_amount": "1.00"}), TWO],
    ),
    "over payments": (
        on_sale("debit cash tip_amount allocate tip_amount over payment in payments by "
                "payment.amount to credit clearing leftover last "
                "debit cash total_amount credit fees total_amount"),
        [
            sale({"tip_amount": "0.05", "payments": [
                {"amount": "2.00", "reference": "R"}, {"amount": "3.00", "reference": reference},
            ]})
            for reference in ("R", None)
        ] + [tipped(), tipped(payment_method="card")],
    ),
    "of each item": (
        f"{MAPS}{PROFILE}"
        + on_sale("for item in items { debit cash gross(item) allocate net(item) "
                  "{ 33.3% to credit earned(item.kind) remaining to credit revenue } "
                  "credit tax_output tax(item) }"),
        [items({"amount": "1.99", "kind": "tip"}, {"amount": "3.01", "kind": kind})
         for kind in ("tip", "fee", "x")],
    ),
}  # fmt: skip


def twins_of(schema: str) -> Twins:
    """Return the engines of a schema, with accounts where it has none."""
    return Twins.of(schema if schema.startswith("ledgers") else ACCOUNTS + schema)


@pytest.mark.parametrize("name", [*SHARED, *PARTED, *ALLOTTED])
def test_statements_that_share_lines_or_are_divided(name: str) -> None:
    """Their compiled rule posts what the interpreter posts, by itself, and nothing else."""
    schema, events = {**SHARED, **PARTED, **ALLOTTED}[name]
    twins = twins_of(schema)
    results = [twins.assert_alike(event) for event in events]

    posted = [isinstance(result, JournalEntry) for result in results]
    assert [twins.takes(event) for event in events] == posted
    assert posted.count(True) >= 2


@pytest.mark.parametrize("name", [*SHARED, *PARTED, *ALLOTTED])
def test_their_events_with_a_negative_total(name: str) -> None:
    """So it does where only the total is negative, and every side is turned."""
    schema, events = {**SHARED, **PARTED, **ALLOTTED}[name]
    twins = twins_of(schema)

    turned = [{**event, "total_amount": f"-{event['total_amount']}"} for event in events]
    posted = [isinstance(twins.assert_alike(event), JournalEntry) for event in turned]

    assert not any(twins.takes(event) > done for event, done in zip(turned, posted, strict=True))
    assert any(twins.takes(event) for event in turned)


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
