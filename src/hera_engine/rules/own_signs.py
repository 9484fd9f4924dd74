"""Own fields that a rule's proof takes as not negative, checked on each event.

Enters: a planned rule and the scope of an event. Leaves: nothing, or every field that is negative.
Own fields of a negative event need no check: they were turned, all alike.
"""

from collections.abc import Iterator

from hera_engine.errors import EventError, Problem
from hera_engine.rules.evaluate import number
from hera_engine.rules.exact import EventFault
from hera_engine.rules.expressions import PlannedLoop, Read, Source
from hera_engine.rules.lines import bindings
from hera_engine.rules.plan import PlannedRule, PlannedSign
from hera_engine.rules.scope import Scope, is_present, path_of


def check_own_signs(rule: PlannedRule, scope: Scope) -> None:
    """Refuse an event in which a field is negative that the proof takes as not negative.

    Raises:
        EventError: With every such field.
    """
    if not rule.not_negative:
        return
    # A field is only looked at: what the rule reads is for the observer, this is not.
    quiet = Scope(scope.facts, scope.sale, scope.lets)
    problems = [
        problem
        for sign in rule.not_negative
        if sign.read.source is Source.FACT or not scope.facts.negative
        for problem in _negative(sign, quiet)
    ]
    if problems:
        raise EventError(dict.fromkeys(problems))


def _negative(sign: PlannedSign, scope: Scope) -> Iterator[Problem]:
    """Yield a problem for each place where a field is negative; absent ones are not."""
    names = tuple(f"member {depth}" for depth in range(len(sign.collections)))
    loops: list[PlannedLoop] = []
    read = sign.read
    for depth, collection in enumerate(sign.collections):
        inside = collection if not depth else Read(Source.LOOP, names[depth - 1], collection.rest)
        loops.append(PlannedLoop(names[depth], inside, None))
    if names:
        read = Read(Source.LOOP, names[-1], sign.read.rest)
    first = sign.collections[:1]
    if first and first[0].source is Source.CONTEXT and not is_present(first[0], scope):
        return
    try:
        for inner in bindings(tuple(loops), scope):
            if is_present(read, inner) and number(read, inner) < 0:
                hint = "send it positive; what goes the other way is a field of its own"
                yield Problem(path_of(read, inner), "is negative", hint)
    except EventFault:
        return  # what is no list or no number is refused where the rule reads it
