"""Why a journal looks as it does: a tree of evidence, as text for an auditor and as data.

Enters: a finished run, what an observer remembered of it, and the words of the schema. Leaves: an
`Explanation`. docs/explain.md describes both of its forms.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from hera_engine.facts import Facts
from hera_engine.journal import JournalEntry, JournalLine, Origin
from hera_engine.money import format_amount
from hera_engine.rules.branches import Branch
from hera_engine.rules.conversion import ConversionEvidence
from hera_engine.rules.plan import TaxPlan
from hera_engine.rules.run import Outcome
from hera_engine.rules.scope import text_of
from hera_engine.rules.source_words import SourceWords
from hera_engine.rules.tax_evidence import ItemEvidence, detail_words, step_words, tax_evidence
from hera_engine.rules.trace import Seen, Skipped, Step, StoryTeller, Weighed, listed, target_words
from hera_engine.rules.verdict import RuleProof


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why each line of an entry is there; `to_dict` for machines, `str` for an auditor.

    Attributes:
        entry: The journal entry.
        rule: What the rule is called.
        mirrored: Whether every side is the opposite of what the rule says.
        made: What the event left unsaid and was made by a stated rule.
        items: The taxes of each item.
        taxes: What was rounded over the document.
        lets: The named amounts of the rule: name, value, and what was read for it.
        equations: Those that held: words, both sides, and what was read.
        skipped: The statements whose condition failed.
        steps: The unmerged lines behind each line of the entry, in its order.
        unrounded: For each line that was rounded once merged, its exact amount in currency units.
        conversions: For each line how it came to its base amount, where it is not all in
            base currency.
        words: The words of the schema.
        proof: What was proven of the rule before any event.
    """

    entry: JournalEntry
    rule: str
    mirrored: bool
    made: tuple[str, ...]
    items: tuple[ItemEvidence, ...]
    taxes: tuple[str, ...]
    lets: tuple[tuple[str, str, Seen], ...]
    equations: tuple[tuple[str, str, str, Seen], ...]
    skipped: tuple[Skipped, ...]
    steps: tuple[tuple[Step, ...], ...]
    unrounded: tuple[Fraction | None, ...]
    conversions: tuple[ConversionEvidence | None, ...]
    words: SourceWords
    proof: RuleProof | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the explanation as plain JSON values."""
        named = self._named()
        return {
            "rule": self.rule,
            "mirrored": self.mirrored,
            "verdict": None if self.proof is None else self.proof.summary,
            "made": list(self.made),
            "items": [item.to_dict() for item in self.items],
            "taxes": list(self.taxes),
            "lets": [
                {"name": name, "let": named.get(name), "value": value, "seen": listed(seen)}
                for name, value, seen in self.lets
            ],
            "equations": [
                {"equation": text, "left": left, "right": right, "seen": listed(seen)}
                for text, left, right, seen in self.equations
            ],
            "left_out": list(self.left_out),
            "lines": [
                {
                    **line.to_dict(),
                    "because": [step.to_dict(self.words) for step in steps],
                    "unrounded": None if exact is None else text_of(exact),
                    "conversion": None if worth is None else worth.to_dict(),
                }
                for line, steps, exact, worth in self._lines()
            ],
            "warnings": [notice.to_dict() for notice in self.entry.warnings],
            "fingerprint": self.entry.header.schema.fingerprint,
        }

    @property
    def left_out(self) -> tuple[str, ...]:
        """The statements that posted nothing, in words, each once."""
        return tuple(dict.fromkeys(self._left_out(each) for each in self.skipped))

    def reasons(self, number: int) -> tuple[str, ...]:
        """Return why the line of a number (from one) is as it is, one reason a row."""
        line, steps, exact, worth = tuple(self._lines())[number - 1]
        found = self._line_reasons(line, steps, exact, worth)
        return tuple(row for branch in found for row in branch.rows())

    def tree(self) -> Branch:
        """Return the explanation as a tree of texts: the event, and under it what was posted."""
        header, stamp = self.entry.header, self.entry.header.schema
        total = format_amount(header.total_amount)
        name = "" if stamp.name is None else f'"{stamp.name}" '
        version = "" if stamp.version is None else f"version {stamp.version} "
        return Branch.of(
            f"{header.smart_code}  {total} {header.currency}  by rule `{self.rule}`",
            (
                *self._about_the_rule(),
                *(f"made {text}" for text in self.made),
                *(item.tree() for item in self.items),
                *(f"tax {text}" for text in self.taxes),
                *self._lets_and_equations(),
                *(
                    Branch(
                        _headline(line, foreign=worth is not None),
                        tuple(self._line_reasons(line, steps, exact, worth)),
                    )
                    for line, steps, exact, worth in self._lines()
                ),
                *(f"not posted: {text}" for text in self.left_out),
                *(f"warning: {notice.message}" for notice in self.entry.warnings),
                f"schema {name}{version}fingerprint {stamp.fingerprint}",
            ),
        )

    def __str__(self) -> str:
        return str(self.tree())

    def _about_the_rule(self) -> Iterator[str]:
        if self.mirrored:
            yield "mirrored: every side is the opposite of what the rule says"
        if self.proof is not None:
            yield self.proof.summary

    def _lets_and_equations(self) -> Iterator[Branch]:
        named = self._named()
        for name, value, seen in self.lets:
            yield Branch.of(f"{named.get(name, f'let {name}')}: {value}", _saw(seen))
        for text, left, right, seen in self.equations:
            yield Branch.of(f"given {text}: {left} = {right}", _saw(seen))

    def _named(self) -> dict[str, str]:
        places = (step.line.origin.place for steps in self.steps for step in steps)
        return dict(self.words.named((*places, *(each.line.origin.place for each in self.skipped))))

    def _lines(
        self,
    ) -> Iterable[tuple[JournalLine, tuple[Step, ...], Fraction | None, ConversionEvidence | None]]:
        """Return each line with its steps, its exact amount and its conversion."""
        return zip(self.entry.lines, self.steps, self.unrounded, self.conversions, strict=True)

    def _line_reasons(
        self,
        line: JournalLine,
        steps: tuple[Step, ...],
        exact: Fraction | None,
        worth: ConversionEvidence | None,
    ) -> Iterator[Branch]:
        """Yield what an auditor asks of one line of the journal."""
        if worth is not None:
            yield Branch(str(worth))
        if line.tax is not None:
            yield Branch(f"tax {detail_words(line.tax)}, {line.tax.reason}")
        if exact is not None:
            yield Branch(f"exactly {text_of(exact)}, rounded once merged")
        yield from map(self._step, steps)
        if not steps:
            yield Branch(self._origin(line.origin))

    def _step(self, step: Step) -> Branch:
        """Return what is asked of one step: where it is written, what it saw, what it did."""
        origin, evidence = step.line.origin, step.evidence
        inside: list[Branch | str] = [*(self._condition(step, each) for each in step.conditions)]
        inside += _saw(step.seen)
        if evidence.turned:
            inside.append("the amount came out negative: posted on the other side")
        inside += self._map_rows(step)
        if evidence.shares or len(evidence.weights) > 1:
            parts = (f"{value or '(none)'}: {units}" for value, units in evidence.weights)
            shares = (f"{what}: {words}" for what, words in evidence.shares)
            inside.append(Branch.of(f"split in minor units {', '.join(parts)}", shares))
        inside += [f"{name} from {source}" for name, source in evidence.sources]
        return Branch.of(f"{format_amount(step.line.amount)} {self._origin(origin)}", inside)

    def _origin(self, origin: Origin) -> str:
        """Return where something is written, and the words that stand there."""
        where = "" if origin.place is None else f" at {origin.place}"
        statement = self.words.statement(origin.place)
        return f"from {origin.rule}{where}" + ("" if statement is None else f": `{statement}`")

    def _condition(self, step: Step, weighed: Weighed) -> Branch:
        words = self.words.condition(step.line.origin.place, weighed.depth)
        return Branch.of(f"when {words or 'its condition'}: true", _saw(weighed.seen))

    def _map_rows(self, step: Step) -> Iterator[str]:
        """Yield the rows of maps that were asked for; the one that chose the account says why."""
        target = step.evidence.map_row
        for row in step.rows:
            place = self.words.row(row)
            where = "" if place is None else f", row at {place}"
            if target is not None and target.startswith(f"{row[0]}("):
                yield f"map {target}{where}"
            else:
                yield f"map {row[0]}{where}"
        if target is not None and not step.rows:
            yield f"map {target}"

    def _left_out(self, skipped: Skipped) -> str:
        line, weighed = skipped.line, skipped.condition
        place = line.origin.place
        where = "" if place is None else f" at {place}"
        words = self.words.condition(place, weighed.depth)
        condition = "the condition" if words is None else f"the condition `{words}`"
        seen = ", ".join(f"{path} = {value}" for path, value in weighed.seen)
        account = target_words(line.target)
        return f"{line.side.word} {account}{where}: {condition} fails ({seen})"


def explain_outcome(
    outcome: Outcome, teller: StoryTeller, tax: TaxPlan, words: SourceWords
) -> Explanation:
    """Return the explanation of a run that a `StoryTeller` watched."""
    entry, rule = outcome.entry, outcome.rule
    return Explanation(
        entry=entry,
        rule=rule.name,
        mirrored=rule.mirrored or outcome.sale.facts.negative,
        made=(*_rate_words(outcome.sale.facts), *outcome.sale.made),
        items=tax_evidence(outcome.sale, tax),
        taxes=tuple(step_words(outcome.sale.steps, outcome.sale)),
        lets=tuple(teller.lets),
        equations=tuple(teller.equations),
        skipped=tuple(teller.skips),
        steps=tuple(
            tuple(teller.steps[index] for index in indexes if index < len(teller.steps))
            for indexes in outcome.closed.behind
        ),
        unrounded=tuple(
            None if units is None else units / 10**outcome.sale.facts.exponent
            for units in outcome.closed.unrounded
        ),
        conversions=outcome.closed.conversions,
        words=words,
        proof=rule.proof,
    )


def _rate_words(facts: Facts) -> Iterator[str]:
    """Yield the rate that the event does not state: its figure, date and source."""
    if facts.applied_rate is not None:
        yield f"exchange_rate: {facts.applied_rate}"


def _headline(line: JournalLine, *, foreign: bool) -> str:
    code = "" if line.account.code is None else f"{line.account.code} "
    values = ", ".join(f"{name} {value}" for name, value in line.dimensions.items())
    tail = f"  [{values}]" if values else ""
    amount = format_amount(line.amount) + (f" {line.currency}" if foreign else "")
    account = f"{code}{line.account.key}"
    return f"{line.number}  {line.ledger}  {line.side.value} {account}  {amount}{tail}"


def _saw(seen: Seen) -> list[Branch | str]:
    """Return what was read as one row, or nothing."""
    return ["saw " + ", ".join(f"{path} = {value}" for path, value in seen)] if seen else []
