"""Posts sales in a process of its own and says of each what came of it.

python -m tests.storage.worker TARGET ORGANIZATION COUNT SEED

Says `ready`, waits for a line, and posts the references 0 to COUNT - 1 in an order that SEED
chooses. Each answer is a line, written at once: the reference, the id, and whether it was new.
"""

import random
import sys

from hera_engine.errors import HeraError
from hera_engine.ledger import Caller, Ledger, Stored
from tests.storage import books
from tests.storage.targets import opened

ATTEMPTS = 20


def main(target: str, organization_id: str, count: int, seed: int) -> None:
    """Post every reference once."""
    repository = opened(target)
    ledger, caller = books.ledger(repository), Caller(books.ACTOR, organization_id)
    ledger.simulate(caller, books.sale(None))
    references = list(range(count))
    random.Random(seed).shuffle(references)
    _say("ready")
    sys.stdin.readline()
    for number in references:
        stored = _posted(ledger, caller, f"POS-{number}")
        _say(f"POS-{number} {stored.transaction.id} {'old' if stored.idempotent else 'new'}")
    repository.close()


def _posted(ledger: Ledger, caller: Caller, reference: str) -> Stored:
    """Post a sale, again while the store fails: with its reference nothing is stored twice."""
    for attempt in range(ATTEMPTS):
        try:
            return ledger.post(caller, books.sale(reference))
        except HeraError as error:
            if not error.retryable or attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("the last attempt returns or raises")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
