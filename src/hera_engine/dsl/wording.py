"""The grammar in the reader's words: what was expected, and which word was probably meant."""

from collections.abc import Mapping, Set
from types import MappingProxyType
from typing import Final

from hera_engine.errors import did_you_mean

RESERVED: Final = frozenset(
    {
        "and", "or", "not", "by", "when", "for", "in", "given", "let", "debit", "credit",
        "default", "else", "balance", "on", "case", "map", "true", "false",
    }
)  # fmt: skip
"""The words that are no names unless they stand in back-quotes or behind a dot."""

_SHOWN: Final = 5

_OPERATORS: Final = frozenset({"PLUS", "MINUS", "STAR", "SLASH", "COMPARE", "AND", "OR"})
_AMOUNT: Final = frozenset(
    {"NAME", "CALL", "NUMBER", "STRING", "DATE", "TRUE", "FALSE", "MINUS", "LPAR", "NOT"}
)
_STATEMENT: Final = frozenset(
    {"SIDE", "LET", "GIVEN", "FOR", "IN", "EXCHANGE", "BALANCE", "ALLOCATE"}
)
_ITEM: Final = frozenset(
    {
        "SCHEMA", "LEDGERS", "ACCOUNT", "TAX", "USE", "DIMENSIONS", "SPLIT", "REQUIRE", "CARRY",
        "PAYMENTS", "VALIDATIONS", "EVENT", "MAP", "DERIVE", "ON", "CASE", "CASES",
    }
)  # fmt: skip
_SETTING: Final = frozenset(
    {
        "JURISDICTION", "SYSTEM", "PRICES", "ROUNDING", "STEP", "DEFAULT", "RATE", "EXEMPT",
        "REVERSE", "COMPONENT", "BEAR", "SOURCE",
    }
)  # fmt: skip
_TYPE: Final = frozenset({"SIGNED", "MONEY", "PLAIN", "ONE", "LIST", "OPTIONAL", "OPEN", "LBRACE"})

_GROUPS: Final = (
    (frozenset({"NUMBER", "LPAR", "NOT"}), _AMOUNT, "a condition"),
    (frozenset({"NUMBER", "LPAR"}), _AMOUNT, "an amount"),
    (frozenset({"NAME", "CALL"}), frozenset({"NAME", "CALL"}), "an account or map"),
    (frozenset({"PLUS", "STAR"}), _OPERATORS, "an operator"),
    (frozenset({"SIDE", "LET"}), _STATEMENT, "a statement such as `debit`"),
    (frozenset({"LEDGERS", "ACCOUNT"}), _ITEM, "an item such as `account`"),
    (frozenset({"MONEY", "PLAIN"}), _TYPE, "a type such as `money`"),
    (frozenset({"RATE", "EXEMPT"}), _SETTING, "a setting such as `rate`"),
)
"""Terminals that together have one name: those that must be there, all it covers, the name."""

_PIECES: Final = (_STATEMENT, _ITEM, _SETTING)

_TERMINALS: Final = MappingProxyType(
    {
        "NAME": "a name",
        "CALL": "a name with `(` attached",
        "WORD": "a field name",
        "SMART": "an event such as `HERA.POS.**`",
        "GLOB": "an account pattern such as `4*`",
        "ACCOUNT_CODE": "an account code",
        "DATE": "a date",
        "NUMBER": "a number",
        "WHOLE": "a whole number",
        "TYPE": "an account type",
        "STRING": "a text in quotes",
        "COMPARE": "a comparison",
    }
)

_MARKS: Final = MappingProxyType(
    {
        "LBRACE": "{", "RBRACE": "}", "LPAR": "(", "RPAR": ")", "LSQB": "[", "RSQB": "]",
        "COMMA": ",", "COLON": ":", "DOT": ".", "EQUAL": "=", "PERCENT": "%", "STAR": "*",
        "PLUS": "+", "MINUS": "-", "SLASH": "/",
    }
)  # fmt: skip


def expectation(accepted: Set[str], words: Mapping[str, tuple[str, ...]], *, ending: str) -> str:
    """Return what could have stood in a place, in at most five parts.

    Args:
        accepted: Names of the terminals the parser would have taken.
        words: The words that each keyword terminal covers.
        ending: What stands behind the text that was parsed.
    """
    left, parts, last = set(accepted), list[str](), list[str]()
    for needed, covered, label in _GROUPS:
        if needed <= left:
            (last if covered in _PIECES else parts).append(label)
            left -= covered
    # A complete text leaves the parser in a state that takes nothing more.
    if "$END" in left or not accepted:
        left.discard("$END")
        last.append(ending)
    single = [_terminal(terminal, words) for terminal in sorted(left, key=_rank)]
    shown = [*parts, *single]
    if len(shown) + len(last) > _SHOWN:
        shown = shown[: _SHOWN - len(last) - 1]
        last = [*last, "something else"]
    shown = list(dict.fromkeys([*shown, *last]))
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"


def _rank(terminal: str) -> tuple[int, str]:
    """Order terminals: names and literals, then keywords, then marks."""
    return (0 if terminal in _TERMINALS else 2 if terminal in _MARKS else 1, terminal)


def _terminal(terminal: str, words: Mapping[str, tuple[str, ...]]) -> str:
    if terminal in _TERMINALS:
        return _TERMINALS[terminal]
    if terminal in words:
        return "/".join(f"`{word}`" for word in words[terminal])
    return f"`{_MARKS.get(terminal, '->')}`"


def suggestion(found: str, accepted: Set[str], words: Mapping[str, tuple[str, ...]]) -> str | None:
    """Return the hint for a word that stands where it cannot, or None."""
    if found in RESERVED and accepted & {"NAME", "CALL"} and "NUMBER" not in accepted:
        return f"`{found}` is a reserved word: as a name write it in back-quotes"
    known = [word for terminal in sorted(accepted) for word in words.get(terminal, ())]
    return did_you_mean(found, known) if found not in known else None


_COMPONENT_TAIL: Final = (
    "on", "compound", "unaffected", "sequence", "inclusive/exclusive", "withheld",
    "reverse charge", "repartition", "jurisdiction", "account", "input", "recoverable", "expense",
    "group", "from", "to", "source",
)  # fmt: skip
_RATE_TAIL: Final = (
    "for", "from", "to", "inclusive/exclusive", "reason", "account", "input", "recoverable",
    "expense", "source",
)  # fmt: skip
_WITHOUT_REASON: Final = tuple(part for part in _RATE_TAIL if part != "reason")
_TAILS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "component": _COMPONENT_TAIL,
        "rate": _RATE_TAIL,
        "exempt": _WITHOUT_REASON,
        "reverse charge": _WITHOUT_REASON,
    }
)
"""What may follow a rate or component, in the order of the grammar."""

_COMPLETE: Final = frozenset({"RATE", "EXEMPT"})
"""Terminals that a setting of a tax profile can be followed by, once nothing of it is missing."""


def tail_order(found: str, owner: str | None, accepted: Set[str]) -> str | None:
    """Return the hint for a word that follows a rate or component too late, or None.

    Args:
        found: The word.
        owner: What a setting begins with that the word stands in, or None.
        accepted: Names of the terminals the parser would have taken.
    """
    tail = _TAILS.get(owner or "", ())
    words = {word for part in tail for word in (part.split()[0], *part.split("/"))}
    if found not in words or not accepted >= _COMPLETE:
        return None
    return f"behind `{owner}` stand in this order: {', '.join(tail)}"
