"""The vector files of this folder come out as expected, and the runner counts them rightly."""

import json
from functools import cache
from pathlib import Path

import pytest

from tests.vectors.__main__ import main
from tests.vectors.adapters import ADAPTERS
from tests.vectors.cases import Case, Unordered, Whole, differences, read_cases
from tests.vectors.own_rules import OWN_RULES
from tests.vectors.rule_texts import COUNTED, OWN, counted_rule
from tests.vectors.runner import Outcome, Tally, describe, judge, run_file

DATA = Path(__file__).parent / "data"
SUPPORTED = tuple(
    dict.fromkeys(
        (path.name, case.kind)
        for path in sorted(DATA.glob("*.json"))
        for case in read_cases(path)
        if case.kind in ADAPTERS
    )
)


@cache
def tallies(file: str) -> tuple[Tally, ...]:
    """Return the tallies of one file, run once for all its kinds."""
    return run_file(DATA / file)


@pytest.mark.parametrize(("file", "kind"), SUPPORTED)
def test_no_case_fails(file: str, kind: str) -> None:
    """Every case is answered as expected, or by a rule of ours that says otherwise."""
    failed = [
        describe(verdict)
        for tally in tallies(file)
        for verdict in tally.having(Outcome.FAILED)
        if tally.kind == kind
    ]

    assert not failed, "\n".join(failed)


def test_every_rule_of_ours_is_explained() -> None:
    """Each rule by which we differ is there in words, and no other."""
    assert set(OWN) == {rule.name for rule in OWN_RULES}


@pytest.mark.parametrize("name", COUNTED)
def test_every_case_of_a_rule_that_counts_passes(name: str) -> None:
    """Of the rules we promise, each case that an exact model reproduces has our exact answer."""
    verdicts = [
        verdict
        for file in dict.fromkeys(file for file, _ in SUPPORTED)
        for tally in tallies(file)
        for verdict in tally.verdicts
        if counted_rule(verdict.case) == name and verdict.case.verify["reproduced"] is True
    ]

    others = [verdict.case.id for verdict in verdicts if verdict.outcome is not Outcome.PASSED]

    assert verdicts
    assert not others


def test_every_kind_has_an_adapter() -> None:
    """No kind is left out by oversight."""
    kinds = {case.kind for path in DATA.glob("*.json") for case in read_cases(path)}

    assert kinds <= ADAPTERS.keys()


@pytest.mark.parametrize(
    ("expected", "answer", "agree"),
    [
        ("29.7", "29.70", True),
        ("1/3", "2/6", True),
        ("0", "-0.00", True),
        ("29.7", "29.71", False),
        (True, 1, False),
        (None, "0", False),
        ({"a": "1"}, {"a": 1, "b": 2}, True),
        ({"a": "1"}, Whole({"a": 1, "b": 2}), False),
        ({"a": "1"}, {"b": 1}, False),
        (["1", "2"], (1, 2), True),
        (["1", "2"], (2, 1), False),
        (["1", "2"], Unordered((2, 3, 1)), True),
        (["1", "2"], Unordered((2, 3, 1), exact=True), False),
        (["1", "1"], Unordered((1, 2), exact=True), False),
        ({"error": "empty_ratios"}, {"error": "E_GUARDRAIL"}, True),
        ({"error": "E_SCHEMA"}, {"error": "E_GUARDRAIL"}, False),
        ({"error": "E_SCHEMA"}, {"ok": True}, False),
        ({"a": "1"}, {"error": "E_GUARDRAIL", "message": "is none"}, False),
    ],
)
def test_answers_are_compared_as_numbers_without_slack(
    expected: object, answer: object, agree: bool
) -> None:
    """Spelling, and what is said beside the expected keys, do not count; all else does."""
    found = differences(expected, answer)

    assert (not found) is agree


def test_a_rule_of_ours_excuses_only_what_it_demands() -> None:
    """A case with a tolerance is answered differently if refused, and fails if let through."""
    lines = [{"side": "debit", "amount": "1.00"}, {"side": "credit", "amount": "1.01"}]
    inputs = {"lines": lines, "tolerance": "0.05"}
    expected = {"balanced": True, "rest": "0.01"}

    near = judge(Case("x", "balance", inputs, expected, {}))
    exact = judge(Case("x", "balance", {**inputs, "lines": []}, expected, {}))

    assert (near.outcome, near.rule) == (Outcome.DIFFERENTLY, "EXACT-BALANCE")
    assert exact.outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("kind", "figure", "place"),
    [
        ("invoice_totals", {"expected_sum": "10.01"}, "lines[0].expected_sum"),
        ("tax_line", {"net": "9.83"}, "tax_first_would_give.net"),
    ],
)
def test_figures_among_the_inputs_are_compared(
    kind: str, figure: dict[str, str], place: str
) -> None:
    """What a source prints beside its expected figures is expected of us as well."""
    line = {"quantity": "1", "unit_price": "10.00", "taxes": [], **figure}
    inputs = {
        "lines": [line], "tax_first_would_give": figure, "currency": "EUR",
        "currency_decimals": 2, "currency_rounding": "0.01", "rounding": "total",
    }  # fmt: skip

    verdict = judge(Case("x", kind, inputs, {"total": "10.00"}, {"rule": "LINE-TAX-FIRST"}))

    assert [each.path for each in verdict.found] == [place]


def test_a_folder_of_other_cases_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Passed, failed, raising and unknown cases are counted, and a failure exits with 1."""
    step = {"step": "0.01", "mode": "half_up"}
    cases = [
        _case("good", "round", {"value": "0.005", **step}, {"value": "0.01"}),
        _case("bad", "round", {"value": "0.005", **step}, {"value": "0.00"}),
        _case("broken", "round", {}, {"value": "0.00"}),
        _case("new", "unheard_of", {}, {"value": "0.00"}),
    ]
    (tmp_path / "other.json").write_text(json.dumps({"meta": {}, "cases": cases}))

    code = main([str(tmp_path), "--json"])

    printed = capsys.readouterr()
    assert code == 1
    assert json.loads(printed.out) == [
        {
            "file": "other.json", "kind": "round", "cases": 3,
            "passed": 1, "differently": 0, "failed": 2, "unsupported": 0,
        },
        {
            "file": "other.json", "kind": "unheard_of", "cases": 1,
            "passed": 0, "differently": 0, "failed": 0, "unsupported": 1,
        },
    ]  # fmt: skip
    assert "bad: value: expected '0.00', got 0.01" in printed.err
    assert "broken: raised KeyError" in printed.err


def test_a_folder_without_vector_files_is_a_usage_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code is 2 where there is nothing to run, or a file has another format."""
    nothing = main([str(tmp_path)])
    (tmp_path / "float.json").write_text('{"meta": {}, "cases": [{"amount": 0.1}]}')

    float_file = main([str(tmp_path)])

    assert (nothing, float_file) == (2, 2)
    assert "0.1 is a float" in capsys.readouterr().err


def _case(name: str, kind: str, inputs: object, expected: object) -> dict[str, object]:
    return {"id": name, "kind": kind, "inputs": inputs, "expected": expected, "verify": {}}
