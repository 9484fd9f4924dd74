"""What a line is worth: its currency, its base amount or its rate, where it has its own.

Enters: a planned line that says one of them, and the scope of one round of its loops. Leaves: a
scope that counts in the minor unit of the line's currency, and the `Worth` of its amount.
"""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from hera_engine.allocation import allocate_units
from hera_engine.errors import HeraError, Problem
from hera_engine.exchange_rates import RateError, RateTable
from hera_engine.facts import Facts
from hera_engine.money import currency_exponent
from hera_engine.rules.amounts import Amount
from hera_engine.rules.drafts import Worth
from hera_engine.rules.evaluate import number, plain
from hera_engine.rules.exact import EventFault, Exact
from hera_engine.rules.expressions import Expression
from hera_engine.rules.plan import PlannedLine
from hera_engine.rules.scope import Scope, path_of, text_of
from hera_engine.rules.whole import whole_units

NO_RATE_HINT = "send it, say `at` or `base` behind the line, or give the engine exchange rates"


class Converter(NamedTuple):
    """Tells the worth of the lines of one event.

    ``allowed`` lists the currencies that the schema allows; none listed means all.
    """

    facts: Facts
    allowed: frozenset[str]
    rates: RateTable | None

    def counting(self, line: PlannedLine, scope: Scope) -> Scope:
        """Return a scope in the currency of a line: amounts and `round(…)` are in its unit.

        Raises:
            EventFault: If the line names no currency there is, or one that is not allowed.
        """
        if line.currency is None:
            return scope
        code, path = plain(line.currency, scope), path_of(line.currency, scope)
        if not isinstance(code, str):
            raise EventFault(Problem(path, "is not a currency", "send an ISO 4217 code"))
        try:
            exponent = currency_exponent(code)
        except HeraError as error:
            raise EventFault(Problem(path, error.message, error.hint)) from None
        if self.allowed and code not in self.allowed:
            hint = f"use {', '.join(sorted(self.allowed))}"
            raise EventFault(Problem(path, f"{code} is not allowed by the schema", hint))
        return _in_unit(scope, code, exponent)

    def with_worth(self, line: PlannedLine, amount: Amount, scope: Scope) -> Amount:
        """Return an amount of a line with what it is worth, unless the event's rate says it.

        Args:
            line: The line, with a currency, base amount or rate of its own.
            amount: Its amount, in the currency that ``scope`` counts in.
            scope: What `counting` returned for the line.

        Raises:
            EventFault: Without a rate, for a rate that is not above zero or not 1 between equal
                currencies, and for a base amount that is broken or of another sign.
        """
        code, exponent = scope.facts.currency, scope.facts.exponent
        if line.base is not None:
            worth = Worth(code, exponent, base=self._base(line.base, amount, scope))
        elif code == self.facts.currency and line.rate is None:
            return amount
        elif not amount.units:
            return amount  # what is nothing posts nothing, whatever its rate
        elif line.rate is not None:
            rate = self._rate(line.rate, code, scope)
            worth = Worth(code, exponent, rate=Fraction(rate), source=text_of(rate))
        elif code == self.facts.base_currency:
            worth = Worth(code, exponent, rate=Fraction(1), source="1")
        else:
            worth = self._from_table(line, scope)
        return amount._replace(worth=worth)

    def _base(self, stated: Expression, amount: Amount, scope: Scope) -> int:
        """Return a stated base amount in minor units, with the sign of the line's amount."""
        facts, path = self.facts, path_of(stated, scope)
        in_base = _in_unit(scope, facts.base_currency, facts.base_exponent)
        exact = number(stated, in_base)
        what = "base amount"
        units = whole_units(exact, stated, in_base, what=what, whole=f"the line's {what}")
        if units * amount.units < 0:
            message = "the line's base amount has another sign than its amount"
            raise EventFault(Problem(path, message, "state both with one sign"))
        same = scope.facts.currency == facts.base_currency
        if same and units != amount.units:
            message = "the line is in base currency, and its base amount is not its amount"
            raise EventFault(Problem(path, message, "leave the base amount out"))
        return units

    def _rate(self, stated: Expression, code: str, scope: Scope) -> Exact:
        """Return a stated rate: no amount, so it is never turned with a negative event."""
        as_sent = replace(scope, facts=replace(scope.facts, negative=False))
        rate, path = number(stated, as_sent), path_of(stated, scope)
        if rate <= 0:
            raise EventFault(Problem(path, "is not above zero", "send a positive rate"))
        if code == self.facts.base_currency and rate != 1:
            message = "is not 1, but the line is in base currency"
            raise EventFault(Problem(path, message, "leave the rate out"))
        return rate

    def _from_table(self, line: PlannedLine, scope: Scope) -> Worth:
        """Return the worth of a currency by the table, on the accounting date."""
        code, base = scope.facts.currency, self.facts.base_currency
        path = "" if line.currency is None else path_of(line.currency, scope)
        if self.rates is None:
            message = f"no exchange rate from {code} to {base}"
            raise EventFault(Problem(path, message, NO_RATE_HINT))
        try:
            applied = self.rates.rate(code, base, self.facts.accounting_date)
        except RateError as error:
            raise EventFault(Problem(path, error.message, NO_RATE_HINT, error.code)) from None
        return Worth(code, scope.facts.exponent, rate=applied.rate, source=str(applied))


def portioned(amount: Amount, portions: Sequence[int]) -> tuple[Worth | None, ...]:
    """Return the worth of each portion of an amount; a stated base amount is spread alike.

    Args:
        amount: The whole.
        portions: Its portions in minor units; of the base amount where the amount is zero.
    """
    worth = amount.worth
    if worth is None or worth.base is None:
        return (worth,) * len(portions)
    shares = allocate_units(abs(worth.base), portions) if amount.units else portions
    return tuple(replace(worth, base=share) for share in shares)


def _in_unit(scope: Scope, currency: str, exponent: int) -> Scope:
    """Return a scope that counts in another currency."""
    return replace(scope, facts=replace(scope.facts, currency=currency, exponent=exponent))
