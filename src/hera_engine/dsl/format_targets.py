"""What posting lines stand on as canonical text: loops, account positions, derived values."""

from hera_engine.dsl import nodes
from hera_engine.dsl.format_expressions import format_events, format_expression, format_name


def format_target(target: nodes.Name | nodes.Call) -> str:
    """Return an account key or a map call."""
    return format_name(target.text) if isinstance(target, nodes.Name) else format_expression(target)


def format_derivation(derived: nodes.Derivation) -> str:
    """Return a derived value."""
    events = "" if derived.on is None else f" on {format_events(derived.on)}"
    source = format_expression(derived.source)
    return f"derive {format_name(derived.name.text)}{events} = {source}"


def format_loop(loop: nodes.Loop) -> str:
    """Return what a ``for`` block runs over, without its keyword."""
    text = f"{format_name(loop.variable.text)} in {format_expression(loop.collection)}"
    return text if loop.when is None else f"{text} when {format_expression(loop.when)}"
