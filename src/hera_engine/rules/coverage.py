"""What the cases of a schema have exercised: statements, conditions and map rows.

Enters: what an observer saw while cases ran, and the nodes of the schema. Leaves: what was never
posted, never true, never false, never chosen, each at its place. Rules that the schema does not
write itself, the standard ones, are not counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from hera_engine.dsl import nodes
from hera_engine.dsl.dated import period_of
from hera_engine.dsl.format_expressions import format_expression, format_text
from hera_engine.dsl.format_rules import format_exchange, format_line
from hera_engine.errors import Place
from hera_engine.journal import JournalEntry
from hera_engine.periods import Period
from hera_engine.rules.drafts import DraftLine, LineEvidence
from hera_engine.rules.plan import PlannedLine


@dataclass(slots=True)
class Witness:
    """An observer that remembers which parts of a schema were at work."""

    posted: set[Place] = field(default_factory=set)
    accounts: set[tuple[Place, str]] = field(default_factory=set)
    held: set[tuple[Place, int, bool]] = field(default_factory=set)
    chosen: set[tuple[str, tuple[str | None, ...], Period]] = field(default_factory=set)

    def saw(self, path: str, value: str) -> None:
        """Let fields be."""

    def named(self, name: str, value: str) -> None:
        """Let named amounts be."""

    def checked(self, equation: str, left: str, right: str) -> None:
        """Let equations be: an event that breaks one is refused."""

    def made(self, line: DraftLine, evidence: LineEvidence) -> None:
        """Remember the statement that a line comes from."""
        if line.origin.place is not None:
            self.posted.add(line.origin.place)

    def ended(self) -> None:
        """Let the ends of statements be."""

    def skipped(self, line: PlannedLine) -> None:
        """Let lines be that were not posted; their conditions were told."""

    def weighed(self, line: PlannedLine, depth: int, *, held: bool) -> None:
        """Remember that a condition was true, or false."""
        if line.origin.place is not None:
            self.held.add((line.origin.place, depth, held))

    def ended_with(self, entry: JournalEntry) -> None:
        """Remember the accounts that each statement posted to, once all lines are there."""
        for line in entry.lines:
            places = (origin.place for origin in line.origins)
            self.accounts.update((place, line.account.key) for place in places if place is not None)

    def chose(self, name: str, keys: tuple[str | None, ...], period: Period) -> None:
        """Remember the row of a map."""
        self.chosen.add((name, keys, period))


@dataclass(frozen=True, slots=True)
class Gap:
    """Something no case has exercised: where it stands, and what did not happen."""

    place: Place | None
    words: str


@dataclass(frozen=True, slots=True)
class Covered:
    """How many parts of one kind there are, and how many of them were exercised."""

    what: str
    seen: int
    all: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the cases have exercised of a schema's own rules and maps.

    A condition counts twice: it is to be true in one case and false in another.
    """

    counts: tuple[Covered, ...]
    gaps: tuple[Gap, ...]

    @property
    def full(self) -> bool:
        """Whether nothing was left out."""
        return not self.gaps

    def to_dict(self) -> dict[str, object]:
        """Return the coverage as plain JSON values."""
        return {
            **{each.what: {"seen": each.seen, "all": each.all} for each in self.counts},
            "gaps": [
                {"place": None if gap.place is None else str(gap.place), "words": gap.words}
                for gap in self.gaps
            ],
        }


_Part = tuple[bool, Gap]
"""Whether something was exercised, and what to say if not."""


def coverage_of(schema: nodes.Schema, witness: Witness) -> Coverage:
    """Return what a witness of all cases saw of a schema; gaps stand kind by kind."""
    kinds = (
        ("statements", tuple(_statements(schema, witness))),
        ("outcomes of conditions", tuple(_conditions(schema, witness))),
        ("map rows", tuple(_map_rows(schema, witness))),
    )
    return Coverage(
        counts=tuple(
            Covered(what, sum(seen for seen, _ in parts), len(parts)) for what, parts in kinds
        ),
        gaps=tuple(gap for _, parts in kinds for seen, gap in parts if not seen),
    )


def _statements(schema: nodes.Schema, witness: Witness) -> Iterator[_Part]:
    for rule in schema.rules:
        for line in rule.lines:
            yield line.at in witness.posted, Gap(line.at, f"`{format_line(line)}` never posts")
        if rule.exchange is not None:
            yield from _exchange(rule.exchange, witness)


def _exchange(exchange: nodes.ExchangeDifference, witness: Witness) -> Iterator[_Part]:
    """Yield both directions of an exchange difference; one account for both counts once."""
    place, words = exchange.at, format_exchange(exchange)
    what = {exchange.loss.text: " a loss", exchange.gain.text: " a gain"}
    for key in dict.fromkeys((exchange.gain.text, exchange.loss.text)):
        seen = place is not None and (place, key) in witness.accounts
        direction = what[key] if len(what) > 1 else ""
        yield seen, Gap(place, f"`{words}` never posts{direction}")


def _conditions(schema: nodes.Schema, witness: Witness) -> Iterator[_Part]:
    """Yield each outcome of each condition; lines of one block share that of the block."""
    for rule in schema.rules:
        told: dict[tuple[Place | None, str, bool], bool] = {}
        for line in rule.lines:
            for place, condition, depth in _conditions_of(line):
                words = format_expression(condition)
                for held in (True, False):
                    seen = line.at is not None and (line.at, depth, held) in witness.held
                    key = (place, words, held)
                    told[key] = told.get(key, False) or seen
        for (place, words, held), seen in told.items():
            yield seen, Gap(place, f"`{words}` is never {'true' if held else 'false'}")


def _conditions_of(line: nodes.Line) -> Iterator[tuple[Place | None, nodes.Expression, int]]:
    """Yield the conditions of a line and of the loops around it, with their places and depths."""
    for depth, loop in enumerate(line.loops):
        if loop.when is not None:
            yield loop.at, loop.when, depth
    if line.when is not None:
        yield line.at, line.when, len(line.loops)


def _map_rows(schema: nodes.Schema, witness: Witness) -> Iterator[_Part]:
    for decl in schema.maps:
        for row in decl.rows:
            period = period_of(row)
            dates = f" {period}" if period.is_dated else ""
            words = f"row `{_keys(row)}`{dates} of map `{decl.name.text}` is never chosen"
            seen = (decl.name.text, row.keys, period) in witness.chosen
            yield seen, Gap(row.at, words)


def _keys(row: nodes.MapRow) -> str:
    """Return the keys of a row, as a reader finds them."""
    if all(key is None for key in row.keys):
        return "else"
    return ", ".join("*" if key is None else format_text(key) for key in row.keys)
