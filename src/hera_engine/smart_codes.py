"""Smart codes: ``HERA.`` + segments + ``.V<n>``, the names of events and lines."""

import re
from types import MappingProxyType
from typing import Final

from hera_engine import limits

_USUAL: Final = re.compile(r"HERA(?:\.[A-Z0-9_]+)+\.V[0-9]+")
"""A code in its matching form, whose segments are still to be counted."""
_SEGMENT: Final = re.compile(r"[A-Z0-9_]+")
_LETTERS: Final = re.compile(r"[A-Z]+")
_VERSION: Final = re.compile(r"[Vv][0-9]+")
_STRICT_SEGMENTS: Final = 6
"""HERA, four segments and the version, as the transaction orchestrator wants them."""

_LINE_WORDS: Final = MappingProxyType(
    {"tax_output": "TAX", "tax_input": "TAX", "tips_payable": "TIPS"}
)
"""Account keys whose lines go by a word of their own."""


class SmartCodeError(ValueError):
    """A text that is no smart code; ``reason`` says why, as a predicate."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def parse_smart_code(text: object, *, strict: bool = False) -> str:
    """Return the form of a smart code that is used for matching.

    >>> parse_smart_code("HERA.POS.SALE.v1")
    'HERA.POS.SALE.V1'

    Args:
        text: What a caller sent. HERA, one or more segments of upper-case letters, digits and
            underscores, and a version.
        strict: Ask for exactly four segments, of letters only.

    Returns:
        The code with an upper-case version letter.

    Raises:
        SmartCodeError: If the text is anything else.
    """
    if type(text) is not str:
        raise SmartCodeError("is not a string")
    if len(text) > limits.SMART_CODE_CHARACTERS:
        raise SmartCodeError(f"has more than {limits.SMART_CODE_CHARACTERS} characters")
    if not strict and text.count(".") < limits.SMART_CODE_SEGMENTS and _USUAL.fullmatch(text):
        return text
    head, *segments = text.split(".")
    if head != "HERA":
        raise SmartCodeError("does not begin with `HERA.`")
    if not segments or _VERSION.fullmatch(segments[-1]) is None:
        raise SmartCodeError("does not end in a version such as `.V1`")
    _check_segments(tuple(segments[:-1]), strict=strict)
    return canonical_code(text)


def _check_segments(segments: tuple[str, ...], *, strict: bool) -> None:
    """Refuse what stands between HERA and the version if it is not as it should be."""
    if not segments:
        raise SmartCodeError("has no segment between `HERA` and the version")
    if len(segments) + 2 > limits.SMART_CODE_SEGMENTS:
        raise SmartCodeError(f"has more than {limits.SMART_CODE_SEGMENTS} segments")
    if not all(_SEGMENT.fullmatch(segment) for segment in segments):
        reason = "has a segment that is not made of upper-case letters, digits and underscores"
        raise SmartCodeError(reason)
    if strict and len(segments) + 2 != _STRICT_SEGMENTS:
        raise SmartCodeError("does not have exactly four segments before the version")
    if strict and not all(_LETTERS.fullmatch(segment) for segment in segments):
        raise SmartCodeError("has a segment that is not made of upper-case letters alone")


def canonical_code(text: str) -> str:
    """Return a code or pattern with an upper-case version letter; any other text unchanged."""
    head, dot, version = text.rpartition(".")
    if dot and version[:1] == "v" and _VERSION.fullmatch(version):
        return f"{head}.V{version[1:]}"
    return text


def line_smart_code(account_key: str) -> str:
    """Return the smart code of the lines that post to an account key."""
    word = _LINE_WORDS.get(account_key, account_key.upper())
    return f"HERA.GL.LINE.{word}.v1"
