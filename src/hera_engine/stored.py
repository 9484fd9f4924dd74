"""Reads transactions and configurations back from the plain values a store keeps of them.

Amounts are read by the one reader of amounts and dates by their one form, so that what a store
has rounded, turned into a float or cut is refused and not believed.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from hera_engine import limits
from hera_engine.frozen import Frozen, FrozenMap
from hera_engine.money import format_amount, parse_amount
from hera_engine.transactions import (
    HEADER_DETAILS,
    LINE_DETAILS,
    Audit,
    Status,
    Transaction,
    TransactionHeader,
    TransactionLine,
)


def transaction_from_dict(data: Mapping[str, object]) -> Transaction:
    """Return the transaction whose plain values `Transaction.to_dict` made.

    Raises:
        ValueError: If the values are not those of a transaction.
    """
    lines = Record(data).records("lines")
    return Transaction(header_from_dict(Record(data).record("header")), tuple(map(_line, lines)))


def header_from_dict(data: Mapping[str, object]) -> TransactionHeader:
    """Return the header whose plain values `TransactionHeader.to_dict` made.

    Raises:
        ValueError: If the values are not those of a header.
    """
    said = Record(data)
    moment = said.text("transaction_date")
    return TransactionHeader(
        id=said.text("id"),
        organization_id=said.text("organization_id"),
        transaction_type=said.text("transaction_type"),
        kernel_type=said.text("kernel_type"),
        transaction_code=said.text("transaction_code"),
        smart_code=said.text("smart_code"),
        status=Status(said.text("transaction_status")),
        transaction_date=date.fromisoformat(moment[:10]),
        transaction_at=datetime.fromisoformat(moment) if "T" in moment else None,
        posting_date=said.day("posting_date"),
        currency=said.text("transaction_currency_code"),
        base_currency=said.text("base_currency_code"),
        exchange_rate=said.text("exchange_rate"),
        total_amount=said.amount("total_amount"),
        external_reference=said.optional("external_reference"),
        business_context=said.tree("business_context"),
        metadata=said.tree("metadata"),
        fiscal_year=said.whole("fiscal_year"),
        fiscal_period=said.whole("fiscal_period"),
        posting_period_code=said.optional("posting_period_code"),
        details=said.some_of(HEADER_DETAILS),
        schema=said.tree("schema"),
        content_hash=said.optional("content_hash"),
        reverses=said.optional("reverses"),
        reversed_by=said.texts("reversed_by"),
        reason=said.optional("reason"),
        audit=Audit(
            created_at=said.moment("created_at"),
            created_by=said.text("created_by"),
            updated_at=said.moment("updated_at"),
            updated_by=said.text("updated_by"),
            version=said.whole("version") or 1,
        ),
    )


def _line(data: Mapping[str, object]) -> TransactionLine:
    said = Record(data)
    return TransactionLine(
        id=said.text("id"),
        number=said.whole("line_number") or 0,
        line_type=said.text("line_type"),
        smart_code=said.optional("smart_code"),
        amount=said.amount("line_amount"),
        description=said.optional("description"),
        quantity=said.amount("quantity"),
        unit_amount=said.amount("unit_amount"),
        discount_amount=said.amount("discount_amount"),
        tax_amount=said.amount("tax_amount"),
        entity_id=said.optional("entity_id"),
        data=said.tree("line_data"),
        details=said.some_of(LINE_DETAILS),
    )


class Record:
    """Plain values by name; each method refuses what is of another kind."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    def text(self, name: str) -> str:
        """Return a string that must be there."""
        found = self.optional(name)
        if found is None:
            raise ValueError(f"`{name}` is not there")
        return found

    def optional(self, name: str) -> str | None:
        """Return a string, or None where there is none."""
        found = self._values.get(name)
        if found is not None and not isinstance(found, str):
            raise ValueError(f"`{name}` is no text")
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of strings; empty where there is none."""
        found = self._values.get(name)
        listed = found if isinstance(found, list | tuple) else ()
        if not all(isinstance(each, str) for each in listed):
            raise ValueError(f"`{name}` is no list of texts")
        return tuple(map(str, listed))

    def amount(self, name: str) -> Decimal:
        """Return an exact number; it stands as a string of digits."""
        return parse_amount(self.text(name))

    def whole(self, name: str) -> int | None:
        """Return a whole number, or None where there is none."""
        found = self._values.get(name)
        if found is None or type(found) is int:
            return found
        raise ValueError(f"`{name}` is no whole number")

    def day(self, name: str) -> date | None:
        """Return a day, or None where there is none."""
        found = self.optional(name)
        return None if found is None else date.fromisoformat(found)

    def moment(self, name: str) -> datetime:
        """Return a moment that must be there."""
        return datetime.fromisoformat(self.text(name))

    def record(self, name: str) -> Mapping[str, object]:
        """Return an object that must be there."""
        found = self._values.get(name)
        if not isinstance(found, Mapping):
            raise ValueError(f"`{name}` is no object")
        return found

    def records(self, name: str) -> tuple[Mapping[str, object], ...]:
        """Return a list of objects; empty where there is none."""
        found = self._values.get(name, ())
        if not isinstance(found, list | tuple) or not all(
            isinstance(each, Mapping) for each in found
        ):
            raise ValueError(f"`{name}` is no list of objects")
        return tuple(found)

    def tree(self, name: str) -> FrozenMap:
        """Return an object as an immutable copy; empty where there is none."""
        found = self._values.get(name)
        if found is None:
            return FrozenMap()
        return frozen_map(self.record(name))

    def some_of(self, names: tuple[str, ...]) -> FrozenMap:
        """Return those of some values that are there."""
        said = {name: _frozen(self._values.get(name)) for name in names}
        return FrozenMap({name: value for name, value in said.items() if value is not None})


def frozen_map(values: Mapping[str, object]) -> FrozenMap:
    """Return an object of JSON values as an immutable copy, Decimals as strings of digits.

    Raises:
        ValueError: If a value is of a kind that JSON without floats does not have.
    """
    return _frozen_map(values, 1)


def _frozen_map(values: Mapping[str, object], depth: int) -> FrozenMap:
    if depth > limits.EXPRESSION_DEPTH:
        raise ValueError(f"a record is nested more than {limits.EXPRESSION_DEPTH} deep")
    return FrozenMap({str(key): _frozen(value, depth + 1) for key, value in values.items()})


def _frozen(value: object, depth: int = 1) -> Frozen:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Decimal):
        return format_amount(value)
    if isinstance(value, Mapping):
        return _frozen_map(value, depth)
    if isinstance(value, list | tuple) and depth <= limits.EXPRESSION_DEPTH:
        return tuple(_frozen(each, depth + 1) for each in value)
    raise ValueError(f"a value is a {type(value).__name__}, which no record holds")
