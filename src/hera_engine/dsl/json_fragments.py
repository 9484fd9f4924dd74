"""Parts of the language inside texts of the JSON form.

Expressions, targets and loops are written as in the text form and read by its parser, which is
loaded when the first of them is met: a document without posting rules never needs it.
"""

from dataclasses import fields, replace
from typing import Protocol, TypeVar, runtime_checkable

from hera_engine.dsl import nodes
from hera_engine.dsl.json_values import Flaw, Refused, each, filled
from hera_engine.errors import Diagnostic, Pointer, Span


def _fragment(kind: str, value: object) -> object:
    """Return the node of a text that holds a part of the language, placed within the text."""
    # The parser takes longer to load than everything else together.
    from hera_engine.dsl.parse import Fragment, parse_fragment  # noqa: PLC0415 - see above

    node, found = parse_fragment(Fragment[kind], filled(value))
    if found:
        raise Refused(*map(_flaw_inside, found))
    return node


def _flaw_inside(fault: Diagnostic) -> Flaw:
    """Return a fault inside a text as a flaw of that text; the hint says where to look."""
    column = fault.place.column if isinstance(fault.place, Span) else 1
    where = f"see column {column} of the text"
    hint = where if fault.hint is None else f"{fault.hint} ({where})"
    return Flaw(fault.kind, (), (*fault.fields, ("column", str(column))), hint)


def expression(value: object) -> nodes.Expression:
    """Return an amount or a condition."""
    node = _fragment("EXPRESSION", value)
    assert isinstance(node, nodes.Expression), "the parser keeps to the kind it is asked for"
    return node


def target(value: object) -> nodes.Name | nodes.Call:
    """Return an account key or a map call."""
    node = _fragment("TARGET", value)
    assert isinstance(node, nodes.Name | nodes.Call), "the parser keeps to the kind asked for"
    return node


def loop(value: object) -> nodes.Loop:
    """Return one loop, without its keyword."""
    node = _fragment("LOOP", value)
    assert isinstance(node, nodes.Loop), "the parser keeps to the kind it is asked for"
    return node


def loops(value: object) -> tuple[nodes.Loop, ...]:
    """Return the loops around a line: one text, or a list of them from the outermost in."""
    return (loop(value),) if isinstance(value, str) else each(value, loop)


def _given(value: object) -> nodes.Given:
    node = _fragment("GIVEN", value)
    assert isinstance(node, nodes.Given), "the parser keeps to the kind it is asked for"
    return node


def givens(value: object) -> tuple[nodes.Given, ...]:
    """Return a list of equations."""
    return each(value, _given)


def _let(value: object) -> nodes.Let:
    node = _fragment("LET", value)
    assert isinstance(node, nodes.Let), "the parser keeps to the kind it is asked for"
    return node


def lets(value: object) -> tuple[nodes.Let, ...]:
    """Return a list of named amounts, each ``name = expression``."""
    return each(value, _let)


NodeType = TypeVar("NodeType", bound=nodes.Node)


def placed(node: NodeType, at: Pointer) -> NodeType:
    """Return a node with itself and everything inside it placed at ``at``."""
    changes = {
        part.name: _placed_part(getattr(node, part.name), at)
        for part in fields(node)
        if part.name != "at"
    }
    return replace(node, at=at, **changes)


def _placed_part(value: object, at: Pointer) -> object:
    if isinstance(value, nodes.Node):
        return placed(value, at)
    return tuple(_placed_part(part, at) for part in value) if isinstance(value, tuple) else value


@runtime_checkable
class Located(Protocol):
    """What can become a node at a place, by itself or under a name of the user's."""

    def node(self, at: Pointer) -> object:
        """Return the node at a place."""
        ...

    def named_node(self, key: str, at: Pointer) -> object:
        """Return the node at a place, named by the key it stands under."""
        ...


@runtime_checkable
class Several(Protocol):
    """What becomes several nodes at one place of a list."""

    def located_nodes(self, at: Pointer) -> tuple[nodes.Node, ...]:
        """Return the nodes at a place."""
        ...


def located(value: object, at: Pointer) -> object:
    """Return what a place of the document holds, its nodes with their places."""
    match value:
        case nodes.Node():
            return placed(value, at)
        case tuple():
            keys = (part.name if isinstance(part, nodes.CaseField) else None for part in value)
            places = (at.child(i if key is None else key) for i, key in enumerate(keys))
            return tuple(
                node
                for part, place in zip(value, places, strict=True)
                for node in (
                    part.located_nodes(place)
                    if isinstance(part, Several)
                    else (located(part, place),)
                )
            )
        case dict() if all(isinstance(member, Located) for member in value.values()):
            return tuple(form.named_node(key, at.child(key)) for key, form in value.items())
        case Located():
            return value.node(at)
        case _:
            return value
