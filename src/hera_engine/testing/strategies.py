"""Hypothesis strategies for posting schemas, for tests of your own.

`schemas` makes whole documents that mean something: every name is declared, every rule balances.
`expressions` makes any expression the language can write, sensible or not.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from hypothesis import strategies as st

from hera_engine.accounts import AccountType
from hera_engine.dsl import nodes
from hera_engine.testing.allocation_strategies import allocations
from hera_engine.testing.case_strategies import case_tables, cases
from hera_engine.testing.declaration_strategies import declarations
from hera_engine.testing.tax_strategies import decimals, tax_profiles

# --- words and literals ----------------------------------------------------------------------

_DIMENSIONS: Final = ("org_unit", "staff_id", "cost_center", "project")
_LEDGERS: Final = ("GL", "IFRS")
_ACCOUNTS: Final = (
    ("revenue", "4100", AccountType.REVENUE),
    ("tax_output", "2200", AccountType.LIABILITY),
    ("clearing", "1100", AccountType.ASSET),
    ("cash", "1000", AccountType.ASSET),
    ("fees", "0400", AccountType.EXPENSE),
    ("balance", "A-1", AccountType.ASSET),
)
_FIELDS: Final = ("total_amount", "tip_amount", "fee_amount", "discount_amount")
_EVENTS: Final = ("SALE", "REFUND", "SETTLEMENT", "PAYOUT")

_words = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)
_texts = st.text(
    st.characters(min_codepoint=32, max_codepoint=126) | st.sampled_from("\n\té"), max_size=12
)
_labels = st.from_regex(r"[A-Za-z][A-Za-z -]{0,11}", fullmatch=True)
_days = st.dates(date(2000, 1, 1), date(2099, 12, 31))


def _name(text: str) -> nodes.Name:
    return nodes.Name(text)


def _names(texts: tuple[str, ...]) -> tuple[nodes.Name, ...]:
    return tuple(map(_name, texts))


def _some(choices: tuple[str, ...], *, least: int = 0) -> st.SearchStrategy[tuple[nodes.Name, ...]]:
    """Return different names out of some, in any order."""
    return st.lists(st.sampled_from(choices), unique=True, min_size=least).map(
        lambda found: _names(tuple(found))
    )


# --- expressions -----------------------------------------------------------------------------


def expressions(*, depth: int = 4) -> st.SearchStrategy[nodes.Expression]:
    """Return any expression the language can write, with at most ``depth`` operators nested.

    Names are arbitrary, so most of these mean nothing; they show that writing and reading agree.
    """
    fields = st.lists(_words, min_size=1, max_size=3).map(lambda path: nodes.Field(tuple(path)))
    numbers = decimals(0, 10**6, 2).map(nodes.Number)
    percents = decimals(0, 100, 1).map(nodes.Percent)
    others = _texts.map(nodes.Text) | _days.map(nodes.Date) | st.booleans().map(nodes.Truth)
    signed = decimals(1, 100, 2).map(lambda value: nodes.Number(Decimal(f"-{value}")))
    defaults = st.builds(nodes.Default, fields, numbers | percents | others | signed)
    found: st.SearchStrategy[nodes.Expression] = fields | numbers | percents | others | defaults
    for _ in range(depth):
        found = fields | numbers | _operations(found)
    return found


def _operations(
    operands: st.SearchStrategy[nodes.Expression],
) -> st.SearchStrategy[nodes.Expression]:
    """Return expressions of one operator or call over the operands given."""
    several = st.lists(operands, min_size=2, max_size=4).map(tuple)
    functions = st.builds(nodes.Name, _words)
    return st.one_of(
        st.builds(_sum, several, st.lists(st.sampled_from("+-"), min_size=3, max_size=3)),
        st.builds(_product, several, st.lists(st.sampled_from("*/"), min_size=3, max_size=3)),
        st.builds(nodes.And, several),
        st.builds(nodes.Or, several),
        st.builds(nodes.Not, operands),
        st.builds(nodes.Negative, operands),
        st.builds(nodes.Comparison, st.sampled_from(_COMPARISONS), operands, operands),
        st.builds(nodes.Call, functions, st.lists(operands, min_size=1, max_size=3).map(tuple)),
    )


_COMPARISONS: Final = ("=", "!=", "<", "<=", ">", ">=")


def _terms(
    first: str, operands: tuple[nodes.Expression, ...], operators: list[str]
) -> tuple[nodes.Term, ...]:
    pairs = zip([first, *operators], operands, strict=False)
    return tuple(nodes.Term(operator, operand) for operator, operand in pairs)


def _sum(operands: tuple[nodes.Expression, ...], operators: list[str]) -> nodes.Sum:
    return nodes.Sum(_terms("+", operands, operators))


def _product(operands: tuple[nodes.Expression, ...], operators: list[str]) -> nodes.Product:
    return nodes.Product(_terms("*", operands, operators))


# --- amounts that are whole minor units ------------------------------------------------------


def _amounts(lets: tuple[nodes.Let, ...]) -> st.SearchStrategy[nodes.Expression]:
    """Return amounts of a rule: fields, names, rounded products and sums of them."""
    plain: st.SearchStrategy[nodes.Expression] = st.sampled_from(_FIELDS).map(
        lambda text: nodes.Field((text,))
    )
    if lets:
        plain |= st.sampled_from(lets).map(lambda let: nodes.Field((let.name.text,)))
    rounded = st.builds(_rounded, plain, decimals(0, 100, 1))
    absent = st.sampled_from(_FIELDS).map(
        lambda text: nodes.Default(nodes.Field((text,)), nodes.Number(Decimal(0)))
    )
    one = plain | rounded | absent
    several = st.lists(one, min_size=2, max_size=3).map(tuple)
    return one | st.builds(_sum, several, st.just(["+", "+"]))


def _rounded(amount: nodes.Expression, percent: Decimal) -> nodes.Call:
    """Return a percentage of an amount, rounded."""
    share = nodes.Product((nodes.Term("*", amount), nodes.Term("*", nodes.Percent(percent))))
    return nodes.Call(_name("round"), (share,))


def _conditions() -> st.SearchStrategy[nodes.Expression]:
    """Return conditions over fields of the event."""
    fields = st.sampled_from(_FIELDS).map(lambda text: nodes.Field((text,)))
    numbers = decimals(0, 100, 2).map(nodes.Number)
    simple: st.SearchStrategy[nodes.Expression] = st.builds(
        nodes.Comparison, st.sampled_from(_COMPARISONS), fields, numbers
    )
    method = nodes.Field(("payment_method",))
    spelt = st.builds(nodes.Comparison, st.just("="), st.just(method), _labels.map(nodes.Text))
    one: st.SearchStrategy[nodes.Expression] = simple | spelt
    mapped = st.builds(
        nodes.Comparison,
        st.sampled_from(("=", "!=")),
        st.just(_unit_of(method)),
        _labels.map(nodes.Text),
    )
    one |= mapped
    pairs = st.tuples(one, one)
    return one | one.map(nodes.Not) | pairs.map(nodes.And) | pairs.map(nodes.Or)


# --- declarations ----------------------------------------------------------------------------


@st.composite
def _accounts(draw: st.DrawFn, ledgers: tuple[nodes.Name, ...]) -> tuple[nodes.AccountDecl, ...]:
    """Return the declarations of all accounts that the other strategies use."""
    found: list[nodes.AccountDecl] = []
    for key, code, kind in _ACCOUNTS:
        there: tuple[nodes.LedgerAccount, ...] = ()
        if len(ledgers) > 1 and draw(st.booleans()):
            other = nodes.LedgerAccount(ledger=ledgers[-1], code=f"{code}9", id=f"other-{key}")
            there = (other,)
        found.append(
            nodes.AccountDecl(
                key=_name(key),
                id=draw(st.sampled_from((f"id-{key}", None))),
                code=code,
                title=draw(st.none() | _labels),
                type=draw(st.sampled_from((kind, None))),
                ledgers=there,
            )
        )
    return tuple(found)


@st.composite
def _splits(draw: st.DrawFn, dimension: nodes.Name) -> nodes.Split:
    """Return a split of each method."""
    method = draw(st.sampled_from(nodes.Method))
    shares: tuple[nodes.Share, ...] = ()
    if method is nodes.Method.FIXED:
        percent = draw(decimals(0, 60, 2))
        shares = (
            nodes.Share(value="A", percent=percent),
            nodes.Share(value='B "b"', amount=draw(decimals(0, 10, 2))),
            nodes.Share(value="C"),
        )
    return nodes.Split(
        events=_pattern(draw(st.sampled_from(_EVENTS)), regex=draw(st.booleans())),
        dimension=dimension,
        method=method,
        shares=shares,
        allocator="by_hours" if method is nodes.Method.CUSTOM else None,
    )


def _pattern(event: str, *, regex: bool) -> nodes.EventPattern:
    if regex:
        return nodes.EventPattern(rf"^HERA\.POS\.{event}\..*", regex=True)
    return nodes.EventPattern(f"HERA.*.{event}.**")


_account_patterns = st.sampled_from(
    (
        nodes.AccountPattern("4*"),
        nodes.AccountPattern("1100"),
        nodes.AccountPattern("revenue"),
        nodes.AccountPattern("^5.*", regex=True),
    )
)


@st.composite
def _requirements(
    draw: st.DrawFn, dimensions: tuple[nodes.Name, ...]
) -> tuple[nodes.Requirement, ...]:
    """Return requirements on different patterns."""
    found: list[nodes.Requirement] = []
    for pattern in draw(st.lists(_account_patterns, unique=True, max_size=3)):
        enforcement = draw(st.sampled_from(nodes.Enforcement))
        required = dimensions[: draw(st.integers(1, len(dimensions)))]
        defaults: tuple[tuple[str, str], ...] = ()
        if enforcement is nodes.Enforcement.AUTO_DEFAULT:
            defaults = tuple((name.text, draw(_labels)) for name in required)
        found.append(
            nodes.Requirement(
                accounts=pattern, dimensions=required, enforcement=enforcement, defaults=defaults
            )
        )
    return tuple(found)


_payments = st.builds(
    nodes.Payments,
    capture=st.sampled_from(nodes.Capture),
    open_item=st.booleans(),
    settlement_days=st.integers(0, 90),
)
_validations = st.builds(
    nodes.Validations,
    max_line_count=st.integers(1, 1000),
    require_external_ref=st.booleans(),
    currencies=_some(("USD", "AED", "JPY")),
)


@st.composite
def _maps(draw: st.DrawFn) -> nodes.MapDecl:
    """Return a map over one or two inputs, with different keys and perhaps an ``else``."""
    inputs = draw(st.sampled_from((("method",), ("method", "kind"))))
    keys = st.none() | _labels
    rows = draw(st.lists(st.tuples(*[keys] * len(inputs)), unique=True, max_size=3))
    rows = [row for row in rows if any(key is not None for key in row)]
    # Two open places may tie; a row for the input that both match decides it.
    ties = [row for row in rows if row.count(None) == 1 and len(row) == 2]
    meets = [(a[0], b[1]) for a in ties for b in ties if a[0] is not None and b[1] is not None]
    rows += [row for row in dict.fromkeys(meets) if row not in rows]
    rows += [(None,) * len(inputs)] if draw(st.booleans()) or not rows else []
    found = [made for row in rows for made in draw(_map_rows(row))]
    return nodes.MapDecl(name=_name("tender_of"), inputs=_names(inputs), rows=tuple(found))


@st.composite
def _map_rows(draw: st.DrawFn, keys: tuple[str | None, ...]) -> tuple[nodes.MapRow, ...]:
    """Return a row for all days, or two that follow one another."""
    targets = st.sampled_from((None, _name("cash"), _name("clearing")))
    row = nodes.MapRow(keys=keys, target=draw(targets))
    change = draw(st.none() | _days)
    if change is None:
        return (row,)
    end = change - timedelta(days=1)
    later = nodes.MapRow(keys=keys, target=draw(targets), effective_from=change)
    return replace(row, effective_to=end), later


@st.composite
def _text_maps(draw: st.DrawFn) -> nodes.MapDecl:
    """Return a map of one input that gives texts, dated or not."""
    texts = st.none() | _labels.map(nodes.Text)
    keys = draw(st.lists(_labels, unique=True, max_size=2))
    rows = [nodes.MapRow(keys=(key,), target=draw(texts)) for key in keys]
    change = draw(st.none() | _days)
    first = nodes.MapRow(keys=(None,), target=nodes.Text(draw(_labels)))
    if change is None:
        return nodes.MapDecl(name=_name("unit_of"), inputs=_names(("kind",)), rows=(*rows, first))
    end = change - timedelta(days=1)
    later = nodes.MapRow(keys=(None,), target=draw(texts), effective_from=change)
    both = (replace(first, effective_to=end), later)
    return nodes.MapDecl(name=_name("unit_of"), inputs=_names(("kind",)), rows=(*rows, *both))


def _derivations(dimensions: tuple[nodes.Name, ...]) -> st.SearchStrategy[nodes.Derivation]:
    """Return derived values of dimensions and of the tax category."""
    patterns = st.builds(_pattern, st.sampled_from(_EVENTS), regex=st.booleans())
    fields = st.sampled_from((("kind",), ("item", "kind"))).map(nodes.Field)
    asked: st.SearchStrategy[nodes.Expression] = fields
    asked |= st.builds(nodes.Default, fields, _labels.map(nodes.Text))
    return st.builds(
        nodes.Derivation,
        name=st.sampled_from((*dimensions, _name("tax_category"))),
        on=st.none() | patterns,
        source=asked.map(_unit_of),
    )


def _unit_of(asked: nodes.Expression) -> nodes.Call:
    return nodes.Call(_name("unit_of"), (asked,))


# --- rules and cases -------------------------------------------------------------------------


@st.composite
def _rules(draw: st.DrawFn, event: str, schema: nodes.Schema) -> nodes.Rule:
    """Return a rule whose lines balance: each debit stands beside a credit of the same amount."""
    lets: list[nodes.Let] = []
    for text in draw(st.lists(st.sampled_from(("tip", "part")), unique=True)):
        value = draw(_amounts(tuple(lets)))
        lets.append(nodes.Let(name=_name(text), value=value))
    amounts = _amounts(tuple(lets))
    givens = st.lists(st.builds(nodes.Given, left=amounts, right=amounts), max_size=1)
    lines: list[nodes.Line] = []
    for _ in range(draw(st.integers(1, 3))):
        pair = draw(_pairs(amounts, schema))
        outside = not pair[0].loops
        if outside and draw(st.booleans()):
            lines += draw(allocations(amounts, pair[0]))
        else:
            lines += pair
    closing = st.just(nodes.Closing(account=_name("fees"), within=Decimal("0.05")))
    losses = st.sampled_from(("fees", "balance")).map(_name)
    exchange = st.builds(nodes.ExchangeDifference, gain=st.just(_name("fees")), loss=losses)
    return nodes.Rule(
        on=nodes.EventPattern(f"HERA.POS.{event}.V1"),
        purchase=draw(st.booleans()),
        lets=tuple(lets),
        givens=tuple(draw(givens)),
        lines=tuple(lines),
        exchange=draw(st.none() | exchange),
        closing=draw(st.none() | closing),
    )


_TAILS: Final[tuple[Mapping[str, nodes.Expression], ...]] = (
    MappingProxyType({}),
    MappingProxyType({}),
    MappingProxyType({"currency": nodes.Field(("currency",))}),
    MappingProxyType({"currency": nodes.Text("USD"), "base": nodes.Number(Decimal("5.00"))}),
    MappingProxyType({"base": nodes.Field(("tip_amount",))}),
    MappingProxyType({"rate": nodes.Product((
        nodes.Term("*", nodes.Number(Decimal(1))), nodes.Term("/", nodes.Number(Decimal("1.25"))),
    ))}),
)  # fmt: skip
"""What a line may say of currencies: nothing, its own, what it is worth, or its rate."""


@st.composite
def _dated(draw: st.DrawFn, event: str, schema: nodes.Schema) -> tuple[nodes.Rule, ...]:
    """Return the rules of one event: one for all days, or two that follow one another."""
    change = draw(st.none() | _days)
    only = draw(_rules(event, schema))
    if change is None:
        return (only,)
    end = change - timedelta(days=draw(st.integers(1, 40)))
    later = draw(_rules(event, schema))
    return replace(only, effective_to=end), replace(later, effective_from=change)


@st.composite
def _pairs(
    draw: st.DrawFn, amounts: st.SearchStrategy[nodes.Expression], schema: nodes.Schema
) -> list[nodes.Line]:
    """Return a debit and a credit of the same amount in the same blocks."""
    when, by = draw(st.none() | _conditions()), draw(st.sampled_from((None, *schema.dimensions)))
    ledger = draw(st.sampled_from((None, *schema.ledgers)))
    loops: tuple[nodes.Loop, ...] = ()
    amount = draw(amounts)
    tails = draw(st.sampled_from(_TAILS))
    if draw(st.booleans()):
        only = draw(st.none() | _conditions())
        items = nodes.Field(("items",))
        loops = (nodes.Loop(variable=_name("item"), collection=items, when=only),)
        amount, tails = nodes.Call(_name("net"), (nodes.Field(("item",)),)), _TAILS[0]
    method = nodes.Field(("payment_method",))
    choices: tuple[nodes.Expression, ...] = (method, _unit_of(method))
    asked = draw(st.sampled_from(choices))
    inputs = tuple(asked for _ in schema.maps[0].inputs)
    called = nodes.Call(schema.maps[0].name, inputs)
    targets: tuple[nodes.Name | nodes.Call, ...] = (_name("cash"), called)
    target = draw(st.sampled_from(targets))
    return [
        nodes.Line(side=side, target=account, amount=amount, by=by, when=when, loops=loops,
                   ledger=ledger, currency=tails.get("currency"), base=tails.get("base"),
                   rate=tails.get("rate"))
        for side, account in (
            (nodes.SideWord.DEBIT, target),
            (nodes.SideWord.CREDIT, _name("revenue")),
        )
    ]  # fmt: skip


# --- the document ----------------------------------------------------------------------------


@st.composite
def schemas(draw: st.DrawFn) -> nodes.Schema:
    """Return posting schemas: every name declared, every rule balanced by pairs of lines.

    Every kind of node occurs. The accounts and sections that the JSON form demands are there.
    Comments and layout are empty.
    """
    ledgers = draw(st.sampled_from((_names(_LEDGERS), _names(_LEDGERS[:1]))))
    dimensions = draw(_some(_DIMENSIONS, least=1))
    profiles = tuple(draw(st.lists(tax_profiles(), max_size=1)))
    plain = nodes.UseTax(profile=profiles[0].name if profiles else _name("outside"))
    other = nodes.UseTax(
        profile=plain.profile,
        inclusive=True,
        rounding=nodes.Rounding.LINE,
        cash_step=draw(st.sampled_from((None, Decimal("0.05")))),
        cash_mode=draw(st.sampled_from((None, *nodes.CASH_MODES))),
        cash_to=draw(st.sampled_from((None, *nodes.CASH_DIFFERENCES))),
    )
    partial = nodes.Schema(
        name=draw(st.none() | _texts),
        version=draw(st.none() | st.integers(1, 99)),
        effective_from=draw(st.none() | st.just(date(2025, 1, 1))),
        effective_to=draw(st.none() | st.just(date(2030, 12, 31))),
        ledgers=ledgers,
        accounts=draw(_accounts(ledgers)),
        tax_profiles=profiles,
        tax=draw(st.sampled_from((plain, other))),
        dimensions=dimensions,
        splits=tuple(draw(st.lists(_splits(dimensions[0]), max_size=2))),
        requirements=draw(_requirements(dimensions)),
        carries=tuple(draw(st.lists(_carries(dimensions), max_size=1))),
        payments=draw(st.none() | _payments),
        validations=draw(st.none() | _validations),
        events=tuple(draw(st.lists(declarations(), max_size=2, unique_by=lambda decl: decl.on))),
        maps=(draw(_maps()), draw(_text_maps())),
        derivations=tuple(draw(st.lists(_derivations(dimensions), max_size=2))),
    )
    return draw(_with_rules(partial))


def _carries(dimensions: tuple[nodes.Name, ...]) -> st.SearchStrategy[nodes.Carry]:
    anywhere = st.just(nodes.AccountPattern("*"))
    return st.builds(nodes.Carry, accounts=anywhere, dimensions=st.just(dimensions))


@st.composite
def _with_rules(draw: st.DrawFn, schema: nodes.Schema) -> nodes.Schema:
    """Return a schema with rules for different events, their reversals and cases."""
    events: list[str] = draw(st.lists(st.sampled_from(_EVENTS), unique=True, max_size=2))
    rules = [rule for event in events for rule in draw(_dated(event, schema))]
    mirrored = draw(st.booleans())
    if events and mirrored:
        twin = nodes.EventPattern("HERA.POS.RETURN.V1")
        named = [rule for rule in rules if rule.on == rules[0].on]
        purchase = all(rule.purchase for rule in named) and draw(st.booleans())
        rules.append(nodes.Rule(on=twin, reverses=rules[0].on, purchase=purchase))
    worked = [case for event in events[:1] for case in draw(cases(event, schema))]
    tables = [draw(case_tables(case, schema)) for case in worked[:1]]
    return replace(schema, rules=tuple(rules), cases=tuple(worked), case_tables=tuple(tables))
