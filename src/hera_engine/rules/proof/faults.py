"""Rules that are refuted or undecided as faults of their schema."""

from collections.abc import Iterator, Sequence

from hera_engine.dsl import nodes
from hera_engine.errors import Diagnostic, diagnose
from hera_engine.faults import NOT_BALANCED, NOT_PROVEN
from hera_engine.rules.plan import PlannedRule
from hera_engine.rules.verdict import LedgerProof, RuleProof, Verdict


def unproven(
    rules: Sequence[PlannedRule], written: Sequence[tuple[nodes.Rule, nodes.Rule]]
) -> Iterator[Diagnostic]:
    """Yield a fault for each rule that does not compile.

    A reversal has one of its own where only the events of the rule that it mirrors are held to
    the equations that the lines need.

    Args:
        rules: The planned rules.
        written: Each of them as it was written, with the rule whose lines it posts.
    """
    faulty: list[nodes.Rule] = []
    reversals: list[tuple[RuleProof, nodes.Rule, nodes.Rule]] = []
    for rule, (own, source) in zip(rules, written, strict=True):
        if rule.proof is None or rule.proof.verdict.compiles:
            continue
        if own.reverses is not None:
            reversals.append((rule.proof, own, source))
        else:
            faulty.append(source)
            yield _fault(rule.proof, own, source)
    for proof, own, source in reversals:
        if not any(each is source for each in faulty):
            yield _fault(proof, own, source)


def _fault(proof: RuleProof, own: nodes.Rule, source: nodes.Rule) -> Diagnostic:
    """Return the fault of a rule that does not compile, at the event that it is written for."""
    verdict = proof.verdict
    worst = next(each for each in proof.ledgers if each.verdict is verdict)
    place = own.on.at or own.at
    if verdict is Verdict.REFUTED:
        currency = "" if worst.currency is None else f" in currency {worst.currency}"
        ledger = f"{worst.ledgers[0]}{currency}"
        return diagnose(
            NOT_BALANCED, place, name=own.on.text, ledger=ledger, left=worst.left,
            event=str(worst.counter_example),
        )  # fmt: skip
    return _doubtful(worst, own, source)


def _doubtful(proof: LedgerProof, own: nodes.Rule, source: nodes.Rule) -> Diagnostic:
    doubt = proof.doubt
    assert doubt is not None, "what is undecided says why"
    place = own.on.at or own.at
    if doubt.statement is not None:
        place = source.lines[doubt.statement - 1].at or place
    return diagnose(NOT_PROVEN, place, suggestion=doubt.instead, name=own.on.text, what=doubt.what)
