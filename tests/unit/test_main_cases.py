"""`python -m hera_engine test`: what it prints and writes, and its exit codes."""

import io
import json
from pathlib import Path

import pytest

from hera_engine import load_schema
from hera_engine.__main__ import FAULTS, OK, USAGE, main
from tests.unit.test_cases import TILL

FULL = (
    TILL
    + 'case "none" like "sale" { event { tip_amount: 0 } expect { total credit tips 0 } }\n'
    + 'case "card" like "sale" { event { payment_method: "card" } '
    + "expect { total debit card 10 } }\n"
    + 'case "shells" like "sale" { event { payment_method: "x" } expect error E_GUARDRAIL }\n'
)
WRONG = TILL.replace("debit cash 10.00", "debit cash 11.00")
UNWRITTEN = TILL + '# a word\ncase "b" like "sale" { event { tip_amount: 2.00 } }\n'


@pytest.fixture(autouse=True)
def _in_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test in a folder with schemas whose cases pass, fail, or are not there."""
    monkeypatch.chdir(tmp_path)
    for name, text in (
        ("till.hera", TILL), ("full.hera", FULL), ("wrong.hera", WRONG), ("new.hera", UNWRITTEN),
        ("bare.hera", TILL[: TILL.index("case ")]), ("bad.hera", f"{TILL}foo"),
    ):  # fmt: skip
        Path(name).write_text(text, encoding="utf-8")


def test_cases_that_pass_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """One line for each file: cases, and how much they cover."""
    code = main(["test", "till.hera", "bare.hera"])

    assert code == OK
    assert capsys.readouterr().out.splitlines() == [
        f"{name}: {cases} passed, 0 failed; covered: {seen[0]} of 3 statements, "
        f"{seen[1]} of 2 outcomes of conditions, {seen[2]} of 3 map rows"
        for name, cases, seen in (
            ("till.hera", "1 case", (3, 1, 1)),
            ("bare.hera", "0 cases", (0, 0, 0)),
        )
    ]


def test_a_case_that_fails_is_shown_and_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    """Expected and posted lines stand beside each other; the other files are run all the same."""
    code = main(["test", "wrong.hera", "till.hera"])

    out = capsys.readouterr().out
    assert code == FAULTS
    assert "wrong.hera:19:1: FAILED: sale\n" in out
    rows = [row.split() for row in out.splitlines()]
    assert ["!", "every", "debit", "cash", "11.00", "10.00", "another", "amount"] in rows
    assert "till.hera: 1 case passed" in out


def test_a_schema_with_faults_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    """Its faults go to standard error, and the next file is run."""
    code = main(["test", "bad.hera", "till.hera"])

    out, err = capsys.readouterr()
    assert code == FAULTS
    assert err.startswith("bad.hera:")
    assert "till.hera: 1 case passed" in out


@pytest.mark.parametrize("option", ["--coverage", "--mutate"])
def test_gaps_and_survivors_are_listed_and_are_one(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What no case exercises, or notices, stands at its place; where there is nothing it is 0."""
    codes = main(["test", "till.hera", option]), main(["test", "full.hera", option])

    assert codes == (FAULTS, OK)
    assert "till.hera:11:4" in capsys.readouterr().out


def test_results_are_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """With --json there is one object for each file."""
    code = main(["test", "wrong.hera", "--json", "--mutate"])

    found = json.loads(capsys.readouterr().out)
    assert code == FAULTS
    assert found["file"] == "wrong.hera"
    assert [(case["title"], case["passed"]) for case in found["cases"]] == [("sale", False)]
    assert found["coverage"]["statements"] == {"seen": 3, "all": 3}
    assert found["survivors"] == []


def test_init_writes_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    """Only the case without an expectation is written; the rest of the file is as it was."""
    codes = main(["test", "new.hera"]), main(["test", "new.hera", "--init"])
    again = main(["test", "new.hera"])

    text = Path("new.hera").read_text(encoding="utf-8")
    assert (codes, again) == ((FAULTS, OK), OK)
    assert "new.hera: 1 expectation written: b\n" in capsys.readouterr().out
    assert text.startswith(UNWRITTEN[:-3])
    assert "credit tips 2.00" in text


def test_each_file_is_one_object_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    """That holds for what --init has written, and for a schema with faults."""
    Path("bad.hera").write_text("foo", encoding="utf-8")
    code = main(["test", "new.hera", "bad.hera", "--init", "--json"])

    out, err = capsys.readouterr()
    written, faulty = map(json.loads, out.splitlines())
    assert (code, err) == (FAULTS, "")
    assert written == {"file": "new.hera", "written": ["b"]}
    assert (faulty["file"], faulty["faults"][0]["code"]) == ("bad.hera", "HE101")


def test_init_writes_all_anew() -> None:
    """With --all a wrong expectation is written over too."""
    code = main(["test", "wrong.hera", "--init", "--all"])

    assert code == OK
    assert main(["test", "wrong.hera"]) == OK


def test_init_writes_the_json_form() -> None:
    """A file in JSON form stays one."""
    data = load_schema(UNWRITTEN).to_json_dict()
    Path("new.json").write_text(json.dumps(data), encoding="utf-8")

    main(["test", "new.json", "--init"])

    assert main(["test", "new.json"]) == OK
    cases = json.loads(Path("new.json").read_text(encoding="utf-8"))["cases"]
    assert cases[1]["expect"][0]["debit"] == "cash"


def test_init_that_has_nothing_to_write_leaves_the_file_alone() -> None:
    """A file whose cases all expect something is not touched."""
    Path("till.hera").chmod(0o444)
    before = Path("till.hera").stat().st_mtime_ns

    assert main(["test", "till.hera", "--init"]) == OK
    assert Path("till.hera").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    "arguments", [["missing.hera"], ["till.hera", "--all"], ["-", "--init"], []]
)
def test_wrong_usage_is_two(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is not there, --all alone, or standard input that should be written."""
    monkeypatch.setattr("sys.stdin", io.StringIO(TILL))
    try:
        code = main(["test", *arguments])
    except SystemExit as exit_:
        code = int(str(exit_.code))

    assert code == USAGE
    assert capsys.readouterr().err
