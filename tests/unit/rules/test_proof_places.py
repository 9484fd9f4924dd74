"""What the proof takes from where a rule stands: the events of a reversal, the unit of a line."""

import pytest

from hera_engine import PostingEngine, SchemaError, Verdict
from tests.unit.rules.test_proof import HEAD, verdict_of

MIRRORED = """
event HERA.A.V1 {{ total_amount: money  a: money  b: money  given total_amount = a + b }}
event HERA.B.V1 {{ total_amount: money  a: money  b: money  {given} }}
on HERA.B.V1 reverses HERA.A.V1
"""


def test_a_reversal_is_proven_with_the_equations_of_its_own_events() -> None:
    """What declares the events of the mirrored rule holds no event of the reversal."""
    head = HEAD.format(ledgers="GL", payments="immediate")
    rule = "on HERA.A.V1 { debit cash total_amount credit revenue a credit products b }"

    same = MIRRORED.format(given="given total_amount = a + b")
    PostingEngine(head + rule + same)
    with pytest.raises(SchemaError) as caught:
        PostingEngine(head + rule + MIRRORED.format(given=""))

    (fault,) = [each for each in caught.value.diagnostics if each.code == "HE309"]
    assert "rule `HERA.B.V1` does not balance" in fault.message


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        # A `let`, an equation and a condition round to the unit of the event, a line to its own.
        (
            'let y = round(x) debit cash y currency "USD" credit revenue round(x) currency "USD"',
            Verdict.UNDECIDED,
        ),
        (
            (
                'given y = round(x) debit cash y currency "USD"'
                ' credit revenue round(x) currency "USD"'
            ),
            Verdict.UNDECIDED,
        ),
        (
            'debit cash round(x) currency code_of credit revenue round(x) currency code_of',
            Verdict.PROVEN,
        ),
        (
            'let y = round(x) debit cash y currency "USD" credit revenue y currency "USD"',
            Verdict.PROVEN,
        ),
        (
            (
                'let y = round(x, 0.05) debit cash y currency "USD"'
                ' credit revenue round(x, 0.05) currency "USD"'
            ),
            Verdict.PROVEN,
        ),
        (
            (
                "for leg in legs { debit cash round(leg.v) currency leg.code"
                " credit revenue round(leg.v) currency leg.code }"
            ),
            Verdict.PROVEN,
        ),
    ],
)  # fmt: skip
def test_a_rounded_amount_is_one_in_one_currency(body: str, verdict: Verdict) -> None:
    """`round(x)` goes to the minor unit of the place where it stands."""
    assert verdict_of(body) is verdict
