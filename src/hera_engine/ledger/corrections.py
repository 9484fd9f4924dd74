"""Corrections: a transaction that takes another one back, from its stored lines alone.

Nothing is computed again with the rules of today. Each line of a correction names the line that
it takes back. Law: whatever the sequence of corrections, when all is taken back the lines of the
original and of its corrections add up to exactly zero, each by itself and in each of its figures:
amount, worth in base currency, discount, tax and quantity (tests/laws/test_corrections.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256

from hera_engine import limits
from hera_engine.accounts import Side
from hera_engine.configuration import Configuration, ReversalStyle
from hera_engine.dsl.canonical import shortest
from hera_engine.errors import EventError, HeraError, Problem, ProblemList
from hera_engine.frozen import Frozen, FrozenMap
from hera_engine.json_text import dumps
from hera_engine.ledger.asking import Steps, fetched
from hera_engine.ledger.base_amounts import refuse_unbalanced
from hera_engine.ledger.contents import moment_said
from hera_engine.ledger.desk import Caller, Desk
from hera_engine.ledger.document_fields import FieldReader
from hera_engine.ledger.lifecycle import found, illegal, named_id
from hera_engine.ledger.parts import Taken, all_of, leaves_nothing, lines_of, part_of
from hera_engine.ledger.remains import REVERSES_LINE, Figures, Left, Remains, remains
from hera_engine.ledger.storing import Draft, Key, Stored, in_open_period, stored_once
from hera_engine.money import AmountError, format_amount, from_minor, to_minor
from hera_engine.transactions import Status, Transaction, TransactionHeader, TransactionLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What to take back of a transaction: all that is left, a part of its total, or some lines.

    Attributes:
        transaction_id: Of the transaction.
        amount: How much of the total, above zero, in the transaction currency.
        lines: How much of each line by its number, above zero, in the line's currency; debits
            and credits of each ledger and currency must agree.
        reversal_date: The day of the correction, not before that of the transaction; without one
            the clock's, or that of the transaction where it is later.
        reason: Why.
        external_reference: The caller's key, so that a repeat takes nothing twice.
    """

    transaction_id: object
    amount: object = None
    lines: Mapping[int, object] | None = None
    reversal_date: object = None
    reason: object = None
    external_reference: object = None


def corrected(desk: Desk, caller: Caller, correction: Correction) -> Steps[Stored]:
    """Store the transaction that takes another one back, and link both.

    Returns:
        The correction; the first one where the external reference has been used for the same.

    Raises:
        HeraError: E_NOT_FOUND; E_STATE for a transaction that is not entered, or of which nothing
            is left; E_GUARDRAIL for more than is left, or a day before the transaction counts;
            E_UNBALANCED for lines that do not balance; E_PERIOD_CLOSED; E_IDEMPOTENT.
    """
    asked = _read(correction)
    wanted = named_id(correction.transaction_id)

    def draft(configuration: Configuration) -> Steps[Draft]:
        original = yield from found(caller, wanted, include_voided=True)
        _refuse_open(original.header)
        made = yield from fetched(caller.organization_id, original.header.reversed_by)
        left = remains(original, made.values())
        taken = _taken(left, asked)
        header = _header(desk, caller, left, taken, asked)
        header = in_open_period(header, configuration, "reversal_date")
        new = _correction(desk, configuration.reversal_style, header, left, taken)
        return Draft(new, _linked(desk, caller, left, taken, new))

    key = Key(asked.reference, asked.digest(wanted))
    return (yield from stored_once(desk, caller, key, draft))


# --- what is asked --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Asked:
    """A correction as it was read."""

    amount: Decimal | None
    lines: Mapping[int, Decimal] | None
    moment: tuple[datetime | None, date] | None
    reason: str | None
    reference: str | None

    def digest(self, transaction_id: str) -> str:
        """Return the SHA-256 of what was asked."""
        lines = {str(key): shortest(value) for key, value in (self.lines or {}).items()}
        amount = None if self.amount is None else shortest(self.amount)
        when = None if self.moment is None else moment_said(*self.moment)
        said = [transaction_id, amount, lines, when, self.reason]
        return sha256(dumps(said, sort_keys=True).encode()).hexdigest()


def _read(correction: Correction) -> _Asked:
    given: object = correction
    if not isinstance(given, Correction):
        hint = "pass a Correction(transaction_id=…)"
        raise HeraError("E_GUARDRAIL", "what is to be taken back is no Correction", hint=hint)
    fields = FieldReader(ProblemList())
    said: dict[str, object] = {
        "reversal_date": correction.reversal_date,
        "reason": correction.reason,
        "external_reference": correction.external_reference,
    }
    if correction.amount is not None and correction.lines is not None:
        fields.problems.add("lines", "cannot stand beside an amount", "send one of the two")
    lines = None if correction.lines is None else _parts(fields, correction.lines)
    amount = correction.amount
    moment = fields.moment_or_day(said, "reversal_date", "")
    asked = _Asked(
        None if amount is None else fields.positive(amount, "amount"),
        lines,
        moment,
        fields.text(said, "reason", ""),
        fields.reference(said, "external_reference", ""),
    )
    fields.problems.raise_if_any()
    return asked


def _parts(fields: FieldReader, lines: object) -> dict[int, Decimal]:
    """Return the parts of lines that are asked for, with problems noted."""
    parts: dict[int, Decimal] = {}
    if not isinstance(lines, Mapping) or not lines:
        hint = "leave it out to take back all that is left"
        fields.problems.add("lines", "names no line", hint)
        return parts
    if len(lines) > limits.JOURNAL_LINES:
        fields.problems.add("lines", "are too many")
        return parts
    for number, amount in lines.items():
        if type(number) is int and number.bit_length() <= limits.INTEGER_BITS:
            parts[number] = fields.positive(amount, f"lines.{number}")
        else:
            fields.problems.add("lines", "has a key that is no line number")
    return parts


def _refuse_open(header: TransactionHeader) -> None:
    """Refuse to correct what is not entered, or has been taken back whole."""
    if header.status.is_open:
        raise illegal(header, "cannot be reversed: it is not entered", use="UPDATE or VOID")
    if header.status in {Status.VOIDED, Status.REVERSED}:
        raise illegal(header, "cannot be reversed")


def _taken(left: Remains, asked: _Asked) -> Taken:
    """Return what a correction takes of what is left.

    Raises:
        HeraError: E_STATE if nothing is left; E_GUARDRAIL for more than that.
    """
    if left.is_nothing:
        raise illegal(left.header, "has nothing left to reverse")
    if asked.lines is not None:
        return _taken_of_lines(left, asked.lines)
    if asked.amount is None:
        return all_of(left)
    units = _minor(asked.amount, left.measure_exponent, "amount")
    if units > left.measure:
        _refuse_too_much("amount", left.measure, left.measure_exponent)
    taken = part_of(left, units)
    amounts = [taken.of(each).amount for each in left.lines if each.figures.amount]
    if amounts and not any(amounts):
        hint = "reverse a larger part, or single lines"
        raise EventError([Problem("amount", "is too small a part of any line", hint)])
    return taken


def _taken_of_lines(left: Remains, amounts: Mapping[int, Decimal]) -> Taken:
    """Return what a correction of single lines takes."""
    by_number = {each.number: each for each in left.lines}
    units: dict[int, int] = {}
    for number, amount in amounts.items():
        found = by_number.get(number)
        path = f"lines.{number}"
        if found is None:
            raise EventError([Problem(path, "is no line of the transaction")])
        whole, exponent = found.figures.amount, found.decimals.amount
        if found.figures.base and not whole:
            hint = "leave it out: it is taken along with the lines it balances"
            raise EventError([Problem(path, "has no amount, only worth in base currency", hint)])
        part = _minor(amount, exponent, path)
        if part > abs(whole):
            _refuse_too_much(path, abs(whole), exponent)
        units[number] = part if whole > 0 else -part
    return lines_of(left, units)


def _minor(amount: Decimal, exponent: int, path: str) -> int:
    try:
        return to_minor(amount, exponent)
    except AmountError as error:
        raise EventError([Problem(path, error.reason, error.hint)]) from None


def _refuse_too_much(path: str, units: int, exponent: int) -> None:
    message = f"is more than what is left: {format_amount(from_minor(units, exponent))}"
    raise EventError([Problem(path, message, "reverse what is left, or less")])


# --- the correction -------------------------------------------------------------------------


def _header(
    desk: Desk, caller: Caller, left: Remains, taken: Taken, asked: _Asked
) -> TransactionHeader:
    """Return the header of the transaction that takes a part back."""
    original = left.header
    at, day = _moment(desk, original, asked)
    identity = desk.new_id()
    return TransactionHeader(
        id=identity,
        organization_id=original.organization_id,
        transaction_type=original.transaction_type,
        kernel_type=original.kernel_type,
        transaction_code=identity,
        smart_code=original.smart_code,
        status=Status.COMPLETED if original.status is Status.COMPLETED else Status.POSTED,
        transaction_date=day,
        transaction_at=at,
        currency=original.currency,
        base_currency=original.base_currency,
        exchange_rate=original.exchange_rate,
        total_amount=from_minor(-taken.total, left.exponent),
        external_reference=asked.reference,
        metadata=FrozenMap({"reversal_of": original.id, "reason": asked.reason}),
        details=original.details,
        schema=original.schema,
        reverses=original.id,
        reason=asked.reason,
        audit=desk.stamped(caller),
    )


def _moment(desk: Desk, original: TransactionHeader, asked: _Asked) -> tuple[datetime | None, date]:
    """Return moment and day of a correction: nothing is taken back before it counts.

    Raises:
        EventError: If the day that is asked for is earlier.
    """
    first = original.accounting_date
    if asked.moment is None:
        now = desk.now()
        return (None, first) if now.date() < first else (now, now.date())
    if asked.moment[1] < first:
        message = f"is before {first.isoformat()}, the day from which the transaction counts"
        raise EventError([Problem("reversal_date", message, "send that day, or a later one")])
    return asked.moment


def _correction(
    desk: Desk, style: ReversalStyle, header: TransactionHeader, left: Remains, taken: Taken
) -> Transaction:
    """Return the transaction that takes a part back.

    Raises:
        PostingRejected: E_UNBALANCED if the lines that were asked for do not balance.
    """
    parts = [each for each in left.lines if any(taken.of(each))]
    lines = tuple(
        _line(each, taken.of(each), style, desk.new_id(), number)
        for number, each in enumerate(parts, start=1)
    )
    refuse_unbalanced(header, lines)
    return Transaction(header, lines)


def _line(
    left: Left, part: Figures, style: ReversalStyle, identity: str, number: int
) -> TransactionLine:
    """Return the line that takes a part of another one back; the price of one stays."""
    line = left.line
    said: dict[str, Frozen] = {REVERSES_LINE: line.number}
    side = Side.CREDIT if next(filter(None, part)) > 0 else Side.DEBIT
    if style is ReversalStyle.STORNO:
        side = line.side or side
    # What is taken is added with the other sign, seen from the side it stands on.
    sign = -1 if side is Side.DEBIT or not line.is_gl else 1
    amount, base, discount, tax, quantity = left.spelled(part, sign)
    line_type = line.line_type
    if line.is_gl:
        if line_type == side.opposite.word:
            line_type = side.word
        said |= {"side": side.value, "base_amount": format_amount(base)}
    return replace(
        line,
        id=identity,
        number=number,
        line_type=line_type,
        amount=amount,
        discount_amount=discount,
        tax_amount=tax,
        quantity=quantity,
        data=FrozenMap({**line.data, **said}),
    )


def _linked(
    desk: Desk, caller: Caller, left: Remains, taken: Taken, new: Transaction
) -> TransactionHeader:
    """Return the header of the original once it knows of its correction."""
    original = left.header
    return replace(
        original,
        status=Status.REVERSED if leaves_nothing(left, taken) else original.status,
        reversed_by=(*original.reversed_by, new.id),
        audit=original.audit.touched(desk.now(), caller.actor_user_id),
    )
