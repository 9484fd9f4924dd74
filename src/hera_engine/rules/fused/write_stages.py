"""Source that calls stages of one's own: before the statements of a rule, and behind its lines.

Stages of the facts phase are called once items and payments are known, and what a rule reads of
the event may be what they found out. The others are called once all statements have added up.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from hera_engine.event_shape import ShapedField
from hera_engine.rules.fused.late import LateFacts, Terms, View, frozen_metadata, set_view
from hera_engine.rules.fused.places import CONTEXT
from hera_engine.rules.fused.source import Block
from hera_engine.rules.fused.stage_calls import AddedLines, Books, StageCalls
from hera_engine.rules.fused.subset import NotCompiled
from hera_engine.rules.fused.writer import Writer
from hera_engine.rules.plan import Route
from hera_engine.rules.run import Extensions

_READ_AGAIN = ("number", "text", "truth", "day", "anything", "dimension")
"""Kinds of fields of a business context that a stage may have found out."""


def minor_unit(exponent: int) -> Decimal:
    """Return one minor unit of a currency with so many decimals."""
    return Decimal((0, (1,), -exponent))


def check_stages(extensions: Extensions, route: Route) -> None:
    """Refuse stages that are left to the interpreter.

    Raises:
        NotCompiled: With what they do that compiled rules do not.
    """
    if not extensions.stages:
        return
    if extensions.replaces_tax:
        raise NotCompiled("a stage in the place of taxes")
    if route.derivations:
        raise NotCompiled("derived values that stages are told of")
    declared = route.shape
    if declared is not None and _have_defaults((declared.header, declared.context.fields)):
        raise NotCompiled("defaults of a declaration that stages are told of")


def _have_defaults(tables: Iterable[Mapping[str, ShapedField]]) -> bool:
    """Whether a field has a default, or one of a record or of a list's members below it."""
    for table in tables:
        for wanted in table.values():
            shape = wanted.shape
            below = shape.fields, {} if shape.member is None else shape.member.fields
            if wanted.preset is not None or _have_defaults(below):
                return True
    return False


def write_before_rule(writer: Writer, block: Block) -> None:
    """Write the facts that stages are shown, and the calls of those before the rule."""
    shape, constants = writer.shape, writer.constants
    if not shape.stages:
        return
    plan = shape.plan
    terms = constants.name(Terms(shape.exponent, shape.base_exponent, plan.settings))
    ratio = "(1, 1)" if shape.same else "(rate_top, rate_bottom)"
    block.add(
        "facts = sent = new_facts(LateFacts)",
        "set_view(facts, new(View, (",
        f"    {terms}, organization, code, total, currency, base, quoted, {ratio}, transacted,",
        "    posted, outside, own, simulate,",
        "    None if metadata is None else frozen_metadata(metadata),",
        ")))",
    )
    if not shape.stages_before:
        block.add("told = ()")
        return
    block.add(
        "facts, told = before_rule(facts)", "if facts is not sent:", "    found = facts.added"
    )
    if writer.fields.trees:
        raise NotCompiled("lists and records that stages may find out")
    for (path, kind), variable in writer.fields.records[CONTEXT].known.items():
        if kind in _READ_AGAIN:
            key = constants.name(path[0])
            block.add(
                f"    if {variable} is None:",
                f"        {variable} = found.get({key})",
                f"        if {variable} is not None:",
                f"            {variable} = {kind}({variable})",
            )


def write_after_rule(writer: Writer, block: Block) -> None:
    """Write the calls of the stages after the rule."""
    if not writer.shape.stages:
        return
    block.add("added = after_rule(sent, facts)")


def write_added_lines(writer: Writer, block: Block, ledger: str) -> None:
    """Write that the lines that stages added to a ledger follow those of the rule."""
    shape, constants = writer.shape, writer.constants
    if not shape.stages:
        return
    name = constants.name(ledger)
    block.add(f"if added is not None and {name} in added.by_ledger:")
    worth, ratio, worths = "", "None", "[]"
    if not shape.same:
        worth, ratio, worths = "worth += ", "(twice_top, rate_bottom, twice_bottom)", "worths"
    block.add(
        f"    books = Books(lines, currency, transacted, outside, {ratio}, {worths})",
        f"    {worth}added_lines(added.by_ledger[{name}], books)",
    )


def stage_helpers() -> dict[str, object]:
    """Return what functions with stages call, by the names they call it."""
    return {
        "LateFacts": LateFacts,
        "new_facts": LateFacts.__new__,
        "set_view": set_view,
        "View": View,
        "frozen_metadata": frozen_metadata,
        "Books": Books,
    }


def stage_calls(writer: Writer) -> dict[str, object]:
    """Return the calls of one function's stages, by the names it calls them."""
    shape = writer.shape
    if not shape.stages:
        return {}
    calls = StageCalls(shape.plan, writer.route, shape.extensions, shape.exponent)
    lines = AddedLines(
        shape.plan.settlement_days, minor_unit(shape.exponent), minor_unit(shape.base_exponent)
    )
    return {
        "before_rule": calls.before_rule,
        "after_rule": calls.after_rule,
        "added_lines": lines.write,
    }
