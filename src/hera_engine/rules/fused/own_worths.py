"""Source of lines with a currency, a rate or a base amount of their own.

What tells such lines apart beside the rest is ``valued``: the currency and the rate in lowest
terms; the currency alone where the line states its base amount; None where a line turns out to be
in the event's currency, at its rate.
"""

from types import MappingProxyType
from typing import Final

from hera_engine import limits
from hera_engine.errors import HeraError
from hera_engine.money import currency_exponent
from hera_engine.rules.expressions import Constant, Expression, Read, ShareOf, Source
from hera_engine.rules.fused.figures import Figure
from hera_engine.rules.fused.formulas import Formulas, check_needs
from hera_engine.rules.fused.line_parts import at_event_rate
from hera_engine.rules.fused.places import ITEM, PAYMENT
from hera_engine.rules.fused.source import Block
from hera_engine.rules.fused.statements import Statement
from hera_engine.rules.fused.subset import NotCompiled
from hera_engine.rules.fused.write_units import write_units
from hera_engine.rules.fused.writer import Writer
from hera_engine.rules.plan import PlannedRule
from hera_engine.rules.run import Extensions

_HEADER: Final = MappingProxyType({"currency": "currency", "base_currency": "base"})
_BOUND: Final = 10**limits.AMOUNT_INTEGER_DIGITS


def check_worths(rule: PlannedRule, extensions: Extensions, *, turned: bool) -> None:
    """Refuse lines with a worth of their own that are left to the interpreter.

    Args:
        rule: The rule.
        extensions: The stages that are called.
        turned: Whether the function is for events with a negative total.

    Raises:
        NotCompiled: With what they are.
    """
    lines = [line for line in rule.lines if not line.is_plain]
    if lines and extensions.stages:
        # Lines of stages are converted at the event's rate, or not at all.
        raise NotCompiled("lines with a worth of their own beside stages")
    if lines and turned:
        # Amounts are turned there, and rates are not.
        raise NotCompiled("a negative total of lines with a worth of their own")
    for line in lines:
        if line.tax_of is not None:
            raise NotCompiled("taxes at a rate of their own")
        if isinstance(line.amount, ShareOf):
            raise NotCompiled("shares with a worth of their own")


def check_splits_of_worth(writer: Writer, statement: Statement) -> None:
    """Refuse splits of lines with a worth of their own that are left to the interpreter.

    Raises:
        NotCompiled: With what is split.
    """
    if any(recipe.fixed for recipe in statement.recipes):
        raise NotCompiled("a line with a worth of its own that has fixed shares")
    if not writer.shape.reads_items or not any(recipe.joint for recipe in statement.recipes):
        return
    if statement.place.root == PAYMENT:
        raise NotCompiled("a payment with a worth of its own that is split by items")
    if statement.record != ITEM and statement.line.base is not None:
        raise NotCompiled("a stated base amount that is split")


def write_own_worth(
    writer: Writer, statement: Statement, formulas: Formulas, block: Block
) -> str | None:
    """Write an amount of a line and what it is worth, and open what is done if there is any.

    Returns:
        The source of the base amount that the line states, if it does.

    Raises:
        NotCompiled: For what is left to the interpreter.
    """
    line = statement.line
    unit = _write_currency(writer, line.currency, formulas, block)
    figure = _figure(line.amount, formulas, unit, block)
    if unit is None:
        block.add(f"now, rest = divmod({figure.source} * unit_now, {figure.scale})")
        block.add("if rest:", "    return None")
    else:
        write_units(block, figure, unit, "now")
    bound = f"{_BOUND} * unit_now" if unit is None else f"{_BOUND * unit}"
    block.add(f"if not 0 <= now < {bound}:", "    return None")
    if line.base is not None:
        _write_stated(writer, line.base, formulas, block)
        statement.keys["valued"] = "code_now"
        return "worth_stated"
    block.add("if now:")
    block.deeper()
    if line.rate is None:
        block.add(
            "valued = None",
            "if code_now != currency:",
            "    valued = (code_now, *rates.of_line(code_now, base, posted_on))",
        )
    else:
        rate = _figure(line.rate, formulas, unit, block)
        block.add(
            f"top_now, bottom_now = ratio({rate.source}, {rate.scale})",
            "if top_now != bottom_now and code_now == base:",
            "    return None",
            "valued = (code_now, top_now, bottom_now)",
        )
    statement.keys["valued"] = "valued"
    return None


def _figure(expression: Expression, formulas: Formulas, unit: int | None, block: Block) -> Figure:
    """Return a figure that counts in a currency, once what it needs is written."""
    before, formulas.unit = formulas.unit, unit
    found = formulas.figure(expression)
    formulas.unit = before
    check_needs(block, formulas)
    return found


def _write_currency(
    writer: Writer, stated: Expression | None, formulas: Formulas, block: Block
) -> int | None:
    """Write the currency of a line; return its minor units in one, None if the event says them."""
    shape = writer.shape
    match stated:
        case None:
            block.add("code_now = currency")
            return writer.fields.unit
        case Constant(str() as code):
            block.add(f"code_now = {writer.constants.name(code)}", "minors(code_now)")
            try:
                return int(10 ** currency_exponent(code))
            except HeraError:
                raise NotCompiled("a currency that there is not") from None
        case Read(Source.HEADER, name, ()) if name in _HEADER:
            block.add(f"code_now = {_HEADER[name]}", "minors(code_now)")
            exponent = shape.exponent if name == "currency" else shape.base_exponent
            return int(10**exponent)
        case _:
            source = formulas.text(stated)
            check_needs(block, formulas)
            block.add(f"code_now = {source}", "unit_now, _ = minors(code_now)")
            return None


def _write_stated(writer: Writer, base: Expression, formulas: Formulas, block: Block) -> None:
    """Write the base amount that a line states, and open what is done if it posts anything."""
    unit = 10**writer.shape.base_exponent
    figure = _figure(base, formulas, unit, block)
    write_units(block, figure, unit, "worth_stated")
    block.add(
        f"if not 0 <= worth_stated < {_BOUND * unit}:",
        "    return None",
        "if worth_stated != now and code_now == base:",
        "    return None",
        "if now or worth_stated:",
    )
    block.deeper()


def write_own_money(writer: Writer, block: Block, statement: Statement) -> None:
    """Write the currency of a gathered line, its minor unit, and what it is worth.

    The units that it gathered are ``now``, and ``taxable`` the base amount that it states.
    """
    line = statement.line
    if line.base is not None:
        block.add("code_now = valued", "_, cent_now = minors(code_now)", "base_now = taxable")
        return
    may_be_plain = line.rate is None
    if may_be_plain:
        block.add(
            "if valued is None:",
            f"    code_now, cent_now = currency, {writer.cent}",
            f"    base_now = {at_event_rate(writer, 'now')}",
            "else:",
        )
    block.deeper(may_be_plain)
    block.add(
        "code_now, top_now, bottom_now = valued",
        "unit_now, cent_now = minors(code_now)",
        f"base_now = converted(now * top_now * {10**writer.shape.base_exponent}, "
        "bottom_now * unit_now)",
    )
    block.deeper(-may_be_plain)
