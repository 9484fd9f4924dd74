"""Splitting a line over the values of a dimension: by items, by fixed shares, by a caller."""

from collections.abc import Mapping

import pytest

from hera_engine.engine import PostingEngine
from hera_engine.errors import SchemaError
from hera_engine.facts import Facts
from tests.unit.events.books import TIPS, books, engine, journal, paths, refused, sale, table

STAFF = "dimensions staff_id, org_unit\n"
BY_STAFF = STAFF + "split HERA.POS.** by staff_id proportional\n"

TIPPED = """\
account tips_payable 2300 liability
on HERA.POS.** {
  given total_amount = sum(gross(items)) + tip_amount
  debit clearing total_amount
  for item in items {
    credit revenue    net(item)  by staff_id
    credit tax_output tax(item)
  }
  credit tips_payable tip_amount by staff_id
}
"""


def tipped(*items: tuple[str, str | None], tip: str = "10.00", **context: object) -> str:
    """Return what the lines of `TIPPED` credit, items being pairs of amount and staff."""
    posting = PostingEngine(books(STAFF, TIPPED))
    sent = [
        {"amount": amount} if staff is None else {"amount": amount, "staff_id": staff}
        for amount, staff in items
    ]
    cents = sum(int(amount.replace(".", "")) for amount, _ in items) + int(tip.replace(".", ""))
    total = f"{cents // 100}.{cents % 100:02d}"
    entry = posting.simulate(sale(total, items=sent, tip_amount=tip, **context))
    rows = journal(entry).splitlines()
    return "\n".join(row for row in rows if "clearing" not in row and "tax_output" not in row)


def test_by_inside_a_loop_takes_the_items_value() -> None:
    """`by staff_id` in `for item` says that a line has its item's value."""
    lines = tipped(("63.00", "ann"), ("42.00", "bob"), tip="0.00")

    assert lines == table("""
        CR revenue 60.00 staff_id=ann
        CR revenue 40.00 staff_id=bob
    """)


def test_by_elsewhere_is_weighted_by_the_net_amounts_of_the_items() -> None:
    """A tip of 10.00 over nets of 60.00 and 40.00 is 6.00 and 4.00."""
    lines = tipped(("63.00", "ann"), ("42.00", "bob"))

    assert lines == table("""
        CR revenue      60.00 staff_id=ann
        CR revenue      40.00 staff_id=bob
        CR tips_payable  6.00 staff_id=ann
        CR tips_payable  4.00 staff_id=bob
    """)


def test_weights_are_nets_and_not_prices() -> None:
    """Equal prices, one exempt: the nets are 105.00 and 100.00, so 20.50 is 10.50 and 10.00."""
    posting = PostingEngine(books(STAFF, TIPPED))
    items = [
        {"amount": "105.00", "staff_id": "ann", "tax_exempt": True},
        {"amount": "105.00", "staff_id": "bob"},
    ]

    entry = posting.simulate(sale("230.50", items=items, tip_amount="20.50"))

    assert journal(entry).splitlines()[-2:] == [
        "CR tips_payable 10.50 staff_id=ann",
        "CR tips_payable 10.00 staff_id=bob",
    ]


def test_the_shares_of_a_split_sum_to_it_with_ties_to_the_earliest() -> None:
    """0.05 over three equal weights is 0.02, 0.02, 0.01."""
    lines = tipped(("1.05", "ann"), ("1.05", "bob"), ("1.05", "cid"), tip="0.05")

    assert lines == table("""
        CR revenue      1.00 staff_id=ann
        CR revenue      1.00 staff_id=bob
        CR revenue      1.00 staff_id=cid
        CR tips_payable 0.02 staff_id=ann
        CR tips_payable 0.02 staff_id=bob
        CR tips_payable 0.01 staff_id=cid
    """)


def test_values_come_in_order_of_appearance_and_weigh_together() -> None:
    """Bob served first and twice: 63.00 and 42.00 against Ann's 105.00 are equal weights."""
    lines = tipped(("63.00", "bob"), ("105.00", "ann"), ("42.00", "bob"))

    assert lines == table("""
        CR revenue      100.00 staff_id=bob
        CR revenue      100.00 staff_id=ann
        CR tips_payable   5.00 staff_id=bob
        CR tips_payable   5.00 staff_id=ann
    """)


def test_returns_weigh_nothing() -> None:
    """Who takes something back earns no share of the tip."""
    lines = tipped(("105.00", "ann"), ("-21.00", "bob"))

    assert lines == table("""
        CR revenue      100.00 staff_id=ann
        DR revenue       20.00 staff_id=bob
        CR tips_payable  10.00 staff_id=ann
    """)


def test_unvalued_items_weigh_nothing() -> None:
    """An item without a value takes no share; all goes to those that have one."""
    lines = tipped(("105.00", "ann"), ("21.00", None))

    assert lines == table("""
        CR revenue      100.00 staff_id=ann
        CR revenue       20.00
        CR tips_payable  10.00 staff_id=ann
    """)


def test_where_no_item_is_valued_the_events_value_is_taken() -> None:
    """With the value on the event alone, every line that is split has it."""
    lines = tipped(("105.00", None), ("21.00", None), staff_id="zoe")

    assert lines == table("""
        CR revenue      120.00 staff_id=zoe
        CR tips_payable  10.00 staff_id=zoe
    """)


def test_where_nothing_is_valued_there_is_one_line_without_the_dimension() -> None:
    """Without a value anywhere a split leaves the line whole."""
    lines = tipped(("105.00", None))

    assert lines == table("""
        CR revenue      100.00
        CR tips_payable  10.00
    """)


def test_where_nothing_is_valued_require_decides() -> None:
    """A split line without a value on an account that requires one is E_DIM_MISSING."""
    posting = PostingEngine(books(STAFF, TIPPED, "require staff_id on tips_payable else error\n"))

    error = refused(posting, sale("115.00", tip_amount="10.00"), "E_DIM_MISSING")

    assert error.details["missingByLine"] == [{"lineIndex": 3, "missing": ["staff_id"]}]


def test_a_split_applies_to_lines_whose_account_requires_its_dimension() -> None:
    """If no line says `by`, those accounts that require the dimension are split, and only they."""
    posting = engine(TIPS, BY_STAFF, "require staff_id on tips_payable else error\n")
    items = [{"amount": "63.00", "staff_id": "ann"}, {"amount": "42.00", "staff_id": "bob"}]

    entry = posting.simulate(sale("115.00", items=items, tip_amount="10.00"))

    assert journal(entry) == table("""
        DR clearing     115.00
        CR revenue      100.00
        CR tax_output     5.00
        CR tips_payable   6.00 staff_id=ann
        CR tips_payable   4.00 staff_id=bob
    """)


def test_a_split_that_no_account_requires_applies_to_revenue() -> None:
    """If no line says `by` and no account requires the dimension, revenue is split."""
    posting = engine(TIPS, BY_STAFF)
    items = [{"amount": "63.00", "staff_id": "ann"}, {"amount": "42.00", "staff_id": "bob"}]

    entry = posting.simulate(sale("115.00", items=items, tip_amount="10.00"))

    assert journal(entry) == table("""
        DR clearing     115.00
        CR revenue       60.00 staff_id=ann
        CR revenue       40.00 staff_id=bob
        CR tax_output     5.00
        CR tips_payable  10.00
    """)


def test_a_split_does_not_apply_where_a_line_says_by() -> None:
    """A rule with `by staff_id` on one line is asked for nothing on its others."""
    posting = PostingEngine(
        books(
            TIPS, BY_STAFF,
            "on HERA.POS.** { given total_amount = sum(gross(items)) + tip_amount"
            " debit clearing total_amount"
            " credit revenue sum(net(items)) credit tax_output sum(tax(items))"
            " credit tips_payable tip_amount by staff_id }",
        )
    )  # fmt: skip
    items = [{"amount": "63.00", "staff_id": "ann"}, {"amount": "42.00", "staff_id": "bob"}]

    entry = posting.simulate(sale("115.00", items=items, tip_amount="10.00"))

    assert journal(entry) == table("""
        DR clearing     115.00
        CR revenue      100.00
        CR tax_output     5.00
        CR tips_payable   6.00 staff_id=ann
        CR tips_payable   4.00 staff_id=bob
    """)


def test_a_split_is_for_the_events_its_pattern_matches() -> None:
    """A split of payroll events leaves a sale alone."""
    posting = engine(STAFF + "split HERA.HR.** by staff_id proportional\n")

    entry = posting.simulate(sale("105.00", staff_id="ann"))

    assert journal(entry) == table("""
        DR clearing   105.00
        CR revenue    100.00
        CR tax_output   5.00
    """)


def test_the_first_split_of_a_dimension_that_matches_wins() -> None:
    """Of two splits of one dimension the first in the document is carried out."""
    posting = engine(
        STAFF
        + 'split HERA.POS.SALE.** by org_unit fixed { "first" 100% }\n'
        + 'split HERA.POS.** by org_unit fixed { "second" 100% }\n'
    )

    entry = posting.simulate(sale("105.00"))

    assert journal(entry).splitlines()[1] == "CR revenue 100.00 org_unit=first"


def test_two_dimensions_are_split_by_the_items_jointly() -> None:
    """A line split by staff and unit has the pairs that the items have, weighted together."""
    posting = PostingEngine(
        books(
            BY_STAFF + "split HERA.POS.** by org_unit proportional\n",
            "on HERA.POS.** { debit clearing total_amount credit revenue total_amount }",
        )
    )
    items = [
        {"amount": "63.00", "staff_id": "ann", "org_unit": "north"},
        {"amount": "42.00", "staff_id": "ann", "org_unit": "south"},
    ]

    entry = posting.simulate(sale("105.00", items=items, tax_exempt=True))

    assert journal(entry) == table("""
        DR clearing 105.00
        CR revenue   63.00 org_unit=north staff_id=ann
        CR revenue   42.00 org_unit=south staff_id=ann
    """)


def test_the_base_of_a_split_tax_is_spread_like_the_tax() -> None:
    """5.00 of tax on 100.00 over weights of 60 and 40 is 3.00 on 60.00 and 2.00 on 40.00."""
    posting = PostingEngine(
        books(
            STAFF,
            "on HERA.POS.** { given total_amount = sum(gross(items)) debit clearing total_amount"
            " credit revenue sum(net(items)) credit tax_output sum(tax(items)) by org_unit }",
        )
    )
    items = [{"amount": "63.00", "org_unit": "n"}, {"amount": "42.00", "org_unit": "s"}]

    entry = posting.simulate(sale("105.00", items=items))

    assert [(str(line.amount), str(line.tax and line.tax.base)) for line in entry.lines[2:]] == [
        ("3.00", "60.00"),
        ("2.00", "40.00"),
    ]


# --- fixed shares --------------------------------------------------------------------------


def fixed(shares: str) -> PostingEngine:
    """Return an engine that splits the revenue of a sale by fixed shares."""
    return engine(STAFF + f"split HERA.POS.** by org_unit fixed {{ {shares} }}\n")


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ('"a" 60%, "b" 40%', ["60.00 org_unit=a", "40.00 org_unit=b"]),
        ('"a" 33.335%, "b" 66.665%', ["33.34 org_unit=a", "66.66 org_unit=b"]),
        ('"a" 12.50, "b" remaining', ["12.50 org_unit=a", "87.50 org_unit=b"]),
        ('"a" 10%, "b" 15.00, "c" remaining', [
            "10.00 org_unit=a", "15.00 org_unit=b", "75.00 org_unit=c",
        ]),
        ('"a" 100%, "b" 0%', ["100.00 org_unit=a"]),
    ],
)  # fmt: skip
def test_fixed_shares(shares: str, expected: list[str]) -> None:
    """Percentages, amounts and one `remaining` divide 100.00 of revenue exactly."""
    posting = fixed(shares)

    entry = posting.simulate(sale("100.00", tax_exempt=True))

    assert journal(entry).splitlines()[1:] == [f"CR revenue {row}" for row in expected]


def test_fixed_shares_under_a_hundred_percent_leave_the_rest_unvalued() -> None:
    """60% and 30% leave 10% on a line without the dimension."""
    posting = fixed('"a" 60%, "b" 30%')

    entry = posting.simulate(sale("100.00", tax_exempt=True))

    assert journal(entry).splitlines()[1:] == [
        "CR revenue 60.00 org_unit=a",
        "CR revenue 30.00 org_unit=b",
        "CR revenue 10.00",
    ]


def test_literal_shares_over_a_hundred_percent_do_not_compile() -> None:
    """Over 100% is an error at check time when literal."""
    with pytest.raises(SchemaError) as caught:
        fixed('"a" 60%, "b" 40.01%')

    assert "SHARES_OVER" in {fault.name for fault in caught.value.diagnostics}


def test_shares_above_the_line_are_refused_at_run_time() -> None:
    """Fixed amounts of 60.00 do not fit into 50.00 of revenue, but into 60.00."""
    posting = fixed('"a" 60.00, "b" remaining')

    refused(posting, sale("50.00", tax_exempt=True), "E_GUARDRAIL")
    entry = posting.simulate(sale("60.00", tax_exempt=True))

    assert journal(entry).splitlines()[1:] == ["CR revenue 60.00 org_unit=a"]


# --- a caller's allocator ------------------------------------------------------------------

CUSTOM = STAFF + 'split HERA.POS.** by org_unit custom "by_area"\n'


def by_area(facts: Facts) -> Mapping[str, str]:
    """Weigh the units by floor space."""
    return {"north": "1", "south": "2"}


def test_a_custom_split_asks_the_callers_allocator() -> None:
    """Weights 1 and 2 divide 100.00 into 33.33 and 66.67."""
    posting = PostingEngine(books(CUSTOM), allocators={"by_area": by_area})

    entry = posting.simulate(sale("100.00", tax_exempt=True))

    assert journal(entry).splitlines()[1:] == [
        "CR revenue 33.33 org_unit=north",
        "CR revenue 66.67 org_unit=south",
    ]


def test_a_custom_split_without_its_allocator_does_not_compile() -> None:
    """A name that no allocator is registered under is E_SCHEMA."""
    with pytest.raises(SchemaError) as caught:
        PostingEngine(books(CUSTOM), allocators={"by_aera": by_area})

    assert caught.value.diagnostics[-1].name == "UNKNOWN_ALLOCATOR"


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"north": "0"},
        {"north": "1", "south": "-1"},
        {"north": 1.5},
        {"north": "many"},
        {"": "1"},
        {7: "1"},
        None,
        [("north", "1")],
        {"north": "0.0000000000001"},
    ],
)
def test_an_unusable_answer_of_an_allocator_is_refused(answer: object) -> None:
    """Weights that are none, negative, all zero or no numbers are E_GUARDRAIL naming it."""
    posting = PostingEngine(
        books(CUSTOM),
        allocators={"by_area": lambda facts: answer},  # type: ignore[dict-item,return-value]
    )

    error = refused(posting, sale("100.00", tax_exempt=True), "E_GUARDRAIL")

    assert "by_area" in error.message
    assert paths(error) == ("splits",)


def test_an_allocator_that_raises_is_refused() -> None:
    """An exception of the caller's own becomes E_GUARDRAIL naming the allocator."""

    def fails(facts: Facts) -> Mapping[str, str]:
        raise KeyError("floor plan")

    posting = PostingEngine(books(CUSTOM), allocators={"by_area": fails})

    error = refused(posting, sale("100.00", tax_exempt=True), "E_GUARDRAIL")

    assert "by_area" in error.message


def test_explain_shows_the_weights_of_a_split() -> None:
    """The story of a split line shows what each value received, in minor units."""
    posting = PostingEngine(books(CUSTOM), allocators={"by_area": by_area})

    story = str(posting.explain(sale("100.00", tax_exempt=True)))

    assert "split in minor units north: 3333, south: 6667" in story


def test_taxes_of_all_items_are_split_as_one_figure() -> None:
    """Sixty taxes of 0.01 are split 0.30 and 0.30, bases too, as their nets are."""
    rule = """\
on HERA.POS.** {
  given total_amount = sum(gross(items))
  debit clearing total_amount
  credit revenue    sum(net(items)) by staff_id
  credit tax_output sum(tax(items)) by staff_id
}
"""
    posting = PostingEngine(books(STAFF, rule, prices="exclusive"))
    items = [{"amount": "0.20", "staff_id": staff} for staff in ("A", "B")] * 30

    entry = posting.simulate(sale("12.60", items=items))

    assert journal(entry) == table("""
        DR clearing   12.60
        CR revenue     6.00 staff_id=A
        CR revenue     6.00 staff_id=B
        CR tax_output  0.30 staff_id=A
        CR tax_output  0.30 staff_id=B
    """)
    bases = [str(line.tax.base) for line in entry.lines if line.tax is not None]
    assert bases == ["6.00", "6.00"]


def test_a_tax_that_rounds_to_nothing_is_split_all_the_same() -> None:
    """5 % of 0.05 posts no line, and refuses nothing."""
    rule = """\
on HERA.POS.** {
  given total_amount = sum(gross(items))
  debit clearing total_amount
  credit revenue    sum(net(items)) by staff_id
  credit tax_output sum(tax(items)) by staff_id
}
"""
    posting = PostingEngine(books(STAFF, rule, prices="exclusive"))
    items = [{"amount": "0.05", "staff_id": "A"}, {"amount": "0.04", "staff_id": "B"}]

    entry = posting.simulate(sale("0.09", items=items))

    assert [line.account.key for line in entry.lines] == ["clearing", "revenue", "revenue"]


LISTED_TIPS = (
    TIPS
    + """\
on HERA.POS.** {
  given total_amount = sum(gross(items)) + sum(tips.amount)
  debit clearing total_amount
  for item in items {
    credit revenue    net(item)  by staff_id
    credit tax_output tax(item)
  }
  for tip in tips { credit tips_payable tip.amount by staff_id }
}
"""
)


@pytest.mark.parametrize(
    "declared",
    [STAFF, BY_STAFF, STAFF + 'split HERA.** by staff_id fixed { "house" 100% }\n'],
    ids=["no split", "proportional", "fixed"],
)
def test_by_inside_a_loop_over_records_takes_the_members_value(declared: str) -> None:
    """Each tip is for the member of staff it names, whoever sold the items."""
    posting = PostingEngine(books(declared, LISTED_TIPS))
    tips = [{"staff_id": "cid", "amount": "3.00"}, {"staff_id": "ann", "amount": "2.00"}]

    entry = posting.simulate(
        sale("110.00", items=[{"amount": "105.00", "staff_id": "ann"}], tips=tips)
    )

    assert journal(entry).splitlines()[-2:] == [
        "CR tips_payable 3.00 staff_id=cid",
        "CR tips_payable 2.00 staff_id=ann",
    ]


def test_a_member_without_a_value_is_split_as_elsewhere() -> None:
    """A tip that names nobody goes to those who sold, by net amounts."""
    posting = PostingEngine(books(STAFF, LISTED_TIPS))
    items = [{"amount": "63.00", "staff_id": "ann"}, {"amount": "42.00", "staff_id": "bob"}]

    entry = posting.simulate(sale("115.00", items=items, tips=[{"amount": "10.00"}]))

    assert journal(entry).splitlines()[-2:] == [
        "CR tips_payable 6.00 staff_id=ann",
        "CR tips_payable 4.00 staff_id=bob",
    ]


def test_a_required_dimension_comes_from_the_innermost_member_that_has_it() -> None:
    """A part says it, else its leg, else the event; an explanation tells which."""
    schema = """\
ledgers GL
account wages 5000 expense
account bank 1200 asset
dimensions cost_center
require cost_center on 5* else error
on HERA.PAY.RUN.V1 {
  for leg in legs { for part in leg.parts { debit wages part.amount } }
  for leg in legs { for part in leg.parts { credit bank part.amount } }
}
"""
    parts = [{"amount": "1.00", "cost_center": "CC-1"}, {"amount": "2.00"}]
    legs = [{"cost_center": "CC-2", "parts": parts}, {"parts": [{"amount": "4.00"}]}]
    event = {
        "organization_id": "org", "event_smart_code": "HERA.PAY.RUN.V1", "total_amount": "7.00",
        "currency": "USD", "business_context": {"legs": legs, "cost_center": "CC-3"},
    }  # fmt: skip

    story = PostingEngine(schema).explain(event)

    assert journal(story.entry).splitlines()[:3] == [
        "DR wages 1.00 cost_center=CC-1",
        "DR wages 2.00 cost_center=CC-2",
        "DR wages 4.00 cost_center=CC-3",
    ]
    assert str(story).count("cost_center from member") == 2


def test_a_payment_gives_its_dimensions() -> None:
    """A tender that was taken at another branch carries that branch."""
    rule = """\
carry org_unit on *
on HERA.POS.** {
  for payment in payments { debit clearing payment.amount }
  credit revenue total_amount
}
"""
    payments = [{"amount": "3.00", "org_unit": "B2"}, {"amount": "4.00"}]

    entry = PostingEngine(books(STAFF, rule)).simulate(
        sale("7.00", payments=payments, org_unit="B1")
    )

    assert journal(entry) == table("""
        DR clearing 3.00 org_unit=B2
        DR clearing 4.00 org_unit=B1
        CR revenue  7.00 org_unit=B1
    """)
