"""Reads the lines of a document; a line of a journal needs a side, an account and an amount.

A line of a journal may also be written as accountants do, with ``gl_account_code`` and ``debit``
or ``credit`` in place of ``line_data`` and ``line_amount`` (`hera_engine.ledger.columns`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from hera_engine import limits
from hera_engine.accounts import Account, Chart, Side
from hera_engine.configuration import ReversalStyle
from hera_engine.errors import HeraError
from hera_engine.frozen import Frozen, FrozenMap
from hera_engine.ledger.columns import COLUMNS, ColumnReader
from hera_engine.ledger.desk import Desk
from hera_engine.ledger.document_fields import UNCONFIRMED, FieldReader
from hera_engine.ledger.named_accounts import meant, names_of, no_entries
from hera_engine.money import (
    ZERO,
    AmountError,
    currency_exponent,
    exact_negate,
    format_amount,
    parse_amount,
)
from hera_engine.transactions import (
    DEFAULT_LEDGER,
    LINE_DETAILS,
    TransactionHeader,
    TransactionLine,
)

LINE_FIELDS: Final = (
    "line_number", "line_type", "description", "quantity", "unit_amount", "line_amount",
    "discount_amount", "tax_amount", "entity_id", "smart_code", "line_data", *LINE_DETAILS,
)  # fmt: skip
DEFAULT_TYPE: Final = "item"
"""The type of a line that says none and is not written in columns."""


@dataclass(frozen=True, slots=True)
class LineReader:
    """Reads the lines of one document."""

    fields: FieldReader
    header: TransactionHeader
    chart: Chart
    style: ReversalStyle
    desk: Desk

    def line(self, sent: object, place: int) -> TransactionLine:
        """Return a line, with neutral values where a problem was noted."""
        fields, path = self.fields, f"lines[{place}]"
        if not isinstance(sent, Mapping):
            fields.problems.add(path, "is not an object")
            sent = {}
        fields.refuse_unknown(sent, (*LINE_FIELDS, *COLUMNS), path)
        number = fields.whole(sent, "line_number", path, limits.JOURNAL_LINES) or place + 1
        said = ColumnReader(fields).placed(sent, path, number)
        line = TransactionLine(
            id=self.desk.new_id(),
            number=number,
            line_type=fields.word(said, "line_type", path) or DEFAULT_TYPE,
            smart_code=self._code(said, path),
            description=fields.text(said, "description", path),
            quantity=fields.figure(said, "quantity", path, Decimal(1)),
            unit_amount=fields.figure(said, "unit_amount", path),
            discount_amount=fields.figure(said, "discount_amount", path),
            tax_amount=fields.figure(said, "tax_amount", path),
            amount=fields.figure(said, "line_amount", path),
            entity_id=fields.word(said, "entity_id", path),
            data=fields.stored(said, "line_data", path),
            details=FrozenMap({**UNCONFIRMED, **fields.some_of(said, LINE_DETAILS, path)}),
        )
        return self._of_journal(line, path) if line.is_gl else line

    def _code(self, said: Mapping[str, object], path: str) -> str | None:
        value = said.get("smart_code")
        return None if value is None else self.fields.smart_code(value, f"{path}.smart_code")

    def _of_journal(self, line: TransactionLine, path: str) -> TransactionLine:
        """Return a line with side, ledger, currency and account said in its data."""
        inside = f"{path}.line_data"
        ledger = self.fields.word(line.data, "ledger", inside) or DEFAULT_LEDGER
        currency = self.fields.word(line.data, "currency", inside) or self.header.currency
        side = line.side or Side.DEBIT  # without one a problem is noted
        amount = self._money(line.amount, currency, f"{path}.line_amount")
        line_type = line.line_type
        known: dict[str, Frozen] = {}
        if self.style is ReversalStyle.MIRROR:
            base = _base_of(line)
            if amount < 0 or (not amount and base is not None and base < 0):
                if line_type == side.word:
                    line_type = side.opposite.word
                side, amount = side.opposite, exact_negate(amount)
                if base is not None:
                    known["base_amount"] = format_amount(exact_negate(base))
        account = self._account(line, path)
        known |= {"side": side.value, "ledger": ledger, "currency": currency}
        if account is not None:
            known["account_code"] = account.code
        return replace(
            line,
            line_type=line_type,
            amount=amount,
            entity_id=line.entity_id if account is None else account.id,
            data=FrozenMap({**line.data, **known}),
        )

    def _money(self, amount: Decimal, currency: str, path: str) -> Decimal:
        """Return an amount with the decimals of its currency."""
        try:
            exponent = currency_exponent(currency)
        except HeraError as error:
            self.fields.problems.add(path, error.message, error.hint)
            return ZERO
        where, _, name = path.rpartition(".")
        return self.fields.money({name: amount}, name, exponent, path=where) or ZERO

    def _account(self, line: TransactionLine, path: str) -> Account | None:
        """Return the account that a line means; None if it is not there or the line has an id only.

        All that a line names it by must name the same (`hera_engine.ledger.named_accounts`).
        """
        problems = self.fields.problems
        for name in ("account_code", "account"):
            word = line.data.get(name)
            if word is not None and (not isinstance(word, str) or not word):
                problems.add(path, "names its account by what is no text")
                return None
        names = names_of(line)
        if not names:
            hint = "send gl_account_code, line_data.account or entity_id"
            problems.add(path, "names no account", hint)
            return None
        found = meant(names, self.chart)
        problem = no_entries(found.account, names[found.first], path) if len(self.chart) else None
        if problem is not None:
            problems.found.append(problem)
        for place in found.against:
            message = f"names another account than {found.first}"
            problems.add(f"{path}.{place}", message, "send one of the two")
        return found.account


def _base_of(line: TransactionLine) -> Decimal | None:
    """Return the base amount that a line states; None also for what is none, refused later."""
    try:
        said = line.data.get("base_amount")
        return None if said is None else parse_amount(said)
    except AmountError:
        return None
