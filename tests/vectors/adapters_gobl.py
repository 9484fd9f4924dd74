"""Adapters for invoices whose sums keep every digit, and whose printed figures are rounded last."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from hera_engine.money import round_money
from hera_engine.tax import Component, RoundingRule, TaxedItem, TaxProfile, compute_tax
from tests.vectors.cases import Case, Json, NotSupported, Unordered

RETAINED: Final = frozenset(
    {"IRPF", "IRPEF", "IRES", "INPS", "ENASARCO", "ENPAM", "ISR", "RVAT", "RR", "RICA"}
)
"""Taxes that are kept back in their countries: on income, for pensions, of the value added."""

FINE: Final = "0.000001"
"""More decimals than the discounts of these files have."""

SURCHARGE: Final = "+"
"""Ends the code of a component that stands beside the tax it is a surcharge to."""

Tax = Mapping[str, Json]


def invoice_totals(case: Case) -> object:
    """Answer with the totals of an invoice: lines, charges and discounts, taxes, what is due."""
    inputs = case.inputs
    step = Decimal((0, (1,), -inputs["currency_decimals"]))
    lines = [_line(line, step if inputs["rounding"] == "line" else None)
             for line in inputs.get("lines", ())]  # fmt: skip
    charges = [_extra(charge, sign=1) for charge in inputs.get("charges", ())]
    discounts = [_extra(discount, sign=-1) for discount in inputs.get("discounts", ())]
    items = _taxed(case, (*lines, *charges, *discounts))

    def printed(value: Fraction) -> Fraction:
        return Fraction(round_money(value, step=step))

    net = sum((item.exact_net for item in items), Fraction())
    tax, retained = _tax(items, retained=False), _tax(items, retained=True)
    payable = printed(net + tax) - printed(retained)
    advance = sum(
        (_advance(each, payable, step) for each in inputs.get("advances", ())), Fraction()
    )
    return {
        "sum": printed(_gross(items[: len(lines)])),
        "charge": printed(_gross(items[len(lines) : len(lines) + len(charges)])),
        "discount": printed(-_gross(items[len(lines) + len(charges) :])),
        "tax_included": printed(tax),
        "total": printed(net),
        "tax": printed(tax),
        "total_with_tax": printed(net + tax),
        "retained_tax": printed(retained),
        "payable": payable,
        "advance": advance,
        "due": payable - advance,
        "taxes": Unordered(tuple(_rows(items, step)), exact=True),
        "lines": [_figures(line) for line in lines],
    }


def _figures(line: Mapping[str, Json]) -> dict[str, Fraction]:
    """Return what is printed of a line: its price, and what discounts leave of it."""
    if "amount" in line:
        return {"expected_sum": line["sum"], "expected_total": Fraction(line["amount"])}
    price = Fraction(line["quantity"]) * Fraction(line["unit_price"])
    percent = Fraction(line.get("discount_percent", 0))
    off = price * percent / 100 + Fraction(line.get("discount", 0))
    return {"expected_sum": price, "expected_total": price - off}


def tax_totals(case: Case) -> object:
    """Answer with the taxes of amounts, by category and rate, and their sum."""
    step = Decimal((0, (1,), -case.inputs["currency_decimals"]))
    items = _taxed(case, tuple(_extra(line, sign=1) for line in case.inputs["lines"]))
    return {
        "tax": round_money(_tax(items, retained=False), step=step),
        "taxes": Unordered(tuple(_rows(items, step)), exact=True),
    }


def _line(line: Mapping[str, Json], step: Decimal | None) -> dict[str, Json]:
    """Return a line as an item; its total is rounded where a step is given."""
    price = Fraction(line["quantity"]) * Fraction(line["unit_price"])
    discounts = line.get("discounts", ())
    percents = [Fraction(_plain(each["percent"])) for each in discounts if "percent" in each]
    amounts = [Fraction(each["amount"]) for each in discounts if "percent" not in each]
    if step is not None:
        price = Fraction(round_money(price, step=step))
        amounts += [Fraction(round_money(price * part / 100, step=step)) for part in percents]
        whole = price - sum(amounts, Fraction())
        return {"amount": round_money(whole, step=step), "sum": price, "taxes": line["taxes"]}
    if percents and amounts:
        raise NotSupported("discounts on a line in percent and in money")
    found = {key: line[key] for key in ("quantity", "unit_price", "taxes")}
    if percents:
        found["discount_percent"] = round_money(sum(percents, Fraction()), step=FINE)
    if amounts:
        found["discount"] = round_money(sum(amounts, Fraction()), step=FINE)
    return found


def _extra(extra: Mapping[str, Json], *, sign: int) -> dict[str, Json]:
    """Return a charge or a discount on the document as an item."""
    amount = extra["amount"] if sign > 0 else f"-{extra['amount']}"
    return {"amount": amount, "taxes": extra["taxes"]}


def _plain(percent: str) -> str:
    return percent.rstrip("%")


def _taxed(case: Case, lines: Sequence[Mapping[str, Json]]) -> tuple[TaxedItem, ...]:
    """Return the items of an invoice with their exact taxes."""
    parts: dict[str, Component] = {}
    items = []
    for line in lines:
        own = [part for tax in line["taxes"] for part in _components(tax, case)]
        parts |= {part.code: part for part in own}
        fields = {key: value for key, value in line.items() if key not in ("sum", "taxes")}
        items.append({**fields, "components": [part.code for part in own]})
    profile = TaxProfile.from_components(parts.values(), rule=RoundingRule(name="none"))
    return compute_tax(profile, items, currency=case.inputs["currency"]).items


def _components(tax: Tax, case: Case) -> Iterator[Component]:
    """Yield the component that a tax is, and its surcharge; both are due on one base."""
    rate, category = tax.get("rate"), tax["category"]
    inclusive = case.inputs.get("prices_include") == category
    code = "|".join(str(tax.get(key, "")) for key in ("category", "key", "country"))
    retained = tax.get("retained", category in RETAINED)
    surcharge = tax.get("surcharge")
    code += f"|{rate or ''}|{surcharge or ''}"
    yield Component(
        code=code,
        rate=Decimal(_plain(rate or "0")),
        inclusive=inclusive,
        retained=retained,
        group=category,
    )
    if surcharge is not None:
        yield Component(code=code + SURCHARGE, rate=Decimal(_plain(surcharge)), inclusive=inclusive)


def _gross(items: Sequence[TaxedItem]) -> Fraction:
    """Return the exact prices of items, with the taxes that are in them."""
    return sum((item.exact_net + _inside(item) for item in items), Fraction())


def _inside(item: TaxedItem) -> Fraction:
    """Return the exact taxes that the price of an item includes."""
    known = (tax for tax in item.components if tax.component and tax.component.inclusive)
    return sum((tax.exact for tax in known), Fraction())


def _tax(items: Sequence[TaxedItem], *, retained: bool) -> Fraction:
    """Return the exact sum of the taxes that are kept back, or of the others."""
    return sum(
        (
            tax.exact
            for item in items
            for tax in item.components
            if tax.component and tax.component.retained is retained
        ),
        Fraction(),
    )


def _rows(items: Sequence[TaxedItem], step: Decimal) -> Iterator[dict[str, object]]:
    """Yield base and amount of each category and rate, a surcharge within its row."""
    sums: dict[str, list[Fraction]] = {}
    retained: dict[str, bool] = {}
    for item in items:
        for tax in item.components:
            assert tax.component is not None
            retained[tax.code] = tax.component.retained
            base, amount = sums.setdefault(tax.code, [Fraction(), Fraction()])
            sums[tax.code] = [base + tax.exact_base, amount + tax.exact]
    for code, (base, amount) in sums.items():
        if code.endswith(SURCHARGE):
            continue
        category, key, country, rate, surcharge = code.split("|")
        row: dict[str, object] = {
            "category": category,
            "base": round_money(base, step=step),
            "amount": round_money(amount, step=step),
            "retained": retained[code],
        }
        row |= {name: value for name, value in (("key", key), ("country", country)) if value}
        if rate:
            row["rate"] = rate
        if surcharge:
            extra = round_money(sums[code + SURCHARGE][1], step=step)
            row |= {"surcharge_rate": surcharge, "surcharge_amount": extra}
            row["surcharge"] = {"percent": surcharge, "amount": extra}
        yield row


def _advance(advance: Mapping[str, Json], payable: Fraction, step: Decimal) -> Fraction:
    """Return what was paid before: an amount, or a percentage of the payable."""
    if "percent" not in advance:
        return Fraction(advance["amount"])
    share = payable * Fraction(_plain(advance["percent"])) / 100
    return Fraction(round_money(share, step=step))


GOBL_ADAPTERS: Final = MappingProxyType(
    {"invoice_totals": invoice_totals, "tax_totals": tax_totals}
)
