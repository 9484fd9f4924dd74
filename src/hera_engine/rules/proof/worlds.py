"""Small events made up for the proof: what rules read, and what the interpreter makes of it.

Enters: a value for each field that a rule reads. Leaves: a scope in which the rule's lines are
worked out as for any event, and the sums of its debits and credits.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Final, TypeAlias

from hera_engine.accounts import Side
from hera_engine.errors import HeraError
from hera_engine.facts import Facts, Payment
from hera_engine.frozen import Frozen, FrozenMap
from hera_engine.money import ZERO, AmountError, currency_exponent, exact_add, from_minor
from hera_engine.rules.allotted import allotted_units
from hera_engine.rules.evaluate import number, plain, truth
from hera_engine.rules.exact import EventFault
from hera_engine.rules.expressions import ShareOf
from hera_engine.rules.lines import allot_over, bindings
from hera_engine.rules.plan import PlannedLine, PlannedRule
from hera_engine.rules.sale import Item, ItemDetails, Sale
from hera_engine.rules.scope import Scope
from hera_engine.rules.whole import whole_units

Value: TypeAlias = Decimal | str | bool | date
Path: TypeAlias = tuple[str, ...]

_FACTS: Final = Facts(
    organization_id="org", event_smart_code="HERA.EVENT.V1", route_code="HERA.EVENT.V1",
    total_amount=ZERO, negative=False, currency="USD", exponent=2, base_currency="USD",
    base_exponent=2, exchange_rate=Fraction(1), exchange_rate_stated="1", transaction_date=None,
    posting_date=None, tax_point_date=None, external_reference=None, simulate=True,
    context=FrozenMap(), metadata=FrozenMap(), sale_amount=None, tip_amount=ZERO, tax_amount=None,
    discount_amount=ZERO, fee_amount=ZERO, tax_inclusive=None, tax_exempt=False, tax_category=None,
    payment_method=None, items=None, payments=None, components_negative=False,
    components_positive=False,
)  # fmt: skip
"""An event that says nothing."""


@dataclass(slots=True)
class Member:
    """A member of a collection: its own fields, its figures if it is an item, its own lists."""

    fields: dict[Path, Value] = field(default_factory=dict)
    figures: dict[str, Decimal] = field(default_factory=dict)
    lists: dict[Path, list["Member"]] = field(default_factory=dict)

    def record(self) -> FrozenMap:
        """Return the member as an event holds it."""
        return _nested({**self.fields, **_lists(self.lists)})

    def amounts(self) -> Iterator[Decimal]:
        """Yield every amount in it."""
        values = (*self.fields.values(), *self.figures.values())
        yield from (value for value in values if isinstance(value, Decimal))
        for members in self.lists.values():
            for member in members:
                yield from member.amounts()


@dataclass(slots=True)
class World:
    """An event that was made up: header and known fields by name, own fields by path."""

    known: dict[str, Value] = field(default_factory=dict)
    own: dict[Path, Value] = field(default_factory=dict)
    items: list[Member] = field(default_factory=list)
    payments: list[Member] = field(default_factory=list)
    lists: dict[Path, list[Member]] = field(default_factory=dict)

    @property
    def exponent(self) -> int:
        """Decimals of the event's currency."""
        return currency_exponent(str(self.known.get("currency", "USD")))

    @property
    def size(self) -> Fraction:
        """The sum of all amounts, their signs left aside."""
        values = (*self.known.values(), *self.own.values())
        amounts = [value for value in values if isinstance(value, Decimal)]
        for members in (self.items, self.payments, *self.lists.values()):
            for member in members:
                amounts += member.amounts()
        return sum((abs(Fraction(amount)) for amount in amounts), Fraction())

    def scope(self) -> Scope:
        """Return the scope that a rule would see.

        Raises:
            HeraError: If the currency is none.
        """
        context = _nested({**self.own, **_lists(self.lists)})
        facts = _with_known(self.known, self.exponent, context)
        payments = tuple(map(_payment, self.payments))
        items = tuple(_item(member, index) for index, member in enumerate(self.items))
        stated = self.known.get("sale_amount", ZERO)
        amount = stated if isinstance(stated, Decimal) else ZERO
        coins = self.known.get("cash_rounding", ZERO)
        sale = Sale(
            facts=facts,
            sale_amount=amount,
            items=items,
            payments=payments,
            cash_rounding=coins if isinstance(coins, Decimal) else ZERO,
        )
        return Scope(facts, sale)


OF_THE_SALE: Final = frozenset({"exchange_rate", "cash_rounding"})
"""Names that are worked out, and no field of the facts."""


def _with_known(known: Mapping[str, Value], exponent: int, context: FrozenMap) -> Facts:
    """Return the facts of an event with these header and known fields; its rate is one."""
    stated = {name: value for name, value in known.items() if name not in OF_THE_SALE}
    base = stated.pop("base_currency", stated.get("currency", "USD"))
    facts = replace(_FACTS, exponent=exponent, base_exponent=exponent, context=context)
    return replace(facts, base_currency=str(base), **stated)  # type: ignore[arg-type] # each has the kind that its name asks for


def _item(member: Member, index: int) -> Item:
    figure = {name: member.figures.get(name, ZERO) for name in ITEM_FIGURES}
    return Item(
        path=f"business_context.items[{index}]",
        fields=member.record(),
        amount=figure["amount"],
        discount=figure["discount"],
        document_discount=figure["document_discount"],
        net=figure["net"],
        tax=figure["tax"],
        gross=exact_add(figure["net"], figure["tax"]),
        discount_net=figure["discount_net"],
        inclusive=False,
        category=None,
        exempt=False,
        make_details=partial(ItemDetails, Fraction(figure["net"])),
    )


ITEM_FIGURES: Final = (
    "amount", "discount", "document_discount", "discount_net", "net", "tax",
)  # fmt: skip
"""Amounts of an item that the engine works out; gross is net and tax."""


def _payment(member: Member) -> Payment:
    fields = member.record()
    method, amount = fields.get("method"), fields.get("amount")
    reference = fields.get("reference")
    return Payment(
        method=method if isinstance(method, str) else None,
        amount=amount if isinstance(amount, Decimal) else ZERO,
        reference=reference if isinstance(reference, str) else None,
        fields=fields,
    )


def _lists(lists: Mapping[Path, Sequence[Member]]) -> dict[Path, tuple[FrozenMap, ...]]:
    return {path: tuple(member.record() for member in members) for path, members in lists.items()}


def _nested(flat: Mapping[Path, object]) -> FrozenMap:
    """Return a record whose fields are given by their paths; dates as texts, as they are sent."""
    inner: dict[str, dict[Path, object]] = {}
    found: dict[str, Frozen] = {}
    for path, value in flat.items():
        if len(path) > 1:
            inner.setdefault(path[0], {})[path[1:]] = value
        else:
            found[path[0]] = value.isoformat() if isinstance(value, date) else value  # type: ignore[assignment] # a plain value or a record
    for name, fields in inner.items():
        found[name] = _nested(fields)
    return FrozenMap(found)


# --- what the interpreter makes of it ------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sums:
    """Debits and credits of one ledger in one currency."""

    debits: Decimal
    credits: Decimal


def sums_of(rule: PlannedRule, world: World, lines: Collection[int]) -> Sums | None:
    """Return what some lines of a rule come to, or None where the event is refused.

    This is what the engine does with an event: equations first, then the lines as far as their
    amounts and sides.
    """
    try:
        scope = world.scope()
        for let in rule.lets:
            scope.lets[let.name] = number(let.value, scope)
        if any(number(each.left, scope) != number(each.right, scope) for each in rule.givens):
            return None
        debits = credits_ = from_minor(0, scope.facts.exponent)
        for side, amount in _amounts(rule, scope, lines):
            if (side is Side.DEBIT) == (amount > 0):
                debits = exact_add(debits, amount.copy_abs())
            else:
                credits_ = exact_add(credits_, amount.copy_abs())
    except (EventFault, AmountError, HeraError):
        return None
    return Sums(debits, credits_)


def _amounts(
    rule: PlannedRule, scope: Scope, lines: Collection[int]
) -> Iterator[tuple[Side, Decimal]]:
    """Yield side and amount of each line that is posted, in the currency of the line.

    Other lines than those asked for may refuse the event as well.
    """
    for line in rule.lines:
        if line.leg is not None:
            continue
        allot_over(line, scope)
        for inner in bindings(line.loops, scope):
            if line.when is None or truth(line.when, inner):
                counted = _counting(line, inner)
                if isinstance(line.amount, ShareOf):
                    units = allotted_units(line.amount, counted)
                else:
                    units = whole_units(number(line.amount, counted), line.amount, counted)
                if line.number in lines:
                    yield line.side, from_minor(units, counted.facts.exponent)


def _counting(line: PlannedLine, scope: Scope) -> Scope:
    """Return a scope in the currency of a line, in whose minor unit `round(x)` counts."""
    if line.currency is None:
        return scope
    exponent = currency_exponent(str(plain(line.currency, scope)))
    return replace(scope, facts=replace(scope.facts, exponent=exponent))
