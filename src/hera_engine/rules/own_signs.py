"""Own fields that a rule's proof takes as not negative, checked on each event.

Enters: a planned rule and the scope of an event. Leaves: nothing, or every field that is negative.
Fields are seen as in a positive event: own fields of a negative one were turned, all alike, but
what its declaration calls `signed money` or `number`, and what a stage adds, may be below zero.
"""

from collections.abc import Iterator

from hera_engine.errors import EventError, Problem
from hera_engine.rules.evaluate import elements, number
from hera_engine.rules.exact import EventFault
from hera_engine.rules.expressions import Read, Source
from hera_engine.rules.plan import PlannedRule, PlannedSign
from hera_engine.rules.scope import Scope, find, is_present, path_of


def check_own_signs(rule: PlannedRule, scope: Scope) -> None:
    """Refuse an event in which a field is negative that the proof takes as not negative.

    Raises:
        EventError: With every such field.
    """
    if not rule.not_negative:
        return
    # A field is only looked at: what the rule reads is for the observer, this is not.
    quiet = Scope(scope.facts, scope.sale, scope.lets)
    try:
        problems = [problem for sign in rule.not_negative for problem in _negative(sign, quiet)]
    except EventFault as fault:
        raise EventError([fault.problem]) from None  # too many members of lists inside lists
    if problems:
        raise EventError(dict.fromkeys(problems))


def _negative(sign: PlannedSign, scope: Scope) -> Iterator[Problem]:
    """Yield a problem for each place where a field is negative; absent ones are not."""
    names = tuple(f"member {depth}" for depth in range(len(sign.collections)))
    read = Read(Source.LOOP, names[-1], sign.read.rest) if names else sign.read
    for inner in _places(sign.collections, names, scope):
        if _is_negative(read, inner):
            hint = "send it positive; what goes the other way is a field of its own"
            yield Problem(path_of(read, inner), "is negative", hint)


def _places(collections: tuple[Read, ...], names: tuple[str, ...], scope: Scope) -> Iterator[Scope]:
    """Yield a scope for each member of the innermost list; the scope itself without lists.

    What is no list is refused where the rule reads it, and leaves the other members alone.
    """
    if not collections:
        yield scope
        return
    outside = tuple(scope.loops)
    first, *rest = collections
    inside = Read(Source.LOOP, outside[-1], first.rest) if outside else first
    if isinstance(find(inside, scope), tuple) or inside.source is Source.FACT:
        for member, path in elements(inside, scope):
            inner = scope.with_loop(names[0], member, path)
            yield from _places(tuple(rest), names[1:], inner)


def _is_negative(read: Read, scope: Scope) -> bool:
    """Whether a field is there and is a number below zero, as seen in a positive event."""
    try:
        return is_present(read, scope) and number(read, scope) < 0
    except EventFault:
        return False  # what is no number is refused where the rule reads it
