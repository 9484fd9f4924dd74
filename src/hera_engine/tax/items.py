"""Items as a caller hands them to `compute_tax`, read into prices in whole minor units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from hera_engine import limits
from hera_engine.errors import EventError, Problem, ProblemList, did_you_mean
from hera_engine.money import (
    AmountError,
    format_amount,
    from_minor,
    parse_amount,
    round_fraction,
    to_minor,
)
from hera_engine.tax.mapping import shown

Number = Decimal | int | str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxItem:
    """One item of a document to be taxed.

    Attributes:
        amount: Price of the whole item, with at most the currency's decimals; or
        quantity: how many, with
        unit_price: the price of one, up to 12 decimals each; the product is rounded half up,
            once, to the minor unit.
        discount: What is taken off the whole item, in price terms, before tax; or
        discount_percent: the same as a percentage from 0 to 100, rounded half up.
        charge: What is added to the whole item, in price terms, before tax.
        category: Kind of supply; None for the profile's default.
        inclusive: Whether the price includes tax; None to let rate and profile decide.
        exempt: Whether no tax applies, whatever the category says.
        components: Codes of the tax components it bears, instead of those of its category;
            for profiles that have components.
    """

    amount: Number | None = None
    quantity: Number | None = None
    unit_price: Number | None = None
    discount: Number | None = None
    discount_percent: Number | None = None
    charge: Number | None = None
    category: str | None = None
    inclusive: bool | None = None
    exempt: bool = False
    components: Sequence[str] | None = None


ITEM_KEYS: Final = tuple(field.name for field in fields(TaxItem))
EVENT_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {"tax_category": "category", "tax_inclusive": "inclusive", "tax_exempt": "exempt"}
)
"""What an event's items call the same fields; a mapping may use either name."""


@dataclass(frozen=True, slots=True)
class PricedItem:
    """One item after discounts: its price in minor units, and what it says about its tax.

    ``exact`` is the same price in currency units before any rounding, ``quantity`` how many
    units it is for, and ``negative`` whether the price of one of them is below zero.
    """

    price: int
    category: str | None
    inclusive: bool | None
    exempt: bool
    components: tuple[str, ...] | None = None
    exact: Fraction = Fraction()
    quantity: Fraction = Fraction(1)
    negative: bool = False


def read_items(items: object, exponent: int) -> tuple[PricedItem, ...]:
    """Return the items with their prices after discounts.

    Args:
        items: A list or tuple of `TaxItem` or of mappings with its fields.
        exponent: Decimals of the currency.

    Raises:
        EventError: E_GUARDRAIL with a problem for each fault.
    """
    if not isinstance(items, list | tuple):
        raise EventError([Problem("items", "is not a list", "pass a list of items")])
    problems = ProblemList()
    if len(items) > limits.EVENT_ITEMS:
        problems.add(
            "items", f"has {len(items)} members, at most {limits.EVENT_ITEMS} are allowed",
            limit="EVENT_ITEMS", allowed=limits.EVENT_ITEMS, seen=len(items),
        )  # fmt: skip
        problems.raise_if_any()
    reader = _ItemReader(problems, exponent)
    read = tuple(reader.read(each, f"items[{index}]") for index, each in enumerate(items))
    problems.raise_if_any()
    return read


def taxed_items(items: object, exponent: int) -> tuple[TaxItem, ...]:
    """Return the items as `TaxItem`, mappings among them read.

    Raises:
        EventError: As `read_items`.
    """
    read_items(items, exponent)
    assert isinstance(items, list | tuple), "what was read is a list"
    reader = _ItemReader(ProblemList(), exponent)
    return tuple(reader.item(each, f"items[{index}]") for index, each in enumerate(items))


def exact_number(value: object, subject: str) -> Fraction:
    """Return a number that stands beside the items, exactly.

    Raises:
        HeraError: E_GUARDRAIL if it is none.
    """
    if type(value) is Fraction:
        return value
    try:
        return Fraction(parse_amount(value))
    except AmountError as error:
        raise error.as_hera_error(subject) from None


def read_stated(value: object, exponent: int, path: str = "stated_tax") -> int | None:
    """Return an amount stated beside the items in minor units, None if none is stated.

    Raises:
        EventError: E_GUARDRAIL if it is no amount of the currency.
    """
    problems = ProblemList()
    units = _ItemReader(problems, exponent).units(value, path)
    problems.raise_if_any()
    return units


@dataclass(frozen=True, slots=True)
class _ItemReader:
    """Reads one item after the other, noting what is wrong with each."""

    problems: ProblemList
    exponent: int

    def read(self, value: object, path: str) -> PricedItem:
        """Return one item; its price is zero where a problem was noted."""
        item = self.item(value, path)
        amount = self._amount(item, path)
        discount = self._discount(item, amount, path) - self._charge(item, amount, path)
        self._check_category(item.category, f"{path}.category")
        self._check_flag(item.inclusive, f"{path}.inclusive")
        self._check_flag(item.exempt, f"{path}.exempt")
        priced = PricedItem(
            amount - discount, item.category, item.inclusive, bool(item.exempt),
            self._codes(item.components, f"{path}.components"),
        )  # fmt: skip
        return priced if self.problems.found else self._exactly(item, priced, discount)

    def item(self, value: object, path: str) -> TaxItem:
        """Return an item whose fields are not read yet."""
        return value if isinstance(value, TaxItem) else self._from_mapping(value, path)

    def _exactly(self, item: TaxItem, priced: PricedItem, discount: int) -> PricedItem:
        """Return a priced item with its exact price; called once nothing is wrong with it."""
        if item.quantity is None or item.unit_price is None:
            count, unit = Fraction(1), Fraction(parse_amount(item.amount))
        else:
            count = Fraction(parse_amount(item.quantity))
            unit = Fraction(parse_amount(item.unit_price))
        exact = count * unit - Fraction(discount, 10**self.exponent)
        if item.discount_percent is not None:
            exact = count * unit * (1 - Fraction(parse_amount(item.discount_percent)) / 100)
            if item.charge is not None:
                charge = abs(Fraction(parse_amount(item.charge)))
                exact += -charge if unit * count < 0 else charge
        return replace(priced, exact=exact, quantity=count, negative=unit < 0)

    def _codes(self, value: object, path: str) -> tuple[str, ...] | None:
        """Return the codes of an item's components."""
        if value is None:
            return None
        if isinstance(value, list | tuple) and all(isinstance(code, str) for code in value):
            return tuple(value)
        self.problems.add(path, "is not a list of codes")
        return None

    def _from_mapping(self, value: object, path: str) -> TaxItem:
        """Return the item a mapping describes; an empty one where it describes none."""
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            self.problems.add(path, "is not an item", "pass a mapping or a TaxItem")
            return TaxItem(amount=0)
        named: dict[str, object] = {}
        spelt: dict[str, str] = {}
        for key, content in value.items():
            name = EVENT_NAMES.get(key, key)
            where = f"{path}.{shown(key)}"
            if name not in ITEM_KEYS:
                hint = did_you_mean(key[: limits.KEY_CHARACTERS], (*ITEM_KEYS, *EVENT_NAMES))
                self.problems.add(where, "is not a known field", hint)
            elif name in named:
                self.problems.add(where, f"says the same as `{spelt[name]}`", "drop one of the two")
            else:
                named[name], spelt[name] = content, key
        return TaxItem(**named)  # type: ignore[arg-type] # `read` checks each field

    def units(self, value: object, path: str) -> int | None:
        """Return an amount of the currency in minor units, None if absent or faulty."""
        number = self._number(value, path)
        try:
            return None if number is None else to_minor(number, self.exponent)
        except AmountError as error:
            self._refuse(path, error)
            return None

    def _amount(self, item: TaxItem, path: str) -> int:
        """Return the price of the whole item before discounts."""
        before = len(self.problems.found)
        amount = self.units(item.amount, f"{path}.amount")
        quantity = self._number(item.quantity, f"{path}.quantity")
        unit_price = self._number(item.unit_price, f"{path}.unit_price")
        if len(self.problems.found) > before:
            return 0
        if quantity is None or unit_price is None:
            if amount is None or quantity is not None or unit_price is not None:
                hint = "send amount, or quantity and unit_price"
                self.problems.add(path, "has no complete price", hint)
            return amount or 0
        product = round_fraction(Fraction(quantity) * Fraction(unit_price) * 10**self.exponent)
        if abs(product) >= 10 ** (limits.AMOUNT_INTEGER_DIGITS + self.exponent):
            self.problems.add(
                path, "quantity times unit price is too large", limit="AMOUNT_INTEGER_DIGITS",
                allowed=limits.AMOUNT_INTEGER_DIGITS,
                seen=f"more than {limits.AMOUNT_INTEGER_DIGITS}",
            )  # fmt: skip
            return 0
        if amount is not None and amount != product:
            text = format_amount(from_minor(product, self.exponent))
            self.problems.add(f"{path}.amount", f"is not quantity times unit price, {text}")
        return product

    def _discount(self, item: TaxItem, amount: int, path: str) -> int:
        """Return what is taken off an amount, with the amount's sign."""
        discount = self.units(item.discount, f"{path}.discount")
        percent = self._number(item.discount_percent, f"{path}.discount_percent")
        if discount is not None and percent is not None:
            self.problems.add(f"{path}.discount_percent", "stands beside `discount`", "drop one")
        if percent is not None:
            if not 0 <= percent <= 100:
                self.problems.add(f"{path}.discount_percent", "does not lie between 0 and 100")
            return round_fraction(amount * Fraction(percent) / 100)
        if not discount:
            return 0
        if discount < 0 < amount:
            self.problems.add(f"{path}.discount", "is negative", "send what is taken off")
        if abs(discount) > abs(amount):
            self.problems.add(f"{path}.discount", "is more than the item's amount")
        return -abs(discount) if amount < 0 else discount

    def _charge(self, item: TaxItem, amount: int, path: str) -> int:
        """Return what is added to an amount, with the amount's sign."""
        charge = self.units(item.charge, f"{path}.charge")
        if not charge:
            return 0
        if charge < 0 <= amount:
            self.problems.add(f"{path}.charge", "is negative", "send what is added")
        return -abs(charge) if amount < 0 else charge

    def _check_category(self, value: object, path: str) -> None:
        """Note a category that is no text; what it may be called is the profile's affair."""
        if value is not None and (not isinstance(value, str) or not value):
            self.problems.add(path, "is not a text")

    def _check_flag(self, value: object, path: str) -> None:
        if not isinstance(value, bool | None):
            self.problems.add(path, "is neither true nor false")

    def _number(self, value: object, path: str) -> Decimal | None:
        if value is None:
            return None
        try:
            return parse_amount(value)
        except AmountError as error:
            self._refuse(path, error)
            return None

    def _refuse(self, path: str, error: AmountError) -> None:
        self.problems.add(path, error.reason, error.hint, **error.details)
