"""Dimensions that an account requires and no declared event can have: refused at compile time."""

import pytest

from hera_engine import PostingEngine, SchemaError, Settings
from hera_engine.errors import Severity
from hera_engine.settings import Residue

BOOKS = """ledgers GL
account cash 1000 asset
account revenue 4100 revenue
account vat 2200 liability
account vat_in 1400 asset
account tax_output 2201 liability
account tax_input 1401 asset
account rounding 5900 expense
payments immediate
dimensions org_unit
"""
SALE = "on HERA.POS.SALE.V1 { debit cash total_amount credit revenue total_amount }\n"
TAXED = """tax profile vat {
  rate standard 5% for goods.standard account vat input vat_in
  reverse charge imported 5% for goods.imported account vat input vat_in
}
on HERA.POS.SALE.V1 {
  debit cash sum(gross(items))
  credit revenue sum(net(items))
  for item in items { credit tax_output tax(item) }
}
on HERA.BUY.BILL.V1 purchase {
  credit cash sum(gross(items))
  debit revenue sum(net(items))
  for item in items { debit tax_input tax(item) }
}
"""


def absent(text: str, settings: Settings | None = None) -> list[str]:
    """Return the messages of the faults of a schema that does not compile."""
    try:
        PostingEngine(BOOKS + text, settings=settings)
    except SchemaError as error:
        return [
            fault.message if fault.name == "ABSENT_DIMENSION" else str(fault)
            for fault in error.diagnostics
            if fault.severity is Severity.ERROR
        ]
    return []


MESSAGE = "account `{}` requires `org_unit`, which no event of rule `{}` has"


@pytest.mark.parametrize(
    ("event", "refused"),
    [
        ("{ }", True),
        ("{ staff_id: text }", True),
        ("{ items: list of { amount: money } }", True),
        ("{ items: optional list of { amount: money } }", True),
        ("{ org_unit: text }", False),
        ("{ org_unit: optional text }", False),
        ("{ items: list of { amount: money  org_unit: text } }", True),
        ("{ items: list of open { amount: money } }", True),
        ("open { }", False),
    ],
)
def test_a_closed_event_without_the_field_is_refused(event: str, *, refused: bool) -> None:
    """No line of the account can carry the value; an item's is not that of the whole event."""
    text = f"require org_unit on revenue else error\nevent HERA.POS.** {event}\n{SALE}"

    assert absent(text) == ([MESSAGE.format("revenue", "HERA.POS.SALE.V1")] if refused else [])


@pytest.mark.parametrize(
    ("more", "lines", "refused"),
    [
        ("", "for item in items { credit revenue net(item) }", False),
        ("", "credit revenue sum(net(items)) by org_unit", False),
        ("split HERA.POS.** by org_unit proportional", "credit revenue sum(net(items))", False),
        ("", "credit revenue sum(net(items))", True),
        ("", "for leg in legs { credit revenue leg.amount }", True),
        ("", "credit revenue (total_amount - 1) balance to revenue within 1.00", True),
    ],
)
def test_the_value_of_an_item_reaches_lines_of_items_alone(
    more: str, lines: str, *, refused: bool
) -> None:
    """Inside a loop over items a line has their value, elsewhere where it is split by them."""
    text = f"""require org_unit on revenue else error
{more}
event HERA.POS.** {{
  total_amount: money
  items: list of {{ amount: money  org_unit: text }}
  legs: list of {{ amount: money  org_unit: text }}
  given total_amount = sum(net(items))
  given total_amount = sum(legs.amount)
}}
tax profile vat {{ rate standard 5% }}
on HERA.POS.SALE.V1 {{ debit cash total_amount {lines} }}
"""

    message = MESSAGE.format("revenue", "HERA.POS.SALE.V1")
    assert absent(text) == ([message] if refused else [])


@pytest.mark.parametrize(
    "other",
    [
        "require org_unit on revenue else warning",
        'require org_unit on revenue default "X"',
        'require org_unit on revenue else error\nsplit HERA.** by org_unit fixed { "A" 100% }',
        "require org_unit on vat else error",
    ],
)
def test_what_may_bring_the_dimension_is_no_fault(other: str) -> None:
    """A warning, a default, a split with values of its own, and accounts that no line is on."""
    assert absent(f"{other}\nevent HERA.POS.** {{ }}\n{SALE}") == []


def test_a_stage_may_bring_the_dimension() -> None:
    """What a stage provides is not looked for in the event."""

    class _Derive:
        name = "derive"
        provides = ("org_unit",)

        def contribute(self, facts: object, lines: object) -> object:
            raise AssertionError("no event is posted here")

    text = f"{BOOKS}require org_unit on revenue else error\nevent HERA.POS.** {{ }}\n{SALE}"

    PostingEngine(text, stages=[_Derive()])  # type: ignore[list-item] # never called


def test_lines_that_the_engine_adds_are_looked_at() -> None:
    """Taxes on accounts of their own, reversed charges and rounding need the dimension too."""
    events = "event HERA.** { items: list of { amount: money  tax_category: text } }\n"

    assert absent(f"require org_unit on vat else error\n{events}{TAXED}") == [
        MESSAGE.format("vat", "HERA.POS.SALE.V1"), MESSAGE.format("vat", "HERA.BUY.BILL.V1"),
    ]  # fmt: skip
    assert absent(f"require org_unit on vat_in else error\n{events}{TAXED}") == [
        MESSAGE.format("vat_in", "HERA.BUY.BILL.V1")
    ]
    closed = SALE.replace(" }", " balance to vat within 0.05 }")
    assert absent(f"require org_unit on vat else error\nevent HERA.POS.** {{ }}\n{closed}") == [
        MESSAGE.format("vat", "HERA.POS.SALE.V1")
    ]
    named = "require org_unit on rounding else error\nevent HERA.POS.** { }\n"
    assert absent(named + SALE) == []
    assert absent(named + SALE, Settings(residue=Residue.ROUNDING)) == [
        MESSAGE.format("rounding", "HERA.POS.SALE.V1")
    ]
