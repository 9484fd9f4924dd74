"""API keys: who calls, and in whose books.

The file holds the SHA-256 of each key, its organization and its actor, never the key itself:

    python -m examples.ledger_service.keys keys.json --organization ORG --actor USER

makes a key, adds it to the file and prints it, once. A service that runs sees a changed file with
the next request.
"""

import argparse
import os
import secrets
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from examples.ledger_service.log import LOG
from hera_engine import Caller, HeraError
from hera_engine.json_text import JsonTextError, dumps, loads

HEADER = "x-api-key"


class KeyFileError(ValueError):
    """A file of keys that cannot be used."""


class Keys(Protocol):
    """Who may call."""

    def caller(self, headers: Mapping[str, str]) -> Caller | None:
        """Return who sent a request, or None for a key that is missing or unknown."""
        ...


class ApiKeys:
    """The callers of a service by their keys.

    Args:
        callers: By the SHA-256 of their keys, in hexadecimal.
    """

    def __init__(self, callers: Mapping[str, Caller]) -> None:
        self._callers = dict(callers)

    @classmethod
    def read(cls, path: Path) -> "ApiKeys":
        """Return the keys of a file.

        Raises:
            KeyFileError: If it is not there, or holds something else.
        """
        return cls({entry["sha256"]: _caller(entry) for entry in _entries(path)})

    def caller(self, headers: Mapping[str, str]) -> Caller | None:
        """Return who sent a request, or None for a key that is missing or unknown.

        Keys are looked up by their digest, so that the time of an answer says nothing of them.
        """
        key = headers.get(HEADER) or _bearer(headers.get("authorization", ""))
        return self._callers.get(_digest(key)) if key else None


def _bearer(authorization: str) -> str:
    """Return the token of the scheme Bearer, in any case of letters (RFC 9110, 11.1); else none."""
    scheme, _, token = authorization.partition(" ")
    return token.strip(" ") if scheme.lower() == "bearer" else ""


class KeyFile:
    """The callers of a service by the keys of a file, as the file is now.

    It is read again when it has changed. What cannot be read leaves the keys of before in force,
    and says so in the log, once: half a file must not shut out every till.

    Raises:
        KeyFileError: If it cannot be read at first.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mark = _mark(path)
        self._keys = ApiKeys.read(path)

    def caller(self, headers: Mapping[str, str]) -> Caller | None:
        """As `ApiKeys.caller`."""
        mark = _mark(self._path)
        if mark != self._mark:
            self._mark = mark
            try:
                self._keys = ApiKeys.read(self._path)
                LOG.info("the file of keys was read again")
            except KeyFileError:
                # Without the error's text, which may repeat what stands in the file.
                LOG.warning("the file of keys cannot be used; those of before stay in force")
        return self._keys.caller(headers)


def _mark(path: Path) -> tuple[int, int, int] | None:
    """Return what changes with a file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def added(path: Path, organization_id: str, actor_user_id: str) -> str:
    """Make a key, add it to a file, and return it.

    Raises:
        KeyFileError: If the file holds something else.
        HeraError: If organization or actor name nobody.
    """
    Caller(actor_user_id, organization_id)
    key = secrets.token_urlsafe(32)
    entries = _entries(path) if path.exists() else []
    entries.append(
        {"sha256": _digest(key), "organization_id": organization_id, "actor_user_id": actor_user_id}
    )
    # A file of its own that takes the other's place: a reader never sees half of it.
    draft = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write("".join(["[\n  ", ",\n  ".join(map(dumps, entries)), "\n]\n"]))
    draft.replace(path)
    return key


def _entries(path: Path) -> list[dict[str, str]]:
    wrong = KeyFileError(f"{path.name} is not a list of sha256, organization_id, actor_user_id")
    try:
        said = loads(path.read_bytes())
    except OSError as error:
        raise KeyFileError(f"{path.name}: {error.strerror}") from None
    except JsonTextError as error:
        raise KeyFileError(f"{path.name} {error.reason}") from None
    if not isinstance(said, list):
        raise wrong
    names = {"sha256", "organization_id", "actor_user_id"}
    for entry in said:
        if not isinstance(entry, dict) or entry.keys() != names:
            raise wrong
        if not all(isinstance(value, str) for value in entry.values()):
            raise wrong
    return said


def _caller(entry: Mapping[str, str]) -> Caller:
    try:
        return Caller(entry["actor_user_id"], entry["organization_id"])
    except HeraError as error:
        raise KeyFileError(f"keys: {error.message}") from None


def _digest(key: str) -> str:
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    """Make a key and print it."""
    parser = argparse.ArgumentParser(prog="python -m examples.ledger_service.keys")
    parser.add_argument("file", type=Path, help="the file of keys; made if there is none")
    parser.add_argument("--organization", required=True, help="whose books the key opens")
    parser.add_argument("--actor", required=True, help="who is stamped on what it writes")
    asked = parser.parse_args(arguments)
    try:
        print(added(asked.file, asked.organization, asked.actor))
    except (HeraError, KeyFileError) as error:
        parser.error(str(error))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
