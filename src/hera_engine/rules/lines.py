"""The lines of one rule for one event: conditions, loops, amounts, accounts, splits.

Enters: a planned rule and the scope of an event. Leaves: unmerged lines, or every problem that
the rule found. This is the interpreter; a faster executor must give the same lines.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Final

from hera_engine import limits
from hera_engine.allocation import allocate_units
from hera_engine.dsl.nodes import Method
from hera_engine.errors import EventError, PostingRejected, Problem, did_you_mean
from hera_engine.facts import Payment
from hera_engine.frozen import FrozenMap
from hera_engine.journal import TaxDetail
from hera_engine.money import AmountError, format_amount, from_minor, to_minor
from hera_engine.rules.dimensions import Splitter, line_dimensions
from hera_engine.rules.drafts import DraftLine, LineEvidence, Observer
from hera_engine.rules.evaluate import elements, number, plain, truth
from hera_engine.rules.exact import EventFault, Exact, subtract
from hera_engine.rules.plan import (
    Expression,
    MapChoice,
    MissingKey,
    PlannedAccount,
    PlannedKey,
    PlannedLine,
    PlannedLoop,
    PlannedRule,
    PlannedSplit,
    Route,
    Target,
)
from hera_engine.rules.sale import Item, ItemComponent
from hera_engine.rules.scope import Scope, is_present, missing, path_of, text_of

RULE_ORDER: Final = 0
SHOWN_KEYS: Final = 20
"""Keys of a map that a refusal lists."""
SHOWN_CHARACTERS: Final = 80
"""Characters of a refused value that an error shows."""
REVENUE: Final = "revenue"
"""The key whose lines a split applies to where no account requires its dimension."""


@dataclass(frozen=True, slots=True)
class _Amount:
    """What one statement posts at once: minor units with their sign, and what tax they are."""

    units: int
    exact: Exact
    tax: TaxDetail | None = None
    account_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRun:
    """One rule at work on one event."""

    rule: PlannedRule
    route: Route
    splitter: Splitter
    accounts: Mapping[str, PlannedKey]
    observer: Observer | None

    def lines(self, scope: Scope) -> tuple[DraftLine, ...]:
        """Return the unmerged lines of the rule.

        Raises:
            EventError: With every problem the event has for this rule.
            PostingRejected: E_UNBALANCED if a `given` equation does not hold; E_SCHEMA if a
                line needs an account the schema does not have.
        """
        self._prepare(scope)
        check_givens(self.rule, scope, self.observer)
        made: list[DraftLine] = []
        problems: list[Problem] = []
        for line in self.rule.lines:
            try:
                for inner in bindings(line.loops, scope):
                    made.extend(self._line(line, inner))
                    if self.observer is not None:
                        self.observer.ended()
                    refuse_too_many(len(made))
            except EventFault as fault:
                problems.append(fault.problem)
        problems.extend(_mixed_signs(scope))
        if problems:
            raise EventError(dict.fromkeys(problems))
        return tuple(made)

    def _prepare(self, scope: Scope) -> None:
        """Refuse an event without the fields the rule always reads; work out the lets."""
        absent = [
            missing(read, scope) for read in self.rule.required if not is_present(read, scope)
        ]
        if absent:
            raise EventError(absent)
        try:
            for let in self.rule.lets:
                scope.lets[let.name] = number(let.value, scope)
        except EventFault as fault:
            raise EventError([fault.problem]) from None

    def _line(self, line: PlannedLine, scope: Scope) -> Iterator[DraftLine]:
        """Yield what one statement posts in one round of its loops."""
        if line.when is not None and not truth(line.when, scope):
            if self.observer is not None:
                self.observer.skipped(line)
            return
        for amount in _amounts(line, scope):
            if amount.units or amount.tax is not None:
                target, row = self._account(line.target, amount.account_key, scope)
                for ledger in line.ledgers:
                    yield from self._post(
                        line, target.by_ledger[ledger], ledger, (amount, row), scope
                    )

    def _account(
        self, target: Target, override: str | None, scope: Scope
    ) -> tuple[PlannedKey, str | None]:
        """Return the account a line posts to and the map row that chose it."""
        if override is not None:
            return self.accounts[override], None
        match target:
            case PlannedKey():
                return target, None
            case MapChoice():
                return _choose(target, scope)
            case MissingKey(key):
                raise PostingRejected(
                    "E_SCHEMA",
                    f"the event needs the account `{key}`, which the schema does not have",
                    details={"account": key, "rule": self.rule.name},
                    hint=f"add `{key}` to the schema's accounts",
                )

    def _post(
        self,
        line: PlannedLine,
        account: PlannedAccount,
        ledger: str,
        what: tuple[_Amount, str | None],
        scope: Scope,
    ) -> Iterator[DraftLine]:
        """Yield the lines of one amount in one ledger, split and with their dimensions."""
        amount, row = what
        item = _item_of(line, scope)
        turned = amount.units < 0 or (not amount.units and amount.exact < 0)
        mirrored = scope.facts.negative or self.rule.mirrored
        splits = self._splits(line, account)
        portions = self.splitter.portions(abs(amount.units), splits, item, line.by)
        details = _tax_details(amount.tax, tuple(part.units for part in portions), scope)
        for portion, detail in zip(portions, details, strict=True):
            dimensions, sources = line_dimensions(account, scope.facts, item, portion.values)
            draft = DraftLine(
                ledger=ledger,
                side=line.side.opposite if turned != mirrored else line.side,
                account=account,
                amount=from_minor(portion.units, scope.facts.exponent),
                dimensions=dimensions,
                tax=detail,
                payment_reference=_payment_reference(scope),
                order=(RULE_ORDER, line.number),
                origin=line.origin,
            )
            if self.observer is not None:
                weights = tuple(
                    (", ".join(part.values.values()), str(part.units)) for part in portions
                )
                self.observer.made(
                    draft,
                    LineEvidence(
                        computed=Fraction(amount.exact), turned=turned, map_row=row,
                        weights=weights if splits else (), sources=sources,
                    ),
                )  # fmt: skip
            yield draft

    def _splits(self, line: PlannedLine, account: PlannedAccount) -> tuple[PlannedSplit, ...]:
        """Return how a line is split: by its own `by`, and by splits no line asks for by name.

        A split whose dimension no line of the rule names applies to lines whose account
        requires it, or to revenue where no account of the rule does.
        """
        if line.by is None and not self.route.splits:
            return ()
        chosen = []
        if line.by is not None:
            plain_split = PlannedSplit(dimension=line.by, method=Method.PROPORTIONAL)
            chosen.append(self.route.splits.get(line.by, plain_split))
        required = () if account.required is None else account.required.names
        for dimension, split in self.route.splits.items():
            if dimension in self.rule.by_dimensions:
                continue
            by_revenue = dimension not in self.rule.requiring and account.posted.key == REVENUE
            if dimension in required or by_revenue:
                chosen.append(split)
        return tuple(chosen)


def bindings(loops: tuple[PlannedLoop, ...], scope: Scope) -> Iterator[Scope]:
    """Yield a scope for each round of a line's loops; the scope itself where it has none."""
    if not loops:
        yield scope
        return
    loop = loops[0]
    for element, path in elements(loop.collection, scope):
        inner = scope.with_loop(loop.variable, element, path)
        if loop.when is None or truth(loop.when, inner):
            yield from bindings(loops[1:], inner)
        elif scope.watcher is not None:
            scope.watcher.ended()


def check_givens(rule: PlannedRule, scope: Scope, observer: Observer | None) -> None:
    """Check the rule's equations exactly.

    Raises:
        EventError: If a field an equation needs is missing or is no number.
        PostingRejected: E_UNBALANCED with both sides of each equation that does not hold.
    """
    broken = []
    for given in rule.givens:
        try:
            left, right = number(given.left, scope), number(given.right, scope)
        except EventFault as fault:
            raise EventError([fault.problem]) from None
        if left != right:
            difference = text_of(subtract(left, right))
            broken.append(
                {
                    "equation": given.text, "left": text_of(left), "right": text_of(right),
                    "difference": difference,
                }
            )  # fmt: skip
        elif observer is not None:
            observer.checked(given.text, text_of(left), text_of(right))
    if broken:
        first = broken[0]
        raise PostingRejected(
            "E_UNBALANCED",
            f"`{first['equation']}` does not hold: {first['left']} against {first['right']}",
            details={"rule": rule.name, "equations": broken, "currency": scope.facts.currency},
        )


def refuse_too_many(lines: int) -> None:
    """Raise E_GUARDRAIL when the statements of a rule make more lines than may be merged."""
    allowed = limits.UNMERGED_LINES
    if lines > allowed:
        details = (("limit", "UNMERGED_LINES"), ("allowed", str(allowed)), ("seen", str(lines)))
        raise EventError(
            [Problem("", f"the event makes more than {allowed} lines", None, details=details)]
        )


def _amounts(line: PlannedLine, scope: Scope) -> tuple[_Amount, ...]:
    """Return the amounts of a statement: one, or one per tax component."""
    if line.tax_of is None:
        exact = number(line.amount, scope)
        return (_Amount(_whole_units(exact, line, scope), exact),)
    variable = line.tax_of.variable
    chosen = scope.sale.items if variable is None else (_item(scope, variable),)
    found = [(item, component) for item in chosen for component in item.components]
    if scope.watcher is not None:
        for item, component in found:
            several = len(item.components) > 1
            which = f"{component.detail.code} in " if several else ""
            scope.watcher.saw(f"{which}tax({item.path})", _tax_words(component))
    return tuple(
        _Amount(
            to_minor(component.amount, scope.facts.exponent), component.exact, component.detail,
            component.account_key,
        )
        for _, component in found
    )  # fmt: skip


def _tax_words(component: ItemComponent) -> str:
    """Return a component as an auditor reads it: rate, base, and the figure before rounding."""
    detail = component.detail
    rate, base = format_amount(detail.rate), format_amount(detail.base)
    return f"{detail.code} {rate} % on {base}, exactly {text_of(component.exact)}"


def _whole_units(exact: Exact, line: PlannedLine, scope: Scope) -> int:
    """Return an amount in minor units; it must be a whole number of them, below the limit."""
    exponent = scope.facts.exponent
    bound = 10**limits.AMOUNT_INTEGER_DIGITS
    if not -bound < exact < bound:
        raise EventFault(Problem(path_of(line.amount, scope), "the line's amount is too large"))
    try:
        return _units_of(exact, exponent)
    except AmountError:
        path = path_of(line.amount, scope)
        message = f"the line comes to {text_of(exact)} {scope.facts.currency}, a broken minor unit"
        hint = "put the amount inside round(…) in the rule"
        raise EventFault(Problem(path, message, hint)) from None


def _units_of(exact: Exact, exponent: int) -> int:
    """Return an exact figure in minor units, or raise `AmountError` for a part of one."""
    if isinstance(exact, Decimal):
        return to_minor(exact, exponent)
    units: Fraction = exact * 10**exponent
    if units.denominator != 1:
        raise AmountError("is not a whole number of minor units")
    return units.numerator


def _item(scope: Scope, variable: str) -> Item:
    found = scope.loops[variable][0]
    assert isinstance(found, Item), "the compiler lets tax(…) stand only over items"
    return found


def _item_of(line: PlannedLine, scope: Scope) -> Item | None:
    return None if line.over_items is None else _item(scope, line.over_items)


def _payment_reference(scope: Scope) -> str | None:
    """Return the reference of the payment a loop stands at, the innermost first."""
    found = [element for element, _ in scope.loops.values() if isinstance(element, Payment)]
    return found[-1].reference if found else None


def _tax_details(
    detail: TaxDetail | None, units: tuple[int, ...], scope: Scope
) -> tuple[TaxDetail | None, ...]:
    """Return the tax detail of each portion; the taxable base is spread like the tax."""
    if detail is None or len(units) == 1:
        return (detail,) * len(units)
    exponent = scope.facts.exponent
    bases = allocate_units(to_minor(detail.base, exponent), units)
    return tuple(replace(detail, base=from_minor(base, exponent)) for base in bases)


def _choose(choice: MapChoice, scope: Scope) -> tuple[PlannedKey, str]:
    """Return the account of the first row that matches the arguments, and the row's words."""
    values = tuple(_map_input(argument, scope) for argument in choice.arguments)
    shown = ", ".join(values)
    for keys, target in choice.rows:
        if all(key is None or key == value for key, value in zip(keys, values, strict=True)):
            if target is None:
                break
            return target, f"{choice.name}({shown}) -> {target.key}"
    known = tuple(key for keys, _ in choice.rows for key in keys if key is not None)
    some = ", ".join(sorted(set(known))[:SHOWN_KEYS])
    hint = did_you_mean(values[0][:SHOWN_CHARACTERS], known) or f"`{choice.name}` knows {some}"
    path = path_of(choice.arguments[0], scope)
    what = shown if len(shown) <= SHOWN_CHARACTERS else f"{shown[:SHOWN_CHARACTERS]}…"
    raise EventFault(Problem(path, f"`{what}` is not accepted by the map `{choice.name}`", hint))


def _map_input(argument: Expression, scope: Scope) -> str:
    """Return the text that a map looks up: a single value, never a list or an object."""
    value = plain(argument, scope)
    if isinstance(value, tuple | FrozenMap | Item | Payment):
        raise EventFault(Problem(path_of(argument, scope), "is not a single value"))
    return text_of(value)


def _mixed_signs(scope: Scope) -> list[Problem]:
    """Return a problem per own field of a negative event that carries another sign than the rest.

    Own fields are held to the sign of the event's components, or else to each other's.
    """
    facts, signs = scope.facts, scope.own_signs
    below = facts.components_negative or (True in signs.values() and not facts.components_positive)
    return [
        Problem(path, "has another sign than the rest of the event", "send all with one sign")
        for path, negative in signs.items()
        if negative != below
    ]
