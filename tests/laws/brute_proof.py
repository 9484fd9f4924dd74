"""The long run of the balance proof: its verdicts against rules worked out event by event.

`make proof` runs it over many rules with 10,000 events each; `test_brute_proof` over a few.
What it finds wrong is shown with the seed of the rule, so that it can be drawn again.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from hera_engine import PostingEngine, Verdict, prove_schema
from hera_engine.rules.verdict import RuleProof
from tests.laws.brute_draws import events_of, rule_of
from tests.laws.brute_rules import Record, Rule, Value
from tests.laws.proof_rules import Keeper, Watcher, event_of, left_over_in, sent_event

ACCEPTED: Final = (Verdict.PROVEN, Verdict.GIVEN)
POSTED: Final = 5
"""Events of each rule that are also posted, so that brute force and the engine agree."""
LIMITED: Final = ("the balance depends on", "the proof takes more than")
"""How the doubt about a rule starts that needs more than the published limits."""
SHARED: Final = 20
"""Rules that are tried with the same events."""


@dataclass(slots=True)
class Findings:
    """What a run came to: how many rules had which verdict, and what is wrong with some."""

    verdicts: Counter[str] = field(default_factory=Counter)
    limited: int = 0
    events: int = 0
    posted: int = 0
    shown: int = 0
    slowest: float = 0.0
    wrong: int = 0

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {name}" for name, count in sorted(self.verdicts.items()))
        return (
            f"{self.verdicts.total()} rules: {counts} ({self.limited} beyond the limits)\n"
            f"{self.events} events worked out, {self.posted} of them posted as well, "
            f"{self.shown} printed events posted\n"
            f"slowest proof {self.slowest:.1f} s\n"
            f"{self.wrong} wrong"
        )


@dataclass(frozen=True, slots=True)
class Trial:
    """One rule, its proof, and events to try it with."""

    rule: Rule
    proof: RuleProof
    pool: Sequence[Record]

    def events(self) -> Iterator[Record]:
        """Yield events that satisfy the rule's equations and the signs that the proof assumes."""
        plain = {} if "item" not in self.rule.text() else {"discount_amount": 0}
        solved = self.rule.solver()
        for event in self.pool:
            found = solved(with_signs({**event, **plain}, self.proof.assumed))
            if all(_number(found, name) >= 0 for name in self.proof.assumed if name in found):
                yield found

    def faults(self, findings: Findings) -> Iterator[str]:
        """Yield what is wrong with the verdict, or with what the events come to."""
        yield from self.told_by_events(findings)
        if self.proof.verdict is Verdict.REFUTED:
            yield from self._printed(findings)
        yield from self._posted(findings)

    def told_by_events(self, findings: Findings) -> Iterator[str]:
        """Yield what the events say against the verdict."""
        verdict, work_out = self.proof.verdict, self.rule.left_over()
        broken: Record | None = None
        for event in self.events():
            findings.events += 1
            if work_out({"": event}):
                broken = event
                break
        if verdict in ACCEPTED and broken is not None:
            yield f"is {verdict}, but does not balance for {_sent(broken)}"
        if verdict is Verdict.UNDECIDED:
            yield from self._undecided(findings, broken)

    def _undecided(self, findings: Findings, broken: Record | None) -> Iterator[str]:
        doubts = [each.doubt.what for each in self.proof.ledgers if each.doubt is not None]
        if any(doubt.startswith(LIMITED) for doubt in doubts):
            findings.limited += 1
        elif self.rule.is_linear:
            yield f"is linear and undecided; a drawn event that shows it: {broken is not None}"

    def _printed(self, findings: Findings) -> Iterator[str]:
        """Yield what is wrong with the event that is printed."""
        example = self.proof.ledgers[0].counter_example
        if example is None:
            yield "is refuted by no event"
            return
        findings.shown += 1
        found = left_over_in(*_engine(self.rule, closed=True), event_of(example))
        if found is None or found != example.debits - example.credits or not found:
            yield f"is refuted by an event that comes to {found}: {example}"

    def _posted(self, findings: Findings) -> Iterator[str]:
        """Yield where brute force and the engine come to different sums."""
        engine, keeper = _engine(self.rule, closed=self.proof.verdict not in ACCEPTED)
        work_out = self.rule.left_over()
        for event, _ in zip(self.events(), range(POSTED), strict=False):
            findings.posted += 1
            found = left_over_in(engine, keeper, _sent(event))
            wanted = work_out({"": event})
            # An event whose lines are all zero posts nothing, which the engine refuses.
            if wanted if found is None else found * 100 != wanted:
                yield f"comes to {found} when posted: {_sent(event)}"


def with_signs(event: Record, assumed: Sequence[str]) -> Record:
    """Return an event in which fields that a proof takes as not negative are not."""
    found = dict(event)
    for words in assumed:
        owner, _, name = words.rpartition(".")
        if not owner:
            if name in found:
                found[name] = abs(_number(found, name))
            continue
        found["legs"] = [_turned(leg, owner, name) for leg in _list(found, "legs")]
    return found


def _turned(leg: Record, owner: str, name: str) -> Record:
    """Return a leg, or its parts, with a field that is not negative."""
    if owner in {"leg", "one of legs"}:
        return {**leg, name: abs(_number(leg, name))}
    parts: list[Record] = [{name: abs(_number(part, name))} for part in _list(leg, "parts")]
    return {**leg, "parts": parts}


def _number(record: Record, name: str) -> int:
    value = record[name]
    assert isinstance(value, int)
    return value


def _list(record: Record, name: str) -> list[Record]:
    value = record[name]
    assert isinstance(value, list)
    return value


# --- posting -------------------------------------------------------------------------------


def _engine(rule: Rule, *, closed: bool) -> tuple[PostingEngine, Keeper]:
    keeper = Keeper()
    return PostingEngine(rule.text(closed=closed), stages=(Watcher(), keeper)), keeper


def _sent(event: Record) -> dict[str, object]:
    """Return an event as it is sent."""
    context = {name: _plain(value) for name, value in event.items()}
    for item in context["items"]:  # type: ignore[attr-defined] # a list of items
        item["amount"] = item["net"]
    total = context.pop("total_amount")
    return sent_event(total, context)


def _plain(value: Value) -> object:
    match value:
        case bool() | str():
            return value
        case int():
            return Decimal(value) / 100
        case _:
            return [{name: _plain(each) for name, each in member.items()} for member in value]


# --- the run -------------------------------------------------------------------------------


def run(seeds: range, events: int, seconds: float, tell: Callable[[str], object]) -> Findings:
    """Return what the rules of some seeds come to, as many as fit in a time; tell what is wrong."""
    findings, started = Findings(), time.monotonic()
    pool: list[Record] = []
    for seed in seeds:
        if time.monotonic() - started > seconds:
            break
        if seed % SHARED == 0 or not pool:
            pool = events_of(-1 - seed, events)
        rule = rule_of(seed)
        begun = time.monotonic()
        (proof,) = prove_schema(rule.text())
        findings.slowest = max(findings.slowest, time.monotonic() - begun)
        findings.verdicts[str(proof.verdict)] += 1
        for fault in Trial(rule, proof, pool).faults(findings):
            findings.wrong += 1
            tell(f"rule {seed} {fault}\n")
    return findings


def main(arguments: Sequence[str]) -> int:
    """Run rules by first seed, count, events and seconds; show what was found."""
    first, count, events, seconds = map(int, arguments)
    findings = run(range(first, first + count), events, seconds, sys.stdout.write)
    sys.stdout.write(f"{findings}\n")
    return bool(findings.wrong)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
