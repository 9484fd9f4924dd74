"""What is never below zero in an event that a rule sees, by the signs of terms alone."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from hera_engine.money import AmountError, parse_amount
from hera_engine.rules.expressions import Read, Source
from hera_engine.rules.proof.forms import (
    Amount,
    CellSum,
    Domain,
    Figure,
    Form,
    Opaque,
    Term,
    Total,
)

ITEMS: Final = (Read(Source.FACT, "items"),)
PAYMENTS: Final = (Read(Source.FACT, "payments"),)
KNOWN_POSITIVE: Final = frozenset(
    {"total_amount", "tip_amount", "discount_amount", "fee_amount", "tax_amount", "exchange_rate"}
)
"""Fields that no event has below zero once it is read."""


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs of terms.

    ``own`` are fields of the caller that are taken as never below zero; ``declared`` those that
    its declaration says to be `money`, which no event has below zero.
    """

    own: frozenset[tuple[Domain, Amount]] = frozenset()
    declared: frozenset[tuple[Domain, Read]] = frozenset()

    def is_positive(self, form: Form, domain: Domain) -> bool:
        """Whether a form is never below zero, by the signs of its terms alone."""
        return all(
            value > 0 and self.term_is_positive(term, domain)
            for term, value in form.coefficients.items()
        )

    def term_is_positive(self, term: Term, domain: Domain) -> bool:
        """Whether a term is never below zero; ``domain`` is what the loops around run over."""
        match term:
            case Amount(read, fallback, level):
                if term.day or (fallback is not None and (number_of(fallback.value) or 0) < 0):
                    return False
                if level and domain[:level] == PAYMENTS and read.rest == ("amount",):
                    return True
                if not level and read.name in KNOWN_POSITIVE and read.source is not Source.CONTEXT:
                    return True
                where = domain[: term.level]
                return (where, term) in self.own or (where, read) in self.declared
            case Figure():
                return False
            case Opaque(_, _, positive):
                return positive
            case Total(domain=inner, term=of) | CellSum(domain=inner, term=of):
                return self.term_is_positive(of, inner)
            case _:
                return True


def is_own(term: Amount, domain: Domain) -> bool:
    """Whether the sign of a field is checked only where a proof needs it.

    So it is with the caller's own fields, of the event or of members of collections, and with
    `sale_amount`, which may be worked out from returns. Not with items: those of a return are
    negative.
    """
    if not term.level:
        sale = term.read == Read(Source.FACT, "sale_amount")
        return sale or term.read.source is Source.CONTEXT
    return domain[:1] != ITEMS and (domain[: term.level], term.read.rest) != (PAYMENTS, ("amount",))


def number_of(value: object) -> Fraction | None:
    """Return the number that a literal stands for, or None."""
    if isinstance(value, bool | date) or value is None:
        return None
    try:
        return Fraction(value if isinstance(value, Decimal) else parse_amount(value))
    except AmountError:
        return None
