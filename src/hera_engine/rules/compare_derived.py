"""Compares the derived values of two versions of a schema."""

from collections.abc import Iterator, Mapping

from hera_engine.dsl import nodes
from hera_engine.dsl.check_derived import is_by_item
from hera_engine.dsl.declared import covers
from hera_engine.dsl.format_expressions import format_expression, format_name
from hera_engine.dsl.format_targets import format_derivation
from hera_engine.errors import diagnose
from hera_engine.faults import CHANGED_LINE, NARROWED
from hera_engine.rules.differences import NOTHING, Difference

_Name = tuple[str, bool, str]
"""What a value is derived for: a name, item by item or not, and the events in words."""


def compare_derived(old: nodes.Schema, new: nodes.Schema) -> Iterator[Difference]:
    """Yield each value that is derived otherwise, not any more, only now, or by another first.

    An error is only what is not derived any more although lines are refused without it.
    """
    before, after = _by_name(old), _by_name(new)
    for name, was in before.items():
        now = after.get(name) or _wider(name, was, after)
        if now is None and name[0] in _refused_without(new):
            what = f"`{format_derivation(was)}` is gone, and lines must carry `{name[0]}`"
            yield Difference.before(diagnose(NARROWED, was.at, what=what))
        elif now is None:
            yield Difference.before(
                diagnose(
                    CHANGED_LINE, was.at, where=_where(was), before=_source(was), after=NOTHING
                )
            )
        elif now.source != was.source:
            words = {"before": _source(was), "after": _source(now)}
            yield Difference.now(diagnose(CHANGED_LINE, now.at, where=_where(now), **words))
    for name, now in after.items():
        if name not in before:
            words = {"before": NOTHING, "after": _source(now)}
            yield Difference.now(diagnose(CHANGED_LINE, now.at, where=_where(now), **words))
    yield from _compare_order(before, after)


def _wider(
    name: _Name, was: nodes.Derivation, after: Mapping[_Name, nodes.Derivation]
) -> nodes.Derivation | None:
    """Return the first derivation of the same name that takes all events of a pattern."""
    for other, derived in after.items():
        wide = derived.on
        if other[:2] == name[:2] and (wide is None or (was.on and covers(wide, was.on))):
            return derived
    return None


def _refused_without(schema: nodes.Schema) -> frozenset[str]:
    """Return the dimensions without which lines on some accounts are refused."""
    return frozenset(
        name.text
        for each in schema.requirements
        if each.enforcement is not nodes.Enforcement.WARNING
        for name in each.dimensions
        if name.text not in dict(each.defaults)
    )


def _compare_order(
    before: dict[_Name, nodes.Derivation], after: dict[_Name, nodes.Derivation]
) -> Iterator[Difference]:
    """Yield values of one name that stand in another order, of which the first governs."""
    for whose in dict.fromkeys(name[:2] for name in before):
        was = [name for name in before if name[:2] == whose and name in after]
        now = [name for name in after if name[:2] == whose and name in before]
        if was != now:
            first = after[next(new for new, old in zip(now, was, strict=True) if new != old)]
            second = before[next(old for new, old in zip(now, was, strict=True) if new != old)]
            where = f"order of `derive {whose[0]}`"
            words = {"before": format_derivation(second), "after": format_derivation(first)}
            yield Difference.now(diagnose(CHANGED_LINE, first.at, where=where, **words))


def _by_name(schema: nodes.Schema) -> dict[_Name, nodes.Derivation]:
    """Return the first derived value of each name and pattern: further ones are never reached."""
    found: dict[_Name, nodes.Derivation] = {}
    for each in schema.derivations:
        events = "" if each.on is None else f"{'matching ' if each.on.regex else ''}{each.on.text}"
        found.setdefault((each.name.text, is_by_item(each), events), each)
    return found


def _where(derived: nodes.Derivation) -> str:
    events = "" if derived.on is None else f" on {derived.on.text}"
    return f"derive {format_name(derived.name.text)}{events}"


def _source(derived: nodes.Derivation) -> str:
    return format_expression(derived.source)
