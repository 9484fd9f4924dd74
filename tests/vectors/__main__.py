"""``python -m tests.vectors [FOLDER] [--json | --page]``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.vectors.cases import VectorFileError
from tests.vectors.page import page
from tests.vectors.runner import run, run_folder

DATA: Final = Path(__file__).parent / "data"


def main(arguments: Sequence[str]) -> int:
    """Run a folder; return 0, 1 if a case failed, 2 for a folder that cannot be run."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.vectors", description="Run conformance vectors."
    )
    parser.add_argument(
        "folder", type=Path, nargs="?", default=DATA, help="vector files; ours by default"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the counts as JSON")
    form.add_argument("--page", action="store_true", help="print docs/vectors-differing.md")
    options = parser.parse_args(arguments)
    try:
        if options.page:
            sys.stdout.write(page(run_folder(options.folder)))
            return 0
        return run(options.folder, as_json=options.json)
    except VectorFileError as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
