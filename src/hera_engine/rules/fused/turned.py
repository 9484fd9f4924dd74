"""How the amounts of an event were sent, and by which readers a function sees them as positive.

A negative total has all amounts seen as in a positive event, and every side flips at the end
(docs/language.md, 6.2). Its components carry the total's sign or are positive, all alike.
"""

from dataclasses import dataclass
from typing import Final

from hera_engine.event_shape import ShapeKind


@dataclass(frozen=True, slots=True)
class Sent:
    """How the amounts of an event were sent.

    Attributes:
        flips: Whether the total is negative, so that all sides flip.
        components: Whether amounts that the engine knows, and those of items, were so as well.
        own: Whether own fields outside of items were.
        signed: Whether `signed money` is turned.
    """

    flips: bool = False
    components: bool = False
    own: bool = False
    signed: bool = False

    @property
    def units(self) -> str:
        """The reader of amounts that the engine knows."""
        return "units_below" if self.components else "units"

    @property
    def price(self) -> str:
        """The reader of what items with a quantity cost."""
        return "price_below" if self.components else "price_of"

    def number(self, kind: ShapeKind | None, *, of_item: bool) -> str:
        """Return the reader of an own number.

        Args:
            kind: As which it is declared, if it is.
            of_item: Whether it is read of an item, that was sent or made of the sale.
        """
        match kind:
            case ShapeKind.NUMBER:
                return "number"
            case ShapeKind.SIGNED_MONEY:
                return "number_below" if self.signed else "number"
            case _ if of_item:
                return "number_of_item" if self.components else "number"
            case _:
                return "number_below" if self.own else "number"


POSITIVE: Final = Sent()
"""The total is positive, and so is all the rest."""
BELOW: Final = Sent(flips=True, components=True, own=True, signed=True)
"""All amounts have the sign of a negative total."""
ABOVE: Final = Sent(flips=True)
"""Only the total is negative."""
ALONE: Final = Sent(flips=True, signed=True)
"""A negative total has no component beside it, and no own field has its sign."""
ALONE_WITH_OWN: Final = Sent(flips=True, own=True, signed=True)
"""The same where own fields have its sign."""
