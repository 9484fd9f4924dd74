"""Dimensions that an account requires and no declared event can have: refused at compile time."""

import pytest

from hera_engine import PostingEngine, SchemaError, Settings
from hera_engine.errors import Severity
from hera_engine.settings import Residue

BOOKS = """ledgers GL
account cash 1000 asset
account revenue 4100 revenue
account vat 2200 liability
account owed 2202 liability
account kept 2203 liability
account claimed 1402 asset
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
  reverse charge imported 5% for goods.imported account owed input vat_in
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
        ("", "for leg in legs { credit revenue leg.amount }", False),
        ("", "credit revenue sum(legs.amount)", True),
        ("", "credit revenue (total_amount - 1) balance to revenue within 1.00", True),
    ],
)
def test_the_value_of_a_member_reaches_lines_of_its_loop_alone(
    more: str, lines: str, *, refused: bool
) -> None:
    """Inside a loop a line has the value of its member, elsewhere those of items if split so."""
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

    # What a seller owes stands on the account of the rate, and what a buyer owes on that of a
    # reversed charge only.
    assert absent(f"require org_unit on vat else error\n{events}{TAXED}") == [
        MESSAGE.format("vat", "HERA.POS.SALE.V1")
    ]
    assert absent(f"require org_unit on owed else error\n{events}{TAXED}") == [
        MESSAGE.format("owed", "HERA.BUY.BILL.V1")
    ]
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


WITHHELD = """tax profile vat {
  component VAT 5% account vat input vat_in expense owed
  component TDS 1% withheld account kept input claimed
}
on HERA.POS.SALE.V1 {
  for item in items { debit cash gross(item) credit revenue net(item) credit rounding tax(item) }
  for item in items { debit rounding withheld(item) credit cash withheld(item) }
}
on HERA.BUY.BILL.V1 purchase {
  for item in items { credit cash gross(item) debit revenue net(item) debit rounding tax(item) }
  for item in items { credit rounding withheld(item) debit cash withheld(item) }
}
"""


@pytest.mark.parametrize(
    ("account", "rules"),
    [
        ("vat", ["HERA.POS.SALE.V1"]),
        ("vat_in", ["HERA.BUY.BILL.V1"]),
        ("owed", ["HERA.BUY.BILL.V1"]),
        ("kept", ["HERA.BUY.BILL.V1"]),
        ("claimed", ["HERA.POS.SALE.V1"]),
    ],
)
def test_a_tax_that_is_withheld_changes_places(account: str, rules: list[str]) -> None:
    """The customer owes it and the seller claims it; any other tax is the other way round."""
    events = "event HERA.** { items: list of { amount: money } }\n"
    text = f"use tax vat\nrequire org_unit on {account} else error\n{events}{WITHHELD}"

    assert absent(text) == [MESSAGE.format(account, rule) for rule in rules]


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ("legs: list of { amount: money }", True),
        ("legs: list of { amount: money  org_unit: text }", False),
        ("legs: list of open { amount: money }", False),
        ("legs: list of { amount: money }  others: list of { org_unit: text }", True),
    ],
)
def test_the_members_of_the_loops_around_a_line_may_bring_it(fields: str, *, refused: bool) -> None:
    """Only the list that the line's own loop goes through counts."""
    rule = """on HERA.POS.SALE.V1 {
  for leg in legs { credit revenue leg.amount }
  debit cash sum(legs.amount)
}
"""
    text = f"require org_unit on revenue else error\nevent HERA.POS.** {{ {fields} }}\n{rule}"

    assert absent(text) == ([MESSAGE.format("revenue", "HERA.POS.SALE.V1")] if refused else [])


def test_a_loop_inside_a_loop_may_bring_the_dimension() -> None:
    """The members of lists inside members are looked at, the outer ones too."""
    declared = "event HERA.POS.** { parts: list of { legs: list of { amount: money %s } %s } }\n"
    rule = """on HERA.POS.SALE.V1 {
      for part in parts { for leg in part.legs { debit cash leg.amount credit revenue leg.amount } }
    }
    """
    for inner, outer, refused in (("", "", True), ("org_unit: text", "", False),
                                  ("", "org_unit: text", False)):  # fmt: skip
        text = f"require org_unit on revenue else error\n{declared % (inner, outer)}{rule}"

        expected = [MESSAGE.format("revenue", "HERA.POS.SALE.V1")] if refused else []
        assert absent(text) == expected


def test_a_list_inside_an_open_record_may_bring_the_dimension() -> None:
    """What an open record holds is not known, nor what a list in it does."""
    declared = "event HERA.POS.** { shipping: open { } }\n"
    rule = """on HERA.POS.SALE.V1 {
      for part in shipping.parts { debit cash part.amount credit revenue part.amount }
    }
    """

    assert absent(f"require org_unit on revenue else error\n{declared}{rule}") == []


CALL = """map of(kind, method) {
  "sale", "card" -> owed,
  "sale", * -> revenue,
  else -> vat
}
on HERA.POS.SALE.V1 {
  debit cash total_amount
  credit of(%s) total_amount
}
"""

ALL_THREE = {"owed", "revenue", "vat"}


@pytest.mark.parametrize(
    ("fields", "arguments", "accounts"),
    [
        ('kind: one of "sale"  method: one of "cash"', "kind, method", {"revenue", "vat"}),
        ('kind: one of "sale"  method: one of "cash", "card"', "kind, method", ALL_THREE),
        ('kind: text  method: one of "cash"', "kind, method", {"revenue", "vat"}),
        ('kind: one of "tip"  method: text', "kind, method", {"vat"}),
        ('kind: one of "sale"  method: text', "kind, method", ALL_THREE),
        ('method: optional one of "cash"', '"sale", method default "cash"', {"revenue", "vat"}),
        ('method: optional one of "cash"', '"sale", method default "card"', ALL_THREE),
        ('method: text', '"tip", method', {"vat"}),
        ('pay: { method: one of "cash" }', '"sale", pay.method', {"revenue", "vat"}),
        ('pay: open { }', '"sale", pay.method', ALL_THREE),
    ],
)  # fmt: skip
def test_a_map_comes_to_the_accounts_of_rows_that_its_inputs_can_match(
    fields: str, arguments: str, accounts: set[str]
) -> None:
    """What is declared of the inputs leaves out the other rows; `else` may always be taken."""
    text = f"event HERA.POS.** {{ total_amount: money  {fields} }}\n{CALL % arguments}"

    found = {
        account
        for account in sorted(ALL_THREE)
        if absent(f"require org_unit on {account} else error\n{text}")
    }

    assert found == accounts


def test_the_inputs_of_a_map_in_a_loop_are_those_of_its_members() -> None:
    """The same map may come to an account in one line, and not in another."""
    declared = """event HERA.POS.** {
  legs: list of { method: one of "cash"  amount: money }
  others: list of { method: one of %s  amount: money }
}
"""
    rule = """map of(method) { "cash" -> cash, "card" -> owed }
on HERA.POS.SALE.V1 {
  for leg in legs { debit of(leg.method) leg.amount  credit revenue leg.amount }
  for leg in others { debit of(leg.method) leg.amount  credit revenue leg.amount }
}
"""
    text = f"require org_unit on owed else error\n{declared}{rule}"

    assert absent(text % '"cash"') == []
    assert absent(text % '"card"') == [MESSAGE.format("owed", "HERA.POS.SALE.V1")]
