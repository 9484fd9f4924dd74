"""The command line: check, format, simulate, explain. The only module that touches files.

Exit code 0: nothing wrong. 1: faults in a schema, or an event refused. 2: wrong usage, such as a
file that cannot be read. No traceback ever reaches the user.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol, TextIO

from hera_engine import limits
from hera_engine.accounts import Account, account_from_mapping
from hera_engine.engine import PostingEngine, check_schema, event_from_json, prove_schema
from hera_engine.errors import Diagnostic, HeraError, SchemaError, Severity
from hera_engine.json_text import JsonTextError, loads
from hera_engine.report import entry_table
from hera_engine.rules.load import format_schema, is_json_form, load_schema
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

    def write(self, name: str, text: str) -> None:
        """Write text to a file."""
        try:
            Path(name).write_text(text, encoding="utf-8")
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    console = Console(sys.stdin, sys.stdout, sys.stderr)
    parsed = _parser().parse_args(arguments)
    try:
        return int(parsed.run(parsed, console))
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


def _parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m hera_engine",
        description="Check posting schemas, and turn business events into balanced journals.",
        epilog="A file name of - is standard input. Exit code: 0 fine, 1 faults found, 2 usage.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    check = _command(commands, "check", _check, "report every fault of a schema")
    _inputs(check)
    check.add_argument(
        "--proof", action="store_true", help="print what is proven of each rule, and how"
    )
    form = _command(commands, "format", _format, "print a schema in canonical text form")
    form.add_argument("--to", choices=("text", "json"), help="the form to print; text by default")
    form.add_argument(
        "--write", action="store_true", help="write it back to the file, in the file's own form"
    )
    for name, run, words in (
        ("simulate", _simulate, "print the journal of each event"),
        ("explain", _explain, "print why each line of a journal is there"),
    ):
        command = _command(commands, name, run, words)
        command.add_argument("event", help="one event as JSON, or one per line (JSON lines)")
        _inputs(command)
    return parser


Run = Callable[[argparse.Namespace, "Console"], int]


class _Commands(Protocol):
    """What argparse's collection of sub-commands does; its own type has no public name."""

    def add_parser(
        self,
        name: str,
        *,
        help: str,  # noqa: A002 # the name argparse gave it
        description: str,
    ) -> argparse.ArgumentParser:
        """Return a new parser for the sub-command."""


def _command(commands: _Commands, name: str, run: Run, words: str) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=words, description=words)
    command.add_argument("schema", help="a posting schema, in text or JSON form")
    command.add_argument("--json", action="store_true", help="print JSON instead of a table")
    command.set_defaults(run=run)
    return command


def _inputs(command: argparse.ArgumentParser) -> None:
    command.add_argument("--chart", help="the chart of accounts: a JSON list")
    command.add_argument(
        "--tax-profile", action="append", default=[], help="a tax profile as JSON; may be repeated"
    )
    command.add_argument("--strict", action="store_true", help="refuse what the origin refused")


# --- commands ------------------------------------------------------------------------------


def _check(arguments: argparse.Namespace, console: Console) -> int:
    source = console.read(arguments.schema)
    found = check_schema(
        source,
        _chart(arguments, console),
        _profiles(arguments, console),
        settings=_settings(arguments),
        file=arguments.schema,
    )
    errors = sum(fault.severity is Severity.ERROR for fault in found)
    proofs = _proofs(source) if arguments.proof else ()
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
        console.say(f"{_count(errors, 'error')}, {_count(len(found) - errors, 'warning')}")
    return FAULTS if errors else OK


def _proofs(source: str) -> tuple[RuleProof, ...]:
    """Return the proofs of a schema's rules; none where its own faults stand in the way."""
    try:
        return prove_schema(source)
    except SchemaError:
        return ()


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


def _simulate(arguments: argparse.Namespace, console: Console) -> int:
    def show(engine: PostingEngine, event: Mapping[str, object]) -> str:
        entry = engine.simulate(event)
        return entry.to_json() if arguments.json else entry_table(entry)

    return _each_event(arguments, console, show)


def _explain(arguments: argparse.Namespace, console: Console) -> int:
    def show(engine: PostingEngine, event: Mapping[str, object]) -> str:
        story = engine.explain(event)
        return json.dumps(story.to_dict(), ensure_ascii=False) if arguments.json else str(story)

    return _each_event(arguments, console, show)


Show = Callable[[PostingEngine, Mapping[str, object]], str]
"""What a command prints of one event."""


def _each_event(arguments: argparse.Namespace, console: Console, show: Show) -> int:
    """Print something or an error per event; of several, a summary on standard error."""
    if arguments.schema == arguments.event == STANDARD_INPUT:
        raise UsageError("standard input cannot be both the schema and the event")
    engine = _engine(arguments, console)
    rows = _events(console.read(arguments.event))
    refused = 0
    watched = console.stderr.isatty()
    for number, (line, text) in enumerate(rows, start=1):
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
        console.say(f"{_shown(arguments.event)}:{line}: {error}\n")


# --- inputs --------------------------------------------------------------------------------


def _engine(arguments: argparse.Namespace, console: Console) -> PostingEngine:
    source = console.read(arguments.schema)
    chart, profiles = _chart(arguments, console), _profiles(arguments, console)
    settings = _settings(arguments)
    found = check_schema(source, chart, profiles, settings=settings, file=arguments.schema)
    _refuse_faults(found)
    try:
        return PostingEngine(source, chart=chart, tax_profiles=profiles, settings=settings)
    except SchemaError as error:
        raise SchemaError(
            replace(fault, file=arguments.schema) for fault in error.diagnostics
        ) from None


def _refuse_faults(found: Iterable[Diagnostic]) -> None:
    """Raise what is wrong with a schema, warnings left out; `check` shows those."""
    errors = tuple(fault for fault in found if fault.severity is Severity.ERROR)
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


if __name__ == "__main__":
    raise SystemExit(main())
