"""What fields may hold together: as declarations say, and as their defaults do.

Enters: which conditions hold in a combination. Leaves: whether some event has such values, and
what of a field is told by whether it was sent.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from hera_engine.event_shape import ShapeKind
from hera_engine.rules.expressions import Constant, Read, Source
from hera_engine.rules.plan import PlannedField
from hera_engine.rules.proof.forms import Amount, Atom, Domain, Flag, Form, Mapped, TextIs, There
from hera_engine.rules.proof.mapped import maps_agree
from hera_engine.rules.proof.signs import ITEMS, number_of

NUMBERS: Final = frozenset({ShapeKind.MONEY, ShapeKind.SIGNED_MONEY, ShapeKind.NUMBER})
_OWN: Final = frozenset({Source.CONTEXT, Source.LOOP})


@dataclass(frozen=True, slots=True)
class Types:
    """What the declarations of a rule's events say of its fields."""

    fields: Mapping[tuple[Domain, Read], PlannedField] = field(default_factory=dict)

    @classmethod
    def of_fields(cls, declared: Iterable[PlannedField]) -> "Types":
        """Return the types of fields, found by their collections and reads."""
        return cls({(each.collections, each.read): each for each in declared})

    def of(self, domain: Domain, read: Read) -> PlannedField | None:
        """Return what is declared of a field of the event or of a collection's members."""
        return self.fields.get((domain, read))

    def is_there(self, domain: Domain, read: Read) -> bool:
        """Whether every event, or member, has a field."""
        told = self.of(domain, read)
        return told is not None and told.there

    def is_number(self, domain: Domain, read: Read) -> bool:
        """Whether a field of the caller holds an exact number, however it was sent."""
        told = self.of(domain, read)
        return told is not None and told.kind in NUMBERS and domain[:1] != ITEMS

    @property
    def positive(self) -> frozenset[tuple[Domain, Read]]:
        """The fields that no event has below zero; items may be returns."""
        return frozenset(
            key for key, told in self.fields.items()
            if told.kind is ShapeKind.MONEY and key[0][:1] != ITEMS and told.read.source in _OWN
        )  # fmt: skip

    def texts(self, domain: Domain, read: Read, fallback: Constant | None) -> tuple[str, ...]:
        """Return the texts that a field may be, as a condition sees it; none where any may be."""
        told = self.of(domain, read)
        if told is None or told.kind is not ShapeKind.CHOICE:
            return ()
        if told.there or fallback is None:
            return told.choices
        return (*told.choices, fallback.value) if isinstance(fallback.value, str) else ()


# --- what agrees ---------------------------------------------------------------------------


def values_agree(truth: Mapping[Atom, bool], types: Types) -> bool:
    """Whether some event has fields such as the conditions say, and maps have rows for them."""
    return _flags_agree(truth) and _texts_agree(truth, types) and maps_agree(truth, types.texts)


def _flags_agree(truth: Mapping[Atom, bool]) -> bool:
    """Whether a truth for which the rule says several defaults is what it was sent as, or each."""
    seen: dict[tuple[Domain, Read], bool] = {}
    for atom, holds in truth.items():
        meaning = atom.meaning
        if not isinstance(meaning, Flag):
            continue
        sent = truth.get(Atom(There(meaning.read), atom.domain))
        if sent and seen.setdefault((atom.domain, meaning.read), holds) is not holds:
            return False
        fallback = None if meaning.fallback is None else meaning.fallback.value
        if sent is False and isinstance(fallback, bool) and fallback is not holds:
            return False
    return True


def _texts_agree(truth: Mapping[Atom, bool], types: Types) -> bool:
    """Whether no field is two texts at once, one that it cannot be, or none of its choices."""
    seen: dict[tuple[object, ...], str] = {}
    denied: dict[tuple[Domain, Read | Mapped, Constant | None], set[str]] = {}
    for atom, holds in truth.items():
        meaning = atom.meaning
        if not isinstance(meaning, TextIs):
            continue
        read, text, fallback = meaning.read, meaning.text, meaning.fallback
        sent = None if isinstance(read, Mapped) else truth.get(Atom(There(read), atom.domain))
        if sent is False and fallback is not None:
            if isinstance(fallback.value, str) and holds is not (text == fallback.value):
                return False
            continue
        # What was sent is the same whichever default a condition says.
        key = (atom.domain, read, None if sent else fallback)
        if not holds:
            denied.setdefault(key, set()).add(text)
            continue
        other = seen.setdefault(key, text)
        if text != other and (isinstance(read, Mapped) or not _may_be_both(other, text)):
            return False
        known = _known(key, types)
        if known and text not in known:
            return False
    for key, texts in denied.items():
        known = _known(key, types)
        if (known and texts.issuperset(known)) or seen.get(key) in texts:
            return False
    return True


def _known(key: tuple[Domain, Read | Mapped, Constant | None], types: Types) -> tuple[str, ...]:
    """Return the texts that a field may be; none where any may be."""
    domain, read, fallback = key
    return () if isinstance(read, Mapped) else types.texts(domain, read, fallback)


def _may_be_both(first: str, second: str) -> bool:
    """Whether a field may equal both texts: a number is compared with either by its value."""
    number = number_of(first)
    return first == second or (number is not None and number == number_of(second))


# --- defaults ------------------------------------------------------------------------------


def sent_or_not(
    fallbacks: Mapping[tuple[Domain, Read], Iterable[Constant]], atom: Atom, *, holds: bool
) -> Iterator[Form]:
    """Yield what is zero where a field with several defaults was sent, or was not.

    Sent, it is the same whichever default is said; not sent, it is each of them.
    """
    if not isinstance(atom.meaning, There):
        return
    read, level = atom.meaning.read, len(atom.domain)
    known = tuple(fallbacks.get((atom.domain, read), ()))
    for each in known:
        day = isinstance(each.value, date)
        if not day and not isinstance(each.value, Decimal):
            continue
        term = Form.of(Amount(read, each, level, day))
        value = each.value.toordinal() if isinstance(each.value, date) else Fraction(each.value)
        sent = Form.of(Amount(read, None, level, day))
        yield term.plus(sent if holds else Form.constant(value), -1)
