"""Payables in coins: what is paid is rounded to a step, and the difference has its place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from hera_engine.currencies import CASH_STEPS
from hera_engine.errors import HeraError, did_you_mean
from hera_engine.money import ZERO, RoundingMode, exact_add, round_money
from hera_engine.tax.results import TaxedItem, TaxResult
from hera_engine.tax.rounding import CashDifference


@dataclass(frozen=True, slots=True, kw_only=True)
class CashPayable:
    """What is paid in coins.

    Attributes:
        payable: A multiple of the step, or the gross where nothing was rounded.
        difference: What rounding added, below zero for what it took.
        code: Component that bears the difference; None for a rounding line.
    """

    payable: Decimal
    difference: Decimal
    code: str | None = None


def cash_step_of(profile_step: Decimal | None, currency: str) -> Decimal:
    """Return the smallest amount that can be paid, in currency units: the step of `cash_payable`.

    Args:
        profile_step: What a tax profile says; None where it does not say.
        currency: ISO 4217 code, whose smallest coin is the step then (`CASH_STEPS`).

    Raises:
        HeraError: E_TAX_PROFILE where neither tells.
    """
    step = CASH_STEPS.get(currency) if profile_step is None else profile_step
    if step is None:
        raise HeraError(
            "E_TAX_PROFILE", f"swedish rounding needs a step for `{currency[:8]}`",
            details={"field": "cash_step", "currency": currency[:8]},
            hint="say the smallest coin: `step 0.05`, in the JSON form `cash_step`",
        )  # fmt: skip
    return step


def cash_payable(
    result: TaxResult,
    step: Decimal,
    *,
    mode: RoundingMode | str = RoundingMode.HALF_UP,
    to: CashDifference | str = CashDifference.LINE,
) -> CashPayable:
    """Return a document's gross rounded to a step, and where the difference goes.

    Args:
        result: Whose gross is paid, less what the customer keeps back.
        step: Smallest amount that can be paid, in currency units; see `cash_step_of`.
        mode: Half away from zero by default; up and down are away from zero and toward it.
        to: Who bears the difference, or the word for it: line, largest_tax.

    Raises:
        HeraError: E_GUARDRAIL for a step that is not above zero, an unknown mode, or an unknown
            bearer.
    """
    bearer = _bearer(to)
    due = Fraction(result.gross) - Fraction(result.retained)
    paid = round_money(due, step=step, mode=mode)
    code = _largest_tax(result.items) if bearer is CashDifference.LARGEST_TAX else None
    scale = result.gross.as_tuple().exponent
    assert isinstance(scale, int), "a result is finite"
    smallest = Decimal((0, (1,), scale))
    if bearer is CashDifference.LARGEST_TAX and code is None:
        paid = round_money(due, step=smallest)
    off = round_money(Fraction(paid) - due, step=smallest)
    return CashPayable(payable=paid, difference=off, code=code)


def _bearer(to: object) -> CashDifference:
    """Return who bears the difference, from the word for it."""
    if isinstance(to, str) and to in tuple(CashDifference):
        return CashDifference(to)
    near = did_you_mean(to[:20], CashDifference) if isinstance(to, str) else None
    hint = near or f"use one of {', '.join(CashDifference)}"
    raise HeraError("E_GUARDRAIL", "the bearer of the cash difference is not known", hint=hint)


def _largest_tax(items: Sequence[TaxedItem]) -> str | None:
    """Return the component of the largest amount over all items; None without any.

    What the customer keeps back or owes by reverse charge takes no difference: it is not paid.
    """
    return largest_code(
        (component.code, component.amount)
        for item in items
        for component in item.components
        if component.component is None or component.component.is_paid
    )


def largest_code(amounts: Iterable[tuple[str, Decimal]]) -> str | None:
    """Return the code whose amounts add up to most, whatever their sign; the first of equals.

    None where each code adds up to nothing.
    """
    sums: dict[str, Decimal] = {}
    for code, amount in amounts:
        sums[code] = exact_add(sums.get(code, ZERO), amount)
    taxed = {code: abs(amount) for code, amount in sums.items() if amount}
    return max(taxed, key=lambda code: taxed[code]) if taxed else None
