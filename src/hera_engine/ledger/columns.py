"""Lines as accountants write them: what stands in columns is put where a line keeps it.

A line of a journal may say ``gl_account_code`` and ``debit`` or ``credit`` in place of
``line_data`` and ``line_amount``. What is said in several places must be the same in all of them,
and null says nothing, so that no value ever silently wins over another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from hera_engine.accounts import Side
from hera_engine.errors import Problem
from hera_engine.ledger.document_fields import FieldReader
from hera_engine.money import AmountError, parse_amount
from hera_engine.transactions import is_journal_code

LINE_CODE: Final = "HERA.FIN.GL.LINE.ACCOUNT.V1"
"""The smart code of a line that is written in columns and says none."""
COLUMNS: Final = ("gl_account_code", "debit", "credit", "side", "memo", "ledger", "currency")
"""What a line of a journal may say in place of ``line_data`` and ``line_amount``."""
_OF_JOURNALS: Final = frozenset({"gl_account_code", "debit", "credit", "side"})
"""The columns that make a line without a smart code one of a journal."""
_WORDS: Final = MappingProxyType(
    {"gl_account_code": "account_code", "ledger": "ledger", "currency": "currency"}
)
"""Columns of words, and where ``line_data`` keeps them."""
_TYPES: Final[Mapping[object, Side]] = MappingProxyType({each.word: each for each in Side})
"""Types of lines that say the side themselves, in any case of letters."""


@dataclass(frozen=True, slots=True)
class ColumnReader:
    """Puts the columns of lines in their place."""

    fields: FieldReader

    def placed(self, sent: Mapping[str, object], path: str, number: object) -> dict[str, object]:
        """Return the fields of a line that say something, without columns.

        A line of a journal says its side, ``DR`` or ``CR``, in its data, unless a problem was
        noted; a type that says the side too is written in lower case.

        Args:
            sent: The line as sent.
            path: Where it stands, for the problems.
            number: What the line is called in problems.
        """
        said = {name: value for name, value in sent.items() if value is not None}
        columns: dict[str, object] = {name: said.pop(name) for name in COLUMNS if name in said}
        memo = self.fields.text(columns, "memo", path)
        if memo is not None:
            self.fields.put(said, "description", memo, f"{path}.memo", "description")
        if not _OF_JOURNALS.isdisjoint(columns):
            said.setdefault("smart_code", LINE_CODE)
            said.setdefault("line_type", "gl")
        if is_journal_code(said.get("smart_code")):
            self._place(said, columns, path, number)
            return said
        for name in sorted(columns.keys() - {"memo"}):
            message = "stands on a line whose smart code is not of a journal"
            hint = f"leave it out, or send the smart code {LINE_CODE}"
            self.fields.problems.add(f"{path}.{name}", message, hint)
        return said

    def _place(
        self, said: dict[str, object], columns: Mapping[str, object], path: str, number: object
    ) -> None:
        """Put the columns of a line of a journal in their place."""
        found = said.get("line_data", {})
        if not isinstance(found, Mapping):
            return  # what reads the field refuses it
        data = dict(found)
        for name, inside in _WORDS.items():
            word = self.fields.word(columns, name, path)
            if word is not None:
                self.fields.put(data, inside, word, f"{path}.{name}", f"line_data.{inside}")
        amounts = {
            side: self.fields.number(columns[side.word], f"{path}.{side.word}")
            for side in Side
            if side.word in columns
        }
        line_type = said.get("line_type")
        if isinstance(line_type, str) and line_type.lower() in _TYPES:
            said["line_type"] = line_type = line_type.lower()
        side = self._side(data, columns, line_type, amounts, path)
        data.pop("side", None)
        if side is None:
            is_column = _is_odd(columns.get("side"))
            self._refuse_no_side(f"{path}.{'' if is_column else 'line_data.'}side", number)
        else:
            data["side"] = side.value
            self._amount(said, side, amounts, path)
        said["line_data"] = data

    def _side(
        self,
        data: Mapping[str, object],
        columns: Mapping[str, object],
        line_type: object,
        amounts: Mapping[Side, Decimal | None],
        path: str,
    ) -> Side | None:
        """Return the side of a line, which every place that says one agrees on; None without.

        A column of zero says a side only where nothing else does: alone it is its own, and two
        are a debit of nothing.
        """
        words = {"side": columns.get("side"), "line_data.side": data.get("side")}
        stated = {place: _side_of(word) for place, word in words.items() if word is not None}
        if None in stated.values():
            return None
        if isinstance(line_type, str) and line_type in _TYPES:
            stated["line_type"] = _TYPES[line_type]
        for side, amount in amounts.items():
            if amount:
                stated[side.word] = side
        sides = set(stated.values())
        if len(sides) > 1:
            message = f"says its side in {_listed(stated)}, and not the same"
            if {"debit", "credit"} <= stated.keys():
                message = "has both a debit and a credit; a line is one-sided"
            self.fields.problems.add(path, message, "say it once; two sides are two lines")
        if sides:
            return next(iter(stated.values()))
        if len(amounts) == 1:
            return next(iter(amounts))
        return Side.DEBIT if amounts and data.get("base_amount") is None else None

    def _refuse_no_side(self, path: str, number: object) -> None:
        """Note, in the orchestrator's words, that a line says no side, or one that is none."""
        message = f"line {number} needs line_data.side = DR|CR"
        details = (("kernel_code", "GL_LINE_SIDE_REQUIRED"),)
        hint = "say the side of each line of a journal"
        self.fields.problems.found.append(Problem(path, message, hint, details=details))

    def _amount(
        self,
        said: dict[str, object],
        side: Side,
        amounts: Mapping[Side, Decimal | None],
        path: str,
    ) -> None:
        """Put the amount of a column in its place; what stands there already must be the same."""
        amount = amounts.get(side)
        if amount is None:
            return
        if not _is_amount(said.setdefault("line_amount", amount), amount):
            message = f"says its amount in {side.word} and line_amount, and not the same"
            self.fields.problems.add(path, message, f"send {side.word} alone")


def _side_of(word: object) -> Side | None:
    """Return the side that a word names in any case of letters, or None."""
    upper = word.upper() if isinstance(word, str) else None
    return next((side for side in Side if side.value == upper), None)


def _is_odd(word: object) -> bool:
    """Whether a word is there and says no side."""
    return word is not None and _side_of(word) is None


def _is_amount(stated: object, amount: Decimal) -> bool:
    """Whether a value says an amount; also True for what is no amount, which is refused as such."""
    try:
        return parse_amount(stated) == amount
    except AmountError:
        return True


def _listed(places: Mapping[str, object]) -> str:
    """Return the names of places as a sentence lists them."""
    *most, last = places
    return f"{', '.join(most)} and {last}"
