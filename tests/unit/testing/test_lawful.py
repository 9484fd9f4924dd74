"""`assert_stage_lawful`: lawful stages pass, and each broken promise is found."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from hera_engine import HeraError
from hera_engine.accounts import Side
from hera_engine.errors import Problem
from hera_engine.facts import Facts
from hera_engine.rules.drafts import DraftLine
from hera_engine.rules.stage import AddedLine, Contribution, ItemTaxes, Phase
from hera_engine.testing import assert_stage_lawful


@dataclass
class Adds:
    """A stage that always adds the same."""

    added: Contribution = field(default_factory=Contribution)
    name: str = "adds"

    def contribute(self, facts: Facts, lines: Sequence[DraftLine]) -> Contribution:
        """Add what it was made with."""
        return self.added


def _lines(*legs: tuple[Side, str, str]) -> Contribution:
    return Contribution(
        lines=tuple(AddedLine(side=s, account=a, amount=Decimal(amount)) for s, a, amount in legs)
    )


LAWFUL = (
    Contribution(),
    _lines((Side.DEBIT, "fees", "1"), (Side.CREDIT, "bank", "1")),
    Contribution(facts={"points": 3}, warnings=("look",)),
    Contribution(problems=(Problem("business_context", "is not wanted"),)),
)
UNLAWFUL = (
    (_lines((Side.DEBIT, "fees", "1")), "do not balance"),
    (_lines((Side.DEBIT, "fees", "1"), (Side.CREDIT, "bank", "2")), "do not balance"),
    (_lines((Side.DEBIT, "fees", "0"), (Side.CREDIT, "bank", "0")), "not above zero"),
    (_lines((Side.DEBIT, "fees", "-1"), (Side.CREDIT, "bank", "-1")), "not above zero"),
    (_lines((Side.DEBIT, "fees", "0.001"), (Side.CREDIT, "bank", "0.001")), "decimals"),
    (_lines((Side.DEBIT, "nowhere", "1"), (Side.CREDIT, "bank", "1")), "no account key"),
    (Contribution(facts={"total_amount": 1}), "not a new name"),
    (Contribution(facts={"x": 1.5}), "cannot be kept"),
    (
        Contribution(taxes=(ItemTaxes(net=Decimal(1), tax=Decimal(1), gross=Decimal(2)),)),
        "does not replace",
    ),
)


@pytest.mark.parametrize("added", LAWFUL)
def test_lawful_stages_pass(added: Contribution) -> None:
    """A stage that adds balanced lines, new facts, warnings, problems or nothing is lawful."""
    assert_stage_lawful(Adds(added))


@pytest.mark.parametrize(("added", "words"), UNLAWFUL)
def test_broken_promises_are_found(added: Contribution, words: str) -> None:
    """Each broken promise fails with the stage's name and what it did."""
    with pytest.raises(AssertionError, match=f"stage `adds`, event .*{words}"):
        assert_stage_lawful(Adds(added))


def test_a_veto_is_lawful() -> None:
    """A stage may refuse an event with a HeraError."""

    class Veto(Adds):
        """Refuses everything."""

        def contribute(self, facts: Facts, lines: Sequence[DraftLine]) -> Contribution:
            """Refuse."""
            raise HeraError("E_STATE", "the shop is closed")

    assert_stage_lawful(Veto())


def test_answers_that_differ_are_found() -> None:
    """A stage that counts how often it is asked is not deterministic."""

    class Counter(Adds):
        """Remembers its calls."""

        calls = 0

        def contribute(self, facts: Facts, lines: Sequence[DraftLine]) -> Contribution:
            """Warn with a number that grows."""
            self.calls += 1
            return Contribution(warnings=(str(self.calls),))

    with pytest.raises(AssertionError, match="in two ways"):
        assert_stage_lawful(Counter())


def test_crashes_and_other_answers_are_found() -> None:
    """A stage that raises something else, or returns something else, is unlawful."""

    class Crash(Adds):
        """Fails."""

        def contribute(self, facts: Facts, lines: Sequence[DraftLine]) -> Contribution:
            """Divide by zero."""
            raise ZeroDivisionError

    with pytest.raises(AssertionError, match="raised ZeroDivisionError"):
        assert_stage_lawful(Crash())
    with pytest.raises(AssertionError, match="returned tuple"):
        assert_stage_lawful(Adds(()))  # type: ignore[arg-type] # the point of this test


def test_lines_in_the_facts_phase_are_found() -> None:
    """A stage of the facts phase adds no lines."""

    class Early(Adds):
        """Runs before the rule."""

        phase = Phase.FACTS

    added = _lines((Side.DEBIT, "fees", "1"), (Side.CREDIT, "bank", "1"))

    with pytest.raises(AssertionError, match="facts phase"):
        assert_stage_lawful(Early(added))


def test_undeclared_facts_are_found() -> None:
    """A stage that declares what it provides adds nothing else."""

    class Declares(Adds):
        """Declares one fact."""

        provides = ("points",)

    assert_stage_lawful(Declares(Contribution(facts={"points": 3})))
    with pytest.raises(AssertionError, match="does not declare"):
        assert_stage_lawful(Declares(Contribution(facts={"other": 3})))
