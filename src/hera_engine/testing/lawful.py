"""`assert_stage_lawful`: the promises of a stage, checked on sample events."""

import pickle
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Final, NoReturn

from hera_engine.accounts import Side
from hera_engine.engine import PostingEngine
from hera_engine.errors import HeraError, Problem, ProblemList
from hera_engine.facts import Facts
from hera_engine.frozen import freeze
from hera_engine.money import AmountError, exact_add, parse_amount, to_minor
from hera_engine.rules.drafts import DraftLine
from hera_engine.rules.stage import Contribution, Phase, Registered, Stage, register

SAMPLE_SCHEMA: Final = """\
ledgers GL, IFRS
account clearing     1100 asset
account revenue      4100 revenue
account tax_output   2200 liability
account tips_payable 2300 liability
account bank         1200 asset
account fees         5500 expense
dimensions org_unit, staff_id
require org_unit on 4* default "MAIN"
tax profile sample {
  jurisdiction AE
  prices inclusive
  default standard
  rate standard 5% for standard
}
payments immediate
validations { max_line_count 1000 }
"""
"""The posting schema that samples are posted with, unless another is given."""


def _event(code: str, total: str, currency: str, **context: object) -> Mapping[str, object]:
    """Return one sample event."""
    return MappingProxyType(
        {
            "organization_id": "sample-organization",
            "event_smart_code": code,
            "total_amount": total,
            "currency": currency,
            "transaction_date": "2025-03-01",
            "business_context": MappingProxyType(context),
        }
    )


SAMPLE_EVENTS: Final = (
    _event("HERA.POS.SALE.V1", "105.00", "USD", sale_amount="100.00", tip_amount="5.00"),
    _event("HERA.POS.SALE.V1", "-105.00", "USD", org_unit="A"),
    _event("HERA.POS.SALE.V1", "700", "JPY", items=({"amount": "1000"}, {"amount": "-300"})),
    _event("HERA.POS.SALE.V1", "0.000", "KWD", items=({"amount": "1.5"}, {"amount": "-1.5"})),
    _event("HERA.POS.REFUND.V1", "52.50", "USD"),
    _event("HERA.POS.SETTLEMENT.V1", "105.00", "USD", fee_amount="3.05"),
)
"""A sale, a negative one, one with a return, one of nothing, a refund and a settlement."""


def assert_stage_lawful(
    stage: Stage,
    *,
    schema: str | Mapping[str, object] = SAMPLE_SCHEMA,
    events: Iterable[Mapping[str, object]] = SAMPLE_EVENTS,
) -> None:
    """Assert that a stage keeps every promise of `hera_engine.rules.stage.Stage`.

    For each event the stage is shown the facts and unmerged lines that an engine would show it.
    It must answer twice alike, change nothing it was shown, and add only what an engine takes:
    positive lines that balance by themselves per ledger, facts with new names, taxes with
    net + tax = gross. Refusing an event with a `HeraError` or with problems is lawful.

    Args:
        stage: The stage as it would be handed to an engine.
        schema: A posting schema whose accounts the stage posts to.
        events: Business events that the schema posts.

    Raises:
        AssertionError: Naming the stage, the promise and the event.
        HeraError: If the stage cannot be registered, or an event does not fit the schema.
    """
    (entry,) = register((stage,))
    engine = PostingEngine(schema, stages=(_Recorder(),))
    keys = frozenset(decl.key.text for decl in engine.schema.nodes.accounts)
    ledgers = tuple(ledger.text for ledger in engine.schema.nodes.ledgers)
    for number, event in enumerate(events):
        recorder = _Recorder()
        PostingEngine(engine.schema, stages=(recorder,)).simulate(event)
        for facts, lines in recorder.shown:
            seen = () if entry.phase is Phase.FACTS else lines
            trial = _Trial(entry, f"event {number}", keys, ledgers)
            trial.check(facts, seen)


@dataclass(slots=True)
class _Recorder:
    """A stage that adds nothing and remembers what it was shown."""

    name: str = "recorder"
    shown: list[tuple[Facts, tuple[DraftLine, ...]]] = field(default_factory=list)

    def contribute(self, facts: Facts, lines: Sequence[DraftLine]) -> Contribution:
        """Remember facts and lines; add nothing."""
        self.shown.append((facts, tuple(lines)))
        return Contribution()


@dataclass(frozen=True, slots=True)
class _Trial:
    """One stage shown one event."""

    entry: Registered
    where: str
    keys: frozenset[str]
    ledgers: tuple[str, ...]

    def check(self, facts: Facts, lines: tuple[DraftLine, ...]) -> None:
        """Run the stage twice and check what it did and what it said."""
        before = pickle.dumps((facts, lines))
        first, second = self._answer(facts, lines), self._answer(facts, lines)
        if pickle.dumps((facts, lines)) != before:
            self.fail("changed what it was shown")
        if first != second:
            self.fail("answered the same event in two ways")
        if first is None:
            return
        self._check_lines(first, facts)
        self._check_facts(first, facts)
        self._check_taxes(first)
        if not all(isinstance(problem, Problem) for problem in first.problems):
            self.fail("gave a problem that is no Problem")

    def fail(self, what: str) -> NoReturn:
        """Raise the assertion; also where assertions are switched off."""
        raise AssertionError(f"stage `{self.entry.name}`, {self.where}: {what}")

    def _answer(self, facts: Facts, lines: tuple[DraftLine, ...]) -> Contribution | None:
        """Return what the stage adds; None where it refuses the event."""
        try:
            added = self.entry.stage.contribute(facts, lines)
        except HeraError:
            return None
        except Exception as error:  # noqa: BLE001 # a caller's code may raise anything
            self.fail(f"raised {type(error).__name__}, which is no HeraError")
        if not isinstance(added, Contribution):
            self.fail(f"returned {type(added).__name__}, not a Contribution")
        return added

    def _check_lines(self, added: Contribution, facts: Facts) -> None:
        if added.lines and self.entry.phase is Phase.FACTS:
            self.fail("added lines in the facts phase")
        sums = dict.fromkeys(self.ledgers, 0)
        for line in added.lines:
            if not isinstance(line.side, Side):
                self.fail(f"gave the side `{line.side}`, not a Side")
            if line.account not in self.keys:
                self.fail(f"posts to `{line.account}`, which is no account key of the schema")
            if line.ledger is not None and line.ledger not in sums:
                self.fail(f"posts to the ledger `{line.ledger}`, which the schema does not keep")
            units = self._units(line.amount, facts.exponent)
            for ledger in self.ledgers if line.ledger is None else (line.ledger,):
                sums[ledger] += units if line.side is Side.DEBIT else -units
        for ledger, difference in sums.items():
            if difference:
                off = Fraction(difference, 10**facts.exponent)
                self.fail(f"added lines that do not balance in {ledger}: debits exceed by {off}")

    def _units(self, amount: Decimal, exponent: int) -> int:
        """Return an amount in minor units; it must be positive and whole."""
        try:
            units = to_minor(parse_amount(amount), exponent)
        except AmountError as error:
            self.fail(f"gave an amount that {error.reason}")
        if units <= 0:
            self.fail("gave an amount that is not above zero")
        return units

    def _check_facts(self, added: Contribution, facts: Facts) -> None:
        problems = ProblemList()
        freeze(dict(added.facts), "facts", problems)
        if problems.found:
            self.fail(f"added facts that cannot be kept: {problems.found[0]}")
        for name in added.facts:
            if name in facts.added or name in facts.context or hasattr(facts, name):
                self.fail(f"added the fact `{name}`, which is not a new name")
            if self.entry.provides and name not in self.entry.provides:
                self.fail(f"added the fact `{name}`, which it does not declare")

    def _check_taxes(self, added: Contribution) -> None:
        if added.taxes is None:
            return
        if not self.entry.replaces_tax:
            self.fail("gave taxes, but does not replace `tax`")
        for tax in added.taxes:
            if exact_add(tax.net, tax.tax) != tax.gross:
                self.fail("broke net + tax = gross")
