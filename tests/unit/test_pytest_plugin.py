"""The plugin of pytest: which schemas it collects, and what it says of their cases."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source_tree import PACKAGE
from tests.unit.test_main_cases import FULL, WRONG


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    """Return exit code and output of pytest, started in a folder with this plugin."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "hera_engine.pytest_plugin", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", "-p", "no:randomly"],
        cwd=folder, env=environment, capture_output=True, encoding="utf-8",
    )  # fmt: skip
    return done.returncode, done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two schemas and settings of pytest that are its own."""
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", encoding="utf-8")
    (tmp_path / "full.hera").write_text(FULL, encoding="utf-8")
    (tmp_path / "wrong.hera").write_text(WRONG, encoding="utf-8")
    return tmp_path


def test_a_schema_that_is_named_is_run_case_by_case(folder: Path) -> None:
    """Each case is a test; one that fails shows what differs, and no traceback."""
    code, out = run(folder, "full.hera", "wrong.hera")

    assert code == 1
    assert "1 failed, 4 passed" in out
    assert "wrong.hera:19:1: FAILED: sale" in out
    assert "another amount" in out
    assert "Traceback" not in out
    assert "pytest_plugin.py" not in out


def test_a_folder_is_searched_where_that_is_wanted(folder: Path) -> None:
    """Without a word pytest leaves schemas alone; a setting or an option has them collected."""
    (folder / "wrong.hera").unlink()
    left_alone, _ = run(folder, ".")
    asked_for, out = run(folder, "--hera-cases", ".")
    (folder / "pytest.ini").write_text("[pytest]\nhera_cases = true\n", encoding="utf-8")
    by_setting, _ = run(folder, ".")

    assert (left_alone, asked_for, by_setting) == (5, 0, 0)
    assert "4 passed" in out


def test_exchange_rates_are_handed_over(folder: Path) -> None:
    """A case without a rate of its own takes it from the file that is named."""
    (folder / "abroad.hera").write_text(
        "ledgers GL\naccount cash 1000\naccount revenue 4100\n"
        "on HERA.X.V1 { debit cash total_amount credit revenue total_amount }\n"
        'case "abroad" on HERA.X.V1 { event { total_amount: 10.00, currency: "EUR", '
        'base_currency: "GBP", transaction_date: 2025-03-14 } '
        "expect { debit cash 10.00 base 8.40  credit revenue 10.00 } }\n",
        encoding="utf-8",
    )
    rate = '{"from": "EUR", "to": "GBP", "rate": "0.84", "effective_from": "2025-03-01"}'
    (folder / "rates.json").write_text(f"[{rate}]", encoding="utf-8")
    (folder / "wrong.json").write_text("1", encoding="utf-8")

    codes = [
        run(folder, "abroad.hera", *options)[0]
        for options in ([], ["--hera-exchange-rates=rates.json"])
    ]
    refused, out = run(folder, "abroad.hera", "--hera-exchange-rates=wrong.json")

    assert codes == [1, 0]
    assert refused != 0
    assert "exchange rates are a JSON list or object" in out


def test_a_schema_with_faults_is_an_error_of_collection(folder: Path) -> None:
    """Its faults are shown with file and place."""
    (folder / "bad.hera").write_text("ledgers GL\nfoo\n", encoding="utf-8")

    code, out = run(folder, "bad.hera")

    assert code == 2
    assert "bad.hera:2:1: error[HE101]" in out
    assert "pytest_plugin.py" not in out
