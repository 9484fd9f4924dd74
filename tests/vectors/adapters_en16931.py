"""Adapters for documents of EN 16931: worked out from their lines, or checked by one rule."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from hera_engine.tax.en16931 import (
    Adjustment,
    CategoryTax,
    Document,
    DocumentLine,
    TaxTotal,
    Totals,
    check_document,
    complete_document,
)
from tests.vectors.cases import Case, Json, Stated, Unordered

TOTALS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "line_extension": "lines_net",
        "allowance_total": "allowances",
        "charge_total": "charges",
        "tax_exclusive": "net",
        "tax_inclusive": "gross",
        "prepaid": "prepaid",
        "payable_rounding": "rounding",
        "payable": "payable",
    }
)
"""Names of sums in a case, and ours."""


def invoice(case: Case) -> object:
    """Answer with the sums of a document of which lines and adjustments are given.

    Why a category is exempt, and the tax in a second currency, are statements of the seller: the
    case gives neither the article of law nor the rate of exchange. A total in the currency of the
    tax accounts is the same figure once more if that is the document's own.
    """
    document = complete_document(_document(case.inputs))
    taxes: list[Mapping[str, object]] = [
        {"currency": each.currency, "amount": each.amount} for each in document.tax_totals
    ]
    accounting = case.inputs["vat_accounting_currency"]
    if accounting == document.currency:
        taxes += taxes
    elif accounting is not None:
        taxes.append({"currency": accounting, "amount": Stated()})
    return {
        "line_nets": [line.net for line in document.lines],
        "vat_breakdown": Unordered(tuple(map(_row, document.breakdown)), exact=True),
        "tax_totals": Unordered(tuple(taxes)),
        "totals": {name: getattr(document.totals, ours) for name, ours in TOTALS.items()},
    }


def _row(row: CategoryTax) -> object:
    """Return a row of the breakdown; a missing rate is printed as nought by some."""
    return {
        "category": row.category,
        "rate": Decimal(0) if row.rate is None else row.rate,
        "taxable": row.taxable,
        "tax": row.tax,
        "exemption_code": Stated(),
    }


def rule_check(case: Case) -> object:
    """Answer with whether a fragment of a document keeps a rule."""
    broken = {finding.rule for finding in check_document(_document(case.inputs))}
    rule = case.inputs["rule"]
    return {"rule": rule, "valid": rule not in broken}


# --- translation ---------------------------------------------------------------------------


def _document(data: Mapping[str, Json]) -> Document:
    """Return a document or a fragment of one; prepaid and rounding may stand beside the totals."""
    sums = data.get("totals", {})
    return Document(
        currency=data.get("currency"),
        lines=tuple(map(_line, data.get("lines", ()))),
        adjustments=_adjustments(data.get("document_allowances_charges", ())),
        breakdown=tuple(map(_category_tax, data.get("vat_breakdown", ()))),
        tax_totals=tuple(
            TaxTotal(amount=_number(each, "amount"), currency=each.get("currency"))
            for each in data.get("tax_totals", ())
        ),
        totals=Totals(
            **{ours: _number(sums if name in sums else data, name) for name, ours in TOTALS.items()}
        ),
    )


def _line(data: Mapping[str, Json]) -> DocumentLine:
    discount = data.get("price_discount", {})
    return DocumentLine(
        quantity=_number(data, "quantity"),
        unit_price=_number(data, "unit_price"),
        base_quantity=_number(data, "base_quantity"),
        gross_price=_number(discount, "base"),
        price_discount=_number(discount, "amount"),
        adjustments=_adjustments(data.get("allowances_charges", ())),
        net=_number(data, "net"),
        category=data.get("vat_category"),
        rate=_number(data, "vat_rate"),
    )


def _adjustments(each: Sequence[Mapping[str, Json]]) -> tuple[Adjustment, ...]:
    return tuple(
        Adjustment(
            is_charge=data["charge"],
            amount=_number(data, "amount"),
            base=_number(data, "base"),
            percent=_number(data, "percent"),
            category=data.get("vat_category"),
            rate=_number(data, "vat_rate"),
        )
        for data in each
    )


def _category_tax(data: Mapping[str, Json]) -> CategoryTax:
    return CategoryTax(
        category=data.get("category"),
        rate=_number(data, "rate"),
        taxable=_number(data, "taxable"),
        tax=_number(data, "tax"),
    )


def _number(data: Mapping[str, Json], key: str) -> Decimal | None:
    """Return a figure; cases also write it as ``.00`` and ``00.0``, which our parser refuses."""
    text = data.get(key)
    return None if text is None else Decimal(text)


EN16931_ADAPTERS: Final = MappingProxyType({"invoice": invoice, "rule_check": rule_check})
