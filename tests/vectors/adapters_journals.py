"""Adapters for journals: each case becomes a schema in the language and the events of the case.

The document's currency is EUR, or KWD where it has three decimals; the company's is GBP.
Amounts are signed as in the cases: debits above zero, credits below.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from hera_engine import PostingEngine
from hera_engine.accounts import Side
from hera_engine.journal import JournalEntry, JournalLine
from hera_engine.money import round_money
from tests.vectors.cases import Case, Json, Unordered

BASE: Final = "GBP"
CURRENCIES: Final[Mapping[str, str]] = MappingProxyType(
    {"0.001": "KWD", "0.01": "EUR", "0.05": "EUR"}
)
"""A currency with the decimals of a step; that of 0.05 has coins of 0.05 and cents beside."""
DAY: Final = "2025-06-30"
EARLIER: Final = "2025-01-31"
DOCUMENT: Final = "HERA.VECTOR.DOCUMENT.V1"
MIRROR: Final = "HERA.VECTOR.MIRROR.V1"


# --- documents with taxes ------------------------------------------------------------------


def invoice_in_two_currencies(case: Case) -> object:
    """Answer with the lines of an invoice in a foreign currency."""
    inputs = case.inputs
    step = str(inputs.get("document_step", "0.01"))
    rates = [_quoted(CURRENCIES[step], inputs["foreign_per_base"], DAY)]
    if "original_foreign_per_base" in inputs:
        rates.append(_quoted(CURRENCIES[step], inputs["original_foreign_per_base"], EARLIER))
    assert inputs.get("base_step", "0.01") == "0.01"
    schema = document_schema(inputs, rounding="total")
    entry = PostingEngine(schema, exchange_rates=rates).simulate(
        document_event(inputs, CURRENCIES[step])
    )
    for line in entry.lines:
        assert Fraction(line.amount) % Fraction(step) == 0
    bases = {role: abs(Fraction(row["base_amount"])) for role, row in by_role(entry.lines).items()}
    return {"journal": rows_of(entry), "base": bases}


def _quoted(currency: str, per_base: str, day: str) -> Mapping[str, object]:
    return {"from": currency, "to": BASE, "per_base": per_base, "effective_from": day}


def journal_cash_rounding(case: Case) -> object:
    """Answer with the lines of a document whose payable is rounded to coins."""
    inputs = case.inputs
    to = {"separate_line": "line", "biggest_tax": "largest_tax"}[inputs["cash_strategy"]]
    step = f"step {inputs['cash_step']} {inputs['cash_mode']} to {to}"
    schema = document_schema(inputs, rounding=f"swedish {step}")
    event = document_event(inputs, "EUR")
    return {"journal": rows_of(PostingEngine(schema).simulate({**event, "base_currency": "EUR"}))}


def cash_rounding_total(case: Case) -> object:
    """Answer with net, tax, rounding and total of a document."""
    inputs = case.inputs
    codes = [f"T{index}" for index, _ in enumerate(inputs["lines"])]
    taxed = {
        "document": "invoice",
        "lines": [
            {"unit_price": line["unit_price"], "quantity": line["quantity"], "taxes": [code]}
            for code, line in zip(codes, inputs["lines"], strict=True)
        ],
        "taxes": [
            {"name": code, "kind": "percent", "rate": line["tax_rate"]}
            for code, line in zip(codes, inputs["lines"], strict=True)
        ],
    }
    assert inputs["cash_strategy"] == "separate_line"
    step = f"step {inputs['cash_step']} {inputs['cash_mode']} to line"
    engine = PostingEngine(document_schema(taxed, rounding=f"swedish {step}"))
    entry = engine.simulate({**document_event(taxed, "EUR"), "base_currency": "EUR"})
    sums = sums_of(entry.lines)
    return {
        "net": -_started(sums, "revenue"),
        "tax": -_started(sums, "tax_"),
        "rounding": -_started(sums, "rounding"),
        "total": sums["receivable"],
    }


def _started(sums: Mapping[str, Fraction], start: str) -> Fraction:
    """Return the sum over roles whose names begin alike."""
    return sum((amount for role, amount in sums.items() if role.startswith(start)), Fraction())


_SIDES: Final[Mapping[str, tuple[str, str, str, str]]] = MappingProxyType(
    {
        "invoice": ("revenue", "credit", "receivable", "debit"),
        "credit_note": ("revenue", "debit", "receivable", "credit"),
        "purchase": ("expense", "debit", "payable", "credit"),
    }
)
"""What the lines of a document post and on which side; and who pays or is paid."""


def document_schema(inputs: Mapping[str, Json], *, rounding: str) -> str:
    """Return the schema of a document: a line per item, per tax, and for the counterpart."""
    roles, (name, side, counterpart, other) = _roles(inputs), _SIDES[inputs["document"]]
    taxes = [tax["name"] for tax in inputs["taxes"]]
    keys = [*roles, counterpart, *(f"tax_{tax}" for tax in taxes)]
    rows = ", ".join(f'"{role}" -> {role}' for role in roles)
    # What is paid more than is due is a gain to who is paid, and a loss to who pays.
    gain, loss = ("rounding_gain", "rounding_loss")
    if inputs["document"] != "invoice":
        gain, loss = loss, gain
    cash = rounding.startswith("swedish")
    purchase = " purchase" if name == "expense" else ""
    return "\n".join(
        (
            "ledgers GL",
            *accounts_of((*keys, "rounding_gain", "rounding_loss")),
            "account revenue 4000 revenue" if "revenue" not in keys else "",
            f"tax profile document {{ prices exclusive rounding {rounding}",
            *(component_of(tax) for tax in inputs["taxes"]),
            *(f"bear {', '.join(line['taxes'])} for {_category(line)}" for line in _kinds(inputs)),
            "}",
            f"map account_of(role) {{ {rows} }}",
            f"on {DOCUMENT}{purchase} {{",
            f"for item in items {{ {side} account_of(item.role) net(item)",
            f"{side} tax_{taxes[0]} tax(item) }}",
            f"{side} {gain} cash_rounding when cash_rounding > 0" if cash else "",
            f"{other} {loss} (0 - cash_rounding) when cash_rounding < 0" if cash else "",
            f"{other} {counterpart} sum(gross(items)){' + cash_rounding' if cash else ''}",
            "}",
        )
    )


def _roles(inputs: Mapping[str, Json]) -> list[str]:
    """Return the roles of a document's lines: numbered where there are several."""
    name = _SIDES[inputs["document"]][0]
    count = len(inputs["lines"])
    return [name] if count == 1 else [f"{name}{number}" for number in range(1, count + 1)]


def component_of(tax: Mapping[str, Json]) -> str:
    """Return the declaration of a tax, with one account for what is owed and deducted."""
    key = f"tax_{tax['name']}"
    due = f"{tax['rate']}%" if tax["kind"] == "percent" else f"{tax['rate']} per unit"
    return f"component {tax['name']} {due} account {key} input {key}"


def _category(line: Mapping[str, Json]) -> str:
    return f"bearing_{'_'.join(line['taxes'])}"


def _kinds(inputs: Mapping[str, Json]) -> Iterable[Mapping[str, Json]]:
    """Return one line for each set of taxes."""
    return {_category(line): line for line in inputs["lines"]}.values()


def accounts_of(keys: Iterable[str]) -> list[str]:
    """Return declarations of accounts; their types do not matter here."""
    return [f"account {key} {3000 + index}" for index, key in enumerate(dict.fromkeys(keys))]


def document_event(inputs: Mapping[str, Json], currency: str) -> dict[str, object]:
    """Return the event of a document; its total is what its lines cost before tax."""
    items = [
        {
            "quantity": line["quantity"],
            "unit_price": line["unit_price"],
            "tax_category": _category(line),
            "role": role,
        }
        for line, role in zip(inputs["lines"], _roles(inputs), strict=True)
    ]
    costs = (Fraction(line["quantity"]) * Fraction(line["unit_price"]) for line in inputs["lines"])
    total = round_money(sum(costs, Fraction()), currency=currency)
    return event_of(total, {"items": items, "tax_inclusive": False}, currency=currency)


def event_of(
    total: object, context: Mapping[str, object], *, currency: str = "EUR", code: str = DOCUMENT
) -> dict[str, object]:
    """Return an event of an organization that counts in `BASE`."""
    return {
        "organization_id": "org-1",
        "event_smart_code": code,
        "total_amount": total,
        "currency": currency,
        "base_currency": BASE,
        "transaction_date": DAY,
        "business_context": dict(context),
    }


# --- journals as the cases show them ---------------------------------------------------------


def signed(line: JournalLine, amount: Decimal) -> Fraction:
    """Return one of a line's amounts: debits above zero, credits below."""
    return Fraction(amount) if line.side is Side.DEBIT else -Fraction(amount)


def sums_of(lines: Sequence[JournalLine]) -> dict[str, Fraction]:
    """Return debits less credits by role, in transaction currency."""
    sums: dict[str, Fraction] = {}
    for line in lines:
        sums[line.account.key] = sums.get(line.account.key, Fraction()) + signed(line, line.amount)
    return sums


def by_role(lines: Sequence[JournalLine]) -> dict[str, dict[str, Fraction | str]]:
    """Return a row per role, with amount and base amount."""
    rows: dict[str, dict[str, Fraction | str]] = {}
    bases: dict[str, Fraction] = {}
    for line in lines:
        key = line.account.key
        bases[key] = bases.get(key, Fraction()) + signed(line, line.base_amount)
    for role, amount in sums_of(lines).items():
        rows[role] = {"role": role, "amount": amount, "base_amount": bases[role]}
    return rows


def rows_of(entry: JournalEntry) -> Unordered:
    """Return the rows of an entry as the answer to a case, in any order."""
    return Unordered(tuple(by_role(entry.lines).values()), exact=True)


def text_of(value: Fraction) -> str:
    """Return an amount in the digits an event has, rounded half up to the cent."""
    return str(round_money(value, currency="EUR"))


def posting_of(keys: Sequence[str], rule: str, head: str = DOCUMENT) -> PostingEngine:
    """Return an engine of one rule."""
    needed = (*keys, "revenue", "tax_output", "clearing")
    return PostingEngine("\n".join(("ledgers GL", *accounts_of(needed), f"on {head} {{ {rule} }}")))


# --- entries by hand -------------------------------------------------------------------------


def manual_tax_edit(case: Case) -> object:
    """Answer with the counterpart of an entry whose taxes were changed by hand."""
    inputs = case.inputs
    before = {line["role"]: line for line in inputs["before"]}
    edited = {line["role"]: Fraction(line["amount"]) for line in inputs["edits"]}
    rate = {"per_base": inputs["foreign_per_base"]}
    taxes = {role: Fraction(line["amount"]) for role, line in before.items() if role in edited}
    net = Fraction(before["receivable"]["amount"]) + sum(taxes.values())
    keys = ("net", *edited, "receivable")
    credits = ("net_amount", *(f"{role}_amount" for role in edited))
    rule = "  ".join(
        (
            f"given total_amount = {' + '.join(credits)}",
            *(f"credit {name.removesuffix('_amount')} {name}" for name in credits),
            "debit receivable total_amount",
        )
    )
    engine = posting_of(keys, rule)
    found: dict[str, JournalEntry] = {}
    for name, amounts in (("before", taxes), ("after", edited)):
        context = {f"{role}_amount": text_of(-amount) for role, amount in amounts.items()}
        total = net - sum(amounts.values())
        event = event_of(text_of(total), {**context, "net_amount": text_of(net)})
        found[name] = engine.simulate({**event, "exchange_rate": rate})
    shown = by_role(found["before"].lines)
    for role, line in before.items():
        assert shown[role]["base_amount"] == Fraction(line["base_amount"])
    return {"receivable": by_role(found["after"].lines)["receivable"]}


def entry_rounding(case: Case) -> object:
    """Answer with the amounts of lines that are written as fractions."""
    lines = [next(iter(line.items())) for line in case.inputs["lines"]]
    assert case.inputs["base_step"] == "0.01"
    rule = "  ".join(f"{side} {side}ed round({amount})" for side, amount in lines)
    entry = posting_of([f"{side}ed" for side, _ in lines], rule).simulate(
        {**event_of("1.00", {}), "base_currency": "EUR"}
    )
    return {"lines": [{line.side.word: line.amount} for line in entry.lines]}


def tax_sign_on_entry(case: Case) -> object:
    """Answer with an entry of taxes on a base, and whether it is a document or its mirror."""
    inputs = case.inputs
    sells = inputs["tax_use"] == "sale"
    mirrored = inputs["base_side"] == ("debit" if sells else "credit")
    side, other = ("credit", "debit") if sells else ("debit", "credit")
    names = [tax["name"] for tax in inputs["taxes"]]
    keys = ["base", "counterpart", *(f"tax_{name}" for name in names)]
    schema = "\n".join(
        (
            "ledgers GL",
            *accounts_of((*keys, "revenue")),
            "tax profile document { prices exclusive",
            *(component_of(tax) for tax in inputs["taxes"]),
            "}",
            f"on {DOCUMENT}{'' if sells else ' purchase'} {{",
            f"for item in items {{ {side} base net(item)  {side} tax_{names[0]} tax(item) }}",
            f"{other} counterpart sum(gross(items))",
            "}",
            f"on {MIRROR} reverses {DOCUMENT}",
        )
    )
    code = MIRROR if mirrored else DOCUMENT
    context = {"items": [{"amount": inputs["base"]}], "tax_inclusive": False}
    event = {**event_of(inputs["base"], context, code=code), "base_currency": "EUR"}
    story = PostingEngine(schema).explain(event)
    kind = "refund" if story.mirrored else "invoice"
    rows = [
        {"role": role, "amount": amount, "document_kind": kind}
        for role, amount in sums_of(story.entry.lines).items()
    ]
    return {"journal": Unordered(tuple(rows), exact=True)}


JOURNAL_ADAPTERS: Final = MappingProxyType(
    {
        "cash_rounding_total": cash_rounding_total,
        "entry_rounding": entry_rounding,
        "journal_cash_rounding": journal_cash_rounding,
        "manual_tax_edit": manual_tax_edit,
        "tax_sign_on_entry": tax_sign_on_entry,
    }
)
