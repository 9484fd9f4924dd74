"""What the checks say of event declarations, and of rules held to those of their events."""

import time

import pytest

from hera_engine import limits
from hera_engine.dsl.declared import covers, may_share
from hera_engine.dsl.nodes import EventPattern
from tests.unit.dsl.schema_texts import SOUND, diagnostics_of, faults_of

DECLARED = f"""{SOUND}
dimensions org_unit
map account_of(kind) {{ "service" -> revenue, "product" -> fees }}
event HERA.CRM.** {{
  total_amount: money
  tip: money = 0
  note: optional text
  kind: one of "service", "product"
  rate: number
  day: date
  lines: list of {{ amount: money  kind: one of "service", "product"  parts: list of text }}
  ship: {{ amount: money  carrier: optional text  box: {{ size: number }} }}
  any: open {{ a: text }}
}}
"""


def rule(body: str) -> str:
    """Return the declared schema with one more rule, whose map call is sound."""
    return (
        f"{DECLARED}on HERA.CRM.SALE.V1 {{\n{body}\n"
        "  credit account_of(kind) total_amount\n  debit cash total_amount\n}\n"
    )


def declared(body: str) -> list[str]:
    """Return the faults of a schema that declares events as ``body`` says."""
    return faults_of(f"{SOUND}\ndimensions org_unit\nevent HERA.CRM.** {{\n{body}\n}}\n")


def test_a_declaration_and_its_rule_have_no_fault() -> None:
    """The schema the other tests change is sound."""
    assert faults_of(rule("debit cash tip credit cash tip")) == []


# --- declarations --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("a: text a: date", ["DUPLICATE a"]),
        ('a: one of "x", "x"', ['DUPLICATE one of "x", "x"']),
        ("`a.b`: text", ["BAD_TEXT `a.b`"]),
        (f"{'a' * 65}: text", [f"BAD_TEXT {'a' * 65}"]),
        ("a: text = 5", ["WRONG_KIND 5"]),
        ("a: money = -5", ["BAD_NUMBER -5"]),
        ("a: money = 0.00001", ["BAD_NUMBER 0.00001"]),
        ("a: signed money = -5", []),
        ("a: number = -0.00001", []),
        ('a: one of "x", "y" = "z"', ['BAD_CHOICE "z"']),
        ("a: date = 2025-01-31", []),
        ("a: truth = true", []),
        ("a: optional text = \"x\"", ["MISPLACED a"]),
        ("a: { b: text } = \"x\"", ['MISPLACED "x"']),
        ("a: list of text = \"x\"", ['MISPLACED "x"']),
        ("a: list of { b: text b: text }", ["DUPLICATE b"]),
        ("total_amount: text", ["WRONG_KIND text"]),
        ("total_amount: number", ["WRONG_KIND number"]),
        ("tip_amount: signed money", ["WRONG_KIND signed money"]),
        ("exchange_rate: money", ["WRONG_KIND money"]),
        ("exchange_rate: number", []),
        ("total_amount: money = 1", ["MISPLACED 1"]),
        ("metadata: { a: text }", ["MISPLACED metadata"]),
        ("org_unit: number", ["WRONG_KIND number"]),
        ('org_unit: one of "A", "B"', []),
        ("items: list of text", ["WRONG_KIND text"]),
        ("items: { a: text }", ["WRONG_KIND { a: text }"]),
        ("items: list of { amount: text }", ["WRONG_KIND text"]),
        ("items: list of { quantity: number unit_price: number org_unit: text }", []),
        ("items: list of { discount_net: money }", ["MISPLACED discount_net"]),
        ("payments: list of { amount: money method: truth }", ["WRONG_KIND truth"]),
        ("tax_point_date: text", ["WRONG_KIND text"]),
        ("a: text given a = 1", ["WRONG_KIND a"]),
        ("a: money given aa = total_amount", ["UNKNOWN_FIELD aa"]),
        ("lines: list of { amount: money } given sum(lines.mount) = 1",
         ["UNKNOWN_FIELD lines.mount"]),
    ],
)  # fmt: skip
def test_a_fault_of_a_declaration_is_at_its_words(body: str, found: list[str]) -> None:
    """Fields are told apart, have types the engine can take, and defaults of their type."""
    assert declared(body) == found


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        (("HERA.A.**", "HERA.A.**"), ["DUPLICATE HERA.A.**"]),
        (("HERA.A.**", "HERA.A.*.V1"), ["SHADOWED HERA.A.*.V1"]),
        (("HERA.A.**", "HERA.A.B.V1"), []),
        (("HERA.A.B.v1", "HERA.A.B.V1"), ["DUPLICATE HERA.A.B.V1"]),
        (("HERA.*.V1", "HERA.A.**"), []),
        (("HERA..A", "HERA.B.**"), ["SYNTAX"]),
    ],
)
def test_a_declaration_that_no_event_reaches_is_told(
    patterns: tuple[str, ...], found: list[str]
) -> None:
    """The first pattern wins, and an exact code before it."""
    text = SOUND + "".join(f"\nevent {pattern} {{ }}" for pattern in patterns)
    if found == ["SYNTAX"]:
        text = text.replace("HERA..A", '"HERA..A"')
        found = ['BAD_SMART_CODE "HERA..A"']

    assert faults_of(text) == found


def test_the_limits_of_declarations_are_kept() -> None:
    """Fields, choices, nesting and declarations are bounded, each at its published limit."""
    fields = [f"f{index}: text" for index in range(limits.DECLARED_FIELDS)]
    deep = "{ a: " * limits.DECLARED_DEPTH

    assert declared(" ".join(fields)) == []
    assert declared(" ".join([*fields, "more: text"])) == ["TOO_LARGE HERA.CRM.**"]
    assert declared(f"a: {deep[:-5]}text{' }' * (limits.DECLARED_DEPTH - 1)}") == []
    assert declared(f"a: {deep}text{' }' * limits.DECLARED_DEPTH}") == ["TOO_LARGE HERA.CRM.**"]
    several = "".join(f"\nevent HERA.E{n}.** {{ }}" for n in range(limits.EVENT_DECLARATIONS))
    assert faults_of(SOUND + several) == []
    one_more = faults_of(f"{SOUND}{several}\nevent HERA.MORE.** {{ }}")
    assert [fault.split()[0] for fault in one_more] == ["TOO_LARGE"]


# --- rules ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("debit cash tipp", ["UNKNOWN_FIELD tipp"]),
        ("debit cash tax_amount", ["UNKNOWN_FIELD tax_amount"]),
        ("debit cash tip_amount", []),
        ("debit cash external_reference", ["WRONG_KIND external_reference"]),
        ("debit cash ship.amount", []),
        ("debit cash ship.mount", ["UNKNOWN_FIELD ship.mount"]),
        ("debit cash ship.amount.x", ["UNKNOWN_FIELD ship.amount.x"]),
        ("debit cash round(ship.box.size)", []),
        ("debit cash round(ship.box.siz)", ["UNKNOWN_FIELD ship.box.siz"]),
        ("debit cash any.thing", []),
        ("debit cash sum(lines.amount)", []),
        ("debit cash sum(lines.kind)", ["WRONG_KIND lines.kind"]),
        ("debit cash sum(lines.x)", ["UNKNOWN_FIELD lines.x"]),
        ("for line in lines { debit cash line.amount }", []),
        ("for line in lines { debit cash line.mount }", ["UNKNOWN_FIELD line.mount"]),
        ("for line in liens { debit cash total_amount }", ["UNKNOWN_FIELD liens"]),
        ("for line in ship { debit cash total_amount }", ["WRONG_KIND ship"]),
        ('for l in lines { for p in l.parts { debit cash total_amount when p = "x" } }', []),
        ("for l in lines { for p in l.parts { debit cash p } }", ["WRONG_KIND p"]),
        ("for item in items { debit cash item.amount }", []),
        ("for item in items { debit cash item.tip }", []),
        ("for item in items { debit cash item.tipp }", ["UNKNOWN_FIELD item.tipp"]),
        ("debit cash kind", ["WRONG_KIND kind"]),
        ("debit cash tip when kind = 5", ["WRONG_KIND 5"]),
        ("debit cash tip when day > 5", ["WRONG_KIND 5"]),
        ("debit cash tip when ship = 5", ["WRONG_KIND ship"]),
        ("debit cash rate", ["NOT_WHOLE rate"]),
        ("debit cash round(rate * tip)", []),
        ("debit cash round(ship.amount * tip)", ["WRONG_KIND tip"]),
        ("debit cash round(ship.amount * total_amount / tip)", []),
        ("debit cash tip default 0", ["NEEDLESS_DEFAULT tip default 0"]),
        ('debit cash tip when note default "" = ""', []),
        ('debit cash tip when ship.carrier default "" = ""', []),
        ("let tip = 1 debit cash tip", ["SHADOWS tip"]),
    ],
)
def test_a_rule_is_held_to_the_declaration_of_its_events(body: str, found: list[str]) -> None:
    """Fields that no event has, and kinds that do not go together, are faults at their words."""
    assert faults_of(rule(f"{body} credit cash total_amount")) == found


def test_a_rule_of_events_that_may_be_undeclared_is_not_held_to_any() -> None:
    """A pattern that no declaration covers leaves every name open."""
    wider = "\non HERA.** { debit cash anything credit cash anything }"
    within = "\non HERA.CRM.*.V2 { debit cash anything credit cash anything }"

    assert faults_of(rule("") + wider) == []
    assert faults_of(rule("") + within) == ["UNKNOWN_FIELD anything", "UNKNOWN_FIELD anything"]


def test_an_open_declaration_knows_kinds_and_leaves_names_open() -> None:
    """What is declared has its kind; what is not may be sent all the same."""
    text = rule("debit cash anything credit cash kind").replace(
        "HERA.CRM.** {", "HERA.CRM.** open {"
    )

    assert faults_of(text) == ["WRONG_KIND kind"]


def test_a_reversal_has_the_events_of_both() -> None:
    """A field that only the events of the reversal have may be read with a default."""
    more = (
        '\nevent HERA.CRM.BACK.V1 { total_amount: money kind: one of "service" }'
        "\non HERA.CRM.BACK.V1 reverses HERA.CRM.SALE.V1"
    )

    assert faults_of(rule("debit cash tip default 0 credit cash tip default 0") + more) == []


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ('"service" -> revenue, "product" -> fees', []),
        ('"service" -> revenue', ["MAP_GAP account_of(kind)"]),
        ('"service" -> revenue, else refuse', []),
        ('"service" -> revenue, * -> fees', []),
        ('"service" -> revenue, "product" -> fees, "goods" -> fees',
         ['SHADOWED "goods" -> fees']),
        ('"service" -> revenue, "product" -> fees, else refuse', ["SHADOWED else refuse"]),
        ('"service" -> revenue, "product" -> fees, else -> cash', ["SHADOWED else -> cash"]),
    ],
)  # fmt: skip
def test_a_map_is_held_to_the_values_of_its_calls(rows: str, found: list[str]) -> None:
    """Values without a row and rows without a value are told."""
    text = rule("").replace('"service" -> revenue, "product" -> fees }', f"{rows} }}")

    assert faults_of(text) == found


REPLACED = '"a", * -> cash to 2025-05-31, "a", * -> fees from 2025-06-01'


@pytest.mark.parametrize(
    ("rows", "idle"),
    [
        # A value that is not known is taken by the wildcard alone.
        ('"a", * -> cash, "b", * -> fees, else refuse', ["else"]),
        ('"a", "x" -> cash, "a", * -> fees, "b", * -> fees', []),
        ('"a", * -> cash, *, "x" -> cash, "b", * -> cash, else refuse', ["else"]),
        ('"a", * -> cash, else -> fees', []),
        ('"a", * -> cash, "b", * -> fees from 2025-06-01, else refuse', []),
        (REPLACED + ', "b", * -> cash, else refuse', ["else"]),
        ('"a", * -> cash, "b", * -> fees from 2025-06-01, else refuse from 2025-07-01', ["else"]),
    ],
)  # fmt: skip
def test_a_wildcard_that_closer_rows_leave_nothing_is_idle(rows: str, idle: list[str]) -> None:
    """It is told where all it matches has closer rows on every day of its own."""
    text = f"""{SOUND}
map account_of(kind, other) {{ {rows} }}
event HERA.CRM.SALE.V1 {{ total_amount: money  kind: one of "a", "b"  other: text }}
on HERA.CRM.SALE.V1 {{ debit cash total_amount  credit account_of(kind, other) total_amount }}
"""

    found = [fault.message for fault in diagnostics_of(text) if fault.name == "SHADOWED"]

    reason = "other rows take every value that is declared"
    assert found == [f"row `{row}` of `account_of` is never reached: {reason}" for row in idle]


def test_a_wildcard_is_idle_only_if_it_is_for_every_call() -> None:
    """Another call with a value that is not declared may still reach it."""
    rows = 'map account_of(kind) { "a" -> revenue, "b" -> fees, else refuse }'
    fields = 'total_amount: money  fee: money  kind: one of "a", "b"  free: text'
    event = f"event HERA.CRM.SALE.V1 {{ {fields} }}"
    text = f"{SOUND}\n{rows}\n{event}\non HERA.CRM.SALE.V1 {{ debit cash total_amount  "

    both = f"{text}credit account_of(free) fee  credit account_of(kind) (total_amount - fee) }}"
    one = f"{text}credit account_of(kind) total_amount }}"

    assert [fault.name for fault in diagnostics_of(both)].count("SHADOWED") == 0
    assert [fault.name for fault in diagnostics_of(one)].count("SHADOWED") == 1


def test_a_gap_names_the_values() -> None:
    """The message lists the values for which there is no row."""
    text = rule("").replace('"service" -> revenue, "product" -> fees }', '"x" -> cash }')

    messages = [fault.message for fault in diagnostics_of(text) if fault.name == "MAP_GAP"]
    assert messages == ['map `account_of` has no row for "service", "product"']


@pytest.mark.parametrize(
    ("on", "rows", "gaps"),
    [
        ("", '"service" -> revenue to 2025-12-31, "product" -> fees',
         ['"service" from 2026-01-01']),
        ("", '"service" -> revenue to 2025-12-31, "service" -> fees from 2026-01-01, * -> fees',
         []),
        ("", '"service" -> revenue from 2026-01-01, else refuse to 2024-12-31',
         ['"service" from 2025-01-01 to 2025-12-31, "product" from 2025-01-01']),
        (" from 2026-01-01", '"service" -> revenue, "product" -> fees to 2026-03-31',
         ['"product" from 2026-04-01']),
        (" to 2025-12-31", '"service" -> revenue, "product" -> fees to 2025-12-31', []),
    ],
)  # fmt: skip
def test_dated_rows_leave_gaps_on_days_of_their_rule(on: str, rows: str, gaps: list[str]) -> None:
    """A declared value needs a row on each day on which the rule is in force."""
    text = rule("").replace('"service" -> revenue, "product" -> fees }', f"{rows} }}")
    text = text.replace("on HERA.CRM.SALE.V1", f"on HERA.CRM.SALE.V1{on}")

    found = diagnostics_of(text)

    assert [fault.message.partition(" row for ")[2] for fault in found] == gaps


@pytest.mark.parametrize(
    ("head", "rows", "gaps"),
    [
        ("effective 2026-02-01",
         '"service" -> revenue from 2026-01-01, "product" -> fees', []),
        ("effective 2026-01-01 until 2026-12-31",
         '"service" -> revenue from 2026-02-01 to 2026-03-31, "product" -> fees',
         ['"service" from 2026-01-01 to 2026-01-31, "service" from 2026-04-01 to 2026-12-31']),
        ("effective 2026-01-01", '"service" -> revenue to 2025-12-31, "product" -> fees',
         ['"service"']),
        ("effective 2026-01-01", '"service" -> revenue, else -> fees from 2026-01-01', []),
    ],
)  # fmt: skip
def test_gaps_are_told_on_days_of_the_schema(head: str, rows: str, gaps: list[str]) -> None:
    """Each gap is named, but for days on which no event can be posted."""
    text = rule("").replace('"service" -> revenue, "product" -> fees }', f"{rows} }}")

    found = diagnostics_of(f'schema "S" version 1 {head}\n{text}')

    assert [f.message.partition(" row for ")[2] for f in found if f.name == "MAP_GAP"] == gaps


def test_a_map_needs_an_else_on_days_of_the_schema_only() -> None:
    """An `else` that begins with the schema is one for every day."""
    text = (
        "ledgers GL account cash 1000 asset payments immediate validations { max_line_count 9 }"
        'map m(a) { "x" -> cash, else refuse from 2026-01-01 }'
        "on HERA.CRM.SALE.V1 { debit m(a) total_amount credit m(a) total_amount }"
    )

    for head, names in ((" effective 2026-01-01", []), ("", ["NO_ELSE"])):
        found = diagnostics_of(f'schema "S" version 1{head}\n{text}')
        assert [fault.name for fault in found if fault.name == "NO_ELSE"] == names


# --- patterns ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "covering", "sharing"),
    [
        ("HERA.**", "HERA.POS.**", True, True),
        ("HERA.POS.**", "HERA.**", False, True),
        ("HERA.*.V1", "HERA.POS.V1", True, True),
        ("HERA.*.V1", "HERA.**.V1", False, True),
        ("HERA.**.V1", "HERA.*.V1", True, True),
        ("HERA.**.A.**", "HERA.A.*", True, True),
        ("HERA.A.*", "HERA.B.*", False, False),
        ("HERA.**.V1", "HERA.**.V2", False, False),
        ("HERA.POS.v1", "HERA.POS.V1", True, True),
        ("HERA.*", "HERA.**", False, True),
        ("**", "HERA.*.*", True, True),
    ],
)
def test_patterns_cover_and_share(
    first: str, second: str, *, covering: bool, sharing: bool
) -> None:
    """Whether all, and whether any, of a pattern's codes match another."""
    assert covers(EventPattern(first), EventPattern(second)) is covering
    assert may_share(EventPattern(first), EventPattern(second)) is sharing
    assert may_share(EventPattern(second), EventPattern(first)) is sharing


def test_many_declarations_and_rules_take_bounded_time() -> None:
    """As many declarations as are allowed beside thousands of patterns are checked in seconds."""
    decls = "".join(
        f"\nevent HERA.*.E{n}.** {{ {' '.join(f'f{i}: text' for i in range(20))} }}"
        for n in range(limits.EVENT_DECLARATIONS)
    )
    rules = "".join(f"\non HERA.*.R{n}.** {{ debit cash f1 credit cash f1 }}" for n in range(2000))
    started = time.perf_counter()

    found = diagnostics_of(SOUND + decls + rules)

    assert found == ()
    assert time.perf_counter() - started < 60


def test_many_rules_beside_many_declarations_are_checked_in_bounded_time() -> None:
    """The cost is that of the rules and of the declarations, and not of all pairs."""
    parts = ["ledgers GL account cash 1000 asset payments immediate"]
    parts += [f"event HERA.**.A{n}.**.B.** {{ total_amount: money }}" for n in range(256)]
    line = "debit cash total_amount credit cash total_amount"
    parts += [f"on HERA.**.S{n}.**.T.V1 {{ {line} }}" for n in range(400)]

    start = time.process_time()
    diagnostics_of("\n".join(parts))

    assert time.process_time() - start < 4  # all pairs take three times as long
