"""Verdicts of the balance proof, and rules worked out event by event without the engine.

`make proof` does it for many rules with 10,000 events each; `make test` for a few.
"""

from hera_engine import Verdict, prove_schema
from tests.laws.brute_amounts import Field, Linear
from tests.laws.brute_draws import events_of
from tests.laws.brute_proof import Findings, Trial, run
from tests.laws.brute_rules import Line, Rule


def test_brute_force_agrees_with_the_proof() -> None:
    """Accepted rules balance, printed events do not, and linear rules are decided."""
    wrong: list[str] = []

    findings = run(range(1, 16), 200, 60, wrong.append)

    assert wrong == []
    assert findings.events > 1000
    assert findings.shown > 0


def test_a_wrong_verdict_is_found() -> None:
    """A rule that does not balance, given the proof of one that does, is told."""
    total, tip = (Linear(((1, Field("", name)),)) for name in ("total_amount", "tip_amount"))
    right = Rule((Line("debit", total), Line("credit", total)))
    wrong = Rule((Line("debit", total), Line("credit", tip)))
    (proof,) = prove_schema(right.text())
    assert proof.verdict is Verdict.PROVEN
    events = events_of(0, 200)

    assert list(Trial(right, proof, events).faults(Findings())) == []
    (told,) = Trial(wrong, proof, events).told_by_events(proof.ledgers[0], Findings())

    assert told.startswith("is proven, but does not balance")
