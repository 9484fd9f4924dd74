"""Schemas drawn at random: what a rule can say, in rules that mostly balance.

Each statement balances by itself, so that the proof lets most schemas pass; the few that do not
compile are drawn again. Three of four are tame: what tills, shops and invoices need, which is what
the compiled executor is for. The others have everything else, which it must decline.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from hera_engine import Account, SchemaError, Settings
from hera_engine.settings import FiscalCalendar
from tests.executors.dice import Dice
from tests.executors.draw_declarations import drawn_declaration
from tests.executors.draw_derived import drawn_derivations
from tests.executors.draw_lists import AMOUNTS, CONDITIONS, drawn_loop
from tests.executors.draw_stages import drawn_stages
from tests.executors.twins import Twins

PERCENTS: Final = ("5", "20", "8.875", "0", "19", "7.7", "33.333333", "5", "20", "150")
CATEGORIES: Final = ("standard", "reduced", "zero", "free", "reversed")
ACCOUNTS: Final = (
    ("cash", "1000", "asset"), ("clearing", "1100", "asset"), ("receivable", "1150", "asset"),
    ("bank", "1200", "asset"), ("tax_input", "1400", "asset"), ("payable", "2100", "liability"),
    ("tax_output", "2200", "liability"), ("tips_payable", "2300", "liability"),
    ("revenue", "4100", "revenue"), ("products", "4200", "revenue"), ("fees", "5500", "expense"),
    ("rounding", "5900", "expense"), ("fx", "5950", "expense"),
)  # fmt: skip
MAPPED: Final = 'revenue_of(kind default "x")'
TENDER: Final = 'tender_of(payment_method default "card", kind default "x")'
DISCOUNT: Final = ("discount", "4900", "revenue")
CODES: Final = (
    "HERA.POS.SALE.V1", "HERA.POS.REFUND.V1", "HERA.SHOP.SALE.V2", "HERA.PAYMENT.SETTLEMENT.V1",
    "HERA.BILL.IN.V1", "HERA.POS.SALE.V3",
)  # fmt: skip
"""The smart codes of drawn events; each schema has rules for some of them."""
MAPS: Final = """\
map revenue_of(kind) { "product" -> products, "refused" -> refuse, else -> revenue }
map tender_of(method, kind) {
  "cash", * -> cash, "cash", "product" -> bank, *, "product" -> bank,
  "voucher", "service" -> fees, else -> clearing
}
map dated_of(kind) {
  "service" -> revenue from 2025-01-01 to 2025-06-30, "service" -> products from 2025-07-01,
  else -> revenue
}
map kind_of(kind) { "a" -> "service", "b" -> "product", else -> "other" }
"""
SETTLEMENT: Final = """\
on HERA.PAYMENT.SETTLEMENT.V1 {
  debit bank (total_amount - fee_amount)
  debit fees fee_amount
  credit clearing total_amount
}
"""
RATES: Final = (
    {"from": "USD", "to": "EUR", "rate": "0.9137", "effective_from": "2025-01-01"},
    {"from": "EUR", "to": "JPY", "rate": "161.25", "effective_from": "2025-02-01"},
    {"from": "KWD", "to": "EUR", "per_base": "0.3077", "effective_from": "2025-03-01"},
)

_AMOUNTS: Final = (
    "total_amount", "total_amount", "(total_amount - tip_amount)", "tip_amount", "fee_amount",
    "round(total_amount * 12.5%)", "round(total_amount / 3)", "min(total_amount, 100)",
    "max(tip_amount, fee_amount)", "abs(tip_amount - fee_amount)", "sum(gross(items))",
    "sum(net(items))", "sum(tax(items))", "sum(payments.amount)", "part", "rest", "extra",
    "(extra default 0)", "round(extra * ratio)", "round(total_amount, 0.05)", "sum(parts.amount)",
    "(sum(gross(items)) - sum(tax(items)))", "sum(withheld(items))", "round(extra * -1)",
    "cash_rounding", "discount_amount", "sale_amount", "(total_amount - extra)",
)  # fmt: skip
_ITEM_AMOUNTS: Final = (
    "net(item)", "net(item)", "gross(item)", "tax(item)", "item.amount", "item.discount",
    "round(net(item) * 7%)", "(net(item) + item.discount_net)", "item.document_discount",
    "(item.weight default 0)", "round((item.weight default 1) * net(item))",
)  # fmt: skip
_WORTHS: Final = (
    "at ratio", 'currency "EUR" at ratio', "base round(extra)", "base extra", 'currency "JPY"',
    'currency "EUR"', "currency paid_in", "currency paid_in base round(extra)",
    "currency base_currency", "currency currency", 'currency (paid_in default "EUR") at ratio',
    'currency "EUR" base extra', "base total_amount",
)  # fmt: skip
"""What a line may say of its worth."""
_CONDITIONS: Final = (
    "total_amount > 50", "tip_amount > 0 and not total_amount < 10", "flag",
    "not (flag default false)", '(payment_method default "cash") = "card" or fee_amount = 0',
    'kind = "service"', 'kind != "a"', "due < 2025-06-01", "transaction_date >= 2025-03-01",
    'currency = "USD"', "extra >= ratio", 'kind_of(kind default "b") = "product"',
    "sum(payments.amount) = total_amount", "note = kind", 'not (note default "x") = "x"',
)  # fmt: skip
_ITEM_CONDITIONS: Final = (
    "item.amount > 5", 'item.kind = "product"', "(item.weight default 0) > 1", "tax(item) = 0",
    '(item.kind default "service") != "service"', "item.tax_exempt default false",
)  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """A schema's text and all that an engine is built from; what events need to know of it.

    ``percents`` are the rates of its categories where taxes are simple, ``inclusive`` how its
    prices are given, ``capture`` what becomes of payments, ``closed`` all fields that a context may
    have, where a declaration says so.
    """

    text: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    percents: Mapping[str, Decimal] = field(default_factory=dict)
    inclusive: bool = True
    capture: str = "immediate"
    closed: frozenset[str] | None = None

    def twins(self) -> Twins:
        """Return the engines of the schema.

        Raises:
            SchemaError: If it does not compile.
        """
        return Twins.of(self.text, **self.arguments)


def compiled(seed: int) -> tuple[Drawn, Twins, int]:
    """Return the first schema from a seed on that compiles, and how many before it did not."""
    for tries in range(100):
        drawn = drawn_schema(Dice(seed * 1_000 + tries))
        try:
            return drawn, drawn.twins(), tries
        except SchemaError:
            continue
    raise AssertionError(f"seed {seed}: a hundred schemas do not compile")


def drawn_schema(dice: Dice) -> Drawn:
    """Return a schema, which compiles mostly."""
    return _Writer(dice).schema()


class _Writer:
    """Writes one schema, part by part."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._percents: dict[str, Decimal] = {}
        self._standard = dice.happens(3)
        self._tame = not dice.happens(4)
        self._pairs = [("cash", "fees"), ("bank", "products"), ("receivable", "payable")]
        if dice.happens(2):
            self._pairs += [
                ("clearing", "revenue"), ("cash", "tips_payable"), ("bank", MAPPED),
                (TENDER, "fees"), ("tips_payable", MAPPED),
            ]  # fmt: skip
        self._inclusive = not dice.happens(3)
        self._capture = dice.one("immediate", "immediate", "deferred", "manual")
        self._ledgers = ["GL", "IFRS", "STAT"][: dice.one(1, 1, 1, 2, 2, 3)]
        self._tagged = not dice.happens(4)
        self._charted = dice.happens(4)

    def schema(self) -> Drawn:
        """Return the schema."""
        dice = self._dice
        closed, declared = None, ""
        if dice.happens(3):
            closed, declared = drawn_declaration(dice, wild=dice.happens(2))
        parts = (
            dice.one("", 'schema "Drawn" version 3\n', 'schema "Drawn" effective 2025-01-01\n'),
            f"ledgers {', '.join(self._ledgers)}\n",
            self._accounts(),
            self._taxes(),
            self._dimensions() if self._tagged else "",
            self._payments(),
            self._validations(),
            declared,
            "" if self._standard else MAPS,
            "" if self._standard else self._rules(),
        )
        return Drawn(
            "".join(parts),
            self._arguments(),
            self._percents,
            self._inclusive,
            self._capture,
            closed,
        )

    def _seldom(self, once_in: int) -> bool:
        """Say whether something that is not compiled is there: once in so many, tenfold if tame."""
        return self._dice.happens(once_in * 10 if self._tame else once_in)

    def _accounts(self) -> str:
        dice = self._dice
        ids = self._charted or dice.happens(3)
        shown: tuple[tuple[str, str, str], ...] = ACCOUNTS
        if dice.happens(2):
            shown = (*ACCOUNTS, DISCOUNT)
        if self._standard and dice.happens(4):
            shown = tuple(each for each in shown if each[0] != "tips_payable")
        lines = [
            f"account {key} {code} {kind}" + (f' "{key.title()}" id "acc-{code}"' if ids else "")
            for key, code, kind in shown
        ]
        if len(self._ledgers) > 1 and dice.happens(2):
            lines.append("account revenue in IFRS 4109" + (' id "acc-4109"' if ids else ""))
        return "\n".join(lines) + "\n"

    def _taxes(self) -> str:
        dice = self._dice
        if self._seldom(12):
            return ""
        standard, reduced = dice.among(PERCENTS), dice.among(PERCENTS)
        head = [
            "  jurisdiction AE",
            f"  prices {'inclusive' if self._inclusive else 'exclusive'}",
            f"  rounding {dice.one('line', 'line', 'total')}",
            "  default standard",
        ]
        if dice.happens(6):
            head[2] = f"  rounding {dice.one('none', 'swedish step 0.05', 'swedish step 0.05')}"
        if self._seldom(8):
            rates = self._components()
        else:
            self._percents = dict.fromkeys(CATEGORIES, Decimal(0))
            self._percents |= {"standard": Decimal(standard), "reduced": Decimal(reduced)}
            since = dice.one("", " from 2020-01-01", " from 2025-03-01")
            own = dice.one("", "", " account tax_input", " account tax_output")
            rates = [
                f"  rate standard {standard}% for standard{since}{own}",
                f"  rate reduced {reduced}% for reduced",
                f"  rate zero 0% for zero{dice.one('', ' reason export', ' inclusive')}",
                "  exempt free for free",
                *dice.one([], ["  reverse charge 5% for reversed, reduced"]),
            ]
        return "\n".join(["tax profile vat {", *head, *rates, "}"]) + "\n"

    def _components(self) -> list[str]:
        dice = self._dice
        return [
            f"  component GST 5%{dice.one('', ' account tax_input')}",
            f"  component QST 9.975%{dice.one('', ' on GST', ' withheld', ' compound')}",
            *dice.one([], ["  bear GST for reduced"], ["  bear nothing for free"]),
        ]

    def _dimensions(self) -> str:
        dice = self._dice
        enforced = (' default "MAIN"', " else warning", " else error", "")
        lines = ["dimensions org_unit, staff_id, channel"]
        split = dice.one("proportional", "proportional", "")
        if dice.happens(3):
            split = dice.one('fixed { "A" 60%, "B" remaining }', 'fixed { "A" 10.00, "B" 30% }')
        if self._seldom(6):
            split = 'custom "weighted"'
        if split:
            lines.append(f"split {dice.one('HERA.**', 'HERA.POS.**')} by staff_id {split}")
        if dice.happens(3):
            second = dice.one("proportional", "proportional", 'fixed { "BR-01" 33.333% }')
            lines.append(f"split HERA.** by org_unit {second}")
        accounts = dice.one(["4*", "revenue"], ["*", "4*"], ["revenue", "4*"], ["4100", "*"])
        for name in dice.some(("org_unit", "staff_id")):
            wanted = dice.among(enforced)
            if wanted:
                lines.append(f"require {name} on {accounts.pop()}{wanted}")
        lines += dice.some(("carry channel on *", "carry org_unit on 1*"))
        if dice.happens(4):
            lines.append(drawn_derivations(dice))
        return "\n".join(lines) + "\n"

    def _payments(self) -> str:
        dice = self._dice
        opened = dice.one("", "", " open item")
        settled = dice.one("", " settle 30 days") if self._capture == "deferred" else ""
        return f"payments {self._capture}{opened}{settled}\n"

    def _validations(self) -> str:
        dice = self._dice
        said = [f"max_line_count {dice.one(1000, 1000, 1000, 1000, 8)}"]
        said += dice.one([], [], [], ["require_external_ref"])
        said += dice.one([], [], [], ["currencies USD, JPY, EUR"])
        return f"validations {{ {'  '.join(said)} }}\n" if not dice.happens(4) else ""

    def _arguments(self) -> dict[str, Any]:
        dice, found = self._dice, dict[str, Any]()
        found["allocators"] = {"weighted": _weights}
        if self._charted:
            keys = (*ACCOUNTS, DISCOUNT, ("revenue", "4109", "revenue"))
            found["chart"] = [Account(f"acc-{code}", code, key) for key, code, _ in keys]
        if dice.happens(3):
            found["exchange_rates"] = RATES
        if dice.happens(4):
            found["settings"] = dice.one(
                Settings(fiscal_calendar=FiscalCalendar(1), strict_smart_codes=True),
                Settings(require_uuid_ids=True),
                Settings(tax_difference="error"),  # type: ignore[arg-type] # as callers write it
                Settings(residue="rounding"),  # type: ignore[arg-type] # as above
                Settings(residue="rounding"),  # type: ignore[arg-type] # as above
                Settings(fiscal_calendar=FiscalCalendar(4), refuse_negative_totals=True),
            )
        if dice.happens(6):
            found["stages"] = drawn_stages(dice)
        return found

    # --- rules ---

    def _rules(self) -> str:
        dice = self._dice
        first = dice.one(
            "on HERA.POS.SALE.V1", "on HERA.POS.SALE.V1", "on HERA.POS.SALE.*", "on HERA.*.SALE.**",
            'on matching "^HERA[.](POS|SHOP)[.]SALE"',
        )  # fmt: skip
        rules = []
        if dice.happens(5):
            rules.append(f"{first} to 2025-03-31 {self._block()}")
            rules.append(f"{first} from 2025-04-01 {self._block()}")
        else:
            rules.append(f"{first} {self._block()}")
        if dice.happens(2):
            rules.append(f"on HERA.POS.REFUND.V1 reverses {first.removeprefix('on ')}")
        if self._seldom(3):
            rules.append(f"on HERA.BILL.IN.V1 purchase {self._purchase()}")
        if dice.happens(3):
            rules.append(f"on HERA.SHOP.** {self._block()}")
        return "\n".join([*rules, SETTLEMENT])

    def _block(self) -> str:
        return self._tame_block() if self._tame else self._wild_block()

    def _tame_block(self) -> str:
        """Return statements of which not many post to one account on one side."""
        dice = self._dice
        lines = ["let part = round(total_amount * 10%)", "let rest = total_amount - part"]
        sells = not dice.happens(3)
        if sells:
            lines.append(self._sale())
        for debit, credit in dice.some(self._pairs, least=0 if sells else 1):
            lines.append(self._tame_pair(debit, credit))
        if dice.happens(4):
            lines.append(self._allocation())
        if not sells and dice.happens(2):
            amount, target = dice.among(_ITEM_AMOUNTS), dice.one("revenue", "tips_payable")
            lines.append(f"for each in items {{ debit clearing {amount} credit {target} {amount} }}"
                         .replace("(item)", "(each)").replace("item.", "each."))  # fmt: skip
        lines += self._tame_money(dice.happens(3))
        return "{\n  " + "\n  ".join(lines) + "\n}"

    def _tame_money(self, worths: bool) -> list[str]:
        """Return statements that close a ledger, and two with a worth of their own if asked."""
        dice, lines = self._dice, [self._tame_worth()] if worths else list[str]()
        if dice.happens(2 if worths else 6):
            lines.append(f"exchange difference to {dice.one('fx', 'fx', 'fx, fees')}")
        if dice.happens(6):
            bound = dice.one("10000.00", "10000.00", "0.05")
            lines.append("debit tax_output round(total_amount / 3)")
            lines.append("credit bank round(total_amount / 3.01)")
            lines.append(f"balance to {dice.one('clearing', 'rounding')} within {bound}")
        return lines

    def _tame_worth(self) -> str:
        """Return two statements with a currency, a rate or a base amount of their own."""
        dice = self._dice
        amount = dice.one("total_amount", "extra", "rest", "round(extra * ratio)", "tip_amount")
        first, second = dice.one(*_WORTHS), dice.one(*_WORTHS)
        if not dice.happens(4):
            second = first
        debit, credit = f"debit tax_input {amount} {first}", f"credit fx {amount} {second}"
        if dice.happens(4):
            amount = dice.one("item.amount", "(item.weight default 1)", "net(item)")
            said = dice.one("at (item.weight default 1.5)", "base item.amount", 'currency "EUR"')
            said = "at ratio" if amount == "net(item)" else said
            pair = f"debit tax_input {amount} {said} credit fx {amount} {said}{self._by()}"
            return f"for item in items {{ {pair} }}"
        return f"{debit}\n  {credit}{self._by()}"

    def _tame_pair(self, debit: str, credit: str) -> str:
        dice = self._dice
        where = dice.whole(0, 5)
        if where == 5:
            return drawn_loop(dice, debit, credit, self._by())
        if where == 0:
            amount = dice.among(_ITEM_AMOUNTS)
            when = f" when {dice.among(_ITEM_CONDITIONS)}" if dice.happens(3) else ""
            return (
                f"for item in items{when} {{ debit {debit} {amount}{self._by()} "
                f"credit {credit} {amount} }}"
            )
        if where == 1:
            when = self._when()
            return (
                f"for payment in payments {{ debit {debit} payment.amount{self._by()}{when} "
                f"credit {credit} payment.amount{when} }}"
            )
        amount, when = dice.among((*_AMOUNTS, *AMOUNTS)), self._when()
        text = f"debit {debit} {amount}{when} credit {credit} {amount}{self._by()}{when}"
        return f"in {dice.among(self._ledgers)} {{ {text} }}" if dice.happens(5) else text

    def _wild_block(self) -> str:
        dice = self._dice
        lines = ["let part = round(total_amount * 10%)", "let rest = total_amount - part"]
        lines += dice.one([], [], ["given total_amount = part + rest"])
        made = dice.whole(1, 4)
        if dice.happens(2):
            lines.append(self._sale())
            made = dice.whole(0, 2)
        makers = (
            self._pair, self._pair, self._item_loop, self._item_loop, self._payment_loop,
            self._part_loop, self._allocation, self._other_currency,
        )  # fmt: skip
        lines += [dice.among(makers)() for _ in range(made)]
        lines += dice.one([], [], [], [self._closing()])
        return "{\n  " + "\n  ".join(lines) + "\n}"

    def _by(self) -> str:
        return self._dice.one("", "", " by staff_id", " by org_unit") if self._tagged else ""

    def _when(self) -> str:
        dice = self._dice
        return f" when {dice.among((*_CONDITIONS, *CONDITIONS))}" if dice.happens(3) else ""

    def _pair(self) -> str:
        dice = self._dice
        amount, when, by = dice.among(_AMOUNTS), self._when(), self._by()
        side, other = dice.one(("debit", "credit"), ("credit", "debit"))
        target = dice.one(
            "revenue", "products", 'revenue_of(kind default "x")',
            'dated_of(kind default "service")', "fees",
        )  # fmt: skip
        text = f"{side} clearing {amount}{when}\n  {other} {target} {amount}{by}{when}"
        if dice.happens(4):
            return f"in {dice.among(self._ledgers)} {{ {text} }}"
        return text

    def _item_loop(self) -> str:
        dice = self._dice
        amount, by = dice.among(_ITEM_AMOUNTS), self._by()
        when = f" when {dice.among(_ITEM_CONDITIONS)}" if dice.happens(3) else ""
        target = dice.one("revenue", "revenue", 'revenue_of(item.kind default "service")')
        return (
            f"for item in items{when} {{\n    debit clearing {amount}\n"
            f"    credit {target} {amount}{by}\n  }}"
        )

    def _payment_loop(self) -> str:
        target = self._dice.one(
            "cash", 'tender_of(payment.method default "card", kind default "x")'
        )
        when = self._when()
        return (
            f"for payment in payments {{\n    debit {target} payment.amount{when}\n"
            f"    credit clearing payment.amount{self._by()}{when}\n  }}"
        )

    def _part_loop(self) -> str:
        return drawn_loop(self._dice, "fees", "cash", self._by())

    def _allocation(self) -> str:
        dice, by = self._dice, self._by()
        amount = dice.one(
            "total_amount", "tip_amount", "sum(gross(items))", "fee_amount", "sum(tax(items))"
        )
        when = self._when()
        shares = dice.one(
            f"60% to credit revenue{by} remaining to credit products",
            "1/3 to credit revenue 1/3 to credit products 1/3 to credit fees",
            "10.00 to credit fees remaining to { 25% to credit revenue remaining to credit cash }",
            f"share (ratio / 7) to credit fees{by} max tip_amount of 30% to credit {MAPPED} "
            "remaining to { 1.00 to credit fees share (extra default 0.5) to credit cash "
            "remaining to credit revenue }",
        )
        last = dice.one(
            "", "", " leftover first", " leftover last", " leftover largest_weight",
            " leftover apart to credit rounding",
        )  # fmt: skip
        if dice.happens(4):
            return self._spread(amount, last)
        if dice.happens(4):
            text = f"debit clearing gross(each) allocate gross(each) {{ {shares} }}{last}"
            return f"for each in items {{ {text} }}"
        return f"debit clearing {amount}{when}\n  allocate {amount}{when} {{ {shares} }}{last}"

    def _spread(self, amount: str, last: str) -> str:
        dice = self._dice
        over, target = dice.one(
            ("each in items by each.amount", MAPPED), ("each in items by net(each)", "revenue"),
            ('each in items when each.kind = "a" by 1', 'revenue_of(each.kind default "x")'),
            ("each in payments by payment.amount", "cash"),
            ("each in items by (each.weight default 1)", "fees"),
        )  # fmt: skip
        over = over.replace("payment.amount", "each.amount")
        return (
            f"debit clearing {amount}\n  allocate {amount} over {over} to credit {target}"
            f"{self._by()}{last}"
        )

    def _other_currency(self) -> str:
        amount = self._dice.one("total_amount", "extra", "rest")
        said = self._dice.one(
            "at ratio", 'currency "EUR" at ratio', "base round(extra)", 'currency "JPY"'
        )
        return f"debit bank {amount} {said}\n  credit cash {amount} {said}"

    def _closing(self) -> str:
        dice = self._dice
        return dice.one(
            "debit bank round(total_amount / 3)\n  credit cash round(total_amount / 3.01)\n"
            "  balance to rounding within 10000.00",
            "exchange difference to fx",
        )

    def _sale(self) -> str:
        dice, by = self._dice, self._by()
        tender = {
            "immediate": "for payment in payments { debit clearing payment.amount }",
            "deferred": "for payment in payments { debit clearing payment.amount }\n"
            "  debit receivable (total_amount - sum(payments.amount))",
            "manual": "debit receivable total_amount",
        }[self._capture]
        target = dice.one("revenue", "revenue", 'revenue_of(item.kind default "service")')
        owed = dice.one(
            "credit tax_output tax(item)", "credit tax_output (gross(item) - net(item))"
        )
        return (
            f"given total_amount = sum(gross(items)) + tip_amount\n  {tender}\n"
            f"  for item in items {{ credit {target} net(item){by}  {owed} }}\n"
            f"  credit tips_payable tip_amount{by} when tip_amount > 0"
        )

    def _purchase(self) -> str:
        return (
            "{ for item in items { debit fees net(item) debit tax_input tax(item) } "
            "credit payable sum(gross(items)) }"
        )


def _weights(_facts: object) -> Mapping[str, int]:
    """Weigh two members of staff."""
    return {"EMP-1": 1, "EMP-2": 2}
