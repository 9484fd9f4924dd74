"""Which dimensions a line carries and where their values come from."""

from collections.abc import Mapping, Sequence

import pytest

from hera_engine.engine import PostingEngine
from hera_engine.facts import Facts
from hera_engine.rules.drafts import DraftLine
from hera_engine.rules.stage import Contribution
from tests.unit.events.books import (
    books,
    engine,
    event,
    journal,
    paths,
    refused,
    sale,
    table,
    warnings,
)

STAFF = "dimensions staff_id, org_unit\n"
STRICT = STAFF + "require staff_id on revenue else error\n"
EXEMPT_SALE = {"tax_exempt": True}


class AssignStaff:
    """A stage that finds out who served."""

    name = "assign-staff"
    provides = ("staff_id",)

    def contribute(self, facts: Facts, lines: Sequence[DraftLine]) -> Contribution:
        """See `Stage.contribute`."""
        return Contribution(facts={"staff_id": "eva"})


def test_a_value_comes_from_the_item_first() -> None:
    """An item's own value beats the event's."""
    posting = engine(STRICT)
    items = [{"amount": "10.00", "staff_id": "ann"}]

    entry = posting.simulate(sale("10.00", items=items, staff_id="zoe", **EXEMPT_SALE))

    assert journal(entry) == table("""
        DR clearing 10.00
        CR revenue  10.00 staff_id=ann
    """)


def test_a_value_comes_from_the_event_second() -> None:
    """An item without a value takes the event's."""
    posting = engine(STRICT)
    items = [{"amount": "10.00", "staff_id": "ann"}, {"amount": "5.00"}]

    entry = posting.simulate(sale("15.00", items=items, staff_id="zoe", **EXEMPT_SALE))

    assert journal(entry) == table("""
        DR clearing 15.00
        CR revenue  10.00 staff_id=ann
        CR revenue   5.00 staff_id=zoe
    """)


def test_a_value_comes_from_a_stage_third() -> None:
    """What a stage finds out stands behind what the item and the event say; `explain` says so."""
    posting = PostingEngine(books(STRICT), stages=[AssignStaff()])
    items = [{"amount": "10.00", "staff_id": "ann"}, {"amount": "5.00"}]

    entry = posting.simulate(sale("15.00", items=items, **EXEMPT_SALE))

    assert journal(entry) == table("""
        DR clearing 15.00
        CR revenue  10.00 staff_id=ann
        CR revenue   5.00 staff_id=eva
    """)
    told = str(posting.explain(sale("15.00", items=items, **EXEMPT_SALE)))
    assert "staff_id from stage" in told
    assert "from derived" not in told


def test_a_value_is_the_default_last() -> None:
    """A requirement with a default fills in what nobody says."""
    posting = engine(STAFF + 'require staff_id on revenue default "nobody"\n')
    items = [{"amount": "10.00", "staff_id": "ann"}, {"amount": "5.00"}]

    entry = posting.simulate(sale("15.00", items=items, **EXEMPT_SALE))

    assert journal(entry) == table("""
        DR clearing 15.00
        CR revenue  10.00 staff_id=ann
        CR revenue   5.00 staff_id=nobody
    """)


def test_each_dimension_has_its_own_default() -> None:
    """A requirement of several dimensions names a default for each."""
    posting = engine(
        STAFF
        + "require staff_id, org_unit on revenue else auto_default"
        + ' default staff_id "nobody", org_unit "HQ"\n'
    )

    entry = posting.simulate(sale("10.00", staff_id="ann", **EXEMPT_SALE))

    assert journal(entry) == table("""
        DR clearing 10.00
        CR revenue  10.00 org_unit=HQ staff_id=ann
    """)


def test_a_required_value_that_nobody_gives_is_refused() -> None:
    """E_DIM_MISSING lists the lines, counted from zero, with what each lacks."""
    posting = engine(STAFF + "require staff_id, org_unit on 4* else error\n")

    error = refused(posting, sale("105.00", org_unit="north"), "E_DIM_MISSING")

    assert error.details == {"missingByLine": [{"lineIndex": 1, "missing": ["staff_id"]}]}
    assert error.http_status == 422


def test_every_line_that_lacks_a_value_is_listed() -> None:
    """All missing dimensions come together, in line order and in the requirement's order."""
    posting = engine(
        STAFF + "require org_unit, staff_id on 4* else error\nrequire org_unit on * else error\n"
    )

    error = refused(posting, sale("105.00"), "E_DIM_MISSING")

    assert error.details["missingByLine"] == [
        {"lineIndex": 0, "missing": ["org_unit"]},
        {"lineIndex": 1, "missing": ["org_unit", "staff_id"]},
        {"lineIndex": 2, "missing": ["org_unit"]},
    ]


def test_a_requirement_that_warns_lets_the_entry_pass() -> None:
    """A requirement with a warning posts the line without the dimension and says so."""
    posting = engine(STAFF + "require staff_id on revenue else warning\n")

    entry = posting.simulate(sale("10.00", **EXEMPT_SALE))

    assert journal(entry) == "DR clearing 10.00\nCR revenue 10.00"
    assert warnings(entry) == ("DIM_MISSING",)
    assert entry.to_dict()["warnings"][0]["details"] == {  # type: ignore[index]
        "lineIndex": 1,
        "missing": ["staff_id"],
    }


def test_the_first_requirement_that_matches_wins() -> None:
    """Of two requirements on one account only the first in the document counts."""
    posting = engine(
        STAFF + "require staff_id on 41* else error\nrequire org_unit on 4* else error\n"
    )

    entry = posting.simulate(sale("10.00", staff_id="ann", **EXEMPT_SALE))

    assert journal(entry) == "DR clearing 10.00\nCR revenue 10.00 staff_id=ann"


def test_a_line_carries_only_what_its_account_is_required_or_asked_to_carry() -> None:
    """Values that nobody asked a line for are not on it."""
    posting = engine(STRICT + "carry org_unit on 1*\n")

    entry = posting.simulate(sale("105.00", staff_id="ann", org_unit="north"))

    assert journal(entry) == table("""
        DR clearing   105.00 org_unit=north
        CR revenue    100.00 staff_id=ann
        CR tax_output   5.00
    """)


def test_carry_demands_nothing() -> None:
    """A line asked to carry a dimension goes without where nobody gives a value."""
    posting = engine(STAFF + "carry org_unit on *\n")

    entry = posting.simulate(sale("10.00", **EXEMPT_SALE))

    assert journal(entry) == "DR clearing 10.00\nCR revenue 10.00"


def test_a_carried_value_comes_from_the_item_too() -> None:
    """Inside `for item` a carried dimension takes the item's value."""
    posting = engine(STAFF + "carry org_unit on revenue\n")
    items = [{"amount": "10.00", "org_unit": "north"}, {"amount": "5.00", "org_unit": "south"}]

    entry = posting.simulate(sale("15.00", items=items, **EXEMPT_SALE))

    assert journal(entry) == table("""
        DR clearing 15.00
        CR revenue  10.00 org_unit=north
        CR revenue   5.00 org_unit=south
    """)


@pytest.mark.parametrize("value", ["", None])
def test_an_empty_value_is_no_value(value: str | None) -> None:
    """An empty text or a null does not satisfy a requirement."""
    posting = engine(STRICT)

    error = refused(posting, sale("10.00", staff_id=value, **EXEMPT_SALE), "E_DIM_MISSING")

    assert error.details["missingByLine"] == [{"lineIndex": 1, "missing": ["staff_id"]}]


@pytest.mark.parametrize("value", [7, True, ["ann"], "n\u00f6", "a\nb", "x" * 10_000])
def test_a_value_that_is_no_short_printable_text_is_refused(value: object) -> None:
    """A dimension value is printable ASCII of limited length; its path is in the error."""
    posting = engine(STRICT)

    error = refused(posting, sale("10.00", staff_id=value, **EXEMPT_SALE), "E_GUARDRAIL")

    assert paths(error) == ("business_context.staff_id",)


def test_explain_tells_where_each_dimension_came_from() -> None:
    """The story of a line names the source of each of its values."""
    posting = engine(STAFF + 'require staff_id on revenue default "nobody"\ncarry org_unit on 4*\n')

    story = posting.explain(sale("10.00", org_unit="north", **EXEMPT_SALE))

    assert dict(story.steps[1][0].evidence.sources) == {"staff_id": "default", "org_unit": "event"}


PAYROLL = """\
account salaries 6100 expense
account wages    2400 liability
dimensions cost_center, employee_id
require cost_center on salaries else error
carry employee_id on wages
on HERA.PAYROLL.RUN.V1 {
  for employee in employees {
    for share in employee.shares { debit salaries share.amount }
    credit wages sum(employee.shares.amount)
  }
}
"""


def run(*employees: Mapping[str, object], **context: object) -> dict[str, object]:
    """Return a payroll run of 10.00."""
    return event("HERA.PAYROLL.RUN.V1", "10.00", employees=list(employees), **context)


def test_a_value_comes_from_the_member_of_any_collection() -> None:
    """A loop over a list of the event's own is no worse than one over items."""
    shares = [{"cost_center": "A", "amount": "6.00"}, {"cost_center": "B", "amount": "4.00"}]

    entry = engine(PAYROLL).simulate(run({"employee_id": "E-1", "shares": shares}))

    assert journal(entry) == table("""
        DR salaries  6.00 cost_center=A
        DR salaries  4.00 cost_center=B
        CR wages    10.00 employee_id=E-1
    """)


def test_by_takes_the_members_value_also_in_an_allocation() -> None:
    """`by` splits a line by the member's value, which beats a fixed split."""
    text = PAYROLL.replace("require cost_center on salaries else error\n", "").replace(
        "for share in employee.shares { debit salaries share.amount }",
        "allocate sum(employee.shares.amount) over share in employee.shares by share.amount "
        "to debit salaries by cost_center",
    )
    fixed = 'split HERA.PAYROLL.** by cost_center fixed { "X" 100% }\n'
    shares = [{"cost_center": "A", "amount": "6.00"}, {"cost_center": "B", "amount": "4.00"}]
    sent = run({"employee_id": "E-1", "shares": shares}, cost_center="C")

    expected = table("""
        DR salaries  6.00 cost_center=A
        DR salaries  4.00 cost_center=B
        CR wages    10.00 employee_id=E-1
    """)
    assert journal(engine(text).simulate(sent)) == expected
    assert journal(engine(text + fixed).simulate(sent)) == expected


def test_a_member_without_a_usable_value_is_refused_with_its_path() -> None:
    """A value that is no text is a fault of the event, at the member."""
    shares = [{"cost_center": 7, "amount": "10.00"}]
    sent = run({"employee_id": "E-1", "shares": shares})

    error = refused(engine(PAYROLL), sent, "E_GUARDRAIL")

    assert paths(error) == ("business_context.employees[0].shares[0].cost_center",)
