"""Adapters for currencies, rounding, cash and allocation: fields in, figures out."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from hera_engine import HeraError
from hera_engine.allocation import allocate, allocate_apart, allocate_capped
from hera_engine.currencies import CURRENCIES
from hera_engine.money import currency_exponent, from_minor, round_money, to_minor
from tests.vectors.cases import Case

LEFTOVERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "first": "first",
        "first_nonzero": "first",
        "last": "last",
        "largest_remainder": "largest-remainder",
        "largest_remainder_floor": "largest-remainder",
        "largest_ratio": "largest-weight",
        "separate": "apart",
        "block_separate": "apart",
    }
)
"""Our name for each peer's leftover rule, or that of the rule nearest to it."""


def currency(case: Case) -> object:
    """Answer with what ISO 4217 says of a code; its coins are no part of the standard."""
    code = case.inputs["code"]
    found = CURRENCIES[code]
    try:
        exponent: int | None = currency_exponent(code)
    except HeraError:
        exponent = None
    special = exponent is None
    return {
        "code": found.code,
        "numeric": found.numeric,
        "exponent": exponent,
        "status": "special (ISO: N.A.)" if special else found.status,
        "special": special,
    }


def rounding(case: Case) -> object:
    """Answer with a value rounded to a step; the third decimal mode is a list of two steps."""
    value, step, mode = (case.inputs[key] for key in ("value", "step", "mode"))
    if "/" in value:
        value = Fraction(value)
    if mode == "third_decimal":
        value, mode = round_money(value, step="0.001", mode="down"), "half_up"
    return {"value": round_money(value, step=step, mode=mode)}


def compare(case: Case) -> object:
    """Answer with the sign of a comparison after both were rounded half up to a step."""
    left, right = (round_money(case.inputs[key], step=case.inputs["step"]) for key in ("a", "b"))
    return {"sign": (left > right) - (left < right)}


def cash_round(case: Case) -> object:
    """Answer with what is paid in coins, and how far that is from the exact amount."""
    mode = case.inputs["mode"]
    named = {} if mode in (None, "exact") else {"mode": mode}
    paid = round_money(case.inputs["amount"], step=case.inputs["step"], **named)
    return {"amount": paid, "difference": Fraction(paid) - Fraction(case.inputs["amount"])}


def convert(case: Case) -> object:
    """Answer with an amount at a rate of units of its currency per unit of the other."""
    exact = Fraction(case.inputs["amount"]) / Fraction(case.inputs["rate_from_per_to"])
    return {"amount": round_money(exact, step=case.inputs["step"], mode=case.inputs["mode"])}


def allocation(case: Case) -> object:
    """Answer with shares in minor units, under our policy for the peer's rule."""
    exponent = case.inputs["currency_decimals"]
    amount = from_minor(int(case.inputs["amount_minor"]), exponent)
    weights = [Fraction(ratio) for ratio in case.inputs["ratios"]]
    if "parts" in case.inputs:
        weights = [Fraction(1)] * int(Fraction(case.inputs["parts"]))
    policy, step = leftover_policy(case), int(case.inputs["step_minor"])
    if policy == "apart":
        shares, rest = allocate_apart(amount, weights, exponent=exponent, step=step)
        return _shares(shares, exponent, rest)
    return _shares(
        allocate(amount, weights, exponent=exponent, leftover=policy, step=step), exponent
    )


def leftover_policy(case: Case) -> str:
    """Return our policy for the rule of a case.

    A rule we have no policy for runs under one of ours that the case itself says agrees with it,
    else under our default.
    """
    rule = str(case.peer_rule)
    if rule in LEFTOVERS:
        return LEFTOVERS[rule]
    agreeing = case.verify.get("rules_that_agree") or ()
    return next((LEFTOVERS[name] for name in agreeing if name in LEFTOVERS), "largest-remainder")


def allocation_capped(case: Case) -> object:
    """Answer with shares that no maximum is below, and the rest."""
    exponent = case.inputs["currency_decimals"]
    amount = from_minor(int(case.inputs["amount_minor"]), exponent)
    maxima = [from_minor(int(units), exponent) for units in case.inputs["maxima_minor"]]
    shares, rest = allocate_capped(amount, maxima, exponent=exponent)
    return _shares(shares, exponent, rest)


def _shares(shares: tuple[Decimal, ...], exponent: int, rest: Decimal | None = None) -> object:
    units = [to_minor(share, exponent) for share in shares]
    if rest is None:
        return {"shares_minor": units}
    return {"shares_minor": units, "remainder_minor": to_minor(rest, exponent)}


MONEY_ADAPTERS: Final = MappingProxyType(
    {
        "currency": currency,
        "round": rounding,
        "compare": compare,
        "cash_round": cash_round,
        "convert": convert,
        "allocate": allocation,
        "allocate_max": allocation_capped,
    }
)
