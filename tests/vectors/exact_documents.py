"""A second reading of EN 16931 over plain fractions: what the figures of a case add up to."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from tests.vectors.cases import Case, Json

UNTAXED = frozenset({"Z", "E", "AE", "K", "G", "O"})


def exact_invoice(case: Case) -> Mapping[str, object]:
    """Return line nets, total tax and sums that follow from a case's lines and adjustments."""
    lines = case.inputs["lines"]
    adjustments = case.inputs["document_allowances_charges"]
    nets = [_line_net(line) for line in lines]
    taxable: dict[tuple[str, Fraction], Fraction] = {}
    parts = [*zip(lines, nets, strict=True), *((each, _signed(each)) for each in adjustments)]
    for part, amount in parts:
        group = _group(part)
        taxable[group] = taxable.get(group, Fraction()) + amount
    tax = sum((_cents(base * rate / 100) for (_, rate), base in taxable.items()), Fraction())
    net = sum(taxable.values(), Fraction())
    paid = Fraction(case.inputs.get("prepaid", 0)) - Fraction(
        case.inputs.get("payable_rounding", 0)
    )
    return {
        "line_nets": [str(amount) for amount in nets],
        "totals": {
            "line_extension": str(sum(nets, Fraction())),
            "allowance_total": str(_sum(adjustments, charge=False)),
            "charge_total": str(_sum(adjustments, charge=True)),
            "tax_exclusive": str(net),
            "tax_inclusive": str(net + tax),
            "payable": str(net + tax - paid),
        },
    }


def _line_net(line: Mapping[str, Json]) -> Fraction:
    price = Fraction(line["quantity"]) * Fraction(line["unit_price"])
    adjusted = sum((_signed(each) for each in line["allowances_charges"]), Fraction())
    return _cents(price / Fraction(line.get("base_quantity", 1)) + adjusted)


def _group(part: Mapping[str, Json]) -> tuple[str, Fraction]:
    category = part["vat_category"]
    return category, Fraction(0 if category in UNTAXED else part["vat_rate"])


def _signed(adjustment: Mapping[str, Json]) -> Fraction:
    amount = Fraction(adjustment["amount"])
    return amount if adjustment["charge"] else -amount


def _sum(adjustments: Sequence[Mapping[str, Json]], *, charge: bool) -> Fraction:
    amounts = (Fraction(each["amount"]) for each in adjustments if each["charge"] is charge)
    return sum(amounts, Fraction())


def _cents(amount: Fraction) -> Fraction:
    """Return an amount rounded to two decimals, half away from zero."""
    cents = (abs(amount) * 200 + 1) // 2
    return Fraction(cents if amount > 0 else -cents, 100)


def exact_purchase(case: Case) -> Fraction:
    """Return what is owed for a purchase: nets, and each tax of a line rounded once."""
    step = 10 ** case.inputs["currency_decimals"]
    owed = Fraction()
    for line in case.inputs["lines"]:
        kept = 1 - Fraction(line["discount_pct"]) / 100
        net = Fraction(line["quantity"]) * Fraction(line["unit_price"]) * kept
        parts = [net, *(net * Fraction(rate) / 100 for rate in line["tax_rates"])]
        owed += sum((_cents(part * step / 100) * 100 / step for part in parts), Fraction())
    return owed
