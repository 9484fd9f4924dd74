"""Adapters for documents of components: lines, groups of taxes, remapped prices, shares."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from hera_engine.money import round_money
from hera_engine.tax import (
    CashDifference,
    CashPayable,
    ComponentKind,
    DocumentShare,
    TaxComponent,
    TaxedItem,
    TaxProfile,
    TaxResult,
    cash_payable,
    compute_tax,
    convert_taxes,
    net_of_gross,
    remap_price,
    share_of_document,
)
from tests.vectors.cases import Case, Json, Unordered, decimal_of, is_decimal
from tests.vectors.component_cases import (
    CURRENCY,
    RULES,
    Document,
    as_printed,
    component,
    document,
)

EXACT: Final = "EXACT-UNROUNDED"
CASH_TO: Final[Mapping[str, CashDifference]] = MappingProxyType(
    {"add_invoice_line": CashDifference.LINE, "biggest_tax": CashDifference.LARGEST_TAX}
)


def tax_line(case: Case) -> object:
    """Answer with net, total and the taxes of one line, each share of a tax on its own."""
    found = document(case)
    result = found.compute()
    if case.verify.get("rule") == EXACT:
        return _exact_line(case, found, result.items[0])
    return {
        "net": result.net,
        "total": result.gross,
        "taxes": _tax_rows(result.items[0], found.names[0]),
        "tax_first_would_give": _tax_first(found),
    }


def _tax_first(found: Document) -> dict[str, object]:
    """Return the net and the first tax of a line by the rule of today's version of the source."""
    assert found.profile.rule is not None
    rule = replace(found.profile.rule, name=RULES["LINE-TAX-FIRST"])
    item = replace(found, profile=replace(found.profile, rule=rule)).compute().items[0]
    return {"net": item.net, "amount": next((tax.amount for tax in item.components), None)}


def _tax_rows(item: TaxedItem, names: Mapping[str, str]) -> list[dict[str, object]]:
    """Return one row for each share of each tax."""
    return [
        {
            "name": names[tax.code],
            "base": tax.base,
            "amount": amount,
            "reverse_charge_leg": _is_leg(tax, percent),
        }
        for tax in item.components
        for amount, percent in zip(tax.shares, _shares(tax), strict=True)
    ]


def _exact_line(case: Case, found: Document, item: TaxedItem) -> object:
    """Answer with the exact figures, after both ways back were gone that the source asserts."""
    precision = case.inputs["expected_precision"]
    rows = [
        (tax, percent, tax.exact * Fraction(percent) / 100)
        for tax in item.components
        for percent in _shares(tax)
    ]
    total = item.exact_net + sum((amount for _, _, amount in rows), Fraction())
    count = Fraction(case.inputs["lines"][0]["quantity"])
    inverse = case.inputs.get("inverse_also_asserted", {})
    if inverse.get("from_total"):
        assert net_of_gross(found.profile.components, total / count) * count == item.exact_net
    if inverse.get("from_net"):
        assert _exact_taxes_on_net(found, item) == [tax.exact for tax in item.components]
    return {
        "net": as_printed(item.exact_net, precision),
        "total": as_printed(total, precision),
        "taxes": [
            {
                "name": found.names[0][tax.code],
                "base": as_printed(tax.exact_base, precision),
                "amount": as_printed(amount, precision),
                "reverse_charge_leg": _is_leg(tax, percent),
            }
            for tax, percent, amount in rows
        ],
    }


def _exact_taxes_on_net(found: Document, item: TaxedItem) -> list[Fraction]:
    """Return the exact taxes of a line whose price is the net that was found, taxes on top.

    A net that no decimal is gets multiplied until it is a whole number: its taxes, none of which
    is a fixed amount, are that many times the others.
    """
    parts = tuple(replace(part, inclusive=False) for part in found.profile.components)
    profile = TaxProfile.from_components(parts, rule=found.profile.rule)
    line = found.items[0]
    price = item.exact_net / Fraction(str(line["quantity"]))
    scale = 1 if is_decimal(price) else price.denominator
    assert scale == 1 or all(part.kind is not ComponentKind.FIXED for part in parts)
    on_net = {**line, "unit_price": decimal_of(price * scale), "inclusive": False}
    taxed = compute_tax(profile, (on_net,), currency=CURRENCY).items[0]
    return [tax.exact / scale for tax in taxed.components]


def _shares(tax: TaxComponent) -> tuple[Decimal, ...]:
    assert tax.component is not None
    return tax.component.shares


def _is_leg(tax: TaxComponent, percent: Decimal) -> bool:
    assert tax.component is not None
    return tax.component.reverse_charge and percent < 0


def price_remap(case: Case) -> object:
    """Answer with a unit price that includes other taxes than before."""
    inputs = case.inputs
    price = remap_price(
        Fraction(inputs["unit_price"]),
        tuple(component(tax) for tax in inputs["from_taxes"]),
        tuple(component(tax) for tax in inputs["to_taxes"]),
    )
    return {"unit_price": price}


# --- documents -----------------------------------------------------------------------------


def odoo_document(case: Case) -> object:
    """Answer with the totals of a document, its groups of taxes, and both in another currency."""
    found = document(case)
    result = found.compute()
    cash = _cash(case, result)
    moved = Decimal(0) if cash is None else cash.difference
    answer = _totals(result, moved, cash)
    foreign = case.inputs.get("foreign")
    if foreign is None:
        return {**answer, "tax_groups": Unordered(tuple(answer["tax_groups"]), exact=True)}
    per_base = Decimal(foreign["document_units_per_base_unit"])
    step = foreign["base_currency_rounding"]
    result = convert_taxes(found.profile, found.items, currency=CURRENCY, per_base=per_base)
    moved = round_money(Fraction(moved) / Fraction(per_base), step=step)
    books = _totals(result, moved, cash)
    pairs = zip(answer["tax_groups"], books.pop("tax_groups"), strict=True)
    groups = tuple({**group, "base_currency": theirs} for group, theirs in pairs)
    return {**answer, "base_currency": books, "tax_groups": Unordered(groups, exact=True)}


def _totals(result: TaxResult, moved: Decimal, cash: CashPayable | None) -> dict[str, Json]:
    """Return totals and groups, with what cash rounding moved on a line or on a tax."""
    bearer = None if cash is None else cash.code
    groups = _groups(result.items, bearer, moved)
    on_tax = Fraction(moved) if bearer else Fraction()
    return {
        "net": result.net,
        "tax": Fraction(result.tax) + on_tax,
        "total": Fraction(result.gross) + Fraction(moved),
        "cash_rounding_delta": moved,
        "tax_groups": groups,
    }


def _cash(case: Case, result: TaxResult) -> CashPayable | None:
    said = case.inputs.get("cash_rounding")
    if said is None:
        return None
    mode = said["method"].lower()
    return cash_payable(result, Decimal(said["rounding"]), mode=mode, to=CASH_TO[said["strategy"]])


def _groups(
    items: Iterable[TaxedItem], bearer: str | None = None, moved: Decimal = Decimal(0)
) -> tuple[dict[str, Json], ...]:
    """Return the groups of taxes: the amounts of all, on the base of the first on each line.

    The group of the ``bearer`` has what cash rounding moved as well.
    """
    bases: dict[str, Fraction] = {}
    amounts: dict[str, Fraction] = {}
    for item in items:
        seen: set[str] = set()
        for tax in item.components:
            group = _group(tax)
            amounts[group] = amounts.get(group, Fraction()) + Fraction(tax.amount)
            if tax.code == bearer:
                amounts[group] += Fraction(moved)
                bearer = None
            if group not in seen:
                bases[group] = bases.get(group, Fraction()) + Fraction(tax.base)
            seen.add(group)
    return tuple(
        {"group": group, "base": bases[group], "amount": amount}
        for group, amount in amounts.items()
    )


def _group(tax: TaxComponent) -> str:
    assert tax.component is not None
    return str(tax.component.group)


def tax_document_lines(case: Case) -> object:
    """Answer with the figures of each line, and by how much its net was moved."""
    items = document(case).compute().items
    step = case.inputs["currency_rounding"]
    return {
        "per_line": [
            {
                "net": item.net,
                "total": item.gross,
                "net_residue": Fraction(item.net)
                - Fraction(round_money(item.exact_net, step=step)),
                "taxes": [{"base": tax.base, "amount": tax.amount} for tax in item.components],
            }
            for item in items
        ]
    }


# --- parts of documents --------------------------------------------------------------------


def document_down_payment(case: Case) -> object:
    """Answer with a part of a document."""
    share = _share(case, document(case))
    groups = _group_shares(case, share)
    shown = tuple({"group": name, "base": b, "amount": a} for name, (b, a) in groups.items())
    return {
        "net": share.net,
        "tax": share.tax,
        "total": share.gross,
        "tax_groups": Unordered(shown, exact=True),
    }


def document_global_discount(case: Case) -> object:
    """Answer with what a discount on the whole leaves of a document."""
    found = document(case)
    share, result = _share(case, found), found.compute()
    off = _group_shares(case, share)
    groups = tuple(
        {
            "group": group["group"],
            "base": _less(group["base"], off.get(str(group["group"]), _NOTHING)[0]),
            "amount": _less(group["amount"], off.get(str(group["group"]), _NOTHING)[1]),
        }
        for group in _groups(result.items)
    )
    return {
        "net": _less(result.net, share.net),
        "tax": _less(result.tax, share.tax),
        "total": _less(result.gross, share.gross),
        "tax_groups": Unordered(groups, exact=True),
    }


_NOTHING: Final = (Decimal(0), Decimal(0))


def _less(value: Json, taken: Decimal) -> Fraction:
    return Fraction(value) - Fraction(taken)


def _share(case: Case, found: Document) -> DocumentShare:
    """Return so many percent of a document, or the part of it that is an amount."""
    amount = Fraction(case.inputs["amount"])
    if case.inputs["amount_type"] != "percent":
        whole = share_of_document(found.profile, found.items, Decimal(100), currency=CURRENCY)
        amount = amount * 100 / Fraction(whole.gross)
    return share_of_document(found.profile, found.items, amount, currency=CURRENCY)


def _group_shares(case: Case, share: DocumentShare) -> dict[str, tuple[Decimal, Decimal]]:
    """Return base and amount by group; in these files a group has one tax."""
    groups: dict[str, Sequence[Decimal]] = {}
    names = {each.code: str(each.group) for each in document(case).profile.components}
    for part in share.components:
        assert names[part.code] not in groups
        groups[names[part.code]] = (part.base, part.amount)
    return {name: (base, amount) for name, (base, amount) in groups.items()}


ODOO_ADAPTERS: Final = MappingProxyType(
    {
        "tax_line": tax_line,
        "price_remap": price_remap,
        "tax_document_lines": tax_document_lines,
        "document_down_payment": document_down_payment,
        "document_global_discount": document_global_discount,
    }
)
