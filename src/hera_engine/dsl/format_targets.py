"""What posting lines stand on as canonical text: loops and account positions."""

from hera_engine.dsl import nodes
from hera_engine.dsl.format_expressions import format_expression, format_name


def format_target(target: nodes.Name | nodes.Call) -> str:
    """Return an account key or a map call."""
    return format_name(target.text) if isinstance(target, nodes.Name) else format_expression(target)


def format_loop(loop: nodes.Loop) -> str:
    """Return what a ``for`` block runs over, without its keyword."""
    text = f"{format_name(loop.variable.text)} in {format_expression(loop.collection)}"
    return text if loop.when is None else f"{text} when {format_expression(loop.when)}"
