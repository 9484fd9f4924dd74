"""Every folder of examples with a schema in the text form is what its README promises.

An example joins by existing: examples/NAME/NAME.hera, its README.md, and what the README's commands
read. The chart of accounts of an example, if it has one, is chart.json beside it.
"""

import json
import re
import shlex
from pathlib import Path
from typing import Final

import pytest

from hera_engine import (
    Account,
    PostingEngine,
    Verdict,
    check_schema,
    format_schema,
    load_schema,
    prove_schema,
)
from hera_engine.__main__ import OK, main
from hera_engine.models import event_json_schema

ROOT: Final = Path(__file__).parents[2]
ALL: Final = tuple(sorted((ROOT / "examples").rglob("*.hera")))
# The runbook's schema is the specification's own short example, spelt and warned about as there.
COMPLETE: Final = tuple(path for path in ALL if path.parent.name != "runbook")
READMES: Final = tuple(sorted({path.parent / "README.md" for path in ALL}))
BLOCK: Final = re.compile(r"```sh\n(.*?)```\n(?:\n```(?:text|console)\n(.*?)```)?", re.DOTALL)
"""Commands of a README, and what they print where that is shown right below them."""

each_schema = pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
each_complete_schema = pytest.mark.parametrize("path", COMPLETE, ids=lambda path: path.name)


def chart_of(path: Path) -> tuple[Account, ...]:
    """Return the chart of accounts beside a schema; empty if it has none."""
    chart = path.parent / "chart.json"
    if not chart.exists():
        return ()
    return tuple(Account(**row) for row in json.loads(chart.read_text(encoding="utf-8")))


@each_complete_schema
def test_the_check_finds_nothing(path: Path) -> None:
    """There is neither an error nor a warning, with the chart of the example and without."""
    source = path.read_text(encoding="utf-8")

    assert [str(fault) for fault in check_schema(source)] == []
    assert [str(fault) for fault in check_schema(source, chart_of(path))] == []


@each_schema
def test_every_rule_is_proven(path: Path) -> None:
    """A rule that a bounded line closes is one of which the README says so."""
    proofs = prove_schema(path.read_text(encoding="utf-8"))
    readme = (path.parent / "README.md").read_text(encoding="utf-8")
    allowed = {Verdict.PROVEN, Verdict.GIVEN}
    allowed |= {Verdict.CLOSED} if "balance to" in readme else set()

    assert proofs
    assert [str(proof) for proof in proofs if proof.verdict not in allowed] == []


@each_complete_schema
def test_every_event_is_declared(path: Path) -> None:
    """For each exact code that has a rule, the JSON Schema of its events can be printed."""
    schema = load_schema(path.read_text(encoding="utf-8"))
    rules = [rule.on for rule in schema.nodes.rules]
    codes = [on.text for on in rules if not on.regex and "*" not in on.text]

    assert codes
    assert [code for code in codes if not event_json_schema(schema, code)] == []


@each_schema
def test_the_cases_are_complete(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They pass, exercise every statement, condition and map row, and notice every change."""
    code = main(["test", str(path), "--coverage", "--mutate"])

    assert code == OK, capsys.readouterr().out


@each_schema
def test_some_case_is_refused(path: Path) -> None:
    """An example shows what is refused as well as what is posted."""
    results = PostingEngine(path.read_text(encoding="utf-8")).run_cases()

    assert any(result.error is not None for result in results)


@each_schema
def test_both_forms_say_the_same(path: Path) -> None:
    """Text to JSON and back is the same schema."""
    schema = load_schema(path.read_text(encoding="utf-8"))

    assert load_schema(schema.to_json_dict()) == schema
    assert load_schema(format_schema(schema)) == schema


@each_complete_schema
def test_the_text_is_canonical(path: Path) -> None:
    """`format` leaves the file as it is."""
    source = path.read_text(encoding="utf-8")

    assert format_schema(load_schema(source)) == source


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.parent.name)
def test_the_readme_tells_the_truth(
    readme: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its commands end well, and one with its output below prints just that."""
    monkeypatch.chdir(ROOT)
    blocks = BLOCK.findall(readme.read_text(encoding="utf-8"))

    assert any("simulate" in commands for commands, _ in blocks)
    for commands, shown in blocks:
        for command in commands.replace("\\\n", " ").splitlines():
            words = shlex.split(command)
            assert words[:3] == ["python", "-m", "hera_engine"]
            assert main(words[3:]) == OK, command
        printed = capsys.readouterr().out
        assert not shown or printed == shown
