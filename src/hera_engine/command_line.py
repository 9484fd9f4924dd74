"""What may be written on the command line: the commands and their options.

Enters: nothing. Leaves: a parser; what the commands do is said in `__main__`.
"""

import argparse
from typing import Protocol


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line; it says the command's name as ``command``."""
    whole = argparse.ArgumentParser(
        prog="python -m hera_engine",
        description="Check posting schemas, and turn business events into balanced journals.",
        epilog="A file name of - is standard input. Exit code: 0 fine, 1 faults found, 2 usage.",
    )
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    check = _command(commands, "check", "report every fault of a schema")
    _inputs(check)
    check.add_argument(
        "--proof", action="store_true", help="print what is proven of each rule, and how"
    )
    check.add_argument(
        "--against",
        metavar="OLD",
        help="the version before: report what the schema drops, narrows or posts elsewhere",
    )
    form = _command(commands, "format", "print a schema in canonical text form")
    form.add_argument("--to", choices=("text", "json"), help="the form to print; text by default")
    form.add_argument(
        "--write", action="store_true", help="write it back to the file, in the file's own form"
    )
    for name, words in (
        ("simulate", "print the journal of each event"),
        ("explain", "print why each line of a journal is there"),
    ):
        command = _command(commands, name, words)
        command.add_argument("event", help="one event as JSON, or one per line (JSON lines)")
        _inputs(command)
        _rates(command)
    _test_command(commands)
    export = _command(commands, "event-schema", "print the JSON Schema of an event")
    export.add_argument("code", help="the smart code of the event, such as HERA.POS.SALE.V1")
    return whole


def _test_command(commands: "_Commands") -> None:
    """Add the command that runs the cases of schemas."""
    words = "run the cases of schemas, and show where they fail"
    command = commands.add_parser("test", help=words, description=words)
    command.add_argument("schemas", nargs="+", help="posting schemas, in text or JSON form")
    command.add_argument("--json", action="store_true", help="print JSON instead of text")
    command.add_argument(
        "--coverage", action="store_true", help="list what no case exercises; 1 if there is any"
    )
    command.add_argument(
        "--mutate", action="store_true", help="list the changes no case notices; 1 if there are any"
    )
    command.add_argument(
        "--init", action="store_true", help="write what cases post where they expect nothing yet"
    )
    command.add_argument("--all", action="store_true", help="with --init: write it in every case")
    _inputs(command)
    _rates(command)
    command.set_defaults(command="test")


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


def _command(commands: _Commands, name: str, words: str) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=words, description=words)
    command.add_argument("schema", help="a posting schema, in text or JSON form")
    command.add_argument("--json", action="store_true", help="print JSON instead of a table")
    command.set_defaults(command=name)
    return command


def _inputs(command: argparse.ArgumentParser) -> None:
    command.add_argument("--chart", help="the chart of accounts: a JSON list")
    command.add_argument(
        "--tax-profile", action="append", default=[], help="a tax profile as JSON; may be repeated"
    )
    command.add_argument("--strict", action="store_true", help="refuse what the origin refused")


def _rates(command: argparse.ArgumentParser) -> None:
    command.add_argument("--exchange-rates", help="dated exchange rates: a JSON list or object")
