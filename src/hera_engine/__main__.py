"""The command line: check, format, event-schema, simulate, explain, test; all that touches files.

Exit code 0: nothing wrong. 1: faults in a schema, an event refused, or a case failed. 2: wrong
usage, such as a file that cannot be read. No traceback ever reaches the user.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final, TextIO

from hera_engine import limits
from hera_engine.accounts import Account, account_from_mapping
from hera_engine.case_report import (
    case_report,
    coverage_gaps,
    coverage_line,
    expecting,
    placed,
    with_expectations,
)
from hera_engine.command_line import parser
from hera_engine.engine import PostingEngine, check_schema, event_from_json, prove_schema
from hera_engine.errors import Diagnostic, HeraError, SchemaError, Severity
from hera_engine.exchange_rates import RateTable
from hera_engine.json_text import JsonTextError, loads
from hera_engine.models import event_json_schema
from hera_engine.report import entry_table
from hera_engine.rules.compare import compare_schemas
from hera_engine.rules.load import PostingSchema, format_schema, is_json_form, load_schema
from hera_engine.rules.verdict import RuleProof
from hera_engine.settings import Settings
from hera_engine.tax.profile import TaxProfile

OK: Final = 0
FAULTS: Final = 1
USAGE: Final = 2
STANDARD_INPUT: Final = "-"
PROGRESS_EVERY: Final = 1000


class UsageError(Exception):
    """What the user asked for cannot be done: a file is missing, or is not what it must be."""


@dataclass(frozen=True, slots=True)
class Console:
    """Where input comes from and output goes to."""

    stdin: TextIO
    stdout: TextIO
    stderr: TextIO

    def read(self, name: str) -> str:
        """Return the text of a file, or of standard input for ``-``."""
        try:
            if name == STANDARD_INPUT:
                return self._read_stdin()
            size = Path(name).stat().st_size
            if size > 64 * limits.JSON_CHARACTERS:
                raise UsageError(f"{name}: {size} bytes are more than this command reads")
            return Path(name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise UsageError(f"{_shown(name)}: is not UTF-8 text") from None
        except (OSError, ValueError) as error:
            raise UsageError(f"{name}: {_reason(error)}") from None

    def _read_stdin(self) -> str:
        """Return standard input, decoded like a file where its bytes can be had."""
        raw = getattr(self.stdin, "buffer", None)
        return self.stdin.read() if raw is None else str(raw.read(), encoding="utf-8")

    def read_exactly(self, name: str) -> str:
        """Return the text of a file with the line ends it has."""
        self.read(name)
        return Path(name).read_bytes().decode("utf-8")

    def write(self, name: str, text: str) -> None:
        """Write text to a file, line ends as they are in it."""
        try:
            Path(name).write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            raise UsageError(f"{name}: {_reason(error)}") from None

    def say(self, text: str) -> None:
        """Print to standard output."""
        _print(text, self.stdout)

    def complain(self, text: str) -> None:
        """Print to standard error."""
        _print(text, self.stderr)


def _print(text: str, stream: TextIO) -> None:
    """Print text; what the stream's encoding does not have is shown as an escape."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding), file=stream)


def _shown(name: str) -> str:
    return "standard input" if name == STANDARD_INPUT else name


def _reason(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or "cannot be opened"


Run = Callable[[argparse.Namespace, Console], int]
"""Carries out a command and returns its exit code."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    console = Console(sys.stdin, sys.stdout, sys.stderr)
    parsed = parser().parse_args(arguments)
    try:
        return _RUNS[parsed.command](parsed, console)
    except UsageError as error:
        console.complain(f"hera_engine: {error}")
        return USAGE
    except SchemaError as error:
        console.complain("\n\n".join(str(fault) for fault in error.diagnostics))
        return FAULTS
    except HeraError as error:
        console.complain(str(error))
        return FAULTS
    except BrokenPipeError:
        return OK
    except KeyboardInterrupt:
        console.complain("hera_engine: interrupted")
        return USAGE


# --- commands ------------------------------------------------------------------------------


def _check(arguments: argparse.Namespace, console: Console) -> int:
    if arguments.schema == arguments.against == STANDARD_INPUT:
        raise UsageError("standard input cannot be both versions of the schema")
    source = console.read(arguments.schema)
    found = check_schema(
        source,
        _chart(arguments, console),
        _profiles(arguments, console),
        settings=_settings(arguments),
        file=arguments.schema,
    )
    proofs = _proofs(source) if arguments.proof else ()
    sound = not any(map(_is_error, found))
    if arguments.against is not None and sound:
        found += _compared(source, arguments, console)
    errors = sum(map(_is_error, found))
    warnings = sum(fault.severity is Severity.WARNING for fault in found)
    if arguments.json:
        shown: object = [fault.to_dict() for fault in found]
        if arguments.proof:
            shown = {"diagnostics": shown, "proofs": [proof.to_dict() for proof in proofs]}
        console.say(json.dumps(shown, ensure_ascii=False, indent=2))
    else:
        for proof in proofs:
            console.say(f"{proof}\n")
        for fault in found:
            console.say(f"{fault}\n")
        if arguments.chart is None:
            console.say("without --chart, accounts and patterns over their codes are not checked")
        if arguments.against is not None and not sound:
            console.say(f"not compared with {arguments.against}: the schema has errors of its own")
        notes = len(found) - errors - warnings
        told = f", {_count(notes, 'note')}" if arguments.against is not None else ""
        console.say(f"{_count(errors, 'error')}, {_count(warnings, 'warning')}{told}")
    return FAULTS if errors else OK


def _proofs(source: str) -> tuple[RuleProof, ...]:
    """Return the proofs of a schema's rules; none where its own faults stand in the way."""
    try:
        return prove_schema(source)
    except SchemaError:
        return ()


def _compared(
    source: str, arguments: argparse.Namespace, console: Console
) -> tuple[Diagnostic, ...]:
    """Return what a schema does otherwise than the version before it."""
    old = console.read(arguments.against)
    _refuse_faults(check_schema(old, file=arguments.against))
    return compare_schemas(old, source, old_file=arguments.against, file=arguments.schema)


def _is_error(fault: Diagnostic) -> bool:
    return fault.severity is Severity.ERROR


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _format(arguments: argparse.Namespace, console: Console) -> int:
    source = console.read(arguments.schema)
    _refuse_faults(check_schema(source, file=arguments.schema))
    schema = load_schema(source)
    if arguments.write and arguments.schema == STANDARD_INPUT:
        raise UsageError("standard input cannot be written back")
    own_form = "json" if is_json_form(source) else "text"
    default = own_form if arguments.write else "text"
    if (arguments.to or ("json" if arguments.json else default)) == "json":
        text = json.dumps(schema.to_json_dict(), ensure_ascii=False, indent=2) + "\n"
    else:
        text = format_schema(schema)
    if arguments.write:
        console.write(arguments.schema, text)
    else:
        console.say(text.rstrip("\n"))
    return OK


def _event_schema(arguments: argparse.Namespace, console: Console) -> int:
    source = console.read(arguments.schema)
    _refuse_faults(check_schema(source, file=arguments.schema))
    exported = event_json_schema(load_schema(source), arguments.code)
    console.say(json.dumps(exported, ensure_ascii=False, indent=2))
    return OK


def _simulate(arguments: argparse.Namespace, console: Console) -> int:
    def show(engine: PostingEngine, event: Mapping[str, object]) -> str:
        entry = engine.simulate(event)
        return entry.to_json().decode() if arguments.json else entry_table(entry).removesuffix("\n")

    return _each_event(arguments, console, show)


def _explain(arguments: argparse.Namespace, console: Console) -> int:
    def show(engine: PostingEngine, event: Mapping[str, object]) -> str:
        story = engine.explain(event)
        return json.dumps(story.to_dict(), ensure_ascii=False) if arguments.json else str(story)

    return _each_event(arguments, console, show)


Show = Callable[[PostingEngine, Mapping[str, object]], str]
"""What a command prints of one event."""


def _each_event(arguments: argparse.Namespace, console: Console, show: Show) -> int:
    """Print something or an error per event, a blank line between those that are no JSON.

    Of several events there is a summary on standard error.
    """
    if arguments.schema == arguments.event == STANDARD_INPUT:
        raise UsageError("standard input cannot be both the schema and the event")
    engine = _engine(arguments, console, arguments.schema)
    rows = _events(console.read(arguments.event))
    refused = 0
    watched = console.stderr.isatty()
    for number, (line, text) in enumerate(rows, start=1):
        if number > 1 and not arguments.json:
            console.say("")
        try:
            console.say(show(engine, event_from_json(text)))
        except HeraError as error:
            refused += 1
            _say_refusal(error, line if len(rows) > 1 else None, arguments, console)
        if watched and number % PROGRESS_EVERY == 0:
            print(f"\r{number} of {len(rows)} events", end="", file=console.stderr, flush=True)
    if watched and len(rows) >= PROGRESS_EVERY:
        console.complain("")
    if len(rows) > 1:
        console.complain(f"{len(rows) - refused} posted, {refused} refused")
    return FAULTS if refused else OK


def _say_refusal(
    error: HeraError, line: int | None, arguments: argparse.Namespace, console: Console
) -> None:
    """Print why an event was refused: one of several with its line, a single one as an error."""
    if arguments.json:
        where = {} if line is None else {"line": line}
        console.say(json.dumps({**where, **error.to_dict()}, ensure_ascii=False))
    elif line is None:
        console.complain(f"{_shown(arguments.event)}: {error}")
    else:
        console.say(f"{_shown(arguments.event)}:{line}: {error}")


# --- cases ---------------------------------------------------------------------------------


def _test(arguments: argparse.Namespace, console: Console) -> int:
    """Run the cases of each file; the worst of their exit codes is that of the command."""
    if arguments.all and not arguments.init:
        raise UsageError("--all says which cases --init writes")
    worst = OK
    for name in arguments.schemas:
        try:
            engine = _engine(arguments, console, name)
        except SchemaError as error:
            if arguments.json:
                found = {"file": name, "faults": [each.to_dict() for each in error.diagnostics]}
                console.say(json.dumps(found, ensure_ascii=False))
            else:
                console.complain("\n\n".join(map(str, error.diagnostics)))
            worst = FAULTS
            continue
        if arguments.init:
            _write_expectations(engine, name, arguments, console)
        else:
            worst = max(worst, _test_one(engine, name, arguments, console))
    return worst


def _test_one(
    engine: PostingEngine, name: str, arguments: argparse.Namespace, console: Console
) -> int:
    """Run the cases of one schema and print what came of them."""
    results, coverage = engine.run_cases(), engine.case_coverage()
    failed = [result for result in results if not result.passed]
    mutants = engine.surviving_mutants() if arguments.mutate and not failed else ()
    bad = bool(failed or mutants or (arguments.coverage and not coverage.full))
    if arguments.json:
        found = {
            "file": name,
            "cases": [result.to_dict() for result in results],
            "coverage": coverage.to_dict(),
            **({"survivors": [mutant.to_dict() for mutant in mutants]} if arguments.mutate else {}),
        }
        console.say(json.dumps(found, ensure_ascii=False))
        return FAULTS if bad else OK
    for result in failed:
        console.say(f"{case_report(result, name)}\n")
    gaps = coverage_gaps(coverage, name) if arguments.coverage else ()
    for row in (
        *gaps,
        *(f"{placed(name, each.place)}: survives: {each.words}" for each in mutants),
    ):
        console.say(row)
    passed = f"{_count(len(results) - len(failed), 'case')} passed, {len(failed)} failed"
    tail = ""
    if arguments.mutate:
        tail = (
            "; not mutated, since cases fail"
            if failed
            else f"; {_count(len(mutants), 'mutant')} survive{'s' if len(mutants) == 1 else ''}"
        )
    console.say(f"{_shown(name)}: {passed}; {coverage_line(coverage)}{tail}")
    return FAULTS if bad else OK


def _write_expectations(
    engine: PostingEngine, name: str, arguments: argparse.Namespace, console: Console
) -> None:
    """Write into a file what its cases post, where they expect nothing yet, or everywhere."""
    if name == STANDARD_INPUT:
        raise UsageError("standard input cannot be written back")
    document = engine.schema.nodes
    ledgers = tuple(ledger.text for ledger in document.ledgers)
    written = {
        result.case.index: expecting(document.cases[result.case.index], result, ledgers)
        for result in engine.run_cases()
        if result.case.index is not None and (arguments.all or result.case.unwritten)
    }
    source = console.read_exactly(name)
    if is_json_form(source):
        cases = tuple(written.get(index, case) for index, case in enumerate(document.cases))
        changed = PostingSchema(replace(document, cases=cases)).to_json_dict()
        text = json.dumps(changed, ensure_ascii=False, indent=2) + "\n"
    else:
        text = with_expectations(source, document, written)
    if written:
        console.write(name, text)
    if arguments.json:
        found = {"file": name, "written": [case.title for case in written.values()]}
        console.say(json.dumps(found, ensure_ascii=False))
        return
    titles = ", ".join(case.title for case in written.values())
    console.say(f"{name}: {_count(len(written), 'expectation')} written{titles and f': {titles}'}")


# --- inputs --------------------------------------------------------------------------------


def _engine(arguments: argparse.Namespace, console: Console, name: str) -> PostingEngine:
    source = console.read(name)
    chart, profiles = _chart(arguments, console), _profiles(arguments, console)
    settings = _settings(arguments)
    found = check_schema(source, chart, profiles, settings=settings, file=name)
    _refuse_faults(found)
    try:
        return PostingEngine(
            source,
            chart=chart,
            tax_profiles=profiles,
            settings=settings,
            exchange_rates=_rates(arguments, console),
        )
    except SchemaError as error:
        raise SchemaError(replace(fault, file=name) for fault in error.diagnostics) from None


def _refuse_faults(found: Iterable[Diagnostic]) -> None:
    """Raise what is wrong with a schema, warnings left out; `check` shows those."""
    errors = tuple(filter(_is_error, found))
    if errors:
        raise SchemaError(errors)


def _settings(arguments: argparse.Namespace) -> Settings:
    return Settings.strict() if arguments.strict else Settings()


def _chart(arguments: argparse.Namespace, console: Console) -> tuple[Account, ...]:
    if arguments.chart is None:
        return ()
    entries = _json(console, arguments.chart)
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise UsageError(f"{arguments.chart}: a chart is a JSON list of accounts")
    return tuple(account_from_mapping(entry) for entry in entries)


def _profiles(arguments: argparse.Namespace, console: Console) -> tuple[TaxProfile, ...]:
    """Return the tax profiles of the command line; their faults bear the name of their file."""
    profiles = []
    for name in arguments.tax_profile:
        profile = _json(console, name)
        if not isinstance(profile, Mapping):
            raise UsageError(f"{name}: a tax profile is a JSON object")
        try:
            profiles.append(TaxProfile.from_mapping(profile))
        except SchemaError as error:
            raise SchemaError(replace(fault, file=name) for fault in error.diagnostics) from None
    return tuple(profiles)


def _rates(arguments: argparse.Namespace, console: Console) -> RateTable:
    """Return the exchange rates of the command line; a fault names their file."""
    name = arguments.exchange_rates
    if name is None:
        return RateTable(())
    data = _json(console, name)
    try:
        return RateTable.from_mapping(data)
    except HeraError as error:
        raise HeraError(error.code, f"{name}: {error.message}", hint=error.hint) from None


def _json(console: Console, name: str) -> object:
    try:
        return loads(console.read(name))
    except JsonTextError as error:
        where = "" if error.position is None else f":{error.position[0]}:{error.position[1]}"
        raise UsageError(f"{name}{where}: {error.reason}") from None


def _events(text: str) -> tuple[tuple[int, str], ...]:
    """Return the events of a file with their lines: one JSON document, or one per line.

    Several lines are one event each unless they are one document together.
    """
    rows = tuple((number, row) for number, row in enumerate(text.split("\n"), 1) if row.strip())
    if len(rows) < 2 or _is_document(text):
        return ((1, text),)
    alone = any(_is_document(row) for _, row in rows)
    return rows if alone else ((1, text),)


def _is_document(text: str) -> bool:
    """Whether a text is a JSON object as a whole."""
    try:
        return isinstance(loads(text), Mapping)
    except JsonTextError:
        return False


_RUNS: Final[Mapping[str, Run]] = MappingProxyType(
    {
        "check": _check,
        "format": _format,
        "simulate": _simulate,
        "explain": _explain,
        "test": _test,
        "event-schema": _event_schema,
    }
)


if __name__ == "__main__":
    raise SystemExit(main())
