"""A rule of ours excuses the answer that it demands, and no other."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path

import pytest

from tests.vectors.asked import asked
from tests.vectors.cases import Case, Unordered, Whole, differences, number, read_cases
from tests.vectors.exact_documents import breaks_rule
from tests.vectors.own_rules import OWN_RULES, rule_for
from tests.vectors.runner import Outcome, answer_to, judge

DATA = Path(__file__).parent / "data"
SLACK = ("R040", "R120", "-08", "-09", "BR-CO-17")
"""How the names of those rules end that reference validators apply within a margin."""


def differing(files: str) -> list[Case]:
    """Return the cases of files that a rule of ours answers differently with figures."""
    cases = [case for path in sorted(DATA.glob(files)) for case in read_cases(path)]
    return [case for case in cases if judge(case).outcome is Outcome.DIFFERENTLY]


@pytest.mark.parametrize(
    "files", ["alloc_*.json", "en16931_*.json", "rounding_*.json", "tax_*.json"]
)
def test_no_figure_that_is_asked_for_may_be_another(files: str) -> None:
    """An answer that differs is not excused any more once one of its asked figures is changed."""
    excused = []
    for case in differing(f"{files}_*.json"):
        expected = asked(case)[0]
        for place, answer in changed(answer_to(case)):
            is_asked = differences(expected, answer) != differences(expected, answer_to(case))
            if is_asked and rule_for(case, answer) is not None:
                excused.append(f"{case.id}{place}")

    assert not excused


def test_fragments_of_en16931_are_refused_if_a_second_reading_refuses_them() -> None:
    """Where validators have slack, ours has none: both readings agree on every fragment."""
    cases = [case for case in read_cases(DATA / "en16931_rules.json")
             if str(case.inputs["rule"]).endswith(SLACK)]  # fmt: skip

    refused = [case.id for case in cases if answer_to(case) == _refusal(case)]

    assert refused == [case.id for case in cases if breaks_rule(case)]
    assert 0 < len(refused) < len(cases)


def test_no_case_meets_two_rules() -> None:
    """A case that differs does so by one rule alone."""
    names = [
        {rule.name for rule in OWN_RULES if case.kind in rule.kinds
         and rule.contradicts(case) and rule.obeyed(case, answer)}
        for case in differing("*.json")
        if isinstance(answer := answer_to(case), Mapping)
    ]  # fmt: skip

    assert names
    assert all(len(found) == 1 for found in names)


def changed(answer: object, place: str = "") -> Iterator[tuple[str, object]]:
    """Yield an answer with each of its figures changed in turn, and where."""
    match answer:
        case Whole(record):
            yield from ((where, Whole(other)) for where, other in _records(record, place))
        case Unordered(members, exact):
            for where, others in _lists(members, place):
                yield where, Unordered(tuple(others), exact)
        case Mapping():
            yield from _records(answer, place)
        case list() | tuple():
            yield from _lists(answer, place)
        case int() if not isinstance(answer, bool):
            yield place, answer + 1
        case _:
            figure = number(answer)
            if figure is not None:
                yield place, figure + Fraction(1, 100)


def _records(
    record: Mapping[str, object], place: str
) -> Iterator[tuple[str, Mapping[str, object]]]:
    for key, value in record.items():
        for where, other in changed(value, f"{place}.{key}"):
            yield where, {**record, key: other}


def _lists(
    members: list[object] | tuple[object, ...], place: str
) -> Iterator[tuple[str, list[object]]]:
    for at, value in enumerate(members):
        for where, other in changed(value, f"{place}[{at}]"):
            yield where, [*members[:at], other, *members[at + 1 :]]


def _refusal(case: Case) -> object:
    return {"rule": case.inputs["rule"], "valid": False}
