"""The command line: what it prints, where, and with which exit code."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from hera_engine.__main__ import FAULTS, OK, USAGE, main
from tests.unit.events.books import TIPS, books, sale, seed, seed_profile

TABLE = """\
HERA.POS.SALE.V1  undated  110.00 USD
#  account   name           debit  credit  dimensions
-  --------  ------------  ------  ------  ----------
1  1100      clearing      110.00
2  4100      revenue               100.00
3  2200      tax_output              5.00
4  2300      tips_payable            5.00
-  --------  ------------  ------  ------  ----------
   total GL                110.00  110.00
"""


@pytest.fixture(autouse=True)
def _in_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test in a folder with a sound schema, a faulty one, and some events."""
    monkeypatch.chdir(tmp_path)
    good, bad = sale("110.00", tip_amount="5.00"), sale("1.005")
    Path("good.hera").write_text(books(TIPS), encoding="utf-8")
    Path("bad.hera").write_text(books(TIPS).replace("account revenue", "account revenu"))
    Path("good.json").write_text(json.dumps(good, indent=2), encoding="utf-8")
    Path("bad.json").write_text(json.dumps(bad), encoding="utf-8")
    rows = "\n".join(map(json.dumps, (good, bad, good)))
    Path("many.jsonl").write_text(f"{rows}\n", encoding="utf-8")
    Path("binary").write_bytes(bytes(range(256)))
    Path("empty").write_text("", encoding="utf-8")
    Path("folder").mkdir()


def test_check_of_a_sound_schema_is_zero(capsys: pytest.CaptureFixture[str]) -> None:
    """Warnings are shown and counted, and are no failure."""
    code = main(["check", "good.hera"])

    out, err = capsys.readouterr()
    assert (code, err) == (OK, "")
    assert out.splitlines()[-1] == "0 errors, 6 warnings"


def test_check_of_a_faulty_schema_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    """Each fault is shown with the name of the file; one error is counted as one."""
    code = main(["check", "bad.hera"])

    out, _ = capsys.readouterr()
    assert code == FAULTS
    assert "bad.hera: error[HE212]: required account `revenue` is missing" in out
    assert out.splitlines()[-1].startswith("1 error, ")


def test_check_shows_the_line_and_a_caret(capsys: pytest.CaptureFixture[str]) -> None:
    """A fault of the text has its place and its source line."""
    Path("bad.hera").write_text(f"{books()}split HERA.** by staff_id proportional\n")

    main(["check", "bad.hera"])

    out, _ = capsys.readouterr()
    assert "split HERA.** by staff_id proportional\n" in out
    assert "^^^^^^^^" in out


def test_check_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    """With --json the diagnostics are a JSON list."""
    code = main(["check", "bad.hera", "--json"])

    found = json.loads(capsys.readouterr().out)
    assert code == FAULTS
    assert ("HE212", "error", "bad.hera") in {
        (fault["code"], fault["severity"], fault["file"]) for fault in found
    }


def test_check_prints_the_proof_of_each_rule(capsys: pytest.CaptureFixture[str]) -> None:
    """With --proof verdict and derivation stand before the diagnostics."""
    code = main(["check", "good.hera", "--proof"])

    out, _ = capsys.readouterr()
    assert code == OK
    assert out.startswith("rule `standard HERA.**.REFUND.**`: proven given total_amount = ")
    assert "always: debits - credits = " in out
    assert out.splitlines()[-1] == "0 errors, 6 warnings"


def test_check_prints_the_proof_of_a_rule_that_does_not_compile(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A refuted rule has a derivation too; with --json everything is data."""
    rule = "on HERA.A.V1 { debit cash total_amount credit revenue tip_amount }\n"
    Path("off.hera").write_text(books(rule), encoding="utf-8")

    code = main(["check", "off.hera", "--proof", "--json"])

    found = json.loads(capsys.readouterr().out)
    assert code == FAULTS
    assert [proof["verdict"] for proof in found["proofs"]] == ["refuted"]
    assert "HE309" in {fault["code"] for fault in found["diagnostics"]}


def test_a_schema_with_faults_of_its_own_has_no_proofs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What cannot be read cannot be proven; the faults are shown as ever."""
    code = main(["check", "bad.hera", "--proof"])

    assert code == FAULTS
    assert "HE212" in capsys.readouterr().out


def test_check_reads_the_json_form_with_its_tax_profile(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A schema in JSON form is checked together with the profile it refers to."""
    Path("seed.json").write_text(json.dumps(seed()), encoding="utf-8")
    Path("vat.json").write_text(json.dumps(seed_profile()), encoding="utf-8")

    code = main(["check", "seed.json", "--tax-profile", "vat.json"])

    assert code == OK, capsys.readouterr().out


def test_check_reads_a_chart(capsys: pytest.CaptureFixture[str]) -> None:
    """With a chart an account that is not in it is a fault; without one it is not."""
    Path("chart.json").write_text('[{"id": "1", "entity_code": "1100"}]', encoding="utf-8")

    code = main(["check", "good.hera", "--chart", "chart.json"])

    assert code == FAULTS
    assert "HE301" in capsys.readouterr().out


def test_simulate_reads_exchange_rates(capsys: pytest.CaptureFixture[str]) -> None:
    """An event without a rate takes that of the file; a fault of the file names it."""
    event = sale("110.00", tip_amount="5.00")
    abroad = {**event, "base_currency": "EUR", "transaction_date": "2025-03-01"}
    Path("abroad.json").write_text(json.dumps(abroad), encoding="utf-8")
    rate = {"from": "USD", "to": "EUR", "rate": "0.9", "effective_from": "2025-01-01"}
    Path("rates.json").write_text(json.dumps([rate]), encoding="utf-8")
    Path("faulty.json").write_text(json.dumps([rate, rate]), encoding="utf-8")

    codes = [
        main(["simulate", "good.hera", "abroad.json", "--exchange-rates", name])
        for name in ("rates.json", "faulty.json")
    ]

    out, err = capsys.readouterr()
    assert codes == [OK, FAULTS]
    assert "110.00 USD  at 0.9 EUR" in out
    assert "faulty.json: two exchange rates from USD to EUR" in err


def test_a_faulty_tax_profile_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """A fault of a profile bears the name of the profile's file."""
    Path("vat.json").write_text('{"id": "x", "rates": {"standard": "five"}}', encoding="utf-8")

    code = main(["check", "good.hera", "--tax-profile", "vat.json"])

    assert code == FAULTS
    assert "vat.json:" in capsys.readouterr().err


def test_strict_refuses_more(capsys: pytest.CaptureFixture[str]) -> None:
    """--strict refuses an id that is no UUID."""
    loose, strict = (
        main(["simulate", "good.hera", "good.json"]),
        main(["simulate", "good.hera", "good.json", "--strict"]),
    )

    assert (loose, strict) == (OK, FAULTS)
    assert "UUID" in capsys.readouterr().err


def test_format_prints_canonical_text(capsys: pytest.CaptureFixture[str]) -> None:
    """What is printed is formatted already: formatting it again changes nothing."""
    main(["format", "good.hera"])
    once = capsys.readouterr().out
    Path("once.hera").write_text(once, encoding="utf-8")

    code = main(["format", "once.hera"])

    assert (code, capsys.readouterr().out) == (OK, once)


def test_format_prints_the_json_form(capsys: pytest.CaptureFixture[str]) -> None:
    """--to json prints the JSON form, which loads again."""
    main(["format", "good.hera", "--to", "json"])
    Path("good2.json").write_text(capsys.readouterr().out, encoding="utf-8")

    code = main(["simulate", "good2.json", "good.json"])

    assert (code, capsys.readouterr().out) == (OK, TABLE)


def test_format_writes_the_file_back(capsys: pytest.CaptureFixture[str]) -> None:
    """--write prints nothing and leaves the canonical text in the file."""
    main(["format", "good.hera"])
    expected = capsys.readouterr().out

    code = main(["format", "good.hera", "--write"])

    assert (code, capsys.readouterr().out) == (OK, "")
    assert Path("good.hera").read_text(encoding="utf-8") == expected


def test_format_of_a_faulty_schema_leaves_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    """Faults are told with the file's name, and the file stays as it is."""
    before = Path("bad.hera").read_text(encoding="utf-8")

    code = main(["format", "bad.hera", "--write"])

    out, err = capsys.readouterr()
    assert (code, out) == (FAULTS, "")
    assert err.startswith("bad.hera: error[HE212]")
    assert Path("bad.hera").read_text(encoding="utf-8") == before


def test_simulate_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """One event is printed as a table with totals, and nothing else."""
    code = main(["simulate", "good.hera", "good.json"])

    out, err = capsys.readouterr()
    assert (code, out, err) == (OK, TABLE, "")


def test_simulate_prints_the_wire_form(capsys: pytest.CaptureFixture[str]) -> None:
    """With --json the entry is one line of JSON."""
    code = main(["simulate", "good.hera", "good.json", "--json"])

    out, _ = capsys.readouterr()
    assert (code, out.count("\n")) == (OK, 1)
    assert [line["line_amount"] for line in json.loads(out)["lines"]] == [
        "110.00",
        "100.00",
        "5.00",
        "5.00",
    ]


def test_a_refused_event_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    """The error goes to standard error, with the file's name, the code and the path."""
    code = main(["simulate", "good.hera", "bad.json"])

    out, err = capsys.readouterr()
    assert (code, out) == (FAULTS, "")
    assert err.startswith("bad.json: E_GUARDRAIL: total_amount: ")


def test_a_refused_event_is_json_where_json_is_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With --json the error is one line of JSON on standard output."""
    code = main(["simulate", "good.hera", "bad.json", "--json"])

    out, err = capsys.readouterr()
    assert (code, err) == (FAULTS, "")
    assert json.loads(out)["code"] == "E_GUARDRAIL"


@pytest.mark.parametrize("command", ["simulate", "explain"])
def test_of_several_events_one_bad_one_stops_nothing(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """JSON lines: entry, error, entry in order, and a summary on standard error."""
    code = main([command, "good.hera", "many.jsonl", "--json"])

    out, err = capsys.readouterr()
    assert [row.keys() >= {"lines"} for row in map(json.loads, out.splitlines())] == [
        True,
        False,
        True,
    ]
    assert (code, err) == (FAULTS, "2 posted, 1 refused\n")


def test_of_several_events_a_refused_one_is_numbered(capsys: pytest.CaptureFixture[str]) -> None:
    """Among tables, the error stands in its place with the line of its event."""
    main(["simulate", "good.hera", "many.jsonl"])

    out, _ = capsys.readouterr()
    first, refused, last = out.split("\n\n")
    assert (f"{first}\n", last) == (TABLE, TABLE)
    assert refused.startswith("many.jsonl:2: E_GUARDRAIL: total_amount: ")


def test_only_newlines_end_a_json_line(capsys: pytest.CaptureFixture[str]) -> None:
    """What else Unicode calls a line end stays inside its event, which is refused for it."""
    row = json.dumps(sale("105.00", note="a\u2028b"), ensure_ascii=False)
    Path("lines.jsonl").write_text(f"{row}\n{row}\n", encoding="utf-8")

    code = main(["simulate", "good.hera", "lines.jsonl"])

    assert (code, capsys.readouterr().err) == (FAULTS, "0 posted, 2 refused\n")


def test_explain_tells_the_story(capsys: pytest.CaptureFixture[str]) -> None:
    """Each line of the entry is there with its reasons."""
    code = main(["explain", "good.hera", "good.json"])

    out, _ = capsys.readouterr()
    assert code == OK
    assert "CR 4100 revenue  100.00" in out
    assert "given total_amount = sum(gross(items)) + tip_amount: 110.00 = 110.00" in out


def test_a_dash_is_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file name of - is read from standard input."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(Path("good.json").read_text(encoding="utf-8")))

    code = main(["simulate", "good.hera", "-"])

    assert (code, capsys.readouterr().out) == (OK, TABLE)


def test_standard_input_is_read_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Schema and event cannot both be standard input."""
    code = main(["simulate", "-", "-"])

    assert code == USAGE
    assert "standard input" in capsys.readouterr().err


def test_standard_input_that_is_no_text_is_two(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bytes that are not UTF-8 are told, not traced."""
    stream = io.TextIOWrapper(io.BytesIO(b"\xff\xfe"), encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", stream)

    code = main(["check", "-"])

    assert (code, capsys.readouterr().err) == (
        USAGE,
        "hera_engine: standard input: is not UTF-8 text\n",
    )


@pytest.mark.parametrize("name", ["missing", "binary", "folder", "a\0b", "x" * 5000])
@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "FILE"],
        ["format", "FILE"],
        ["simulate", "FILE", "good.json"],
        ["simulate", "good.hera", "FILE"],
        ["explain", "good.hera", "FILE"],
        ["check", "good.hera", "--chart", "FILE"],
        ["simulate", "good.hera", "good.json", "--exchange-rates", "FILE"],
        ["check", "good.hera", "--tax-profile", "FILE"],
    ],
)
def test_a_file_that_cannot_be_read_is_two(
    arguments: list[str], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A missing file, a folder or bytes that are no text: one line that names the file."""
    code = main([name if argument == "FILE" else argument for argument in arguments])

    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (USAGE, "", 1)
    assert err.startswith(f"hera_engine: {name}: ")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["check", "empty"], FAULTS),
        (["check", "good.json"], FAULTS),
        (["format", "empty"], FAULTS),
        (["simulate", "good.hera", "empty"], FAULTS),
        (["simulate", "good.hera", "good.hera"], FAULTS),
        (["simulate", "good.json", "good.hera"], FAULTS),
        (["simulate", "bad.hera", "good.json"], FAULTS),
        (["explain", "good.hera", "bad.json"], FAULTS),
        (["check", "good.hera", "--chart", "good.json"], USAGE),
        (["check", "good.hera", "--chart", "empty"], USAGE),
        (["check", "good.hera", "--tax-profile", "good.hera"], USAGE),
        (["check", "good.hera", "--tax-profile", "good.json"], FAULTS),
    ],
)
def test_no_file_leads_to_a_traceback(
    arguments: list[str], expected: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file of the wrong kind is a fault or wrong usage, and something is said about it."""
    code = main(arguments)

    out, err = capsys.readouterr()
    assert code == expected
    assert out or err


@pytest.mark.parametrize(
    "arguments", [[], ["post"], ["check"], ["simulate", "good.hera"], ["check", "x", "--nonsense"]]
)
def test_wrong_usage_is_two(arguments: list[str]) -> None:
    """What the command line does not know ends with exit code 2."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)

    assert caught.value.code == USAGE


def test_help_tells_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    """--help ends with 0 and names the commands and the exit codes."""
    with pytest.raises(SystemExit) as caught:
        main(["--help"])

    out, _ = capsys.readouterr()
    assert caught.value.code == OK
    assert all(word in out for word in ("check", "format", "simulate", "explain", "Exit code"))


def test_output_that_an_encoding_does_not_have_is_escaped() -> None:
    """On an ASCII terminal a name is shown with escapes instead of a traceback."""
    text = books().replace("1000 asset", '1000 asset "K\u00e4se"')
    Path("cheese.hera").write_text(text, encoding="utf-8")
    folder = Path(sys.modules["hera_engine"].__file__ or "").parent.parent

    done = subprocess.run(
        [sys.executable, "-m", "hera_engine", "format", "cheese.hera"],
        capture_output=True,
        env={"PYTHONIOENCODING": "ascii", "PYTHONPATH": str(folder)},
    )

    assert (done.returncode, done.stderr) == (OK, b"")
    assert b'"K\\xe4se"' in done.stdout


def test_a_bad_first_line_stops_no_other_event(capsys: pytest.CaptureFixture[str]) -> None:
    """Blank lines and lines that are no JSON leave the good events in their places."""
    row = json.dumps(sale("105.00"))
    Path("mixed.jsonl").write_text(f"not json\n\n{row}\n", encoding="utf-8")

    code = main(["simulate", "good.hera", "mixed.jsonl"])

    out, err = capsys.readouterr()
    assert (code, err) == (FAULTS, "1 posted, 1 refused\n")
    assert out.startswith("mixed.jsonl:1: E_GUARDRAIL: ")
    assert "total GL" in out


def test_format_writes_a_file_back_in_its_own_form() -> None:
    """A JSON schema stays JSON unless the text form is asked for."""
    main(["format", "--to", "json", "--write", "good.hera"])

    code = main(["format", "--write", "good.hera"])

    assert code == OK
    assert Path("good.hera").read_text(encoding="utf-8").startswith("{")
