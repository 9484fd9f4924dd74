"""JSON text with every digit kept, and nothing ambiguous in it."""

import pickle
from decimal import Decimal

import pytest

from hera_engine.frozen import FrozenMap
from hera_engine.json_text import JsonTextError, dumps, loads


def fault_of(data: bytes | str) -> JsonTextError:
    """Return why a text is refused."""
    with pytest.raises(JsonTextError) as caught:
        loads(data)
    return caught.value


def test_numbers_keep_their_digits() -> None:
    """What a float would change stays as written, zeros at the end too."""
    value = loads('{"a": 90071992547409.93, "b": 1.10, "c": 1E+2, "d": 12345678901234567890}')

    assert isinstance(value, dict)
    assert [str(each) for each in value.values()] == [
        "90071992547409.93", "1.10", "1E+2", "12345678901234567890",
    ]  # fmt: skip
    assert type(value["d"]) is int


@pytest.mark.parametrize("data", ["[]", b"[]", "\ufeff[]", b"\xef\xbb\xbf[]", " []\n"])
def test_bytes_and_text_are_read_alike(data: bytes | str) -> None:
    """UTF-8 bytes and strings are taken, with one byte order mark or none."""
    assert loads(data) == []


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}'])
def test_numbers_json_does_not_have_are_refused(text: str) -> None:
    """NaN and Infinity are not JSON."""
    assert fault_of(text).reason.endswith("which is no JSON number")


def test_a_key_twice_in_one_object_is_refused_with_its_place() -> None:
    """The second of two equal keys is pointed at; equal keys of two objects are fine."""
    text = '{"a": {"x": 1},\n "b": {"x": 1, "y": ":",\n   "\\u0078": 2}}'

    fault = fault_of(text)

    assert (fault.key, fault.position) == ("x", (3, 4))
    assert loads('[{"x": "x"}, {"x": ["x", "x"]}]') == [{"x": "x"}, {"x": ["x", "x"]}]


def test_the_first_of_several_repeated_keys_is_named() -> None:
    """The place that a reader of the text comes to first is the one reported."""
    fault = fault_of('{"a": 1, "a": {"b": 1, "b": 2}}')

    assert (fault.key, fault.position) == ("a", (1, 10))


@pytest.mark.parametrize("depth", [64, 65, 640, 100_000])
def test_nesting_ends_at_the_limit(depth: int) -> None:
    """Sixty-four levels are read; more are refused before anything recurses."""
    text = "[" * depth + "]" * depth

    if depth == 64:
        loads(text)
    else:
        assert fault_of(text).reason == "is nested too deeply"


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"b":['])
def test_openings_without_end_are_refused(opening: str) -> None:
    """A hundred thousand brackets that never close do not exhaust the stack."""
    assert fault_of(opening * 100_000).reason == "is nested too deeply"


def test_brackets_inside_strings_do_not_nest() -> None:
    """A string may hold any number of brackets, and quotation marks that are escaped."""
    text = '["' + '[\\"{' * 1_000 + '"]'

    assert loads(text) == ['["{' * 1_000]


@pytest.mark.parametrize("text", ['"' + '\\"' * 400_000, '"' * 999_999 + "[" * 100, '"\\'])
def test_strings_without_end_are_refused_in_linear_time(text: str) -> None:
    """A megabyte of quotation marks is scanned once."""
    assert fault_of(text).reason == "is not JSON"


@pytest.mark.parametrize("digits", ["1" * 41, "0." + "1" * 39, "1" * 400, "1" * 5_000])
def test_long_numbers_are_refused(digits: str) -> None:
    """A number of more than forty characters is never converted."""
    assert dict(fault_of(f"[{digits}]").details) == {
        "limit": "NUMBER_CHARACTERS",
        "allowed": "40",
        "seen": str(len(digits)),
    }


@pytest.mark.parametrize("number", ["1E+999999999", "1e100", "-0E-1000"])
def test_exponents_that_no_field_takes_are_refused(number: str) -> None:
    """The exponent is looked at before a Decimal is made."""
    assert fault_of(number).reason == "has a number with too large an exponent"


def test_the_longest_number_is_read() -> None:
    """Forty characters are a number."""
    assert loads("1" * 40) == int("1" * 40)


@pytest.mark.parametrize("size", [1_048_576, 1_048_577, 10_485_760])
def test_a_text_has_at_most_one_mebibyte(size: int) -> None:
    """A text at the limit is read, one byte more is not."""
    data = b'"' + b"x" * (size - 2) + b'"'

    if size == 1_048_576:
        assert len(str(loads(data))) == size - 2
    else:
        assert fault_of(data).limit == "JSON_CHARACTERS"


def test_bytes_that_are_not_utf8_are_refused_with_their_place() -> None:
    """Line and column count from one, in bytes."""
    fault = fault_of(b'{"a":\n "\xff"}')

    assert (fault.reason, fault.position) == ("is not UTF-8", (2, 3))


@pytest.mark.parametrize("text", ["", "   ", "\ufeff"])
def test_nothing_is_no_json(text: str) -> None:
    """An empty text is called empty."""
    assert fault_of(text).reason == "is empty"


@pytest.mark.parametrize(
    ("text", "position"),
    [("{\n  'a': 1}", (2, 3)), ("[1,", (1, 4)), ('{"a":1,}', (1, 8)), ('"\x01"', (1, 2))],
)
def test_malformed_text_is_refused_with_its_place(text: str, position: tuple[int, int]) -> None:
    """Line and column of the first fault are known."""
    fault = fault_of(text)

    assert fault.reason == "is not JSON"
    assert fault.position is not None
    assert fault.position[0] == position[0]


def test_other_types_are_refused() -> None:
    """Only text and bytes are JSON text."""
    with pytest.raises(JsonTextError, match="neither a string nor bytes"):
        loads(7)  # type: ignore[arg-type]  # what an untyped caller may do


def test_writing_is_compact_and_canonical() -> None:
    """Decimals are strings, letters of any script stay, keys can be sorted."""
    value = {"b": [Decimal("1E+1"), None, True], "a": FrozenMap({"é": (1, "x")})}

    assert dumps(value) == '{"b":["10",null,true],"a":{"é":[1,"x"]}}'
    assert dumps(value, sort_keys=True) == '{"a":{"é":[1,"x"]},"b":["10",null,true]}'


@pytest.mark.parametrize("value", [1.5, {"a": float("nan")}, {1: 2}, [object()]])
def test_what_json_does_not_hold_is_not_written(value: object) -> None:
    """Floats, keys that are no strings and foreign objects are refused."""
    with pytest.raises(JsonTextError):
        dumps(value)


def test_json_errors_survive_pickling() -> None:
    """A worker process can hand back the error whole."""
    error = fault_of('{"a": 1, "a": 2}')

    again = pickle.loads(pickle.dumps(error))

    assert vars(again) == vars(error)
