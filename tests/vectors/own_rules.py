"""The rules of ours that contradict a case's, each with its reason; rule_texts says them in words.

A rule is chosen by what the case declares about itself (its peer's rule, its inputs, its error),
never by its id, and excuses an answer only if that answer obeys the rule of ours.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from hera_engine import limits
from tests.vectors.asked import asked
from tests.vectors.cases import Case, Unordered, Whole, differences, number
from tests.vectors.exact_documents import (
    breaks_rule,
    exact_invoice,
    exact_purchase,
    rounded_taxes,
)
from tests.vectors.journal_rules import (
    converts_each_line,
    credits_the_discount,
    debits_the_discount,
    leaves_nothing_out_but_zeros,
    posts_nothing,
    rounds_the_tax_itself,
    rounds_to_the_tax,
    taxes_in_base,
)


@dataclass(frozen=True, slots=True)
class OwnRule:
    """One rule of ours.

    Attributes:
        name: What the runner prints, and the docs explain.
        kinds: Kinds of cases it concerns.
        contradicts: Whether a case is evidence for another rule.
        obeyed: Whether an answer is what our rule demands.
    """

    name: str
    kinds: frozenset[str]
    contradicts: Callable[[Case], bool]
    obeyed: Callable[[Case, Mapping[str, object]], bool]


def rule_for(case: Case, answer: object) -> OwnRule | None:
    """Return the rule of ours that explains why an answer differs from a case, if any does."""
    if not isinstance(answer, Mapping):
        return None
    for rule in OWN_RULES:
        if case.kind in rule.kinds and rule.contradicts(case) and rule.obeyed(case, answer):
            return rule
    return None


# --- what cases declare --------------------------------------------------------------------


def _tolerates(case: Case) -> bool:
    return (number(case.inputs.get("tolerance")) or 0) > 0


def _source_errs(case: Case) -> bool:
    return case.verify.get("reproduced") is False


def _first_may_weigh_nothing(case: Case) -> bool:
    weights = _weights(case)
    return case.peer_rule in ("first", "last") and 0 in weights and any(weights)


def _weighs_nothing(case: Case) -> bool:
    weights = _weights(case)
    return bool(weights) and not any(weights) and not _expects_error(case)


def _expects_error(case: Case) -> bool:
    return "error" in case.expected


def _expects(error: str) -> Callable[[Case], bool]:
    return lambda case: case.expected.get("error") == error


def _policy_is_not_ours(case: Case) -> bool:
    negative = int(case.inputs["amount_minor"]) < 0
    if case.peer_rule == "largest_remainder_floor":
        return negative
    return case.peer_rule in ("sequential_from_last", "half_even_rest_to_last", "block_separate")


def _posts_nothing(case: Case) -> bool:
    return "postings" in case.expected and not case.expected["postings"]


def _weights(case: Case) -> tuple[Fraction, ...]:
    return tuple(map(Fraction, case.inputs["ratios"]))


def _repeat_without_id(case: Case) -> bool:
    known = "transaction_id" in (case.inputs.get("context") or {})
    return case.inputs["code"] == "E_IDEMPOTENT" and not known


def _capital_version(case: Case) -> bool:
    version = str(case.inputs["code"]).rpartition(".")[2]
    return version[:1] == "V" and version[1:].isdecimal()


def _weighs_by_gross(case: Case) -> bool:
    return "gross" in str(case.inputs.get("basis"))


def _sells_nothing(case: Case) -> bool:
    return not case.inputs["items"]


def _weighs_less_than_nothing(case: Case) -> bool:
    return any(weight < 0 for weight in _weights(case)) and not _expects_error(case)


def _has_too_many_digits(case: Case) -> bool:
    return abs(Fraction(case.inputs["value"])) >= 10**limits.AMOUNT_INTEGER_DIGITS


def _is_of_rule(name: str) -> Callable[[Case], bool]:
    return lambda case: str(case.verify.get("rule")).startswith(name)


def _not_reproduced(case: Case) -> bool:
    return case.verify.get("reproduced") is not True


# --- what our rules demand -----------------------------------------------------------------


def _is(key: str, value: object) -> Callable[[Case, Mapping[str, object]], bool]:
    return lambda _, answer: answer.get(key) == value


def _names_limit(case: Case, answer: Mapping[str, object]) -> bool:
    details = answer.get("details")
    return isinstance(details, Mapping) and details.get("limit") == "AMOUNT_INTEGER_DIGITS"


def _keeps_the_tips(case: Case, answer: Mapping[str, object]) -> bool:
    shares = answer.get("by_staff")
    if not isinstance(shares, Whole):
        return False
    return sum(map(Fraction, map(str, shares.record.values()))) == Fraction(case.inputs["tips"])


def _is_nearest_step(case: Case, answer: Mapping[str, object]) -> bool:
    """Whether an amount is the nearest number of steps, and the difference tells what was moved."""
    paid, moved = number(answer.get("amount")), number(answer.get("difference"))
    if paid is None or moved is None:
        return False
    step = Fraction(case.inputs["step"])
    nearest = (paid / step).denominator == 1 and abs(moved) <= step / 2
    return nearest and paid - moved == Fraction(case.inputs["amount"])


def _adds_up(case: Case, answer: Mapping[str, object]) -> bool:
    """Whether nothing is lost, and no share without weight receives anything."""
    shares = answer.get("shares_minor")
    if not isinstance(shares, list):
        return False
    rest = answer.get("remainder_minor", 0)
    assert isinstance(rest, int)
    weightless = zip(_weights(case), shares, strict=True)
    whole = sum(shares) + rest == int(case.inputs["amount_minor"])
    return whole and not any(share for weight, share in weightless if not weight)


def _is_exact_invoice(case: Case, answer: Mapping[str, object]) -> bool:
    """Whether the answer is what a second reading of the standard makes of the lines."""
    return not differences(exact_invoice(case), answer)


def _rounds_tax_in_parts(case: Case) -> bool:
    """Whether a journal owes more or less than a purchase whose tax is rounded as a whole."""
    owed = [each["amount"] for each in case.expected["journal"] if each["role"] == "payable"]
    return sum(map(Fraction, owed)) != -exact_purchase(case)


def _splits_the_tax(case: Case, answer: Mapping[str, object]) -> bool:
    """Whether a journal balances, and owes what the purchase comes to."""
    journal = answer.get("journal")
    if not isinstance(journal, Unordered):
        return False
    lines = [each for each in journal.members if isinstance(each, Mapping)]
    owed = [each["amount"] for each in lines if each["role"] == "payable"]
    return owed == [-exact_purchase(case)] and not sum(each["amount"] for each in lines)


def _sum(rows: object, key: str) -> Fraction:
    """Return the sum of a figure over rows; what is no figure counts as nothing."""
    listed = rows.members if isinstance(rows, Unordered) else rows
    if not isinstance(listed, list | tuple):
        return Fraction()
    figures = (number(row.get(key)) for row in listed if isinstance(row, Mapping))
    return sum((figure for figure in figures if figure is not None), Fraction())


def _apart_from(case: Case, *keys: str) -> Mapping[str, object]:
    """Return what is expected of us beside some figures."""
    expected = asked(case)[0]
    assert isinstance(expected, Mapping)
    return {key: value for key, value in expected.items() if key not in keys}


def _net_and_tax_make_the_total(answer: Mapping[str, object]) -> bool:
    """Whether net and taxes, row by row where there are rows, make the total."""
    net, total = number(answer.get("net")), number(answer.get("total"))
    tax = number(answer.get("tax"))
    if tax is None:
        tax = _sum(answer.get("taxes"), "amount")
    return net is not None and net + tax == total


def _rounds_each_tax(case: Case, answer: Mapping[str, object]) -> bool:
    """Whether the total is the expected one, each tax is rounded, and the net is the rest.

    Plain percentages have the figures of a second reading; others are whole steps at least.
    """
    rows = answer.get("taxes")
    if not isinstance(rows, list) or number(answer.get("total")) != number(case.expected["total"]):
        return False
    found, due = tuple(Fraction(row["amount"]) for row in rows), rounded_taxes(case)
    if due is None:
        step = Fraction(case.inputs["currency_rounding"])
        rounded = all((tax / step).denominator == 1 for tax in found)
    else:
        rounded = found == due and {row["base"] for row in rows} == {answer.get("net")}
    return rounded and _net_and_tax_make_the_total(answer)


def _lines_add_up(case: Case, answer: Mapping[str, object]) -> bool:
    """Whether each line has the expected figures but for its total, which is their sum."""
    lines = answer.get("per_line")
    expected = [
        {key: value for key, value in line.items() if key != "total"}
        for line in case.expected["per_line"]
    ]
    if not isinstance(lines, list) or differences(expected, lines):
        return False
    return all(map(_net_and_tax_make_the_total, lines))


def _net_takes_the_rest(case: Case, answer: Mapping[str, object]) -> bool:
    """Whether tax and total are the expected ones, and the net is what is left."""
    expected = _apart_from(case, "net", "journal", "rounding_adjustment")
    return not differences(expected, answer) and _net_and_tax_make_the_total(answer)


def _rows_add_up(case: Case, answer: Mapping[str, object]) -> bool:
    """Whether the totals are the expected ones, and the rows of taxes sum to them."""
    sums = [_sum(answer.get("taxes"), key) for key in ("base", "amount")]
    due = [number(case.expected[key]) for key in ("total", "tax")]
    return sums == due and not differences(_apart_from(case, "taxes"), answer)


def _finds_what_is_broken(case: Case, answer: Mapping[str, object]) -> bool:
    """Whether a fragment is refused that a second reading of the rule refuses as well."""
    return answer.get("valid") is False and breaks_rule(case)


def _refuses_what_differs(case: Case, answer: Mapping[str, object]) -> bool:
    """Whether lines are refused whose debits and credits differ in a currency."""
    sums: dict[str, Fraction] = {}
    for line in case.inputs["lines"]:
        amount = Fraction(line["amount"]) * (1 if line["side"] == "debit" else -1)
        currency = line.get("currency", "")
        sums[currency] = sums.get(currency, Fraction()) + amount
    return answer.get("balanced") is False and any(sums.values())


_ALLOCATE: Final = frozenset({"allocate"})
_CASH: Final = frozenset({"cash_round"})
_TWO_CURRENCIES: Final = frozenset({"journal_two_currencies"})


def _posts_the_amount(case: Case, answer: Mapping[str, object]) -> bool:
    """Whether all that was asked for is posted, turned to a positive amount."""
    postings = answer.get("postings")
    asked_for = sum(abs(int(send["amount"])) for send in case.inputs["sends"])
    return isinstance(postings, list) and sum(each["amount"] for each in postings) == asked_for


OWN_RULES: Final = (
    OwnRule(
        "NOTHING-POSTED", frozenset({"sends"}), _posts_nothing, _is("error", "E_GUARDRAIL")
    ),
    OwnRule(
        "NEGATIVE-TURNS", frozenset({"sends"}), _expects("negative_amount"), _posts_the_amount
    ),
    OwnRule("EXACT-BALANCE", frozenset({"balance"}), _tolerates, _refuses_what_differs),
    OwnRule(
        "EXACT-BALANCE", frozenset({"gl_v2_journal"}), _source_errs, _is("error", "E_UNBALANCED")
    ),
    OwnRule("NO-WEIGHT-NO-SHARE", _ALLOCATE, _first_may_weigh_nothing, _adds_up),
    OwnRule("ALL-ZERO-WEIGHTS", _ALLOCATE, _weighs_nothing, _is("error", "E_GUARDRAIL")),
    OwnRule("NEGATIVE-WEIGHTS", _ALLOCATE, _weighs_less_than_nothing, _is("error", "E_GUARDRAIL")),
    OwnRule("WEIGHTS-ARE-RATIOS", _ALLOCATE, _expects("ratios_exceed_one"), _adds_up),
    OwnRule("NO-FIXED-WIDTH", _ALLOCATE, _expects("ratio_sum_overflow"), _adds_up),
    OwnRule("NAMED-LEFTOVER", _ALLOCATE, _policy_is_not_ours, _adds_up),
    OwnRule("PUBLISHED-LIMIT", frozenset({"round"}), _has_too_many_digits, _names_limit),
    OwnRule("ANY-STEP", _CASH, _expects("step_not_allowed"), _is_nearest_step),
    OwnRule("ROUNDING-ANSWERS", _CASH, _expects("not_representable"), _is_nearest_step),
    OwnRule(
        "CONFLICT-WITHOUT-ID", frozenset({"error_http"}), _repeat_without_id, _is("status", 409)
    ),
    OwnRule("NET-WEIGHTS", frozenset({"tip_split"}), _weighs_by_gross, _keeps_the_tips),
    OwnRule("CALLERS-CHART", frozenset({"gl_accounts"}), lambda _: True, _is("accounts", {})),
    OwnRule("VERSION-LETTER", frozenset({"smart_code"}), _capital_version, _is("valid", True)),
    OwnRule(
        "EXACT-EN16931", frozenset({"rule_check"}), _source_errs, _finds_what_is_broken
    ),
    OwnRule(
        "SPLIT-THE-TAX", frozenset({"partially_deductible"}), _rounds_tax_in_parts, _splits_the_tax
    ),
    OwnRule("EXACT-EN16931", frozenset({"invoice"}), _source_errs, _is_exact_invoice),
    OwnRule("LINES-ADD-UP", frozenset({"tax_document_lines"}), _is_of_rule("TOTAL-MIXED +"),
            _lines_add_up),
    OwnRule("ROUNDED-TAXES", frozenset({"tax_line"}), _not_reproduced, _rounds_each_tax),
    OwnRule("NO-ROUND-OFF-LINE", frozenset({"tax_document_gl"}),
            _is_of_rule("INDEPENDENT-ROUNDING"), _net_takes_the_rest),
    OwnRule("SUMS-OF-FIGURES", frozenset({"invoice_totals"}), _source_errs, _rows_add_up),
    OwnRule(
        "NOTHING-SOLD", frozenset({"revenue_breakdown", "tip_split"}), _sells_nothing,
        _is("error", "E_GUARDRAIL"),
    ),
    OwnRule("NO-ZERO-LINES", _TWO_CURRENCIES, posts_nothing, leaves_nothing_out_but_zeros),
    OwnRule("CONVERT-THE-LINE", _TWO_CURRENCIES, taxes_in_base, converts_each_line),
    OwnRule("COINS-ON-THE-TAX", frozenset({"journal_cash_rounding"}), rounds_to_the_tax,
            rounds_the_tax_itself),
    OwnRule("ONE-SIDE-OF-DISCOUNTS", frozenset({"journal_early_payment"}), debits_the_discount,
            credits_the_discount),
)  # fmt: skip
