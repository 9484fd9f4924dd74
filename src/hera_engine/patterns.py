"""Patterns over smart codes and account codes.

Globs speak of whole segments and are the usual way. Regular expressions come from the JSON form;
they search, and run only in a linear-time engine, so that no pattern and no code can make
matching slow. What that engine does not take is refused.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from hera_engine import limits
from hera_engine.smart_codes import canonical_code

if TYPE_CHECKING:
    from pydantic_core import SchemaValidator

_GLOB_SEGMENT: Final = re.compile(r"[A-Za-z0-9_]+|\*\*?")
_ACCOUNT_GLOB: Final = re.compile(r"[!-)+-~]+\*?|\*")
_REGEX_CHARACTERS: Final = re.compile(r"[ -~]*")
_CODE_LETTERS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.v")
"""Every character that a smart code may have."""

PatternFault: TypeAlias = Literal["invalid", "unsafe", "too_large"]


class PatternError(ValueError):
    """A pattern that is not taken.

    Attributes:
        kind: ``invalid`` if it is malformed, ``unsafe`` if no linear-time engine can run it,
            ``too_large`` if it breaks a published limit.
        reason: What is wrong with it, as a predicate.
    """

    def __init__(self, reason: str, kind: PatternFault = "invalid") -> None:
        super().__init__(reason, kind)
        self.reason = reason
        self.kind = kind

    def __str__(self) -> str:
        return self.reason


def _check_size(text: object) -> str:
    """Return a pattern's text if it is a string of acceptable length."""
    if type(text) is not str:
        raise PatternError("is not a string")
    if len(text) > limits.PATTERN_CHARACTERS:
        raise PatternError(f"has more than {limits.PATTERN_CHARACTERS} characters", "too_large")
    return text


# --- globs ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Glob:
    """A pattern over the segments of a smart code; made by `compile_glob`.

    ``text`` has an upper-case version letter, so that globs that say the same are equal.
    """

    text: str

    @property
    def segments(self) -> tuple[str, ...]:
        """The parts between the dots."""
        return tuple(self.text.split("."))

    @property
    def is_exact(self) -> bool:
        """Whether the pattern is one code without wildcards."""
        return "*" not in self.text

    def matches(self, code: str) -> bool:
        """Whether the whole code fits; the case of its version letter does not count."""
        found = canonical_code(code)
        if self.is_exact:
            return found == self.text
        return _fits(self.segments, tuple(found.split(".")))


def compile_glob(text: str) -> Glob:
    """Return the pattern of a glob such as ``HERA.POS.**``.

    ``*`` stands for exactly one segment, ``**`` for any number of segments, also none.

    Raises:
        PatternError: If a segment is empty, or mixes a wildcard with other characters.
    """
    for segment in _check_size(text).split("."):
        if not segment:
            raise PatternError("has an empty segment")
        if _GLOB_SEGMENT.fullmatch(segment) is None:
            if "*" in segment:
                raise PatternError("has a wildcard that is not a segment of its own")
            raise PatternError("has a character that no smart code has")
    return Glob(canonical_code(text))


def _fits(pattern: tuple[str, ...], code: tuple[str, ...]) -> bool:
    """Whether the segments of a code fit those of a glob.

    Looks at each code segment at most once for each pattern segment: after a ``**`` the
    shortest run that leads on is enough, so only the last one is ever tried again.
    """
    at, position = 0, 0
    retry_at, retry_position = -1, 0
    while position < len(code):
        if at < len(pattern) and pattern[at] == "**":
            retry_at, retry_position = at, position
            at += 1
        elif at < len(pattern) and pattern[at] in ("*", code[position]):
            at, position = at + 1, position + 1
        elif retry_at >= 0:
            retry_position += 1
            at, position = retry_at + 1, retry_position
        else:
            return False
    return all(segment == "**" for segment in pattern[at:])


@dataclass(frozen=True, slots=True)
class AccountGlob:
    """A pattern over account codes: one code, a prefix with ``*``, or all of them."""

    text: str

    def matches(self, code: str) -> bool:
        """Whether an account code fits."""
        if self.text.endswith("*"):
            return code.startswith(self.text[:-1])
        return code == self.text


def compile_account_glob(text: str) -> AccountGlob:
    """Return the pattern of an account glob: ``4*``, ``4100`` or ``*``.

    Raises:
        PatternError: If a ``*`` stands anywhere but at the end, or a character is not
            printable ASCII.
    """
    if _ACCOUNT_GLOB.fullmatch(_check_size(text)) is None:
        raise PatternError("is not an account code with at most one `*` at its end")
    return AccountGlob(text)


# --- regular expressions -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression that is searched for, in linear time; made by `compile_regex`."""

    text: str
    _validator: "SchemaValidator" = field(repr=False, compare=False)

    def matches(self, text: str) -> bool:
        """Whether the expression is found anywhere in a code.

        In a smart code, V and v before the version are alike.
        """
        found = self._validator.isinstance_python
        if found(text):
            return True
        if not text.startswith("HERA."):
            return False
        head, dot, version = text.rpartition(".")
        if version[:1] not in ("V", "v"):
            return False
        return found(f"{head}{dot}{version[:1].swapcase()}{version[1:]}")

    def __reduce__(self) -> tuple[Callable[[str], "Regex"], tuple[str]]:
        return compile_regex, (self.text,)


def compile_regex(text: str) -> Regex:
    """Return the pattern of a regular expression.

    The syntax is that of the linear-time engine: no backreferences, no looking around, and of
    the groups that begin with ``(?`` only ``(?:``. ASCII only.

    Raises:
        PatternError: If the engine does not take it, or a limit is broken.
    """
    if _REGEX_CHARACTERS.fullmatch(_check_size(text)) is None:
        raise PatternError("has a character that is not printable ASCII")
    for token in _tokens(text):
        _check_token(token)
    # The pattern is compiled bare: wrapped in anchors, one with an unbalanced bracket could
    # close the wrapper and escape it.
    # Its engine is imported for the first expression; most schemas have none.
    from pydantic_core import SchemaError, SchemaValidator, core_schema  # noqa: PLC0415

    schema = core_schema.str_schema(pattern=text, regex_engine="rust-regex")
    try:
        return Regex(text, SchemaValidator(schema))
    except SchemaError as error:
        if "exceeds size limit" in str(error):
            raise PatternError("takes too much memory", "too_large") from None
        raise PatternError("is not a regular expression") from None


_TOKEN: Final = re.compile(
    r"(?P<escape>\\(?:[pPxuU]\{[^}]*\}|.|\Z))"
    r"|(?P<group>\(\?:|\(\?|\()"
    r"|(?P<count>\{[0-9, ]*\})"
    r"|(?P<other>.)"
)


@dataclass(frozen=True, slots=True)
class _Token:
    """One piece of a regular expression: what kind it is, and its text."""

    kind: str
    text: str


def _tokens(text: str) -> Iterator[_Token]:
    """Yield the pieces of a regular expression; a character class is one piece."""
    position = 0
    while position < len(text):
        if text[position] == "[":
            end = _class_end(text, position)
            yield _Token("class", text[position:end])
            position = end
            continue
        found = _TOKEN.match(text, position)
        assert found is not None, "the last alternative takes any character of printable ASCII"
        yield _Token(found.lastgroup or "other", found[0])
        position = found.end()


def _class_end(text: str, start: int) -> int:
    """Return where a character class ends; classes may be nested."""
    depth, position = 0, start
    while position < len(text):
        if text[position] == "\\":
            position += 1
        elif text[position] == "[":
            depth += 1
            position += text.startswith("^", position + 1)
            # A bracket that opens a class at once stands for itself.
            position += text.startswith("]", position + 1)
        elif text[position] == "]":
            depth -= 1
            if depth == 0:
                return position + 1
        position += 1
    return len(text)


def _check_token(token: _Token) -> None:
    """Refuse what no linear-time engine can run, and counts that make it slow."""
    if token.kind == "group" and token.text == "(?":
        raise PatternError("uses a group that begins with `(?` and is not `(?:`", "unsafe")
    if token.kind == "escape" and token.text[1:2] in tuple("123456789k"):
        raise PatternError("refers back to a group", "unsafe")
    if token.kind == "count":
        numbers = [int(number) for number in re.findall("[0-9]+", token.text)]
        if any(number > limits.PATTERN_REPEAT for number in numbers):
            allowed = limits.PATTERN_REPEAT
            raise PatternError(f"repeats something more than {allowed} times", "too_large")


# --- patterns that can never match ---------------------------------------------------------


def never_matches(regex_text: str) -> str | None:
    """Return why a regular expression can match no smart code, or None if it may.

    Looks at the characters that every match needs: one that no code has, a beginning that is
    not HERA, an end that is not a version. An answer is certain; None is not.

    Args:
        regex_text: An expression that `compile_regex` takes.
    """
    alternatives = _alternatives(regex_text)
    reasons = [_why_never(tokens, regex_text) for tokens in alternatives]
    return reasons[0] if all(reason is not None for reason in reasons) else None


def _alternatives(text: str) -> tuple[tuple[_Token, ...], ...]:
    """Return the pieces of each alternative that is not inside a group."""
    found: list[list[_Token]] = [[]]
    depth = 0
    for token in _tokens(text):
        if token.kind == "group":
            depth += 1
        elif token.kind == "other" and token.text == ")":
            depth -= 1
        if token == _Token("other", "|") and depth == 0:
            found.append([])
        else:
            found[-1].append(token)
    return tuple(tuple(tokens) for tokens in found)


def _why_never(tokens: tuple[_Token, ...], text: str) -> str | None:
    """Return why one alternative can match no smart code, or None."""
    needed = tuple(_needed(tokens))
    for character in needed:
        if character == "\\":
            correct = text.replace("\\\\", "\\").replace("\\", "\\\\")
            return f"it asks for a backslash; in JSON write {correct}"
        if character and character not in _CODE_LETTERS:
            return f"it asks for `{character}`, which no smart code has"
    if needed and tokens[0] == _Token("other", "^"):
        start = _prefix(needed[1:])
        if not f"HERA.{start[5:]}".startswith(start):
            return f"it asks for a code that begins with `{start}`; smart codes begin with HERA"
    if len(needed) > 1 and tokens[-1] == _Token("other", "$"):
        last = needed[-2]
        if last and not last.isdigit():
            return f"it asks for a code that ends in `{last}`; smart codes end in a version"
    return None


def _prefix(needed: tuple[str, ...]) -> str:
    """Return the characters up to the first piece that is no fixed character."""
    end = next((index for index, character in enumerate(needed) if not character), len(needed))
    return "".join(needed[:end])


def _needed(tokens: tuple[_Token, ...]) -> Iterator[str]:
    """Yield one entry for each piece: the character that it needs once, or nothing.

    Groups are skipped as a whole. A piece that a quantifier follows yields nothing, nor does
    the quantifier: whether it is needed, and how often, is not looked into.
    """
    depth = 0
    for index, token in enumerate(tokens):
        follower = tokens[index + 1] if index + 1 < len(tokens) else _Token("other", "")
        if token.kind == "group":
            depth += 1
        elif token == _Token("other", ")"):
            depth -= 1
        repeated = follower.kind == "count" or follower.text in ("*", "+", "?")
        optional = follower.kind == "count" or follower.text in ("*", "?")
        if depth == 0 and not (optional or repeated):
            yield _literal(token)
        else:
            yield ""


def _literal(token: _Token) -> str:
    """Return the one character that a piece stands for, or nothing."""
    if token.kind == "escape" and len(token.text) == 2:
        character = token.text[1]
        return "" if character.isalnum() or character in "<>" else character
    if token.kind == "other" and token.text not in tuple("^$.|()*+?{}"):
        return token.text
    return ""


# --- either kind ---------------------------------------------------------------------------

Pattern: TypeAlias = Glob | Regex
"""A pattern over the smart codes of events."""


def event_pattern(text: str, *, regex: bool) -> Pattern:
    """Return the pattern over smart codes that a schema wrote as a glob or as a regex.

    Raises:
        PatternError: As `compile_glob` and `compile_regex` do.
    """
    return compile_regex(text) if regex else compile_glob(text)
