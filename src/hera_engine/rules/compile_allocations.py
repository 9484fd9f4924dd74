"""Compiles allocations: the lines of one share one plan of it."""

from dataclasses import dataclass, field

from hera_engine.allocation import Leftover
from hera_engine.dsl import nodes
from hera_engine.dsl.format_allocations import format_size
from hera_engine.dsl.format_expressions import format_amount
from hera_engine.dsl.statements import outer_loops
from hera_engine.rules.compile_expressions import NameScope, compile_expression, compile_loops
from hera_engine.rules.expressions import Expression, PlannedAllocation, PlannedAllotment, ShareOf


@dataclass(slots=True)
class AllocationCompiler:
    """The allocations of one rule, each compiled when its first line is met."""

    known: list[tuple[nodes.Allocation, PlannedAllocation]] = field(default_factory=list)

    def amount(self, line: nodes.Line, names: NameScope, inside: NameScope) -> Expression:
        """Return the amount of a line: an expression, or a share of an allocation.

        Args:
            line: The line.
            names: What names mean in its rule.
            inside: What they mean inside its loops.
        """
        amount = line.amount
        if not isinstance(amount, nodes.Allotted):
            return compile_expression(amount, inside)
        # Lines of one statement stand side by side and hold the same node.
        if not self.known or self.known[-1][0] is not amount.allocation:
            planned = self._planned(line, amount.allocation, names, inside)
            self.known.append((amount.allocation, planned))
        return ShareOf(self.known[-1][1], amount.index)

    def _planned(
        self, line: nodes.Line, allocation: nodes.Allocation, names: NameScope, inside: NameScope
    ) -> PlannedAllocation:
        _, outside = compile_loops(outer_loops(line), names)
        over = None if allocation.over is None else compile_loops((allocation.over,), outside)[0][0]
        weight, leftover = allocation.weight, Leftover.of(allocation.leftover)
        shares = _leaves(allocation.allotments) if over is None else 1
        return PlannedAllocation(
            number=len(self.known),
            lines=shares + (leftover is Leftover.APART),
            words=format_amount(allocation.amount),
            amount=compile_expression(allocation.amount, outside),
            allotments=_allotments(allocation.allotments, outside),
            over=over,
            weight=None if weight is None else compile_expression(weight, inside),
            leftover=leftover,
        )


def _leaves(shares: tuple[nodes.Allotment, ...]) -> int:
    """Return how many shares go to a line."""
    return sum(_leaves(share.inside) if share.inside else 1 for share in shares)


def _allotments(
    shares: tuple[nodes.Allotment, ...], names: NameScope
) -> tuple[PlannedAllotment, ...]:
    return tuple(
        PlannedAllotment(
            words=format_size(share),
            part=None if share.part is None else compile_expression(share.part, names),
            amount=None if share.amount is None else compile_expression(share.amount, names),
            cap=None if share.cap is None else compile_expression(share.cap, names),
            inside=_allotments(share.inside, names),
        )
        for share in shares
    )
