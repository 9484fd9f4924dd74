"""A plugin of pytest that collects the cases of posting schemas, one test per case.

`pytest till.hera` runs the cases of that file; with ``--hera-cases``, or ``hera_cases = true``
among pytest's settings, all files ``*.hera`` below the folders given are collected. A chart and
tax profiles are named like those of the command line. Loaded by pytest alone, which every other
module does without; files are read through the paths that pytest hands on.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hera_engine.case_report import case_report
from hera_engine.engine import PostingEngine, check_schema
from hera_engine.errors import HeraError, Severity, Span
from hera_engine.json_text import loads
from hera_engine.rules.cases import CaseResult

SUFFIX = ".hera"


class SchemaFault(Exception):
    """A schema that does not compile; the message holds its faults."""


class CaseFailed(Exception):
    """A case of which something else came than it expects; the message says what."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that say which schemas are collected, and with what they are compiled."""
    group = parser.getgroup("hera_engine", "cases of posting schemas")
    group.addoption("--hera-cases", action="store_true", help="collect the cases of *.hera files")
    group.addoption("--hera-chart", help="the chart of accounts for all of them: a JSON list")
    group.addoption(
        "--hera-tax-profile", action="append", default=[], help="a tax profile as JSON; repeatable"
    )
    group.addoption("--hera-exchange-rates", help="dated exchange rates: a JSON list or object")
    parser.addini("hera_cases", "collect the cases of *.hera files", type="bool", default=False)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "SchemaFile | None":
    """Return a collector for a schema that was named itself, or where all are wanted."""
    if file_path.suffix != SUFFIX:
        return None
    config = parent.config
    wanted = config.getoption("--hera-cases") or config.getini("hera_cases")
    if wanted or parent.session.isinitpath(file_path):
        return SchemaFile.from_parent(parent, path=file_path)
    return None


class SchemaFile(pytest.File):
    """A posting schema whose cases are tests."""

    def collect(self) -> Iterator["CaseItem"]:
        """Yield a test for each case; they are run together, in a moment."""
        source = self.path.read_text(encoding="utf-8")
        chart, profiles = self._chart(), self._profiles()
        try:
            found = check_schema(source, chart, profiles, file=self.path.name)
            errors = [fault for fault in found if fault.severity is Severity.ERROR]
            if errors:
                raise SchemaFault("\n\n".join(map(str, errors)))
            engine = PostingEngine(
                source, chart=chart, tax_profiles=profiles, exchange_rates=self._rates()
            )
        except HeraError as error:
            raise SchemaFault(f"{self.path.name}: {error}") from None
        for result in engine.run_cases():
            yield CaseItem.from_parent(self, name=result.title, result=result)

    def _chart(self) -> list[dict[str, object]]:
        name = self.config.getoption("--hera-chart")
        found = [] if name is None else self._json(name)
        if not isinstance(found, list):
            raise SchemaFault(f"{name}: a chart is a JSON list of accounts")
        return found

    def _profiles(self) -> list[dict[str, object]]:
        names = self.config.getoption("--hera-tax-profile")
        found = [self._json(name) for name in names]
        if not all(isinstance(each, dict) for each in found):
            raise SchemaFault("a tax profile is a JSON object")
        return found  # type: ignore[return-value] # checked above

    def _rates(self) -> list[object] | dict[str, object]:
        name = self.config.getoption("--hera-exchange-rates")
        found = [] if name is None else self._json(name)
        if not isinstance(found, list | dict):
            raise SchemaFault(f"{name}: exchange rates are a JSON list or object")
        return found

    def _json(self, name: str) -> object:
        """Return what a file holds that is named from where pytest was started."""
        return loads((self.config.invocation_params.dir / name).read_bytes())

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> str:  # type: ignore[override] # text is what pytest prints
        """Return the faults of a schema without the way through this module."""
        return str(excinfo.value) if isinstance(excinfo.value, SchemaFault) else str(excinfo)


class CaseItem(pytest.Item):
    """One case of a schema, already run."""

    def __init__(self, *, result: CaseResult, **kwargs: object) -> None:
        super().__init__(**kwargs)  # type: ignore[arg-type] # what pytest hands to every item
        self.result = result

    def runtest(self) -> None:
        """Fail with what differs if the case did not pass."""
        if not self.result.passed:
            raise CaseFailed(case_report(self.result, self.path.name))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> str:  # type: ignore[override] # text is what pytest prints
        """Return what differs, without the way through this module."""
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return where the case is written; pytest counts lines from zero."""
        place = self.result.place
        line = place.line - 1 if isinstance(place, Span) else None
        return self.path, line, f"case: {self.name}"
