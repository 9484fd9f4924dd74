"""What is left of a transaction after its corrections, and how a part of it is taken.

All figures are whole minor units with the sign of a debit. A correction adds the opposite of
what it takes, so what is left of a line is its figure and those of its corrections added up.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from hera_engine import limits
from hera_engine.accounts import Side
from hera_engine.allocation import allocate_units
from hera_engine.money import currency_exponent, round_fraction, to_minor
from hera_engine.transactions import Transaction, TransactionHeader, TransactionLine

REVERSES_LINE: Final = "reverses_line"
"""In the data of a line of a correction: the number of the line it takes back."""


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of one line: in its currency, and in base currency."""

    line: TransactionLine
    units: int
    base_units: int

    @property
    def book(self) -> tuple[str, object]:
        """What balances by itself: a ledger and currency; all that is no journal together."""
        return (self.line.ledger, self.line.data.get("currency")) if self.line.is_gl else ("", None)


@dataclass(frozen=True, slots=True)
class Remains:
    """What is left of a transaction.

    Attributes:
        header: Of the transaction.
        total: What is left of its total, in minor units with its sign.
        lines: What is left of each line, those of which nothing is left included.
    """

    header: TransactionHeader
    total: int
    lines: tuple[Left, ...]

    @property
    def is_nothing(self) -> bool:
        """Whether everything has been taken back."""
        return not self.total and not any(each.units or each.base_units for each in self.lines)

    @property
    def measure(self) -> int:
        """What a part is measured by: the total, else the debits of the first book."""
        if self.total:
            return abs(self.total)
        return sum(max(each.units, 0) for each in self._first_book)

    @property
    def measure_exponent(self) -> int:
        """The decimals that the measure is counted in."""
        line = None if self.total or not self._first_book else self._first_book[0].line
        return exponent_of(self.header, line)

    @property
    def _first_book(self) -> tuple[Left, ...]:
        """The lines of the first book of which anything is left on the debit side."""
        first = next((each.book for each in self.lines if each.units > 0), None)
        return tuple(each for each in self.lines if each.book == first)


@dataclass(frozen=True, slots=True)
class Taken:
    """What is taken of a transaction: of its total, and of each line by its number."""

    total: int
    units: Mapping[int, int]
    base_units: Mapping[int, int]


def remains(original: Transaction, corrections: Iterable[Transaction]) -> Remains:
    """Return what corrections have left of a transaction."""
    header = original.header
    total = to_minor(header.total_amount, exponent_of(header, None))
    units = {line.number: line_units(header, line) for line in original.lines}
    base = {line.number: base_units(header, line) for line in original.lines}
    for correction in corrections:
        total += to_minor(correction.header.total_amount, exponent_of(header, None))
        for line in correction.lines:
            number = line.data.get(REVERSES_LINE)
            if type(number) is int and number in units:
                units[number] += line_units(header, line)
                base[number] += base_units(header, line)
    lines = tuple(Left(each, units[each.number], base[each.number]) for each in original.lines)
    return Remains(header, total, lines)


def exponent_of(header: TransactionHeader, line: TransactionLine | None) -> int:
    """Return the decimals that a line, or the total, is counted in.

    Lines of a document may have finer prices than their currency.
    """
    if line is not None and not line.is_gl:
        return limits.AMOUNT_SCALE
    return currency_exponent(header.currency if line is None else line.currency(header))


def line_units(header: TransactionHeader, line: TransactionLine) -> int:
    """Return the amount of a line in minor units, with the sign of a debit."""
    units = to_minor(line.amount, exponent_of(header, line))
    return -units if line.side is Side.CREDIT else units


def base_units(header: TransactionHeader, line: TransactionLine) -> int:
    """Return what a line is worth in minor units of the base currency; zero off the journal."""
    if not line.is_gl:
        return 0
    units = to_minor(line.base_amount(), currency_exponent(header.base_currency))
    return -units if line.side is Side.CREDIT else units


def all_of(left: Remains) -> Taken:
    """Take everything that is left."""
    return Taken(
        left.total,
        {each.line.number: each.units for each in left.lines},
        {each.line.number: each.base_units for each in left.lines},
    )


def part_of(left: Remains, units: int) -> Taken:
    """Take a part, measured by what is left of the total.

    In each book debits and credits are cut by the same amount, rounded half up, which is shared
    over their lines by what is left of each (largest remainder); so the part balances, and no
    line is cut below zero.

    Args:
        left: What there is.
        units: From 1 to `Remains.measure`.
    """
    measure = left.measure
    if units == measure:
        return all_of(left)
    ratio = Fraction(units, measure)
    taken = _shared(left.lines, ratio, lambda each: each.book, lambda each: each.units)
    base = _shared(
        [each for each in left.lines if each.line.is_gl],
        ratio,
        lambda each: each.line.ledger,
        lambda each: each.base_units,
    )
    sign = -1 if left.total < 0 else 1
    return Taken(sign * units if left.total else 0, taken, base)


def _shared(
    lines: Sequence[Left],
    ratio: Fraction,
    book: Callable[[Left], Hashable],
    figure: Callable[[Left], int],
) -> dict[int, int]:
    """Return a part of the figure of each line; both signs of a book that balances alike."""
    shares: dict[int, int] = {}
    for key in dict.fromkeys(map(book, lines)):
        inside = [each for each in lines if book(each) == key]
        whole = sum(map(figure, inside))
        rises = [each for each in inside if figure(each) > 0]
        falls = [each for each in inside if figure(each) < 0]
        more = round_fraction(sum(map(figure, rises)) * ratio)
        less = more - round_fraction(whole * ratio)
        for sign, side, cut in ((1, rises, more), (-1, falls, less)):
            if side:
                parts = allocate_units(cut, [abs(figure(each)) for each in side])
                pairs = zip(side, parts, strict=True)
                shares |= {each.line.number: sign * part for each, part in pairs}
    return shares


def lines_of(left: Remains, units: Mapping[int, int]) -> Taken:
    """Take parts of single lines, with what they are worth.

    A line's worth is cut in proportion, rounded half up; what that leaves over in a ledger goes
    to the largest part that has room for it. The total is cut by the debits that are taken, by
    all that is left of it where nothing is left of any line, and never by more.
    """
    chosen = [each for each in left.lines if units.get(each.line.number)]
    base = {each.line.number: _worth(each, units[each.line.number]) for each in chosen}
    for ledger in dict.fromkeys(each.line.ledger for each in chosen if each.line.is_gl):
        inside = [each for each in chosen if each.line.is_gl and each.line.ledger == ledger]
        _place_residue(inside, base)
    rest = [
        each.units - units.get(each.line.number, 0)
        or each.base_units - base.get(each.line.number, 0)
        for each in left.lines
    ]
    total = left.total
    if any(rest):
        size = min(abs(total), _size(left.header, chosen, units))
        total = -size if total < 0 else size
    return Taken(total, units, base)


def _worth(each: Left, units: int) -> int:
    """Return what a part of a line is worth in base currency."""
    return round_fraction(Fraction(each.base_units * units, each.units))


def _place_residue(inside: Sequence[Left], base: dict[int, int]) -> None:
    """Give what rounding leaves over to the largest part, as far as its line has room."""
    residue = sum(base[each.line.number] for each in inside)
    for each in sorted(inside, key=lambda part: -abs(base[part.line.number])):
        number = each.line.number
        new = base[number] - residue
        if residue and 2 * abs(residue) <= len(inside) and _is_part(new, each.base_units):
            base[number] = new
            return


def _is_part(units: int, whole: int) -> bool:
    """Whether a figure is a part of another, nothing and all of it included."""
    return 0 <= units <= whole if whole > 0 else whole <= units <= 0


def _size(header: TransactionHeader, chosen: Sequence[Left], units: Mapping[int, int]) -> int:
    """Return the part of the total that parts of lines stand for, in its minor units."""
    exponent = exponent_of(header, None)
    journal = [each for each in chosen if each.line.is_gl]
    first = journal[0].book if journal else None
    counted = [each for each in journal if each.book == first and units[each.line.number] > 0]
    size = Fraction(0)
    for each in counted if journal else chosen:
        scale = 10 ** exponent_of(header, each.line)
        size += Fraction(units[each.line.number] * 10**exponent, scale)
    return round_fraction(abs(size))


def leaves_nothing(left: Remains, taken: Taken) -> bool:
    """Whether nothing is left of a transaction once a part is taken."""
    return left.total == taken.total and all(
        each.units == taken.units.get(each.line.number, 0)
        and each.base_units == taken.base_units.get(each.line.number, 0)
        for each in left.lines
    )
