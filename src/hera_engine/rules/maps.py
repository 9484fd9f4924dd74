"""Maps as events use them: the row for some inputs, found by its keys.

Enters: the rows of a checked map. Leaves: tables in which a choice costs as many look-ups as
there are patterns of wildcards, however many rows there are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from operator import attrgetter

from hera_engine.dsl import nodes
from hera_engine.dsl.dated import period_of
from hera_engine.periods import Period

Keys = tuple[str | None, ...]
"""What a row asks of each input; None asks nothing."""


class DateNeededError(Exception):
    """Dated rows have the keys that match, and there is no date to choose by."""


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row of a map: its place in the document, its keys, and when it is in force.

    ``target`` is an account key, or a text in a map of texts; None refuses.
    """

    number: int
    keys: Keys
    target: str | None
    period: Period

    @property
    def wildcards(self) -> int:
        """How many inputs it asks nothing of."""
        return self.keys.count(None)


@dataclass(frozen=True, slots=True)
class _Shape:
    """The rows that ask something of the same inputs, by what they ask."""

    asked: tuple[int, ...]
    rows: Mapping[tuple[str, ...], tuple[PlannedRow, ...]]

    def matching(self, inputs: Sequence[str]) -> tuple[PlannedRow, ...]:
        """Return the rows that match some inputs, whose keys are all alike."""
        return self.rows.get(tuple(inputs[index] for index in self.asked), ())


@dataclass(frozen=True, slots=True)
class MapTable:
    """The rows of one map, the most specific first, and those alike in the order of the document.

    ``targets`` are all accounts or texts that it gives, each once. Hashed by its name, which is
    its own in a plan: rows may be many.
    """

    name: str
    rows: tuple[PlannedRow, ...] = field(hash=False)
    targets: tuple[str, ...] = field(init=False, compare=False, repr=False)
    _levels: tuple[tuple[_Shape, ...], ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Sort the rows into shapes, those with equally many wildcards beside each other."""
        ranked = sorted(self.rows, key=attrgetter("wildcards", "number"))
        levels = tuple(
            tuple(_shapes(tuple(level))) for _, level in groupby(ranked, attrgetter("wildcards"))
        )
        targets = dict.fromkeys(row.target for row in self.rows if row.target is not None)
        object.__setattr__(self, "targets", tuple(targets))
        object.__setattr__(self, "rows", tuple(ranked))
        object.__setattr__(self, "_levels", levels)

    def choose(self, inputs: Sequence[str], day: date | None) -> PlannedRow | None:
        """Return the most specific row in force for some inputs, or None if nothing matches.

        Without a day a dated row applies if no other row has its keys.

        Raises:
            DateNeededError: If rows with the keys that match follow one another.

        Law: the row that a search through all of them finds (tests/laws/test_maps).

        Cost: one look-up for each pattern of wildcards, and what is dated under the same keys.
        """
        for level in self._levels:
            groups = [group for shape in level if (group := shape.matching(inputs))]
            if day is None and groups:
                return _undated(min(groups, key=lambda group: group[0].number))
            rows = [row for group in groups for row in group if day and row.period.holds(day)]
            if rows:
                return min(rows, key=attrgetter("number"))
        return None

    def on_other_days(self, inputs: Sequence[str], day: date) -> tuple[Period, ...]:
        """Return the periods of rows that some refused inputs would reach on other days.

        In document order. Cost: that of `choose`.
        """
        found: list[PlannedRow] = []
        for level in self._levels:
            rows = [row for shape in level for row in shape.matching(inputs)]
            found += [row for row in rows if row.target is not None and not row.period.holds(day)]
            if any(row.period.holds(day) for row in rows):
                break  # what asks less is not reached on any day that this row holds
        return tuple(row.period for row in sorted(found, key=attrgetter("number")))


def _undated(group: tuple[PlannedRow, ...]) -> PlannedRow:
    """Return the only row of its keys, or the first of several of which none is dated."""
    if len(group) > 1 and any(row.period.is_dated for row in group):
        raise DateNeededError
    return group[0]


def _shapes(rows: Sequence[PlannedRow]) -> Iterator[_Shape]:
    """Yield the shapes of rows with equally many wildcards."""
    found: dict[tuple[int, ...], dict[tuple[str, ...], list[PlannedRow]]] = {}
    for row in rows:
        asked = tuple(index for index, key in enumerate(row.keys) if key is not None)
        keys = tuple(key for key in row.keys if key is not None)
        found.setdefault(asked, {}).setdefault(keys, []).append(row)
    for asked, by_keys in found.items():
        yield _Shape(asked, {keys: tuple(alike) for keys, alike in by_keys.items()})


def map_table(decl: nodes.MapDecl) -> MapTable:
    """Return the table of a checked map."""
    return MapTable(
        decl.name.text,
        tuple(
            PlannedRow(number, row.keys, _text_of(row.target), period_of(row))
            for number, row in enumerate(decl.rows)
        ),
    )


def _text_of(target: nodes.Name | nodes.Text | None) -> str | None:
    if isinstance(target, nodes.Text):
        return target.value
    return None if target is None else target.text
