"""Call the service from a shell, with nothing but Python.

    python -m examples.ledger_service.call POST /ledger/post sale.json --show transaction_id

reads LEDGER_URL and LEDGER_API_KEY. It prints the HTTP status and the body, or the fields asked
for, and ends with 0 below 400. A call that may succeed later is repeated as long as attempts are
left, after the seconds that Retry-After names.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.error import HTTPError
from urllib.request import Request, urlopen

TIMEOUT_SECONDS: Final = 30
NO_ANSWER: Final = 599
"""What stands for a status where no answer came."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A status, Retry-After if it was there, and a body."""

    status: int
    retry_after: str | None
    body: str


def called(method: str, path: str, body: bytes | None) -> Reply:
    """Return what the service answers."""
    request = Request(os.environ["LEDGER_URL"] + path, body, method=method)
    request.add_header("Content-Type", "application/json")
    request.add_header("X-API-Key", os.environ.get("LEDGER_API_KEY", ""))
    try:
        with urlopen(request, timeout=TIMEOUT_SECONDS) as reply:
            return Reply(reply.status, None, reply.read().decode())
    except HTTPError as error:
        return Reply(error.code, error.headers.get("Retry-After"), error.read().decode())
    except OSError as error:
        return Reply(NO_ANSWER, "1", f"no answer: {getattr(error, 'reason', error)}")


def shown(value: object, path: Sequence[str]) -> str:
    """Return the field at a path; of a list, the field of each of its members."""
    if isinstance(value, list):
        return ", ".join(shown(each, path) for each in value)
    if not path:
        return value if isinstance(value, str) else json.dumps(value)
    return shown(value.get(path[0]) if isinstance(value, Mapping) else None, path[1:])


def _body(name: str | None) -> bytes | None:
    if name is None:
        return None
    return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()


def main(arguments: Sequence[str] | None = None) -> int:
    """Call once, or until it succeeds or the attempts are used up."""
    parser = argparse.ArgumentParser(prog="python -m examples.ledger_service.call")
    parser.add_argument("method", choices=("GET", "POST"))
    parser.add_argument("path")
    parser.add_argument("body", nargs="?", help="a file, or - for standard input")
    parser.add_argument("--show", nargs="+", default=[], metavar="FIELD")
    parser.add_argument("--attempts", type=int, default=1)
    asked = parser.parse_args(arguments)
    if not os.environ.get("LEDGER_URL"):
        parser.error("set LEDGER_URL, such as http://127.0.0.1:8000")
    try:
        body = _body(asked.body)
    except OSError as error:
        parser.error(f"{asked.body}: {error.strerror}")
    reply = called(asked.method, asked.path, body)
    for _ in range(asked.attempts - 1):
        if reply.retry_after is None:
            break
        time.sleep(float(reply.retry_after))
        reply = called(asked.method, asked.path, body)
    again = "" if reply.retry_after is None else f", retry after {reply.retry_after} s"
    print(f"HTTP {reply.status}{again}")
    width = max(map(len, asked.show), default=0)
    for field in asked.show:
        print(f"{field:<{width}}  {shown(json.loads(reply.body), field.split('.'))}")
    if not asked.show:
        print(reply.body.rstrip())
    return 0 if reply.status < 400 else 1


if __name__ == "__main__":
    raise SystemExit(main())
