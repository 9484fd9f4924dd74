"""Source that reads an event: its header, its business context, its items and payments.

The header leaves total, organization, transacted, posted, posted_on, outside and the rate; the
context tip, sale, fee, stated, inclusive, exempt, category, method, taxed_on, tenders and items.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from hera_engine import limits
from hera_engine.dsl.nodes import Capture
from hera_engine.event_shape import EventShape
from hera_engine.facts import EVENT_FIELDS
from hera_engine.rules.fused.fields import CONTEXT, ITEM, PAYMENT, Fields
from hera_engine.rules.fused.source import Block, Constants
from hera_engine.rules.fused.subset import NotCompiled
from hera_engine.rules.fused.write_shape import RecordWriter, member_shape, write_header_shape
from hera_engine.rules.plan import PlannedRule, PostingPlan
from hera_engine.rules.taxation import COUNTERPARTIES
from hera_engine.tax.profile import TaxRounding

RARE: Final = (
    "fee_amount", "tax_amount", "discount_amount", "tax_exempt", "tax_category", "payment_method",
    "tax_point_date", "payments",
)  # fmt: skip
"""Known fields that most events do not have; they are looked for together."""
ALWAYS: Final = ("sale_amount", "tip_amount", "tax_inclusive")
"""Known fields that are looked for one by one."""
RARE_OF_ITEM: Final = ("tax_exempt", "tax_inclusive", "discount", "quantity", "unit_price")
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
        declared: What the declaration of its events says, if there is one.
        two_passes: Whether items are posted only once all of them are known.
    """

    plan: PostingPlan
    rule: PlannedRule
    exponent: int
    base_exponent: int
    same: bool
    splits: bool
    declared: EventShape | None = None
    two_passes: bool = False

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
    def by_total(self) -> bool:
        """Whether tax is rounded over the document."""
        return self.taxes and self.plan.tax.rounding is not TaxRounding.LINE


@dataclass(slots=True)
class Sections:
    """What statements do: ``item`` for each item, ``payment`` for each payment.

    An item has its price, net and due then, a payment its paid_now, tender and paid_by.
    ``records`` hold records of each kind to their declaration.
    """

    item: Block
    payment: Block
    records: Mapping[str, RecordWriter]


def unsound(variable: str) -> str:
    """Return the source of whether a value is no short text of printable ASCII."""
    most = limits.DIMENSION_CHARACTERS
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
    if shape.same:
        # Five fields are there already: code and currency led here, three were just read.
        block.add(
            "if len(event) == 5:",
            "    transacted = posted = posted_on = outside = None",
            "    quoted = '1'",
            "else:",
        )
        block.deeper()
    block.add(f"if not event.keys() <= {known}:", "    return None")
    for variable, key in (("transacted", "transaction_date"), ("posted", "posting_date")):
        block.add(
            f"{variable} = event.get('{key}')",
            f"if {variable} is not None:",
            f"    {variable} = day({variable})",
        )
    block.add(
        "posted_on = posted or transacted",
        "outside = reference(event.get('external_reference'))",
        "if event.get('simulate') is not None or event.get('metadata') is not None:",
        "    refuse_odd_header(event)",
        "quoted = event.get('exchange_rate')",
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
        block.deeper(-1)
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
    block.add(
        "whole = False",
        "for key, value in context.items():",
        "    if type(key) is not str:",
        "        return None",
    )
    # A sound field of a closed context is known by name, and looked at where it is read.
    if not closed:
        block.add(
            "    if key not in plain_fields and not is_key(key):",
            "        return None",
            "    if type(value) is str:",
            "        if key not in plain_fields and not is_plain(value):",
            "            whole = True",
            "    elif type(value) not in scalars and (",
        )
    else:
        block.add("    if type(value) is not str and type(value) not in scalars and (")
    block.add(
        "        type(value) is not list or key not in member_lists",
        "    ):",
        "        whole = True",
    )
    if not closed:
        block.add(f"if len(context) > {MOST_FIELDS}:", "    return None")
    if declared is not None:
        write_header_shape(block, declared, constants)
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


# --- items ---------------------------------------------------------------------------------


def write_items(block: Block, shape: Shape, fields: Fields, sections: Sections) -> None:
    """Write the reading of the items, their taxes, and what is done for each of them."""
    constants = fields.constants
    _write_treatments(block, shape, constants)
    block.add("frozen_items = None", "all_price = all_net = all_due = 0")
    if shape.two_passes:
        block.add("rows = []")
    if shape.has_items:
        block.add("if items is None:")
        block.deeper()
    depth = block.depth
    if shape.rule.uses_items:
        _write_made_item(block, shape, sections, fields)
    block.add("if sale is None:", "    sale = total - tip")
    block.depth = depth - shape.has_items
    if shape.has_items:
        block.add("else:")
        block.deeper()
        _write_given_items(block, shape, sections, fields)
        block.deeper(-1)
    if shape.by_total and shape.reads_items:
        block.add(
            "if len(rows) > 1:",
            "    more_due, more_net = round_totals(rows)",
            "    all_due += more_due",
            "    all_net += more_net",
        )
    if shape.taxes and shape.reads_items and "tax_amount" in shape.names:
        block.add(
            "if stated is not None and (stated != all_due or inclusive is None or unsaid):",
            "    return None",
        )


def _write_treatments(block: Block, shape: Shape, constants: Constants) -> None:
    profile = shape.plan.tax.profile
    if profile is None or not shape.reads_items:
        return
    dated = any(rate.effective_from or rate.effective_to for rate in profile.rates)
    named = "False"
    if profile.reverse_charge:
        named = " or ".join(f"text(context.get('{name}'))" for name in COUNTERPARTIES)
        named = f"bool({named})"
    on = "taxed_on or transacted" if dated else "None"
    block.add(
        f"day_key = ({on}, {named})",
        "categories = taxes.days.get(day_key) or taxes.on(*day_key)",
        "if exempt:",
        "    categories = categories.exempt()",
        "treatments = categories.known",
        "unsaid = sale is None and items is None",
    )


def _write_made_item(block: Block, shape: Shape, sections: Sections, fields: Fields) -> None:
    """Write the one item that is made of a sale without items."""
    block.add(
        "item = context",
        "if sale is None:",
        "    price, said = total - tip, True",
        "    if price < 0:",
        "        return None",
        "else:",
        "    price, said = sale, inclusive",
    )
    if shape.taxes:
        block.add("taxed = treatments.get(category)", "kind = category")
    _write_item(block, shape, sections, fields, made=True)


def _write_given_items(block: Block, shape: Shape, sections: Sections, fields: Fields) -> None:
    exponent, constants = shape.exponent, fields.constants
    most = limits.UNMERGED_LINES // sum(len(line.ledgers) for line in shape.rule.lines)
    block.add(
        f"if type(items) is not list or not 0 < len(items) <= {min(most, limits.EVENT_ITEMS)}:",
        "    return None",
        "frozen_items = []",
        f"rare_of_item = {constants.name(frozenset(RARE_OF_ITEM))}",
        "for item in items:",
    )
    block.deeper()
    block.add(
        "if type(item) is not dict:",
        "    return None",
    )
    _write_member(block, shape, "items", sections.records[ITEM])
    block.add(
        "frozen_items.append(sealed(record))",
        "kind = item.get('tax_category')",
        "if kind is None:",
        "    kind = category",
        "elif type(kind) is not str:",
        "    return None",
        "said = inclusive",
        "if rare_of_item.isdisjoint(item):",
        "    price = item.get('amount')",
    )
    block.deeper()
    money(block, "price", exponent)
    block.deeper(-1)
    if shape.taxes and shape.reads_items:
        block.add("    taxed = treatments.get(kind)")
    block.add(
        "else:",
        f"    refuse_discount(item.get('discount'), {exponent})",
        f"    price = price_of(record, {exponent})",
        "    own = truth(item.get('tax_inclusive'))",
        "    said = inclusive if own is None else own",
    )
    own = "truth(item.get('tax_exempt'))"
    if shape.taxes and shape.reads_items:
        untaxed = "categories.exempt().find(kind)"
        block.add(f"    taxed = {untaxed} if {own} else treatments.get(kind)")
    else:
        block.add(f"    {own}", "word(kind)")
    if shape.reads_items:
        _write_item(block, shape, sections, fields)
    else:
        block.add("all_price += price")
    block.deeper(-1)
    block.add(
        "if sale is None:",
        "    sale = all_price",
    )
    if shape.reads_items:
        block.add("elif sale != all_price:", "    return None")


def _write_item(
    block: Block, shape: Shape, sections: Sections, fields: Fields, *, made: bool = False
) -> None:
    """Write what an item costs, and in one pass what it posts."""
    if shape.taxes:
        block.add(
            "if taxed is None:",
            "    taxed = categories.find(kind)",
            "includes = taxed.includes if said is None else said",
            "if not taxed.part:",
            "    due, net = 0, price",
            "elif includes:",
            "    due = (price * taxed.twice_part + taxed.inside) // taxed.twice_inside",
            "    net = price - due",
            "else:",
            "    due = (price * taxed.twice_part + taxed.outside) // taxed.twice_outside",
            "    net = price",
        )
    else:
        block.add("due, net = 0, price")
    block.add("all_price += price")
    if shape.two_passes:
        if not shape.taxes:
            block.add("taxed, includes = None, False")
        block.add("rows.append([due, taxed, price, includes, item])")
    block.add("all_due += due", "all_net += net")
    if shape.two_passes:
        return
    _write_body(block, sections, fields, made=made)


def _write_body(block: Block, sections: Sections, fields: Fields, *, made: bool = False) -> None:
    """Write the fields of an item and what it posts."""
    record = fields.records[ITEM]
    for source in (record.of_made if made else record.block, sections.item):
        block.add(*source.rendered(0))


def write_second_pass(block: Block, sections: Sections, fields: Fields) -> None:
    """Write what items post once all of them are known."""
    block.add("for due, taxed, price, includes, item in rows:")
    block.deeper()
    block.add("net = price - due if includes else price")
    _write_body(block, sections, fields)
    block.deeper(-1)


# --- payments ------------------------------------------------------------------------------


def write_payments(block: Block, shape: Shape, fields: Fields, sections: Sections) -> None:
    """Write the reading of the payments, and what is done for each of them."""
    capture, rule = shape.plan.capture, shape.rule
    immediate = capture is Capture.IMMEDIATE
    block.add("frozen_payments = None", "paid = 0")
    if "payments" in shape.names:
        block.add("if tenders is None:")
        block.deeper()
    if rule.uses_payments and immediate:
        block.add(
            "payment = {} if method is None else {'method': method}",
            "tender, paid_now, paid_by = method, total, None",
            "paid = total",
        )
        block.add(*fields.records[PAYMENT].block.rendered(0), *sections.payment.rendered(0))
    else:
        block.add("pass")
    if "payments" not in shape.names:
        return
    block.deeper(-1)
    block.add(
        "else:",
        "    if type(tenders) is not list or not 0 < len(tenders) <= 1000:",
        "        return None",
        "    frozen_payments = []",
        "    for payment in tenders:",
    )
    block.deeper(2)
    block.add(
        "if type(payment) is not dict:",
        "    return None",
    )
    _write_member(block, shape, "payments", sections.records[PAYMENT])
    block.add(
        "frozen_payments.append(sealed(record))",
        f"paid_now = units(payment.get('amount'), {shape.exponent})",
        "tender = word(payment.get('method'))",
        "paid_by = reference(payment.get('reference'))",
        "paid += paid_now",
    )
    if rule.uses_payments:
        block.add(*fields.records[PAYMENT].block.rendered(0), *sections.payment.rendered(0))
    block.deeper(-2)
    if rule.uses_payments or rule.standard:
        wrong = "paid != total" if immediate else "paid > total"
        block.add(f"if tenders is not None and {wrong}:", "    return None")


def _write_member(block: Block, shape: Shape, name: str, record: RecordWriter) -> None:
    """Write what a declaration asks of an item or payment."""
    asked, word = member_shape(shape.declared, name), record.record
    if asked is None:
        block.add(f"record = frozen_member({word}, plain_of_{word})")
        return
    if any(wanted.preset is not None for wanted in asked.fields.values()):
        raise NotCompiled("a default inside a list")
    if asked.open:
        block.add(f"record = frozen_member({word}, plain_of_{word})")
    else:
        # Its fields are known by name, and looked at where they are read, if they are texts.
        block.add(
            "record = None",
            f"for key, value in {word}.items():",
            "    if type(key) is not str or type(value) is not str:",
            f"        record = frozen_member({word}, plain_of_{word})",
            "        break",
            "if record is None:",
            f"    record = {word}.copy()",
        )
    record.write(block, asked)
    record.convert(block, "record")


def plain_of(fields: Fields, name: str, known: Iterable[str]) -> frozenset[str]:
    """Return the fields of a member that are checked where they are read, if they are texts."""
    return frozenset((*known, *fields.records[name].plain))
