"""A case that expects something else fails, and a file of another shape is refused."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

import pytest

from hera_engine import HeraError, PostingSchema, load_schema
from tests.conformance import judge
from tests.conformance.case_files import CASES, FILES, Case, read_file, shape_faults
from tests.conformance.judge import JUDGES, differences

OPPOSITES: Final = {"same_meaning": "other_meaning", "other_meaning": "same_meaning"}
ASKED: Final = {"changes": "old", "event_schema": "code"}
"""Of these kinds one member says what is asked, and the others what is expected."""


def kind_of(case: Case) -> str:
    """Return the key that holds what a case expects."""
    return next(key for key in JUDGES if key in case.said)


def spoilt(value: Any) -> Iterator[Any]:
    """Yield copies of an expectation, each with one part that is otherwise."""
    match value:
        case dict():
            for key, part in value.items():
                yield from ({**value, key: other} for other in spoilt(part))
        case list():
            for index, part in enumerate(value):
                yield from ([*value[:index], other, *value[index + 1 :]] for other in spoilt(part))
            yield [*value, value[-1] if value else {"code": "HE999"}]
            yield from [value[:-1]] if value else []
        case bool() | None:
            yield not value
        case int():
            yield value + 1
        case str():
            yield _other_text(value)
        case _:
            raise AssertionError(f"{value!r} is no part of an expectation")


def _other_text(text: str) -> str:
    try:
        return str(Decimal(text) + 1)
    except ArithmeticError:
        return f"{text}x"


def spoilt_cases(case: Case) -> Iterator[Case]:
    """Yield copies of a case that expect something else."""
    kind = kind_of(case)
    if kind in OPPOSITES:
        said = {key: value for key, value in case.said.items() if key != kind}
        yield replace(case, said={**said, OPPOSITES[kind]: case.said[kind]})
        return
    expected: Any = case.said[kind]
    if kind not in ASKED:
        others = spoilt(expected)
    else:
        asked = {key: expected[key] for key in expected if key == ASKED[kind]}
        told = {key: expected[key] for key in expected if key != ASKED[kind]}
        others = ({**asked, **other} for other in _told_otherwise(told))
    for other in others:
        yield replace(case, said={**case.said, kind: other})


def _told_otherwise(told: dict[str, Any]) -> Iterator[Any]:
    """Yield what is told of an answer in other ways; events are accepted that were refused."""
    events = {"accepts", "refuses"} & told.keys()
    rest = {key: value for key, value in told.items() if key not in events}
    yield from ({**told, **other} for other in spoilt(rest))
    for key, opposite in (("accepts", "refuses"), ("refuses", "accepts")):
        yield from ({**rest, opposite: [event]} for event in told.get(key, ()))


def _fails(case: Case) -> bool:
    """Whether a case differs from the engine, or cannot be run."""
    try:
        return any(differences(case))
    except HeraError:
        return True


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_spoilt_case_fails(case: Case) -> None:
    """What a case expects is really compared, down to its last part."""
    *_, last = spoilt_cases(case)

    assert _fails(last)


@pytest.mark.parametrize("kind", JUDGES)
def test_every_part_of_an_expectation_counts(kind: str) -> None:
    """Of each kind of case, no part of the one with the most parts may be otherwise."""
    cases = [case for case in CASES if kind_of(case) == kind]
    richest = max(cases, key=lambda case: len(str(case.said[kind])))

    assert [other.said[kind] for other in spoilt_cases(richest) if not _fails(other)] == []


UPSIDE_DOWN: Final = """
ledgers GL
account bank 1200 asset
account revenue 4000 revenue
on HERA.BANK.IN.V1 { credit bank total_amount debit revenue total_amount }
"""


def test_both_forms_are_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told if the JSON form of a schema, or its canonical text, does otherwise."""
    case = next(case for case in CASES if case.name == "1.1: the text form posts")
    in_json = load_schema(UPSIDE_DOWN).to_json_dict()

    monkeypatch.setattr(judge, "format_schema", lambda _schema: UPSIDE_DOWN)
    monkeypatch.setattr(PostingSchema, "to_json_dict", lambda _schema: in_json)

    assert {each.partition(":")[0] for each in differences(case)} == {"in JSON", "as text"}


def _changed(change: Callable[[Any], None]) -> object:
    """Return the content of a file after a change to it."""
    content = deepcopy(dict(read_file(next(path for path in FILES if path.stem == "1.2"))))
    change(content)
    return content


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file.update(note="x"),
        lambda file: file.pop("says"),
        lambda file: file.update(clause="one"),
        lambda file: file.update(cases=[]),
        lambda file: file["cases"][0].update(hint="x"),
        lambda file: file["cases"][0].pop("title"),
        lambda file: file["cases"][0].pop("schema"),
        lambda file: file["cases"][0].update(faults=[], proof={}),
        lambda file: file["cases"][0].update(event={}),
        lambda file: file["cases"][0].update(warnings=[]),
    ],
)
def test_another_shape_is_refused(change: Callable[[Any], None]) -> None:
    """Unknown and missing keys are errors, and so are two expectations in one case."""
    assert shape_faults(_changed(change))


LINE: Final = {"ledger": "GL", "side": "debit", "account": "cash", "amount": "1.00"}


@pytest.mark.parametrize(
    "posts",
    [
        {"lines": [LINE]},
        {"lines": [LINE, {**LINE, "amount": 1}]},
        {"lines": [LINE, {**LINE, "side": "left"}]},
        {"lines": [LINE, {**LINE, "memo": "x"}]},
        {"lines": [LINE, {**LINE, "tax": {"name": "x"}}]},
        {"lines": [LINE, LINE], "totals": []},
    ],
)
def test_another_shape_of_an_entry_is_refused(posts: object) -> None:
    """Amounts are texts, an entry has two lines at least, and no key is unknown."""
    case = {"title": "x", "schema": ["x"], "event": {}, "posts": posts}

    assert shape_faults({"clause": "1.2", "says": "x.", "cases": [case]})
    case["posts"] = {"lines": [LINE, LINE]}
    assert shape_faults({"clause": "1.2", "says": "x.", "cases": [case]}) == []
