"""The text form to nodes: what each construct means, and where its nodes stand."""

import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from hera_engine import limits
from hera_engine.accounts import AccountType
from hera_engine.dsl import nodes
from hera_engine.dsl.parse import Fragment, parse_fragment, parse_schema
from hera_engine.errors import Diagnostic, Span


def read(text: str) -> nodes.Schema:
    """Return the schema of a text that has no fault."""
    schema, found = parse_schema(text)
    assert found == ()
    assert schema is not None
    return schema


def expression(text: str) -> nodes.Expression:
    """Return an expression that has no fault."""
    node, found = parse_fragment(Fragment.EXPRESSION, text)
    assert found == ()
    assert isinstance(node, nodes.Expression)
    return node


def faults(text: str) -> tuple[Diagnostic, ...]:
    """Return the faults of a text."""
    return parse_schema(text)[1]


def field(*path: str) -> nodes.Field:
    """Return the node of a field."""
    return nodes.Field(path)


# --- declarations ----------------------------------------------------------------------------


def test_the_header_names_and_dates_the_schema() -> None:
    """Name, version and both dates of the header are read."""
    schema = read('schema "S" version 3 effective 2025-01-01 until 2026-12-31')

    assert (schema.name, schema.version) == ("S", 3)
    assert schema.effective_from == date(2025, 1, 1)
    assert schema.effective_to == date(2026, 12, 31)


def test_an_account_keeps_its_zeros_and_what_it_is_in_a_ledger() -> None:
    """Codes are texts, and `in` adds what the key resolves to in one ledger."""
    schema = read(
        'account fees 0400 expense "Card fees" id "x-1"\n'
        'account fees in IFRS code "AB-1" id "y"\n'
        "account bare"
    )

    fees, bare = schema.accounts
    assert fees == nodes.AccountDecl(
        key=nodes.Name("fees"), id="x-1", code="0400", title="Card fees", type=AccountType.EXPENSE,
        ledgers=(nodes.LedgerAccount(ledger=nodes.Name("IFRS"), id="y", code="AB-1"),),
    )  # fmt: skip
    assert bare == nodes.AccountDecl(key=nodes.Name("bare"))


def test_a_tax_profile_has_settings_and_rates() -> None:
    """Every setting of a profile and every sort of rate is read."""
    schema = read(
        "tax profile vat {\n"
        '  jurisdiction "US-CA"  system VAT  prices exclusive  rounding swedish  step 0.05\n'
        "  default services.standard\n"
        "  rate standard 5% for goods.standard, services.standard from 2018-01-01 to 2030-12-31"
        " inclusive account tax_output\n"
        "  exempt for services.financial\n"
        "  exempt free\n"
        "  reverse charge 5.25% for services.imported\n"
        "}"
    )

    (profile,) = schema.tax_profiles
    assert (profile.jurisdiction, profile.tax_system) == ("US-CA", "VAT")
    assert (profile.inclusive, profile.rounding) == (False, nodes.Rounding.SWEDISH)
    assert (profile.cash_step, profile.default_category) == (Decimal("0.05"), "services.standard")
    standard, exempt, free, reverse = profile.rates
    assert standard == nodes.RateDecl(
        name=nodes.Name("standard"), percent=Decimal(5),
        categories=(nodes.Name("goods.standard"), nodes.Name("services.standard")),
        effective_from=date(2018, 1, 1), effective_to=date(2030, 12, 31), inclusive=True,
        account=nodes.Name("tax_output"),
    )  # fmt: skip
    assert (exempt.name.text, exempt.percent) == ("exempt", None)
    assert (free.name.text, free.categories) == ("free", ())
    assert (reverse.percent, reverse.reverse_charge) == (Decimal("5.25"), True)


def test_the_only_profile_is_the_one_used() -> None:
    """One profile and no `use tax` mean that profile; two mean none."""
    one = read("tax profile vat { rate a 5% }")
    two = read("tax profile vat { rate a 5% } tax profile gst { rate a 5% }")
    outside = read('use tax "378f" prices inclusive rounding line step 0.05')

    assert one.tax == nodes.UseTax(profile=nodes.Name("vat"))
    assert two.tax is None
    assert outside.tax == nodes.UseTax(
        profile=nodes.Name("378f"), inclusive=True, rounding=nodes.Rounding.LINE,
        cash_step=Decimal("0.05"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "events", "method", "shares", "allocator"),
    [
        ("HERA.POS.** by d proportional", ("HERA.POS.**", False), "proportional", 0, None),
        ('matching "^H" by d fixed { "A" 60%, "B" 10.00, "C" remaining }', ("^H", True), "fixed",
         3, None),
        ('"odd" by d custom "hours"', ("odd", False), "custom", 0, "hours"),
    ],
)  # fmt: skip
def test_a_split_has_a_method(
    text: str, events: tuple[str, bool], method: str, shares: int, allocator: str | None
) -> None:
    """Each method of splitting is read with what belongs to it."""
    (split,) = read(f"split {text}").splits

    assert split.events == nodes.EventPattern(events[0], regex=events[1])
    assert split.method == nodes.Method(method)
    assert len(split.shares) == shares
    assert split.allocator == allocator


def test_shares_are_percentages_amounts_or_the_rest() -> None:
    """A share is a percentage, an amount, or what remains."""
    (split,) = read('split HERA.X by d fixed { "A" 60%, "B" 10.00, "C" remaining }').splits

    assert split.shares == (
        nodes.Share(value="A", percent=Decimal(60)),
        nodes.Share(value="B", amount=Decimal(10)),
        nodes.Share(value="C"),
    )


@pytest.mark.parametrize(
    ("text", "enforcement", "defaults"),
    [
        ("else error", "error", ()),
        ("else auto_default", "auto_default", ()),
        ('default "X"', "auto_default", (("a", "X"), ("b", "X"))),
        ('default a "X", b "Y"', "auto_default", (("a", "X"), ("b", "Y"))),
        ('else warning default b "Y"', "warning", (("b", "Y"),)),
    ],
)
def test_a_requirement_is_enforced_or_filled_in(
    text: str, enforcement: str, defaults: tuple[tuple[str, str], ...]
) -> None:
    """What happens to a line without a dimension is read in all its spellings."""
    (required,) = read(f"require a, b on 4* {text}").requirements

    assert required.accounts == nodes.AccountPattern("4*")
    assert required.enforcement == nodes.Enforcement(enforcement)
    assert required.defaults == defaults


@pytest.mark.parametrize("pattern", ["*", "4100", "4*", "0400", "revenue", '"odd one"'])
def test_an_account_pattern_keeps_its_text(pattern: str) -> None:
    """Globs, codes and keys are account patterns as they are written."""
    (carry,) = read(f"carry d on {pattern}").carries

    assert carry.accounts == nodes.AccountPattern(pattern.strip('"'))


def test_payments_and_validations_have_defaults() -> None:
    """What a section does not say keeps its default."""
    short = read("payments manual validations { }")
    full = read(
        "payments deferred open item settle 30 days\n"
        "validations { currencies USD, AED require_external_ref max_line_count 7 }"
    )

    assert short.payments == nodes.Payments(capture=nodes.Capture.MANUAL)
    assert short.validations == nodes.Validations()
    assert full.payments == nodes.Payments(
        capture=nodes.Capture.DEFERRED, open_item=True, settlement_days=30
    )
    assert full.validations == nodes.Validations(
        max_line_count=7,
        require_external_ref=True,
        currencies=(nodes.Name("USD"), nodes.Name("AED")),
    )


def test_a_map_has_rows_that_may_refuse() -> None:
    """A star matches anything, `else` is a row of nothing but that, and a row may refuse."""
    (declared,) = read(
        'map f(kind, size) { "a", "b" -> cash, *, "c" -> refuse, else -> revenue }'
    ).maps

    cash, revenue = nodes.Name("cash"), nodes.Name("revenue")
    assert declared.rows == (
        nodes.MapRow(keys=("a", "b"), target=cash),
        nodes.MapRow(keys=(None, "c"), target=None),
        nodes.MapRow(keys=(None, None), target=revenue),
    )


# --- rules and cases -------------------------------------------------------------------------


def test_lines_are_flat_and_know_their_blocks() -> None:
    """A line in nested blocks carries the ledger and the loops it stands in."""
    (rule,) = read(
        "on HERA.X.V1 {\n"
        "  let tip = tip_amount default 0\n"
        "  given a = b\n"
        "  in IFRS { for p in payments when p.amount > 0 {\n"
        "    for q in p.parts { debit f(p.kind) q.amount by staff when q.x = 1 }\n"
        "  } }\n"
        "  credit cash (a + tip)\n"
        "  balance to rounding within 0.05\n"
        "}"
    ).rules

    inner, outer = rule.lines
    assert inner.ledger == nodes.Name("IFRS")
    assert [loop.variable.text for loop in inner.loops] == ["p", "q"]
    assert inner.loops[0].when is not None
    assert inner.target == nodes.Call(nodes.Name("f"), (field("p", "kind"),))
    assert inner.by == nodes.Name("staff")
    assert (outer.loops, outer.ledger, outer.when) == ((), None, None)
    assert rule.closing == nodes.Closing(account=nodes.Name("rounding"), within=Decimal("0.05"))


def test_a_reversal_names_its_rule() -> None:
    """`reverses` needs no block and may stand between patterns of any spelling."""
    (rule,) = read('on HERA.POS.REFUND.V1 reverses matching "SALE"').rules

    assert rule.on == nodes.EventPattern("HERA.POS.REFUND.V1")
    assert rule.reverses == nodes.EventPattern("SALE", regex=True)
    assert rule.lines == ()


def test_a_name_a_blank_and_a_bracket_are_an_account_and_an_amount() -> None:
    """Only an attached bracket makes a call."""
    (rule,) = read("on HERA.X { debit net (a) credit net(a) b }").rules

    assert rule.lines[0].target == nodes.Name("net")
    assert rule.lines[0].amount == field("a")
    assert rule.lines[1].target == nodes.Call(nodes.Name("net"), (field("a"),))


def test_a_case_holds_values_of_every_sort() -> None:
    """Strings, numbers, dates, truth, nothing, lists and records stand in an event."""
    (case,) = read(
        'case "t" on HERA.X.V1 {\n'
        '  event { a: 1.50, case: -2, "odd key": "s", d: 2025-01-31, t: true, n: null,\n'
        "          l: [1, [2]], r: { x: false } }\n"
        '  expect { debit cash 1 { dim "v", e "w" } in GL  credit bank 1 }\n'
        "}"
    ).cases

    values = {entry.name: entry.value for entry in case.event}
    assert values["a"] == Decimal("1.50")
    assert values["case"] == Decimal(-2)
    assert values["odd key"] == "s"
    assert values["d"] == date(2025, 1, 31)
    assert (values["t"], values["n"]) == (True, None)
    assert values["l"] == (Decimal(1), (Decimal(2),))
    assert values["r"] == (nodes.CaseField(name="x", value=False),)
    assert case.expect[0].dimensions == (("dim", "v"), ("e", "w"))
    assert case.expect[0].ledger == nodes.Name("GL")
    assert case.expect[1].ledger is None


# --- expressions -----------------------------------------------------------------------------


def test_chains_are_flat_and_keep_their_operators() -> None:
    """A chain of sums or products is one node with an operator before each operand."""
    a, b, c = field("a"), field("b"), field("c")

    found = expression("a - b + c * a / b")

    product = nodes.Product((nodes.Term("*", c), nodes.Term("*", a), nodes.Term("/", b)))
    assert found == nodes.Sum((nodes.Term("+", a), nodes.Term("-", b), nodes.Term("+", product)))


def test_conditions_bind_not_before_and_before_or() -> None:
    """`not` binds a comparison, `and` binds more tightly than `or`."""
    found = expression("not a = 1 and b or c")

    negated = nodes.Not(nodes.Comparison("=", field("a"), nodes.Number(Decimal(1))))
    assert found == nodes.Or((nodes.And((negated, field("b"))), field("c")))


def test_a_default_binds_more_tightly_than_any_operator() -> None:
    """`-x default -1 + y` is minus the defaulted field, plus y."""
    found = expression("-x default -1 + y")

    defaulted = nodes.Default(field("x"), nodes.Number(Decimal(-1)))
    assert found == nodes.Sum(
        (nodes.Term("+", nodes.Negative(defaulted)), nodes.Term("+", field("y")))
    )


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("5%", nodes.Percent(Decimal(5))),
        ("0.50", nodes.Number(Decimal("0.5"))),
        (r'"a\"b\\c\n\t"', nodes.Text('a"b\\c\n\t')),
        ("2025-01-31", nodes.Date(date(2025, 1, 31))),
        ("true", nodes.Truth(True)),
        ("((x))", nodes.Field(("x",))),
        ("item.for.map", nodes.Field(("item", "for", "map"))),
        ("`gift card`.x", nodes.Field(("gift card", "x"))),
        ("true_story", nodes.Field(("true_story",))),
    ],
)
def test_an_atom_is_read(text: str, node: nodes.Expression) -> None:
    """Each literal and each spelling of a field is read as what it says."""
    assert expression(text) == node


def test_a_comparison_does_not_chain() -> None:
    """`a < b < c` is a fault at the second sign."""
    node, found = parse_fragment(Fragment.EXPRESSION, "a < b < c")

    assert node is None
    assert [fault.span for fault in found] == [Span(1, 7, 1, 8)]


@pytest.mark.parametrize(
    ("kind", "text", "node"),
    [
        (Fragment.TARGET, "revenue", nodes.Name("revenue")),
        (Fragment.TARGET, "f(x)", nodes.Call(nodes.Name("f"), (nodes.Field(("x",)),))),
        (Fragment.EVENTS, "HERA.POS.**", nodes.EventPattern("HERA.POS.**")),
        (Fragment.EVENTS, 'matching "^H"', nodes.EventPattern("^H", regex=True)),
        (Fragment.ACCOUNTS, "4*", nodes.AccountPattern("4*")),
        (Fragment.LOOP, "i in a.b",
         nodes.Loop(variable=nodes.Name("i"), collection=nodes.Field(("a", "b")))),
        (Fragment.LET, "x = y", nodes.Let(name=nodes.Name("x"), value=nodes.Field(("y",)))),
        (Fragment.GIVEN, "a = b",
         nodes.Given(left=nodes.Field(("a",)), right=nodes.Field(("b",)))),
    ],
)  # fmt: skip
def test_a_fragment_is_read_by_itself(kind: Fragment, text: str, node: object) -> None:
    """Each string of the JSON form is read as the part of the language it is."""
    assert parse_fragment(kind, text) == (node, ())


# --- places ----------------------------------------------------------------------------------


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_places_do_not_depend_on_line_ends_or_a_mark_at_the_beginning(newline: str) -> None:
    """Lines and columns count from one with any line end, a byte order mark left out."""
    text = newline.join(("\ufeffledgers GL", "on HERA.X {", '\tdebit cash ("é" + b)', "}"))

    schema = read(text)

    (line,) = schema.rules[0].lines
    assert line.at == Span(3, 2, 3, 22)
    assert line.target.at == Span(3, 8, 3, 12)
    assert isinstance(line.amount, nodes.Sum)
    assert line.amount.terms[1].operand.at == Span(3, 20, 3, 21)
    assert schema.rules[0].at == Span(2, 1, 4, 2)


def test_every_node_of_the_example_has_a_place() -> None:
    """Items, statements, names and expressions all know where they were written."""
    schema = read("on HERA.X { let a = -b given a = c for i in d { debit e f(g) when not h } }")

    rule = schema.rules[0]
    loop = rule.lines[0].loops[0]
    placed = (rule, rule.on, rule.lets[0], rule.lets[0].name, rule.lets[0].value, rule.givens[0],
              rule.lines[0], rule.lines[0].amount, rule.lines[0].when, loop, loop.variable,
              loop.collection)  # fmt: skip
    assert all(isinstance(node, nodes.Node) and isinstance(node.at, Span) for node in placed)


def test_layout_lists_the_parts_in_document_order() -> None:
    """The layout keeps the order of items and of the statements of a rule."""
    schema = read(
        "dimensions a\nledgers GL\non HERA.X { given a = b debit c 1 let d = 2 credit c 1 }"
    )

    assert schema.layout == (
        "/dimensions", "/ledgers", "/postings/0", "/postings/0/given/0", "/postings/0/lines/0",
        "/postings/0/let/0", "/postings/0/lines/1",
    )  # fmt: skip


# --- limits and hostile text -----------------------------------------------------------------


def codes(text: str) -> list[str]:
    """Return the names of the faults of a text."""
    return [fault.name for fault in faults(text)]


def posting(amount: str) -> str:
    """Return a rule with one line of an amount."""
    return f"on HERA.X {{ debit cash {amount} }}"


@pytest.mark.parametrize("count", [limits.EXPRESSION_DEPTH + 1, limits.EXPRESSION_DEPTH * 10])
def test_nesting_beyond_the_limit_is_one_fault(count: int) -> None:
    """Brackets up to the limit are read, more are one fault."""
    inside = limits.EXPRESSION_DEPTH - 1

    assert codes(posting("(" * inside + "1" + ")" * inside)) == []
    assert codes(posting("(" * count + "1" + ")" * count)) == ["TOO_LARGE"]
    assert codes(posting("-" * limits.EXPRESSION_DEPTH + "x")) == []
    assert codes(posting("-" * count + "x")) == ["TOO_LARGE"]
    assert codes(posting("1") + " " + "on HERA.Y { for a in b " + "{" * count) == ["TOO_LARGE"]


@pytest.mark.parametrize("operator", [" + ", " * ", " and ", " or "])
@pytest.mark.parametrize("factor", [1, 10])
def test_chains_beyond_the_limit_are_one_fault(operator: str, factor: int) -> None:
    """Chains up to the limit are read, longer ones are one fault."""
    allowed = limits.EXPRESSION_CHAIN

    fits, found = parse_fragment(Fragment.EXPRESSION, operator.join(["x"] * allowed))
    assert fits is not None
    assert found == ()
    _, found = parse_fragment(Fragment.EXPRESSION, operator.join(["x"] * (allowed * factor + 1)))
    assert [fault.name for fault in found] == ["TOO_LARGE"]


@pytest.mark.parametrize("extra", [1, 9 * limits.SCHEMA_CHARACTERS])
def test_a_text_beyond_the_limit_is_one_fault(extra: int) -> None:
    """A text of the largest size is read, a larger one is one fault."""
    text = "ledgers GL\n#".ljust(limits.SCHEMA_CHARACTERS, "x")

    assert codes(text) == []
    assert codes(text + "x" * extra) == ["TOO_LARGE"]


@pytest.mark.parametrize("factor", [1, 2])
def test_rules_beyond_the_limit_are_one_fault(factor: int) -> None:
    """More rules than allowed are one fault, before any of them is parsed."""
    text = "on HERA.X {\n}\n" * (limits.SCHEMA_RULES * factor + 1)

    (fault,) = faults(text)

    assert fault.name == "TOO_LARGE"
    assert dict(fault.fields) == {
        "limit": "SCHEMA_RULES",
        "allowed": str(limits.SCHEMA_RULES),
        "seen": str(limits.SCHEMA_RULES * factor + 1),
    }


_LONG = 100_000
_NOISE = 0.05
"""Seconds that a short text may take for reasons of the machine."""


@pytest.mark.parametrize(
    "text",
    [
        '"' + "a" * _LONG,
        '"' + "\\" * _LONG,
        '"' + '\\"' * (_LONG // 2),
        "`" + "a" * _LONG,
        "1" * _LONG,
        "1" * _LONG + "x",
        "1." * (_LONG // 2),
        "a" * _LONG,
        "a" * _LONG + "(",
        "HERA" + ".a" * (_LONG // 2) + "!",
        "HERA" + ".*" * (_LONG // 2),
        "#" * _LONG,
        "-" * _LONG,
        "not " * (_LONG // 4),
        "=" * _LONG,
        "\t" * _LONG,
        "}" * _LONG,
        "on\n" * (_LONG // 3),
        "account x\n}\n" * (_LONG // 12),
        "debit\ncredit\n" * (_LONG // 13),
        "on HERA.X {\n debit\n" * (_LONG // 18),
        "é" * _LONG,
        "e\u0301" * (_LONG // 2),
        "\x00" * _LONG,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_long_hostile_text_takes_time_in_proportion(text: str) -> None:
    """A hundred thousand characters of any terminal cost eight times an eighth of them, not 64."""
    read("ledgers GL")  # the parser is built before the clock starts

    small, large = (_processor_time(part) for part in (text[: _LONG // 8], text))

    assert large < 24 * (small + _NOISE)


def _processor_time(text: str) -> float:
    """Return the seconds of processor time that a text takes, alone and as an event's name."""
    started = time.process_time()
    for written in (text, posting(text)):
        schema, found = parse_schema(written)
        assert schema is not None or found
        assert len(found) <= limits.SCHEMA_FAULTS
    return time.process_time() - started


def test_numbers_are_checked_where_they_stand() -> None:
    """A number that the amount parser refuses is a fault with its place."""
    (fault,) = faults(posting("007"))

    assert (fault.name, fault.span) == ("BAD_NUMBER", Span(1, 24, 1, 27))


def test_the_example_of_the_specification_is_read() -> None:
    """The worked example has all its parts and no fault."""
    text = (Path(__file__).parent / "salon.hera").read_text(encoding="utf-8")

    schema = read(text)

    assert [len(part) for part in (schema.accounts, schema.maps, schema.rules)] == [8, 2, 3]
    assert len(schema.rules[0].lines) == 4
    assert schema.comments[""].before == ("Salon point of sale",)
