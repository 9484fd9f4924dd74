"""Set up what an organization's books are kept by, from JSON files.

    python -m examples.ledger_service.seed --database sqlite:///ledger.db --organization ORG \
        --chart chart.json --schema pos=posting-schema.json

adds to what the organization has: a chart and bindings take the place of the earlier ones,
schemas, tax profiles and periods that of the earlier one of the same key. Every bound schema is
compiled before anything is stored.
"""

import argparse
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

import psycopg

from examples.ledger_service.databases import AddressError, opened
from hera_engine import Configuration, HeraError
from hera_engine.configuration import PeriodStatus
from hera_engine.json_text import JsonTextError, loads
from hera_engine.ledger import check_configuration
from hera_engine.repository import Stale


class SeedError(ValueError):
    """What cannot be seeded; the message names the file or the schema."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Store a configuration and say what it holds now."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    try:
        with opened(asked.database) as repository:
            stored = repository.configuration(asked.organization)
            configuration = seeded(stored, asked)
            refuse_faults(configuration)
            expected = "" if stored is None else stored.version
            if isinstance(repository.configure(configuration, expected), Stale):
                raise SeedError("somebody else changed the configuration meanwhile: seed again")
    except (AddressError, HeraError, SeedError) as error:
        print(error)
        return 1
    except (sqlite3.Error, psycopg.Error) as error:
        print(f"the database does not answer, or is not migrated: {error}")
        return 1
    print(summary(configuration))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m examples.ledger_service.seed")
    parser.add_argument("--database", required=True, help="sqlite:///FILE or postgresql://…")
    parser.add_argument("--organization", required=True)
    parser.add_argument("--chart", type=Path, help="accounts, a list")
    parser.add_argument("--bindings", type=Path, help="which schema posts what, a list")
    parser.add_argument("--periods", type=Path, help="accounting periods, a list")
    for name in ("--schema", "--tax-profile"):
        parser.add_argument(name, action="append", default=[], metavar="KEY=FILE")
    parser.add_argument("--base-currency", help="of the books")
    parser.add_argument("--open", action="append", default=[], metavar="PERIOD")
    parser.add_argument("--close", action="append", default=[], metavar="PERIOD")
    return parser


def seeded(stored: Configuration | None, asked: argparse.Namespace) -> Configuration:
    """Return a configuration with what was asked for added.

    Raises:
        SeedError: For a file that cannot be read.
        HeraError: E_GUARDRAIL for what the files say.
    """
    said = {"organization_id": asked.organization} if stored is None else stored.to_dict()
    for name, path in (("chart", asked.chart), ("bindings", asked.bindings)):
        if path is not None:
            said[name] = _json(path)
    if asked.periods is not None:
        said["periods"] = _merged(said.get("periods"), _json(asked.periods))
    for name, given in (("schemas", asked.schema), ("tax_profiles", asked.tax_profile)):
        earlier = said.get(name)
        kept = earlier if isinstance(earlier, Mapping) else {}
        said[name] = {**kept, **dict(map(_document, given))}
    if asked.base_currency is not None:
        said["base_currency"] = asked.base_currency
    configuration = Configuration.from_dict(said)
    for codes, status in ((asked.open, PeriodStatus.OPEN), (asked.close, PeriodStatus.CLOSED)):
        for code in codes:
            configuration = configuration.with_period(code, status)
    return configuration


def _document(given: str) -> tuple[str, object]:
    """Return the key and the document of ``KEY=FILE``; a schema in words is a text."""
    key, equals, name = given.partition("=")
    if not (key and equals and name):
        raise SeedError(f"{given}: write KEY=FILE")
    path = Path(name)
    return key, _text(path) if path.suffix == ".hera" else _json(path)


def _merged(earlier: object, given: object) -> object:
    """Return the periods given, and of the earlier ones those of other codes."""
    if not isinstance(earlier, list) or not isinstance(given, list):
        return given
    codes = {each.get("code") for each in given if isinstance(each, Mapping)}
    return [each for each in earlier if each["code"] not in codes] + given


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise SeedError(f"{path}: {error}") from None


def _json(path: Path) -> object:
    try:
        return loads(_text(path))
    except JsonTextError as error:
        where = "" if error.position is None else f"line {error.position[0]}: "
        raise SeedError(f"{path}: {where}{error.reason}") from None


def refuse_faults(configuration: Configuration) -> None:
    """Refuse schemas that do not compile.

    Raises:
        SeedError: With all that is wrong.
    """
    faults = check_configuration(configuration)
    if faults:
        raise SeedError("\n".join(map(str, faults)))


def summary(configuration: Configuration) -> str:
    """Return what a configuration holds, a line for each kind."""
    bindings = [
        f"{each.event} -> {each.schema}, tax profile {each.tax_profile or 'of the schema'}"
        for each in configuration.bindings
    ]
    periods = [f"{each.code} {each.status.value}" for each in configuration.periods]
    rows = (
        ("organization", [configuration.organization_id]),
        ("accounts", [str(len(configuration.chart))]),
        ("schemas", list(configuration.schemas)),
        ("tax profiles", list(configuration.tax_profiles)),
        ("bindings", bindings),
        ("periods", periods),
    )
    return "\n".join(f"{name:<12}  {'; '.join(values) or '-'}" for name, values in rows)


if __name__ == "__main__":
    raise SystemExit(main())
