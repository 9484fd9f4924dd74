"""Why a journal looks as it does: an observer that keeps the evidence, and the story it tells."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, assert_never

from hera_engine.facts import Facts
from hera_engine.journal import JournalEntry, JournalLine
from hera_engine.money import format_amount
from hera_engine.periods import Period
from hera_engine.rules.conversion import ConversionEvidence
from hera_engine.rules.drafts import DraftLine, LineEvidence
from hera_engine.rules.plan import MapChoice, MissingKey, PlannedKey, PlannedLine, Target
from hera_engine.rules.run import Outcome
from hera_engine.rules.scope import text_of
from hera_engine.rules.tax_evidence import ItemEvidence, detail_words, step_words, tax_evidence
from hera_engine.rules.verdict import RuleProof


@dataclass(frozen=True, slots=True)
class Step:
    """One unmerged line and its evidence; ``seen`` pairs each field read with its value."""

    line: DraftLine
    evidence: LineEvidence
    seen: tuple[tuple[str, str], ...]

    def to_dict(self) -> dict[str, object]:
        """Return the step as plain JSON values."""
        return {
            "origin": self.line.origin.to_dict(),
            "amount": format_amount(self.line.amount),
            "computed": text_of(self.evidence.computed),
            "turned": self.evidence.turned,
            "map_row": self.evidence.map_row,
            "weights": [list(pair) for pair in self.evidence.weights],
            "dimension_sources": dict(self.evidence.sources),
            "seen": [list(pair) for pair in self.seen],
        }


@dataclass(slots=True)
class StoryTeller:
    """An observer that remembers everything it is shown."""

    steps: list[Step] = field(default_factory=list)
    equations: list[tuple[str, str, str]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    _seen: dict[str, str] = field(default_factory=dict)

    def saw(self, path: str, value: str) -> None:
        """Remember a field until the line it belongs to is made."""
        self._seen[path] = value

    def checked(self, equation: str, left: str, right: str) -> None:
        """Remember an equation that held."""
        self.equations.append((equation, left, right))
        self._seen = {}

    def made(self, line: DraftLine, evidence: LineEvidence) -> None:
        """Remember a line with what its statement has seen so far.

        Portions and ledgers of one amount share what was seen for it.
        """
        self.steps.append(Step(line, evidence, tuple(self._seen.items())))

    def ended(self) -> None:
        """Forget what the statement saw."""
        self._seen = {}

    def weighed(self, line: PlannedLine, depth: int, *, held: bool) -> None:
        """Let conditions be: what they saw is remembered with their line."""

    def chose(self, name: str, keys: tuple[str | None, ...], period: Period) -> None:
        """Let map rows be: the evidence of a line names the one that chose its account."""

    def skipped(self, line: PlannedLine) -> None:
        """Remember a statement that posted nothing, and what its condition saw."""
        seen = ", ".join(f"{path} = {value}" for path, value in self._seen.items())
        where = "" if line.origin.place is None else f" at {line.origin.place}"
        target = _target_words(line.target)
        self.left_out.append(f"{line.side.word} {target}{where}: the condition fails ({seen})")


def _target_words(target: Target) -> str:
    match target:
        case PlannedKey(key) | MissingKey(key):
            return key
        case MapChoice():
            return f"{target.name}(…)"
        case _:
            assert_never(target)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why each line of an entry is there; `to_dict` for machines, `str` for an auditor."""

    entry: JournalEntry
    rule: str
    mirrored: bool
    made: tuple[str, ...]
    items: tuple[ItemEvidence, ...]
    taxes: tuple[str, ...]
    equations: tuple[tuple[str, str, str], ...]
    left_out: tuple[str, ...]
    steps: tuple[tuple[Step, ...], ...]
    """The steps behind each line of the entry, in its order."""
    unrounded: tuple[Fraction | None, ...]
    """For each line that was rounded once merged, its exact amount in currency units."""
    conversions: tuple[ConversionEvidence | None, ...]
    """For each line how it came to its base amount, where it is not all in base currency."""
    proof: RuleProof | None = None
    """What was proven of the rule before any event."""

    def to_dict(self) -> dict[str, object]:
        """Return the explanation as plain JSON values."""
        return {
            "rule": self.rule,
            "mirrored": self.mirrored,
            "verdict": None if self.proof is None else self.proof.summary,
            "made": list(self.made),
            "items": [item.to_dict() for item in self.items],
            "taxes": list(self.taxes),
            "equations": [
                {"equation": text, "left": left, "right": right}
                for text, left, right in self.equations
            ],
            "left_out": list(self.left_out),
            "lines": [
                {
                    **line.to_dict(),
                    "because": [step.to_dict() for step in steps],
                    "unrounded": None if exact is None else text_of(exact),
                    "conversion": None if worth is None else worth.to_dict(),
                }
                for line, steps, exact, worth in self._lines()
            ],
            "warnings": [notice.to_dict() for notice in self.entry.warnings],
            "fingerprint": self.entry.header.schema.fingerprint,
        }

    def reasons(self, number: int) -> tuple[str, ...]:
        """Return why the line of a number (from one) is as it is, one reason a row."""
        steps = self.steps[number - 1]
        return tuple(row.removeprefix(_MARGIN) for step in steps for row in _reasons(step))

    def _lines(
        self,
    ) -> Iterable[tuple[JournalLine, tuple[Step, ...], Fraction | None, ConversionEvidence | None]]:
        """Return each line with its steps, its exact amount and its conversion."""
        return zip(self.entry.lines, self.steps, self.unrounded, self.conversions, strict=True)

    def __str__(self) -> str:
        return "\n".join(self._rows())

    def _rows(self) -> Iterable[str]:
        header = self.entry.header
        total = format_amount(header.total_amount)
        yield f"{header.smart_code}  {total} {header.currency}  by rule `{self.rule}`"
        if self.mirrored:
            yield "  mirrored: every side is the opposite of what the rule says"
        if self.proof is not None:
            yield f"  {self.proof.summary}"
        yield from (f"  made   {text}" for text in self.made)
        yield from (f"  item   {row}" for item in self.items for row in item.rows())
        yield from (f"  tax    {text}" for text in self.taxes)
        for text, left, right in self.equations:
            yield f"  given  {text}: {left} = {right}"
        for line, steps, exact, worth in self._lines():
            yield _headline(line, foreign=worth is not None)
            if worth is not None:
                yield f"       {worth}"
            if line.tax is not None:
                yield f"       tax {detail_words(line.tax)}, {line.tax.reason}"
            if exact is not None:
                yield f"       exactly {text_of(exact)}, rounded once merged"
            for step in steps:
                yield from _reasons(step)
        yield from (f"  not posted: {text}" for text in self.left_out)
        yield from (f"  warning: {notice.message}" for notice in self.entry.warnings)
        yield f"  schema fingerprint {header.schema.fingerprint}"


def explain_outcome(outcome: Outcome, teller: StoryTeller) -> Explanation:
    """Return the explanation of a run that a `StoryTeller` watched."""
    entry, rule = outcome.entry, outcome.rule
    return Explanation(
        entry=entry,
        rule=rule.name,
        mirrored=rule.mirrored or outcome.sale.facts.negative,
        made=(*_rate_words(outcome.sale.facts), *outcome.sale.made),
        items=tax_evidence(outcome.sale),
        taxes=tuple(step_words(outcome.sale.steps, outcome.sale)),
        equations=tuple(teller.equations),
        left_out=tuple(dict.fromkeys(teller.left_out)),
        steps=tuple(
            tuple(teller.steps[index] for index in indexes if index < len(teller.steps))
            for indexes in outcome.closed.behind
        ),
        unrounded=tuple(
            None if units is None else units / 10**outcome.sale.facts.exponent
            for units in outcome.closed.unrounded
        ),
        conversions=outcome.closed.conversions,
        proof=rule.proof,
    )


_MARGIN: Final = " " * 7
"""What the reasons of a line are set in by."""


def _rate_words(facts: Facts) -> Iterable[str]:
    """Yield the rate that the event does not state: its figure, date and source."""
    if facts.applied_rate is not None:
        yield f"exchange_rate: {facts.applied_rate}"


def _headline(line: JournalLine, *, foreign: bool) -> str:
    code = "" if line.account.code is None else f"{line.account.code} "
    values = ", ".join(f"{name} {value}" for name, value in line.dimensions.items())
    tail = f"  [{values}]" if values else ""
    amount = format_amount(line.amount) + (f" {line.currency}" if foreign else "")
    account = f"{code}{line.account.key}"
    return f"{line.number:>3}  {line.ledger}  {line.side.value} {account}  {amount}{tail}"


def _reasons(step: Step) -> Iterable[str]:
    """Yield what an auditor asks of one step: where it is written, what it saw, what it did."""
    origin = step.line.origin
    where = "" if origin.place is None else f" at {origin.place}"
    yield f"       {format_amount(step.line.amount)} from {origin.rule}{where}"
    if step.seen:
        yield "         saw " + ", ".join(f"{path} = {value}" for path, value in step.seen)
    if step.evidence.turned:
        yield "         the amount came out negative: posted on the other side"
    if step.evidence.map_row is not None:
        yield f"         map {step.evidence.map_row}"
    if step.evidence.weights:
        pairs = step.evidence.weights
        shares = ", ".join(f"{value or '(none)'}: {units}" for value, units in pairs)
        yield f"         split in minor units {shares}"
    for name, source in step.evidence.sources:
        yield f"         {name} from {source}"
