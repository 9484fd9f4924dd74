"""What happened: one business event, checked and immutable.

Amounts are Decimals in the transaction currency with at most its decimals; quantities and unit
prices have up to 12 decimals. `hera_engine.event_facts` makes facts of what a caller sends.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, make_dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple

from hera_engine.exchange_rates import AppliedRate
from hera_engine.frozen import EMPTY, FrozenMap
from hera_engine.money import ZERO

EVENT_FIELDS: Final = frozenset((
    "organization_id", "event_smart_code", "total_amount", "currency", "business_context",
    "external_reference", "transaction_date", "posting_date", "base_currency", "exchange_rate",
    "metadata", "simulate",
))  # fmt: skip
"""The top-level fields of a business event; any other is an error."""


class GivenItem(NamedTuple):
    """One item as the event states it.

    ``amount`` is the price of the whole item before discounts; ``discount`` is taken off it and
    carries its sign. ``fields`` holds the item as sent, for rules, maps and dimensions.
    """

    amount: Decimal
    discount: Decimal = ZERO
    category: str | None = None
    exempt: bool = False
    inclusive: bool | None = None
    fields: FrozenMap = EMPTY
    made: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One payment of a sale: how, how much, and the tender's own reference."""

    method: str | None
    amount: Decimal
    reference: str | None
    fields: FrozenMap
    made: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One business event, checked and immutable.

    All amounts are seen as if the event were positive: ``negative`` says that the total was
    below zero and every side will flip; ``components_negative`` and ``components_positive`` say
    which sign the components of such an event were sent with. ``exchange_rate`` is base units
    per transaction unit, exact; ``applied_rate`` tells where it was read if the event does not
    state it. ``sale_amount`` and ``tax_amount`` are None where the event does not state them.
    ``settled`` holds, by path, the own numbers and amounts that a declaration has settled the
    sign of in a negative event, its defaults among them; ``defaults`` says what it filled in.
    ``added`` holds what was derived and what stages found out, ``derivations`` how, by path.
    """

    organization_id: str
    event_smart_code: str
    route_code: str
    total_amount: Decimal
    negative: bool
    currency: str
    exponent: int
    base_currency: str
    base_exponent: int
    exchange_rate: Fraction
    exchange_rate_stated: str
    transaction_date: date | None
    posting_date: date | None
    tax_point_date: date | None
    external_reference: str | None
    simulate: bool
    context: FrozenMap
    metadata: FrozenMap
    sale_amount: Decimal | None
    tip_amount: Decimal
    tax_amount: Decimal | None
    discount_amount: Decimal
    fee_amount: Decimal
    tax_inclusive: bool | None
    tax_exempt: bool
    tax_category: str | None
    payment_method: str | None
    items: tuple[GivenItem, ...] | None
    payments: tuple[Payment, ...] | None
    components_negative: bool
    components_positive: bool
    settled: FrozenMap = EMPTY
    defaults: tuple[str, ...] = ()
    added: FrozenMap = EMPTY
    derivations: FrozenMap = EMPTY
    applied_rate: AppliedRate | None = None

    @property
    def tax_date(self) -> date | None:
        """The date that chooses tax rates: the tax point, else the transaction date."""
        return self.tax_point_date or self.transaction_date

    @property
    def accounting_date(self) -> date | None:
        """The date that chooses schema version and period: posting, else transaction date."""
        return self.posting_date or self.transaction_date


_Draft: Final = make_dataclass("_Draft", [each.name for each in fields(Facts)], slots=True)
"""The same slots, open to be filled: a frozen class sets each of its fields by a call."""


def facts_of(values: Iterable[object]) -> Facts:
    """Return facts made of their fields, all of them, in their order.

    Cost: a third of what making them by name costs, and every event that is read pays it.
    """
    made: object = _Draft(*values)
    made.__class__ = Facts  # Python allows it between classes of the same slots.
    assert isinstance(made, Facts), "its class was just set"
    return made
