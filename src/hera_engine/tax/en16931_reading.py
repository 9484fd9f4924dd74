"""Reads EN 16931 documents from plain JSON values, and reports all that is wrong with them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Final

from hera_engine import limits
from hera_engine.errors import EventError, ProblemList, did_you_mean
from hera_engine.tax.en16931_document import (
    Adjustment,
    CategoryTax,
    Document,
    DocumentLine,
    TaxTotal,
    Totals,
)
from hera_engine.tax.mapping import shown

Record = Adjustment | CategoryTax | Document | DocumentLine | TaxTotal | Totals

_LISTS: Final[Mapping[str, type[Record]]] = MappingProxyType(
    {
        "lines": DocumentLine,
        "adjustments": Adjustment,
        "breakdown": CategoryTax,
        "tax_totals": TaxTotal,
    }
)
"""Fields that hold a list, with what its members are."""


def read_document(data: object) -> Document:
    """Return the document that a mapping describes.

    >>> read_document({"lines": [{"net": "10.00", "category": "Z"}]}).lines[0].net
    Decimal('10.00')

    Args:
        data: A mapping with the fields of `Document`; lists of mappings stand for its tuples,
            numbers are strings, integers or Decimals, and null is as good as absent.

    Raises:
        EventError: E_GUARDRAIL with a problem for each unknown field and faulty value.
    """
    problems = ProblemList()
    document = _Reader(problems).record(Document, data, "")
    problems.raise_if_any()
    assert isinstance(document, Document), "a document that could not be read left a problem"
    return document


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one record after the other, noting what is wrong with each."""

    problems: ProblemList

    def record(self, kind: type[Record], data: object, path: str) -> Record | None:
        """Return a record; None where a problem was noted."""
        before = len(self.problems.found)
        values = self._values(kind, data, path)
        if kind is Adjustment and isinstance(data, Mapping) and values.get("is_charge") is None:
            self.problems.add(_at(path, "is_charge"), "is missing", "send true or false")
        if len(self.problems.found) > before:
            return None
        try:
            return kind(**values)  # type: ignore[arg-type]  # the constructor checks each field
        except EventError as error:
            self.problems.found += [
                problem._replace(path=_at(path, problem.path)) for problem in error.problems
            ]
            return None

    def _values(self, kind: type[Record], data: object, path: str) -> dict[str, object]:
        """Return the fields of a record that it states, its lists read."""
        if not isinstance(data, Mapping) or not all(isinstance(key, str) for key in data):
            self.problems.add(path or "document", "is not an object with text keys")
            return {}
        names = tuple(each.name for each in fields(kind))
        values: dict[str, object] = {}
        for key, content in data.items():
            where = _at(path, shown(key))
            if key not in names:
                hint = did_you_mean(key[: limits.KEY_CHARACTERS], names)
                self.problems.add(where, "is not a known field", hint)
            elif content is not None:
                values[key] = self._value(key, content, where)
        return values

    def _value(self, key: str, content: object, where: str) -> object:
        if key == "totals":
            return self.record(Totals, content, where)
        kind = _LISTS.get(key)
        return content if kind is None else self._members(kind, content, where)

    def _members(self, kind: type[Record], content: object, where: str) -> tuple[object, ...]:
        """Return the members of a list; empty where it is none, or too long."""
        if not isinstance(content, list | tuple):
            self.problems.add(where, "is not a list")
            return ()
        if len(content) > limits.EVENT_ITEMS:
            self.problems.add(
                where, f"has {len(content)} members, at most {limits.EVENT_ITEMS} are allowed",
                limit="EVENT_ITEMS", allowed=limits.EVENT_ITEMS, seen=len(content),
            )  # fmt: skip
            return ()
        return tuple(
            self.record(kind, each, f"{where}[{index}]") for index, each in enumerate(content)
        )


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
