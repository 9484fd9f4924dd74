"""Both ways of reading JSON text accept and refuse the same texts, with the same result."""

import json
from decimal import Decimal
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hera_engine import json_text
from hera_engine.json_text import JsonTextError, loads, read_exactly

TOKENS: Final = (
    "{", "}", "[", "]", ",", ":", " ", "\n", "\t", "\x0b", "\x00", "\ufeff", "\ud800",
    '"', '"a"', '"b"', '"a":', '"\\u0061":', '"\\ud800"', '"\\ud83d\\ude00"', '"\\\\"', '"\\""',
    '"\\u0022"', '"é"', '":"', '"{"', '{"a":1,', '"a":1}', "[[", "]]",
    "0", "1", "-0", "-", "+1", "01", "1.5", "1.", ".5", "1e5", "1E-2", "1e999", "9" * 18, "9" * 19,
    "9" * 40, "9" * 41, "-" + "9" * 40, "9" * 5000, "true", "false", "null", "NaN", "-Infinity",
    "[" * 63, "]" * 63, "[" * 64, "]" * 64, "[" * 70, "]" * 70, '{"k":' * 64, "}" * 64,
)  # fmt: skip
"""What texts are put together from: all marks of JSON, and what its readers differ about."""

_numbers = st.one_of(
    st.integers(-(10**45), 10**45).map(str),
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.floats().map(repr),
)
_blanks = st.sampled_from(["", "", " ", "\n\t\r "])


def _spaced(blank: str, opening: str, members: list[str], closing: str) -> str:
    return f"{opening}{blank}{f'{blank},{blank}'.join(members)}{blank}{closing}"


def _branches(members: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return objects, whose keys may stand twice, and lists of some members."""
    keys = st.sampled_from(['"a"', '"b"', '"\\u0061"', '""', '"é"']) | st.text().map(json.dumps)
    pairs = st.builds(
        lambda key, blank, value: f"{key}{blank}:{blank}{value}", keys, _blanks, members
    )
    return st.one_of(
        st.builds(_spaced, _blanks, st.just("{"), st.lists(pairs, max_size=5), st.just("}")),
        st.builds(_spaced, _blanks, st.just("["), st.lists(members, max_size=5), st.just("]")),
    )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


_documents = st.recursive(
    st.one_of(
        st.sampled_from(["true", "false", "null", "NaN"]),
        st.integers(-(10**6), 10**6).map(str),
        _numbers,
        st.text().map(_quoted),
        st.text().map(json.dumps),
    ),
    _branches,
    max_leaves=12,
)
"""JSON texts in all spellings; some have a key twice or a number that is none."""


@st.composite
def _damaged(draw: st.DrawFn) -> str:
    """Return a JSON text in which a piece is replaced."""
    text = draw(_documents)
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + 3)))
    return text[:start] + draw(st.sampled_from(("", *TOKENS))) + text[end:]


_texts = st.one_of(
    _documents,
    _damaged(),
    st.lists(st.sampled_from(TOKENS), max_size=12).map("".join),
    st.text(),
)


def _spelt(value: object) -> object:
    """Return a value in which 1, True and Decimal("1") are not the same."""
    if isinstance(value, dict):
        return [(key, _spelt(each)) for key, each in value.items()]
    if isinstance(value, list):
        return ["list", *map(_spelt, value)]
    return type(value), str(value) if isinstance(value, Decimal) else value


def _outcome(data: bytes | str, *, exactly: bool) -> object:
    try:
        return _spelt(read_exactly(data) if exactly else loads(data))
    except JsonTextError as error:
        return vars(error)


@given(_texts)
@example('{"a":1,"a":2}')
@example('{"a":"","\\u0061":"x"}')
@example("[1.0]")
@example("[" * 65 + "]" * 65)
@example("[" + "9" * 41 + "]")
@example('{"a":"","b":"\\"\\""}')
def test_both_ways_read_the_same(text: str) -> None:
    """A str has one outcome, whichever way it is read, and so have its bytes."""
    assert _outcome(text, exactly=False) == _outcome(text, exactly=True)
    data = text.encode("utf-8", "surrogatepass")
    assert _outcome(data, exactly=False) == _outcome(data, exactly=True)


@given(st.binary() | _texts.map(lambda text: text.encode("utf-16", "surrogatepass")))
def test_both_ways_read_the_same_bytes(data: bytes) -> None:
    """Bytes that are no UTF-8 are refused by both."""
    assert _outcome(data, exactly=False) == _outcome(data, exactly=True)


@pytest.mark.parametrize("depth", [1, 2, 64])
def test_both_ways_end_at_the_same_depth(depth: int) -> None:
    """The nesting allowed is read; one level more is refused."""
    for opening, closing in (("[", "]"), ('{"a":[', "]}")):
        levels = len(opening.replace('"a":', ""))
        text = opening * (depth // levels) + closing * (depth // levels)
        if text:
            assert _spelt(loads(text, depth=depth)) == _spelt(read_exactly(text, depth))
        deeper = "[" + text + "]" if levels == 1 else opening + text + closing
        with pytest.raises(JsonTextError, match="nested too deeply"):
            loads(deeper, depth=depth)


HOSTILE: Final = (
    "[" * 100_000,
    '{"a":' * 20_000,
    '[{"b":[' * 15_000,
    "[" + "9" * 100_000 + "]",
    "[0." + "9" * 100_000 + "]",
    "[1e" + "9" * 100_000 + "]",
    "[" + "1e5," * 25_000 + "1]",
    "[" + "9" * 4_300 + "," + "9" * 4_301 + "]",
    '{"a":"' + '\\"' * 50_000 + '"}',
    '{"a":"' + "\\ud800" * 16_000 + '"}',
    "{" + '"a":1,' * 16_000 + '"a":1}',
    "{" + ",".join(f'"{number}":"{number}"' for number in range(8_000)) + ',"7999":1}',
    '{"a":{' + ",".join(f'"{number}":[[]]' for number in range(8_000)) + "}}",
    '"' + "x" * 100_000,
    "[" + " " * 100_000,
    "[]" + " " * 100_000 + "x",
    "[" + '"","",' * 16_000 + "]",
)
"""A hundred kilobytes each, made to be slow, to recurse, or to be misread."""


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_end_alike(text: str) -> None:
    """Large texts end by both ways in the same value or the same refusal."""
    for data in (text, text.encode()):
        assert _outcome(data, exactly=False) == _outcome(data, exactly=True)


PLAIN: Final = '{"a":["\\u00e9","x: \\\\n",{"b":"1.50","c":-7,"d":true,"e":null}],"f":{"a":[]}}'


def test_an_ordinary_event_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Strings, whole numbers and escapes never need the exact way."""
    expected = read_exactly(PLAIN)
    monkeypatch.delattr(json_text, "read_exactly")

    assert loads(PLAIN) == loads(PLAIN.encode()) == expected
