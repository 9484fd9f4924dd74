"""Source that derives values: what the maps of a schema give an event that says nothing itself.

As `hera_engine.rules.derive` does. What is derived is written into a copy of the context, or of an
item, from which all fields are read afterwards; the header keeps what was sent. Arguments are read
before that, so that no derived value depends on another.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hera_engine.dsl.names import TAX_CATEGORY
from hera_engine.rules.fused.fields import Fields
from hera_engine.rules.fused.formulas import Formulas
from hera_engine.rules.fused.places import CONTEXT, ITEM, Record, check_name
from hera_engine.rules.fused.source import Block
from hera_engine.rules.plan import PlannedDerivation, Route

ORIGINAL = "original"
"""The context as the header shows it, where values are derived."""


def derived_names(route: Route) -> frozenset[str]:
    """Return the fields that may be derived."""
    return frozenset(each.name for each in route.derivations)


@dataclass(slots=True)
class Derivations:
    """What derives values.

    Attributes:
        event: What is written once the context was looked at.
        item: What is written for each item that was sent, before its fields are read.
    """

    event: Block = field(default_factory=Block)
    item: Block = field(default_factory=Block)


def write_derivations(route: Route, fields: Fields) -> Derivations:
    """Return the source that derives values for the events of a route.

    Raises:
        NotCompiled: For an argument that is left to the interpreter.
    """
    found = Derivations()
    if not route.derivations:
        return found
    asking = fields.asking()
    names = [fields.constants.name(each.name) for each in route.derivations]
    firsts = _firsts(route.derivations)
    event, item = Block(), Block()
    for place, each in enumerate(route.derivations):
        check_name(each.name)
        where = f"wanted_{firsts[place]}"
        unless = f"{where} and items is None" if each.by_item else where
        _write_one(event, each, firsts[place], Formulas(asking, {ITEM: CONTEXT}), unless)
        if each.by_item:
            unsaid = f"{where} and is_unsaid({ITEM}.get({names[place]}))"
            _write_one(item, each, firsts[place], Formulas(asking, {ITEM: ITEM}), unsaid)
    places = sorted(set(firsts))
    found.event.add(f"{ORIGINAL} = {CONTEXT}")
    for place in places:
        found.event.add(f"wanted_{place} = is_unsaid({CONTEXT}.get({names[place]}))")
    _write_all(found.event, asking.records[CONTEXT], event, {at: names[at] for at in places})
    for place in places:
        if route.derivations[place].name == TAX_CATEGORY:
            found.event.add("if category is None:", f"    category = given_{place}")
    of_items = {at: names[at] for at in places if route.derivations[at].by_item}
    for place, name in of_items.items():
        if route.derivations[place].name == TAX_CATEGORY:
            # An empty category is not one that is left out: it is refused.
            found.item.add(f"word({ITEM}.get({name}))")
    if of_items:
        _write_all(found.item, asking.records[ITEM], item, of_items)
    return found


def _firsts(derivations: Sequence[PlannedDerivation]) -> list[int]:
    """Return for each value the place of the first of its name: those of items stand first."""
    names = [each.name for each in derivations]
    return [names.index(name) for name in names]


def _write_one(
    block: Block, each: PlannedDerivation, place: int, formulas: Formulas, unless: str
) -> None:
    """Write one value, given where all that its map is asked is there."""
    source = formulas.text(each.text)
    there = "".join(f" and {variable} is not None" for variable in formulas.needs)
    block.add(f"if given_{place} is None and {unless}{there}:", f"    given_{place} = {source}")


def _write_all(block: Block, record: Record, values: Block, names: dict[int, str]) -> None:
    """Write the values of one record and, where there are any, a copy of it that has them."""
    block.add(*record.block.rendered(0))
    block.add(f"{' = '.join(f'given_{place}' for place in names)} = None")
    block.add(*values.rendered(0))
    any_given = " or ".join(f"given_{place} is not None" for place in names)
    block.add(f"if {any_given}:", f"    {record.name} = {record.name}.copy()")
    for place, name in names.items():
        block.add(
            f"    if given_{place} is not None:", f"        {record.name}[{name}] = given_{place}"
        )
