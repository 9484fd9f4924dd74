"""The balance proof keeps its word: what it accepts balances, what it refutes does not."""

from hypothesis import event as note
from hypothesis import example, given
from hypothesis import strategies as st

from hera_engine import Verdict, prove_schema
from tests.laws.posting import examples
from tests.laws.proof_rules import Line, Rule, event_of, events, left_over, rules

ACCEPTED = (Verdict.PROVEN, Verdict.GIVEN)
TAXED = 'item.kind = "q" and tax(item) > 0'
TWICE_THE_NETS_OF_A_CELL = Rule(
    (
        Line("debit", "sum(gross(items))"),
        Line("credit", "tax(item)", "item in items"),
        Line("credit", "net(item)", "item in items", 'item.kind = "p"'),
        Line("credit", "net(item)", "item in items", 'not (item.kind = "p")'),
        Line("debit", "payment.amount", "payment in payments"),
        Line("credit", "total_amount"),
        Line("debit", "sum(gross(items))"),
        Line("credit", "tax(item)", "item in items"),
        Line("debit", "net(item)", "item in items", TAXED),
        Line("credit", "net(item)", "item in items", f"not ({TAXED})"),
    )
)
"""What is left over is an even number of units: the smallest event is no fraction of one."""


@examples(150)
@given(rule=rules(), data=st.data())
def test_a_rule_that_is_proven_balances_whatever_the_event_says(
    rule: Rule, data: st.DataObject
) -> None:
    """Debits are credits for any event that satisfies the rule's equations."""
    (proof,) = prove_schema(rule.text())
    note(proof.verdict)

    if proof.verdict in ACCEPTED:
        for _ in range(5):
            event = data.draw(events(rule))
            assert left_over(rule.text(), event) in {None, 0}, str(proof)


@examples(100)
@given(rule=rules())
def test_a_rule_that_is_refuted_does_not_balance_for_the_event_that_is_shown(rule: Rule) -> None:
    """The counter-example, sent to an engine, comes to the sums that the proof shows."""
    (proof,) = prove_schema(rule.text())

    if proof.verdict is Verdict.REFUTED:
        shown = proof.ledgers[0].counter_example
        assert shown is not None
        found = left_over(rule.text(closed=True), event_of(shown))
        assert found == shown.debits - shown.credits != 0, str(proof)


@examples(150)
@example(rule=TWICE_THE_NETS_OF_A_CELL)
@given(rule=rules())
def test_a_linear_rule_is_never_left_undecided(rule: Rule) -> None:
    """Where nothing is rounded, a rule is proven or refuted."""
    (proof,) = prove_schema(rule.text())

    assert proof.verdict is not Verdict.UNDECIDED or "round(" in rule.text(), str(proof)
