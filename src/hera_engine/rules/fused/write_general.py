"""Source that reads the items of an event with discounts, returns, stated or waived taxes.

All items are read before any is worked out, since a document discount and a stated tax are spread
over them. What they cost is worked out by `hera_engine.rules.fused.settled`.
"""

from hera_engine.rules.fused.fields import Fields
from hera_engine.rules.fused.places import ITEM
from hera_engine.rules.fused.source import Block
from hera_engine.rules.fused.write_event import Sections, Shape, signed_money
from hera_engine.rules.fused.write_items import write_each_item, write_treatments
from hera_engine.rules.fused.write_shape import RARE_OF_ITEM


def write_general_items(block: Block, shape: Shape, fields: Fields, sections: Sections) -> None:
    """Write the reading of the items, and what they cost once all of them are known.

    A row holds what `taxed.Row` says; its last place is a list of the item's fields, its price
    before discounts, its own discount, its share of the document's, what the two take off its net.
    """
    write_treatments(block, shape, fields.constants)
    block.add(
        "frozen_items = None",
        "all_price = all_before = all_net = all_due = 0",
        "rows = []",
        "notices = ()",
        "unsaid = inclusive is None",
    )
    if shape.has_items:
        block.add("if items is None:")
        block.deeper()
    if shape.rule.uses_items:
        _write_made_item(block, shape)
    block.add("if sale is None:", "    sale = total - tip + discount")
    if shape.has_items:
        block.deeper(-1)
        block.add("else:")
        block.deeper()
        _write_given_items(block, shape, fields, sections)
        block.deeper(-1)
    if shape.reads_items:
        stated = "stated" if shape.taxes else "None"
        settle = f"settled(rows, discount, {stated}, unsaid, (total, tip, currency))"
        block.add("if rows:", f"    all_net, all_due, notices = {settle}")
    if shape.rule.uses_cash and shape.plan.tax.cash is not None:
        paid = "(total, tip, currency)"
        block.add(f"total, coins = in_coins(tip + all_net + all_due, {paid}, tenders, method)")
    else:
        block.add("coins = 0")


def _write_made_item(block: Block, shape: Shape) -> None:
    """Write the one item that is made of a sale without items."""
    if shape.taxes:
        block.add(
            "taxed = treatments.get(category) or categories.find(category)",
            "includes = taxed.includes if inclusive is None else inclusive",
        )
    else:
        block.add("taxed, includes = free, False")
    block.add("if sale is None:", "    price = total - tip + discount")
    if shape.taxes:
        # The total of an exclusive sale holds the tax that is stated; else it is taken out of it.
        block.add(
            "    if not includes:",
            "        if stated is None:",
            "            includes = True",
            "            unsaid = False",
            "        else:",
            "            price -= stated",
        )
    block.add(
        "    if price < 0:",
        "        return None",
        "else:",
        "    price = sale",
        "all_before = price",
        "rows.append([0, taxed, price, includes, [context, price, 0, 0, 0]])",
    )


def _write_given_items(block: Block, shape: Shape, fields: Fields, sections: Sections) -> None:
    taxes, exponent = shape.taxes and shape.reads_items, shape.exponent
    write_each_item(block, shape, sections, fields)
    rare = any(fields.may_have(ITEM, name) for name in RARE_OF_ITEM)
    usual = "taxed = treatments.get(kind)"
    if rare:
        block.add("if rare_of_item.isdisjoint(item):")
        block.deeper()
    block.add("taken = 0", "before = item.get('amount')")
    signed_money(block, "before", exponent)
    if taxes:
        block.add(usual)
    if rare:
        block.deeper(-1)
        block.add(
            "else:",
            f"    before = signed_price(record, {exponent})",
            f"    taken = discount_of(item.get('discount'), before, {exponent})",
            "    own = truth(item.get('tax_inclusive'))",
            "    if own is not None:",
            "        said, unsaid = own, False",
            "    waived = truth(item.get('tax_exempt'))",
        )
        if taxes:
            block.add(
                f"    {usual}", "    if waived:", "        taxed = categories.exempt().of(kind)"
            )
    block.add("price = before - taken", "all_before += before", "all_price += price")
    if taxes:
        block.add(
            "if taxed is None:",
            "    taxed = categories.find(kind)",
            "includes = taxed.includes if said is None else said",
        )
    else:
        block.add("word(kind)", "taxed, includes = free, False")
    if shape.reads_items:
        block.add("rows.append([0, taxed, price, includes, [item, before, taken, 0, 0]])")
    block.deeper(-1)
    block.add("if sale is None:", "    sale = all_price")
    if shape.reads_items:
        block.add("elif sale != all_price:", "    return None")
