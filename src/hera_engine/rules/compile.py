"""Compiles a checked schema into a posting plan; every lookup is resolved here, once.

Enters: the nodes of a schema without faults, a chart, tax profiles, settings. Leaves: a
`PostingPlan`, or every fault that the chart and the profiles bring to light.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hera_engine.accounts import Chart, Side
from hera_engine.dsl import nodes
from hera_engine.dsl.format import format_expression
from hera_engine.dsl.nodes import Method, SideWord
from hera_engine.errors import Diagnostic, SchemaError, Severity, diagnose, did_you_mean
from hera_engine.faults import (
    MISSING_ACCOUNT,
    UNKNOWN_ALLOCATOR,
)
from hera_engine.journal import Origin, SchemaStamp
from hera_engine.money import ZERO
from hera_engine.patterns import RouteTable, event_pattern
from hera_engine.rules.compile_accounts import AccountCompiler
from hera_engine.rules.compile_allocations import AllocationCompiler
from hera_engine.rules.compile_expressions import (
    ITEMS,
    NameScope,
    always_read,
    compile_expression,
    compile_loops,
    net_term,
    reads,
)
from hera_engine.rules.compile_tax import lost_inside, tax_plan, unknown_codes
from hera_engine.rules.plan import (
    Constant,
    Expression,
    MapChoice,
    MissingKey,
    OwedLeg,
    Part,
    PartOf,
    PlannedClosing,
    PlannedGiven,
    PlannedKey,
    PlannedLet,
    PlannedLine,
    PlannedLoop,
    PlannedRule,
    PlannedShare,
    PlannedSplit,
    PostingPlan,
    Read,
    Source,
    SplitTable,
    SumOf,
    Target,
)
from hera_engine.rules.proof.faults import unproven
from hera_engine.rules.proof.prove import proofs_of, proven_rules
from hera_engine.rules.verdict import RuleProof
from hera_engine.settings import Residue, Settings
from hera_engine.tax.profile import TaxProfile

DEFAULT_LINE_COUNT = 1000
ROUNDING = "rounding"
"""The account key for what currency conversion leaves over, where the settings ask for it."""
STANDARD = "standard "
"""What the name of a standard rule begins with: its words are not in the user's document."""
RULE_STAGE = "lines"
"""The stage name in the origin of a line that a rule made."""
TAX_STAGE = "tax"
"""The stage name in the origin of a line that the tax stage added."""
ITEM = "item"
_TAXES = (Part.TAX, Part.WITHHELD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What a schema is compiled with.

    ``profiles`` are the names of those that the schema or the caller declares, ``profile`` is the
    one in use;
    ``standard`` holds the standard rules, already parsed, for a schema without rules.
    """

    schema: nodes.Schema
    chart: Chart
    profiles: frozenset[str]
    profile: TaxProfile | None
    settings: Settings
    allocators: frozenset[str]
    standard: tuple[nodes.Rule, ...]
    replaces_tax: bool
    provided: frozenset[str]
    stamp: SchemaStamp


def compile_schema(inputs: Inputs) -> PostingPlan:
    """Return the posting plan of a schema.

    Raises:
        SchemaError: With every fault that only the chart, the profiles or the allocators show.
    """
    schema, found = inputs.schema, list[Diagnostic]()
    compiler = AccountCompiler(schema, inputs.chart)
    accounts = compiler.compile()
    found.extend(compiler.found)
    own = schema.rules or inputs.standard
    payments = schema.payments or nodes.Payments()
    rules = proven_rules(RuleCompiler(inputs, accounts).compile(own), payments.capture)
    found.extend(unproven(rules, own))
    needed = any(rule.uses_tax for rule in rules) and not inputs.replaces_tax
    tax, faults = tax_plan(schema.tax, inputs.profile, inputs.profiles, accounts, needed=needed)
    found.extend(faults)
    if not inputs.replaces_tax:
        found.extend(unknown_codes(schema, tax))
        found.extend(lost_inside(rules, tax))
    if inputs.settings.residue is Residue.ROUNDING and ROUNDING not in accounts:
        found.append(diagnose(MISSING_ACCOUNT, None, name=ROUNDING))
    _check_splits(inputs, found)
    if any(fault.severity is Severity.ERROR for fault in found):
        raise SchemaError(found)
    checks = schema.validations or nodes.Validations(max_line_count=DEFAULT_LINE_COUNT)
    return PostingPlan(
        stamp=inputs.stamp,
        ledgers=tuple(ledger.text for ledger in schema.ledgers),
        rules=rules,
        routes=RouteTable(event_pattern(rule.on.text, regex=rule.on.regex) for rule in own),
        splits=_split_tables(schema),
        accounts=accounts,
        dimensions=tuple(name.text for name in schema.dimensions),
        tax=tax,
        capture=payments.capture,
        settlement_days=payments.settlement_days,
        max_line_count=checks.max_line_count,
        require_external_ref=checks.require_external_ref,
        currencies=frozenset(name.text for name in checks.currencies),
        effective_from=schema.effective_from,
        effective_to=schema.effective_to,
        settings=inputs.settings,
    )


def prove_rules(inputs: Inputs) -> tuple[RuleProof, ...]:
    """Return the balance proof of each rule of a schema, also of those that do not compile."""
    accounts = AccountCompiler(inputs.schema, inputs.chart).compile()
    rules = RuleCompiler(inputs, accounts).compile(inputs.schema.rules or inputs.standard)
    payments = inputs.schema.payments or nodes.Payments()
    return proofs_of(proven_rules(rules, payments.capture))


# --- splits --------------------------------------------------------------------------------


def _check_splits(inputs: Inputs, found: list[Diagnostic]) -> None:
    """Report custom splits whose allocator the caller did not give."""
    for split in inputs.schema.splits:
        name = split.allocator
        if split.method is Method.CUSTOM and name is not None and name not in inputs.allocators:
            hint = did_you_mean(name, inputs.allocators)
            found.append(diagnose(UNKNOWN_ALLOCATOR, split.at, suggestion=hint, name=name))


def _split_tables(schema: nodes.Schema) -> tuple[SplitTable, ...]:
    """Return the splits of each dimension with the table that finds the first match."""
    names = dict.fromkeys(split.dimension.text for split in schema.splits)
    tables = []
    for name in names:
        chosen = tuple(split for split in schema.splits if split.dimension.text == name)
        patterns = tuple(
            event_pattern(split.events.text, regex=split.events.regex) for split in chosen
        )
        routes = RouteTable(patterns, exact_first=False)
        tables.append(
            SplitTable(
                dimension=name, routes=routes, splits=tuple(_planned_split(s) for s in chosen)
            )
        )
    return tuple(tables)


def _planned_split(split: nodes.Split) -> PlannedSplit:
    return PlannedSplit(
        dimension=split.dimension.text,
        method=split.method,
        shares=tuple(PlannedShare(s.value, s.percent, s.amount) for s in split.shares),
        allocator=split.allocator,
    )


# --- rules ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RuleCompiler:
    """Compiles posting rules against resolved accounts."""

    inputs: Inputs
    accounts: Mapping[str, PlannedKey]

    def compile(self, rules: tuple[nodes.Rule, ...]) -> tuple[PlannedRule, ...]:
        """Return the planned rules in document order; a reversal has its rule's lines."""
        return tuple(self._rule(rule, rules) for rule in rules)

    def _rule(self, rule: nodes.Rule, rules: tuple[nodes.Rule, ...]) -> PlannedRule:
        source = rule if rule.reverses is None else _reversed_rule(rule.reverses, rules)
        standard = not self.inputs.schema.rules
        title = f"{STANDARD}{rule.on.text}" if standard else rule.on.text
        names = NameScope(frozenset(let.name.text for let in source.lets), {})
        lets = tuple(
            PlannedLet(let.name.text, compile_expression(let.value, names)) for let in source.lets
        )
        givens = tuple(self._given(given, names) for given in source.givens)
        allocations = AllocationCompiler()
        lines = tuple(
            self._line(number, line, names, (title, allocations))
            for number, line in enumerate(source.lines, start=1)
        )
        leaves = [leaf for each in _expressions(lets, givens, lines) for leaf in reads(each)]
        uses_tax = any(_needs_tax(leaf) for leaf in leaves)
        if source.purchase and (uses_tax or self.inputs.schema.tax is not None):
            uses_tax = True
            lines = (*lines, *self._reversed_charge(lines, rule, title))
        loops = tuple(loop for line in lines for loop in line.loops)
        uses_cash = Read(Source.FACT, "cash_rounding") in leaves
        return PlannedRule(
            name=title,
            mirrored=rule.reverses is not None,
            purchase=source.purchase,
            lets=lets,
            givens=givens,
            lines=lines,
            required=_required(lets, givens, lines, self.inputs.provided),
            uses_items=_uses(leaves, loops, ITEMS) or uses_cash,
            uses_tax=uses_tax,
            uses_discount_net=any(_is_discount_net(leaf) for leaf in leaves),
            uses_payments=_uses(leaves, loops, "payments"),
            uses_withheld=any(
                isinstance(leaf, PartOf) and leaf.part is Part.WITHHELD for leaf in leaves
            ),
            uses_cash=uses_cash,
            by_dimensions=frozenset(line.by for line in lines if line.by is not None),
            requiring=frozenset(_requiring(lines)),
            standard=standard,
            missing=_missing_keys(lines),
            closing=None if source.closing is None else self._closing(source.closing, title),
        )

    def _closing(self, closing: nodes.Closing, rule: str) -> PlannedClosing:
        account = self.accounts[closing.account.text]
        return PlannedClosing(account, closing.within, Origin(rule, closing.at, RULE_STAGE))

    def _given(self, given: nodes.Given, names: NameScope) -> PlannedGiven:
        text = f"{format_expression(given.left)} = {format_expression(given.right)}"
        left = compile_expression(given.left, names)
        return PlannedGiven(left, compile_expression(given.right, names), text)

    def _line(
        self, number: int, line: nodes.Line, names: NameScope, rule: tuple[str, AllocationCompiler]
    ) -> PlannedLine:
        title, allocations = rule
        loops, inner = compile_loops(line.loops, names)
        amount = allocations.amount(line, names, inner)
        over = [loop.variable for loop in loops if inner.is_item(loop.variable)]
        every = tuple(ledger.text for ledger in self.inputs.schema.ledgers)
        return PlannedLine(
            number=number,
            ledgers=every if line.ledger is None else (line.ledger.text,),
            side=Side.DEBIT if line.side is SideWord.DEBIT else Side.CREDIT,
            target=self._target(line.target, inner),
            amount=amount,
            tax_of=amount if isinstance(amount, PartOf) and amount.part in _TAXES else None,
            net_of=net_term(amount),
            leg=None,
            by=None if line.by is None else line.by.text,
            when=None if line.when is None else compile_expression(line.when, inner),
            loops=loops,
            over_items=over[-1] if over else None,
            origin=Origin(title, line.at, RULE_STAGE),
        )

    def _reversed_charge(
        self, lines: tuple[PlannedLine, ...], rule: nodes.Rule, title: str
    ) -> tuple[PlannedLine, ...]:
        """Return the lines that the tax stage adds to a purchase: what is deducted, what is owed.

        They post nothing unless an item's charge is reversed, and only to ledgers of the rule.
        """
        posted = {ledger for line in lines for ledger in line.ledgers}
        names = (ledger.text for ledger in self.inputs.schema.ledgers)
        ledgers = tuple(name for name in names if name in posted)
        items = Read(Source.FACT, ITEMS)
        legs = (
            (OwedLeg.DEDUCTED, Side.DEBIT, "tax_input"),
            (OwedLeg.OWED, Side.CREDIT, "tax_output"),
        )
        return tuple(
            PlannedLine(
                number=len(lines) + 1 + index,
                ledgers=ledgers,
                side=side,
                target=self.accounts.get(key) or MissingKey(key),
                amount=Constant(ZERO),
                tax_of=None,
                net_of=None,
                leg=leg,
                by=None,
                when=None,
                loops=(PlannedLoop(ITEM, items, None),),
                over_items=ITEM,
                origin=Origin(title, rule.at, TAX_STAGE),
            )
            for index, (leg, side, key) in enumerate(legs)
        )

    def _target(self, target: nodes.Name | nodes.Call, names: NameScope) -> Target:
        if isinstance(target, nodes.Name):
            return self.accounts.get(target.text) or MissingKey(target.text)
        decl = next(m for m in self.inputs.schema.maps if m.name.text == target.function.text)
        rows = sorted(decl.rows, key=lambda row: sum(key is None for key in row.keys))
        return MapChoice(
            name=decl.name.text,
            arguments=tuple(compile_expression(a, names) for a in target.arguments),
            rows=tuple(
                (row.keys, None if row.target is None else self.accounts[row.target.text])
                for row in rows
            ),
        )


def _reversed_rule(pattern: nodes.EventPattern, rules: tuple[nodes.Rule, ...]) -> nodes.Rule:
    """Return the rule that a reversal mirrors: the same pattern, else the one that matches it."""
    wanted = pattern.text.upper()
    candidates = [rule for rule in rules if rule.reverses is None]
    for rule in candidates:
        if rule.on.text.upper() == wanted:
            return rule
    table = RouteTable(event_pattern(rule.on.text, regex=rule.on.regex) for rule in candidates)
    index = table.find(pattern.text)
    assert index is not None, "the checker knows the rule that `reverses` names"
    return candidates[index]


def _expressions(
    lets: tuple[PlannedLet, ...],
    givens: tuple[PlannedGiven, ...],
    lines: tuple[PlannedLine, ...],
) -> Iterable[Expression]:
    """Yield every expression of a rule."""
    for let in lets:
        yield let.value
    for given in givens:
        yield given.left
        yield given.right
    for line in lines:
        yield line.amount
        if line.when is not None:
            yield line.when
        if isinstance(line.target, MapChoice):
            yield from line.target.arguments
        for loop in line.loops:
            if loop.when is not None:
                yield loop.when


def _uses(leaves: Sequence[Expression], loops: tuple[PlannedLoop, ...], collection: str) -> bool:
    """Whether a rule reads the items (or payments) of the sale."""
    wanted = Read(Source.FACT, collection)
    summed = any(isinstance(leaf, SumOf) and leaf.collection == wanted for leaf in leaves)
    parts = collection == ITEMS and any(isinstance(leaf, PartOf) for leaf in leaves)
    return summed or parts or any(loop.collection == wanted for loop in loops)


def _needs_tax(leaf: Expression) -> bool:
    """Whether a field can only be told once tax is worked out."""
    return isinstance(leaf, PartOf) or _is_discount_net(leaf)


def _is_discount_net(leaf: Expression) -> bool:
    """Whether a field is what discounts take off the net of an item."""
    match leaf:
        case Read(Source.LOOP, _, rest) | SumOf(_, rest):
            return rest[-1:] == ("discount_net",)
        case _:
            return False


def _required(
    lets: tuple[PlannedLet, ...],
    givens: tuple[PlannedGiven, ...],
    lines: tuple[PlannedLine, ...],
    provided: frozenset[str],
) -> tuple[Read, ...]:
    """Return the fields of the context that a rule reads whatever the event says.

    What a stage provides is not asked of the event.
    """
    certain = [
        *(let.value for let in lets),
        *(side for given in givens for side in (given.left, given.right)),
        *(line.when or line.amount for line in lines if not line.loops),
    ]
    loops = (line.loops[0].collection for line in lines if line.loops)
    found = [read for each in certain for read in always_read(each)]
    found.extend(read for read in loops if read.source is Source.CONTEXT)
    return tuple(dict.fromkeys(read for read in found if read.name not in provided))


def _requiring(lines: tuple[PlannedLine, ...]) -> Iterable[str]:
    """Yield the dimensions that some account of a rule's lines requires."""
    for line in lines:
        for key in _keys(line.target):
            for account in key.by_ledger.values():
                if account.required is not None:
                    yield from account.required.names


def _keys(target: Target) -> tuple[PlannedKey, ...]:
    match target:
        case PlannedKey():
            return (target,)
        case MapChoice():
            return tuple(key for _, key in target.rows if key is not None)
        case MissingKey():
            return ()


def _missing_keys(lines: tuple[PlannedLine, ...]) -> tuple[str, ...]:
    """Return the keys of unconditional lines that the schema does not have."""
    return tuple(
        line.target.key
        for line in lines
        if isinstance(line.target, MissingKey) and line.when is None and line.leg is None
    )
