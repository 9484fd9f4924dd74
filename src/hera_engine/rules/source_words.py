"""The words of a schema behind what was posted, found by the places that lines remember.

Enters: the nodes of a schema. Leaves: statements, conditions, named amounts and map rows as they
were written, for an explanation; nothing here is asked while events are posted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hera_engine.dsl import nodes
from hera_engine.dsl.dated import period_of
from hera_engine.dsl.format_expressions import format_expression
from hera_engine.dsl.format_rules import format_exchange, format_let, format_line
from hera_engine.errors import Place
from hera_engine.periods import Period

Chosen = tuple[str, tuple[str | None, ...], Period]
"""A row of a map: the map's name, the keys of the row, and when it is in force."""


@dataclass(frozen=True, slots=True)
class SourceWords:
    """The statements of rules by their places, and the places of the rows of maps."""

    lines: Mapping[Place, tuple[nodes.Rule, nodes.Line]]
    ends: Mapping[Place, str]
    rows: Mapping[Chosen, Place]

    @classmethod
    def of(cls, schema: nodes.Schema, rules: Sequence[nodes.Rule]) -> "SourceWords":
        """Return the words of a schema's rules, its own or the standard ones, and of its maps."""
        ends: dict[Place, str] = {}
        for rule in rules:
            exchange, closing = rule.exchange, rule.closing
            if exchange is not None and exchange.at is not None:
                ends[exchange.at] = format_exchange(exchange)
            if closing is not None and closing.at is not None:
                ends[closing.at] = f"balance to {closing.account.text} within {closing.within}"
        return cls(
            {line.at: (rule, line) for rule in rules for line in rule.lines if line.at},
            ends,
            {
                (decl.name.text, row.keys, period_of(row)): row.at
                for decl in schema.maps
                for row in decl.rows
                if row.at
            },
        )

    def statement(self, place: Place | None) -> str | None:
        """Return the statement at a place."""
        if place is None:
            return None
        found = self.lines.get(place)
        return self.ends.get(place) if found is None else format_line(found[1])

    def condition(self, place: Place | None, depth: int) -> str | None:
        """Return the condition of a line's loop, counted from the outermost, or its own."""
        found = None if place is None else self.lines.get(place)
        if found is None:
            return None
        line = found[1]
        when = line.loops[depth].when if depth < len(line.loops) else line.when
        return None if when is None else format_expression(when)

    def named(self, places: Iterable[Place | None]) -> Mapping[str, str]:
        """Return the named amounts of the rule that holds one of some places, by their names."""
        rules = (
            self.lines[place][0] for place in places if place is not None and place in self.lines
        )
        rule = next(rules, None)
        return {} if rule is None else {let.name.text: format_let(let) for let in rule.lets}

    def row(self, chosen: Chosen) -> Place | None:
        """Return where a row of a map is written."""
        return self.rows.get(chosen)
