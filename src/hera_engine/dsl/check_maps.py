"""Checks of maps: rows that fit, rows that no input reaches, rows that tie, inputs that idle.

The row with the fewest wildcards wins. Two rows with equally many tie on an input that both
match, unless a more specific row decides it.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from hera_engine import faults, limits
from hera_engine.dsl import nodes
from hera_engine.dsl.check_rules import check_account, check_duplicates
from hera_engine.dsl.dated import period_of
from hera_engine.dsl.names import FUNCTIONS, Catalog, counted, texts_of
from hera_engine.errors import Diagnostic, Place, diagnose
from hera_engine.periods import Period, gaps

Keys = tuple[str | None, ...]
"""What a row asks of each input; None asks nothing."""
_Shape = tuple[bool, ...]
"""Which keys of a row are open."""


def check_maps(
    schema: nodes.Schema, catalog: Catalog, declared: Container[str]
) -> Iterator[Diagnostic]:
    """Yield the faults of all maps; ``declared`` names those that only get declared values."""
    yield from check_duplicates((decl.name for decl in schema.maps), "map")
    for decl in schema.maps:
        if decl.name.text in FUNCTIONS:
            yield diagnose(faults.SHADOWS, decl.name.at, name=decl.name.text, what="a function")
        yield from check_duplicates(decl.inputs, "input")
        yield from _check_rows(decl, catalog)
        in_force = None if decl.name.text in declared else period_of(schema)
        yield from _check_whole(decl, in_force)


def _check_rows(decl: nodes.MapDecl, catalog: Catalog) -> Iterator[Diagnostic]:
    """Yield the faults of single rows, then those of rows beside each other."""
    fitting: list[nodes.MapRow] = []
    for row in decl.rows:
        period = period_of(row)
        if len(row.keys) != len(decl.inputs):
            yield diagnose(
                faults.WRONG_ARGUMENTS,
                row.at,
                name=decl.name.text,
                expected=counted(len(decl.inputs), "key"),
                found=len(row.keys),
            )
        elif period.is_empty:
            yield diagnose(faults.RATE_DATES, row.at, start=period.starts, end=period.ends)
        else:
            fitting.append(row)
        if isinstance(row.target, nodes.Name):
            yield from check_account(row.target, catalog)
    yield from _check_targets(decl)
    yield from _Table.of(decl, fitting).faults()


def _check_targets(decl: nodes.MapDecl) -> Iterator[Diagnostic]:
    """Yield a fault at the first row that gives a text where others give accounts, or so."""
    targets = [row.target for row in decl.rows if row.target is not None]
    for target in targets:
        if type(target) is not type(targets[0]):
            words = {"first": _target_text(targets[0]), "second": _target_text(target)}
            yield diagnose(faults.MIXED_MAP, target.at, name=decl.name.text, **words)
            return


def _target_text(target: nodes.Name | nodes.Text) -> str:
    """Return what a row gives, in a reader's words."""
    if isinstance(target, nodes.Text):
        return f'the text "{target.value}"'
    return f"the account `{target.text}`"


def _check_whole(decl: nodes.MapDecl, in_force: Period | None) -> Iterator[Diagnostic]:
    """Yield inputs that no row asks for, and that nothing is said of other values.

    These matter on the days the schema is in force; None where there are no other values.
    A map of nothing but ``else`` is another name for an account; its inputs are not told.
    """
    asked = [index for row in decl.rows for index, key in enumerate(row.keys) if key is not None]
    for index, name in enumerate(decl.inputs):
        if asked and index not in asked:
            place = name.at or decl.at
            yield diagnose(faults.IDLE_INPUT, place, name=name.text, map=decl.name.text)
    rest = [period_of(row) for row in decl.rows if not any(key is not None for key in row.keys)]
    open_ended = in_force is not None and next(gaps(in_force, rest), None) is not None
    if open_ended and decl.rows:
        hint = "say `else refuse`, or give a text for them" if texts_of(decl) else None
        place = decl.name.at or decl.at
        yield diagnose(faults.NO_ELSE, place, suggestion=hint, name=decl.name.text)


# --- rows beside each other ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Table:
    """The rows of a map by their shape and keys, each list in document order."""

    name: str
    at: Place | None
    by_shape: Mapping[_Shape, Mapping[Keys, Sequence[nodes.MapRow]]]

    @classmethod
    def of(cls, decl: nodes.MapDecl, rows: Sequence[nodes.MapRow]) -> "_Table":
        """Return the table of rows that have a key for each input."""
        shapes: dict[_Shape, dict[Keys, list[nodes.MapRow]]] = {}
        for row in rows:
            shape = tuple(key is None for key in row.keys)
            shapes.setdefault(shape, {}).setdefault(row.keys, []).append(row)
        return cls(decl.name.text, decl.at, shapes)

    def faults(self) -> Iterator[Diagnostic]:
        """Yield rows that are alike, and rows that tie."""
        for rows in self.by_shape.values():
            for alike in rows.values():
                yield from self._alike(alike)
        told = steps = 0
        for rivals in self._rivals():
            steps += 1 if rivals is None else len(self.by_shape)
            if steps > limits.MAP_COMPARISONS:
                allowed = limits.MAP_COMPARISONS
                yield diagnose(
                    faults.TOO_LARGE, self.at, limit="MAP_COMPARISONS", allowed=allowed, seen=steps
                )
                return
            tie = None if rivals is None else self._tie(*rivals)
            if tie is not None:
                yield tie
                told += 1
            if told >= limits.SCHEMA_FAULTS:
                return

    def _alike(self, rows: Sequence[nodes.MapRow]) -> Iterator[Diagnostic]:
        """Yield rows with equal keys that share a day with the one before them, by date."""
        ordered = sorted(rows, key=lambda row: period_of(row).starts)
        before = ordered[0]
        for row in ordered[1:]:
            shared = period_of(before).common(period_of(row))
            if shared is not None and before.target == row.target:
                what = f"row `{_row_text(row.keys)}` of `{self.name}`"
                reason = "another row says the same"
                yield diagnose(faults.SHADOWED, row.at, what=what, reason=reason)
            elif shared is not None:
                yield self._fault(before, row, row.keys, shared)
            if period_of(row).ends > period_of(before).ends:
                before = row

    def _rivals(self) -> Iterator[tuple[nodes.MapRow, nodes.MapRow] | None]:
        """Yield rows of different shapes with equally many wildcards that match something both.

        None is yielded for each pair of shapes, so that these can be counted.
        """
        for one, other in combinations(self.by_shape, 2):
            yield None
            if sum(one) != sum(other):
                continue
            both = [i for i, (a, b) in enumerate(zip(one, other, strict=True)) if not (a or b)]
            index: dict[Keys, list[nodes.MapRow]] = {}
            for keys, rows in self.by_shape[other].items():
                index.setdefault(tuple(keys[i] for i in both), []).extend(rows)
            for keys, rows in self.by_shape[one].items():
                for second in index.get(tuple(keys[i] for i in both), ()):
                    yield from ((first, second) for first in rows)

    def _tie(self, first: nodes.MapRow, second: nodes.MapRow) -> Diagnostic | None:
        """Return the fault of two rows that match an input together, if they do tie on it."""
        shared = period_of(first).common(period_of(second))
        if first.target == second.target or shared is None:
            return None
        pairs = zip(first.keys, second.keys, strict=True)
        witness = tuple(a if b is None else b for a, b in pairs)
        deciding = (
            period_of(row)
            for shape, rows in self.by_shape.items()
            if sum(shape) < sum(key is None for key in first.keys)
            for row in rows.get(_opened(witness, shape), ())
        )
        undecided = next(gaps(shared, deciding), None)
        return None if undecided is None else self._fault(first, second, witness, undecided)

    def _fault(
        self, first: nodes.MapRow, second: nodes.MapRow, witness: Keys, shared: Period
    ) -> Diagnostic:
        shown = ", ".join("any value" if key is None else f'"{key}"' for key in witness)
        return diagnose(
            faults.MAP_TIE,
            second.at,
            first=_row_text(first.keys),
            second=_row_text(second.keys),
            name=self.name,
            witness=shown,
            when=f" {shared}" if shared.is_dated else "",
        )


def _opened(keys: Keys, shape: _Shape) -> Keys:
    """Return keys with those places open that a shape has open."""
    return tuple(None if is_open else key for key, is_open in zip(keys, shape, strict=True))


def _row_text(keys: Keys) -> str:
    """Return the keys of a row, as a reader wrote them."""
    if all(key is None for key in keys):
        return "else"
    return ", ".join("*" if key is None else f'"{key}"' for key in keys)
