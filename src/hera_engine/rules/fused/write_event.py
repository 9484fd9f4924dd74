"""Source that reads an event: its header and its business context.

The header leaves total, organization, transacted, posted, posted_on, outside and the rate; the
context tip, sale, fee, stated, inclusive, exempt, category, method, taxed_on, tenders and items.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from hera_engine import limits
from hera_engine.event_shape import EventShape
from hera_engine.exchange_rates import RateTable
from hera_engine.rules.fused.fields import Fields
from hera_engine.rules.fused.places import CONTEXT
from hera_engine.rules.fused.shared import Shared
from hera_engine.rules.fused.source import Block, Constants, shared_names
from hera_engine.rules.fused.subset import is_standard
from hera_engine.rules.fused.taxed import Taxes
from hera_engine.rules.fused.turned import POSITIVE, Sent
from hera_engine.rules.fused.write_shape import RecordWriter, write_header_shape
from hera_engine.rules.plan import PlannedRule, PostingPlan
from hera_engine.rules.run import Extensions
from hera_engine.rules.stage import Phase, Registered
from hera_engine.tax.profile import TaxRounding

RARE: Final = (
    "fee_amount", "tax_amount", "discount_amount", "tax_exempt", "tax_category", "payment_method",
    "tax_point_date", "payments",
)  # fmt: skip
"""Known fields that most events do not have; they are looked for together."""
ALWAYS: Final = ("sale_amount", "tip_amount", "tax_inclusive")
"""Known fields that are looked for one by one."""
_KNOWN: Final = frozenset((*ALWAYS, *RARE, "items"))
MOST_FIELDS: Final = limits.EVENT_NODES // 2
"""Fields of a business context that are looked at here."""


class Currencies(NamedTuple):
    """Decimals of the transaction currency and of the base currency, and whether they are one."""

    exponent: int
    base_exponent: int
    same: bool


class Given(NamedTuple):
    """What the functions of one engine have in common.

    Attributes:
        plan: The plan of the schema.
        extensions: The stages of one's own that are called.
        taxes: What is known of taxes in currencies with as many decimals.
        shared: What the entries of all rules share.
    """

    plan: PostingPlan
    extensions: Extensions
    taxes: Taxes
    shared: Shared


@dataclass(slots=True)
class Shape:
    """What decides the source of a function.

    Attributes:
        plan: The plan of the schema.
        rule: The rule.
        exponent: Decimals of the transaction currency.
        base_exponent: Decimals of the base currency.
        same: Whether the two are one.
        splits: Whether lines may be split by what items cost.
        shared: What its entries share with those of other rules.
        extensions: The stages of one's own that are called.
        declared: What the declaration of its events says, if there is one.
        taxed_by: What is known of the schema's taxes.
        sent: How the amounts of the events are sent.
        two_passes: Whether items are posted only once all of them are known.
        general: Whether it is the function for events with discounts, returns, stated taxes and
            what else most events do not have, which the other leaves to it.
        portions: Lines that splits by fixed shares may make of one, at most.
        names: The known fields that a business context may have.
    """

    plan: PostingPlan
    rule: PlannedRule
    exponent: int
    base_exponent: int
    same: bool
    splits: bool
    shared: Shared
    extensions: Extensions
    taxed_by: Taxes
    declared: EventShape | None = None
    sent: Sent = POSITIVE
    two_passes: bool = False
    general: bool = False
    portions: int = 1
    names: frozenset[str] = field(init=False, default=_KNOWN)

    def __post_init__(self) -> None:
        """Find the known fields that events may have."""
        if self.declared is not None and not self.declared.context.open:
            self.names = _KNOWN & self.declared.context.fields.keys()

    @property
    def stages(self) -> tuple[Registered, ...]:
        """The stages of one's own."""
        return self.extensions.stages

    @property
    def stages_before(self) -> bool:
        """Whether some stage is called before the statements of the rule."""
        return any(entry.phase is Phase.FACTS for entry in self.stages)

    @property
    def mirrored(self) -> bool:
        """Whether lines stand on the other side than their statements say."""
        # A refund with a negative total is mirrored once.
        return self.rule.mirrored or self.sent.flips

    @property
    def rates(self) -> RateTable | None:
        """Where a rate is read that an event does not send; stages are shown none of a table."""
        return None if self.stages else self.extensions.rates

    @property
    def converts(self) -> bool:
        """Whether base amounts may be other than amounts."""
        return not self.same or self.has_worths

    @property
    def has_worths(self) -> bool:
        """Whether lines have a currency, a rate or a base amount of their own."""
        return any(not line.is_plain for line in self.rule.lines)

    @property
    def has_items(self) -> bool:
        """Whether an event may have items, or none but the one that is made of the sale."""
        return "items" in self.names

    @property
    def reads_items(self) -> bool:
        """Whether items are worked out, at least where the event has some."""
        return self.rule.uses_items or self.splits

    @property
    def taxes(self) -> bool:
        """Whether tax is worked out."""
        return self.plan.tax.profile is not None

    @property
    def may_be_untaxed(self) -> bool:
        """Whether an item may bear no tax for a reason that its line carries.

        Where every rate charges tax, events that are marked exempt are for the general function.
        """
        profile = self.plan.tax.profile
        return profile is not None and (
            self.general or any(not rate.reason.charges_tax for rate in profile.rates)
        )

    @property
    def otherwise(self) -> str:
        """The statement that leaves an event to the general function; it declines one itself."""
        last = self.general or self.sent.flips
        return "return None" if last else "return another(event, code, currency, base)"

    @property
    def most_members(self) -> int:
        """Items, payments or members whose lines are surely no more than may be merged."""
        places = sum(len(line.ledgers) for line in self.rule.lines) * self.portions
        return limits.UNMERGED_LINES // (3 * places if self.has_lists else 2 * places)

    @property
    def has_lists(self) -> bool:
        """Whether a statement stands in a loop over a list of one's own."""
        return any(not is_standard(loop) for line in self.rule.lines for loop in line.loops)

    @property
    def by_total(self) -> bool:
        """Whether tax is rounded over the document."""
        return self.taxes and self.plan.tax.rounding is not TaxRounding.LINE


@dataclass(slots=True)
class Sections:
    """What statements do: ``item`` for each item, ``payment`` for each payment.

    An item has its price, net and due then, a payment its paid_now, tender and paid_by.
    ``records`` hold records of each kind to their declaration, ``derived`` gives an item the
    values that are derived for it.
    """

    item: Block
    payment: Block
    derived: Block
    records: Mapping[str, RecordWriter]


def unsound(variable: str, most: int = limits.DIMENSION_CHARACTERS) -> str:
    """Return the source of whether a value is no text of printable ASCII, not too long."""
    return (
        f"not (type({variable}) is str and {variable}.isascii() and {variable}.isprintable()"
        f" and 0 < len({variable}) <= {most})"
    )


def money(block: Block, variable: str, exponent: int, reader: str) -> None:
    """Write the reading of a variable as an amount in minor units, quick for the usual text.

    Args:
        block: Where it is written.
        variable: What holds the amount.
        exponent: Decimals of the transaction currency.
        reader: What reads an unusual one: ``units``, or ``units_below`` where a minus is usual.
    """
    _write_quick_money(block, variable, exponent, minus=reader == "units_below")
    block.add("else:", f"    {variable} = {reader}({variable}, {exponent})")


def signed_money(block: Block, variable: str, exponent: int, below: str | None = None) -> None:
    """Write the same of an amount of either sign, and what to do with one below zero."""
    _write_quick_money(block, variable, exponent, minus=False)
    block.add("else:", f"    {variable} = signed({variable}, {exponent})")
    if below is not None:
        block.add(f"    if {variable} < 0:", f"        {below}")


def _write_quick_money(block: Block, variable: str, exponent: int, *, minus: bool) -> None:
    """Write the reading of an amount in its usual spelling, as the first branch of an `if`."""
    first = "1" if minus else ""
    plain = f"{variable}[{first}:]"
    spelt = [f"type({variable}) is str"]
    if minus:
        spelt.append(f"{variable}[:1] == '-'")
    if exponent:
        plain = f"{variable}[{first}:-{exponent + 1}] + {variable}[-{exponent}:]"
        spelt.append(f"{variable}[-{exponent + 1}:-{exponent}] == '.'")
    most = limits.AMOUNT_INTEGER_DIGITS + exponent
    spelt += (
        f"(digits := {plain}).isdecimal()", "digits.isascii()",
        f"{exponent} < len(digits) <= {most}",
        f"(digits[0] != '0' or len(digits) == {exponent + 1})",
    )  # fmt: skip
    block.add(f"if {' and '.join(spelt)}:", f"    {variable} = int(digits)")


def optional_money(block: Block, variable: str, exponent: int, reader: str) -> None:
    """Write the same of a variable that may be None."""
    block.add(f"if {variable} is not None:")
    block.deeper()
    money(block, variable, exponent, reader)
    block.deeper(-1)


def write_header(block: Block, shape: Shape, constants: Constants) -> None:
    """Write the reading of the header."""
    plan = shape.plan
    block.add(
        "organization = event.get('organization_id')",
        "context = event.get('business_context')",
        "if type(context) is not dict:",
        "    if context is not None:",
        "        return None",
        # The number of fields counts it below.
        "    event = event | {'business_context': None}",
        "    context = {}",
        f"if {unsound('organization')}:",
        "    return None",
    )
    if plan.settings.require_uuid_ids:
        block.add("if not is_uuid(organization):", "    return None")
    _write_total(block, shape)
    _write_outline(block, shape)
    if plan.require_external_ref:
        block.add("if outside is None:", "    return None")
    _write_periods(block, shape, constants)


def _write_outline(block: Block, shape: Shape) -> None:
    """Write the reading of dates, reference and rate, after a look at which fields there are."""
    # Code and currency led here, three fields were just read; most events have no more than two
    # beside them, and in another base currency that and its rate.
    least = "5" if shape.same else "7" if shape.rates is None else "6 + (quoted is not None)"
    block.add(
        "transacted = event.get('transaction_date')",
        "outside = event.get('external_reference')",
        "quoted = " + ("None" if shape.same else "event.get('exchange_rate')"),
        f"if len(event) == {least} + (transacted is not None) + (outside is not None):",
        "    posted = None",
        *(["    simulate = metadata = None"] if shape.stages else []),
        "else:",
        "    if not event.keys() <= event_fields:",
        "        return None",
        "    posted = event.get('posting_date')",
        "    if posted is not None:",
        "        posted = day(posted)",
        "    simulate, metadata = event.get('simulate'), event.get('metadata')",
        "    if simulate is not None or metadata is not None:",
        "        refuse_odd_header(event)",
        *(["    quoted = event.get('exchange_rate')"] if shape.same else []),
        "if transacted is not None:",
        "    transacted = days[transacted] if type(transacted) is str else day(transacted)",
        "posted_on = posted or transacted",
        f"if outside is not None and {unsound('outside', limits.REFERENCE_CHARACTERS)}:",
        "    return None",
    )
    if shape.same:
        block.add(
            "if quoted is None:",
            "    quoted = '1'",
            "else:",
            "    rate_top, rate_bottom, quoted = rate(quoted)",
            "    if rate_top != rate_bottom:",
            "        return None",
        )
    elif shape.rates is None:
        block.add("rate_top, rate_bottom, quoted = rate(quoted)")
    else:
        read = "rate(quoted) if quoted is not None else rates.on(currency, base, posted_on)"
        block.add(f"rate_top, rate_bottom, quoted = {read}")


def _write_total(block: Block, shape: Shape) -> None:
    """Write the reading of the total; another function posts events where it is negative."""
    block.add("total = event.get('total_amount')")
    if shape.sent.flips:
        money(block, "total", shape.exponent, "units_below")
    else:
        _write_quick_money(block, "total", shape.exponent, minus=False)
        block.add(
            "elif is_below(total):",
            "    return " + ("None" if shape.general else "turned(event, code, currency, base)"),
            "else:",
            f"    total = units(total, {shape.exponent})",
        )
    none = ""
    if shape.general:
        none = " and context.get('items') is None and context.get('payments') is None"
    block.add(f"if not total{none}:", f"    {shape.otherwise}")


def _write_periods(block: Block, shape: Shape, constants: Constants) -> None:
    """Write that schema and rule must be in force."""
    plan, period = shape.plan, shape.rule.period
    bounds = (
        (period.first, "<"), (plan.effective_from, "<"), (period.last, ">"),
        (plan.effective_to, ">"),
    )  # fmt: skip
    outside = " or ".join(
        f"posted_on {sign} {constants.name(day)}" for day, sign in bounds if day is not None
    )
    if outside:
        block.add(f"if posted_on is not None and ({outside}):", "    return None")


def write_context(block: Block, shape: Shape, fields: Fields, record: RecordWriter) -> None:
    """Write the look at the business context; the fields themselves are read behind it."""
    constants, declared = fields.constants, shape.declared
    closed = declared is not None and not declared.context.open
    block.add("whole = False", "for key, value in context.items():")
    odd = "type(value) not in scalars and (type(value) is not list or key not in member_lists)"
    if closed:
        # Its fields are known by name, and looked at where they are read.
        block.add("    if type(value) is not str or type(key) is not str:")
        block.add("        if type(key) is not str:", "            return None")
        block.add(f"        if type(value) is not str and {odd}:", "            whole = True")
    else:
        block.add(
            "    if type(key) is not str or (key not in plain_fields and not is_key(key)):",
            "        return None",
            "    if type(value) is str:",
            "        if key not in plain_fields and not is_plain(value):",
            "            whole = True",
            f"    elif {odd}:",
            "        whole = True",
        )
    if not closed:
        block.add(f"if len(context) > {MOST_FIELDS}:", "    return None")
    if declared is not None:
        write_header_shape(block, declared, constants)
        record.fill(block, declared.context)
        record.write(block, declared.context)
    _write_known(block, shape, constants)


def _write_known(block: Block, shape: Shape, constants: Constants) -> None:
    """Write the reading of the fields that the engine knows."""
    names = shape.names
    block.add("tip = context.get('tip_amount')" if "tip_amount" in names else "tip = None")
    if "tip_amount" in names:
        optional_money(block, "tip", shape.exponent, shape.sent.units)
    block.add("if tip is None:", "    tip = 0")
    block.add("sale = context.get('sale_amount')" if "sale_amount" in names else "sale = None")
    if "sale_amount" in names:
        optional_money(block, "sale", shape.exponent, shape.sent.units)
    if "tax_inclusive" in names:
        block.add(
            "inclusive = context.get('tax_inclusive')",
            "if inclusive is not None and type(inclusive) is not bool:",
            "    return None",
        )
    else:
        block.add("inclusive = None")
    block.add("items = context.get('items')" if "items" in names else "items = None")
    block.add(
        "fee = discount = 0" if shape.general else "fee = 0",
        "exempt = False",
        "stated = category = method = taxed_on = tenders = None",
    )
    if names.isdisjoint(RARE):
        return
    block.add(
        "if not rare_fields.isdisjoint(context):",
        "    fee = context.get('fee_amount')",
        f"    fee = 0 if fee is None else {shape.sent.units}(fee, {shape.exponent})",
        "    discount = context.get('discount_amount')",
        f"    discount = 0 if discount is None else {shape.sent.units}(discount, {shape.exponent})",
        "    stated = context.get('tax_amount')",
        f"    stated = None if stated is None else {shape.sent.units}(stated, {shape.exponent})",
        "    exempt = truth(context.get('tax_exempt')) or False",
        "    category = word(context.get('tax_category'))",
        "    method = word(context.get('payment_method'))",
        "    taxed_on = context.get('tax_point_date')",
        "    taxed_on = None if taxed_on is None else day(taxed_on)",
        "    tenders = context.get('payments')",
    )
    if not shape.general:
        block.add("    if discount:", f"        {shape.otherwise}")


def plain_fields(fields: Fields) -> frozenset[str]:
    """Return the fields of the context that are checked where they are read, if they are texts."""
    return shared_names(frozenset((*RARE, *ALWAYS, *fields.records[CONTEXT].plain)))
