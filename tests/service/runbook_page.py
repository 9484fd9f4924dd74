"""docs/runbook.md as blocks, and a shell that carries them out."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "runbook.md"
SECONDS: Final = 240
"""How long the whole page may take."""

_BLOCK: Final = re.compile(r"^```(\w+(?: \w+)?)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_MARK: Final = "--- end of block"
_MASK: Final = re.compile(r"<[a-z]+>")
_AS_OWNER: Final = """python -c "import os, psycopg, sys
with psycopg.connect(os.environ['OWNER']) as owner:
    owner.execute(sys.stdin.read().encode())" <<'SQL'
{}SQL
"""


@dataclass(frozen=True, slots=True)
class Block:
    """A block that is carried out, and what the page shows under it; None if nothing.

    ``kind`` is sh, sql (on PostgreSQL alone) or sh curl (where there is curl).
    """

    kind: str
    code: str
    shown: str | None


def blocks() -> tuple[Block, ...]:
    """Return the blocks of the page in order."""
    found: list[Block] = []
    for kind, code in _BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if kind == "text":
            found[-1] = Block(found[-1].kind, found[-1].code, code)
        else:
            found.append(Block(kind, code, None))
    return tuple(found)


def runs(block: Block, environment: Mapping[str, str]) -> bool:
    """Whether a block can be carried out here."""
    if block.kind == "sql":
        return "OWNER" in environment
    return block.kind == "sh" or shutil.which("curl") is not None


def printed(environment: Mapping[str, str]) -> dict[Block, str]:
    """Carry out the page in one shell; return what each block that runs prints."""
    chosen = [block for block in blocks() if runs(block, environment)]
    script = "".join(
        f"{_AS_OWNER.format(block.code) if block.kind == 'sql' else block.code}echo '{_MARK}'\n"
        for block in chosen
    )
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with subprocess.Popen(
        ["sh", "-c", script],
        cwd=ROOT,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT / "src"), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as shell:
        try:
            output, _ = shell.communicate(timeout=SECONDS)
        finally:
            # The service too, if the page did not come to its end.
            _end_group(shell.pid)
    parts = output.split(f"{_MARK}\n")
    assert len(parts) == len(chosen) + 1, output
    return dict(zip(chosen, parts, strict=False))


def _end_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def agrees(shown: str, output: str) -> bool:
    """Whether an output is the one shown, but for what stands in angle brackets."""
    pieces = [re.escape(piece) for piece in _MASK.split(shown)]
    return re.fullmatch(r"\S+".join(pieces), output) is not None


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        port: int = tried.getsockname()[1]
        return port
