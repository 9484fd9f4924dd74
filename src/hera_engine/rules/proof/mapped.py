"""What maps of texts must be asked by, so that they give what conditions want.

Enters: which conditions hold in a made-up event. Leaves: a text for each field that a map is
asked by, as far as a row gives what is wanted of it.
"""

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Final

from hera_engine.rules.expressions import Constant
from hera_engine.rules.maps import DateNeededError, MapTable, PlannedRow
from hera_engine.rules.proof.forms import Amount, Atom, Domain, Mapped, TextIs

OTHER_TEXT: Final = "other"
"""The text of a field that is none of those a rule asks for."""

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
    truth: Mapping[Atom, bool], domain: Domain, current: Current
) -> Iterator[tuple[Amount, str]]:
    """Yield a text for each field that the maps in the conditions on a domain are asked by.

    Fields that a condition says a text of keep it; of several maps the first is served.
    """
    fixed: dict[object, object] = {
        atom.meaning.read: atom.meaning.text
        for atom, holds in truth.items()
        if holds and isinstance(atom.meaning, TextIs)
    }
    for wish in _wishes(truth, domain):
        yield from _settled(wish, current, fixed)


def _wishes(truth: Mapping[Atom, bool], domain: Domain) -> Iterator[_Wish]:
    wanted: dict[Mapped, str] = {}
    denied: dict[Mapped, set[str]] = {}
    for atom, holds in truth.items():
        meaning = atom.meaning
        if atom.domain != domain or not isinstance(meaning, TextIs):
            continue
        if isinstance(meaning.read, Mapped):
            found = denied.setdefault(meaning.read, set())
            if holds:
                wanted[meaning.read] = meaning.text
            else:
                found.add(meaning.text)
    for mapped, texts in denied.items():
        yield _Wish(mapped, wanted.get(mapped), texts)


def _settled(
    wish: _Wish, current: Current, fixed: dict[object, object]
) -> Iterator[tuple[Amount, str]]:
    """Yield the inputs of the first row that is met and gives what is wanted, outer maps last."""
    table, sides = wish.mapped.table, wish.mapped.inputs
    for row in table.rows:
        texts = tuple(map(_asked, row.keys, sides, [_held(side, current, fixed) for side in sides]))
        if not (wish.accepts(row.target) and _is_met(table, row, texts)):
            continue
        for side, text in zip(sides, texts, strict=True):
            if isinstance(side, Amount) and side.read not in fixed:
                fixed[side.read] = text
                yield side, text
            elif isinstance(side, Mapped):
                yield from _settled(_Wish(side, text, frozenset()), current, fixed)
        return


def _held(side: object, current: Current, fixed: Mapping[object, object]) -> tuple[object, bool]:
    """Return what an input is so far, and whether it has to stay."""
    if isinstance(side, Constant):
        return side.value, True
    if isinstance(side, Amount):
        known = fixed.get(side.read)
        return (current(side), False) if known is None else (known, True)
    return None, False


def _asked(key: str | None, side: object, held: tuple[object, bool]) -> str:
    """Return the text that an input is to be for a row."""
    value, stays = held
    if stays or (key is None and isinstance(value, str)):
        return str(value)
    if key is None and isinstance(side, Mapped):
        return side.table.targets[0]
    return OTHER_TEXT if key is None else key


def _is_met(table: MapTable, row: PlannedRow, texts: tuple[str, ...]) -> bool:
    """Whether inputs lead to a row; dates do not count, as the event may have any."""
    try:
        return table.choose(texts, None) is row
    except DateNeededError:
        return False
