"""Rules that are refuted or undecided as faults of their schema."""

from collections.abc import Iterator, Sequence

from hera_engine.dsl import nodes
from hera_engine.errors import Diagnostic, diagnose
from hera_engine.faults import NOT_BALANCED, NOT_PROVEN
from hera_engine.rules.plan import PlannedRule
from hera_engine.rules.verdict import LedgerProof, RuleProof, Verdict


def unproven(rules: Sequence[PlannedRule], written: Sequence[nodes.Rule]) -> Iterator[Diagnostic]:
    """Yield a fault for each rule that does not compile; a reversal has that of its rule."""
    for rule, source in zip(rules, written, strict=True):
        if rule.proof is not None and source.reverses is None:
            fault = _fault(rule.proof, source)
            if fault is not None:
                yield fault


def _fault(proof: RuleProof, source: nodes.Rule) -> Diagnostic | None:
    """Return the fault of a rule that does not compile, at the event that it is written for."""
    verdict = proof.verdict
    if verdict.compiles:
        return None
    worst = next(each for each in proof.ledgers if each.verdict is verdict)
    place = source.on.at or source.at
    if verdict is Verdict.REFUTED:
        return diagnose(
            NOT_BALANCED, place, name=source.on.text, ledger=worst.ledgers[0], left=worst.left,
            event=str(worst.counter_example),
        )  # fmt: skip
    return _doubtful(worst, source)


def _doubtful(proof: LedgerProof, source: nodes.Rule) -> Diagnostic:
    doubt = proof.doubt
    assert doubt is not None, "what is undecided says why"
    place = source.on.at or source.at
    if doubt.statement is not None:
        place = source.lines[doubt.statement - 1].at or place
    return diagnose(
        NOT_PROVEN, place, suggestion=doubt.instead, name=source.on.text, what=doubt.what
    )
