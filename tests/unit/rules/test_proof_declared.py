"""What the balance proof knows of fields from declarations and from their defaults."""

from typing import Final

import pytest

from hera_engine import HeraError, PostingEngine, RuleProof, Verdict, prove_schema
from hera_engine.facts import Facts
from hera_engine.rules.stage import Contribution

HEAD: Final = """\
ledgers GL
account cash 1000 asset
account revenue 4100 revenue
account products 4200 revenue
map group_of(kind) { "a" -> "x", "b" -> "y", else -> "z" }
payments immediate
"""
TWO_KINDS: Final = 'kind: one of "a", "b"'
THREE_KINDS: Final = 'kind: one of "a", "b", "c"'
BY_KIND: Final = """
debit cash total_amount
credit revenue total_amount when kind = "a"
credit products total_amount when kind = "b"
"""
BY_GROUP: Final = """
debit cash total_amount
credit revenue total_amount when group_of(kind) = "x"
credit products total_amount when group_of(kind) = "y"
"""
BY_LEG: Final = """
for leg in legs {
  debit cash leg.v
  credit revenue leg.v when leg.kind = "a"
  credit products leg.v when leg.kind = "b"
}
"""
IF_POSITIVE: Final = "debit cash x credit revenue x when x > 0"


def proof_of(fields: str, body: str) -> RuleProof:
    """Return the proof of a rule whose events are declared with a total and these fields."""
    declared = f"event HERA.A.V1 {{ total_amount: money {fields} }}\n" if fields else ""
    return prove_schema(f"{HEAD}{declared}on HERA.A.V1 {{ {body} }}")[0]


def shown(proof: RuleProof) -> str:
    """Return the event that a proof prints, in words."""
    (ledger,) = proof.ledgers
    return str(ledger.counter_example)


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ("x: money", IF_POSITIVE),
        ("x: money = 0", IF_POSITIVE),
        ("x: optional money", IF_POSITIVE.replace("x", "(x default 0)")),
        ("record: { x: money }", IF_POSITIVE.replace("x", "record.x")),
        (
            "legs: list of { v: money }",
            "for leg in legs { debit cash leg.v credit revenue leg.v when leg.v > 0 }",
        ),
        (TWO_KINDS, BY_KIND),
        (TWO_KINDS, BY_GROUP),
        ('kind: optional one of "a", "b"', BY_KIND.replace("kind =", '(kind default "b") =')),
        ('kind: optional one of "a"', BY_KIND.replace("kind =", '(kind default "b") =')),
        (f"legs: list of {{ v: money {TWO_KINDS} }}", BY_LEG),
        (
            "paid: truth",
            (
                "debit cash total_amount credit revenue total_amount when paid"
                " credit products total_amount when paid = false"
            ),
        ),
        # Two amounts are compared as numbers, however they were sent.
        (
            "a: money b: money",
            "given a = b debit cash total_amount when a = b credit revenue total_amount",
        ),
    ],
)  # fmt: skip
def test_what_is_declared_needs_no_assumption(fields: str, body: str) -> None:
    """Money is never negative, a choice is one of its texts, and what is required is there."""
    proof = proof_of(fields, body)

    assert proof.verdict in {Verdict.PROVEN, Verdict.GIVEN}
    assert proof.assumed == ()


@pytest.mark.parametrize(
    ("fields", "body", "event"),
    [
        ("x: signed money", IF_POSITIVE, "with x -1.00: debits 0.00, credits 1.00"),
        (THREE_KINDS, BY_KIND, 'with total_amount 1.00, kind "c": debits 1.00, credits 0.00'),
        (THREE_KINDS, BY_GROUP, 'with total_amount 1.00, kind "c": debits 1.00, credits 0.00'),
        (
            'kind: optional one of "a", "b"',
            BY_KIND.replace("kind =", '(kind default "c") ='),
            "with total_amount 1.00: debits 1.00, credits 0.00",
        ),
        (
            f"legs: list of {{ v: money {THREE_KINDS} }}",
            BY_LEG,
            'with legs[0].v 1.00, legs[0].kind "c": debits 1.00, credits 0.00',
        ),
        # Several defaults: the field is not sent.
        (
            "",
            "debit cash total_amount credit revenue (total_amount - (x default 1) + (x default 0))",
            "with total_amount 1.00: debits 1.00, credits 0.00",
        ),
        (
            "",
            (
                'debit cash total_amount when (k default "a") = "a"'
                ' debit cash total_amount when (k default "b") != "a" credit revenue total_amount'
            ),
            "with total_amount 1.00: debits 2.00, credits 1.00",
        ),
        (
            "",
            (
                "debit cash total_amount when k default true"
                " debit cash total_amount when not (k default false) credit revenue total_amount"
            ),
            "with total_amount 1.00: debits 2.00, credits 1.00",
        ),
        # Two texts are equal if they are spelt alike.
        (
            "",
            "given a = b debit cash total_amount when a = b credit revenue total_amount",
            'with total_amount 1.00, a "0.00", b "0.000": debits 0.00, credits 1.00',
        ),
    ],
)  # fmt: skip
def test_an_event_such_as_may_be_sent_is_shown(fields: str, body: str, event: str) -> None:
    """The event that is printed is within its declaration."""
    proof = proof_of(fields, body)

    assert proof.verdict is Verdict.REFUTED
    assert shown(proof) == event


def test_a_number_may_still_be_taken_as_not_negative() -> None:
    """There is no type for numbers above zero, so the engine looks at each."""
    body = (
        "debit cash total_amount credit revenue total_amount when n > 0"
        " credit products total_amount when n = 0"
    )

    assert proof_of("n: number", body).assumed == ("n",)


class _Inventive:
    """A stage that provides a field of the caller's."""

    name = "inventive"
    phase = "facts"

    def contribute(self, facts: Facts, lines: object) -> Contribution:
        return Contribution(facts={"x": "-1.00"})


def test_a_stage_provides_no_declared_field() -> None:
    """What a declaration says of a field holds, also where the event does not send it."""
    text = (
        f"{HEAD}event HERA.A.V1 {{ total_amount: money x: optional money }}\n"
        "on HERA.A.V1 { debit cash total_amount credit revenue total_amount"
        f" {IF_POSITIVE.replace('x', '(x default 0)')} }}"
    )
    engine = PostingEngine(text, stages=(_Inventive(),))
    event = {
        "organization_id": "o", "event_smart_code": "HERA.A.V1", "total_amount": "1.00",
        "currency": "USD",
    }  # fmt: skip

    with pytest.raises(HeraError) as caught:
        engine.simulate(event)

    assert "added the fact `x`, which the event declares" in str(caught.value)
