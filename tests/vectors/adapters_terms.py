"""Adapters for payment terms, discounts on totals, and purchases deductible in part."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from hera_engine import HeraError
from hera_engine.allocation import allocate, repartition
from hera_engine.money import round_money
from hera_engine.tax import TaxProfile, compute_tax
from hera_engine.tax.component import Component, ComponentKind
from hera_engine.tax.parts import (
    DiscountKind,
    GrossDiscount,
    NetAndTax,
    discount_gross,
    split_deductible,
)
from hera_engine.terms import (
    Instalment,
    PartKind,
    PaymentPlan,
    convert_instalments,
    early_payment,
    split_instalments,
)
from tests.vectors.cases import Case, Json, Unordered
from tests.vectors.component_cases import CURRENCIES

# --- instalments ---------------------------------------------------------------------------


def instalments(case: Case) -> object:
    """Answer with the amounts of instalments."""
    inputs = case.inputs
    return {"amounts": split_instalments(inputs["total"], _plan(case), step=inputs["step"])}


def instalments_two_currencies(case: Case) -> object:
    """Answer with instalments payable in coins, and what they are in the company's currency."""
    inputs = case.inputs
    amounts = split_instalments(
        inputs["total"], _plan(case), step=inputs["document_step"],
        cash_step=inputs["cash_step"], mode=inputs["cash_mode"],
    )  # fmt: skip
    company = convert_instalments(
        amounts, inputs["company_total"], rate=inputs["company_per_foreign"],
        step=inputs["company_step"],
    )  # fmt: skip
    return {"amounts": amounts, "company_amounts": company}


def instalment_validity(case: Case) -> object:
    """Answer with whether parts make a plan."""
    try:
        _plan(case)
    except HeraError as error:
        return {"valid": False, "error": error.code}
    return {"valid": True}


def _plan(case: Case) -> PaymentPlan:
    return PaymentPlan(tuple(map(_part, case.inputs["parts"])))


def _part(data: Mapping[str, Json]) -> Instalment:
    """Return a part; a divisor says exactly what the percentage beside it says in few digits."""
    kind = PartKind.of(data["type"])
    if "divisor" in data:
        return Instalment(kind, 100 / Fraction(data["divisor"]))
    return Instalment(kind, None if "value" not in data else Decimal(data["value"]))


def split_by_days(case: Case) -> object:
    """Answer with the shares of calendar months by their days, the last taking the rest."""
    start, end = (date.fromisoformat(case.inputs[key]) for key in ("start", "end"))
    days = [start + timedelta(at) for at in range((end - start).days + 1)]
    months = list(dict.fromkeys((day.year, day.month) for day in days))
    counts = [sum((day.year, day.month) == month for day in days) for month in months]
    parts = [Instalment(PartKind.PERCENT, Fraction(100 * count, len(days))) for count in counts]
    plan = PaymentPlan(tuple(parts))
    return {"shares": split_instalments(case.inputs["total"], plan, step=case.inputs["step"])}


# --- percentages ---------------------------------------------------------------------------


def split_by_percent(case: Case) -> object:
    """Answer with shares by percentage; an amount in another currency is converted first."""
    inputs = case.inputs
    rate = Fraction(inputs.get("foreign_per_base", 1))
    whole = round_money(Fraction(inputs["amount"]) / rate, step=inputs["step"])
    exponent = len(inputs["step"].partition(".")[2])
    shares = repartition(whole, inputs["percentages"], exponent=exponent)
    return {"shares": shares, "nonzero_shares": [share for share in shares if share]}


def blended_percent(case: Case) -> object:
    """Answer with the distribution of a discount over what the discounted lines belong to."""
    profile = TaxProfile.from_components(())
    items = [
        {"quantity": 1, "unit_price": line["unit_price"], "discount_percent": line["discount_pct"]}
        for line in case.inputs["lines"]
    ]
    nets = [item.net for item in compute_tax(profile, items, currency="EUR").items]
    lines = tuple(zip(case.inputs["lines"], nets, strict=True))
    weights: dict[str, Fraction] = {}
    for line, net in lines:
        for name, percent in line["distribution"].items():
            off = (Fraction(line["unit_price"]) - Fraction(net)) * Fraction(percent) / 100
            weights[name] = weights.get(name, Fraction()) + off
    shares = allocate(100, tuple(weights.values()), exponent=2)
    return {
        "net_lines": nets,
        "discount_total": sum(weights.values()),
        "distribution": dict(zip(weights, shares, strict=True)),
    }


# --- discounts -----------------------------------------------------------------------------


def early_discount(case: Case) -> object:
    """Answer with a total, and with what is left of it if it is paid early."""
    inputs = case.inputs
    tax = inputs.get("tax")
    if tax is None:
        taxes = (Component(code="tax", rate=Decimal(inputs["tax_rate"]), inclusive=False),)
        tax = _taxed(taxes, {"amount": inputs["net"]}, 2).tax
    arguments = {"reduces_tax": inputs["on"] == "gross"}
    return {
        "total": early_payment(inputs["net"], tax, 0, step=inputs["step"], **arguments),
        "discounted": early_payment(
            inputs["net"], tax, inputs["discount_pct"], **arguments,
            step=inputs.get("cash_step", inputs["step"]), mode=inputs.get("cash_mode", "half_up"),
        ),
    }  # fmt: skip


def order_discount(case: Case) -> object:
    """Answer with the sums of an order after discounts on its total with tax."""
    exponent = case.inputs["currency_decimals"]
    lines = [_taxed(_components(line), _price(line), exponent) for line in case.inputs["lines"]]
    discounts = [
        GrossDiscount(DiscountKind(each["kind"]), Decimal(each["value"]))
        for each in case.inputs["discounts"]
    ]
    reduced = discount_gross(lines, discounts, exponent=exponent)
    return {
        "total": sum(Fraction(line.gross) for line in reduced),
        "net": sum(Fraction(line.net) for line in reduced),
        "tax": sum(Fraction(line.tax) for line in reduced),
    }


def _price(line: Mapping[str, Json]) -> Mapping[str, object]:
    return {"quantity": line["quantity"], "unit_price": line["unit_price"]}


def _components(line: Mapping[str, Json]) -> Sequence[Component]:
    """Return the taxes of a line: a list of them, or one percentage."""
    inclusive = bool(line.get("price_include"))
    if "taxes" not in line:
        return (Component(code="tax", rate=Decimal(line["tax_rate"]), inclusive=inclusive),)
    return [
        Component(
            code=str(at), kind=ComponentKind(tax["kind"]), rate=Decimal(tax["rate"]),
            inclusive=inclusive,
        )
        for at, tax in enumerate(line["taxes"])
    ]  # fmt: skip


def _taxed(taxes: Sequence[Component], item: Mapping[str, object], exponent: int) -> NetAndTax:
    profile = TaxProfile.from_components(taxes)
    result = compute_tax(profile, (item,), currency=CURRENCIES[exponent])
    return NetAndTax(result.net, result.tax)


# --- purchases -----------------------------------------------------------------------------


def partially_deductible(case: Case) -> object:
    """Answer with the journal of a purchase of which a part is private."""
    sums: dict[str, Fraction] = {}
    for line in case.inputs["lines"]:
        for role, amount in _purchase(line, case.inputs["currency_decimals"]).items():
            sums[role] = sums.get(role, Fraction()) + amount
    posted = tuple({"role": role, "amount": amount} for role, amount in sums.items() if amount)
    return {"journal": Unordered(posted, exact=True)}


def _purchase(line: Mapping[str, Json], exponent: int) -> Mapping[str, Fraction]:
    rates = line["tax_rates"]
    taxes = [Component(code=rate, rate=Decimal(rate), inclusive=False) for rate in rates]
    item = {**_price(line), "discount_percent": line["discount_pct"]}
    profile = TaxProfile.from_components(taxes)
    taxed = compute_tax(profile, (item,), currency=CURRENCIES[exponent]).items[0]
    parts = split_deductible(
        taxed.net, [tax.amount for tax in taxed.components], line["deductible_pct"],
        exponent=exponent,
    )  # fmt: skip
    own = {f"tax_{rate}": tax for rate, tax in zip(rates, parts.taxes, strict=True)}
    posted = {
        "expense": parts.net,
        "private_part": parts.private_net,
        "private_part_tax": parts.private_tax,
        **own,
    }
    return {
        **{role: Fraction(amount) for role, amount in posted.items()},
        "payable": -Fraction(parts.payable),
    }


TERMS_ADAPTERS: Final = MappingProxyType(
    {
        "instalments": instalments,
        "instalments_two_currencies": instalments_two_currencies,
        "instalment_validity": instalment_validity,
        "split_by_days": split_by_days,
        "split_by_percent": split_by_percent,
        "blended_percent": blended_percent,
        "early_discount": early_discount,
        "order_discount": order_discount,
        "partially_deductible": partially_deductible,
    }
)
