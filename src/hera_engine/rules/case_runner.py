"""Runs the worked examples of a schema: what came, what they exercise, and what they miss.

Enters: a schema, its plan, and a function that runs an event. Leaves: results, coverage, mutants.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hera_engine.dsl import nodes
from hera_engine.errors import HeraError, SchemaError
from hera_engine.rules.cases import (
    CaseResult,
    WorkedCase,
    event_of,
    posted,
    refused,
    worked_cases,
)
from hera_engine.rules.compile_tax import rounds_to_coins
from hera_engine.rules.coverage import Coverage, Witness, coverage_of
from hera_engine.rules.drafts import Observer
from hera_engine.rules.explanation import explain_outcome
from hera_engine.rules.load import PostingSchema, sound_schema
from hera_engine.rules.mutants import Mutant, mutants
from hera_engine.rules.plan import PostingPlan
from hera_engine.rules.run import Outcome
from hera_engine.rules.source_words import SourceWords
from hera_engine.rules.standard import standard_rules_of
from hera_engine.rules.trace import StoryTeller

Run = Callable[[Mapping[str, object], Observer | None], Outcome]
"""Runs an event before an observer."""


@dataclass(frozen=True, slots=True)
class CaseRunner:
    """The worked examples of one schema, and what runs them."""

    schema: nodes.Schema
    plan: PostingPlan
    run: Run

    def results(self) -> tuple[CaseResult, ...]:
        """Return the result of each case and row; lines that differ say why."""
        words = source_words(self.schema, self.plan)
        return tuple(self._explained(case, words) for case in worked_cases(self.schema))

    def coverage(self) -> Coverage:
        """Return what of the schema the cases exercise."""
        witness = Witness()
        for case in worked_cases(self.schema):
            result = self.judged(case, witness)
            if result.entry is not None:
                witness.ended_with(result.entry)
        return coverage_of(self.schema, witness)

    def surviving_mutants(
        self, changed: Callable[[PostingSchema], "CaseRunner"]
    ) -> tuple[Mutant, ...]:
        """Return the changes that no passing case notices.

        Args:
            changed: Returns the runner of a changed schema, or raises SchemaError.
        """
        cases = worked_cases(self.schema)
        passing = tuple(case for case in cases if self.judged(case, None).passed)
        return tuple(each for each in mutants(self.schema) if _is_missed(each, passing, changed))

    def judged(self, case: WorkedCase, observer: Observer | None) -> CaseResult:
        """Return the result of a case without reasons."""
        try:
            outcome = self.run(event_of(case, self.schema), observer)
        except HeraError as error:
            return refused(case, error)
        return posted(case, self.plan.ledgers, outcome.entry)

    def _explained(self, case: WorkedCase, words: SourceWords) -> CaseResult:
        teller = StoryTeller()
        try:
            outcome = self.run(event_of(case, self.schema), teller)
        except HeraError as error:
            return refused(case, error)
        story = explain_outcome(outcome, teller, self.plan.tax, words)
        return posted(case, self.plan.ledgers, outcome.entry, story)


def _is_missed(
    mutant: Mutant, cases: tuple[WorkedCase, ...], changed: Callable[[PostingSchema], CaseRunner]
) -> bool:
    """Whether a mutant compiles and passes all of some cases."""
    schema = sound_schema(mutant.schema)
    if schema is None:
        return False
    try:
        other = changed(schema)
    except SchemaError:
        return False
    return all(other.judged(case, None).passed for case in cases)


def source_words(schema: nodes.Schema, plan: PostingPlan) -> SourceWords:
    """Return the words that explanations quote: of the schema's rules, or of the standard ones."""
    coins = rounds_to_coins(schema.tax, plan.tax.profile)
    return SourceWords.of(schema, schema.rules or standard_rules_of(schema, coins=coins))
