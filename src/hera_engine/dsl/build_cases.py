"""Phrases of worked examples, and of tables of them, to syntax nodes."""

from decimal import Decimal
from types import MappingProxyType
from typing import Final

from hera_engine.dsl import nodes
from hera_engine.dsl.build_expressions import Reading, bare, day, name, number, string
from hera_engine.dsl.build_rules import tags
from hera_engine.dsl.phrases import Phrase, Word
from hera_engine.errors import Pointer


def case(reading: Reading, phrase: Phrase, pointer: Pointer) -> nodes.Case:
    """Return the node of a worked example."""
    reading.anchor(pointer.path, phrase, braces=True)
    expect = phrase.phrase("expect")
    expected = _Expected(reading, pointer)
    if expect is not None:
        expected.read(expect)
    like, code = _like_on(reading, phrase)
    return nodes.Case(
        title=string(reading, phrase.needed("STRING")),
        on=code,
        like=like,
        event=_event(reading, phrase, pointer),
        expect=tuple(expected.lines),
        totals=tuple(expected.totals),
        warnings=tuple(expected.warnings),
        error=expected.error,
        expect_at=None if expect is None else expect.at,
        at=phrase.at,
    )


def _like_on(reading: Reading, phrase: Phrase) -> tuple[str | None, str | None]:
    """Return the title of the case that another is like, and its own smart code."""
    like, concerns = phrase.phrase("like"), phrase.phrase("concerns")
    base = None if like is None else string(reading, like.needed("STRING"))
    if concerns is None:
        return base, None
    word = concerns.needed("SMART", "STRING")
    return base, string(reading, word) if word.kind == "STRING" else word.text


def _event(reading: Reading, phrase: Phrase, pointer: Pointer) -> tuple[nodes.CaseField, ...]:
    event = phrase.phrase("event")
    if event is None:
        return ()
    reading.anchor(pointer.child("event").path, event)
    return _record(reading, event.inner("record"))


class _Expected:
    """What a case expects, while it is read."""

    __slots__ = ("_pointer", "_reading", "error", "lines", "totals", "warnings")

    def __init__(self, reading: Reading, pointer: Pointer) -> None:
        self._reading, self._pointer = reading, pointer
        self.lines: list[nodes.ExpectedLine] = []
        self.totals: list[nodes.ExpectedTotal] = []
        self.warnings: list[nodes.ExpectedWarning] = []
        self.error: str | None = None

    def read(self, phrase: Phrase) -> None:
        """Add the parts of an ``expect`` phrase."""
        code = phrase.word("ERROR_CODE")
        anchor = self._pointer.child("expect").path
        self._reading.anchor(anchor, phrase, braces=code is None)
        if code is not None:
            self.error = code.text
        for part in phrase.phrases():
            match part.kind:
                case "expected":
                    self._line(part)
                case "total":
                    self._total(part)
                case _:
                    self._warning(part)

    def _anchor(self, key: str, index: int, phrase: Phrase) -> None:
        self._reading.anchor(self._pointer.child(key).child(index).path, phrase)

    def _line(self, phrase: Phrase) -> None:
        self._anchor("expect", len(self.lines), phrase)
        account, *ledger = phrase.words("NAME")
        self.lines.append(
            nodes.ExpectedLine(
                side=nodes.SideWord(phrase.needed("SIDE").text),
                account=name(account),
                amount=_amount(self._reading, phrase),
                currency=_currency(self._reading, phrase),
                base=_base(self._reading, phrase),
                dimensions=_tags(self._reading, phrase),
                ledger=name(ledger[0]) if ledger else None,
                at=phrase.at,
            )
        )

    def _total(self, phrase: Phrase) -> None:
        self._anchor("totals", len(self.totals), phrase)
        account, ledger = _account_ledger(phrase)
        self.totals.append(
            nodes.ExpectedTotal(
                side=nodes.SideWord(phrase.needed("SIDE").text),
                account=account,
                amount=_amount(self._reading, phrase),
                currency=_currency(self._reading, phrase),
                base=_base(self._reading, phrase),
                dimensions=_tags(self._reading, phrase),
                ledger=ledger,
                at=phrase.at,
            )
        )

    def _warning(self, phrase: Phrase) -> None:
        self._anchor("warnings", len(self.warnings), phrase)
        code = string(self._reading, phrase.needed("STRING"))
        self.warnings.append(nodes.ExpectedWarning(code=code, at=phrase.at))


def _amount(reading: Reading, phrase: Phrase) -> Decimal | None:
    word = phrase.word("NUMBER")
    return None if word is None else number(reading, word)


def _currency(reading: Reading, phrase: Phrase) -> str | None:
    named = phrase.phrase("in_currency")
    return None if named is None else string(reading, named.needed("STRING"))


def _base(reading: Reading, phrase: Phrase) -> Decimal | None:
    worth = phrase.phrase("in_base")
    return None if worth is None else _amount(reading, worth)


def _tags(reading: Reading, phrase: Phrase) -> tuple[tuple[str, str], ...]:
    tagged = phrase.phrase("tags")
    return () if tagged is None else tags(reading, tagged)


def _account_ledger(phrase: Phrase) -> tuple[nodes.Name | None, nodes.Name | None]:
    """Return the account of a total, None for a star, and its ledger."""
    found: list[nodes.Name | None] = [name(word) for word in phrase.words("NAME")]
    if phrase.word("STAR") is not None:
        found.insert(0, None)
    return found[0], found[1] if len(found) > 1 else None


# --- tables ----------------------------------------------------------------------------------


def table(reading: Reading, phrase: Phrase, pointer: Pointer) -> nodes.CaseTable:
    """Return the node of a table of worked examples."""
    reading.anchor(pointer.path, phrase, braces=True)
    columns = phrase.inner("columns")
    reading.anchor(pointer.child("columns").path, columns)
    inputs = tuple(
        _key(reading, word) for word in _words(phrase.inner("inputs")) if word.kind != "COMMA"
    )
    read = tuple(_column(reading, part) for part in columns.phrases())
    rows = []
    for index, part in enumerate(each for each in phrase.phrases() if each.kind == "table_row"):
        reading.anchor(pointer.child("rows").child(index).path, part)
        rows.append(_row(reading, part))
    like, code = _like_on(reading, phrase)
    return nodes.CaseTable(
        title=string(reading, phrase.needed("STRING")),
        on=code,
        like=like,
        event=_event(reading, phrase, pointer),
        inputs=inputs,
        columns=read,
        rows=tuple(rows),
        at=phrase.at,
    )


def _words(phrase: Phrase) -> tuple[Word, ...]:
    return tuple(part for part in phrase.parts if isinstance(part, Word))


def _column(reading: Reading, phrase: Phrase) -> nodes.CaseColumn:
    account, ledger = _account_ledger(phrase)
    return nodes.CaseColumn(
        side=nodes.SideWord(phrase.needed("SIDE").text),
        account=account,
        total=phrase.word("TOTAL") is not None,
        currency=_currency(reading, phrase),
        base=phrase.word("BASE") is not None,
        dimensions=_tags(reading, phrase),
        ledger=ledger,
        at=phrase.at,
    )


def _row(reading: Reading, phrase: Phrase) -> nodes.CaseRow:
    """Return one row of a table, with as many values and figures as it has."""
    arrow = next(
        index
        for index, part in enumerate(phrase.parts)
        if isinstance(part, Word) and part.text == "->"
    )
    values = tuple(_value(reading, part) for part in phrase.parts[2:arrow] if not _is_comma(part))
    figures = [part for part in phrase.parts[arrow + 1 :] if isinstance(part, Word)]
    amounts = tuple(number(reading, word) for word in figures if word.kind == "NUMBER")
    error = phrase.word("ERROR_CODE")
    return nodes.CaseRow(
        title=string(reading, phrase.needed("STRING")),
        values=values,
        amounts=amounts,
        error=None if error is None else error.text,
        at=phrase.at,
    )


def _is_comma(part: Word | Phrase) -> bool:
    return isinstance(part, Word) and part.kind == "COMMA"


# --- events ----------------------------------------------------------------------------------


def _record(reading: Reading, phrase: Phrase) -> tuple[nodes.CaseField, ...]:
    """Return the fields of an event record."""
    return tuple(_entry(reading, part) for part in phrase.phrases())


def _key(reading: Reading, word: Word) -> str:
    return string(reading, word) if word.kind == "STRING" else bare(word)


def _entry(reading: Reading, phrase: Phrase) -> nodes.CaseField:
    key, value = phrase.parts[0], phrase.parts[2]
    assert isinstance(key, Word), "the grammar begins an entry with its key"
    return nodes.CaseField(name=_key(reading, key), value=_value(reading, value), at=phrase.at)


_CONSTANTS: Final = MappingProxyType({"TRUE": True, "FALSE": False, "NULL": None})


def _value(reading: Reading, part: Word | Phrase) -> nodes.CaseValue:
    """Return one value of an event record."""
    match part:
        case Phrase(kind="record"):
            return _record(reading, part)
        case Phrase(kind="list"):
            return tuple(
                _value(reading, item)
                for item in part.parts
                if isinstance(item, Phrase) or item.kind not in {"LSQB", "RSQB", "COMMA"}
            )
        case Phrase():
            return number(reading, part.needed("NUMBER"), negative=True)
        case Word(kind="STRING"):
            return string(reading, part)
        case Word(kind="NUMBER"):
            return number(reading, part)
        case Word(kind="DATE"):
            return day(reading, part)
        case _:
            return _CONSTANTS[part.kind]
