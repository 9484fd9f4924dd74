"""What stands in the base of what: whether components that are due on others can be in order.

Enters: the components of a profile. Leaves: each name in an ``on`` that no evaluation could follow.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Final

from hera_engine import limits
from hera_engine.errors import did_you_mean
from hera_engine.tax.component import Component
from hera_engine.tax.mapping import shown

BREAK_CIRCLE: Final = "break the circle: take one of the names out of its `on`"
"""What to do about components that are due on each other, or one that is due on itself."""


@dataclass(frozen=True, slots=True)
class BaseFault:
    """A name in the ``on`` of a component that cannot stand there.

    ``component`` and ``name`` are indexes: of the component in its profile, of the name in its
    ``on``.
    """

    component: int
    name: int
    reason: str
    hint: str | None


def base_faults(components: Sequence[Component], codes: Sequence[str]) -> Iterator[BaseFault]:
    """Yield the names that are no component, come later, or lead back to their own component.

    Each cycle is told once, at its first component. A name that has no component on the days of
    another is none of its faults: it is not in the base then.

    Args:
        components: In the order of the profile.
        codes: Those of all its components, also of such as could not be read.
    """
    known = dict.fromkeys(codes)
    cycles = _cycles(components, known)
    cyclic = frozenset(code for cycle in cycles for code in cycle)
    told: set[tuple[str, ...]] = set()
    for index, component in enumerate(components):
        own = shown(component.code)
        for place, name in enumerate(component.on):
            cycle = next((each for each in cycles if _is_link(each, component.code, name)), None)
            if name not in known:
                reason = f"component `{own}` is due on `{shown(name)}`, which is no component"
                near = did_you_mean(name[: limits.KEY_CHARACTERS], known)
                yield BaseFault(index, place, reason, near)
            elif cycle is not None:
                if cycle not in told:
                    told.add(cycle)
                    round_trip = " -> ".join(map(shown, (*cycle, cycle[0])))
                    reason = f"components are due on each other: {round_trip}"
                    yield BaseFault(index, place, reason, BREAK_CIRCLE)
            elif not {component.code, name} <= cyclic and _is_later(components, index, name):
                reason = f"component `{own}` is due on `{shown(name)}`, which comes after it"
                yield BaseFault(index, place, reason, _order_hint(components, index, name))


def _is_link(cycle: tuple[str, ...], code: str, name: str) -> bool:
    """Whether a code is followed by a name in a cycle."""
    return (code, name) in zip(cycle, (*cycle[1:], cycle[0]), strict=True)


def _cycles(components: Sequence[Component], known: Mapping[str, None]) -> list[tuple[str, ...]]:
    """Return cycles without a code in common, each from its first component on."""
    edges = {code: dict[str, None]() for code in known}
    for component in components:
        edges[component.code].update((name, None) for name in component.on if name in known)
    order = {code: index for index, code in enumerate(known)}
    found: list[tuple[str, ...]] = []
    while True:
        try:
            TopologicalSorter(edges).prepare()
        except CycleError as error:
            # It lists each code behind one that it is due on, the first once more at the end.
            ring = tuple(reversed(error.args[1][1:]))
            start = ring.index(min(ring, key=lambda code: order[code]))
            found.append((*ring[start:], *ring[:start]))
            edges = {code: names for code, names in edges.items() if code not in ring}
        else:
            return found


def _is_later(components: Sequence[Component], index: int, name: str) -> bool:
    """Whether a component of a code is evaluated after another on a day of both."""
    own = components[index]
    return any(
        other.code == name and own.overlaps(other) and _rank(components, place) > rank
        for rank in (_rank(components, index),)
        for place, other in enumerate(components)
    )


def _rank(components: Sequence[Component], index: int) -> tuple[int, int]:
    """Return what a component's place in the order of evaluation is compared by."""
    sequence = components[index].sequence
    return (index + 1 if sequence is None else sequence, index)


def _order_hint(components: Sequence[Component], index: int, name: str) -> str:
    own, before = components[index], shown(name)
    sequences = (each.sequence for each in components if each.code == name)
    if own.sequence is None and all(each is None for each in sequences):
        return f"write `{shown(own.code)}` after `{before}`"
    return f"give `{shown(own.code)}` a higher sequence than `{before}`"
