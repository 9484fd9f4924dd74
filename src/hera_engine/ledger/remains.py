"""What is left of a transaction after its corrections.

All figures are whole minor units with the sign of a debit. A correction adds the opposite of
what it takes, so what is left of a line is its figures and those of its corrections added up.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import add, sub
from typing import Final, NamedTuple

from hera_engine.accounts import Side
from hera_engine.money import ZERO, currency_exponent, exact_negate, from_minor, to_minor
from hera_engine.transactions import Transaction, TransactionHeader, TransactionLine

REVERSES_LINE: Final = "reverses_line"
"""In the data of a line of a correction: the number of the line it takes back."""


class Figures(NamedTuple):
    """One whole number for each figure of a line that a correction takes back.

    Attributes:
        amount: Of the line, in its currency.
        base: What a line of a journal is worth in base currency; zero off the journal.
        discount: What was taken off.
        tax: What tax is in it.
        quantity: How many.
    """

    amount: int = 0
    base: int = 0
    discount: int = 0
    tax: int = 0
    quantity: int = 0

    def plus(self, other: "Figures") -> "Figures":
        """Return the sum, figure by figure."""
        return Figures(*map(add, self, other))

    def less(self, other: "Figures") -> "Figures":
        """Return the difference, figure by figure."""
        return Figures(*map(sub, self, other))


NOTHING: Final = Figures()


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of one line.

    Attributes:
        line: As it was entered.
        currency: Of a line of a journal its own, else that of the transaction.
        decimals: That each figure is counted in: those of the currency, or more where the line,
            or a correction of it, says it in more.
        figures: What is left, in units of these decimals.
        said: The figures of the line as it was entered.
    """

    line: TransactionLine
    currency: str
    decimals: Figures
    figures: Figures
    said: tuple[Decimal, ...]

    @property
    def number(self) -> int:
        """The number of the line."""
        return self.line.number

    @property
    def book(self) -> tuple[str, str]:
        """What balances by itself: a ledger and currency; all that is no journal together."""
        return (self.line.ledger if self.line.is_gl else "", self.currency)

    def spelled(self, part: Figures, sign: int) -> tuple[Decimal, ...]:
        """Return the figures of a part times a sign; all of a figure is spelled as it was sent."""
        return tuple(
            _spelled(sign * units, decimals, said)
            for units, decimals, said in zip(part, self.decimals, self.said, strict=True)
        )


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
        return not self.total and not any(any(each.figures) for each in self.lines)

    @property
    def exponent(self) -> int:
        """The decimals that the total is counted in."""
        return currency_exponent(self.header.currency)

    @property
    def measure(self) -> int:
        """What a part is measured by: the total, else the debits of the first book."""
        if self.total:
            return abs(self.total)
        most = self.measure_exponent
        return sum(
            each.figures.amount * 10 ** (most - each.decimals.amount)
            for each in self._first_debits
        )  # fmt: skip

    @property
    def measure_exponent(self) -> int:
        """The decimals that the measure is counted in."""
        if self.total:
            return self.exponent
        return max((each.decimals.amount for each in self._first_debits), default=self.exponent)

    @property
    def _first_debits(self) -> tuple[Left, ...]:
        """The debits of the first book of which any is left."""
        debits = [each for each in self.lines if each.figures.amount > 0]
        return tuple(each for each in debits if each.book == debits[0].book)


def remains(original: Transaction, corrections: Iterable[Transaction]) -> Remains:
    """Return what corrections have left of a transaction."""
    header = original.header
    exponent = currency_exponent(header.currency)
    total = to_minor(header.total_amount, exponent)
    every = {line.number: [line] for line in original.lines}
    for correction in corrections:
        total += to_minor(correction.header.total_amount, exponent)
        for line in correction.lines:
            number = line.data.get(REVERSES_LINE)
            if type(number) is int and number in every:
                every[number].append(line)
    return Remains(header, total, tuple(_left(header, each) for each in every.values()))


def _left(header: TransactionHeader, lines: Sequence[TransactionLine]) -> Left:
    """Return what is left of a line, the first one, once the others are added to it."""
    line = lines[0]
    currency = line.currency(header) if line.is_gl else header.currency
    own = currency_exponent(currency)
    least = Figures(own, currency_exponent(header.base_currency), own, own, own)
    said = [_said(each) for each in lines]
    decimals = Figures(*map(max, least, *([*map(_decimals, each)] for each in said)))
    left = NOTHING
    for each, figures in zip(lines, said, strict=True):
        units = Figures(*map(_units, figures, decimals))
        left = left.less(units) if each.side is Side.CREDIT else left.plus(units)
    return Left(line, currency, decimals, left, said[0])


def _said(line: TransactionLine) -> tuple[Decimal, ...]:
    """Return the figures of a line as they are stored, in the order of `Figures`."""
    base = line.base_amount() if line.is_gl else ZERO
    return line.amount, base, line.discount_amount, line.tax_amount, line.quantity


# Most figures of most lines are zero, and zero is the same in all decimals.


def _spelled(units: int, decimals: int, said: Decimal) -> Decimal:
    if not units and not said:
        return said
    value = from_minor(units, decimals)
    opposite = exact_negate(said)
    return said if value == said else opposite if value == opposite else value


def _units(value: Decimal, decimals: int) -> int:
    return to_minor(value, decimals) if value else 0


def _decimals(value: Decimal) -> int:
    if not value:
        return 0
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int), "what is stored is finite"
    return max(-exponent, 0)
