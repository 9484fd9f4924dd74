"""Corrections: whatever the sequence, what was entered and what took it back come to zero."""

from collections.abc import Mapping, Sequence
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

EXPONENTS: Final = {"USD": 2, "EUR": 2, "JPY": 0, "GBP": 2}
BASE: Final = "GBP"
BOOKS: Final = [("GL", "USD"), ("GL", "EUR"), ("GL", "GBP"), ("IFRS", "USD"), ("IFRS", "JPY")]
RATES: Final = {"EUR": Decimal("0.8571"), "JPY": Decimal("0.0053")}
"""Of currencies whose lines say what they are worth; the header's rate is that of the dollar."""

units = st.integers(1, 9) | st.integers(1, 10**6)
"""Minor units of one line; small ones leave much to rounding."""
figures = st.integers(-9, 9) | st.integers(-(10**6), 10**6)
permille = st.just(1_000) | st.integers(1, 1_000)

Rest = tuple[Decimal, ...]
"""What is left of a line: amount, worth in base currency, discount, tax and quantity."""


@dataclass(frozen=True)
class Step:
    """One correction: a part of the total, or parts of some lines, a bit of the mask for each."""

    by_line: bool
    mask: int
    permille: int


masks = st.just(2**16 - 1) | st.integers(1, 2**16 - 1)
steps = st.lists(st.builds(Step, st.booleans(), masks, permille), max_size=6)
by_lines = st.lists(st.builds(Step, st.just(True), masks, permille), min_size=1, max_size=6)


@st.composite
def legs(draw: st.DrawFn) -> list[dict[str, object]]:
    """Return lines of several ledgers and currencies that balance, and perhaps some others.

    Debits and credits of a book may be worth different sums; lines of worth alone balance that.
    """
    lines: list[dict[str, object]] = []
    over = dict.fromkeys(("GL", "IFRS"), 0)
    for ledger, currency in draw(st.lists(st.sampled_from(BOOKS), min_size=1, unique=True)):
        debits = draw(st.lists(units, min_size=1, max_size=4))
        credits = cut(sum(debits), draw(st.lists(units, max_size=3)))
        for side, parts in (("DR", debits), ("CR", credits)):
            rate = RATES.get(currency, ZERO) * draw(st.sampled_from([1000, 950, 1100])) / 1000
            made, worth = sided((ledger, currency), side, parts, rate)
            lines += made
            over[ledger] += worth if side == "DR" else -worth
    for ledger, worth in over.items():
        more = draw(st.sampled_from([0, 0, 5, -700]))
        for each in (-worth - more, more):
            if each:
                data = {"currency": "EUR", "base_amount": str(from_minor(abs(each), 2))}
                lines.append(leg("DR" if each > 0 else "CR", "0", "6200", ledger=ledger, **data))
    return [*draw(st.permutations(lines)), *draw(st.lists(documents(), max_size=3))]


@st.composite
def settlements(draw: st.DrawFn) -> list[dict[str, object]]:
    """Return lines in euros that are worth anything, some in pounds, and differences."""
    lines, over = [], 0
    debits = draw(st.lists(units, min_size=1, max_size=4))
    for side, parts in (
        ("DR", debits),
        ("CR", cut(sum(debits), draw(st.lists(units, max_size=4)))),
    ):
        for each in parts:
            worth = draw(st.integers(0, 2 * each))
            over += worth if side == "DR" else -worth
            data = {"currency": "EUR", "base_amount": str(from_minor(worth, 2))}
            lines.append(leg(side, str(from_minor(each, 2)), **data))
    if draw(st.booleans()):
        lines += [leg(side, "7.00", currency=BASE) for side in ("DR", "CR")]
    if over and draw(st.booleans()):
        # The difference lies with a line that is never asked for before the others are gone.
        data = {"currency": "EUR", "base_amount": str(from_minor(abs(over), 2))}
        lines.append(leg("CR" if over > 0 else "DR", "0", "6200", **data))
    elif over:
        data = {"currency": "USD", "base_amount": str(from_minor(abs(over), 2))}
        lines.append(leg("CR" if over > 0 else "DR", "3.00", **data))
        data["base_amount"] = "0"
        lines.append(leg("DR" if over > 0 else "CR", "3.00", **data))
    return draw(st.permutations(lines))


@st.composite
def documents(draw: st.DrawFn, most: int = 4) -> dict[str, object]:
    """Return a line of a document, its figures of either sign and in up to so many decimals."""
    names = ("line_amount", "unit_amount", "discount_amount", "tax_amount", "quantity")
    said = {name: str(from_minor(draw(figures), draw(st.integers(0, most)))) for name in names}
    return {"line_type": "service", **said}


def cut(whole: int, wanted: Sequence[int]) -> list[int]:
    """Return a whole in parts above zero, the wanted ones as far as there is room."""
    parts = []
    for part in wanted:
        if part < whole:
            parts.append(part)
            whole -= part
    return [*parts, whole]


def sided(
    book: tuple[str, str], side: str, parts: Sequence[int], rate: Decimal
) -> tuple[list[dict[str, object]], int]:
    """Return the lines of one side of a book, and what they say they are worth in all.

    Worth is cut off running totals.
    """
    ledger, currency = book
    made, before, worth_before = [], 0, 0
    for part in parts:
        data: dict[str, object] = {"ledger": ledger, "currency": currency}
        before += part
        if rate:
            worth = int(from_minor(before, EXPONENTS[currency]) * rate * 100)
            data["base_amount"] = str(from_minor(worth - worth_before, 2))
            worth_before = worth
        made.append(leg(side, str(from_minor(part, EXPONENTS[currency])), "1000", **data))
    return made, worth_before


def said_of(line: TransactionLine) -> Rest:
    """Return the figures of a line as they are stored."""
    base = line.base_amount() if line.is_gl else ZERO
    return line.amount, base, line.discount_amount, line.tax_amount, line.quantity


def signed(line: TransactionLine) -> Rest:
    """Return the figures of a line with the sign of a debit; as they are on one of no journal."""
    return tuple(-each if line.data.get("side") == "CR" else each for each in said_of(line))


def left(original: Transaction, made: Sequence[Transaction]) -> dict[int, Rest]:
    """Return what is left of each line."""
    rest = {line.number: signed(line) for line in original.lines}
    for correction in made:
        for line in correction.lines:
            number = line.data[REVERSES_LINE]
            assert isinstance(number, int)
            rest[number] = tuple(a + b for a, b in zip(rest[number], signed(line), strict=True))
    return rest


def total_left(original: Transaction, made: Sequence[Transaction]) -> Decimal:
    """Return what is left of the total."""
    return original.header.total_amount + sum(each.header.total_amount for each in made)


def asked_for(step: Step, original: Transaction, made: Sequence[Transaction]) -> Correction | None:
    """Return the correction that a step asks for; None if there is none to ask for."""
    if step.by_line:
        parts = lines_asked(step, original, left(original, made))
        asked = {number: str(abs(amount)) for number, amount in parts.items() if amount}
        return Correction(transaction_id=original.id, lines=asked) if asked else None
    total = abs(total_left(original, made))
    amount = max(part(total, step, 2), Decimal("0.01"))
    return Correction(transaction_id=original.id, amount=str(amount))


def lines_asked(step: Step, original: Transaction, rest: Mapping[int, Rest]) -> dict[int, Decimal]:
    """Return parts of the lines in the mask: debits and credits of each book come to the same.

    Some lines are taken whole and one of each side in part.
    """
    parts: dict[int, Decimal] = {}
    chosen = [line for line in original.lines if step.mask >> line.number % 16 & 1]
    for ledger, currency in BOOKS:
        book = [
            line for line in chosen if line.is_gl
            and (line.ledger, line.data["currency"]) == (ledger, currency)
        ]  # fmt: skip
        debits = {line.number: rest[line.number][0] for line in book if rest[line.number][0] > 0}
        credits = {line.number: -rest[line.number][0] for line in book if rest[line.number][0] < 0}
        most = min(sum(debits.values()), sum(credits.values()))
        amount = part(Decimal(most), step, EXPONENTS[currency]) if most else ZERO
        for side in (debits, credits):
            wanted = amount
            for number, whole in side.items():
                parts[number] = min(whole, wanted)
                wanted -= parts[number]
    for line in chosen:
        if not line.is_gl:
            whole = rest[line.number][0]
            parts[line.number] = min(part(abs(whole), step, 2), abs(whole))
    return parts


def part(whole: Decimal, step: Step, exponent: int) -> Decimal:
    """Return so many thousandths of a whole, at least one minor unit."""
    minor = int(whole.scaleb(exponent))
    return from_minor(max(minor * step.permille // 1_000, 1), exponent)


def corrected(ledger: Ledger, original: Transaction, step: Step, made: list[Transaction]) -> None:
    """Take one more part back, if the rules let it be."""
    before = left(original, made)
    asked = asked_for(step, original, made)
    if asked is None or ledger.read(CALLER, original.id).header.status is Status.REVERSED:
        return
    found = attempted(ledger, asked)
    if isinstance(found, HeraError):
        # More than is left of the total, or too small a part: nothing was stored.
        event(f"refused: {found.code} {found.message[:40]}")
        assert (found.code, step.by_line) == ("E_GUARDRAIL", False), "what balances is taken"
        return
    made.append(found)
    after = left(original, made)
    for number, rest in after.items():
        for now, then in zip(rest, before[number], strict=True):
            assert min(then, ZERO) <= now <= max(then, ZERO), "a line is never taken back twice"
    for number, amount in (asked.lines or {}).items():
        assert abs(before[number][0] - after[number][0]) == Decimal(str(amount))
        assert after[number][0] or not any(after[number][2:]), "with the amount goes all else"
    keeps_the_rules(ledger, original, found)
    for books in {line.ledger for line in original.journal} if step.by_line else ():
        inside = [after[line.number] for line in original.journal if line.ledger == books]
        asked_here = any(books == line.ledger for line in found.journal)
        assert (
            not asked_here or any(rest[0] for rest in inside) or not any(rest[1] for rest in inside)
        ), "with the last amount goes all worth"


def keeps_the_rules(ledger: Ledger, original: Transaction, made: Transaction) -> None:
    """Check that a correction balances, by itself and in the decimals of what it takes back."""
    sums: dict[tuple[str, object], Decimal] = {}
    whole = {line.number: line for line in original.lines}
    for line in made.lines:
        source = whole[line.data[REVERSES_LINE]]  # type: ignore[index] # a number
        own = EXPONENTS[line.currency(original.header)]
        for figure, then in zip(said_of(line), said_of(source), strict=True):
            assert decimals(figure) <= max(decimals(then), own, EXPONENTS[BASE] * line.is_gl)
        assert line.unit_amount == source.unit_amount
        if not line.is_gl:
            continue
        amount, base = signed(line)[:2]
        for key, value in (
            ((line.ledger, line.data["currency"]), amount),
            ((line.ledger, 0), base),
        ):
            sums[key] = sums.get(key, ZERO) + value
        assert base == amount or line.data["currency"] != BASE, "a pound is worth a pound"
    assert not any(sums.values()), "debits are credits, in currency and in base currency"
    assert ledger.validate(CALLER, made.id).is_valid


def decimals(value: Decimal) -> int:
    """Return the decimals that a number is spelled in."""
    return -int(value.as_tuple().exponent)


def attempted(ledger: Ledger, correction: Correction) -> Transaction | HeraError:
    """Return the correction that was stored, or why it was refused."""
    try:
        return ledger.reverse(CALLER, correction).transaction
    except HeraError as error:
        return error


@examples(200)
@given(
    lines=legs(),
    todo=steps,
    total=st.integers(-1000, 10**5),
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
    """Each line by itself, in each of its figures, in whatever steps and style."""
    ledger = opened(configuration(base_currency=BASE, style=style))
    said = header(total_amount=str(from_minor(total, 2)), exchange_rate="0.7919")
    original = ledger.create(CALLER, said, lines).transaction
    made: list[Transaction] = []

    for step in todo:
        corrected(ledger, original, step, made)
    ledger.configure(CALLER, configuration(base_currency=BASE, style=later))
    if ledger.read(CALLER, original.id).header.status is not Status.REVERSED:
        made.append(ledger.reverse(CALLER, Correction(transaction_id=original.id)).transaction)
        keeps_the_rules(ledger, original, made[-1])

    assert not any(any(rest) for rest in left(original, made).values())
    assert total_left(original, made) == 0
    now = ledger.read(CALLER, original.id)
    assert now.lines == original.lines
    assert now.header.status is Status.REVERSED
    assert now.header.reversed_by == tuple(each.id for each in made)
    assert {each.header.reverses for each in made} == {original.id}
    assert ledger.validate(CALLER, original.id).is_valid
    if style is later is ReversalStyle.MIRROR:
        assert all(line.amount >= 0 for each in made for line in each.journal)
    if style is later is ReversalStyle.STORNO:
        sides = {line.number: line.data["side"] for line in original.journal}
        for line in (line for each in made for line in each.journal):
            assert line.data["side"] == sides[line.data[REVERSES_LINE]]  # type: ignore[index] # a number
    for balance in ledger.balances(CALLER):
        assert (balance.balance, balance.base_debits - balance.base_credits) == (ZERO, ZERO)


@examples(200)
@given(lines=settlements(), todo=by_lines, style=st.sampled_from(ReversalStyle))
def test_parts_by_lines_balance_whatever_the_lines_are_worth(
    lines: list[dict[str, object]], todo: list[Step], style: ReversalStyle
) -> None:
    """What balances in its currency is taken, and when all is taken nothing is left."""
    ledger = opened(configuration(base_currency=BASE, style=style))
    said = header(transaction_currency_code="EUR", exchange_rate="0.8571")
    original = ledger.create(CALLER, said, lines).transaction
    made: list[Transaction] = []

    for step in (*todo, Step(by_line=True, mask=2**16 - 1, permille=1_000)):
        corrected(ledger, original, step, made)

    assert not any(any(rest) for rest in left(original, made).values())
    assert ledger.read(CALLER, original.id).header.status is Status.REVERSED


@examples(40)
@given(
    lines=legs(),
    step=st.none() | steps.map(lambda some: some[0] if some else None),
    style=st.sampled_from(ReversalStyle),
)
def test_a_reversal_of_a_reversal_restores_every_line(
    lines: list[dict[str, object]], step: Step | None, style: ReversalStyle
) -> None:
    """Figure by figure and digit by digit, on its side; of a part, that part."""
    ledger = opened(configuration(base_currency=BASE, style=style))
    said = header(exchange_rate="0.7919", total_amount="100.00")
    original = ledger.create(CALLER, said, lines).transaction
    asked = step and asked_for(step, original, [])
    whole = Correction(transaction_id=original.id)

    back = attempted(ledger, asked or whole)
    if isinstance(back, HeraError):
        back = ledger.reverse(CALLER, whole).transaction
    again = ledger.reverse(CALLER, Correction(transaction_id=back.id)).transaction
    third = ledger.reverse(CALLER, Correction(transaction_id=again.id)).transaction

    assert [spelled(line) for line in third.lines] == [spelled(line) for line in back.lines]
    assert not any(any(rest) for rest in left(back, [again]).values())
    if ledger.read(CALLER, original.id).header.status is Status.REVERSED:
        there = [line for line in original.lines if any(said_of(line))]
        assert [spelled(line) for line in again.lines] == [spelled(line) for line in there]
    assert ledger.validate(CALLER, again.id).is_valid


def spelled(line: TransactionLine) -> tuple[object, ...]:
    """Return all that a line says, but where it stands and what it takes back."""
    data = {name: value for name, value in line.data.items() if name != REVERSES_LINE}
    return line.account, line.line_type, data, line.unit_amount, *map(str, said_of(line))


@examples(40)
@given(
    lines=st.lists(documents(2), min_size=1, max_size=5),
    cents=st.lists(st.integers(1, 10**6), max_size=4),
)
def test_the_lines_of_a_credit_note_come_to_its_total(
    lines: list[dict[str, object]], cents: list[int]
) -> None:
    """As those of the document do, whatever part of it is taken back."""
    ledger = opened()
    total = sum(Decimal(str(line["line_amount"])) for line in lines)
    said = header(transaction_type="SALE", total_amount=str(total))
    original = ledger.create(CALLER, said, lines).transaction
    asked = [
        Correction(transaction_id=original.id, amount=str(from_minor(each, 2))) for each in cents
    ]

    found = [attempted(ledger, each) for each in (*asked, Correction(transaction_id=original.id))]

    for made in (each for each in found if isinstance(each, Transaction)):
        if total:
            assert sum(line.amount for line in made.lines) == made.header.total_amount
        assert all(decimals(each) <= 2 for line in made.lines for each in said_of(line))
