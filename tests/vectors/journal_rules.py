"""What cases with journals declare, and what our rules demand of them; `own_rules` names the rules.

A journal is compared by role: amounts in the document's currency, and in the company's.
"""

from collections.abc import Mapping
from fractions import Fraction

from hera_engine.money import round_money
from tests.vectors.cases import Case, Json, differences

COUNTERPARTS = frozenset({"receivable", "payable"})


def posts_nothing(case: Case) -> bool:
    """Whether a case expects a line of nothing."""
    return any(_is_nothing(row) for row in _journal(case))


def leaves_nothing_out_but_zeros(case: Case, answer: Mapping[str, object]) -> bool:
    """Whether an answer has every expected line but those of nothing."""
    rows = [row for row in _journal(case) if not _is_nothing(row)]
    return not differences({**case.expected, "journal": rows}, answer)


def rounds_to_the_tax(case: Case) -> bool:
    """Whether a case puts what rounding to coins adds on a line beside the tax."""
    return case.inputs.get("cash_strategy") == "biggest_tax"


def rounds_the_tax_itself(case: Case, answer: Mapping[str, object]) -> bool:
    """Whether an answer has the two expected lines of the largest tax as one."""
    rows: dict[str, Fraction] = {}
    for row in _journal(case):
        role = row["role"].removesuffix("_rounding")
        rows[role] = rows.get(role, Fraction()) + Fraction(row["amount"])
    expected = [{"role": role, "amount": str(amount)} for role, amount in rows.items()]
    return not differences({"journal": expected}, answer)


def taxes_in_base(case: Case) -> bool:
    """Whether a case works out the tax in base currency, instead of converting it."""
    return "converting the ROUNDED document tax" in str(case.verify.get("rule"))


def converts_each_line(case: Case, answer: Mapping[str, object]) -> bool:
    """Whether the document's amounts are the expected ones, and each line is converted by itself.

    The counterpart takes what rounding leaves over.
    """
    rate = Fraction(case.inputs["foreign_per_base"])
    step = case.inputs["base_step"]
    rows = {row["role"]: Fraction(row["amount"]) for row in _journal(case)}
    due = {
        role: Fraction(round_money(amount / rate, step=step))
        for role, amount in rows.items()
        if role not in COUNTERPARTS
    }
    rest = -sum(due.values())
    expected = [
        {"role": role, "amount": str(amount), "base_amount": str(due.get(role, rest))}
        for role, amount in rows.items()
    ]
    return not differences({"journal": expected}, answer)


def debits_the_discount(case: Case) -> bool:
    """Whether a case debits the base of a discount that an invoice foresees."""
    return any(
        row["role"] == "discount_base" and Fraction(row["amount"]) > 0 for row in _journal(case)
    )


def credits_the_discount(case: Case, answer: Mapping[str, object]) -> bool:
    """Whether the two lines of the discount have changed sides, and all else is as expected."""
    rows = [
        {**row, "amount": str(-Fraction(row["amount"]))}
        if row["role"].startswith("discount_")
        else row
        for row in _journal(case)
    ]
    return not differences({"journal": rows}, answer)


def _journal(case: Case) -> list[Json]:
    journal: list[Json] = case.expected.get("journal", [])
    return journal


def _is_nothing(row: Mapping[str, Json]) -> bool:
    figures = [Fraction(row[key]) for key in ("amount", "base_amount") if key in row]
    return not any(figures)
