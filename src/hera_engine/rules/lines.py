"""The lines of one rule for one event: conditions, loops, amounts, accounts, splits.

Enters: a planned rule and the scope of an event. Leaves: unmerged lines, or every problem that
the rule found. This is the interpreter; a faster executor must give the same lines.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Final, NamedTuple

from hera_engine import limits
from hera_engine.accounts import Side
from hera_engine.dsl.nodes import Method
from hera_engine.errors import EventError, PostingRejected, Problem
from hera_engine.facts import Payment
from hera_engine.frozen import FrozenMap
from hera_engine.money import format_amount, from_minor
from hera_engine.rules.allotted import allot
from hera_engine.rules.amounts import (
    Amount,
    amounts_of,
    tax_details,
    unrounded_parts,
)
from hera_engine.rules.dimensions import ITEM, Bearer, Splitter, line_dimensions, share_words
from hera_engine.rules.drafts import DraftLine, LineEvidence, Observer
from hera_engine.rules.evaluate import elements, look_up, number, truth
from hera_engine.rules.exact import EventFault, subtract
from hera_engine.rules.expressions import PlannedLoop, ShareOf
from hera_engine.rules.plan import (
    MapChoice,
    MissingKey,
    PlannedAccount,
    PlannedKey,
    PlannedLine,
    PlannedRule,
    PlannedSplit,
    Route,
    Target,
)
from hera_engine.rules.sale import THE_SALE, Item
from hera_engine.rules.scope import Scope, is_present, missing, text_of
from hera_engine.rules.worth import Converter, portioned

RULE_ORDER: Final = 0
PROBE: Final = 10**9
"""Minor units by which an amount of nothing is split: its base has portions all the same."""
REVENUE: Final = "revenue"
"""The key whose lines a split applies to where no account requires its dimension."""


class RuleRun(NamedTuple):
    """One rule at work on one event."""

    rule: PlannedRule
    route: Route
    splitter: Splitter
    accounts: Mapping[str, PlannedKey]
    converter: Converter
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
                allot_over(line, scope)
                for inner in bindings(line.loops, scope, line):
                    made.extend(self._line(line, inner))
                    if self.observer is not None:
                        self.observer.ended()
                    refuse_too_many(len(made))
            except EventFault as fault:
                problems.append(fault.problem)
        if scope.own_signs:
            problems.extend(_mixed_signs(scope))
        if problems:
            raise EventError(dict.fromkeys(problems))
        if self.rule.purchase:
            self._refuse_unjoined(scope)
        return tuple(made)

    def _refuse_unjoined(self, scope: Scope) -> None:
        """Refuse an event of which reversed tax that is not deducted joined no line."""
        ledgers = next((line.ledgers for line in self.rule.lines if line.leg is not None), ())
        for item in scope.sale.items:
            if not any(owed.joining for owed in item.owed):
                continue
            lacking = [name for name in ledgers if (name, item.path) not in scope.joined]
            if lacking:
                raise PostingRejected(
                    "E_SCHEMA",
                    f"a part of the reversed tax of {item.path} is not deducted, and no line in "
                    f"{' and '.join(lacking)} posts the item's net for it to join",
                    details={"rule": self.rule.name, "path": item.path, "ledgers": lacking},
                    hint="debit net(item) in the rule, or give the rate an expense account",
                )

    def _prepare(self, scope: Scope) -> None:
        """Refuse an event without the fields the rule always reads; work out the lets."""
        absent = [read for read in self.rule.required if not is_present(read, scope)]
        if absent:
            lists = {loop.collection for line in self.rule.lines for loop in line.loops}
            raise EventError([missing(read, scope, listed=read in lists) for read in absent])
        try:
            for let in self.rule.lets:
                scope.lets[let.name] = found = number(let.value, scope)
                if self.observer is not None:
                    self.observer.named(let.name, text_of(found))
        except EventFault as fault:
            raise EventError([fault.problem]) from None

    def _line(self, line: PlannedLine, scope: Scope) -> Iterator[DraftLine]:
        """Yield what one statement posts in one round of its loops."""
        if line.when is not None:
            held = truth(line.when, scope)
            if self.observer is not None:
                self.observer.weighed(line, len(line.loops), held=held)
            if not held:
                if self.observer is not None:
                    self.observer.skipped(line)
                return
        inner = scope if line.is_plain else self.converter.counting(line, scope)
        for found in amounts_of(line, inner):
            amount = found if line.is_plain else self.converter.with_worth(line, found, inner)
            taxed = amount.tax is not None and not line.leg
            if not (amount.size or amount.joining or taxed):
                continue
            target, row = self._account(line.target, amount.account_key, scope)
            for ledger in line.ledgers:
                whole = self._joined(amount, line.side, ledger, scope)
                yield from self._post(line, target.by_ledger[ledger], ledger, (whole, row), inner)

    def _joined(self, amount: Amount, side: Side, ledger: str, scope: Scope) -> Amount:
        """Return a net with the reversed tax that is not deducted, once per item and ledger."""
        if not amount.joining or side is not Side.DEBIT:
            return amount
        more = 0
        for path, units in amount.joining:
            if (ledger, path) not in scope.joined:
                scope.joined.add((ledger, path))
                more += units
                if scope.watcher is not None:
                    joined = format_amount(from_minor(units, scope.facts.exponent))
                    scope.watcher.saw(f"reversed tax of {path} that is not deducted", joined)
        return amount.plus(more, scope.facts.exponent)

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
        what: tuple[Amount, str | None],
        scope: Scope,
    ) -> Iterator[DraftLine]:
        """Yield the lines of one amount in one ledger, split and with their dimensions."""
        amount, row = what
        bearers = _bearers(line, scope) if line.loops else ()
        turned = amount.is_negative
        side = line.side
        if turned != (scope.facts.negative or self.rule.mirrored):
            side = side.opposite
        splits = self._splits(line, account)
        portions = self.splitter.portions(amount.size or PROBE, splits, bearers, line.by)
        parts = tuple([part.units for part in portions])
        if not amount.units:
            portions = tuple(part._replace(units=0) for part in portions)
        details, exact = tax_details(amount.tax, parts, scope), unrounded_parts(amount, parts)
        reference, is_tax = (
            _payment_reference(scope),
            amount.tax is not None and line.net_of is None,
        )
        worths = portioned(amount, parts)
        for portion, detail, unrounded, worth in zip(portions, details, exact, worths, strict=True):
            dimensions, sources = line_dimensions(account, scope.facts, bearers, portion.values)
            draft = DraftLine(
                ledger, side, account, from_minor(portion.units, scope.facts.exponent), dimensions,
                detail, reference, (RULE_ORDER, line.number), line.origin, is_tax, unrounded, worth,
            )  # fmt: skip
            if self.observer is not None:
                weights = tuple(
                    (", ".join(part.values.values()), str(part.units)) for part in portions
                )
                self.observer.made(
                    draft,
                    LineEvidence(
                        computed=Fraction(amount.exact), turned=turned, map_row=row,
                        weights=weights if splits else (),
                        shares=share_words(portion, scope.facts.exponent),
                        sources=portion.sources(sources, bearers),
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


def bindings(
    loops: tuple[PlannedLoop, ...], scope: Scope, line: PlannedLine | None = None
) -> Iterator[Scope]:
    """Yield a scope for each round of some loops; the scope itself where there are none.

    The loops are those of ``line``, or its innermost ones; with it, the scope's watcher is told
    of their conditions.
    """
    if not loops:
        yield scope
        return
    loop, watcher = loops[0], scope.watcher
    for element, path in elements(loop.collection, scope):
        inner = scope.with_loop(loop.variable, element, path)
        held = loop.when is None or truth(loop.when, inner)
        if watcher is not None and line is not None and loop.when is not None:
            watcher.weighed(line, len(line.loops) - len(loops), held=held)
        if held:
            yield from bindings(loops[1:], inner, line)
        elif watcher is not None:
            watcher.ended()


def _bearers(line: PlannedLine, scope: Scope) -> tuple[Bearer, ...]:
    """Return the members that the loops around a line stand at, the innermost first."""
    found: list[Bearer] = []
    for loop in reversed(line.loops):
        element, path = scope.loops[loop.variable]
        match element:
            case Item():
                found.append(Bearer(ITEM, path, element.fields, sent=path != THE_SALE))
            case Payment():
                found.append(Bearer("payment", path, element.fields))
            case FrozenMap():
                found.append(Bearer("member", path, element))
            case _:  # A member without fields, such as an amount.
                pass
    return tuple(found)


def allot_over(line: PlannedLine, scope: Scope) -> None:
    """Spread an amount over the members of a collection, where a line says so.

    Raises:
        EventFault: If there is something to spread and no member to receive it.
    """
    if isinstance(line.amount, ShareOf) and line.amount.spread:
        for around in bindings(line.loops[:-1], scope):
            allot(line.amount.allocation, around)


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


def _payment_reference(scope: Scope) -> str | None:
    """Return the reference of the payment a loop stands at, the innermost first."""
    if not scope.loops:
        return None
    found = [element for element, _ in scope.loops.values() if isinstance(element, Payment)]
    return found[-1].reference if found else None


def _choose(choice: MapChoice, scope: Scope) -> tuple[PlannedKey, str]:
    """Return the account that a map gives for its arguments, and the row's words."""
    found = look_up(choice.map.table, choice.arguments, scope)
    return choice.map.accounts[found.target], found.words


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
