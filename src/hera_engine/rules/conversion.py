"""Base amounts of a whole entry: each line converted, and what is left over in its place.

Enters: merged lines. Leaves: the same with base amounts that balance in each ledger, or with one
line more per ledger. What is left over is rounding, and stays within half a unit per converted
line; or it is an exchange difference, of any size, where the rule says who takes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from hera_engine import limits
from hera_engine.accounts import Side
from hera_engine.dsl.canonical import shortest
from hera_engine.facts import Facts
from hera_engine.journal import Imbalance, Origin, imbalances, unbalanced
from hera_engine.money import format_amount, from_minor, round_fraction, to_minor
from hera_engine.rules.dimensions import line_dimensions
from hera_engine.rules.drafts import DraftLine
from hera_engine.rules.merged import Merged
from hera_engine.rules.plan import PlannedExchange, PlannedKey, PlannedRule, PostingPlan
from hera_engine.rules.scope import text_of
from hera_engine.settings import Residue

ROUNDING = "rounding"
RESIDUE = Origin("conversion residue", None, "closing")
"""Whence a line comes that takes the residue of conversion."""
LAST = (10**6, 0)
"""The place of a line that closes a ledger: behind those of every statement."""


def converted(
    plan: PostingPlan, rule: PlannedRule, facts: Facts, lines: Sequence[Merged]
) -> list[Merged]:
    """Return lines with their base amounts, and behind them those that close a ledger.

    Raises:
        PostingRejected: E_UNBALANCED where base amounts and rates of the rule's own leave more
            than rounding, and the rule has no account for an exchange difference.
    """
    for line in lines:
        line.base_units = _base_units(line, facts)
    own = any(line.first.worth is not None for line in lines)
    if not own and facts.exchange_rate == 1 and facts.exponent == facts.base_exponent:
        return list(lines)
    if own and _unbalanced_before(facts, lines):
        return list(lines)  # the entry itself tells all that does not balance
    closing: list[Merged] = []
    beyond: list[Imbalance] = []
    for ledger in plan.ledgers:
        inside = [line for line in lines if line.first.ledger == ledger]
        left = sum(_signed(line) for line in inside)
        if not left:
            continue
        if rule.exchange is not None:
            closing.append(_difference(rule, rule.exchange, facts, left, ledger))
        elif own and not _is_rounding(left, inside):
            beyond.append(_imbalance(facts, ledger, inside))
        elif plan.settings.residue is Residue.ROUNDING:
            closing.append(_closing_line(plan.accounts[ROUNDING], facts, left, ledger, RESIDUE))
        else:
            _place_residue(left, inside)
    if beyond:
        hint = "check the base amounts and rates, or say `exchange difference to …` in the rule"
        raise unbalanced(beyond, hint=hint)
    return [*lines, *closing]


def _base_units(line: Merged, facts: Facts) -> int:
    """Return what a line is worth in minor units of the base currency."""
    if line.stated is not None:
        return line.stated
    same = facts.exchange_rate == 1 and facts.exponent == facts.base_exponent
    if same and line.first.worth is None:
        return to_minor(line.amount, facts.exponent)
    return round_fraction(_exact_units(line, facts))


def _exact_units(line: Merged, facts: Facts) -> Fraction:
    """Return what a line without a stated base amount is worth before rounding."""
    exact: Fraction = Fraction(line.amount) * _rate(line, facts) * 10**facts.base_exponent
    return exact


def _rate(line: Merged, facts: Facts) -> Fraction:
    """Return base units per unit of a line's currency."""
    worth = line.first.worth
    return facts.exchange_rate if worth is None or worth.rate is None else worth.rate


@dataclass(frozen=True, slots=True)
class ConversionEvidence:
    """How a line came to its base amount.

    Attributes:
        amount: The base amount, rounded.
        currency: The base currency.
        rate: In words; None where the rule states the base amount, or the line closes a ledger.
        exact: The base amount before rounding, in currency units; None where nothing is rounded.
        residue: What conversion left over and this line took, with its sign; zero if nothing.
        closes: For a line that closes a ledger, who asks for it.
    """

    amount: Decimal
    currency: str
    rate: str | None
    exact: Fraction | None
    residue: Decimal
    closes: str | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the evidence as plain JSON values."""
        return {
            "rate": self.rate,
            "exact": None if self.exact is None else _figures(self.exact),
            "residue": format_amount(self.residue),
            "closes": self.closes,
        }

    def __str__(self) -> str:
        worth = f"worth {format_amount(self.amount)} {self.currency}"
        if self.closes is not None:
            return f"{worth}, which the ledger lacked: {self.closes}"
        if self.rate is None or self.exact is None:
            return f"{worth} as the rule states"
        taken = f", with a residue of {format_amount(self.residue)}" if self.residue else ""
        return f"{worth}, exactly {_figures(self.exact)} at {self.rate}{taken}"


def conversion_evidence(line: Merged, facts: Facts) -> ConversionEvidence | None:
    """Return how a line came to its base amount; None where all is in base currency."""
    worth, exponent = line.first.worth, facts.base_exponent
    if worth is None and facts.currency == facts.base_currency:
        return None
    amount = from_minor(line.base_units, exponent)
    residue = from_minor(line.residue, exponent)
    if line.stated is not None:
        origin = line.first.origin
        where = "" if origin.place is None else f" at {origin.place}"
        closes = None if line.drafts else f"{origin.rule}{where}"
        return ConversionEvidence(amount, facts.base_currency, None, None, residue, closes)
    rate = facts.exchange_rate_stated if worth is None else worth.source
    exact = _exact_units(line, facts) / 10**exponent
    return ConversionEvidence(amount, facts.base_currency, rate, exact, residue)


def _figures(value: Fraction) -> str:
    """Return an exact figure in digits where twelve decimals are enough, else as a fraction."""
    units = value * 10**limits.AMOUNT_SCALE
    if units.denominator != 1:
        return text_of(value)
    return shortest(from_minor(units.numerator, limits.AMOUNT_SCALE))


def _signed(line: Merged) -> int:
    return line.base_units if line.first.side is Side.DEBIT else -line.base_units


def _unbalanced_before(facts: Facts, lines: Sequence[Merged]) -> bool:
    """Whether a ledger does not balance in one of its transaction currencies."""
    legs = (
        (
            line.first.ledger,
            facts.currency if line.first.worth is None else line.first.worth.currency,
            line.first.side,
            line.amount,
        )
        for line in lines
    )
    return bool(imbalances(legs))


def _is_rounding(left: int, inside: Sequence[Merged]) -> bool:
    """Whether rounding alone may have left so much: half a unit for each converted line."""
    return 2 * abs(left) <= sum(line.stated is None for line in inside)


def _imbalance(facts: Facts, ledger: str, inside: Sequence[Merged]) -> Imbalance:
    """Return both sides of a ledger in base currency."""
    debits, credits = (
        sum(line.base_units for line in inside if line.first.side is side)
        for side in (Side.DEBIT, Side.CREDIT)
    )
    exponent = facts.base_exponent
    unit = f"{facts.base_currency} (base)"
    return Imbalance(ledger, unit, from_minor(debits, exponent), from_minor(credits, exponent))


def _place_residue(left: int, inside: Sequence[Merged]) -> None:
    """Add the residue (debits less credits, base minor units) to one of the lines.

    The largest in base currency takes it, the earliest of equals; a line of tax only if there is
    no other, and one whose base amount is stated never.
    """
    candidates = [line for line in inside if line.stated is None]
    for line in sorted(candidates, key=lambda each: (each.first.is_tax, -each.base_units)):
        change = -left if line.first.side is Side.DEBIT else left
        if line.base_units + change >= 0:
            line.base_units += change
            line.residue = change
            return


def _difference(
    rule: PlannedRule, exchange: PlannedExchange, facts: Facts, left: int, ledger: str
) -> Merged:
    """Return the line that takes an exchange difference, on the account of its direction.

    It is a gain where credits miss, a loss where debits do. A mirrored entry takes back what the
    other posted, so its line stands on the other side of the same account.
    """
    mirrored = facts.negative or rule.mirrored
    is_gain = (left > 0) != mirrored
    key = exchange.gain if is_gain else exchange.loss
    return _closing_line(key, facts, left, ledger, exchange.origin)


def _closing_line(key: PlannedKey, facts: Facts, left: int, ledger: str, origin: Origin) -> Merged:
    """Return a line of no transaction amount that takes what is left in base currency."""
    account = key.by_ledger[ledger]
    dimensions, _ = line_dimensions(account, facts, (), {})
    draft = DraftLine(
        ledger=ledger,
        side=Side.CREDIT if left > 0 else Side.DEBIT,
        account=account,
        amount=from_minor(0, facts.exponent),
        dimensions=dimensions,
        tax=None,
        payment_reference=None,
        order=LAST,
        origin=origin,
    )
    return Merged(draft, draft.amount, None, {draft.origin: None}, [], None, abs(left), abs(left))
