"""A seeded source of choices: the same seed draws the same schemas and events in any process."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

_Member = TypeVar("_Member")


class Dice:
    """Draws by a seed.

    Args:
        seed: Any integer.
    """

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def one(self, *members: _Member) -> _Member:
        """Return one of some values."""
        return members[self._random.randrange(len(members))]

    def among(self, members: Sequence[_Member]) -> _Member:
        """Return one member of a sequence that is not empty."""
        return members[self._random.randrange(len(members))]

    def some(self, members: Sequence[_Member], least: int = 0) -> list[_Member]:
        """Return members of a sequence in its order, each at most once."""
        count = self._random.randint(least, len(members))
        chosen = sorted(self._random.sample(range(len(members)), count))
        return [members[index] for index in chosen]

    def whole(self, least: int, most: int) -> int:
        """Return a whole number between two, both included."""
        return self._random.randint(least, most)

    def happens(self, once_in: int) -> bool:
        """Return true once in so many times."""
        return self._random.randrange(once_in) == 0

    def units(self) -> int:
        """Return an amount in minor units: small, round, common and huge ones."""
        most = self.one(9, 99, 1_000, 10**5, 10**5, 10**7, 10**7, 10**15, 10**18, 10**20)
        found = self._random.randint(1, most)
        return found * 100 if self.happens(4) else found
