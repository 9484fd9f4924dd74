"""``python -m tests.vectors FOLDER [--json]``."""

import sys

from tests.vectors.runner import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
