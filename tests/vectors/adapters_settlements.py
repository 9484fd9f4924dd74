"""Adapters for payments: open items and what settles them, early or late, at whatever rate."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from hera_engine import PostingEngine
from hera_engine.accounts import Side
from hera_engine.journal import JournalEntry
from tests.vectors.adapters_journals import (
    DOCUMENT,
    document_event,
    document_schema,
    event_of,
    invoice_in_two_currencies,
    posting_of,
    rows_of,
    signed,
    sums_of,
    text_of,
)
from tests.vectors.cases import Case, Json, NotSupported, Unordered

STORNO: Final = "asks for storno: negative amounts in the column of what is taken back"


def journal_two_currencies(case: Case) -> object:
    """Answer with the lines of an invoice or a payment in two currencies."""
    if "payment" in case.inputs:
        return {"journal": rows_of(_payment(case.inputs))}
    if "storno_columns" in case.expected:
        raise NotSupported(STORNO)
    return invoice_in_two_currencies(case)


# --- payments and settlements ------------------------------------------------------------------

_PAYMENT: Final = """\
ledgers GL
account receivable 1300
account bank       1200
account write_off  5000
account revenue    4000
account tax_output 2200
account clearing   1100
on HERA.VECTOR.INVOICE.V1 { debit receivable total_amount  credit revenue total_amount }
on HERA.VECTOR.PAID.V1 { debit bank total_amount  credit receivable total_amount }
on HERA.VECTOR.SETTLED.V1 {
  let open = round(carried / exchange_rate)
  let difference = open - total_amount
  credit receivable open         base carried
  debit  write_off  difference
  debit  bank       total_amount base carried - round(difference * exchange_rate)
}
on HERA.VECTOR.EXCHANGED.V1 {
  credit receivable total_amount base carried
  debit  bank       total_amount base carried
}
"""
"""The open item is closed at what it is carried at, the bank takes the rest in base currency."""


def _payment(inputs: Mapping[str, Json]) -> JournalEntry:
    """Return the entry of a payment in another currency than the invoice's."""
    engine, invoice, payment = PostingEngine(_PAYMENT), inputs["invoice"], inputs["payment"]
    if "amount" in invoice:
        booked = event_of(invoice["amount"], {}, code="HERA.VECTOR.INVOICE.V1")
        booked["exchange_rate"] = {"per_base": invoice["foreign_per_base"]}
        (claim, _) = engine.simulate(booked).lines
        assert claim.base_amount == Decimal(invoice["base_amount"])
    codes = {None: "SETTLED", "write_off": "SETTLED", "keep_open": "PAID"}
    code = codes.get(payment["difference"], "EXCHANGED")
    context = {"carried": invoice["base_amount"]}
    paid = event_of(payment["amount"], context, code=f"HERA.VECTOR.{code}.V1")
    paid["exchange_rate"] = {"per_base": payment["payment_currency_per_base"]}
    return engine.simulate(paid)


_SETTLEMENT: Final = """\
ledgers GL
account open_item     1300
account exchange_gain 7810
account exchange_loss 7820
account revenue       4000
account tax_output    2200
account clearing      1100
on HERA.VECTOR.DOCUMENT.V1 {
  let matched = min(owed.amount, paid.amount)
  credit open_item matched base round(matched * owed.base / owed.amount)
  debit  open_item matched base round(matched * paid.base / paid.amount)
  exchange difference to exchange_gain, exchange_loss
}
"""
"""As much as both items allow is settled, each part at the rate its item is carried at."""


def _settled(owed: tuple[Fraction, Fraction], paid: tuple[Fraction, Fraction]) -> JournalEntry:
    """Return the entry that settles two items, each an amount and its base amount."""
    records = {
        name: {"amount": text_of(amount), "base": text_of(base)}
        for name, (amount, base) in (("owed", owed), ("paid", paid))
    }
    # Every line states its base amount: the rate of the event converts nothing.
    event = {**event_of("1.00", records), "exchange_rate": "1"}
    return PostingEngine(_SETTLEMENT).simulate(event)


def exchange_difference(case: Case) -> object:
    """Answer with what two open items settle, the difference, and what is left of them."""
    inputs = case.inputs
    items = inputs["open_items"]
    if {item["currency"] for item in items} != {"FOR"}:
        raise NotSupported("gives no rate between the currencies of its two open items")
    assert inputs["base_step"] == "0.01"
    figures = [(Fraction(item["amount"]), Fraction(item["base_amount"])) for item in items]
    owed = next((abs(amount), abs(base)) for amount, base in figures if amount > 0)
    paid = next((abs(amount), abs(base)) for amount, base in figures if amount < 0)
    entry = _settled(owed, paid)
    closing, opening, *difference = entry.lines
    base = min(closing.base_amount, opening.base_amount)
    parts = {1: closing, -1: opening}
    moved = signed(closing, closing.base_amount) + signed(opening, opening.base_amount)
    rows = [{"role": "open_item", "base_amount": moved, "amount": Fraction()}] if moved else []
    rows += [
        {"role": line.account.key, "base_amount": signed(line, line.base_amount),
         "amount": signed(line, line.amount)}
        for line in difference
    ]  # fmt: skip
    residuals = [
        {"base_amount": carried + signed(part, part.base_amount),
         "amount": amount + signed(part, part.amount)}
        for amount, carried in figures
        for part in (parts[1 if amount > 0 else -1],)
    ]  # fmt: skip
    whole = {"base_amount": base, "debit_amount": closing.amount, "credit_amount": opening.amount}
    listed = [{"base_amount": base, "amount": closing.amount}]
    settled = whole if inputs.get("rule_hint") else listed
    return {"settled": settled, "exchange_entry": rows, "residuals": residuals}


def partial_settlement(case: Case) -> object:
    """Answer with what a payment in base currency leaves of an invoice."""
    invoice, payment = case.inputs["invoice"], case.inputs["payment"]
    amount, base = Fraction(invoice["amount"]), Fraction(invoice["base_amount"])
    assert amount == base * Fraction(invoice["foreign_per_base"])
    paid = Fraction(payment["base_amount"])
    entry = _settled((amount, base), (paid * Fraction(payment["foreign_per_base"]), paid))
    part = entry.lines[0]
    return {
        "residual": {
            "amount": amount - Fraction(part.amount),
            "base_amount": base - Fraction(part.base_amount),
        }
    }


def overpayment(case: Case) -> object:
    """Answer with what is written off, and what is left of a claim."""
    inputs = case.inputs
    assert inputs["difference"] == "write_off"
    paid = inputs["payments"] if "payments" in inputs else [inputs["paid"]]
    keys = ("bank", "receivable", "write_off")
    receipt = posting_of(keys, "debit bank total_amount  credit receivable total_amount")
    closing = posting_of(
        keys,
        "debit write_off total_amount - sum(received.amount)"
        "  credit receivable total_amount - sum(received.amount)",
    )
    received = [{"amount": each} for each in paid]
    events = [(receipt, event_of(each, {})) for each in paid]
    events.append((closing, event_of(inputs["invoice_total"], {"received": received})))
    lines = [
        line
        for engine, event in events
        for line in engine.simulate({**event, "base_currency": "EUR"}).lines
    ]
    sums = sums_of(lines)
    on_claim = [line for line in lines if line.account.key == "receivable"]
    return {
        "write_off": sums["write_off"],
        "receivable_balance": Fraction(inputs["invoice_total"]) + sums["receivable"],
        "credits": sorted(line.amount for line in on_claim if line.side is Side.CREDIT),
    }


# --- early payment -----------------------------------------------------------------------------


def journal_early_payment(case: Case) -> object:
    """Answer with an invoice whose taxes foresee a discount, or a payment that takes it."""
    if "payment" in case.inputs["document"]:
        return {"journal": _discounted_payment(case.inputs)}
    return {"journal": _foreseen_discount(case.inputs)}


def _foreseen_discount(inputs: Mapping[str, Json]) -> Unordered:
    """Return an invoice: taxes on what the discount leaves, revenue and claim as if without."""
    assert inputs["discount_effect"] == "tax base only, at invoice time"
    one = {**inputs, "lines": inputs["lines"], "document": "invoice"}
    schema = document_schema(one, rounding="total")
    head, _, _ = schema.partition(f"on {DOCUMENT}")
    first = inputs["taxes"][0]["name"]
    rule = (
        f"on {DOCUMENT} {{ credit discount_base discount_amount"
        " debit discount_counterpart discount_amount"
        f" for item in items {{ credit revenue item.amount  credit tax_{first} tax(item) }}"
        " debit receivable sum(items.amount) + sum(tax(items)) }"
    )
    extra = "account discount_base 3900\naccount discount_counterpart 3901\n"
    event = document_event(one, "EUR")
    total = Fraction(str(event["total_amount"])) * Fraction(inputs["early_discount_pct"]) / 100
    context = event["business_context"]
    assert isinstance(context, dict)
    context["discount_amount"] = text_of(total)
    entry = PostingEngine(head + extra + rule).simulate({**event, "base_currency": "EUR"})
    return rows_of(entry)


def _discounted_payment(inputs: Mapping[str, Json]) -> Unordered:
    """Return the payment of what a discount leaves of nets and of percentage taxes."""
    assert inputs["discount_effect"] == "net and percentage taxes"
    buys = inputs["document"] == "purchase payment"
    claim, side, other = (
        ("payable", "credit", "debit") if buys else ("receivable", "debit", "credit")
    )
    nets, taxes, reversed_ = _owed(inputs)
    percent = f"{inputs['early_discount_pct']}%"
    numbers = [""] if len(nets) == 1 else [f"_{number}" for number in range(1, len(nets) + 1)]
    off = {
        f"discount_on_net{number}": f"round({net} * {percent})"
        for number, net in zip(numbers, nets, strict=True)
    }
    if taxes:
        off["discount_on_tax"] = f"round(({' + '.join(taxes)}) * {percent})"
    whole = " + ".join((*nets, *taxes))
    lines = [
        f"{other} {claim} {whole}",
        *(f"{side} {role} {amount}" for role, amount in off.items()),
        f"{side} bank {' - '.join((whole, *off.values()))}",
    ]
    for tax in reversed_:
        lines.append(f"credit reverse_charge_in round({tax} * {percent})")
        lines.append(f"debit reverse_charge_out round({tax} * {percent})")
    keys = (claim, "bank", "reverse_charge_in", "reverse_charge_out", *off)
    event = {**event_of("1.00", {}), "base_currency": "EUR"}
    return rows_of(posting_of(keys, "  ".join(lines)).simulate(event))


def _owed(inputs: Mapping[str, Json]) -> tuple[list[str], list[str], list[str]]:
    """Return the nets of a bill, its taxes, and those of reverse charge, as amounts."""
    if "lines" in inputs:
        lines = inputs["lines"]
        shares = [
            text_of(Fraction(each["net"]) * Fraction(each["tax_rate"]) / 100) for each in lines
        ]
        return [each["net"] for each in lines], [tax for tax in shares if Fraction(tax)], []
    charged: list[str] = []
    reversed_: list[str] = []
    for tax in inputs["taxes"]:
        assert tax["kind"] == "percent"
        amount = text_of(Fraction(inputs["net"]) * Fraction(tax["rate"]) / 100)
        assert Fraction(tax.get("amount", amount)) == Fraction(amount)
        (reversed_ if tax.get("reverse_charge") else charged).append(amount)
    return [inputs["net"]], charged, reversed_


SETTLEMENT_ADAPTERS: Final = MappingProxyType(
    {
        "exchange_difference": exchange_difference,
        "journal_early_payment": journal_early_payment,
        "journal_two_currencies": journal_two_currencies,
        "overpayment": overpayment,
        "partial_settlement": partial_settlement,
    }
)
