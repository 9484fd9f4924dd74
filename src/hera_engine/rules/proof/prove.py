"""Proves that rules balance, or says why not: the door of the proof.

Enters: planned rules and how payments are captured. Leaves: a `RuleProof` for each rule. It needs
no event, chart or tax profile: figures of tax are terms of their own.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from hera_engine import limits
from hera_engine.dsl.nodes import Capture
from hera_engine.money import format_amount
from hera_engine.rules.expressions import Expression, Read, Source
from hera_engine.rules.plan import PlannedLine, PlannedRule, PlannedSign
from hera_engine.rules.proof.cases import Cases, Failure
from hera_engine.rules.proof.contributions import Group, RuleForms, rule_forms
from hera_engine.rules.proof.forms import CellSum, Domain, Opaque, Total, atoms_of
from hera_engine.rules.proof.linear import Budget, OutOfBudget
from hera_engine.rules.proof.witness import smallest_counter_example
from hera_engine.rules.proof.words import target_text, written_text
from hera_engine.rules.verdict import (
    Doubt,
    EquationSource,
    LedgerProof,
    RuleProof,
    Verdict,
)

SHOWN: Final = (Verdict.PROVEN, Verdict.GIVEN)
SPLIT_RULE: Final = "split the rule, or say its conditions in a map"


def proven_rules(rules: Iterable[PlannedRule], capture: Capture) -> tuple[PlannedRule, ...]:
    """Return rules with their proofs, in order; rules with the same lines are proven once."""
    budget = Budget(limits.PROOF_STEPS, searching=10 * limits.PROOF_SEARCH)
    known: dict[object, PlannedRule] = {}
    found = []
    for rule in rules:
        key = _key(rule)
        first = known.get(key) or prove_rule(rule, capture, budget)
        known[key] = first
        assert first.proof is not None, "a rule that was proven has its proof"
        proof = replace(first.proof, rule=rule.name, mirrored=rule.mirrored)
        found.append(replace(rule, proof=proof, not_negative=first.not_negative))
    return tuple(found)


def proofs_of(rules: Iterable[PlannedRule]) -> tuple[RuleProof, ...]:
    """Return the proofs of rules that were proven, or tried to be."""
    return tuple(rule.proof for rule in rules if rule.proof is not None)


def _key(rule: PlannedRule) -> object:
    """Return what decides a rule's proof."""
    lines = tuple(
        (
            line.ledgers,
            line.side,
            target_text(line.target),
            line.amount,
            line.when,
            line.loops,
            line.currency,
            line.base,
            line.rate,
        )
        for line in rule.lines
    )
    return (rule.lets, rule.givens, lines, closing_text(rule), rule.declared)


def _currency(line: PlannedLine) -> Expression | None:
    """Return a line's currency as it is written; None for the event's."""
    return None if line.currency == Read(Source.HEADER, "currency") else line.currency


def prove_rule(rule: PlannedRule, capture: Capture, budget: Budget) -> PlannedRule:
    """Return a rule with its proof.

    Own fields of the event may be negative, unless nothing is proven without taking those that
    conditions compare as not negative: then the proof says so, and the engine checks it.
    """
    forms = rule_forms(rule, capture)
    own = forms.own_terms()
    plain = _proof(rule, forms, budget, search=not own)
    if plain.verdict in SHOWN or not own:
        return replace(rule, proof=plain)
    # A counter-example with amounts of the usual sign says more, so it is looked for first.
    positive = rule_forms(rule, capture, own)
    assumed = _proof(rule, positive, budget, search=True)
    # Where the equations leave no event with such signs, the assumption shows nothing.
    shows = assumed.verdict in SHOWN and all(each.cases for each in assumed.ledgers)
    if not shows and assumed.verdict is not Verdict.REFUTED:
        return replace(rule, proof=_proof(rule, forms, budget, search=True))
    words = forms.reader.words
    ledgers = tuple(map(_weaker, plain.ledgers, assumed.ledgers))
    needed = any(each.verdict in SHOWN for each in ledgers if each not in plain.ledgers)
    proof = RuleProof(
        rule=rule.name,
        ledgers=ledgers,
        assumed=tuple(words.term(term, domain) for domain, term in own) if needed else (),
        closing=assumed.closing,
    )
    signs = tuple(PlannedSign(domain, term.read) for domain, term in own)
    return replace(rule, proof=proof, not_negative=signs)


def _weaker(plain: LedgerProof, assumed: LedgerProof) -> LedgerProof:
    """Return what is shown of a ledger with nothing assumed, else with the signs assumed."""
    if plain.verdict in SHOWN:
        return plain
    return replace(assumed, verdict=Verdict.GIVEN) if assumed.verdict in SHOWN else assumed


def closing_text(rule: PlannedRule) -> str | None:
    """Return a rule's closing line as it is written."""
    if rule.closing is None:
        return None
    bound = format_amount(rule.closing.within)
    return f"balance to {rule.closing.account.key} within {bound}"


def _proof(rule: PlannedRule, forms: RuleForms, budget: Budget, *, search: bool) -> RuleProof:
    """Return the proof of a rule whose forms are known, each ledger and currency by itself.

    Lines are in one currency if they name it in the same words.
    """
    alike: dict[tuple[int, ...], list[str]] = {}
    for ledger in dict.fromkeys(each for line in rule.lines for each in line.ledgers):
        books: dict[Expression | None, list[int]] = {}
        for line in rule.lines:
            if ledger in line.ledgers:
                books.setdefault(_currency(line), []).append(line.number)
        for numbers in books.values():
            alike.setdefault(tuple(numbers), []).append(ledger)
    ledgers = tuple(
        _ledgers(rule, forms, Book(tuple(names), lines), budget, search=search)
        for lines, names in alike.items()
    )
    return RuleProof(rule=rule.name, ledgers=ledgers, closing=closing_text(rule))


@dataclass(frozen=True, slots=True)
class Book:
    """Ledgers that get the same lines in one currency, and the numbers of these lines."""

    ledgers: tuple[str, ...]
    lines: tuple[int, ...]


def _ledgers(
    rule: PlannedRule, forms: RuleForms, book: Book, budget: Budget, *, search: bool
) -> LedgerProof:
    """Return the proof of the lines of ledgers that get the same lines in one currency."""
    first = next(line for line in rule.lines if line.number in book.lines)
    code = _currency(first)
    varies = isinstance(code, Read) and code.source is Source.LOOP
    # INVARIANT: sums of members that name their currencies agree only if their terms do.
    forms = replace(forms, equations=()) if varies else forms
    groups = forms.groups(book.lines)
    stated = zip((line for line in rule.lines if line.leg is None), forms.statements, strict=True)
    statements = tuple(
        (written, added) for line, (_, written, added) in stated if line.number in book.lines
    )
    named = LedgerProof(
        ledgers=book.ledgers,
        verdict=Verdict.PROVEN,
        currency=None if code is None else written_text(code),
        statements=statements,
    )
    doubt = forms.doubt or _too_much(forms, groups)
    if doubt is None:
        try:
            cases = Cases.of(forms, groups, budget)
            tried = _tried(rule, cases, named, book.lines if search else ())
            undecided = varies and tried.verdict is Verdict.UNDECIDED
            return replace(tried, doubt=_of_members(tried)) if undecided else tried
        except OutOfBudget:
            allowed = limits.PROOF_STEPS
            doubt = Doubt(f"the proof takes more than {allowed} steps", SPLIT_RULE)
    closed = rule.closing is not None and named.currency is None
    verdict = Verdict.CLOSED if closed else Verdict.UNDECIDED
    return replace(named, verdict=verdict, doubt=doubt)


def _of_members(proof: LedgerProof) -> Doubt:
    """Return the doubt about lines that are in as many currencies as there are members."""
    return Doubt(
        f"`{proof.left}` is left over in currency {proof.currency}, which each member names",
        "post the debit and the credit of each member in one `for`, with the same amount",
    )


def _too_much(forms: RuleForms, groups: tuple[Group, ...]) -> Doubt | None:
    """Return the doubt about a rule with more conditions or equations than a proof takes."""
    found = dict.fromkeys(atom for group in groups for atom in atoms_of(group.guard))
    if len(found) > limits.PROOF_CONDITIONS:
        allowed = limits.PROOF_CONDITIONS
        what = f"the balance depends on {len(found)} conditions, {allowed} are allowed"
        return Doubt(what, SPLIT_RULE)
    given = sum(each.source is EquationSource.GIVEN for each in forms.equations)
    if given > limits.PROOF_EQUATIONS:
        what = f"the rule has {given} `given`, {limits.PROOF_EQUATIONS} are allowed"
        return Doubt(what, "say only those that the balance needs")
    return None


def _tried(
    rule: PlannedRule, cases: Cases, plain: LedgerProof, searched: tuple[int, ...]
) -> LedgerProof:
    """Return what the cases of a ledger's lines show; ``plain`` has its statements.

    A counter-example is looked for among the lines ``searched``; none given, it is not.
    """
    proven, failures = cases.prove()
    if not failures:
        used = (each for case in proven for each in case.used)
        given = any(each.source is EquationSource.GIVEN for each in used)
        return replace(plain, verdict=Verdict.GIVEN if given else Verdict.PROVEN, cases=proven)
    first = failures[0]
    if rule.closing is not None and plain.currency is None:
        return replace(plain, verdict=Verdict.CLOSED, cases=(*proven, first.case))
    shown = None
    if searched:
        shown = smallest_counter_example(rule, searched, cases, failures)
    failure = first if shown is None else shown[0]
    return replace(
        plain,
        verdict=Verdict.UNDECIDED if shown is None else Verdict.REFUTED,
        cases=(*proven, failure.case),
        left=failure.case.left,
        counter_example=None if shown is None else shown[1],
        doubt=_doubt(cases.rule, first) if shown is None else None,
    )


def _doubt(forms: RuleForms, failure: Failure) -> Doubt:
    """Return the doubt about what is left over: the term that is not linear, where there is one."""
    words = forms.reader.words
    for term in failure.left.coefficients:
        inner = term.term if isinstance(term, Total | CellSum) else term
        if isinstance(inner, Opaque):
            domain: Domain = term.domain if isinstance(term, Total | CellSum) else ()
            return Doubt(
                f"`{words.term(inner, domain)}` is left over and is not linear",
                "post it on both sides, say with `given` what it equals, "
                "or add `balance to ACCOUNT within AMOUNT`",
            )
    return Doubt(
        f"`{failure.case.left}` is left over, and no event was found that shows it",
        "say with `given` that it is zero, or add `balance to ACCOUNT within AMOUNT`",
    )
