"""``balance to ACCOUNT within AMOUNT``: the named, bounded line that takes what is left over.

Enters: the unmerged lines of a rule. Leaves: one more line for each ledger in which they do not
balance, on the side that makes them, or E_UNBALANCED where more is left over than the rule allows.
"""

from decimal import Decimal
from fractions import Fraction

from hera_engine.accounts import Side
from hera_engine.journal import Imbalance, imbalances, unbalanced
from hera_engine.money import exact_subtract
from hera_engine.rules.dimensions import line_dimensions
from hera_engine.rules.drafts import DraftLine, LineEvidence, Observer
from hera_engine.rules.lines import RULE_ORDER
from hera_engine.rules.plan import PlannedClosing, PlannedRule
from hera_engine.rules.scope import Scope


def closing_lines(
    rule: PlannedRule, lines: tuple[DraftLine, ...], scope: Scope, observer: Observer | None
) -> tuple[DraftLine, ...]:
    """Return the lines that a rule's closing adds to the others; none where they balance.

    It takes what is left over in the event's currency; others balance by themselves.

    Raises:
        PostingRejected: E_UNBALANCED with the sums of each ledger that is off by more than the
            bound.
    """
    if rule.closing is None:
        return ()
    currency = scope.facts.currency
    found = imbalances(
        (line.ledger, currency, line.side, line.amount)
        for line in lines
        if line.worth is None or line.worth.currency == currency
    )
    closing = rule.closing
    beyond = [each for each in found if _left_over(each).copy_abs() > closing.within]
    if beyond:
        context = {"rule": rule.name, "account": closing.account.key}
        raise unbalanced(beyond, context=context)
    order = 1 + max((line.number for line in rule.lines), default=0)
    made = tuple(_line(closing, each, order, scope) for each in found)
    if observer is not None:
        for line in made:
            observer.made(line, LineEvidence(computed=Fraction(line.amount)))
        observer.ended()
    return made


def _left_over(imbalance: Imbalance) -> Decimal:
    """Return debits less credits."""
    return exact_subtract(imbalance.debits, imbalance.credits)


def _line(closing: PlannedClosing, imbalance: Imbalance, order: int, scope: Scope) -> DraftLine:
    """Return the line that makes one ledger balance."""
    account = closing.account.by_ledger[imbalance.ledger]
    left = _left_over(imbalance)
    dimensions, _ = line_dimensions(account, scope.facts, (), {})
    return DraftLine(
        ledger=imbalance.ledger,
        side=Side.CREDIT if left > 0 else Side.DEBIT,
        account=account,
        amount=left.copy_abs(),
        dimensions=dimensions,
        tax=None,
        payment_reference=None,
        order=(RULE_ORDER, order),
        origin=closing.origin,
    )
