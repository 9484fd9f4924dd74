"""The table of schema faults: every diagnostic hera_engine can give, with code, name and words.

HE1xx is syntax and shape, HE2xx names, types and completeness, HE3xx what cannot be planned
with the chart and tax profiles at hand, HE4xx warnings, HE5xx what stands between two versions
of a schema. Codes and names are permanent; a code is never used again for another meaning. Each
has a sample in `tests/diagnostics/`.
"""

from typing import Final

from hera_engine.errors import FaultKind, Severity


def _error(code: str, name: str, message: str, hint: str | None = None) -> FaultKind:
    return FaultKind(code, name, Severity.ERROR, message, hint)


def _warning(code: str, name: str, message: str, hint: str | None = None) -> FaultKind:
    return FaultKind(code, name, Severity.WARNING, message, hint)


def _note(code: str, name: str, message: str, hint: str | None = None) -> FaultKind:
    return FaultKind(code, name, Severity.NOTE, message, hint)


# --- HE1xx: syntax and shape ---------------------------------------------------------------

SYNTAX: Final = _error("HE101", "SYNTAX", "unexpected {found}, expected {expected}")
BAD_CHARACTER: Final = _error("HE102", "BAD_CHARACTER", "character {found} is not allowed here")
UNCLOSED: Final = _error("HE103", "UNCLOSED", "{what} is never closed")
EMPTY_SCHEMA: Final = _error(
    "HE104", "EMPTY_SCHEMA", "the schema is empty", 'begin with `schema "name"` and `ledgers GL`'
)
TOO_LARGE: Final = _error("HE105", "TOO_LARGE", "{limit}: at most {allowed} allowed, found {seen}")
BAD_NUMBER: Final = _error(
    "HE106", "BAD_NUMBER", "`{found}` is not a number allowed here: {reason}"
)
BAD_DATE: Final = _error("HE107", "BAD_DATE", "`{found}` is not a date", "write it as 2025-01-31")
BAD_TEXT: Final = _error("HE108", "BAD_TEXT", "text holds {found}, which is not allowed")
BAD_JSON: Final = _error("HE110", "BAD_JSON", "not a JSON document: {reason}")
DUPLICATE_KEY: Final = _error("HE111", "DUPLICATE_KEY", "key `{key}` stands twice in one object")
UNKNOWN_KEY: Final = _error("HE112", "UNKNOWN_KEY", "unknown key `{key}`")
MISSING_KEY: Final = _error("HE113", "MISSING_KEY", "required key `{key}` is missing")
WRONG_TYPE: Final = _error("HE114", "WRONG_TYPE", "{reason}")
BAD_CHOICE: Final = _error("HE115", "BAD_CHOICE", "`{found}` is not one of {allowed}")
BAD_LAYOUT: Final = _error("HE116", "MISPLACED", "{what} cannot stand here: {reason}")
BAD_ESCAPE: Final = _error(
    "HE117", "BAD_ESCAPE", "`{found}` is not an escape", 'use \\", \\\\, \\n or \\t'
)

# --- HE2xx: names, types, completeness -----------------------------------------------------

DUPLICATE: Final = _error("HE201", "DUPLICATE", "{what} `{name}` is declared twice")
UNKNOWN_ACCOUNT: Final = _error("HE202", "UNKNOWN_ACCOUNT", "unknown account `{name}`")
UNKNOWN_MAP: Final = _error("HE203", "UNKNOWN_MAP", "unknown map `{name}`")
UNKNOWN_FUNCTION: Final = _error("HE204", "UNKNOWN_FUNCTION", "unknown function `{name}`")
UNKNOWN_FIELD: Final = _error("HE205", "UNKNOWN_FIELD", "unknown field `{name}`")
UNKNOWN_LEDGER: Final = _error("HE206", "UNKNOWN_LEDGER", "unknown ledger `{name}`")
INVALID_DIMENSION: Final = _error(
    "HE207", "INVALID_DIMENSION", "dimension `{name}` is not declared", "add it to `dimensions`"
)
DUPLICATE_PATTERN: Final = _error(
    "HE208", "DUPLICATE_PATTERN", "account pattern `{pattern}` stands twice",
    "list its dimensions in one requirement",
)  # fmt: skip
INVALID_REGEX: Final = _error("HE209", "INVALID_REGEX", "`{pattern}` is not a pattern: {reason}")
UNSAFE_REGEX: Final = _error("HE210", "UNSAFE_REGEX", "pattern `{pattern}` is refused: {reason}")
MISSING_SECTION: Final = _error("HE211", "MISSING_SECTION", "the schema has no {what}")
MISSING_ACCOUNT: Final = _error("HE212", "MISSING_ACCOUNT", "required account `{name}` is missing")
WRONG_ARGUMENTS: Final = _error(
    "HE213", "WRONG_ARGUMENTS", "`{name}` takes {expected}, got {found}"
)
WRONG_KIND: Final = _error("HE214", "WRONG_KIND", "expected {expected}, found {found}")
NOT_WHOLE: Final = _error(
    "HE215", "NOT_WHOLE", "{what} need not be a whole number of minor units",
    "put it inside round(…)",
)  # fmt: skip
SHARES_OVER: Final = _error("HE216", "SHARES_OVER", "shares add up to {total} %, more than 100 %")
SHARES_REST: Final = _error("HE217", "SHARES_REST", "there is at most one `remaining`")
RATE_OVERLAP: Final = _error(
    "HE218", "RATE_OVERLAP", "rates `{first}` and `{second}` both apply to {category} on {day}"
)
RATE_GAP: Final = _error("HE219", "RATE_GAP", "no rate applies to {category} from {start} to {end}")
RATE_DATES: Final = _error(
    "HE220", "RATE_DATES", "the period ends on {end}, before its start {start}"
)
UNKNOWN_RULE: Final = _error(
    "HE221", "UNKNOWN_RULE", "`reverses` names `{name}`, which has no rule"
)
REVERSES_ITSELF: Final = _error("HE222", "REVERSES_ITSELF", "rule `{name}` reverses a reversal")
EMPTY_RULE: Final = _error("HE223", "EMPTY_RULE", "rule `{name}` posts no lines")
SHADOWS: Final = _error("HE224", "SHADOWS", "`{name}` already means {what}", "choose another name")
ONE_SIDED: Final = _error("HE225", "ONE_SIDED", "rule `{name}` has only {side} lines")
BAD_TAX_PROFILE: Final = _error("HE226", "BAD_TAX_PROFILE", "tax profile `{name}`: {reason}")
BAD_SMART_CODE: Final = _error("HE227", "BAD_SMART_CODE", "`{found}` is not a smart code: {reason}")
MISSING_CASH_STEP: Final = _error(
    "HE228", "MISSING_CASH_STEP", "swedish rounding needs a step",
    "say the smallest coin: `step 0.05`, in the JSON form `cash_step`",
)  # fmt: skip
BAD_ID: Final = _error("HE229", "BAD_ID", "`{found}` is not a UUID")
NAMED_DIMENSION: Final = _error(
    "HE230", "NONSTANDARD_DIMENSION", "dimension `{name}` is not one of {allowed}"
)
COMPONENT_OVERLAP: Final = _error(
    "HE231", "COMPONENT_OVERLAP", "component `{name}` stands twice on {day}",
    "end one before the other begins, or give it another name",
)  # fmt: skip
RULE_OVERLAP: Final = _error(
    "HE240", "RULE_OVERLAP", "rules `{first}` and `{second}` are both in force on {day}",
    "end one before the other begins",
)  # fmt: skip

MAP_TIE: Final = _error(
    "HE241", "MAP_TIE",
    "rows `{first}` and `{second}` of `{name}` both match {witness}{when}, and give other targets",
    "add a row for it, or take one of them out",
)  # fmt: skip

MIXED_MAP: Final = _error(
    "HE250", "MIXED_MAP", "map `{name}` gives {first} in one row and {second} in another",
    "give all rows account keys, or all of them texts in quotes",
)  # fmt: skip
NO_VALUE: Final = _error(
    "HE251", "NO_VALUE", "`{found}` cannot be a value of `{name}`: it {reason}"
)

UNKNOWN_CASE: Final = _error("HE260", "UNKNOWN_CASE", "`like` names `{name}`, which is no case")
UNKNOWN_ERROR: Final = _error("HE262", "UNKNOWN_ERROR", "`{name}` is not an error code")
LIKE_ITSELF: Final = _error(
    "HE261", "LIKE_ITSELF", "case `{name}` is like itself in the end",
    "begin with a case that has an event of its own",
)  # fmt: skip
BAD_SHARE: Final = _error(
    "HE280", "BAD_SHARE", "{what}", "write a share as a percentage or a fraction, 20% or 1/3"
)
SIDES_DIFFER: Final = _error(
    "HE281", "SIDES_DIFFER", "the shares of an allocation stand on both sides",
    "post what is allocated on one side, in one allocation for each",
)  # fmt: skip

# --- HE3xx: with the chart and the tax profiles --------------------------------------------

NOT_IN_CHART: Final = _error("HE301", "NOT_IN_CHART", "account `{name}` ({id}) is not in the chart")
NOT_POSTABLE: Final = _error("HE302", "NOT_POSTABLE", "account `{name}` ({code}) {reason}")
UNCHECKABLE: Final = _error(
    "HE303", "UNCHECKABLE",
    "pattern `{pattern}` cannot be checked: the code of account `{name}` is unknown",
    "give the account a code, or pass a chart that holds it",
)  # fmt: skip
CHART_CONFLICT: Final = _error(
    "HE304", "CHART_CONFLICT", "account `{name}`: the schema says {said}, the chart says {found}"
)
NO_TAX_PROFILE: Final = _error("HE305", "NO_TAX_PROFILE", "tax profile `{name}` is not known")
UNKNOWN_ALLOCATOR: Final = _error(
    "HE306", "UNKNOWN_ALLOCATOR", "no allocator named `{name}` is given"
)
NOT_AVAILABLE: Final = _error("HE307", "NOT_AVAILABLE", "{what} is not available in this version")
UNKNOWN_TAX: Final = _error(
    "HE308", "UNKNOWN_TAX", "tax profile `{profile}` has no rate or component `{name}`",
    "write the code as the profile does",
)  # fmt: skip
NOT_BALANCED: Final = _error(
    "HE309", "NOT_BALANCED",
    "rule `{name}` does not balance in {ledger}: debits less credits leave `{left}`; {event}",
    "post what is left over, or say with `given` that it is zero",
)  # fmt: skip
NOT_PROVEN: Final = _error(
    "HE310", "NOT_PROVEN", "rule `{name}` cannot be shown to balance: {what}"
)
OTHER_TAX_FUNCTION: Final = _error(
    "HE311", "OTHER_TAX_FUNCTION", "`{function}` has no part in `{name}`, which {reason}"
)
UNKNOWN_CATEGORY: Final = _error(
    "HE330", "UNKNOWN_CATEGORY", "tax profile `{profile}` has no rate for the category `{name}`",
    "write the category as the profile does",
)  # fmt: skip
ABSENT_DIMENSION: Final = _error(
    "HE320", "ABSENT_DIMENSION",
    "account `{account}` requires `{name}`, which no event of rule `{rule}` has",
    "declare it in the `event` of the rule, or give the requirement a default",
)  # fmt: skip

# --- HE4xx: warnings -----------------------------------------------------------------------

NO_PAYMENTS: Final = _warning(
    "HE401", "NO_PAYMENTS", "no payment configuration: payments are taken as immediate"
)
NO_VALIDATIONS: Final = _warning(
    "HE402", "NO_VALIDATIONS", "no validation configuration: the defaults apply"
)
NO_FEES: Final = _warning("HE403", "NO_FEES_ACCOUNT", "no fees account: fees are not recorded")
NO_DISCOUNT: Final = _warning(
    "HE404", "NO_DISCOUNT_ACCOUNT", "no discount account: discounts reduce revenue"
)
NO_ROUNDING: Final = _warning(
    "HE405", "NO_ROUNDING_ACCOUNT", "no rounding account: rounding differences go to revenue"
)
NO_DEFAULTS: Final = _warning(
    "HE406", "NO_DEFAULTS", "auto_default without default_values for `{name}`"
)
WILDCARD: Final = _warning(
    "HE407", "WILDCARD_REQUIREMENT", "the requirement is a wildcard: it matches every account"
)
NEVER_MATCHES: Final = _warning(
    "HE408", "NEVER_MATCHES", "pattern `{pattern}` never matches: {reason}"
)
SHADOWED: Final = _warning("HE409", "SHADOWED", "{what} is never reached: {reason}")
UNUSED_ACCOUNT: Final = _warning(
    "HE410", "UNUSED_ACCOUNT", "account `{name}` is not used by any rule"
)
SHARES_UNDER: Final = _warning(
    "HE411", "SHARES_UNDER", "shares add up to {total} %: the rest keeps no value"
)
UNUSED_NAME: Final = _warning("HE412", "UNUSED_NAME", "{what} `{name}` is not used")
NO_RECEIVABLE: Final = _warning(
    "HE413",
    "NO_RECEIVABLE_ACCOUNT",
    "no receivable account: sales with {capture} payments are refused",
)
IDLE_INPUT: Final = _warning(
    "HE420", "IDLE_INPUT",
    "input `{name}` of `{map}` decides nothing: every row has `*` in its place",
    "leave it out, or add a row that asks for it",
)  # fmt: skip
NO_ELSE: Final = _warning(
    "HE421", "NO_ELSE", "map `{name}` does not say what happens to other values: they are refused",
    "say `else refuse`, or name an account for them",
)  # fmt: skip
NEEDLESS_DEFAULT: Final = _warning(
    "HE430",
    "NEEDLESS_DEFAULT",
    "every event has `{name}`: its default is never taken",
    "leave `default` out, or declare the field `optional`",
)
MAP_GAP: Final = _warning(
    "HE431", "MAP_GAP", "map `{name}` has no row for {gap}", "add a row, or `else refuse`"
)
ALLOTTED_UNDER: Final = _warning(
    "HE480", "ALLOTTED_UNDER", "{what}", "add `remaining to …`, or `leftover apart to …`"
)

# --- HE5xx: between the versions of a schema -----------------------------------------------

OTHER_SCHEMA: Final = _error(
    "HE501", "OTHER_SCHEMA", "`{first}` and `{second}` are not versions of one schema",
    "give both the same name",
)  # fmt: skip
VERSION_TWICE: Final = _error(
    "HE502", "VERSION_TWICE", "version {version} stands twice", "number each version once"
)
VERSION_OVERLAP: Final = _error(
    "HE503", "VERSION_OVERLAP", "`{first}` and `{second}` are both in force on {day}",
    "end one with `until` before the other is `effective`",
)  # fmt: skip
VERSION_GAP: Final = _error(
    "HE504", "VERSION_GAP", "no version is in force from {start} to {end}",
    "let one version end where the next begins",
)  # fmt: skip
DROPPED_RULE: Final = _error(
    "HE511", "DROPPED_RULE",
    "rule `{name}` is dropped: events such as `{code}` have no rule in the new version{when}",
    "keep a rule for them",
)  # fmt: skip
NEW_EQUATION: Final = _error(
    "HE512", "NEW_EQUATION",
    "rule `{name}` asks for `{equation}`, which it did not: events that break it are refused",
)  # fmt: skip
REQUIRED_FIELD: Final = _error(
    "HE513", "REQUIRED_FIELD",
    "rule `{name}` needs `{field}`, which it did not: events without it are refused",
    "say `default` behind it",
)  # fmt: skip
DROPPED_ROW: Final = _error(
    "HE514", "DROPPED_ROW", "map `{name}` took {inputs} and refuses it now", "keep a row for it"
)
NARROWED: Final = _error("HE515", "NARROWED", "{what}")
REQUIRED_DIMENSION: Final = _error(
    "HE516", "REQUIRED_DIMENSION",
    "lines on account `{account}` must carry `{dimension}`, which they need not before",
    "require it with `else warning` or a `default` at first",
)  # fmt: skip
CHANGED_ACCOUNT: Final = _error(
    "HE517", "CHANGED_ACCOUNT", "account `{name}`{ledger} was {before} and is {now}",
    "give another account a key of its own",
)  # fmt: skip
CHANGED_LINE: Final = _note("HE518", "CHANGED_LINE", "{where}: `{after}` in place of `{before}`")
UNDECIDED_RULE: Final = _note(
    "HE519", "UNDECIDED_RULE",
    "the patterns do not tell whether the new version matches all that `{pattern}` does; "
    "{tried} of it could be tried",
    "add cases with codes that it matches",
)  # fmt: skip
