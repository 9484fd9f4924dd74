"""The rows of the table: what is compared with what, and what is asked of the ratio."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Sense(StrEnum):
    """On which side of the limit a ratio should be."""

    AT_MOST = "<="
    AT_LEAST = ">="


@dataclass(frozen=True, slots=True)
class Target:
    """One figure of the table.

    Attributes:
        row: Its place in the table of targets; a letter behind the number is a figure beside it.
        above: The variant whose time (or size) is divided.
        below: The variant that it is divided by; empty for a size that stands by itself.
        sense: Whether less is better.
        aim: What we want, or None.
        gate: What must hold, or None where the figure is only reported.
        meaning: What the ratio says, in words.
        unit: Behind the figure; a ratio has ``×``.
    """

    row: str
    above: str
    below: str
    sense: Sense
    aim: float | None
    gate: float | None
    meaning: str
    unit: str = "×"  # noqa: RUF001 - times

    @property
    def name(self) -> str:
        """What a record calls the figure."""
        return f"{self.above} : {self.below}" if self.below else self.above

    def verdict(self, value: float) -> str:
        """Return how a figure stands to aim and gate."""
        if self.gate is None and self.aim is None:
            return "reported"
        if self.aim is not None and self._holds(value, self.aim):
            return "within the aim"
        if self.gate is None:
            return "reported"
        return "within the gate" if self._holds(value, self.gate) else "beyond the gate"

    def asked(self, limit: float | None) -> str:
        """Return an aim or a gate as the table shows it."""
        return "-" if limit is None else f"{self.sense} {limit:g}"

    def _holds(self, value: float, limit: float) -> bool:
        return value <= limit if self.sense is Sense.AT_MOST else value >= limit


_LESS: Final = Sense.AT_MOST
_MORE: Final = Sense.AT_LEAST

TARGETS: Final = (
    Target("1", "sale/engine", "sale/floor", _LESS, 1.20, 1.35,
           "the engine against the function written by hand for the sale"),
    Target("2", "cart/engine", "cart/floor", _LESS, 1.10, 1.25,
           "the same for a cart of 20 items"),
    Target("2a", "invoice/engine", "invoice/floor", _LESS, None, None,
           "the same for an invoice of 1000 items"),
    Target("2b", "books/engine", "books/floor", _LESS, None, None,
           "the same for two ledgers with an exchange rate"),
    Target("2c", "staged/engine", "staged/floor", _LESS, None, None,
           "the same for a sale with three own stages"),
    Target("3", "sale/typical", "sale/engine", _MORE, 4.5, 3.5,
           "typical pydantic service code against the engine, sale"),
    Target("3a", "cart/typical", "cart/engine", _MORE, 3.2, 2.5,
           "typical pydantic service code against the engine, cart"),
    Target("4", "sale/interpreted", "sale/compiled", _MORE, 2.0, 1.7,
           "our interpreter against our generated code, sale"),
    Target("4a", "cart/interpreted", "cart/compiled", _MORE, None, None,
           "our interpreter against our generated code, cart"),
    Target("5", "sale/beancount load", "sale/engine", _MORE, 30, 20,
           "beancount reads, books and validates text; no tax, no split: amounts are given"),
    Target("5a", "cart/beancount load", "cart/engine", _MORE, 9, 6,
           "the same for the 12 lines of a cart"),
    Target("6", "sale/beancount book", "sale/engine", _MORE, 16, 12,
           "beancount books and validates what was read before; amounts are given"),
    Target("7", "sale/rule-engine", "sale/engine", _MORE, 6, 4,
           "rule-engine evaluates three expressions (tax, net, total): no validation, no lines"),
    Target("7a", "sale/cel-python", "sale/engine", _MORE, 200, 100,
           "cel-python evaluates three expressions: no validation, no lines"),
    Target("8", "sale/engine", "sale/zen-engine", _LESS, 1.1, 1.4,
           "the engine against zen-engine's three compiled expressions (Rust): floats, no lines"),
    Target("8a", "sale/py-moneyed", "sale/engine", _MORE, None, None,
           "py-moneyed does the arithmetic of the sale: no validation, no split, no lines"),
    Target("9", "sale/numscript", "sale/engine", _MORE, 3, None,
           "Numscript (Go) runs a parsed script: no tax rounding, no dimensions, no validation"),
    Target("10", "sale/floor", "sale/floor without provenance", _LESS, 1.02, 1.05,
           "a pointer per line to the words it comes from, against none, in hand-written code"),
    Target("11", "sale/engine with idle stages", "sale/engine", _LESS, 1.10, 1.15,
           "three own stages that do nothing, against none"),
    Target("11a", "sale/engine", "sale/engine without stages", _LESS, 1.02, 1.05,
           "no stage registered, against an engine that knows no stages"),
    Target("12", "rules/many", "rules/few", _LESS, 1.03, 1.10,
           "10,000 rules against 10, every second one a pattern"),
    Target("13", "items/10000", "items/1000", _LESS, 1.2, 1.4,
           "an item of a cart of 10,000 against one of a cart of 1000"),
    Target("13a", "items/1000", "items/100", _LESS, 1.0, 1.1,
           "an item of a cart of 1000 against one of a cart of 100"),
    Target("14", "sale/engine from JSON", "sale/engine", _LESS, 1.5, 1.7,
           "JSON bytes to an entry, against a dict to an entry"),
    Target("14a", "sale/engine to JSON", "sale/engine", _LESS, None, None,
           "a dict to an entry to JSON, against a dict to an entry"),
    Target("15", "kept/one by one", "kept/simulate_many", _MORE, 2.2, 1.6,
           "keeping all entries of a plain loop, against those of simulate_many"),
    Target("16", "bytes/engine", "", _LESS, 1200, 1400,
           "memory of one kept entry of four lines", " bytes"),
    Target("16a", "bytes/typical", "bytes/engine", _MORE, 4.4, 3.8,
           "memory of an entry of typical pydantic code, against ours"),
    Target("17", "sale/refused amount", "sale/engine", _LESS, 1.5, 4.0,
           "an event refused for an amount, every problem listed, against one accepted"),
    Target("17a", "sale/refused total", "sale/engine", _LESS, 1.5, 4.0,
           "an event refused because it does not balance, against one accepted"),
    Target("18", "first post/second schema", "first post/first schema", _LESS, 0.02, 0.1,
           "what a first event costs more than later ones: second schema of a shape, by the first"),
    Target("18a", "schemas/many", "schemas/one", _LESS, None, None,
           "posting by 100 schemas of one shape in turn, against one schema"),
    Target("18b", "compile/sale", "", _LESS, None, None,
           "the sale's schema from text to engine", " ms"),
    Target("18c", "compile/rule of many", "", _LESS, None, None,
           "a rule of a schema of 10,000 rules from text to engine", " ms"),
    Target("19", "import/hera_engine", "import/pydantic", _LESS, 1.25, 1.4,
           "importing hera_engine against importing pydantic, in fresh interpreters"),
    Target("19a", "import/the engine", "import/a model", _LESS, None, None,
           "importing PostingEngine against importing pydantic's BaseModel, in fresh interpreters"),
    Target("20", "shards/one process", "shards/two processes", _MORE, 1.8, None,
           "a file of events to a file of entries: one process against two with half each"),
)  # fmt: skip
"""In the order of the table. Rows with a number alone are those of the target table."""
