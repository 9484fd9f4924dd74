"""Corrections: whatever the sequence, what was entered and what took it back come to zero."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from hypothesis import event, given
from hypothesis import strategies as st

from hera_engine import Correction, HeraError, Ledger
from hera_engine.configuration import ReversalStyle
from hera_engine.ledger.remains import REVERSES_LINE
from hera_engine.money import ZERO, from_minor
from hera_engine.transactions import Status, Transaction, TransactionLine
from tests.laws.posting import examples
from tests.unit.ledger.books import CALLER, configuration, header, leg, opened

EXPONENTS: Final = {"USD": 2, "EUR": 2, "JPY": 0}
BOOKS: Final = [("GL", "USD"), ("GL", "EUR"), ("IFRS", "USD"), ("IFRS", "JPY")]
RATES: Final = {"EUR": Decimal("0.8571"), "JPY": Decimal("0.0053")}

units = st.integers(1, 10**6)
"""Minor units of one line."""


@dataclass(frozen=True)
class Step:
    """One correction: a part of the total, or the same part of a debit and a credit of a book."""

    by_line: bool
    pick: int
    permille: int


steps = st.lists(
    st.builds(Step, st.booleans(), st.integers(0, 99), st.integers(1, 1_000)), max_size=6
)


@st.composite
def legs(draw: st.DrawFn) -> list[dict[str, object]]:
    """Return lines of several ledgers and currencies that balance, and perhaps some others."""
    lines: list[dict[str, object]] = []
    for ledger, currency in draw(st.lists(st.sampled_from(BOOKS), min_size=1, unique=True)):
        debits = draw(st.lists(units, min_size=1, max_size=3))
        credits = cut(sum(debits), draw(st.lists(units, max_size=2)))
        for side, parts in (("DR", debits), ("CR", credits)):
            lines += sided(ledger, currency, side, parts)
    for amount in draw(st.lists(units, max_size=2)):
        lines.append({"line_type": "service", "line_amount": str(from_minor(amount, 3))})
    return lines


def cut(whole: int, wanted: Sequence[int]) -> list[int]:
    """Return a whole in parts above zero, the wanted ones as far as there is room."""
    parts = []
    for part in wanted:
        if part < whole:
            parts.append(part)
            whole -= part
    return [*parts, whole]


def sided(ledger: str, currency: str, side: str, parts: Sequence[int]) -> list[dict[str, object]]:
    """Return the lines of one side; in a third currency they say what they are worth.

    Worth is cut off running totals, so that both sides of a book are worth the same.
    """
    made, before, worth_before = [], 0, 0
    for part in parts:
        data: dict[str, object] = {"ledger": ledger, "currency": currency}
        before += part
        if currency in RATES:
            worth = int(from_minor(before, EXPONENTS[currency]) * RATES[currency] * 100)
            data["base_amount"] = str(from_minor(worth - worth_before, 2))
            worth_before = worth
        made.append(leg(side, str(from_minor(part, EXPONENTS[currency])), "1000", **data))
    return made


def signed(line: TransactionLine, amount: Decimal) -> Decimal:
    """Return an amount with the sign of a debit; as it is on a line of no journal."""
    return -amount if line.data.get("side") == "CR" else amount


def left(original: Transaction, made: Sequence[Transaction]) -> dict[int, tuple[Decimal, Decimal]]:
    """Return what is left of each line, in its currency and in base currency."""
    rest = {
        line.number: (signed(line, line.amount), signed(line, line.base_amount()))
        for line in original.lines
    }
    for correction in made:
        for line in correction.lines:
            number = line.data[REVERSES_LINE]
            assert isinstance(number, int)
            amount, base = rest[number]
            rest[number] = (
                amount + signed(line, line.amount), base + signed(line, line.base_amount())
            )  # fmt: skip
    return rest


def asked_for(step: Step, original: Transaction, made: Sequence[Transaction]) -> Correction:
    """Return the correction that a step asks for."""
    rest = left(original, made)
    if not step.by_line:
        total = original.header.total_amount + sum(each.header.total_amount for each in made)
        return Correction(
            transaction_id=original.id, amount=str(max(part(total, step, 2), Decimal("0.01")))
        )
    lines = [line for line in original.journal if rest[line.number][0]]
    first = lines[step.pick % len(lines)]
    others = [
        line for line in lines
        if (line.ledger, line.data["currency"]) == (first.ledger, first.data["currency"])
        and line.data["side"] != first.data["side"]
    ]  # fmt: skip
    second = others[step.pick % len(others)]
    most = min(abs(rest[first.number][0]), abs(rest[second.number][0]))
    amount = part(most, step, EXPONENTS[str(first.data["currency"])])
    return Correction(
        transaction_id=original.id, lines={first.number: str(amount), second.number: str(amount)}
    )


def part(whole: Decimal, step: Step, exponent: int) -> Decimal:
    """Return so many thousandths of a whole, at least one minor unit."""
    minor = int(whole.scaleb(exponent))
    return from_minor(max(minor * step.permille // 1_000, 1), exponent)


def corrected(ledger: Ledger, original: Transaction, step: Step, made: list[Transaction]) -> None:
    """Take one more part back, if the rules let it be."""
    before = left(original, made)
    if not any(before[line.number][0] for line in original.journal):
        return
    found = attempted(ledger, asked_for(step, original, made))
    if isinstance(found, HeraError):
        # More than is left of the total, or too small a part: nothing was stored.
        event(f"refused: {found.code} {found.message[:40]}")
        assert (found.code, step.by_line) == ("E_GUARDRAIL", False), "a debit and a credit fit"
        return
    made.append(found)
    after = left(original, made)
    for number, (amount, base) in after.items():
        for now, then in ((amount, before[number][0]), (base, before[number][1])):
            assert min(then, ZERO) <= now <= max(then, ZERO), "a line is never taken back twice"


def attempted(ledger: Ledger, correction: Correction) -> Transaction | HeraError:
    """Return the correction that was stored, or why it was refused."""
    try:
        return ledger.reverse(CALLER, correction).transaction
    except HeraError as error:
        return error


@examples(60)
@given(
    lines=legs(),
    todo=steps,
    total=st.integers(0, 10**5),
    style=st.sampled_from(ReversalStyle),
    later=st.sampled_from(ReversalStyle),
)
def test_what_is_taken_back_in_parts_comes_to_zero(
    lines: list[dict[str, object]],
    todo: list[Step],
    total: int,
    style: ReversalStyle,
    later: ReversalStyle,
) -> None:
    """Each line by itself, in its currency and in base, in whatever steps and style."""
    ledger = opened(configuration(base_currency="GBP", style=style))
    said = header(total_amount=str(from_minor(total, 2)), exchange_rate="0.7919")
    original = ledger.create(CALLER, said, lines).transaction
    made: list[Transaction] = []

    for step in todo:
        corrected(ledger, original, step, made)
    ledger.configure(CALLER, configuration(base_currency="GBP", style=later))
    if ledger.read(CALLER, original.id).header.status is not Status.REVERSED:
        made.append(ledger.reverse(CALLER, Correction(transaction_id=original.id)).transaction)

    assert set(left(original, made).values()) == {(ZERO, ZERO)}
    assert original.header.total_amount + sum(each.header.total_amount for each in made) == 0
    now = ledger.read(CALLER, original.id)
    assert now.lines == original.lines
    assert now.header.status is Status.REVERSED
    assert now.header.reversed_by == tuple(each.id for each in made)
    assert {each.header.reverses for each in made} == {original.id}
    if style is later is ReversalStyle.MIRROR:
        assert all(line.amount >= 0 for each in made for line in each.journal)
    if style is later is ReversalStyle.STORNO:
        sides = {line.number: line.data["side"] for line in original.journal}
        for line in (line for each in made for line in each.journal):
            assert line.data["side"] == sides[line.data[REVERSES_LINE]]  # type: ignore[index] # a number
    for balance in ledger.balances(CALLER):
        assert (balance.balance, balance.base_debits - balance.base_credits) == (ZERO, ZERO)


@examples(30)
@given(lines=legs(), style=st.sampled_from(ReversalStyle))
def test_a_reversal_of_a_reversal_restores_every_line(
    lines: list[dict[str, object]], style: ReversalStyle
) -> None:
    """Amount by amount, on its side, worth what it was worth."""
    ledger = opened(configuration(base_currency="GBP", style=style))
    original = ledger.create(CALLER, header(exchange_rate="0.7919"), lines).transaction
    if not any(line.amount for line in original.lines):
        return

    back = ledger.reverse(CALLER, Correction(transaction_id=original.id)).transaction
    again = ledger.reverse(CALLER, Correction(transaction_id=back.id)).transaction

    assert [
        (line.account, line.data.get("side"), line.amount, line.base_amount())
        for line in again.lines
    ] == [
        (line.account, line.data.get("side"), line.amount, line.base_amount())
        for line in original.lines
    ]
