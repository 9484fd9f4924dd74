"""Posts events with a negative total: finds out how one was sent, and has that function post it.

A rule has one function for positive events and others for negative ones, each for one way to
send them (`turned.Sent`). They are written when the first event of their kind comes.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from hera_engine.event_shape import EventShape, Shape, ShapeKind
from hera_engine.journal import JournalEntry
from hera_engine.money import ZERO, AmountError, parse_amount, round_fraction
from hera_engine.rules.fused.reading import Declined, signed_units
from hera_engine.rules.fused.source import Post
from hera_engine.rules.fused.turned import ABOVE, ALONE, ALONE_WITH_OWN, BELOW, Sent
from hera_engine.rules.fused.write_shape import member_shape

COMPONENTS: Final = ("sale_amount", "tip_amount", "tax_amount", "discount_amount", "fee_amount")
"""Amounts of the business context that tell with which sign an event was sent."""
PostOf = Callable[[Sent], Post]
"""Returns the function of a rule for negative events that were sent in some way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turning:
    """Posts the events of a rule whose total is negative, or declines them.

    Attributes:
        post_of: Where their functions come from.
        exponent: Decimals of the transaction currency.
        own: Own fields of the context that the rule reads as numbers and no declaration settles.
        moneys: Declared money of the context, which is a component; ``paid`` that of payments.
    """

    post_of: PostOf
    exponent: int
    own: tuple[str, ...]
    moneys: tuple[str, ...]
    paid: tuple[str, ...]

    def __call__(
        self, event: dict[str, object], code: str, currency: str, base: str
    ) -> JournalEntry | None:
        """Return the entry of an event with a negative total; None where it is declined."""
        context = event.get("business_context")
        if context is None:
            context = {}
        if type(context) is not dict:
            return None
        return self.post_of(self._sent(context))(event, code, currency, base)

    def _sent(self, context: dict[str, object]) -> Sent:
        """Return how the amounts of an event were sent, by the first that is not zero.

        The function that is chosen declines an event in which another one is at odds with it.

        Raises:
            Declined: If that cannot be told.
        """
        for value in self._components(context):
            if value:
                return BELOW if value < 0 else ABOVE
        items = context.get("items")
        if items is not None:
            return BELOW if self._lean(items) < 0 else ABOVE
        own = any(_number(context.get(name)) < 0 for name in self.own)
        return ALONE_WITH_OWN if own else ALONE

    def _components(self, context: dict[str, object]) -> Iterator[Decimal]:
        """Yield every amount that tells with which sign an event was sent."""
        yield from (_number(context[name]) for name in COMPONENTS if name in context)
        yield from (_number(context[name]) for name in self.moneys if name in context)
        for payment in _records(context.get("payments")):
            yield _number(payment.get("amount"))
            yield from (_number(payment[name]) for name in self.paid if name in payment)

    def _lean(self, items: object) -> int:
        """Return what items cost in all, as they were sent and after their own discounts."""
        exponent = self.exponent
        return sum(
            _price(item, exponent) - signed_units(item.get("discount"), exponent)
            for item in _records(items)
        )


def turning(
    post_of: PostOf, exponent: int, read: Iterable[str], declared: EventShape | None
) -> Turning:
    """Return what posts the negative events of a rule.

    Args:
        post_of: Where the functions for them come from.
        exponent: Decimals of the transaction currency.
        read: Own fields of the context that the rule reads as numbers.
        declared: What the declaration of its events says, if there is one.
    """
    context = None if declared is None else declared.context
    numbers = () if context is None else context.fields
    return Turning(
        post_of=post_of,
        exponent=exponent,
        own=tuple(name for name in read if name not in numbers),
        moneys=_moneys(context),
        paid=_moneys(member_shape(declared, "payments")),
    )


def _moneys(shape: Shape | None) -> tuple[str, ...]:
    """Return the fields of a record that its declaration calls money."""
    fields = {} if shape is None else shape.fields
    return tuple(
        name
        for name, wanted in fields.items()
        if wanted.shape.kind is ShapeKind.MONEY and not wanted.shape.known
    )


def _number(value: object) -> Decimal:
    """Return a number that was sent; nothing is zero."""
    if value is None:
        return ZERO
    try:
        return parse_amount(value)
    except AmountError:
        raise Declined from None


def _price(item: dict[str, object], exponent: int) -> int:
    """Return what an item costs as it was sent, in minor units; the chosen function checks it."""
    amount = item.get("amount")
    if amount is not None:
        return signed_units(amount, exponent)
    exact = Fraction(_number(item.get("quantity"))) * Fraction(_number(item.get("unit_price")))
    return round_fraction(exact * 10**exponent)


def _records(members: object) -> Iterator[dict[str, object]]:
    """Yield the items or payments of an event, if it has any."""
    if members is None:
        return
    if type(members) is not list:
        raise Declined
    for member in members:
        if type(member) is not dict:
            raise Declined
        yield member
