"""What the balance proof says of a rule: its verdict, and the derivation as data and as text.

Enters and leaves nothing: these are the values that `hera_engine.rules.proof` makes, that a plan
keeps beside each rule, and that `check --proof` and `explain` show. `docs/proof.md` explains them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from hera_engine.money import format_amount


class Verdict(StrEnum):
    """What is known of a rule before the first event; the last two do not compile."""

    PROVEN = "proven"
    """Debits are credits in every case."""
    GIVEN = "proven given"
    """As above wherever the rule's equations hold, which are checked on each event."""
    CLOSED = "closed"
    """A named, bounded line takes what is left over."""
    REFUTED = "refuted"
    """An event was found for which the rule does not balance."""
    UNDECIDED = "undecided"
    """Neither was shown; the term to blame is named."""

    @property
    def compiles(self) -> bool:
        """Whether a schema may hold such a rule."""
        return self not in {Verdict.REFUTED, Verdict.UNDECIDED}


class EquationSource(StrEnum):
    """Who answers for an equation that a derivation uses."""

    GIVEN = "given"
    """The rule says it, and the engine checks it on each event."""
    ENGINE = "held by the engine"
    """The engine refuses an event in which it does not hold, whatever the rule says."""
    CONDITION = "in this case"
    """The conditions of the case say it."""
    SIGNS = "by signs"
    """Amounts that are never negative leave nothing else."""


@dataclass(frozen=True, slots=True)
class UsedEquation:
    """An equation of a derivation with the multiplier it is taken with.

    The multiples of ``left - right``, added up, are debits less credits of the case.
    """

    multiplier: Fraction
    text: str
    source: EquationSource

    def to_dict(self) -> dict[str, object]:
        """Return the equation as plain JSON values; the multiplier is a fraction in text."""
        return {
            "multiplier": str(self.multiplier), "equation": self.text, "source": self.source.value
        }  # fmt: skip

    def __str__(self) -> str:
        times = "" if self.multiplier == 1 else f"{self.multiplier} times "
        return f"{times}{self.text}  ({self.source})"


@dataclass(frozen=True, slots=True)
class CaseProof:
    """One combination of conditions: debits less credits in it, and why that is zero.

    ``left`` is what the equations do not explain, "0" where nothing is. ``alike`` counts the
    combinations with the same difference, of which ``conditions`` is the first.
    """

    conditions: tuple[str, ...]
    difference: str
    used: tuple[UsedEquation, ...]
    left: str
    alike: int = 1

    def to_dict(self) -> dict[str, object]:
        """Return the case as plain JSON values."""
        return {
            "conditions": list(self.conditions),
            "difference": self.difference,
            "equations": [used.to_dict() for used in self.used],
            "left_over": self.left,
            "alike": self.alike,
        }

    def rows(self) -> Iterator[str]:
        """Yield the case as a reader sees it."""
        where = "always" if not self.conditions else f"where {' and '.join(self.conditions)}"
        more = "" if self.alike == 1 else f" (and {self.alike - 1} more alike)"
        yield f"    {where}{more}: debits - credits = {self.difference}"
        for used in self.used:
            yield f"      zero is {used}"
        if self.left != "0":
            yield f"      left over: {self.left}"


@dataclass(frozen=True, slots=True)
class CounterExample:
    """An event for which a rule does not balance.

    ``fields`` pairs each field that the rule reads with its value in words. ``event`` is the
    same as plain values: fields of the business context, with ``total_amount`` and ``currency``;
    an item states its ``net`` and ``tax`` beside its own fields. Debits and credits are sums in
    the event's currency, in the ledger of the proof.
    """

    fields: tuple[tuple[str, str], ...]
    event: tuple[tuple[str, object], ...]
    debits: Decimal
    credits: Decimal

    def to_dict(self) -> dict[str, object]:
        """Return the counter-example as plain JSON values."""
        return {
            "fields": dict(self.fields),
            "debits": format_amount(self.debits),
            "credits": format_amount(self.credits),
        }

    def __str__(self) -> str:
        listed = ", ".join(f"{name} {value}" for name, value in self.fields)
        sums = f"debits {format_amount(self.debits)}, credits {format_amount(self.credits)}"
        return f"with {listed}: {sums}" if listed else f"for every event: {sums}"


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why nothing could be shown: what stands in the way, and how to say it instead.

    ``statement`` is the number of the line to blame, where it is one.
    """

    what: str
    instead: str
    statement: int | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the doubt as plain JSON values."""
        return {"what": self.what, "instead": self.instead}


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerProof:
    """The proof of the lines of one rule in ledgers that it posts the same to.

    ``statements`` pairs each line as written with what it adds to debits less credits.
    """

    ledgers: tuple[str, ...]
    verdict: Verdict
    statements: tuple[tuple[str, str], ...] = ()
    cases: tuple[CaseProof, ...] = ()
    left: str = "0"
    counter_example: CounterExample | None = None
    doubt: Doubt | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the proof as plain JSON values."""
        example, doubt = self.counter_example, self.doubt
        return {
            "ledgers": list(self.ledgers),
            "verdict": self.verdict.value,
            "statements": [list(pair) for pair in self.statements],
            "cases": [case.to_dict() for case in self.cases],
            "left_over": self.left,
            "counter_example": None if example is None else example.to_dict(),
            "doubt": None if doubt is None else doubt.to_dict(),
        }

    def rows(self) -> Iterator[str]:
        """Yield the derivation as a reader sees it."""
        yield f"  {', '.join(self.ledgers)}: {self.verdict}"
        for written, added in self.statements:
            yield f"    {written}  adds {added}"
        for case in self.cases:
            yield from case.rows()
        if self.left != "0":
            yield f"    left over: {self.left}"
        if self.counter_example is not None:
            yield f"    {self.counter_example}"
        if self.doubt is not None:
            yield f"    {self.doubt.what}; {self.doubt.instead}"


ORDER = (Verdict.PROVEN, Verdict.GIVEN, Verdict.CLOSED, Verdict.UNDECIDED, Verdict.REFUTED)
"""Verdicts from the best to the worst: that of a rule is the worst of its ledgers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleProof:
    """The balance proof of one rule.

    ``assumed`` names own fields that the proof takes as not negative; the engine refuses events
    in which they are. ``mirrored`` says that the lines are those of another rule, turned.
    ``closing`` is the line that takes what is left over, as written.
    """

    rule: str
    ledgers: tuple[LedgerProof, ...]
    assumed: tuple[str, ...] = ()
    mirrored: bool = False
    closing: str | None = None

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of the ledgers."""
        return max((proof.verdict for proof in self.ledgers), key=ORDER.index)

    @property
    def equations(self) -> tuple[UsedEquation, ...]:
        """The equations that the derivations use, each once, in the order of first use."""
        found: dict[tuple[str, EquationSource], UsedEquation] = {}
        for proof in self.ledgers:
            for case in proof.cases:
                for used in case.used:
                    found.setdefault((used.text, used.source), used)
        return tuple(found.values())

    @property
    def summary(self) -> str:
        """The verdict in one line, with the rule's own equations that it needs."""
        needs = [used.text for used in self.equations if used.source is EquationSource.GIVEN]
        needs += [f"{name} >= 0" for name in self.assumed]
        if self.verdict is Verdict.GIVEN and needs:
            return f"{self.verdict} {' and '.join(needs)}"
        if self.verdict is Verdict.CLOSED and self.closing is not None:
            return f"{self.verdict} by {self.closing}"
        return self.verdict.value

    def to_dict(self) -> dict[str, object]:
        """Return the proof as plain JSON values."""
        return {
            "rule": self.rule,
            "verdict": self.verdict.value,
            "mirrored": self.mirrored,
            "assumed": list(self.assumed),
            "closing": self.closing,
            "ledgers": [proof.to_dict() for proof in self.ledgers],
        }

    def __str__(self) -> str:
        return "\n".join(self._rows())

    def _rows(self) -> Iterator[str]:
        yield f"rule `{self.rule}`: {self.summary}"
        if self.mirrored:
            yield "  mirrored: what is proven of the lines holds with every side turned"
        if self.closing is not None:
            needed = self.verdict is Verdict.CLOSED
            yield f"  {self.closing}{'' if needed else ': never has anything to take'}"
        for name in self.assumed:
            yield f"  {name} is taken as not negative; an event in which it is, is refused"
        for proof in self.ledgers:
            yield from proof.rows()
