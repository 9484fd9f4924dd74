"""Writes the function of one rule for one pair of currency exponents.

Enters: a planned rule with its route. Leaves: a function that posts an event or declines it.
"""

from collections.abc import Collection
from dataclasses import replace
from math import lcm, prod
from typing import NamedTuple

from hera_engine import limits
from hera_engine.accounts import Side, is_uuid
from hera_engine.allocation import by_largest_remainder
from hera_engine.event_shape import Shape as DeclaredShape
from hera_engine.event_shape import ShapeKind
from hera_engine.facts import EVENT_FIELDS
from hera_engine.frozen import FrozenMap, seal, sealed
from hera_engine.journal import JournalEntry, JournalHeader, JournalLine, OpenItem, TaxDetail
from hera_engine.money import ZERO, minor_product
from hera_engine.rules.closing import fiscal_fields
from hera_engine.rules.dimensions import NONE_CARRIED
from hera_engine.rules.fused import parting, reading, residue, settled, taxed
from hera_engine.rules.fused.fields import Fields
from hera_engine.rules.fused.formulas import Formulas, check_needs
from hera_engine.rules.fused.moneys import Minors, Rates, converted, ratio
from hera_engine.rules.fused.own_worths import check_worths
from hera_engine.rules.fused.places import CONTEXT, ITEM, PAYMENT
from hera_engine.rules.fused.source import Block, Constants, Post, function_of
from hera_engine.rules.fused.statements import Statement, alike, meetings, statement_of
from hera_engine.rules.fused.subset import NotCompiled, check_alone, check_rule, needs_general
from hera_engine.rules.fused.turned import POSITIVE, Sent
from hera_engine.rules.fused.turning import PostOf, turning
from hera_engine.rules.fused.write_closing import Closers, closers_of
from hera_engine.rules.fused.write_derived import (
    ORIGINAL,
    Derivations,
    derived_names,
    write_derivations,
)
from hera_engine.rules.fused.write_event import (
    RARE,
    Currencies,
    Given,
    Sections,
    Shape,
    plain_fields,
    write_context,
    write_header,
)
from hera_engine.rules.fused.write_general import write_general_items
from hera_engine.rules.fused.write_items import (
    plain_of,
    write_items,
    write_later_payments,
    write_payments,
    write_second_pass,
)
from hera_engine.rules.fused.write_lines import write_lines
from hera_engine.rules.fused.write_loops import write_sign, write_visits
from hera_engine.rules.fused.write_shape import (
    NUMBERS,
    RARE_OF_ITEM,
    RecordWriter,
    member_shape,
)
from hera_engine.rules.fused.write_stages import (
    check_stages,
    minor_unit,
    stage_calls,
    stage_helpers,
    write_after_rule,
    write_before_rule,
)
from hera_engine.rules.fused.write_sums import write_statement
from hera_engine.rules.fused.writer import BEFORE, START, Writer
from hera_engine.rules.plan import PlannedRule, Route

KNOWN_OF_ITEM = ("amount", "tax_category", *RARE_OF_ITEM)
KNOWN_OF_PAYMENT = ("amount", "method", "reference")


class Others(NamedTuple):
    """The other functions of a rule: those for negative totals, and the general one."""

    turned: PostOf
    general: Post


def written(
    given: Given,
    route: Route,
    rule: PlannedRule,
    currencies: Currencies,
    sent: Sent | Others,
) -> Post:
    """Return the function of a rule.

    Args:
        given: What it has in common with all functions of the engine.
        route: The splits of the events it is for.
        rule: The rule.
        currencies: Decimals of the transaction currency and of the base currency.
        sent: How the amounts of events were sent, for one of the functions of a rule for what
            most events are not; for the function of the others, where it finds those.

    Raises:
        NotCompiled: If the rule is left to the interpreter.
    """
    plan, extensions = given.plan, given.extensions
    flips = isinstance(sent, Sent) and sent.flips
    _check(given, route, rule, flips=flips)
    shape = Shape(
        plan=plan,
        rule=rule,
        exponent=currencies.exponent,
        base_exponent=currencies.base_exponent,
        same=currencies.same,
        splits=bool(route.splits or rule.by_dimensions),
        shared=given.shared,
        declared=route.shape,
        portions=prod(len(split.shares) + 1 for split in route.splits.values()),
        extensions=extensions,
        taxed_by=given.taxes,
        sent=sent if isinstance(sent, Sent) else POSITIVE,
    )
    general = isinstance(sent, Sent) and not sent.flips
    if needs_general(plan, rule) and not general:
        raise NotCompiled("rounding to coins of a negative total")
    shape.general = general
    shape.two_passes = general or (shape.reads_items and (shape.by_total or shape.stages_before))
    constants = _constants(shape)
    source, fields = _source(shape, route, constants)
    if source is None:
        shape.two_passes = True
        constants = _constants(shape)
        source, fields = _source(shape, route, constants)
    assert source is not None, "in two passes all items are known"
    if not isinstance(sent, Sent):
        read = fields.own_numbers
        constants.values["turned"] = turning(sent.turned, shape.exponent, read, shape.declared)
        constants.values["another"] = sent.general
    return function_of(source, constants.values, _helpers)


def _check(given: Given, route: Route, rule: PlannedRule, *, flips: bool) -> None:
    """Refuse what is left to the interpreter, as far as the plan tells.

    Raises:
        NotCompiled: With what it is.
    """
    plan, extensions = given.plan, given.extensions
    check_rule(plan, route, rule)
    check_alone(plan, rule)
    check_stages(extensions, route)
    check_worths(rule, extensions, turned=flips)
    if flips and plan.settings.refuse_negative_totals:
        raise NotCompiled("a negative total, which the settings refuse")
    if flips and extensions.stages:
        raise NotCompiled("a negative total of which stages are told")


def _source(shape: Shape, route: Route, constants: Constants) -> tuple[str | None, Fields]:
    """Return the source of a function and the fields it reads; None if it needs two passes."""
    names = _closed_names(shape, derived_names(route))
    fields = Fields(
        constants, 10**shape.exponent, names, _numbers(shape), shape.sent, shape.general
    )
    cent = constants.name(minor_unit(shape.exponent))
    base_cent = cent if shape.same else constants.name(minor_unit(shape.base_exponent))
    writer = Writer(shape, route, constants, fields, cent, base_cent)
    lets, givens = Block(), Block()
    _write_lets(writer, lets)
    _write_givens(writer, givens)
    lines = [part for line in shape.rule.lines for part in alike(writer, line)]
    found = meetings(writer, lines)
    statements = [statement_of(writer, number, line, found) for number, line in enumerate(lines)]
    later = [write_statement(writer, statement) for statement in statements]
    closers = closers_of(writer)
    if any(later) and not shape.two_passes:
        return None, fields
    for sign in shape.rule.not_negative:
        write_sign(writer, sign)
    _write_required(writer, writer.blocks[START])
    if shape.sent.flips and fields.trees:
        raise NotCompiled("lists and records of one's own under a negative total")
    derived = write_derivations(route, fields)
    return _assembled(writer, (statements, closers), (lets, givens), derived), fields


def _constants(shape: Shape) -> Constants:
    """Return the constants that every function has by a name of their own."""
    constants = Constants({"taxes": shape.taxed_by, "days": shape.shared.days})
    if shape.has_worths or (shape.rates is not None and not shape.same):
        constants.values["rates"] = Rates(shape.rates)
        constants.values["minors"] = Minors(shape.plan.currencies).of
    if shape.general:
        settling = settled.Settling.of(shape.plan, shape.rule, shape.exponent)
        constants.values |= {"settled": settling.settle, "in_coins": settling.in_coins}
    return constants


def _declared(shape: Shape) -> dict[str, DeclaredShape]:
    """Return by record what its declaration says of it, where there is one."""
    if shape.declared is None:
        return {}
    shapes = {
        CONTEXT: shape.declared.context,
        ITEM: member_shape(shape.declared, "items"),
        PAYMENT: member_shape(shape.declared, "payments"),
    }
    return {name: found for name, found in shapes.items() if found is not None}


def _closed_names(shape: Shape, derived: frozenset[str]) -> dict[str, Collection[str]]:
    """Return by record the fields that it may have, where its declaration is closed."""
    return {
        name: frozenset(found.fields) | (frozenset() if name == PAYMENT else derived)
        for name, found in _declared(shape).items()
        if not found.open
    }


def _numbers(shape: Shape) -> dict[str, dict[str, ShapeKind]]:
    """Return by record the kinds of own fields that its declaration makes exact Decimals of."""
    return {
        record: {
            name: wanted.shape.kind
            for name, wanted in found.fields.items()
            if wanted.shape.kind in NUMBERS and not wanted.shape.known
        }
        for record, found in _declared(shape).items()
    }


def _helpers() -> dict[str, object]:
    """Return what generated functions call, by the names they call it.

    All of them share it; what depends on the schema is a constant.
    """
    names = (
        "units", "number", "day", "is_word", "word", "reference", "dimension", "text", "truth",
        "rate", "refuse_odd_header", "frozen_context", "frozen_member", "is_key", "rounded",
        "looked_up", "is_unsaid", "inside", "anything", "compared", "summed", "signed",
        "refuse_negative", "frozen_fields", "held", "exact", "is_plain", "is_below", "units_below",
        "number_below", "number_of_item", "price_below", "signed_price", "signed_units",
        "signed_exact", "Declined",
    )  # fmt: skip
    found: dict[str, object] = {name: getattr(reading, name) for name in names}
    return {
        **found,
        **stage_helpers(),
        "price_of": reading.price,
        "discount_of": reading.discount,
        "free": settled.FREE,
        "zero": ZERO,
        "place_residue": residue.place_residue,
        "days_after": residue.days_after,
        "portions": parting.portions,
        "beside": parting.beside,
        "divided": parting.divided,
        "spread_over": parting.spread_over,
        "round_totals": taxed.round_totals,
        "TaxDetail": TaxDetail,
        "ratio": ratio,
        "converted": converted,
        "by_largest_remainder": by_largest_remainder,
        "multiply": minor_product,
        "new": tuple.__new__,
        "sealed": sealed,
        "seal": seal,
        "new_map": FrozenMap.__new__,
        "FrozenMap": FrozenMap,
        "none_carried": NONE_CARRIED,
        "unset": object(),
        "is_uuid": is_uuid,
        "fiscal_fields": fiscal_fields,
        "scalars": (type(None), bool),
        "member_lists": frozenset(("items", "payments")),
        "event_fields": frozenset(EVENT_FIELDS),
        "rare_fields": frozenset(RARE),
        "rare_of_item": frozenset(RARE_OF_ITEM),
        "debit": Side.DEBIT,
        "credit": Side.CREDIT,
        "JournalEntry": JournalEntry,
        "JournalHeader": JournalHeader,
        "JournalLine": JournalLine,
        "OpenItem": OpenItem,
    }


def _write_lets(writer: Writer, block: Block) -> None:
    """Write the named amounts."""
    for index, let in enumerate(writer.shape.rule.lets):
        formulas = Formulas(writer.fields, {})
        figure = formulas.figure(let.value)
        check_needs(block, formulas)
        block.add(f"let_{index} = {figure.source}")
        writer.fields.lets[let.name] = replace(figure, source=f"let_{index}", value=None)


def _write_givens(writer: Writer, block: Block) -> None:
    """Write the equations that every event of the rule must satisfy."""
    for given in writer.shape.rule.givens:
        formulas = Formulas(writer.fields, {})
        left, right = formulas.figure(given.left), formulas.figure(given.right)
        check_needs(block, formulas)
        scale = lcm(left.scale, right.scale)
        block.add(f"if {left.at(scale)} != {right.at(scale)}:", "    return None")


def _write_required(writer: Writer, block: Block) -> None:
    """Write that the fields must be there that the rule always reads."""
    for read in writer.shape.rule.required:
        source = writer.fields.source(*writer.fields.place(read, {}))
        block.add(f"if {source} is None:", "    return None")


def _assembled(
    writer: Writer,
    posting: tuple[list[Statement], Closers],
    middle: tuple[Block, Block],
    derived: Derivations,
) -> str:
    """Return the source of the function from its sections."""
    shape, fields, constants = writer.shape, writer.fields, writer.constants
    blocks = writer.blocks
    records = {
        name: RecordWriter(
            name,
            constants,
            shape.exponent,
            writer.cent,
            shape.sent,
            _texts_read(writer, name),
            "whole = True"
            if name == CONTEXT
            else f"record = frozen_member({name}, plain_of_{name})",
        )
        for name in (CONTEXT, ITEM, PAYMENT)
    }
    sections = Sections(blocks[ITEM], blocks[PAYMENT], derived.item, records)
    body = Block(depth=2)
    write_header(body, shape, constants)
    write_context(body, shape, fields, records[CONTEXT])
    _write_trees(writer, body, records[CONTEXT])
    body.add(*derived.event.rendered(0))
    body.add(*fields.records[CONTEXT].block.rendered(0))
    records[CONTEXT].finish(body)
    body.add(*blocks[START].rendered(0))
    write = write_general_items if shape.general else write_items
    write(body, shape, fields, sections)
    write_payments(body, shape, fields, sections)
    _write_own(writer, body, records[CONTEXT])
    write_before_rule(writer, body)
    for source in middle:
        body.add(*source.rendered(0))
    if shape.two_passes:
        write_second_pass(body, shape, fields, sections)
    if shape.stages_before:
        write_later_payments(body, sections, fields)
    for source in (blocks[BEFORE], blocks[CONTEXT]):
        body.add(*source.rendered(0))
    _write_rate(shape, body)
    write_visits(writer, body)
    write_after_rule(writer, body)
    write_lines(writer, body, *posting)
    _write_end(writer, body)
    constants.values.update(stage_calls(writer))
    constants.values["plain_fields"] = plain_fields(fields)
    constants.values["plain_of_item"] = plain_of(fields, ITEM, KNOWN_OF_ITEM)
    constants.values["plain_of_payment"] = plain_of(fields, PAYMENT, KNOWN_OF_PAYMENT)
    lines = "\n".join(body.rendered(0))
    return f"    try:\n{lines}\n    except Declined:\n        return None\n"


def _write_trees(writer: Writer, block: Block, record: RecordWriter) -> None:
    """Write that the context is frozen here, where what stands inside its fields is read."""
    writer.has_trees = bool(record.held) or CONTEXT in writer.fields.trees
    if writer.has_trees:
        block.add("context = frozen_fields(context) if whole else context.copy()")
        record.hold(block, CONTEXT, "business_context")
    if writer.fields.trees:
        block.add("visits = 0")


def _texts_read(writer: Writer, name: str) -> dict[str, str]:
    """Return the variables of a record's fields that are read as texts, and checked there.

    What may be derived is not what was sent.
    """
    if name == PAYMENT or (name == ITEM and not writer.shape.reads_items):
        return {}
    derived = derived_names(writer.route)
    texts = writer.fields.texts(name).items()
    return {word: variable for word, variable in texts if word not in derived}


def _write_rate(shape: Shape, block: Block) -> None:
    """Write what turns minor units into those of the base currency."""
    if not shape.same:
        block.add(
            f"twice_top = 2 * rate_top * {10**shape.base_exponent}",
            f"rate_bottom = rate_bottom * {10**shape.exponent}",
            "twice_bottom = 2 * rate_bottom",
        )


def _write_own(writer: Writer, block: Block, record: RecordWriter) -> None:
    """Write the immutable copy of the business context."""
    sent = ORIGINAL if writer.route.derivations else CONTEXT
    block.add(
        f"own = {sent}"
        if writer.has_trees
        else f"own = dict(frozen_context({sent})) if whole else {sent}.copy()",
        "if frozen_items is not None:",
        "    own['items'] = tuple(frozen_items)",
        "if frozen_payments is not None:",
        "    own['payments'] = tuple(frozen_payments)",
    )
    record.convert(block, "own")
    block.add("own = sealed(own)")


def _write_end(writer: Writer, block: Block) -> None:
    """Write the entry: its header, and its lines."""
    shape, constants = writer.shape, writer.constants
    plan = shape.plan
    most = min(plan.max_line_count, limits.JOURNAL_LINES)
    block.add(f"if not 2 <= len(lines) <= {constants.name(most)}:", "    return None")
    fiscal = "None, None, None"
    if plan.settings.fiscal_calendar is not None:
        calendar = constants.name(plan.settings.fiscal_calendar)
        block.add(f"fiscal = fiscal_fields({calendar}, posted_on)")
        fiscal = "*fiscal"
    stamp = constants.name(plan.stamp)
    in_all, told = "in_all", "()"
    if shape.sent.flips:
        in_all = f"multiply(-total, {writer.cent})"
    if shape.general:
        in_all, told = "in_all or zero", "notices"
    if shape.stages:
        before = "(*notices, *told)" if shape.general else "told"
        told = f"{before} if added is None else (*{before}, *added.warned)"
    kind = constants.name(JournalHeader._field_defaults["transaction_type"])
    block.add(
        "header = new(JournalHeader, (",
        f"    organization, code, transacted, posted_on, currency, base, quoted, {fiscal},",
        f"    outside, {in_all}, own, {stamp}, {kind},",
        "))",
        f"return new(JournalEntry, (header, tuple(lines), {told}))",
    )
