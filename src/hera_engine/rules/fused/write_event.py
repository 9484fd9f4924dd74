"""Source that reads an event: its header and its business context.

The header leaves total, organization, transacted, posted, posted_on, outside and the rate; the
context tip, sale, fee, stated, inclusive, exempt, category, method, taxed_on, tenders and items.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hera_engine import limits
from hera_engine.event_shape import EventShape
from hera_engine.facts import EVENT_FIELDS
from hera_engine.rules.fused.fields import Fields
from hera_engine.rules.fused.places import CONTEXT
from hera_engine.rules.fused.source import Block, Constants
from hera_engine.rules.fused.subset import is_standard
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
MOST_FIELDS: Final = limits.EVENT_NODES // 2
"""Fields of a business context that are looked at here."""


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
        extensions: The stages of one's own that are called.
        declared: What the declaration of its events says, if there is one.
        two_passes: Whether items are posted only once all of them are known.
    """

    plan: PostingPlan
    rule: PlannedRule
    exponent: int
    base_exponent: int
    same: bool
    splits: bool
    extensions: Extensions
    declared: EventShape | None = None
    two_passes: bool = False

    @property
    def stages(self) -> tuple[Registered, ...]:
        """The stages of one's own."""
        return self.extensions.stages

    @property
    def stages_before(self) -> bool:
        """Whether some stage is called before the statements of the rule."""
        return any(entry.phase is Phase.FACTS for entry in self.stages)

    @property
    def names(self) -> frozenset[str]:
        """The known fields that a business context may have."""
        known = frozenset((*ALWAYS, *RARE, "items"))
        if self.declared is None or self.declared.context.open:
            return known
        return known & self.declared.context.fields.keys()

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

        Where every rate charges tax, events that are marked exempt are left to the interpreter.
        """
        profile = self.plan.tax.profile
        return profile is not None and any(not rate.reason.charges_tax for rate in profile.rates)

    @property
    def most_members(self) -> int:
        """Items, payments or members whose lines are surely no more than may be merged."""
        places = sum(len(line.ledgers) for line in self.rule.lines)
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


def money(block: Block, variable: str, exponent: int) -> None:
    """Write the reading of a variable as an amount in minor units, quick for the usual text."""
    if exponent == 0:
        block.add(f"{variable} = units({variable}, 0)")
        return
    whole, part = f"{variable}[:-{exponent + 1}]", f"{variable}[-{exponent}:]"
    most = limits.AMOUNT_INTEGER_DIGITS + exponent
    block.add(
        f"if type({variable}) is str and {variable}[-{exponent + 1}:-{exponent}] == '.'"
        f" and (digits := {whole} + {part}).isdecimal() and digits.isascii()"
        f" and {exponent} < len(digits) <= {most}"
        f" and (digits[0] != '0' or len(digits) == {exponent + 1}):",
        f"    {variable} = int(digits)",
        "else:",
        f"    {variable} = units({variable}, {exponent})",
    )


def optional_money(block: Block, variable: str, exponent: int) -> None:
    """Write the same of a variable that may be None."""
    block.add(f"if {variable} is not None:")
    block.deeper()
    money(block, variable, exponent)
    block.deeper(-1)


def write_header(block: Block, shape: Shape, constants: Constants) -> None:
    """Write the reading of the header."""
    plan = shape.plan
    known = constants.name(frozenset(EVENT_FIELDS))
    block.add(
        "organization = event.get('organization_id')",
        "context = event.get('business_context')",
        f"if {unsound('organization')} or type(context) is not dict:",
        "    return None",
    )
    if plan.settings.require_uuid_ids:
        block.add("if not is_uuid(organization):", "    return None")
    block.add("total = event.get('total_amount')")
    money(block, "total", shape.exponent)
    block.add("if not total:", "    return None")
    # Code and currency led here, three fields were just read; most events have no more than two
    # beside them, and in another base currency that and its rate.
    least = 5 if shape.same else 7
    block.add(
        "transacted = event.get('transaction_date')",
        "outside = event.get('external_reference')",
        f"if len(event) == {least} + (transacted is not None) + (outside is not None):",
        "    posted = None",
        "    quoted = " + ("None" if shape.same else "event.get('exchange_rate')"),
        "else:",
        f"    if not event.keys() <= {known}:",
        "        return None",
        "    posted = event.get('posting_date')",
        "    if posted is not None:",
        "        posted = day(posted)",
        "    if event.get('simulate') is not None or event.get('metadata') is not None:",
        "        refuse_odd_header(event)",
        "    quoted = event.get('exchange_rate')",
        "if transacted is not None:",
        "    transacted = day(transacted)",
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
    else:
        block.add("rate_top, rate_bottom, quoted = rate(quoted)")
    if plan.require_external_ref:
        block.add("if outside is None:", "    return None")
    _write_periods(block, shape, constants)


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
        optional_money(block, "tip", shape.exponent)
    block.add("if tip is None:", "    tip = 0")
    block.add("sale = context.get('sale_amount')" if "sale_amount" in names else "sale = None")
    if "sale_amount" in names:
        optional_money(block, "sale", shape.exponent)
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
        "fee = 0",
        "exempt = False",
        "stated = category = method = taxed_on = tenders = None",
    )
    if names.isdisjoint(RARE):
        return
    block.add(
        f"if not {constants.name(frozenset(RARE))}.isdisjoint(context):",
        "    fee = context.get('fee_amount')",
        f"    fee = 0 if fee is None else units(fee, {shape.exponent})",
        f"    refuse_discount(context.get('discount_amount'), {shape.exponent})",
        "    stated = context.get('tax_amount')",
        f"    stated = None if stated is None else units(stated, {shape.exponent})",
        "    exempt = truth(context.get('tax_exempt')) or False",
        "    category = word(context.get('tax_category'))",
        "    method = word(context.get('payment_method'))",
        "    taxed_on = context.get('tax_point_date')",
        "    taxed_on = None if taxed_on is None else day(taxed_on)",
        "    tenders = context.get('payments')",
    )


def plain_fields(fields: Fields) -> frozenset[str]:
    """Return the fields of the context that are checked where they are read, if they are texts."""
    return frozenset((*RARE, *ALWAYS, *fields.records[CONTEXT].plain))
