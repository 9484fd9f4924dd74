"""One difference between two versions of a schema, and the version that it is shown in."""

from dataclasses import dataclass
from typing import Final, Self

from hera_engine.errors import Diagnostic

NOTHING: Final = "nothing"
"""What stands for a statement, a default or a setting that is not there."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A diagnostic, and whether its place is in the older version."""

    fault: Diagnostic
    in_old: bool

    @classmethod
    def before(cls, fault: Diagnostic) -> Self:
        """Return a difference that is shown in the older version."""
        return cls(fault, in_old=True)

    @classmethod
    def now(cls, fault: Diagnostic) -> Self:
        """Return a difference that is shown in the newer version."""
        return cls(fault, in_old=False)
