"""Adapters for taxes that stand beside the lines: shops, ledgers and national examples."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from hera_engine import PostingEngine
from hera_engine.money import round_money
from hera_engine.tax import (
    Component,
    RoundingRule,
    TaxProfile,
    TaxResult,
    compute_tax,
    net_of_gross,
)
from tests.vectors.cases import Case, Json, NotSupported, Unordered
from tests.vectors.component_cases import (
    CURRENCIES,
    CURRENCY,
    component,
    document,
    increment_of,
    rule_of,
)
from tests.vectors.hera_setup import EVENT, event_of

SHOP_PRECISION: Final = "0.0001"
"""Decimals that the one shop prints which rounds nothing."""
SHOP_RULES: Final = ("EXACT-UNROUNDED", "strip the compound tax first")
"""What the rules of its cases begin with."""


# --- shops ---------------------------------------------------------------------------------


def shop_document(case: Case) -> object:
    """Answer for a document all of whose lines bear the same taxes."""
    taxes = case.inputs["taxes"]
    named = {base for tax in taxes for base in tax.get("compounds_on", ())}
    parts = tuple(
        component(
            tax,
            compound=tax["name"] in named,
            base_affected=bool(tax.get("compounds_on")),
            sequence=index,
        )
        for index, tax in enumerate(taxes)
    )
    profile = TaxProfile.from_components(parts, rule=rule_of(case))
    result = _with_discount(case, profile)
    amounts = _by_code(result)
    answer: dict[str, object] = {
        "net": result.net, "tax": result.tax, "total": result.gross, "tax_amounts": amounts,
        "per_line_tax": [item.tax for item in result.items],
    }  # fmt: skip
    if str(case.verify["rule"]).startswith(SHOP_RULES):
        exact = {
            code: round_money(amount, step=SHOP_PRECISION)
            for code, amount in _exact_by_code(result).items()
        }
        answer |= {"tax_amounts": exact, "precision": SHOP_PRECISION}
    return answer


def _with_discount(case: Case, profile: TaxProfile) -> TaxResult:
    """Return the taxes of a document less a discount on its total, or on its net."""
    lines = [_item(line) for line in case.inputs["lines"]]
    discount = case.inputs.get("document_discount")
    if discount is None:
        return compute_tax(profile, lines, currency=CURRENCY)
    if len(lines) > 1:
        raise NotSupported("a document discount over several lines")
    if discount["on"] == "net":
        net = compute_tax(profile, lines, currency=CURRENCY).net
        quantity = Fraction(lines[0]["quantity"])
        price = _exact_decimal(Fraction(net) / quantity)
        lines = [{**lines[0], "unit_price": price, "inclusive": False}]
    items = [{**lines[0], "discount": discount["amount"]}]
    return compute_tax(profile, items, currency=CURRENCY)


def _exact_decimal(value: Fraction) -> Decimal:
    """Return a fraction that has few decimals as what it is."""
    found = round_money(value, step="0.00000001")
    assert Fraction(found) == value
    return found


def _item(line: Mapping[str, Json]) -> dict[str, Json]:
    return {"unit_price": line["unit_price"], "quantity": line["quantity"]}


def _by_code(result: TaxResult) -> dict[str, Fraction]:
    """Return the amount of each component over all items."""
    amounts: dict[str, Fraction] = {}
    for item in result.items:
        for tax in item.components:
            amounts[tax.code] = amounts.get(tax.code, Fraction()) + Fraction(tax.amount)
    return amounts


def _exact_by_code(result: TaxResult) -> dict[str, Fraction]:
    """Return the exact amount of each component over all items."""
    amounts: dict[str, Fraction] = {}
    for item in result.items:
        for tax in item.components:
            amounts[tax.code] = amounts.get(tax.code, Fraction()) + tax.exact
    return amounts


def tax_rows(case: Case) -> object:
    """Answer for rows of taxes on the net, with rates that single items have instead."""
    if "document_discount_on_net" in case.expected:
        raise NotSupported("a discount that is not among the inputs")
    rows, lines = case.inputs["tax_rows"], case.inputs["lines"]
    if any(row["basis"] != "on_net" for row in rows):
        raise NotSupported("tax rows on other rows")
    parts: dict[str, Component] = {}
    items = []
    for line in lines:
        codes = []
        for row in rows:
            rate = line.get("tax_override", {}).get(row["name"], row["value"])
            code = f"{row['name']} {rate}"
            parts[code] = Component(code=code, rate=Decimal(rate), jurisdiction=row["name"])
            codes.append(code)
        items.append({**_item(line), "components": codes})
    rule = RoundingRule(name="jurisdiction", increment=increment_of(case))
    profile = TaxProfile.from_components(parts.values(), rule=rule)
    result = compute_tax(profile, items, currency=CURRENCY)
    whole = round_money(result.gross, step=1)
    return {
        "net": result.net,
        "total": result.gross,
        "tax_rows": _running(result, rows),
        "rounded_total": whole,
        "rounding_adjustment": Fraction(whole) - Fraction(result.gross),
    }


def _running(result: TaxResult, rows: Sequence[Mapping[str, Json]]) -> list[dict[str, Fraction]]:
    """Return the amount of each row, and the total up to it."""
    amounts: dict[str | None, Fraction] = {}
    for item in result.items:
        for tax in item.components:
            assert tax.component is not None
            name = tax.component.jurisdiction
            amounts[name] = amounts.get(name, Fraction()) + Fraction(tax.amount)
    total, found = Fraction(result.net), []
    for row in rows:
        total += amounts[row["name"]]
        found.append({"amount": amounts[row["name"]], "running_total": total})
    return found


def tax_document_gl(case: Case) -> object:
    """Answer with figures that need no line for what rounding left over."""
    if "taxes" not in case.inputs:
        raise NotSupported("taxes that are not among the inputs")
    return shop_document(case)


# --- lines with taxes of their own ---------------------------------------------------------


def line_tax(case: Case) -> object:
    """Answer with the exact taxes of one line."""
    found = document(case)
    item = found.compute().items[0]
    total = item.exact_net + sum((tax.exact for tax in item.components), Fraction())
    taxes = [
        {"name": found.names[0][tax.code], "base": tax.exact_base, "amount": tax.exact}
        for tax in item.components
    ]
    return {"net": item.exact_net, "total": total, "taxes": taxes}


def price_without_tax(case: Case) -> object:
    """Answer with the net unit price that taxes bring up to a gross one."""
    parts = tuple(component(tax) for tax in case.inputs["taxes"])
    return {"net_unit_price": net_of_gross(parts, Fraction(case.inputs["gross_unit_price"]))}


def partial_deductible(case: Case) -> object:
    """Answer with the expense and the tax of which a part may not be deducted."""
    items, parts = [], []
    for index, line in enumerate(case.inputs["lines"]):
        percent = Decimal(line["tax_deductible_rate"]) * 100
        own = [component(tax, code=f"{index} {tax['name']}", recoverable=percent)
               for tax in line["taxes"]]  # fmt: skip
        parts += own
        items.append({**_item(line), "components": [part.code for part in own]})
    rule = RoundingRule(increment=increment_of(case))
    result = compute_tax(TaxProfile.from_components(parts, rule=rule), items, currency=CURRENCY)
    lost = sum(
        (Fraction(tax.non_recoverable) for item in result.items for tax in item.components),
        Fraction(),
    )
    return {
        "net": Fraction(result.net) + lost,
        "tax": Fraction(result.tax) - lost,
        "total": result.gross,
    }


def ledger_document(case: Case) -> object:
    """Answer for a document whose base is the sum of its lines, each rounded."""
    repeated = [line for line in case.inputs["lines"] for _ in range(line.get("count", 1))]
    rounding = "total-of-lines" if case.inputs["rounding"] == "total" else "line"
    decimals = case.inputs["currency_decimals"]
    inputs = {"lines": repeated, "rounding": rounding, "currency_decimals": decimals}
    found = document(Case(case.id, case.kind, inputs, None, {}))
    result = found.compute()
    bases: dict[str, Fraction] = {}
    amounts: dict[str, Fraction] = {}
    for item, names in zip(result.items, found.names, strict=True):
        for tax in item.components:
            name = names[tax.code]
            bases[name] = bases.get(name, Fraction()) + Fraction(tax.base)
            amounts[name] = amounts.get(name, Fraction()) + Fraction(tax.amount)
    return {
        "net": result.net,
        "total": result.gross,
        "taxes": [{"name": n, "base": bases[n], "amount": amounts[n]} for n in bases],
        "journal": [
            {"role": "receivable", "debit": result.gross},
            {"role": "revenue", "credit": result.net},
            {"role": "tax", "credit": result.tax},
        ],
    }


# --- national examples ---------------------------------------------------------------------

ORDERS: Final[Mapping[str, str]] = MappingProxyType(
    {"net_first": "net-first", "tax_first": "line-tax-first"}
)


def national_document(case: Case) -> object:
    """Answer for a document of rates: of each line, of the document, or of jurisdictions."""
    parts = _national_parts(case)
    inclusive = bool(case.inputs.get("prices_include_tax")) or "gross" in case.inputs
    profile = TaxProfile.from_components(
        parts.values(), rule=_national_rule(case), inclusive_prices=inclusive
    )
    result = compute_tax(profile, _national_items(case, parts), currency=CURRENCY)
    taxes = [tax for item in result.items for tax in item.components]
    exact = sum((item.exact_net for item in result.items), Fraction())
    exact += sum((tax.exact for tax in taxes), Fraction())
    answer: dict[str, object] = {
        "net": result.net, "tax": result.tax, "total": result.gross, "card": result.gross,
        "line_taxes": [item.tax for item in result.items],
        "parts": list(_by_code(result).values()),
        "taxes": [{"name": tax.code, "base": tax.base, "amount": tax.amount} for tax in taxes],
    }  # fmt: skip
    if "cash_steps" in case.inputs:
        steps = case.inputs["cash_steps"]
        answer["cash"] = [round_money(exact, step=step) for step in steps]
    if "cash_step" in case.inputs:
        answer["cash"] = round_money(result.gross, step=case.inputs["cash_step"])
    return answer


def _national_rule(case: Case) -> RoundingRule:
    """Return the rule of a national example; an order of rounding is one."""
    order = case.inputs.get("order")
    if order is None:
        plain = Case(case.id, case.kind, case.inputs, None, {})
        return rule_of(plain)
    return RoundingRule(name=ORDERS[order], increment=increment_of(case))


def _national_parts(case: Case) -> dict[str, Component]:
    """Return the components of a national example by code."""
    inputs = case.inputs
    said = inputs.get("jurisdictions") or inputs.get("taxes")
    if said:
        return {
            each["name"]: Component(
                code=each["name"], rate=each["rate"], compound=each.get("compound", False)
            )
            for each in said
        }
    rates = {inputs.get("tax_rate"), *(line.get("tax_rate") for line in inputs.get("lines", ()))}
    return {rate: Component(code=rate, rate=rate) for rate in sorted(filter(None, rates))}


def _national_items(case: Case, parts: Mapping[str, Component]) -> list[dict[str, Json]]:
    """Return the lines of a national example, or its one amount as a line."""
    inputs = case.inputs
    lines = inputs.get("lines")
    if lines is None:
        price = inputs.get("net") or inputs.get("gross") or inputs["unit_price"]
        lines = [{"unit_price": price, "quantity": inputs.get("quantity", "1")}]
    items = []
    for line in lines:
        own = line.get("tax_rate")
        items.append({**_item(line), "components": list(parts) if own is None else [own]})
    return items


# --- journals from a template ----------------------------------------------------------------

TEMPLATE: Final = """\
schema "Template"
ledgers GL
{accounts}
on {event} {{ given {debits} = {credits}  {lines} }}
"""


def posting_template(case: Case) -> object:
    """Answer with the journal of a rule that is the template, each amount of it rounded.

    The rule reads the variables alone; an event must have a total all the same. No rule compiles
    that may not balance, so it says of its sides that they are equal.
    """
    lines = case.inputs["lines"]
    sides = {
        side: " + ".join(f"round({each['expression']})" for each in lines if each["side"] == side)
        for side in ("debit", "credit")
    }
    text = TEMPLATE.format(
        accounts="\n".join(f"account {line['role']} {at} asset" for at, line in enumerate(lines)),
        event=EVENT,
        debits=sides["debit"],
        credits=sides["credit"],
        lines=" ".join(f"{line['side']} {line['role']} round({line['expression']})"
                       for line in lines),
    )  # fmt: skip
    decimals, variables = case.inputs["currency_decimals"], dict(case.inputs["variables"])
    event = event_of("1", variables, currency=CURRENCIES[decimals])
    entry = PostingEngine(text).simulate(event)
    posted = ({"role": line.account.key, line.side.word: line.amount} for line in entry.lines)
    return {"lines": Unordered(tuple(posted), exact=True)}


def bracket(_: Case) -> object:
    """Refuse: the table of brackets is not among the inputs."""
    raise NotSupported("a table of brackets that is not among the inputs")


PEER_ADAPTERS: Final = MappingProxyType(
    {
        "tax_document_gl": tax_document_gl,
        "tax_row_chain": tax_rows,
        "line_tax": line_tax,
        "price_without_tax": price_without_tax,
        "partial_deductible": partial_deductible,
        "posting_template": posting_template,
        "bracket": bracket,
    }
)
