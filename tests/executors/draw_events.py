"""Events drawn at random for a drawn schema: most have figures that agree, so that they post.

Amounts are kept in whole minor units and written in any spelling that means the same: a string with
more or fewer zeros, a whole number, a Decimal.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from hera_engine.allocation import allocate_units
from tests.executors.dice import Dice
from tests.executors.draw_lists import drawn_box, drawn_lines, drawn_part
from tests.executors.draw_schemas import CATEGORIES, CODES, Drawn

Event = dict[str, object]

EXPONENTS: Final[Mapping[str, int]] = MappingProxyType(
    {"USD": 2, "JPY": 0, "KWD": 3, "CLF": 4, "EUR": 2, "SEK": 2}
)
"""The currencies of drawn events with their decimals."""
RATES: Final = (
    "0.9137", "1", "161.25", 2, Decimal("1.10"), {"per_base": "1.0837"}, {"per_base": 3},
    {"per_base": Decimal("0.3077")}, "0.000001", "150.123456789012",
)  # fmt: skip
DAYS: Final = ("2025-01-01", "2025-03-31", "2025-04-01", "2025-06-30", "2025-07-01", "2024-12-31")
ORGANIZATIONS: Final = (
    "org-1", "org-1", "c0ffee00-0000-4000-8000-00000000000a",
    "C0FFEE00-0000-4000-8000-00000000000A", "{c0ffee00-0000-4000-8000-00000000000a}",
    "c0ffee0000004000800000000000000a",
)  # fmt: skip
STAFF: Final = ("EMP-1", "EMP-2", "A", "é")
TEXTS: Final = ("service", "product", "a", "b", "voucher", "other", "")


def drawn_event(drawn: Drawn, dice: Dice) -> Event:
    """Return an event, which the schema's rules for sales mostly post."""
    return _Draw(drawn, dice).event()


class _Draw:
    """Draws one event, part by part."""

    def __init__(self, drawn: Drawn, dice: Dice) -> None:
        self._drawn = drawn
        self._dice = dice
        self._currency = dice.one("USD", "USD", "USD", *EXPONENTS)
        self._exponent = EXPONENTS[self._currency]
        self._sign = -1 if dice.happens(8) else 1
        # What stands beside a negative total is mostly negative, or else all positive.
        self._sign_of_parts = dice.one(self._sign, self._sign, self._sign, 1)
        self._context: dict[str, object] = {}

    def event(self) -> Event:
        """Return the event."""
        dice = self._dice
        code = "HERA.POS.SALE.V1" if not dice.happens(4) else dice.among(CODES)
        tip = 0 if dice.happens(2) else dice.units()
        paid = dice.one(self._items, self._items, self._amount, self._total)() + tip
        if tip or dice.happens(3):
            self._context["tip_amount"] = self.written(tip)
        if code.startswith("HERA.PAYMENT"):
            self._context["fee_amount"] = self.written(dice.whole(0, max(paid, 0)))
        self._pay(paid)
        self._own_fields()
        if self._drawn.closed is not None and not dice.happens(12):
            for name in self._context.keys() - self._drawn.closed:
                del self._context[name]
        event: Event = {
            "organization_id": dice.among(ORGANIZATIONS),
            "event_smart_code": code if not dice.happens(8) else code.replace(".V", ".v"),
            "total_amount": self.written(dice.units() if dice.happens(20) else paid, self._sign),
            "currency": self._currency,
            "business_context": self._context,
        }
        self._header(event)
        if not self._context or dice.happens(60):
            event["business_context"] = None
            if dice.happens(2):
                del event["business_context"]
        return event

    def written(self, units: int, direction: int | None = None) -> object:
        """Return minor units in one of the spellings that an amount may have.

        They are turned as the parts of the event are, unless a direction is given.
        """
        units *= direction or self._sign_of_parts
        sign, digits = "-" if units < 0 else "", str(abs(units)).rjust(self._exponent + 1, "0")
        cut = len(digits) - self._exponent
        text = sign + digits[:cut] + (f".{digits[cut:]}" if self._exponent else "")
        whole, rest = divmod(abs(units), 10**self._exponent)
        match self._dice.whole(0, 11):
            case 0:
                return Decimal(text)
            case 1 if not rest:
                return whole if units >= 0 else -whole
            case 2:
                return f"{text}00" if "." in text else f"{text}.000"
            case 3 if "." in text:
                return text.rstrip("0").rstrip(".")
            case 4 if not rest:
                return Decimal(units).scaleb(-self._exponent).normalize()
            case _:
                return text

    # --- what is sold ---

    def _items(self) -> int:
        """Put items into the context; return what they cost in all."""
        dice = self._dice
        made = [self._item() for _ in range(dice.one(1, 1, 2, 3, 5, 20))]
        members = [fields for fields, _, _ in made]
        self._context["items"] = tuple(members) if dice.happens(8) else members
        prices = [before - taken for _, before, taken in made]
        paid, weights = sum(prices), [max(before, 0) for _, before, _ in made]
        if dice.happens(3):
            self._context["sale_amount"] = self.written(paid)
        discount = self._discount(paid) if any(weights) else 0
        shares = allocate_units(discount, weights) if discount else [0] * len(made)
        inclusive = self._is_inclusive()
        due = [
            0 if fields.get("tax_exempt") is True
            else self._tax(price - share, str(fields.get("tax_category", "standard")), inclusive)
            for fields, price, share in zip(members, prices, shares, strict=True)
        ]  # fmt: skip
        taxes = self._stated(sum(due))
        return paid - discount + (0 if inclusive else taxes)

    def _discount(self, paid: int) -> int:
        """Now and then put a discount of the document into the context; return it."""
        if paid < 1 or not self._dice.happens(5):
            return 0
        discount = self._dice.one(self._dice.whole(1, paid), self._dice.whole(1, paid), paid)
        self._context["discount_amount"] = self.written(discount)
        return discount

    def _stated(self, due: int) -> int:
        """Now and then state the tax, as computed or off by a little or by much; return it."""
        dice = self._dice
        if not dice.happens(4):
            return due
        stated = due + dice.one(0, 0, 0, 1, -1, 3, dice.whole(-40, 40))
        self._context["tax_amount"] = self.written(stated)
        return stated

    def _item(self) -> tuple[dict[str, object], int, int]:
        """Return an item's fields, its price, and what its own discount takes off."""
        dice, fields = self._dice, dict[str, object]()
        units = dice.units()
        if dice.happens(4):
            quantity = dice.whole(1, 12)
            units = quantity * dice.units()
            fields["quantity"] = dice.one(str(quantity), quantity, f"{quantity}.0")
            fields["unit_price"] = self.written(units // quantity)
            if dice.happens(4):
                fields["amount"] = self.written(units)
        elif dice.happens(9):
            units = dice.one(-units, -units, 0)
            fields["amount"] = self.written(units)
        else:
            fields["amount"] = self.written(units)
        discount = dice.whole(0, abs(units)) if dice.happens(12) else 0
        discount = -discount if units < 0 else discount
        if discount:
            written = discount if dice.happens(2) else abs(discount)
            fields["discount"] = self.written(written)
        fields |= self._tags(4)
        if dice.happens(2):
            fields["tax_category"] = dice.among(CATEGORIES[: dice.one(4, 4, 4, 5)])
        if dice.happens(12):
            fields["tax_exempt"] = dice.one(True, True, False)
        if dice.happens(3):
            fields["kind"] = dice.among(TEXTS)
        if dice.happens(8):
            fields["weight"] = dice.one("2", 1, "0.5", 0, "1.25")
        if dice.happens(3):
            fields["lines"] = drawn_lines(dice, self.written)
        return fields, units, discount

    def _tax(self, price: int, category: str, inclusive: bool) -> int:
        """Return the tax on a price, or in it, rounded half away from zero."""
        percent = Fraction(self._drawn.percents.get(category, Decimal(0)))
        rounded = int(2 * abs(price) * percent / (100 + inclusive * percent) + 1) // 2
        return rounded if price >= 0 else -rounded

    def _is_inclusive(self) -> bool:
        """Say how prices are given, or leave it to the schema; return whether they hold the tax."""
        said = self._dice.one(None, None, None, True, True, False)
        if said is None:
            return self._drawn.inclusive
        self._context["tax_inclusive"] = said
        return said

    def _amount(self) -> int:
        """Put a sale's amount into the context; return what is paid for it."""
        dice, units = self._dice, self._dice.units()
        self._context["sale_amount"] = self.written(units)
        units -= self._discount(units)
        category = dice.one("standard", dice.among(CATEGORIES))
        if category != "standard" or dice.happens(4):
            self._context["tax_category"] = category
        if dice.happens(10):
            self._context["tax_exempt"] = True
            return units
        inclusive = self._is_inclusive()
        taxes = self._stated(self._tax(units, category, inclusive))
        return units if inclusive else units + taxes

    def _total(self) -> int:
        """Leave it all to the total."""
        dice, units = self._dice, self._dice.units()
        if dice.happens(4):
            self._is_inclusive()
        if dice.happens(10):
            self._context["discount_amount"] = self.written(dice.units())
        if dice.happens(10):
            self._context["tax_amount"] = self.written(dice.whole(0, units))
        return units

    # --- all the rest ---

    def _tags(self, missing: int) -> dict[str, object]:
        dice, found = self._dice, dict[str, object]()
        if not dice.happens(missing):
            found["staff_id"] = dice.among(STAFF) if dice.happens(9) else dice.one("EMP-1", "EMP-2")
        if dice.happens(missing):
            found["org_unit"] = dice.one("BR-01", "BR-02", "BR-01", None)
        return found

    def _pay(self, total: int) -> None:
        dice = self._dice
        if dice.happens(2):
            if dice.happens(2):
                self._context["payment_method"] = dice.one("cash", "card", "voucher")
            return
        count = dice.whole(1, 3)
        given = total if self._drawn.capture == "immediate" else dice.whole(0, max(total, 0))
        cuts = sorted(dice.whole(0, max(given, 0)) for _ in range(count - 1))
        parts = [high - low for low, high in zip([0, *cuts], [*cuts, given], strict=True)]
        payments: list[dict[str, object]] = []
        for part in parts:
            payment: dict[str, object] = {"amount": self.written(part)}
            if not dice.happens(4):
                payment["method"] = dice.one("cash", "card", "voucher")
            if dice.happens(4):
                payment["reference"] = dice.one("R-1", "R-2")
            payments.append(payment)
        self._context["payments"] = payments

    def _own_fields(self) -> None:
        """Put in what the drawn rules read, each now and then left out."""
        dice, context = self._dice, self._context
        context.update(self._tags(5))
        if not dice.happens(5):
            context["org_unit"] = dice.one("BR-01", "BR-02")
        own: dict[str, object] = {
            "extra": self.written(dice.units()),
            "ratio": dice.one("1.5", 2, Decimal("0.25"), "3"),
            "flag": dice.one(True, False),
            "paid_in": dice.one("EUR", "EUR", "EUR", "USD", "USD", "JPY", "KWD", "XAU"),
            "kind": dice.one("service", "product", "service", *TEXTS),
            "note": dice.one("service", "x", "1.0", "1.00"),
            "due": dice.one("2025-05-31", "2025-06-01"),
            "parts": [
                drawn_part(dice, self.written, self._tags(2)) for _ in range(dice.one(0, 1, 1, 2))
            ],
            "box": drawn_box(dice, self.written),
        }
        for name, value in own.items():
            if not dice.happens(20):
                context[name] = value
        if dice.happens(10):
            context["labels"] = dice.one(
                {"b": [1, "é"], "a": None}, [], [[1, {"x": Decimal("1.0")}]]
            )
        if dice.happens(6):
            context["customer_id"] = dice.one("C-1", "C-1", "", None)
        if dice.happens(8):
            context["channel"] = "web"
        if dice.happens(20):
            context["tax_point_date"] = dice.among(DAYS)

    def _header(self, event: Event) -> None:
        dice = self._dice
        if not dice.happens(6):
            event["transaction_date"] = dice.one("2025-03-01", *DAYS, date(2025, 3, 1))
        if dice.happens(8):
            event["posting_date"] = dice.among(DAYS)
        if not dice.happens(3):
            event["external_reference"] = dice.one("R-1", "R 2")
        if dice.happens(3):
            quoted = "exchange_rates" in self._drawn.arguments
            event["base_currency"] = dice.one("EUR" if quoted else "USD", *EXPONENTS)
            if event["base_currency"] != self._currency:
                event["exchange_rate"] = dice.among(RATES)
            if dice.happens(2 if quoted else 6):
                event.pop("exchange_rate", None)
        if dice.happens(12):
            event["metadata"] = dice.one({}, {"till": 3}, None)
        if dice.happens(15):
            event["simulate"] = dice.one(True, False)
