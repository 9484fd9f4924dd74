"""How a correction takes a part of what is left of a transaction.

No figure is taken beyond what is left of it, and the last part takes all. An amount is cut first;
tax, discount and quantity of its line are cut as it is.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from hera_engine.allocation import allocate_units
from hera_engine.ledger.remains import NOTHING, Figures, Left, Remains
from hera_engine.money import round_fraction


@dataclass(frozen=True, slots=True)
class Taken:
    """What is taken of a transaction: of its total, and of each line by its number."""

    total: int
    lines: Mapping[int, Figures]

    def of(self, each: Left) -> Figures:
        """Return what is taken of a line."""
        return self.lines.get(each.number, NOTHING)


def all_of(left: Remains) -> Taken:
    """Take everything that is left."""
    return Taken(left.total, {each.number: each.figures for each in left.lines})


def leaves_nothing(left: Remains, taken: Taken) -> bool:
    """Whether nothing is left of a transaction once a part is taken."""
    return left.total == taken.total and all(each.figures == taken.of(each) for each in left.lines)


def _in_parts(each: Left, amount: int, base: int, ratio: Fraction) -> Figures:
    """Return what is taken of a line: the others of its figures are cut as its amount is.

    They are cut as its worth in base currency is where it has no amount, and by a ratio where it
    has neither; rounded half up.
    """
    left = each.figures
    if left.amount:
        ratio = Fraction(amount, left.amount)
    elif left.base:
        ratio = Fraction(base, left.base)
    others = (left.discount, left.tax, left.quantity)
    return Figures(amount, base, *(each and round_fraction(each * ratio) for each in others))


# --- by amount ------------------------------------------------------------------------------


def part_of(left: Remains, units: int) -> Taken:
    """Take a part, measured by what is left of the total.

    In each book debits and credits are cut by the same amount, rounded half up, which is shared
    over their lines by what is left of each (largest remainder); so the part balances, and no
    line is cut below zero. Worth in base currency is cut in the same way in each ledger, lines in
    base currency by themselves, so that they stay worth their amount.

    Args:
        left: What there is.
        units: From 1 to `Remains.measure`.
    """
    measure = left.measure
    if units == measure:
        return all_of(left)
    ratio = Fraction(units, measure)
    currency = left.header.base_currency
    journal = [each for each in left.lines if each.line.is_gl]
    amounts: dict[int, int] = {}
    for inside in _grouped(left.lines, lambda each: each.book):
        amounts |= _cut(inside, ratio, lambda each: (each.figures.amount, each.decimals.amount))
    base: dict[int, int] = {}
    for inside in _grouped(journal, lambda each: (each.line.ledger, each.currency == currency)):
        base |= _cut(inside, ratio, lambda each: (each.figures.base, each.decimals.base))
    lines = {
        each.number: _in_parts(each, amounts[each.number], base.get(each.number, 0), ratio)
        for each in left.lines
    }
    return Taken((-units if left.total < 0 else units) if left.total else 0, lines)


def _grouped(lines: Iterable[Left], key: Callable[[Left], Hashable]) -> Iterable[list[Left]]:
    """Return the lines of each key, in the order they come."""
    groups: dict[Hashable, list[Left]] = {}
    for each in lines:
        groups.setdefault(key(each), []).append(each)
    return groups.values()


def _cut(
    inside: Sequence[Left], ratio: Fraction, figure: Callable[[Left], tuple[int, int]]
) -> dict[int, int]:
    """Return a part of a figure of each line of a book.

    Lines of a document may have more decimals than others. Those with the fewest are cut first,
    and those with more even out what the rounding of the others left over, as far as they can.

    Args:
        inside: The lines of the book.
        ratio: Above zero and below one.
        figure: Gives the figure of a line, and its decimals.
    """
    parts: dict[int, int] = {}
    owed = Fraction(0)
    for decimals in sorted({figure(each)[1] for each in inside}):
        alike = [each for each in inside if figure(each)[1] == decimals]
        units = [figure(each)[0] for each in alike]
        shares = _shared(units, ratio, owed * 10**decimals)
        owed += (sum(units) * ratio - sum(shares)) / 10**decimals
        parts |= {each.number: share for each, share in zip(alike, shares, strict=True)}
    return parts


def _shared(units: Sequence[int], ratio: Fraction, owed: Fraction) -> list[int]:
    """Return a part of each figure; both signs are cut alike, and evened out by what is owed."""
    rises, falls = [max(each, 0) for each in units], [max(-each, 0) for each in units]
    more = round_fraction(sum(rises) * ratio)
    less = more - round_fraction(sum(units) * ratio)
    missing = round_fraction(sum(units) * ratio + owed) - (more - less)
    step = min(max(missing, -more), sum(rises) - more)
    more += step
    less = min(max(less - missing + step, 0), sum(falls))
    return [up - down for up, down in zip(_split(more, rises), _split(less, falls), strict=True)]


def _split(units: int, weights: Sequence[int]) -> Sequence[int]:
    """Return units shared by weights (largest remainder); nothing where there is none."""
    return allocate_units(units, weights) if units else [0] * len(weights)


# --- by lines -------------------------------------------------------------------------------


def lines_of(left: Remains, amounts: Mapping[int, int]) -> Taken:
    """Take parts of single lines, with what they are worth and what balances that.

    The total is cut by the debits that are taken, never by more than is left of it. Where no
    amount and no worth is left of any line, everything else that is left is taken too.

    Args:
        left: What there is.
        amounts: How much of each line by its number, with the sign of what is left of it.
    """
    journal = [each for each in left.lines if each.line.is_gl]
    base: dict[int, int] = {}
    for inside in _grouped(journal, lambda each: each.line.ledger):
        if any(each.number in amounts for each in inside):
            base |= _worth(left.header.base_currency, inside, amounts)
    lines = {
        each.number: _in_parts(
            each, amounts.get(each.number, 0), base.get(each.number, 0), Fraction(0)
        )
        for each in left.lines
    }
    if all(each.figures[:2] == lines[each.number][:2] for each in left.lines):
        return all_of(left)
    size = min(abs(left.total), _size(left, amounts))
    return Taken(-size if left.total < 0 else size, lines)


def _worth(currency: str, inside: Sequence[Left], amounts: Mapping[int, int]) -> dict[int, int]:
    """Return what parts of the lines of one ledger are worth, in base currency and in balance.

    The worth of each line that is asked for is cut in proportion, rounded half up. What debits
    and credits then differ by is taken

    1. of lines that have no amount left and are worth something, such as exchange differences:
       with half of a payment goes half of its gain;
    2. else of the lines of which a part is asked for: more of a line that is worth too little,
       or less of one that is worth too much;
    3. else of those that are asked for whole, less: the rest of their worth counts under 1 from
       then on.

    Each time it is shared by the room there is (largest remainder). Where amounts balance this
    always comes out even: 2 and 3 could go down to no worth at all, and lines in base currency,
    which stay worth their amount, balance among themselves. When no amount is left in the ledger,
    all its worth is taken; that balances because all that is left always does.
    """
    if all(each.figures.amount == amounts.get(each.number, 0) for each in inside):
        return {each.number: each.figures.base for each in inside}
    asked = [each for each in inside if each.number in amounts]
    free = [each for each in asked if each.currency != currency]
    base = {
        each.number: round_fraction(
            Fraction(each.figures.base * amounts[each.number], each.figures.amount)
        )
        for each in asked
    }
    turns = (
        [each for each in inside if not each.figures.amount],
        [each for each in free if each.figures.amount != amounts[each.number]],
        [each for each in free if each.figures.amount == amounts[each.number]],
    )
    for turn in turns:
        over = sum(base.values())
        sign = 1 if over > 0 else -1
        # Seen from the side that is worth too much, a part goes down to the least it may be.
        rooms = [
            sign * base.get(each.number, 0) - min(sign * each.figures.base, 0) for each in turn
        ]
        shares = _split(min(abs(over), sum(rooms)), rooms)
        for each, share in zip(turn, shares, strict=True):
            base[each.number] = base.get(each.number, 0) - sign * share
    return base


def _size(left: Remains, amounts: Mapping[int, int]) -> int:
    """Return the part of the total that parts of lines stand for, in its minor units."""
    asked = [each for each in left.lines if each.number in amounts]
    journal = [each for each in asked if each.line.is_gl]
    if journal:
        asked = [each for each in journal if each.book == journal[0].book]
        asked = [each for each in asked if amounts[each.number] > 0]
    exact = sum(
        (Fraction(amounts[each.number], 10**each.decimals.amount) for each in asked), Fraction(0)
    )
    return round_fraction(abs(exact) * 10**left.exponent)
