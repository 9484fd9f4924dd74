"""Documents of EN 16931 as frozen values: what is stated, and what the standard makes of it.

Every figure may be missing, so that a draft without sums and a fragment of a document are values
too; a missing figure counts as zero in a sum. Amounts are in units of the document's currency and
exact; where the standard rounds, it is to two decimals whatever the currency, half away from zero.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from decimal import Decimal
from fractions import Fraction
from typing import Final

from hera_engine import limits
from hera_engine.errors import EventError, Problem, ProblemList
from hera_engine.money import (
    AmountError,
    exact_add,
    exact_subtract,
    format_amount,
    parse_amount,
    round_money,
)
from hera_engine.tax.category import EN16931_CODES, Reason

UNTAXED_CODES: Final = frozenset(EN16931_CODES.values()) - {EN16931_CODES[Reason.STANDARD]}
"""Category codes whose tax is nought whatever the rate: Z, E, AE, K, G and O."""

ZERO: Final = Decimal(0)
_HUNDREDTH: Final = Decimal("0.01")
_CODE_CHARACTERS: Final = 16

TaxGroup = tuple[str, Decimal | None]
"""What the breakdown has a row for: a category code, with its rate where tax is charged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """An allowance or a charge of the document or of one of its lines.

    Source: EN 16931-1, BT-92 to BT-96 and BT-99 to BT-103 of a document, BT-136 to BT-138 and
    BT-141 to BT-143 of a line.

    Attributes:
        is_charge: Whether it adds to the price; an allowance takes off.
        amount: What is added or taken off, not negative as a rule.
        base: What a percentage is taken of.
        percent: That percentage.
        category: Tax category code, on the document alone; a line has its own.
        rate: Percentage of tax, likewise.
    """

    is_charge: bool
    amount: Decimal | None = None
    base: Decimal | None = None
    percent: Decimal | None = None
    category: str | None = None
    rate: Decimal | None = None

    def __post_init__(self) -> None:
        _settle(self, "amount", "base", "percent", "rate")
        _check_code(self.category, "category")
        if not isinstance(self.is_charge, bool):
            raise _refusal("is_charge", "is neither true nor false")

    @property
    def due_amount(self) -> Decimal | None:
        """The percentage of the base, rounded; None unless both are stated."""
        if self.base is None or self.percent is None:
            return None
        return rounded(Fraction(self.base) * Fraction(self.percent) / 100)

    @property
    def signed_amount(self) -> Decimal:
        """The stated amount, negative for an allowance."""
        amount = self.amount or ZERO
        return amount if self.is_charge else exact_subtract(ZERO, amount)

    @property
    def group(self) -> TaxGroup | None:
        """The row of the breakdown it belongs to; None without a category."""
        return tax_group(self.category, self.rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """One line of a document.

    Source: EN 16931-1, BG-25 and BG-29.

    Attributes:
        quantity: BT-129.
        unit_price: BT-146, the price of ``base_quantity`` units after ``price_discount``.
        base_quantity: BT-149; one if missing.
        gross_price: BT-148, the price before its discount.
        price_discount: BT-147.
        adjustments: Allowances and charges of the line.
        net: BT-131, the amount of the line without tax.
        category: BT-151.
        rate: BT-152, a percentage.
    """

    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    base_quantity: Decimal | None = None
    gross_price: Decimal | None = None
    price_discount: Decimal | None = None
    adjustments: tuple[Adjustment, ...] = ()
    net: Decimal | None = None
    category: str | None = None
    rate: Decimal | None = None

    def __post_init__(self) -> None:
        _settle(
            self, "quantity", "unit_price", "base_quantity", "gross_price", "price_discount",
            "net", "rate",
        )  # fmt: skip
        _check_code(self.category, "category")
        _check_members(self.adjustments, Adjustment, "adjustments")

    @property
    def due_net(self) -> Decimal | None:
        """Quantity times price with the line's charges less its allowances, rounded once.

        A missing quantity is one; None without a price, or with one for no units at all.
        """
        per = Fraction(1 if self.base_quantity is None else self.base_quantity)
        if self.unit_price is None or not per:
            return None
        quantity = Fraction(1 if self.quantity is None else self.quantity)
        price = quantity * Fraction(self.unit_price) / per
        return rounded(price + Fraction(total(each.signed_amount for each in self.adjustments)))

    @property
    def due_price(self) -> Decimal | None:
        """The gross price less its discount; None without a gross price."""
        if self.gross_price is None:
            return None
        return exact_subtract(self.gross_price, self.price_discount or ZERO)

    @property
    def group(self) -> TaxGroup | None:
        """The row of the breakdown it belongs to; None without a category."""
        return tax_group(self.category, self.rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryTax:
    """One row of the tax breakdown.

    Source: EN 16931-1, BG-23: BT-118, BT-119, BT-116 and BT-117.
    """

    category: str | None = None
    rate: Decimal | None = None
    taxable: Decimal | None = None
    tax: Decimal | None = None

    def __post_init__(self) -> None:
        _settle(self, "rate", "taxable", "tax")
        _check_code(self.category, "category")

    @property
    def due_tax(self) -> Decimal:
        """The rate's percentage of the taxable amount, rounded once; no rate charges nothing."""
        return rounded(Fraction(self.taxable or ZERO) * Fraction(self.rate or ZERO) / 100)

    @property
    def group(self) -> TaxGroup | None:
        """What the row is about; None without a category."""
        return tax_group(self.category, self.rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxTotal:
    """The tax of the document in one currency.

    Source: EN 16931-1, BT-110, and BT-111 in the currency of the tax accounts.
    """

    amount: Decimal | None = None
    currency: str | None = None

    def __post_init__(self) -> None:
        _settle(self, "amount")
        _check_code(self.currency, "currency")


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The sums of a document.

    Source: EN 16931-1, BG-22.

    Attributes:
        lines_net: BT-106, sum of the nets of the lines.
        allowances: BT-107, sum of the allowances of the document.
        charges: BT-108, sum of its charges.
        net: BT-109, total without tax.
        gross: BT-112, total with tax.
        prepaid: BT-113.
        rounding: BT-114, what is added to make the payable round.
        payable: BT-115.
    """

    lines_net: Decimal | None = None
    allowances: Decimal | None = None
    charges: Decimal | None = None
    net: Decimal | None = None
    gross: Decimal | None = None
    prepaid: Decimal | None = None
    rounding: Decimal | None = None
    payable: Decimal | None = None

    def __post_init__(self) -> None:
        _settle(
            self, "lines_net", "allowances", "charges", "net", "gross", "prepaid", "rounding",
            "payable",
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An invoice or a credit note with what it states.

    Attributes:
        currency: BT-5, the currency of every amount but a tax total in another.
        lines: At most `limits.EVENT_ITEMS`.
        adjustments: Allowances and charges of the whole document, as many at most.
        breakdown: Tax by category and rate.
        tax_totals: The tax in the document's currency, and perhaps in that of the tax accounts.
        totals: The sums.
    """

    currency: str | None = None
    lines: tuple[DocumentLine, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    breakdown: tuple[CategoryTax, ...] = ()
    tax_totals: tuple[TaxTotal, ...] = ()
    totals: Totals = field(default_factory=Totals)

    def __post_init__(self) -> None:
        _check_code(self.currency, "currency")
        _check_members(self.lines, DocumentLine, "lines")
        _check_members(self.adjustments, Adjustment, "adjustments")
        _check_members(self.breakdown, CategoryTax, "breakdown")
        _check_members(self.tax_totals, TaxTotal, "tax_totals")
        if not isinstance(self.totals, Totals):
            raise _refusal("totals", "is not a value of its type")

    @property
    def groups(self) -> dict[TaxGroup, Decimal]:
        """What is taxable by category and rate, in order of first appearance.

        Sums of the stated nets of the lines, with the charges less the allowances of the
        document; what names no category is left out.
        """
        sums: dict[TaxGroup, Decimal] = {}
        amounts = [(line.group, line.net or ZERO) for line in self.lines]
        amounts += [(each.group, each.signed_amount) for each in self.adjustments]
        for group, amount in amounts:
            if group is not None:
                sums[group] = exact_add(sums.get(group, ZERO), amount)
        return sums

    def adjusted(self, *, charges: bool) -> Decimal:
        """Return the sum of the stated charges of the document, or of its allowances."""
        return total(each.amount for each in self.adjustments if each.is_charge is charges)

    def to_dict(self) -> dict[str, object]:
        """Return what is stated as plain JSON values; `read_document` reads them."""
        plain = _plain(self)
        assert isinstance(plain, dict), "a document is a record"
        return plain

    def owns(self, tax: TaxTotal) -> bool:
        """Whether a tax total is in the document's currency; where one names none, it is."""
        return None in (tax.currency, self.currency) or tax.currency == self.currency


# --- arithmetic ----------------------------------------------------------------------------


def tax_group(category: str | None, rate: Decimal | None) -> TaxGroup | None:
    """Return what the breakdown has a row for; a missing rate is nought per cent.

    >>> tax_group("S", Decimal("25.0")) == tax_group("S", Decimal("25"))
    True
    >>> tax_group("E", Decimal("0")) == tax_group("E", None)
    True
    """
    if category is None:
        return None
    return category, None if category in UNTAXED_CODES else rate or ZERO


def total(amounts: Iterable[Decimal | None]) -> Decimal:
    """Return the exact sum; what is missing counts as zero."""
    whole = ZERO
    for amount in amounts:
        whole = exact_add(whole, amount or ZERO)
    return whole


def rounded(value: Fraction) -> Decimal:
    """Return an amount with two decimals, half away from zero.

    Source: EN 16931-1, BR-DEC-01 to BR-DEC-28 and BR-CO-17: two decimals in every currency.

    Raises:
        HeraError: E_GUARDRAIL for an amount of 10**18 or more.
    """
    return round_money(value, step=_HUNDREDTH)


def _plain(value: object) -> object:
    """Return a value of this module as plain JSON values, without what is missing."""
    match value:
        case Decimal():
            return format_amount(value)
        case tuple():
            return [_plain(member) for member in value]
        case Adjustment() | DocumentLine() | CategoryTax() | TaxTotal() | Totals() | Document():
            stated = {each.name: getattr(value, each.name) for each in fields(value)}
            return {
                name: _plain(content)
                for name, content in stated.items()
                if content not in (None, (), Totals())
            }
        case _:
            return value


# --- refusal -------------------------------------------------------------------------------


def _settle(owner: object, *names: str) -> None:
    """Replace the numbers in fields by exact Decimals; refuse all that are none."""
    problems = ProblemList()
    for name in names:
        value = getattr(owner, name)
        try:
            number = None if value is None else parse_amount(value)
        except AmountError as error:
            problems.add(name, error.reason, error.hint, **error.details)
        else:
            object.__setattr__(owner, name, number)
    problems.raise_if_any()


def _check_code(value: object, name: str) -> None:
    """Refuse a category or currency that is no short text."""
    if value is None:
        return
    if not isinstance(value, str) or not 0 < len(value) <= _CODE_CHARACTERS:
        raise _refusal(name, "is not a code")


def _check_members(members: object, kind: type, name: str) -> None:
    """Refuse what is no tuple of values of a kind, and one with too many."""
    if not isinstance(members, tuple) or not all(isinstance(each, kind) for each in members):
        raise _refusal(name, f"is not a tuple of {kind.__name__}")
    if len(members) > limits.EVENT_ITEMS:
        allowed, seen = str(limits.EVENT_ITEMS), str(len(members))
        evidence = (("limit", "EVENT_ITEMS"), ("allowed", allowed), ("seen", seen))
        reason = f"has {seen} members, at most {allowed} are allowed"
        raise EventError([Problem(name, reason, details=evidence)])


def require_document(value: object) -> None:
    """Refuse what is no `Document`.

    Raises:
        EventError: E_GUARDRAIL.
    """
    if not isinstance(value, Document):
        raise _refusal("document", "is not a Document")


def _refusal(path: str, message: str) -> EventError:
    return EventError([Problem(path, message)])
