"""One spelling for each meaning: what both forms leave out where it goes without saying."""

from dataclasses import replace
from typing import TypeVar

from hera_engine.dsl import nodes

Value = TypeVar("Value")


def unless_default(value: Value, default: object) -> Value | None:
    """Return a value, or None where it is the one that stands for none."""
    return None if value == default else value


def with_plain_reason(rate: nodes.RateDecl) -> nodes.RateDecl:
    """Return a rate whose reason is written only where nothing else says it."""
    match rate.reason:
        case "reverse_charge":
            return replace(rate, reason=None, reverse_charge=True)
        case "exempt" if rate.percent is None and not rate.reverse_charge:
            return replace(rate, reason=None)
        case _:
            return rate
