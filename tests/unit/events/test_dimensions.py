"""Which dimensions a line carries and where their values come from."""

from collections.abc import Sequence

import pytest

from hera_engine.engine import PostingEngine
from hera_engine.facts import Facts
from hera_engine.rules.drafts import DraftLine
from hera_engine.rules.stage import Contribution
from tests.unit.events.books import (
    books,
    engine,
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
        return Contribution(facts={"staff_id": "derived"})


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


def test_a_value_is_derived_third() -> None:
    """What a stage finds out stands behind what the item and the event say."""
    posting = PostingEngine(books(STRICT), stages=[AssignStaff()])
    items = [{"amount": "10.00", "staff_id": "ann"}, {"amount": "5.00"}]

    entry = posting.simulate(sale("15.00", items=items, **EXEMPT_SALE))

    assert journal(entry) == table("""
        DR clearing 15.00
        CR revenue  10.00 staff_id=ann
        CR revenue   5.00 staff_id=derived
    """)


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
