"""Own stages as a caller would add them: three that work, and three that do nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Protocol

from hera_engine import Side
from hera_engine.errors import Problem
from hera_engine.facts import Facts
from hera_engine.rules.drafts import DraftLine
from hera_engine.rules.stage import AddedLine, Contribution

LIMIT: Final = Decimal("90000.00")
"""Above this a sale of the staged schema is refused."""
CENT: Final = Decimal("0.01")
NOTHING: Final = Contribution()


class Own(Protocol):
    """What the stages below have in common with anyone's."""

    @property
    def name(self) -> str:
        """Stable identifier."""

    def contribute(self, facts: Facts, lines: Sequence[DraftLine]) -> Contribution:
        """Return what the stage adds."""


@dataclass(frozen=True, slots=True)
class PartOfSale:
    """Posts so many thousandths of the sale, rounded down to cents, between two accounts."""

    name: str
    thousandths: int
    debit: str
    credit: str

    def contribute(self, facts: Facts, lines: Sequence[DraftLine]) -> Contribution:
        """Return two lines, or nothing if the part is less than a cent."""
        assert facts.sale_amount is not None, "the schema declares it"
        units = int(facts.sale_amount.scaleb(2)) * self.thousandths // 1000
        if not units:
            return NOTHING
        amount = units * CENT
        return Contribution(
            lines=(
                AddedLine(side=Side.DEBIT, account=self.debit, amount=amount),
                AddedLine(side=Side.CREDIT, account=self.credit, amount=amount),
            )
        )


@dataclass(frozen=True, slots=True)
class SaleLimit:
    """Refuses sales above the limit."""

    name: str = "limit"

    def contribute(self, facts: Facts, lines: Sequence[DraftLine]) -> Contribution:
        """Return a problem where the sale is too large."""
        assert facts.sale_amount is not None, "the schema declares it"
        if facts.sale_amount > LIMIT:
            problem = Problem("business_context.sale_amount", f"is above {LIMIT}")
            return Contribution(problems=(problem,))
        return NOTHING


@dataclass(frozen=True, slots=True)
class Idle:
    """Adds nothing: what its presence costs is what stages cost."""

    name: str

    def contribute(self, facts: Facts, lines: Sequence[DraftLine]) -> Contribution:
        """Return nothing."""
        return NOTHING


POINTS: Final = PartOfSale("points", 10, "points_given", "points_owed")
ROYALTY: Final = PartOfSale("royalty", 25, "royalties", "royalty_owed")
OWN: Final[tuple[Own, ...]] = (POINTS, ROYALTY, SaleLimit())
IDLE: Final[tuple[Own, ...]] = (Idle("first"), Idle("second"), Idle("third"))
