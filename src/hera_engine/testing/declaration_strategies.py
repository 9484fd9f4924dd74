"""Hypothesis strategies for event declarations: sound ones, with every type and nesting."""

from decimal import Decimal
from typing import Final

from hypothesis import strategies as st

from hera_engine.dsl import nodes
from hera_engine.event_shape import ShapeKind
from hera_engine.testing.tax_strategies import decimals

_PATTERNS: Final = (
    nodes.EventPattern("HERA.CRM.**"),
    nodes.EventPattern("HERA.CRM.GIFT.V1"),
    nodes.EventPattern(r"^HERA\.CRM\.", regex=True),
)
"""Events that no generated rule posts, so that a closed declaration hides no field from one."""

_names = st.from_regex(r"own_[a-z0-9_]{1,6}|[a-z]{1,3} [a-z]|map|money|given", fullmatch=True)
_choices = st.lists(st.sampled_from(("service", "product", 'a "b"', "")), min_size=1, unique=True)
_texts = st.sampled_from(("", "x", 'say "so"'))
_days = st.dates()


def declarations() -> st.SearchStrategy[nodes.EventDecl]:
    """Return declarations of events: known fields narrowed, own fields of every type, equations."""
    amounts = (nodes.Field(("total_amount",)), nodes.Number(Decimal("1.50")))
    equations = st.builds(
        nodes.Given, left=st.sampled_from(amounts), right=st.sampled_from(amounts)
    )
    return st.builds(
        nodes.EventDecl,
        on=st.sampled_from(_PATTERNS),
        open=st.booleans(),
        fields=st.tuples(_known, _fields(depth=2)).map(lambda parts: (*parts[0], *parts[1])),
        givens=st.lists(equations, max_size=2).map(tuple),
    )


def _simple(word: ShapeKind) -> nodes.FieldType:
    return nodes.FieldType(word=word)


_KNOWN: Final = tuple(
    nodes.FieldDecl(name=nodes.Name(name), type=kind)
    for name, kind in (
        ("total_amount", _simple(ShapeKind.MONEY)),
        ("currency", nodes.FieldType(word=ShapeKind.CHOICE, choices=("USD", "JPY"))),
        ("tip_amount", _simple(ShapeKind.MONEY)),
        ("tax_inclusive", _simple(ShapeKind.TRUTH)),
    )
)
_known = st.lists(st.sampled_from(_KNOWN), unique=True)


def _fields(*, depth: int) -> st.SearchStrategy[tuple[nodes.FieldDecl, ...]]:
    """Return fields with different names; records nest ``depth`` deep."""
    fields = _field(depth)
    return st.lists(fields, max_size=4, unique_by=lambda field: field.name.text).map(tuple)


@st.composite
def _field(draw: st.DrawFn, depth: int) -> nodes.FieldDecl:
    """Return one field: required, optional, or with a default of its type."""
    kind = draw(_types(depth))
    preset = None
    if kind.word not in {ShapeKind.LIST, ShapeKind.RECORD} and draw(st.booleans()):
        preset = draw(_presets(kind))
    optional = preset is None and draw(st.booleans())
    name = nodes.Name(draw(_names))
    return nodes.FieldDecl(name=name, type=kind, optional=optional, preset=preset)


def _types(depth: int) -> st.SearchStrategy[nodes.FieldType]:
    """Return any type; a list or record holds others."""
    words = (
        ShapeKind.MONEY, ShapeKind.SIGNED_MONEY, ShapeKind.NUMBER,
        ShapeKind.TEXT, ShapeKind.DATE, ShapeKind.TRUTH,
    )  # fmt: skip
    choice = _choices.map(
        lambda found: nodes.FieldType(word=ShapeKind.CHOICE, choices=tuple(found))
    )
    single = st.sampled_from(words).map(_simple) | choice
    if not depth:
        return single
    record = st.builds(
        nodes.FieldType,
        word=st.just(ShapeKind.RECORD),
        fields=_fields(depth=depth - 1),
        open=st.booleans(),
    )
    several = (single | record).map(
        lambda member: nodes.FieldType(word=ShapeKind.LIST, member=member)
    )
    return single | record | several


def _presets(
    kind: nodes.FieldType,
) -> st.SearchStrategy[nodes.Number | nodes.Text | nodes.Date | nodes.Truth]:
    """Return defaults of a type without braces."""
    match kind.word:
        case ShapeKind.TEXT:
            return _texts.map(nodes.Text)
        case ShapeKind.CHOICE:
            return st.sampled_from(kind.choices).map(nodes.Text)
        case ShapeKind.DATE:
            return _days.map(nodes.Date)
        case ShapeKind.TRUTH:
            return st.booleans().map(nodes.Truth)
        case ShapeKind.MONEY:
            return decimals(0, 100, 0).map(nodes.Number)
        case _:
            return decimals(-100, 100, 0).map(nodes.Number)
