"""Source that reads the items and payments of an event, and works out what items cost."""

from collections.abc import Iterable

from hera_engine import limits
from hera_engine.dsl.nodes import Capture
from hera_engine.rules.fused.fields import Fields
from hera_engine.rules.fused.places import ITEM, PAYMENT
from hera_engine.rules.fused.source import Block, Constants, shared_names
from hera_engine.rules.fused.subset import NotCompiled
from hera_engine.rules.fused.write_event import Sections, Shape, money, signed_money
from hera_engine.rules.fused.write_shape import (
    MOST_MEMBER_FIELDS,
    NUMBERS,
    RARE_OF_ITEM,
    RecordWriter,
    member_shape,
)
from hera_engine.rules.taxation import COUNTERPARTIES


def write_items(block: Block, shape: Shape, fields: Fields, sections: Sections) -> None:
    """Write the reading of the items, their taxes, and what is done for each of them."""
    write_treatments(block, shape, fields.constants)
    if shape.taxes and shape.reads_items:
        block.add("unsaid = sale is None and items is None")
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
            f"    {shape.otherwise}",
        )


def write_treatments(block: Block, shape: Shape, constants: Constants) -> None:
    """Write how categories are taxed on the day of an event."""
    profile = shape.plan.tax.profile
    if profile is None or not shape.reads_items:
        return
    dated = any(rate.effective_from or rate.effective_to for rate in profile.rates)
    named = "False"
    if profile.reverse_charge:
        if shape.declared is not None and any(
            (found := shape.declared.context.fields.get(name)) and found.shape.kind in NUMBERS
            for name in COUNTERPARTIES
        ):
            raise NotCompiled("a counterparty that is a number")
        named = " or ".join(f"text(context.get('{name}'))" for name in COUNTERPARTIES)
        named = f"bool({named})"
    on = "taxed_on or transacted" if dated else "None"
    if not shape.may_be_untaxed:
        block.add("if exempt:", f"    {shape.otherwise}")
    block.add(
        f"day_key = ({on}, {named})",
        "categories = taxes.days.get(day_key) or taxes.on(*day_key)",
        "if exempt:",
        "    categories = categories.exempt()",
        "treatments = categories.known",
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


def write_each_item(block: Block, shape: Shape, sections: Sections, fields: Fields) -> None:
    """Write the head of the loop over items: their records and categories."""
    most = min(shape.most_members, limits.EVENT_ITEMS)
    block.add(
        f"if type(items) is not list or not 0 < len(items) <= {most}:",
        "    return None",
        "frozen_items = []",
        "for item in items:",
    )
    block.deeper()
    block.add(
        "if type(item) is not dict:",
        "    return None",
    )
    write_member(block, shape, "items", sections.records[ITEM])
    if ITEM in fields.trees:
        block.add("item = record")
    block.add(
        "frozen = new_map(FrozenMap)",
        "seal(frozen, record)",
        "frozen_items.append(frozen)",
    )
    block.add(*sections.derived.rendered(0))
    block.add(
        "kind = item.get('tax_category')",
        "if kind is None:",
        "    kind = category",
        "elif type(kind) is not str:",
        "    return None",
        "said = inclusive",
    )


def _write_given_items(block: Block, shape: Shape, sections: Sections, fields: Fields) -> None:
    write_each_item(block, shape, sections, fields)
    rare = any(fields.may_have(ITEM, name) for name in RARE_OF_ITEM)
    if rare:
        block.add("if rare_of_item.isdisjoint(item):")
        block.deeper()
    block.add("price = item.get('amount')")
    if shape.sent.flips:
        money(block, "price", shape.exponent, shape.sent.units)
    else:
        signed_money(block, "price", shape.exponent, shape.otherwise)
    if shape.taxes and shape.reads_items:
        block.add("taxed = treatments.get(kind)")
    if rare:
        block.deeper(-1)
        _write_rare_item(block, shape)
    if not (shape.taxes and shape.reads_items):
        block.add("word(kind)")
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


def _write_rare_item(block: Block, shape: Shape) -> None:
    """Write the reading of an item with fields that most items do not have."""
    exponent = shape.exponent
    reader = shape.sent.price if shape.sent.flips else "signed_price"
    block.add(
        "else:",
        f"    price = {reader}(record, {exponent})",
        f"    if price < 0 or discount_of(item.get('discount'), price, {exponent}):",
        f"        {shape.otherwise}",
        "    own = truth(item.get('tax_inclusive'))",
        "    said = inclusive if own is None else own",
    )
    own = "truth(item.get('tax_exempt'))"
    if shape.taxes and shape.reads_items:
        untaxed = "categories.exempt().of(kind)"
        if shape.may_be_untaxed:
            block.add(f"    taxed = {untaxed} if {own} else treatments.get(kind)")
        else:
            block.add(f"    if {own}:", f"        {shape.otherwise}")
            block.add("    taxed = treatments.get(kind)")
    else:
        block.add(f"    {own}")


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
    block.add(*(record.of_made if made else record.block).rendered(0))
    if not made:
        sections.records[ITEM].finish(block)
    block.add(*sections.item.rendered(0))


def write_second_pass(block: Block, shape: Shape, fields: Fields, sections: Sections) -> None:
    """Write what items post once all of them are known."""
    item = "(item, before, taken, shared, lost)" if shape.general else "item"
    block.add(f"for due, taxed, price, includes, {item} in rows:")
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
    if shape.stages_before:
        block.add("all_paid = []")
    if "payments" in shape.names:
        block.add("if tenders is None:")
        block.deeper()
    if rule.uses_payments and immediate:
        block.add(
            "payment = {} if method is None else {'method': method}",
            "tender, paid_now, paid_by = method, total, None",
            "paid = total",
        )
        _write_paid(block, shape, sections, fields)
    else:
        block.add("pass")
    if "payments" not in shape.names:
        return
    block.deeper(-1)
    block.add(
        "else:",
        f"    if type(tenders) is not list or not 0 < len(tenders) <= {shape.most_members}:",
        "        return None",
        "    frozen_payments = []",
        "    for payment in tenders:",
    )
    block.deeper(2)
    block.add(
        "if type(payment) is not dict:",
        "    return None",
    )
    write_member(block, shape, "payments", sections.records[PAYMENT])
    if PAYMENT in fields.trees:
        block.add("payment = record")
    block.add(
        "frozen_payments.append(sealed(record))",
        f"paid_now = {shape.sent.units}(payment.get('amount'), {shape.exponent})",
        "tender = word(payment.get('method'))",
        "paid_by = reference(payment.get('reference'))",
        "paid += paid_now",
    )
    if rule.uses_payments:
        _write_paid(block, shape, sections, fields)
    block.deeper(-2)
    if rule.uses_payments or rule.standard:
        wrong = "paid != total" if immediate else "paid > total"
        block.add(f"if tenders is not None and {wrong}:", "    return None")


def _write_paid(block: Block, shape: Shape, sections: Sections, fields: Fields) -> None:
    """Write what is done for a payment, now or once the stages before the rule were called."""
    if shape.stages_before:
        block.add("all_paid.append((payment, tender, paid_now, paid_by))")
        return
    block.add(*fields.records[PAYMENT].block.rendered(0), *sections.payment.rendered(0))


def write_later_payments(block: Block, sections: Sections, fields: Fields) -> None:
    """Write what payments post once the stages before the rule were called."""
    block.add("for payment, tender, paid_now, paid_by in all_paid:")
    block.deeper()
    block.add("pass", *fields.records[PAYMENT].block.rendered(0), *sections.payment.rendered(0))
    block.deeper(-1)


def write_member(block: Block, shape: Shape, name: str, record: RecordWriter) -> None:
    """Write what a declaration asks of an item or payment."""
    asked, word = member_shape(shape.declared, name), record.record
    if asked is None:
        block.add(f"record = frozen_member({word}, plain_of_{word})")
        return
    if shape.sent.flips and any(wanted.preset is not None for wanted in asked.fields.values()):
        raise NotCompiled("a default inside a list under a negative total")
    record.fill(block, asked)
    if asked.open or len(asked.fields) > MOST_MEMBER_FIELDS:
        block.add(f"record = frozen_member({word}, plain_of_{word})")
    else:
        # Its fields are known by name, and looked at where they are read, if they are texts.
        names = record.constants.name(frozenset(asked.fields))
        block.add(
            f"for key, value in {word}.items():",
            f"    if type(value) is not str or type(key) is not str or key not in {names}:",
            f"        if not {word}.keys() <= {names}:",
            "            return None",
            f"        record = frozen_member({word}, plain_of_{word})",
            "        break",
            "else:",
            f"    record = {word}.copy()",
        )
    record.write(block, asked)
    record.convert(block, "record")
    record.hold(block, "record", f"business_context.{name}[0]")


def plain_of(fields: Fields, name: str, known: Iterable[str]) -> frozenset[str]:
    """Return the fields of a member that are checked where they are read, if they are texts."""
    return shared_names(frozenset((*known, *fields.records[name].plain)))
