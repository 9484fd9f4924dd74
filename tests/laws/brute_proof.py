"""The long run of the balance proof: its verdicts against rules worked out event by event.

`make proof` runs it over many rules with 10,000 events each; `test_brute_proof` over a few.
What it finds wrong is shown with the seed of the rule, so that it can be drawn again.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from hera_engine import HeraError, PostingEngine, Verdict, prove_schema
from hera_engine.accounts import Side
from hera_engine.rules.verdict import LedgerProof, RuleProof
from tests.laws.brute_amounts import Record, Value
from tests.laws.brute_draws import events_of, rule_of
from tests.laws.brute_rules import BACK, Rule
from tests.laws.proof_rules import CODE, Keeper, Watcher, event_of, sent_event

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
        plain = {"discount_amount": 0} if self.rule.sees_items else {}
        solved, fits = self.rule.solver(), self.rule.fits()
        for event in self.pool:
            found = solved(with_signs({**event, **plain}, self.proof.assumed))
            named = (name for name in self.proof.assumed if name in found)
            if all(_number(found, name) >= 0 for name in named) and fits({"": found}):
                yield found

    def faults(self, findings: Findings) -> Iterator[str]:
        """Yield what is wrong with the verdict, or with what the events come to."""
        for each in self.proof.ledgers:
            yield from self.told_by_events(each, findings)
        if self.proof.verdict is Verdict.REFUTED:
            yield from self._printed(findings)
        yield from self._posted(findings)
        if self.proof.verdict in ACCEPTED and not self.rule.sees_items:
            yield from self._turned(findings)

    def told_by_events(self, ledger: LedgerProof, findings: Findings) -> Iterator[str]:
        """Yield what the events say against the verdict on a ledger."""
        verdict = ledger.verdict
        work_out = tuple(map(self.rule.left_over, ledger.ledgers))
        broken: Record | None = None
        for event in self.events():
            findings.events += 1
            if any(each({"": event}) for each in work_out):
                broken = event
                break
        if verdict in ACCEPTED and broken is not None:
            yield f"is {verdict}, but does not balance for {sent(broken)}"
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
        refuted = [each for each in self.proof.ledgers if each.verdict is Verdict.REFUTED]
        engine = _Books(self.rule, closed=True)
        for each in refuted:
            example = each.counter_example
            if example is None:
                yield "is refuted by no event"
                continue
            findings.shown += 1
            found = engine.left_over(event_of(example))
            wanted = example.debits - example.credits
            if not wanted or found is None or found.get(each.ledgers[0], 0) != wanted:
                yield f"is refuted by an event that comes to {found}: {example}"

    def _posted(self, findings: Findings) -> Iterator[str]:
        """Yield where brute force and the engine come to different sums."""
        as_written = self.proof.verdict in {*ACCEPTED, Verdict.CLOSED}
        books, within = _Books(self.rule, closed=not as_written), self.rule.within
        work_out = {name: self.rule.left_over(name) for name in self.rule.ledgers}
        for event, _ in zip(self.events(), range(POSTED), strict=False):
            wanted = {name: each({"": event}) for name, each in work_out.items()}
            open_ = within is not None and any(abs(each) > within for each in wanted.values())
            for code in (CODE, BACK) if self.rule.mirrored else (CODE,):
                findings.posted += 1
                found = books.left_over({**sent(event), "event_smart_code": code})
                sign = -1 if code == BACK else 1
                if found is None:
                    # An event whose lines are all zero posts nothing, which the engine refuses.
                    agrees = open_ or not any(wanted.values())
                else:
                    agrees = all(
                        found.get(name, Decimal(0)) * 100 == sign * each
                        for name, each in wanted.items()
                    )
                if not agrees or books.unbalanced is not (as_written and open_):
                    yield f"comes to {found} when posted as {code}: {sent(event)}"

    def _turned(self, findings: Findings) -> Iterator[str]:
        """Yield where a negative event passes all checks but that of the entry.

        It has each amount of another with the other sign, and may be refused for what it mixes.
        """
        books = _Books(self.rule, closed=False)
        for event, _ in zip(self.events(), range(4 * POSTED), strict=False):
            turned = sent(_negated(event))
            for code in (CODE, BACK) if self.rule.mirrored else (CODE,):
                findings.posted += 1
                books.left_over({**turned, "event_smart_code": code})
                if books.imbalance:
                    yield f"is {self.proof.verdict}, but does not balance as {code}: {turned}"


def _negated(record: Record) -> Record:
    """Return a record with every amount of the other sign."""
    return {name: _opposite(value) for name, value in record.items()}


def _opposite(value: Value) -> Value:
    match value:
        case bool() | str():
            return value
        case int():
            return -value
        case _:
            return [_negated(member) for member in value]


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
        return {**leg, name: abs(_number(leg, name))} if name in leg else leg
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


class _Books:
    """An engine for a rule, and what each event leaves over in each ledger.

    ``unbalanced`` tells whether the last event was refused because its lines do not balance, and
    ``imbalance`` whether it took the check of the entry to see that.
    """

    def __init__(self, rule: Rule, *, closed: bool) -> None:
        self.keeper = Keeper()
        self.unbalanced = self.imbalance = False
        text = rule.text(closed=closed)
        self.engine = PostingEngine(text, stages=(Watcher(), self.keeper))

    def left_over(self, event: Mapping[str, object]) -> dict[str, Decimal] | None:
        """Return debits less credits of each ledger, the closing line aside; None if refused."""
        self.keeper.shown = []
        self.unbalanced = self.imbalance = False
        try:
            self.engine.simulate(event)
        except HeraError as error:
            self.imbalance = "GL_IMBALANCE" in str(error)
            if not self.keeper.shown and error.code in {"E_GUARDRAIL", "E_UNBALANCED"}:
                self.unbalanced = error.code == "E_UNBALANCED"
                return None
        found: dict[str, Decimal] = {}
        for line in self.keeper.shown:
            if line.account.posted.key != "rounding":
                amount = line.amount if line.side is Side.DEBIT else -line.amount
                found[line.ledger] = found.get(line.ledger, Decimal(0)) + amount
        return found


def sent(event: Record) -> dict[str, object]:
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
        proof, *mirrored = prove_schema(rule.text())
        findings.slowest = max(findings.slowest, time.monotonic() - begun)
        findings.verdicts[str(proof.verdict)] += 1
        told = [f"is {proof.verdict}, but {each.rule} {each.verdict}" for each in mirrored
                if each.verdict is not proof.verdict]  # fmt: skip
        for fault in (*told, *Trial(rule, proof, pool).faults(findings)):
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
