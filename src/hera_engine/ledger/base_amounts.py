"""What the lines of a journal are worth in base currency, so that each ledger balances in both.

Where lines state it, that is taken; else each is converted at the header's rate and rounded half
up. What that leaves over in a ledger goes to its largest line, the earliest of equals. A line is
taken down to nothing at most, so that its worth keeps the sign of its amount, and the next one
takes the rest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from hera_engine import limits
from hera_engine.accounts import Side
from hera_engine.errors import EventError, Problem
from hera_engine.frozen import FrozenMap
from hera_engine.journal import Imbalance, imbalances, unbalanced
from hera_engine.money import (
    AmountError,
    currency_exponent,
    format_amount,
    from_minor,
    parse_amount,
    round_fraction,
    to_minor,
)
from hera_engine.transactions import TransactionHeader, TransactionLine


def with_base_amounts(
    header: TransactionHeader, lines: Sequence[TransactionLine]
) -> tuple[TransactionLine, ...]:
    """Return lines with a base amount on each line of a journal, in balance.

    Raises:
        PostingRejected: E_UNBALANCED (GL_IMBALANCE) if a ledger does not balance in a currency,
            or by its stated base amounts in base currency.
        EventError: For a base amount that is none, is too large or contradicts the line's amount,
            or a line in a third currency without one.
    """
    _refuse(imbalances(_legs(header, lines)))
    journal = [line for line in lines if line.is_gl]
    exponent = currency_exponent(header.base_currency)
    stated = {line.number: _stated(header, line, exponent) for line in journal}
    units: dict[int, int] = {}
    for line in journal:
        said = stated[line.number]
        units[line.number] = _converted(header, line, exponent) if said is None else said
    for ledger in dict.fromkeys(line.ledger for line in journal):
        inside = [line for line in journal if line.ledger == ledger]
        _place_residue(header, inside, units, stated)
    for number, each in units.items():
        if abs(each) >= 10 ** (limits.AMOUNT_INTEGER_DIGITS + exponent):
            raise EventError([_too_large(f"lines[{number - 1}].line_data.base_amount")])
    settled = tuple(
        _with_base(line, from_minor(units[line.number], exponent)) if line.is_gl else line
        for line in lines
    )
    refuse_unbalanced(header, settled)
    return settled


def refuse_unbalanced(header: TransactionHeader, lines: Iterable[TransactionLine]) -> None:
    """Refuse lines of a journal that do not balance in each ledger and currency, and in base.

    Raises:
        PostingRejected: E_UNBALANCED (GL_IMBALANCE).
    """
    every = tuple(lines)
    _refuse((*imbalances(_legs(header, every)), *imbalances(_base_legs(header, every))))


def refuse_too_large(figures: Iterable[tuple[str, Decimal]]) -> None:
    """Refuse figures, each with its path, that no amount can be read back from.

    Raises:
        EventError: For each with more than 18 digits before the point.
    """
    bound = 10**limits.AMOUNT_INTEGER_DIGITS
    found = [_too_large(path) for path, figure in figures if not -bound < figure < bound]
    if found:
        raise EventError(found)


def _too_large(path: str) -> Problem:
    allowed = limits.AMOUNT_INTEGER_DIGITS
    message = f"comes to more than {allowed} digits before the point"
    details = (("limit", "AMOUNT_INTEGER_DIGITS"), ("allowed", str(allowed)))
    return Problem(path, message, "send smaller amounts", details=details)


def _refuse(found: tuple[Imbalance, ...]) -> None:
    if found:
        hint = "let debits and credits of each ledger and currency be the same"
        raise unbalanced(found, hint=hint)


def _legs(
    header: TransactionHeader, lines: Iterable[TransactionLine]
) -> Iterable[tuple[str, str, Side, Decimal]]:
    for line in lines:
        side = line.side
        if side is not None:
            yield line.ledger, line.currency(header), side, line.amount


def _base_legs(
    header: TransactionHeader, lines: Iterable[TransactionLine]
) -> Iterable[tuple[str, str, Side, Decimal]]:
    for line in lines:
        side = line.side
        if side is not None:
            yield line.ledger, f"{header.base_currency} (base)", side, line.base_amount()


def _stated(header: TransactionHeader, line: TransactionLine, exponent: int) -> int | None:
    """Return the base amount that a line states, in minor units, or None.

    It has the sign of the line's amount, and in base currency it is that amount.
    """
    said = line.data.get("base_amount")
    if said is None:
        return None
    path = f"lines[{line.number - 1}].line_data.base_amount"
    try:
        units = to_minor(parse_amount(said), exponent)
    except AmountError as error:
        raise EventError([Problem(path, error.reason, error.hint)]) from None
    if line.currency(header) == header.base_currency:
        if units != to_minor(line.amount, exponent):
            message = "is not the line's amount, which is in base currency"
            raise EventError([Problem(path, message, "leave it out")])
    elif (units < 0 < line.amount) or (line.amount < 0 < units):
        message = "has another sign than the line's amount"
        raise EventError([Problem(path, message, "send both with one sign")])
    return units


def _converted(header: TransactionHeader, line: TransactionLine, exponent: int) -> int:
    """Return what a line is worth at the rate of the header, in minor units, rounded half up."""
    currency = line.currency(header)
    rate = Fraction(1)
    if currency == header.currency:
        rate = Fraction(header.exchange_rate)
    elif currency != header.base_currency:
        message = f"is in {currency} and says no base amount"
        path = f"lines[{line.number - 1}]"
        raise EventError([Problem(path, message, "send line_data.base_amount")])
    exact: Fraction = Fraction(line.amount) * rate * 10**exponent
    return round_fraction(exact)


def _place_residue(
    header: TransactionHeader,
    inside: Sequence[TransactionLine],
    units: dict[int, int],
    stated: dict[int, int | None],
) -> None:
    """Give what conversion leaves over in a ledger to its converted lines, the largest first.

    No more than half a unit for each converted line is rounding; more is left as it is, and the
    ledger does not balance. Nor does it where no line can bear what is left.
    """
    free = [
        line
        for line in inside
        if line.amount
        and stated[line.number] is None
        and line.currency(header) != header.base_currency
    ]
    left = sum(
        units[each.number] if each.side is Side.DEBIT else -units[each.number] for each in inside
    )
    if 2 * abs(left) > len(free):
        return
    for line in sorted(free, key=lambda each: -abs(units[each.number])):
        sign = 1 if line.side is Side.DEBIT else -1
        worth = units[line.number] - sign * left
        if (worth > 0) is not (line.amount > 0):
            worth = 0
        left += sign * (worth - units[line.number])
        units[line.number] = worth
        if not left:
            return


def _with_base(line: TransactionLine, base: Decimal) -> TransactionLine:
    return replace(line, data=FrozenMap({**line.data, "base_amount": format_amount(base)}))
