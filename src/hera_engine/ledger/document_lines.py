"""Reads the lines of a document; a line of a journal needs a side, an account and an amount.

A line of a journal may also be written as accountants do, with ``gl_account_code`` and ``debit``
or ``credit`` in place of ``line_data`` and ``line_amount``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from hera_engine import limits
from hera_engine.accounts import Account, Chart, Side
from hera_engine.configuration import ReversalStyle
from hera_engine.errors import HeraError, Problem
from hera_engine.frozen import Frozen, FrozenMap
from hera_engine.ledger.desk import Desk
from hera_engine.ledger.document_fields import UNCONFIRMED, FieldReader
from hera_engine.ledger.entering import no_entries
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

LINE_CODE: Final = "HERA.FIN.GL.LINE.ACCOUNT.V1"
"""The smart code of a line that is written in columns and says none."""
LINE_FIELDS: Final = (
    "line_number", "line_type", "description", "quantity", "unit_amount", "line_amount",
    "discount_amount", "tax_amount", "entity_id", "smart_code", "line_data", *LINE_DETAILS,
)  # fmt: skip
COLUMNS: Final = ("gl_account_code", "debit", "credit", "side", "memo", "ledger", "currency")
"""What a line of a journal may say in place of ``line_data`` and ``line_amount``."""
_IN_COLUMNS: Final = frozenset({"gl_account_code", "debit", "credit", "side"})


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
        said: Mapping[str, object] = sent if isinstance(sent, Mapping) else {}
        if not isinstance(sent, Mapping):
            fields.problems.add(path, "is not an object")
        fields.refuse_unknown(said, (*LINE_FIELDS, *COLUMNS), path)
        in_columns = not _IN_COLUMNS.isdisjoint(said)
        line = TransactionLine(
            id=self.desk.new_id(),
            number=fields.whole(said, "line_number", path, limits.JOURNAL_LINES) or place + 1,
            line_type=fields.word(said, "line_type", path) or ("gl" if in_columns else "item"),
            smart_code=self._code(said, path, in_columns=in_columns),
            description=fields.text(said, "description", path) or fields.text(said, "memo", path),
            quantity=fields.figure(said, "quantity", path, Decimal(1)),
            unit_amount=fields.figure(said, "unit_amount", path),
            discount_amount=fields.figure(said, "discount_amount", path),
            tax_amount=fields.figure(said, "tax_amount", path),
            amount=fields.figure(said, "line_amount", path),
            entity_id=fields.word(said, "entity_id", path),
            data=fields.stored(said, "line_data", path),
            details=FrozenMap({**UNCONFIRMED, **fields.some_of(said, LINE_DETAILS, path)}),
        )
        if line.is_gl:
            return self._of_journal(line, said, path)
        for name in sorted(_IN_COLUMNS.intersection(said)):
            message = "stands on a line whose smart code is not of a journal"
            fields.problems.add(f"{path}.{name}", message, f"send {LINE_CODE}, or none")
        return line

    def _code(self, said: Mapping[str, object], path: str, *, in_columns: bool) -> str | None:
        value = said.get("smart_code")
        if value is None:
            return LINE_CODE if in_columns else None
        return self.fields.smart_code(value, f"{path}.smart_code")

    def _of_journal(
        self, line: TransactionLine, said: Mapping[str, object], path: str
    ) -> TransactionLine:
        """Return a line with side, ledger, currency and account said in its data."""
        ledger = self._word(line, said, "ledger", path) or DEFAULT_LEDGER
        currency = self._word(line, said, "currency", path) or self.header.currency
        side, amount = self._side_and_amount(line, said, path)
        amount = self._money(amount, currency, f"{path}.line_amount")
        known: dict[str, Frozen] = {}
        if self.style is ReversalStyle.MIRROR:
            base = _base_of(line)
            if amount < 0 or (not amount and base is not None and base < 0):
                side, amount = side.opposite, exact_negate(amount)
                if base is not None:
                    known["base_amount"] = format_amount(exact_negate(base))
        account = self._account(line, said, path)
        known |= {"side": side.value, "ledger": ledger, "currency": currency}
        if account is not None:
            known["account_code"] = account.code
        return replace(
            line,
            amount=amount,
            entity_id=line.entity_id if account is None else account.id,
            data=FrozenMap({**line.data, **known}),
        )

    def _word(
        self, line: TransactionLine, said: Mapping[str, object], name: str, path: str
    ) -> str | None:
        """Return a word that a line says in its data or beside it."""
        inside = self.fields.word(line.data, name, f"{path}.line_data")
        return inside or self.fields.word(said, name, path)

    def _side_and_amount(
        self, line: TransactionLine, said: Mapping[str, object], path: str
    ) -> tuple[Side, Decimal]:
        """Return side and amount, said in columns or in a side of its own."""
        debit = self.fields.figure(said, "debit", path)
        credit = self.fields.figure(said, "credit", path)
        if debit and credit:
            message = "has both a debit and a credit; a line is one-sided"
            self.fields.problems.add(path, message, "send two lines")
        word = line.data.get("side") or said.get("side")
        if debit or credit:
            column = (Side.DEBIT, debit) if debit else (Side.CREDIT, credit)
            other_side = isinstance(word, str) and word.upper() != column[0].value
            if other_side or line.amount not in {ZERO, column[1]}:
                message = "says side and amount twice, and not the same"
                self.fields.problems.add(path, message, "send debit or credit alone")
            return column
        word = word or _SIDES.get(line.line_type)
        side = word.upper() if isinstance(word, str) else ""
        if side in {each.value for each in Side}:
            return Side(side), line.amount
        if "debit" in said or "credit" in said:
            return Side.DEBIT, line.amount
        number = line.number
        message = f"line {number} needs line_data.side = DR|CR"
        details = (("kernel_code", "GL_LINE_SIDE_REQUIRED"),)
        hint = "say the side of each line of a journal"
        self.fields.problems.found.append(
            Problem(f"{path}.line_data.side", message, hint, details=details)
        )
        return Side.DEBIT, line.amount

    def _money(self, amount: Decimal, currency: str, path: str) -> Decimal:
        """Return an amount with the decimals of its currency."""
        try:
            exponent = currency_exponent(currency)
        except HeraError as error:
            self.fields.problems.add(path, error.message, error.hint)
            return ZERO
        where, _, name = path.rpartition(".")
        return self.fields.money({name: amount}, name, exponent, path=where) or ZERO

    def _account(
        self, line: TransactionLine, said: Mapping[str, object], path: str
    ) -> Account | None:
        """Return the account of the chart that a line names; None without a chart."""
        code: object = self.fields.word(said, "gl_account_code", path)
        code = code or line.data.get("account_code")
        code = code or (None if line.entity_id else line.data.get("account"))
        if code is None and line.entity_id is None:
            hint = "send gl_account_code, line_data.account or entity_id"
            self.fields.problems.add(path, "names no account", hint)
            return None
        if not isinstance(code, str | None):
            self.fields.problems.add(path, "names its account by what is no text")
            return None
        if not len(self.chart):
            return None if code is None else Account(line.entity_id or code, code)
        named = self.chart.find(None, code) or self.chart.find(code, None)
        account = named if code is not None else self.chart.find(line.entity_id, None)
        problem = no_entries(account, code or line.entity_id or "", path)
        if problem is not None:
            self.fields.problems.found.append(problem)
        return account


def _base_of(line: TransactionLine) -> Decimal | None:
    """Return the base amount that a line states; None also for what is none, refused later."""
    try:
        said = line.data.get("base_amount")
        return None if said is None else parse_amount(said)
    except AmountError:
        return None


_SIDES: Final[Mapping[str, str]] = MappingProxyType({"debit": "DR", "credit": "CR"})
"""Types of lines that say the side themselves."""
