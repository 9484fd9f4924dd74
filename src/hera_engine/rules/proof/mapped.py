"""Maps of texts in conditions: what they can give together, and what they must be asked by.

Enters: which conditions hold in a combination, or in a made-up event. Leaves: whether rows allow
it, and a text for each field that a map is asked by, as far as a row gives what is wanted of it.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice, product
from math import prod
from typing import Final

from hera_engine.rules.expressions import Constant, Read
from hera_engine.rules.maps import DateNeededError, MapTable, PlannedRow
from hera_engine.rules.proof.forms import Amount, Atom, Domain, Mapped, TextIs
from hera_engine.rules.proof.signs import number_of
from hera_engine.rules.scope import text_of

OTHER_TEXT: Final = "other"
"""The text of a field that is none of those a rule asks for."""

TextsOf = Callable[[Domain, Read, Constant | None], tuple[str, ...]]
"""Gives the texts that a field of a collection's members, or of the event, may be."""

ROWS: Final = 256
"""Maps of more rows than these are only held to the texts that they may give."""

# --- what can be together ------------------------------------------------------------------


def maps_agree(truth: Mapping[Atom, bool], texts_of: TextsOf) -> bool:
    """Whether every map has a row for what the conditions say of it and of its inputs.

    ``texts_of`` gives the texts that a field may be at all; none where any may be.
    """
    wishes = tuple(_wishes(truth))
    if not wishes:
        return True
    known: dict[object, str] = {}
    denied: dict[object, set[str]] = {}
    for atom, holds in truth.items():
        meaning = atom.meaning
        # A text that reads as a number may stand for others that do: nothing is taken from it.
        if isinstance(meaning, TextIs) and (_is_mapped(meaning) or number_of(meaning.text) is None):
            field_ = (atom.domain, meaning.read, meaning.fallback)
            if holds:
                known[field_] = meaning.text
            else:
                denied.setdefault(field_, set()).add(meaning.text)
    return all(_has_row(domain, wish, (known, denied), texts_of) for domain, wish in wishes)


def _is_mapped(meaning: TextIs) -> bool:
    return isinstance(meaning.read, Mapped)


def _has_row(
    domain: Domain,
    wish: "_Wish",
    told: tuple[Mapping[object, str], Mapping[object, Set[str]]],
    texts_of: TextsOf,
) -> bool:
    """Whether some row gives what is wanted, for inputs as far as these are known.

    Where the map refuses such inputs it was not asked: conditions behind a deciding one are not.
    """
    table, inputs = wish.mapped.table, wish.mapped.inputs
    known, denied = told
    if len(table.rows) > ROWS:
        return any(map(wish.accepts, table.targets))
    fields = [_field(side, domain) for side in inputs]
    texts = [
        text_of(side.value) if isinstance(side, Constant) else known.get(field_)
        for side, field_ in zip(inputs, fields, strict=True)
    ]
    not_these = [denied.get(each, frozenset[str]()) for each in fields]
    may_be = [
        _choices(text, each, denies, texts_of)
        for text, each, denies in zip(texts, fields, not_these, strict=True)
    ]
    if prod(map(len, may_be)) > ROWS:
        may_be = [(text,) for text in texts]
    rows = [
        row
        for inputs_ in product(*may_be)
        for row in _matching(table, tuple(zip(inputs_, not_these, strict=True)))
    ]
    given = [row.target for row in rows if row.target is not None]
    return not given or any(map(wish.accepts, given))


def _choices(
    text: str | None, field_: object, denied: Set[str], texts_of: TextsOf
) -> tuple[str | None, ...]:
    """Return what an input may be: the text that it is, each that is left to it, or any (None)."""
    if text is not None or not isinstance(field_, tuple) or not isinstance(field_[1], Read):
        return (text,)
    left = tuple(each for each in texts_of(*field_) if each not in denied)
    return left or (None,)


def _matching(
    table: MapTable, inputs: Sequence[tuple[str | None, Collection[str]]]
) -> Sequence[PlannedRow]:
    """Return the rows that inputs may lead to: each is a text or not known, and none of some."""
    texts = [text for text, _ in inputs if text is not None]
    if len(texts) == len(inputs):
        with suppress(DateNeededError):
            row = table.choose(texts, None)
            if row is None or not row.period.is_dated:
                return () if row is None else (row,)
    return [
        row
        for row in table.rows
        if all(
            key is None or (text in (None, key) and key not in not_these)
            for key, (text, not_these) in zip(row.keys, inputs, strict=True)
        )
    ]


def _field(side: object, domain: Domain) -> object:
    """Return what an input is known by among the conditions; it may be of a member around."""
    if isinstance(side, Amount):
        return (domain[: side.level], side.read, side.fallback)
    return (domain[: side.level], side, None) if isinstance(side, Mapped) else None


# --- what to ask ---------------------------------------------------------------------------

Current = Callable[[Amount], object]
"""What a field of the made-up event holds so far."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What conditions want of a map: a text, or none of some."""

    mapped: Mapped
    text: str | None
    denied: Set[str]

    def accepts(self, target: str | None) -> bool:
        """Whether a row that gives this will do."""
        if self.text is not None:
            return target == self.text
        return target is not None and target not in self.denied


def inputs_for(
    truth: Mapping[Atom, bool], domain: Domain, current: Current, texts_of: TextsOf
) -> Iterator[tuple[Amount, str]]:
    """Yield a text for each field that the maps in the conditions on a domain are asked by.

    Fields that a condition says a text of keep it; of several maps the first is served.
    """
    fixed: dict[object, object] = {
        atom.meaning.read: atom.meaning.text
        for atom, holds in truth.items()
        if holds and isinstance(atom.meaning, TextIs)
    }
    for where, wish in _wishes(truth):
        if where == domain:
            yield from _settled(wish, _Asking(domain, current, texts_of), fixed)


def _wishes(truth: Mapping[Atom, bool]) -> Iterator[tuple[Domain, _Wish]]:
    """Yield what conditions want of each map, with the collection whose members are asked."""
    wanted: dict[tuple[Domain, Mapped], str] = {}
    denied: dict[tuple[Domain, Mapped], set[str]] = {}
    for atom, holds in truth.items():
        meaning = atom.meaning
        if isinstance(meaning, TextIs) and isinstance(meaning.read, Mapped):
            key = (atom.domain, meaning.read)
            texts = denied.setdefault(key, set())
            if holds:
                wanted[key] = meaning.text
            else:
                texts.add(meaning.text)
    for (domain, mapped), texts in denied.items():
        yield domain, _Wish(mapped, wanted.get((domain, mapped)), texts)


@dataclass(frozen=True, slots=True)
class _Asking:
    """What is known of the fields of a collection's members, or of the event."""

    domain: Domain
    current: Current
    texts_of: TextsOf

    def texts(self, key: str | None, side: object, held: tuple[object, bool]) -> tuple[str, ...]:
        """Return the texts that an input may be for a row, the likeliest first."""
        value, stays = held
        if stays or (key is None and isinstance(value, str)):
            return (str(value),)
        if key is not None:
            return (key,)
        if isinstance(side, Mapped):
            return side.table.targets[:1]
        told: tuple[str, ...] = ()
        if isinstance(side, Amount):
            told = self.texts_of(self.domain[: side.level], side.read, side.fallback)
        return told or (OTHER_TEXT,)


def _settled(
    wish: _Wish, asking: _Asking, fixed: dict[object, object]
) -> Iterator[tuple[Amount, str]]:
    """Yield the inputs of the first row that is met and gives what is wanted, outer maps last."""
    table, sides = wish.mapped.table, wish.mapped.inputs
    held = [_held(side, asking.current, fixed) for side in sides]
    loose = [(None if not stays else value, stays) for value, stays in held]
    for row, so_far in product(table.rows, (held, loose)):
        if not wish.accepts(row.target):
            continue
        ways = islice(product(*map(asking.texts, row.keys, sides, so_far)), ROWS)
        texts = next((each for each in ways if _is_met(table, row, each)), None)
        if texts is None:
            continue
        for side, text in zip(sides, texts, strict=True):
            if isinstance(side, Amount) and side.read not in fixed:
                fixed[side.read] = text
                yield side, text
            elif isinstance(side, Mapped):
                yield from _settled(_Wish(side, text, frozenset()), asking, fixed)
        return


def _held(side: object, current: Current, fixed: Mapping[object, object]) -> tuple[object, bool]:
    """Return what an input is so far, and whether it has to stay."""
    if isinstance(side, Constant):
        return text_of(side.value), True
    if isinstance(side, Amount):
        known = fixed.get(side.read)
        return (current(side), False) if known is None else (known, True)
    return None, False


def _is_met(table: MapTable, row: PlannedRow, texts: tuple[str, ...]) -> bool:
    """Whether inputs lead to a row; dates do not count, as the event may have any."""
    try:
        return table.choose(texts, None) is row
    except DateNeededError:
        return False
