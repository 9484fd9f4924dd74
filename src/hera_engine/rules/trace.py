"""What is remembered of one run for its explanation: an observer that keeps the evidence."""

from dataclasses import dataclass, field
from typing import NamedTuple, assert_never

from hera_engine.errors import Place
from hera_engine.money import format_amount
from hera_engine.periods import Period
from hera_engine.rules.drafts import DraftLine, LineEvidence
from hera_engine.rules.plan import MapChoice, MissingKey, PlannedKey, PlannedLine, Target
from hera_engine.rules.scope import text_of
from hera_engine.rules.source_words import Chosen, SourceWords

Seen = tuple[tuple[str, str], ...]
"""Fields that were read, each with its value as text."""


class Weighed(NamedTuple):
    """A condition that was asked: of which loop or line, what it read, and whether it held."""

    depth: int
    held: bool
    seen: Seen


@dataclass(frozen=True, slots=True)
class Step:
    """One unmerged line and its evidence.

    ``seen`` pairs each field that the statement read with its value, ``conditions`` are those that
    let it post, from the outermost loop on, ``rows`` the rows of maps that it asked for.
    """

    line: DraftLine
    evidence: LineEvidence
    seen: Seen
    conditions: tuple[Weighed, ...] = ()
    rows: tuple[Chosen, ...] = ()

    def to_dict(self, words: SourceWords) -> dict[str, object]:
        """Return the step as plain JSON values, with the words of the schema behind it."""
        place, evidence = self.line.origin.place, self.evidence
        return {
            "origin": self.line.origin.to_dict(),
            "statement": words.statement(place),
            "amount": format_amount(self.line.amount),
            "computed": text_of(evidence.computed),
            "turned": evidence.turned,
            "conditions": [
                {
                    "condition": words.condition(place, each.depth),
                    "held": each.held,
                    "seen": listed(each.seen),
                }
                for each in self.conditions
            ],
            "map_row": evidence.map_row,
            "map_rows": [
                {"map": row[0], "place": _place_text(words.row(row))} for row in self.rows
            ],
            "weights": listed(evidence.weights),
            "shares": listed(evidence.shares),
            "dimension_sources": dict(evidence.sources),
            "seen": listed(self.seen),
        }


def listed(pairs: Seen) -> list[object]:
    """Return pairs as plain JSON values."""
    return [list(pair) for pair in pairs]


def _place_text(place: Place | None) -> str | None:
    return None if place is None else str(place)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A statement that posted nothing, and the condition that failed."""

    line: PlannedLine
    condition: Weighed


@dataclass(slots=True)
class StoryTeller:
    """An observer that remembers everything it is shown."""

    steps: list[Step] = field(default_factory=list)
    lets: list[tuple[str, str, Seen]] = field(default_factory=list)
    equations: list[tuple[str, str, str, Seen]] = field(default_factory=list)
    skips: list[Skipped] = field(default_factory=list)
    _seen: dict[str, str] = field(default_factory=dict)
    _rows: dict[Chosen, None] = field(default_factory=dict)
    _asked: PlannedLine | None = None
    _conditions: dict[int, Weighed] = field(default_factory=dict)

    def saw(self, path: str, value: str) -> None:
        """Remember a field until the line it belongs to is made."""
        self._seen[path] = value

    def named(self, name: str, value: str) -> None:
        """Remember a named amount and what it was made of."""
        self.lets.append((name, value, self._taken()))

    def checked(self, equation: str, left: str, right: str) -> None:
        """Remember an equation that held, and what both sides read."""
        self.equations.append((equation, left, right, self._taken()))

    def made(self, line: DraftLine, evidence: LineEvidence) -> None:
        """Remember a line with what its statement has seen so far.

        Portions and ledgers of one amount share what was seen for it.
        """
        asked = self._asked is not None and self._asked.origin == line.origin
        conditions = tuple(self._conditions.values()) if asked else ()
        seen, rows = tuple(self._seen.items()), tuple(self._rows)
        self.steps.append(Step(line, evidence, seen, conditions, rows))

    def ended(self) -> None:
        """Forget what the statement saw; conditions of loops around it stay until asked again."""
        self._seen, self._rows = {}, {}

    def weighed(self, line: PlannedLine, depth: int, *, held: bool) -> None:
        """Remember a condition and what it read, in place of what was asked in a round before."""
        if line is not self._asked:
            self._asked, self._conditions = line, {}
        kept = {at: each for at, each in self._conditions.items() if at < depth}
        self._conditions = {**kept, depth: Weighed(depth, held, self._taken())}

    def chose(self, name: str, keys: tuple[str | None, ...], period: Period) -> None:
        """Remember a row of a map for the line that asked."""
        self._rows[name, keys, period] = None

    def skipped(self, line: PlannedLine) -> None:
        """Remember a statement that posted nothing: its condition was weighed last."""
        *_, condition = self._conditions.values()
        self.skips.append(Skipped(line, condition))

    def _taken(self) -> Seen:
        """Return what was seen so far, and forget it."""
        seen = tuple(self._seen.items())
        self._seen = {}
        return seen


def target_words(target: Target) -> str:
    """Return the account of a planned line in words."""
    match target:
        case PlannedKey(key) | MissingKey(key):
            return key
        case MapChoice():
            return f"{target.name}(…)"
        case _:
            assert_never(target)
