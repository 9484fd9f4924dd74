"""Checks of what a posting line says of currencies: its own, its base amount and its rate."""

from collections.abc import Iterable, Iterator

from hera_engine import faults
from hera_engine.dsl import nodes
from hera_engine.dsl.check_expressions import check_amount, check_value
from hera_engine.dsl.names import TAX_FUNCTIONS, Scope, ValueKind, walk
from hera_engine.errors import Diagnostic, HeraError, Place, diagnose
from hera_engine.money import currency_exponent


def check_currency(
    line: nodes.Line, scope: Scope, lets: Iterable[nodes.Let]
) -> Iterator[Diagnostic]:
    """Yield the faults of a line's currency, base amount and rate; ``lets`` are its rule's."""
    if line.currency is not None:
        yield from _check_code(line.currency, scope)
        yield from _check_amount_of(line, scope, lets)
    if line.base is not None:
        yield from check_amount(line.base, scope)
        if _is_tax(line.amount):
            reason = "a line of taxes posts an amount for each of them"
            yield _misplaced("base", line.base, reason, "give the rate: `at …`")
    if line.rate is not None:
        yield from check_value(line.rate, scope, wanted=ValueKind.NUMBER)
    if line.base is not None and line.rate is not None:
        reason = "a line has a base amount or a rate, not both"
        yield _misplaced("at", line.rate, reason, "keep one of `base` and `at`")


def _check_code(currency: nodes.Expression, scope: Scope) -> Iterator[Diagnostic]:
    """Yield the faults of a currency: a field, or the code of a currency there is."""
    if not isinstance(currency, nodes.Field | nodes.Text):
        found = "an expression"
        yield diagnose(faults.WRONG_KIND, currency.at, expected="a currency", found=found)
        return
    yield from check_value(currency, scope, wanted=ValueKind.TEXT)
    if isinstance(currency, nodes.Text):
        yield from check_currency_code(currency.value, currency.at)


def check_currency_code(code: str, at: Place | None) -> Iterator[Diagnostic]:
    """Yield a fault if a text is not the code of a currency."""
    try:
        currency_exponent(code)
    except HeraError as error:
        found = f'"{code}"'
        yield diagnose(
            faults.WRONG_KIND, at, suggestion=error.hint, expected="a currency", found=found
        )


def _check_amount_of(
    line: nodes.Line, scope: Scope, lets: Iterable[nodes.Let]
) -> Iterator[Diagnostic]:
    """Yield a fault if an amount in another currency is made of what items cost."""
    for part in _parts(line.amount, scope, lets):
        if isinstance(part, nodes.Call) and part.function.text in TAX_FUNCTIONS:
            name = part.function.text
            reason = f"`{name}(…)` is in the event's currency"
            hint = "post it without a currency of its own"
            yield _misplaced("currency", line.currency, reason, hint)
            return


def _parts(
    amount: nodes.Expression, scope: Scope, lets: Iterable[nodes.Let]
) -> Iterator[nodes.Expression]:
    """Yield every part of an amount, and of the `let` names that it is made of."""
    named = {let.name.text: let.value for let in lets}
    for variable in scope.loops:
        named.pop(variable.variable.text, None)
    waiting = [amount]
    while waiting:
        for part in walk(waiting.pop()):
            yield part
            if isinstance(part, nodes.Field) and part.path[0] in named:
                waiting.append(named.pop(part.path[0]))


def _is_tax(amount: nodes.Expression) -> bool:
    """Whether an amount is exactly a tax, or what is withheld: it posts a line for each."""
    return isinstance(amount, nodes.Call) and amount.function.text in {"tax", "withheld"}


def _misplaced(word: str, part: nodes.Expression | None, reason: str, hint: str) -> Diagnostic:
    """Return the fault of a word behind a line that cannot stand there."""
    place = None if part is None else part.at
    return diagnose(faults.BAD_LAYOUT, place, suggestion=hint, what=f"`{word}`", reason=reason)
