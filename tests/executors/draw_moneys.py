"""Rules and events of several currencies drawn at random, closer together than other drawn pairs.

Amounts are small, so that rounding leaves something over in most entries; the currencies of a rule,
of its event and of the table of rates are the same few.
"""

from decimal import Decimal
from typing import Any, Final

from hera_engine import Settings
from hera_engine.settings import Residue
from tests.executors.dice import Dice
from tests.executors.draw_schemas import Drawn

Event = dict[str, object]

ACCOUNTS: Final = """\
ledgers GL, IFRS
account cash 1000 asset
account bank 1200 asset
account transit 1300 asset
account receivable 1150 asset
account payable 2100 liability
account revenue 4100 revenue
account products 4200 revenue
account fees 5500 expense
account rounding 5900 expense
account fx 5950 expense
account loss 5960 expense
account fx in IFRS 5951
dimensions unit, staff
map bank_of(kind) { "a" -> bank, else -> transit }
"""
ASKED: Final = (
    "", 'require unit on 59* default "M"\n', "require unit on 59* else warning\n",
    "require unit on 5950 else error\n", "carry unit on *\n", "carry staff on 1*\n",
)  # fmt: skip
PAIRS: Final = (("bank", "cash"), ("receivable", "payable"), ("fees", "products"))
WORTHS: Final = (
    "", "at rate", "base booked", "base round(booked)", "currency paid_in", 'currency "EUR"',
    'currency "JPY"', "currency base_currency", "currency currency",
    'currency (paid_in default "GBP") at rate', 'currency "EUR" base booked',
    "currency paid_in base booked", 'currency "USD" at (rate default 1)', "at rate * 1.1",
)  # fmt: skip
AMOUNTS: Final = (
    "total_amount", "round(total_amount / 3)", "extra", "round(extra * 1.15)", "(extra * 1)",
    "max(extra, total_amount)", "(extra - extra)",
)  # fmt: skip
OF_ITEM: Final = (
    "item.amount", "item.amount at item.rate", "item.amount base item.booked",
    "item.amount currency (item.paid_in default currency_of_item) base item.booked",
    "net(item) at rate", "item.extra currency item.paid_in",
    "(item.extra default 0) currency item.paid_in at (item.rate default 2)",
)  # fmt: skip
CLOSINGS: Final = (
    "", "", "exchange difference to fx", "exchange difference to fx, loss",
    "balance to rounding within 0.05", "exchange difference to fx balance to fx within 0.05",
)  # fmt: skip
RATES: Final = {
    "rates": [
        {"from": "USD", "to": "EUR", "rate": "0.9", "effective_from": "2025-01-01"},
        {"from": "USD", "to": "EUR", "rate": "0.8137", "effective_from": "2025-02-01"},
        {"from": "GBP", "to": "EUR", "per_base": "0.85", "effective_from": "2025-01-01"},
        {"from": "JPY", "to": "EUR", "rate": "0.0061", "effective_from": "2025-01-15"},
    ],
    "through": ["EUR"],
}
CURRENCIES: Final = ("USD", "USD", "USD", "EUR", "GBP", "JPY")


def drawn_moneys(dice: Dice) -> Drawn:
    """Return a schema of one rule and its reversal, which compiles mostly."""
    lines = [_pair(dice, *pair) for pair in dice.some(PAIRS, least=1)]
    if dice.happens(3):
        amount = dice.one(*OF_ITEM).replace("currency_of_item", '"EUR"')
        lines.append(f"for item in items {{ debit transit {amount} credit revenue {amount} }}")
    closing = dice.one(*CLOSINGS)
    if "balance" in closing:
        lines.append("debit loss round(total_amount / 3, 0.05)")
        lines.append("credit revenue round(total_amount / 3)")
    allowed = dice.one("", "", "", "validations { currencies USD, EUR, JPY }\n")
    body = "\n  ".join([*lines, closing])
    text = (
        f"{ACCOUNTS}{dice.one(*ASKED)}{allowed}on HERA.POS.SALE.V1 {{\n  {body}\n}}\n"
        "on HERA.POS.REFUND.V1 reverses HERA.POS.SALE.V1\n"
    )
    arguments: dict[str, Any] = {}
    if not dice.happens(3):
        arguments["exchange_rates"] = RATES
    if dice.happens(2):
        arguments["settings"] = Settings(residue=Residue.ROUNDING)
    return Drawn(text, arguments)


def _pair(dice: Dice, debit: str, credit: str) -> str:
    """Return two statements of one amount, mostly of one worth."""
    amount, worth = dice.one(*AMOUNTS), dice.one(*WORTHS)
    other = worth
    if dice.happens(3):
        alike = [each for each in WORTHS if _currency(each) == _currency(worth)]
        other = dice.among(tuple(alike))
    if debit == "bank" and dice.happens(3):
        debit = 'bank_of(kind default "a")'
    by = dice.one("", "", "", " by staff")
    text = f"debit {debit} {amount} {worth} credit {credit} {amount} {other}{by}"
    return f"in {dice.one('GL', 'IFRS')} {{ {text} }}" if dice.happens(5) else text


def _currency(worth: str) -> str:
    return worth.partition(" at ")[0].partition(" base ")[0] if "currency" in worth else ""


def drawn_event_of_moneys(dice: Dice) -> Event:
    """Return an event of the drawn rules."""
    currency = dice.one(*CURRENCIES)
    total = _amount(dice, currency)
    context: Event = {
        "extra": _amount(dice, currency), "booked": dice.one(total, _amount(dice, currency)),
        "rate": dice.one("1", "0.9", "0.91", "1.0", 2, Decimal("0.333333333333")),
        "paid_in": dice.one(*CURRENCIES, "XAU"), "kind": dice.one("a", "b"),
        "unit": dice.one("U", "V", None), "staff": dice.one("S", None),
    }  # fmt: skip
    if dice.happens(2):
        items = [_item(dice, currency) for _ in range(dice.one(1, 2, 3))]
        context["items"] = items
        total = str(sum((Decimal(str(each["amount"])) for each in items), Decimal(0)))
    for name in ("rate", "paid_in", "kind", "booked"):
        if dice.happens(12):
            del context[name]
    sign = "-" if Decimal(total) and dice.happens(8) else ""
    event: Event = {
        "organization_id": "o", "total_amount": f"{sign}{total}", "currency": currency,
        "event_smart_code": dice.one("HERA.POS.SALE.V1", "HERA.POS.SALE.V1", "HERA.POS.REFUND.V1"),
        "business_context": context,
    }  # fmt: skip
    if not dice.happens(3):
        event["base_currency"] = dice.one("EUR", "EUR", "USD", "JPY", "KWD")
        if event["base_currency"] != currency and dice.happens(2):
            event["exchange_rate"] = dice.one("0.9137", "1", "161.25", {"per_base": "1.0837"})
    if not dice.happens(5):
        event["transaction_date"] = dice.one("2025-01-31", "2025-02-01", "2025-01-10", "2024-12-31")
    return event


def _item(dice: Dice, currency: str) -> Event:
    amount = _amount(dice, currency)
    item: Event = {
        "amount": amount, "booked": dice.one(amount, _amount(dice, currency)),
        "rate": dice.one("0.9", "0.91", "1"), "paid_in": dice.one(*CURRENCIES),
        "extra": _amount(dice, currency), "staff": dice.one("S", "T", None),
    }  # fmt: skip
    for name in ("rate", "paid_in", "extra"):
        if dice.happens(12):
            del item[name]
    return item


def _amount(dice: Dice, currency: str) -> str:
    """Return a small amount, now and then nothing, which most currencies can have."""
    units = dice.one(dice.whole(0, 40), dice.whole(1, 999), 0)
    if currency == "JPY" or dice.happens(3):
        return str(units)
    return str(Decimal(units) / 100)
