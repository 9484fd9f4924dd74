"""Second readings over plain fractions: what the figures of a case add up to."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from tests.vectors.cases import Case, Json

UNTAXED = frozenset({"Z", "E", "AE", "K", "G", "O"})


def exact_invoice(case: Case) -> Mapping[str, object]:
    """Return every figure of a document that follows from a case's lines and adjustments."""
    lines = case.inputs["lines"]
    adjustments = case.inputs["document_allowances_charges"]
    nets = [_line_net(line) for line in lines]
    taxable: dict[tuple[str, Fraction], Fraction] = {}
    parts = [*zip(lines, nets, strict=True), *((each, _signed(each)) for each in adjustments)]
    for part, amount in parts:
        group = _group(part)
        taxable[group] = taxable.get(group, Fraction()) + amount
    taxes = {group: _cents(base * group[1] / 100) for group, base in taxable.items()}
    tax, net = sum(taxes.values(), Fraction()), sum(taxable.values(), Fraction())
    prepaid, rounding = _figure(case.inputs, "prepaid"), _figure(case.inputs, "payable_rounding")
    return {
        "line_nets": [str(amount) for amount in nets],
        "vat_breakdown": [
            {
                "category": code,
                "rate": str(rate),
                "taxable": str(base),
                "tax": str(taxes[code, rate]),
            }
            for (code, rate), base in taxable.items()
        ],
        "tax_totals": [{"currency": case.inputs["currency"], "amount": str(tax)}],
        "totals": {
            "line_extension": str(sum(nets, Fraction())),
            "allowance_total": str(_sum(adjustments, charge=False)),
            "charge_total": str(_sum(adjustments, charge=True)),
            "tax_exclusive": str(net),
            "tax_inclusive": str(net + tax),
            "prepaid": str(prepaid),
            "payable_rounding": str(rounding),
            "payable": str(net + tax - prepaid + rounding),
        },
    }


def _line_net(line: Mapping[str, Json]) -> Fraction:
    """Return what a line with a price comes to; a missing quantity is one."""
    price = Fraction(line.get("quantity", 1)) * Fraction(line["unit_price"])
    adjusted = sum((_signed(each) for each in line.get("allowances_charges", ())), Fraction())
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
    return _steps(amount, Fraction(1, 100))


def _steps(amount: Fraction, step: Fraction) -> Fraction:
    """Return an amount rounded to a step, half away from zero."""
    count = (abs(amount) / step * 2 + 1) // 2
    return count * step if amount > 0 else -count * step


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


# --- single rules --------------------------------------------------------------------------

LETTERS = {"IC": "K", "IG": "L", "IP": "M"}
"""Codes of categories that the names of rules spell otherwise."""


def breaks_rule(case: Case) -> bool:
    """Return whether a fragment breaks a rule that reference validators apply with slack."""
    family, _, number = case.inputs["rule"].rpartition("-")
    match family, number:
        case "PEPPOL-EN16931", "R120":
            lines = [line for line in case.inputs["lines"] if "unit_price" in line]
            return any(_figure(line, "net") != _line_net(line) for line in lines)
        case "PEPPOL-EN16931", "R040":
            return any(map(_is_another_share, all_adjustments(case)))
        case "BR-CO", "17":
            return any(_tax(row) != _cents(_charged(row)) for row in _rows(case))
        case _, "08":
            return any(_taxable(case, row) != _figure(row, "taxable") for row in _of(family, case))
        case _, "09":
            return any(_tax(row) != _due(row) for row in _of(family, case))
        case _:
            return False


def all_adjustments(case: Case) -> list[Mapping[str, Json]]:
    """Return the allowances and charges of the lines of a fragment, then its own."""
    of_lines = (line.get("allowances_charges", ()) for line in case.inputs.get("lines", ()))
    of_document = case.inputs.get("document_allowances_charges", ())
    return [each for part in (*of_lines, of_document) for each in part]


def _is_another_share(part: Mapping[str, Json]) -> bool:
    if "base" not in part or "percent" not in part:
        return False
    share = _cents(Fraction(part["base"]) * Fraction(part["percent"]) / 100)
    return _figure(part, "amount") != share


def _rows(case: Case) -> Sequence[Mapping[str, Json]]:
    return tuple(case.inputs.get("vat_breakdown", ()))


def _of(family: str, case: Case) -> list[Mapping[str, Json]]:
    """Return the rows of the category that a family of rules is about."""
    letters = family.removeprefix("BR-")
    return [row for row in _rows(case) if row.get("category") == LETTERS.get(letters, letters)]


def _figure(part: Mapping[str, Json], key: str) -> Fraction:
    return Fraction(part.get(key) or 0)


def _tax(row: Mapping[str, Json]) -> Fraction:
    return _figure(row, "tax")


def _charged(row: Mapping[str, Json]) -> Fraction:
    return _figure(row, "taxable") * _figure(row, "rate") / 100


def _due(row: Mapping[str, Json]) -> Fraction:
    return Fraction() if row["category"] in UNTAXED else _cents(_charged(row))


def _taxable(case: Case, row: Mapping[str, Json]) -> Fraction:
    """Return what the lines and adjustments of a row's category, and rate if taxed, come to."""
    lines = ((line, _figure(line, "net")) for line in case.inputs.get("lines", ()))
    adjusted = (
        (each, _signed(each)) for each in case.inputs.get("document_allowances_charges", ())
    )
    same = (
        amount
        for part, amount in (*lines, *adjusted)
        if part.get("vat_category") == row["category"]
        and (row["category"] in UNTAXED or _figure(part, "vat_rate") == _figure(row, "rate"))
    )
    return sum(same, Fraction())


# --- taxes of one line ---------------------------------------------------------------------


def rounded_taxes(case: Case) -> tuple[Fraction, ...] | None:
    """Return the taxes of a line, each rounded on its own; None for any but plain percentages.

    Those are due on one net, which the price includes them all to, or is.
    """
    line, step = case.inputs["lines"][0], Fraction(case.inputs["currency_rounding"])
    taxes = line["taxes"]
    if isinstance(taxes, str):
        return None
    plain = all(tax["kind"] == "percent" and not tax["compound"] for tax in taxes)
    if not plain or len({tax["price_include"] for tax in taxes}) != 1:
        return None
    price = Fraction(line["quantity"]) * Fraction(line["unit_price"])
    inside = (Fraction(tax["rate"]) for tax in taxes if tax["price_include"])
    net = price / (1 + sum(inside, Fraction()) / 100)
    return tuple(_steps(net * Fraction(tax["rate"]) / 100, step) for tax in taxes)
