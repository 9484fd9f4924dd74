"""Engines that the laws post with, and journals as figures that can be compared."""

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import Final

from hypothesis import settings
from hypothesis import strategies as st

from hera_engine import PostingEngine
from hera_engine.accounts import Side
from hera_engine.journal import JournalEntry

DECLARATIONS: Final = """\
schema "Laws" version 1
ledgers GL, IFRS
account cash         1000 asset
account clearing     1100 asset
account bank         1200 asset
account tax_output   2200 liability
account tips_payable 2300 liability
account revenue      4100 revenue
account products     4200 revenue
account fees         5500 expense
account rounding     5900 expense
account revenue in IFRS 4109
tax profile vat {
  jurisdiction AE
  prices inclusive
  rounding line
  default standard
  rate standard 5% for standard
  exempt free for free
}
dimensions org_unit, staff_id
split HERA.** by staff_id proportional
require org_unit on 4* default "MAIN"
payments immediate
validations { max_line_count 1000 }
map revenue_of(kind) { "product" -> products, else -> revenue }
map tender_of(method) { "cash" -> cash, else -> clearing }
"""

SETTLEMENT: Final = """
on HERA.PAYMENT.SETTLEMENT.V1 {
  debit bank (total_amount - fee_amount)
  debit fees fee_amount
  credit clearing total_amount
}
"""


def examples(count: int) -> settings:
    """Return settings for so many examples, in proportion more where the profile asks for more."""
    profile = settings.default
    assert profile is not None
    return settings(max_examples=count * profile.max_examples // 100)


Leg = tuple[str, str, str | None, tuple[tuple[str, object], ...], str]
"""Ledger, account, payment reference, dimensions, currency."""


@cache
def standard_engine() -> PostingEngine:
    """Return an engine with the standard rules."""
    return PostingEngine(DECLARATIONS)


@cache
def discount_engine() -> PostingEngine:
    """Return an engine with the standard rules and a discount account."""
    return PostingEngine(f"{DECLARATIONS}account discount 4900 revenue\n")


def engine_of(rules: str) -> PostingEngine:
    """Return an engine with rules of its own."""
    return PostingEngine(DECLARATIONS + rules)


def balances(entry: JournalEntry) -> dict[tuple[str, str], Fraction]:
    """Return debits less credits for each ledger, in the transaction and the base currency."""
    sums: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for line in entry.lines:
        sign = 1 if line.side is Side.DEBIT else -1
        sums[line.ledger, "transaction"] += sign * Fraction(line.amount)
        sums[line.ledger, "base"] += sign * Fraction(line.base_amount)
    return dict(sums)


def signed(entry: JournalEntry, *, dimensions: bool = True) -> dict[Leg, Fraction]:
    """Return debits less credits of each account with its dimensions; zeros are left out."""
    sums: dict[Leg, Fraction] = defaultdict(Fraction)
    for line in entry.lines:
        tags = tuple(sorted(line.dimensions.items())) if dimensions else ()
        reference = line.payment_reference if dimensions else None
        leg = (line.ledger, line.account.key, reference, tags, line.currency)
        sums[leg] += Fraction(line.amount) * (1 if line.side is Side.DEBIT else -1)
    return {leg: amount for leg, amount in sums.items() if amount}


def opposite(figures: Mapping[Leg, Fraction]) -> dict[Leg, Fraction]:
    """Return the figures of the mirrored journal."""
    return {leg: -amount for leg, amount in figures.items()}


def rows(entry: JournalEntry) -> tuple[tuple[object, ...], ...]:
    """Return what a bookkeeper compares: ledger, side, account, amount, dimensions, in order."""
    return tuple(
        (line.ledger, line.side, line.account.key, line.amount, dict(line.dimensions))
        for line in entry.lines
    )


def mirrored_rows(entry: JournalEntry) -> tuple[tuple[object, ...], ...]:
    """Return the rows with debit and credit exchanged."""
    return tuple(
        (line.ledger, line.side.opposite, line.account.key, line.amount, dict(line.dimensions))
        for line in entry.lines
    )


# --- rules -----------------------------------------------------------------------------------

_WHOLE: Final = (
    "total_amount",
    "tip_amount",
    "fee_amount",
    "(total_amount - tip_amount)",
    "round(total_amount * 12.5%)",
    "round(total_amount / 3)",
    "min(total_amount, 100)",
    "max(tip_amount, fee_amount)",
    "abs(tip_amount - fee_amount)",
    "sum(gross(items))",
    "sum(net(items))",
    "sum(payments.amount)",
    "part",
    "(extra default 0)",
)
_ITEM: Final = ("net(item)", "gross(item)", "item.amount", "round(net(item) * 7%)")
_WHEN: Final = (
    "",
    " when total_amount > 50",
    " when tip_amount > 0 and not total_amount < 10",
    ' when payment_method default "cash" = "card" or fee_amount = 0',
)


@st.composite
def own_rules(draw: st.DrawFn) -> str:
    """Return the text of rules for sales and refunds whose lines balance in pairs.

    With lets, equations, loops with conditions, maps, `by`, blocks of one ledger.
    """
    statements = ["let part = round(total_amount * 10%)", "let rest = total_amount - part"]
    if draw(st.booleans()):
        statements.append("given total_amount = part + rest")
    makers = (_pair, _item_loop, _payment_loop, _sale)
    for _ in range(draw(st.integers(1, 4))):
        statements.append(draw(draw(st.sampled_from(makers))()))
    body = "\n  ".join(statements)
    refund = "on HERA.POS.REFUND.V1 reverses HERA.POS.SALE.V1\n"
    return f"on HERA.POS.SALE.V1 {{\n  {body}\n}}\n{refund}{SETTLEMENT}"


@st.composite
def _pair(draw: st.DrawFn) -> str:
    """Return a debit and a credit of one amount."""
    amount, when = draw(st.sampled_from(_WHOLE)), draw(st.sampled_from(_WHEN))
    by = draw(st.sampled_from(("", " by staff_id", " by org_unit")))
    text = f"debit clearing {amount}{when}\n  credit revenue {amount}{by}{when}"
    if draw(st.integers(0, 3)) == 0:
        return f"in {draw(st.sampled_from(('GL', 'IFRS')))} {{ {text} }}"
    return text


@st.composite
def _item_loop(draw: st.DrawFn) -> str:
    """Return a loop over items in which each round balances."""
    amount, by = draw(st.sampled_from(_ITEM)), draw(st.sampled_from(("", " by staff_id")))
    condition = draw(st.sampled_from(("", " when item.amount > 5", ' when item.kind = "product"')))
    target = draw(st.sampled_from(("revenue", 'revenue_of(item.kind default "service")')))
    return (
        f"for item in items{condition} {{\n    debit clearing {amount}\n"
        f"    credit {target} {amount}{by}\n  }}"
    )


@st.composite
def _payment_loop(draw: st.DrawFn) -> str:
    """Return a loop over payments in which each round balances."""
    target = draw(st.sampled_from(("cash", 'tender_of(payment.method default "card")')))
    return (
        f"for payment in payments {{\n    debit {target} payment.amount\n"
        "    credit clearing payment.amount\n  }"
    )


@st.composite
def _sale(draw: st.DrawFn) -> str:
    """Return a whole sale: tenders against net, tax and tip."""
    by = draw(st.sampled_from(("", " by staff_id")))
    return (
        "given total_amount = sum(gross(items)) + tip_amount\n"
        "  for payment in payments { debit clearing payment.amount }\n"
        f"  for item in items {{ credit revenue net(item){by}  credit tax_output tax(item) }}\n"
        f"  credit tips_payable tip_amount{by} when tip_amount > 0"
    )
