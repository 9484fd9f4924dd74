"""Phrases of event declarations to syntax nodes."""

from datetime import date

from hera_engine.dsl import nodes
from hera_engine.dsl.build_expressions import (
    Reading,
    bare,
    day,
    events,
    name,
    number,
    string,
)
from hera_engine.dsl.build_rules import equation
from hera_engine.dsl.phrases import Phrase
from hera_engine.errors import Pointer, Span
from hera_engine.event_shape import ShapeKind


def declaration(reading: Reading, phrase: Phrase, pointer: Pointer) -> nodes.EventDecl:
    """Return the node of ``event PATTERN { … }``; its parts keep their places in ``reading``."""
    reading.anchor(pointer.path, phrase, braces=True)
    givens: list[nodes.Given] = []
    for part in phrase.phrases():
        if part.kind == "invariant":
            reading.anchor(pointer.child("given").child(len(givens)).path, part)
            givens.append(equation(reading, part.inner("equation")))
    return nodes.EventDecl(
        on=events(reading, phrase.inner("events")),
        open=phrase.word("OPEN") is not None,
        fields=_fields(reading, phrase, pointer),
        givens=tuple(givens),
        at=phrase.at,
    )


def _fields(reading: Reading, phrase: Phrase, pointer: Pointer) -> tuple[nodes.FieldDecl, ...]:
    """Return the fields that stand directly in a phrase."""
    inside = pointer.child("fields")
    return tuple(
        _field(reading, part, inside.child(bare(part.needed("NAME"))))
        for part in phrase.phrases()
        if part.kind == "field"
    )


def _field(reading: Reading, phrase: Phrase, pointer: Pointer) -> nodes.FieldDecl:
    record = _record_of(phrase)
    reading.anchor(pointer.path, phrase, braces=record is not None)
    preset = phrase.phrase("preset")
    return nodes.FieldDecl(
        name=name(phrase.needed("NAME")),
        type=_type(reading, phrase, pointer),
        optional=phrase.word("OPTIONAL") is not None,
        preset=None if preset is None else _preset(reading, preset),
        at=phrase.at,
    )


def _record_of(phrase: Phrase) -> Phrase | None:
    """Return the braces of a field that is a record or a list of records."""
    listed = phrase.phrase("listed")
    return (phrase if listed is None else listed).phrase("fields")


def _type(reading: Reading, phrase: Phrase, pointer: Pointer) -> nodes.FieldType:
    """Return the type that stands in the phrase of a field, or of a list for its members."""
    listed, fields = phrase.phrase("listed"), phrase.phrase("fields")
    if listed is not None:
        member = _type(reading, listed, pointer.child("list_of"))
        return nodes.FieldType(word=ShapeKind.LIST, member=member, at=listed.at)
    if fields is not None:
        return nodes.FieldType(
            word=ShapeKind.RECORD,
            fields=_fields(reading, fields, pointer),
            open=fields.word("OPEN") is not None,
            at=fields.at,
        )
    kind = phrase.inner("kind")
    choices = tuple(string(reading, word) for word in kind.words("STRING"))
    return nodes.FieldType(word=_word(kind), choices=choices, at=kind.at)


def _word(kind: Phrase) -> ShapeKind:
    """Return which of the types without braces a phrase names."""
    if kind.word("ONE") is not None:
        return ShapeKind.CHOICE
    if kind.word("SIGNED") is not None:
        return ShapeKind.SIGNED_MONEY
    return ShapeKind(kind.needed("MONEY", "PLAIN").text)


def _preset(
    reading: Reading, phrase: Phrase
) -> nodes.Number | nodes.Text | nodes.Date | nodes.Truth:
    """Return the literal that a field takes where it is not sent."""
    word = phrase.needed("NUMBER", "STRING", "DATE", "TRUE", "FALSE")
    match word.kind:
        case "NUMBER":
            minus = phrase.word("MINUS")
            start = word.at if minus is None else minus.at
            at = Span(start.line, start.column, word.at.end_line, word.at.end_column)
            return nodes.Number(number(reading, word, negative=minus is not None), at=at)
        case "STRING":
            return nodes.Text(string(reading, word), at=word.at)
        case "DATE":
            # A date that is none was noted as a fault; any date stands for it.
            return nodes.Date(day(reading, word) or date.min, at=word.at)
        case _:
            return nodes.Truth(word.kind == "TRUE", at=word.at)
