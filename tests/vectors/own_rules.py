"""The rules of ours that contradict a case's, each with its reason; docs/vectors.md lists them.

A rule is chosen by what the case declares about itself (its peer's rule, its inputs, its error),
never by its id, and excuses an answer only if that answer obeys the rule of ours.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from tests.vectors.cases import Case, number


@dataclass(frozen=True, slots=True)
class OwnRule:
    """One rule of ours.

    Attributes:
        name: What the runner prints, and the docs explain.
        kinds: Kinds of cases it concerns; none for every kind.
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
        concerned = not rule.kinds or case.kind in rule.kinds
        if concerned and rule.contradicts(case) and rule.obeyed(case, answer):
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


def _expects_error(case: Case, name: str | None = None) -> bool:
    error = case.expected.get("error")
    return error is not None if name is None else error == name


def _policy_is_not_ours(case: Case) -> bool:
    negative = int(case.inputs["amount_minor"]) < 0
    if case.peer_rule == "largest_remainder_floor":
        return negative
    return case.peer_rule in ("sequential_from_last", "half_even_rest_to_last", "block_separate")


def _weights(case: Case) -> tuple[Fraction, ...]:
    return tuple(map(Fraction, case.inputs["ratios"]))


def _repeat_without_id(case: Case) -> bool:
    known = "transaction_id" in (case.inputs.get("context") or {})
    return case.inputs["code"] == "E_IDEMPOTENT" and not known


def _capital_version(case: Case) -> bool:
    version = str(case.inputs["code"]).rpartition(".")[2]
    return version[:1] == "V" and version[1:].isdecimal()


def _sells_nothing(case: Case) -> bool:
    return not case.inputs["items"]


def _always(case: Case) -> bool:  # noqa: ARG001
    return True


# --- what our rules demand -----------------------------------------------------------------


def _refused(case: Case, answer: Mapping[str, object]) -> bool:  # noqa: ARG001
    return "error" in answer


def _refused_as(code: str) -> Callable[[Case, Mapping[str, object]], bool]:
    return lambda _, answer: answer.get("error") == code


def _unbalanced(case: Case, answer: Mapping[str, object]) -> bool:  # noqa: ARG001
    return answer.get("balanced") is False


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


_ALLOCATE: Final = frozenset({"allocate"})

OWN_RULES: Final = (
    OwnRule("EXACT-BALANCE", frozenset({"balance"}), _tolerates, _unbalanced),
    OwnRule(
        "EXACT-BALANCE", frozenset({"gl_v2_journal"}), _source_errs, _refused_as("E_UNBALANCED")
    ),
    OwnRule("NO-WEIGHT-NO-SHARE", _ALLOCATE, _first_may_weigh_nothing, _adds_up),
    OwnRule("ALL-ZERO-WEIGHTS", _ALLOCATE, _weighs_nothing, _refused_as("E_GUARDRAIL")),
    OwnRule(
        "WEIGHTS-ARE-RATIOS", _ALLOCATE, lambda case: _expects_error(case, "ratios_exceed_one"),
        _adds_up,
    ),
    OwnRule(
        "NO-FIXED-WIDTH", _ALLOCATE, lambda case: _expects_error(case, "ratio_sum_overflow"),
        _adds_up,
    ),
    OwnRule("NAMED-LEFTOVER", _ALLOCATE, _policy_is_not_ours, _adds_up),
    OwnRule(
        "CONFLICT-WITHOUT-ID", frozenset({"error_http"}), _repeat_without_id,
        lambda _, answer: number(answer.get("status")) == 409,
    ),
    OwnRule(
        "VERSION-LETTER", frozenset({"smart_code"}), _capital_version,
        lambda _, answer: answer.get("valid") is True,
    ),
    OwnRule(
        "NOTHING-SOLD", frozenset({"revenue_breakdown", "tip_split"}), _sells_nothing,
        _refused_as("E_GUARDRAIL"),
    ),
    OwnRule("CALLERS-CHART", frozenset({"gl_accounts"}), _always, lambda _, answer: not answer),
)  # fmt: skip
