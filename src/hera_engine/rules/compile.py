"""Compiles a checked schema into a posting plan; every lookup is resolved here, once.

Enters: the nodes of a schema without faults, a chart, tax profiles, settings. Leaves: a
`PostingPlan`, or every fault that the chart and the profiles bring to light.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from hera_engine.accounts import Chart, Side
from hera_engine.dsl import nodes
from hera_engine.dsl.check_patterns import PatternKey, event_key
from hera_engine.dsl.dated import period_of, with_sources
from hera_engine.dsl.format import format_expression
from hera_engine.dsl.nodes import Capture, Method, SideWord
from hera_engine.errors import Diagnostic, SchemaError, Severity, diagnose, did_you_mean
from hera_engine.faults import (
    MISSING_ACCOUNT,
    UNKNOWN_ALLOCATOR,
)
from hera_engine.journal import Origin, SchemaStamp
from hera_engine.money import ZERO
from hera_engine.patterns import event_pattern
from hera_engine.routing import RouteTable
from hera_engine.rules.absent_dimensions import Surroundings, absent_dimensions
from hera_engine.rules.compile_accounts import AccountCompiler
from hera_engine.rules.compile_allocations import AllocationCompiler
from hera_engine.rules.compile_events import DeclaredFields, invariants_of, planned_declarations
from hera_engine.rules.compile_expressions import (
    ITEMS,
    NameScope,
    always_read,
    compile_expression,
    compile_loops,
    is_discount_net,
    needs_tax,
    net_term,
    reads,
    uses,
)
from hera_engine.rules.compile_maps import (
    PlannedMaps,
    derivation_tables,
    planned_maps,
    required_of,
    unknown_categories,
)
from hera_engine.rules.compile_tax import lost_inside, tax_plan, unknown_codes
from hera_engine.rules.expressions import (
    Constant,
    Expression,
    Part,
    PartOf,
    PlannedLoop,
    Read,
    Source,
)
from hera_engine.rules.plan import (
    MapChoice,
    MissingKey,
    OwedLeg,
    PlannedClosing,
    PlannedExchange,
    PlannedGiven,
    PlannedKey,
    PlannedLet,
    PlannedLine,
    PlannedRule,
    PlannedShare,
    PlannedSplit,
    PostingPlan,
    RuleVersions,
    SplitTable,
    Target,
)
from hera_engine.rules.proof.faults import unproven
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
    one in use; ``standard`` holds the standard rules, already parsed, for a schema without rules.
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
    payments = schema.payments or nodes.Payments()
    own = with_sources(schema.rules or inputs.standard)
    written = tuple(rule for rule, _ in own)
    maps = planned_maps(schema, accounts)
    rules = _proven(RuleCompiler(inputs, accounts, maps).compile(own), payments.capture)
    found.extend(unproven(rules, own))
    needed = any(rule.uses_tax for rule in rules) and not inputs.replaces_tax
    tax, faults = tax_plan(schema.tax, inputs.profile, inputs.profiles, accounts, needed=needed)
    found.extend(faults)
    if not inputs.replaces_tax:
        found.extend(unknown_codes(schema, tax))
        found.extend(lost_inside(rules, tax))
        found.extend(unknown_categories(schema, maps, tax.profile))
    if inputs.settings.residue is Residue.ROUNDING and ROUNDING not in accounts:
        found.append(diagnose(MISSING_ACCOUNT, None, name=ROUNDING))
    _check_splits(inputs, found)
    versions, routes = _routed(own, rules)
    rounding = ROUNDING if inputs.settings.residue is Residue.ROUNDING else None
    around = Surroundings(accounts=accounts, tax=tax, provided=inputs.provided, rounding=rounding)
    found.extend(absent_dimensions(schema, written, rules, around))
    if any(fault.severity is Severity.ERROR for fault in found):
        raise SchemaError(found)
    checks = schema.validations or nodes.Validations(max_line_count=DEFAULT_LINE_COUNT)
    return PostingPlan(
        stamp=inputs.stamp,
        ledgers=tuple(ledger.text for ledger in schema.ledgers),
        versions=versions,
        routes=routes,
        declarations=planned_declarations(schema),
        declared=RouteTable(event_pattern(d.on.text, regex=d.on.regex) for d in schema.events),
        splits=_split_tables(schema),
        derived=derivation_tables(schema, maps),
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


def _proven(rules: tuple[PlannedRule, ...], capture: Capture) -> tuple[PlannedRule, ...]:
    """Return rules with their proofs, which may rely on what declarations hold events to."""
    # The proof is imported when the first schema is compiled, as the parser is.
    from hera_engine.rules.proof.prove import proven_rules  # noqa: PLC0415

    held = tuple(replace(rule, givens=(*rule.assumed, *rule.givens)) for rule in rules)
    return tuple(
        replace(proven, givens=rule.givens)
        for proven, rule in zip(proven_rules(held, capture), rules, strict=True)
    )


def prove_rules(inputs: Inputs) -> tuple[RuleProof, ...]:
    """Return the balance proof of each rule of a schema, also of those that do not compile."""
    from hera_engine.rules.proof.prove import proofs_of  # noqa: PLC0415 - as above

    accounts = AccountCompiler(inputs.schema, inputs.chart).compile()
    own = with_sources(inputs.schema.rules or inputs.standard)
    maps = planned_maps(inputs.schema, accounts)
    rules = RuleCompiler(inputs, accounts, maps).compile(own)
    payments = inputs.schema.payments or nodes.Payments()
    return proofs_of(_proven(rules, payments.capture))


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
    maps: PlannedMaps

    def compile(self, rules: tuple[tuple[nodes.Rule, nodes.Rule], ...]) -> tuple[PlannedRule, ...]:
        """Return the planned rules, each given with the rule whose lines it posts, in order."""
        declared = DeclaredFields(self.inputs.schema)
        return tuple(
            replace(
                self._rule(rule, source),
                assumed=invariants_of(rule, declared.declarations),
                declared=declared.of(rule),
            )
            for rule, source in rules
        )

    def _rule(self, rule: nodes.Rule, source: nodes.Rule) -> PlannedRule:
        standard = not self.inputs.schema.rules
        period = period_of(rule)
        words = f"{rule.on.text} {period}" if period.is_dated else rule.on.text
        title = f"{STANDARD}{words}" if standard else words
        names = NameScope(frozenset(let.name.text for let in source.lets), {}, self.maps.texts)
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
        uses_tax = any(needs_tax(leaf) for leaf in leaves)
        if source.purchase and (uses_tax or self.inputs.schema.tax is not None):
            uses_tax = True
            lines = (*lines, *self._reversed_charge(lines, rule, title))
        loops = tuple(loop for line in lines for loop in line.loops)
        uses_cash = Read(Source.FACT, "cash_rounding") in leaves
        return PlannedRule(
            name=title,
            period=period,
            mirrored=rule.reverses is not None,
            purchase=source.purchase,
            lets=lets,
            givens=givens,
            lines=lines,
            required=_required(lets, givens, lines, self._made),
            uses_items=uses(leaves, loops, ITEMS) or uses_cash,
            uses_tax=uses_tax,
            uses_discount_net=any(is_discount_net(leaf) for leaf in leaves),
            uses_payments=uses(leaves, loops, "payments"),
            uses_withheld=any(
                isinstance(leaf, PartOf) and leaf.part is Part.WITHHELD for leaf in leaves
            ),
            uses_cash=uses_cash,
            by_dimensions=frozenset(line.by for line in lines if line.by is not None),
            requiring=frozenset(_requiring(lines)),
            standard=standard,
            missing=_missing_keys(lines),
            exchange=self._exchange(source.exchange, title),
            closing=None if source.closing is None else self._closing(source.closing, title),
        )

    @property
    def _made(self) -> frozenset[str]:
        """Fields that an event need not send: a stage provides them, or they are derived."""
        derived = (each.name.text for each in self.inputs.schema.derivations)
        return self.inputs.provided | frozenset(derived)

    def _exchange(
        self, exchange: nodes.ExchangeDifference | None, rule: str
    ) -> PlannedExchange | None:
        if exchange is None:
            return None
        gain, loss = self.accounts[exchange.gain.text], self.accounts[exchange.loss.text]
        return PlannedExchange(gain, loss, Origin(rule, exchange.at, RULE_STAGE))

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
            when=_optional(line.when, inner),
            loops=loops,
            over_items=over[-1] if over else None,
            origin=Origin(title, line.at, RULE_STAGE),
            currency=_optional(line.currency, inner),
            base=_optional(line.base, inner),
            rate=_optional(line.rate, inner),
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
        arguments = tuple(compile_expression(each, names) for each in target.arguments)
        return MapChoice(self.maps.accounts[target.function.text], arguments)


def _routed(
    own: tuple[tuple[nodes.Rule, nodes.Rule], ...], rules: tuple[PlannedRule, ...]
) -> tuple[tuple[RuleVersions, ...], RouteTable]:
    """Return the rules of each pattern by date, and the table that finds a code's pattern."""
    found: dict[PatternKey, list[PlannedRule]] = {}
    for (rule, _), planned in zip(own, rules, strict=True):
        found.setdefault(event_key(rule.on), []).append(planned)
    versions = tuple(
        RuleVersions(tuple(sorted(group, key=lambda rule: rule.period.starts)))
        for group in found.values()
    )
    return versions, RouteTable(event_pattern(text, regex=regex) for regex, text in found)


def _optional(node: nodes.Expression | None, names: NameScope) -> Expression | None:
    return None if node is None else compile_expression(node, names)


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
        for part in (line.currency, line.base, line.rate, line.when):
            if part is not None:
                yield part
        if isinstance(line.target, MapChoice):
            yield from line.target.arguments
        for loop in line.loops:
            if loop.when is not None:
                yield loop.when


def _required(
    lets: tuple[PlannedLet, ...],
    givens: tuple[PlannedGiven, ...],
    lines: tuple[PlannedLine, ...],
    made: frozenset[str],
) -> tuple[Read, ...]:
    """Return the fields of the context that a rule reads whatever the event says.

    What is made without the event is not asked of it.
    """
    certain = [
        *(let.value for let in lets),
        *(side for given in givens for side in (given.left, given.right)),
        *(line.when or line.amount for line in lines if not line.loops),
        *(line.base for line in lines if line.base and not (line.loops or line.when)),
    ]
    loops = (line.loops[0].collection for line in lines if line.loops)
    found = [read for each in certain for read in always_read(each)]
    found.extend(read for read in loops if read.source is Source.CONTEXT)
    return tuple(dict.fromkeys(read for read in found if read.name not in made))


def _requiring(lines: tuple[PlannedLine, ...]) -> Iterable[str]:
    """Yield the dimensions that some account of a rule's lines requires."""
    for line in lines:
        match line.target:
            case PlannedKey():
                yield from required_of(line.target)
            case MapChoice(found):
                yield from found.requiring
            case MissingKey():
                pass


def _missing_keys(lines: tuple[PlannedLine, ...]) -> tuple[str, ...]:
    """Return the keys of unconditional lines that the schema does not have."""
    return tuple(
        line.target.key
        for line in lines
        if isinstance(line.target, MissingKey) and line.when is None and line.leg is None
    )
