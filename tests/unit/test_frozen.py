"""Immutable copies of what callers send."""

import copy
import pickle
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest

from hera_engine import limits
from hera_engine.errors import ProblemList
from hera_engine.frozen import Frozen, FrozenMap, freeze, to_plain


def frozen(value: object) -> tuple[Frozen, list[str]]:
    """Return the copy of a value, and the problems found as path and message."""
    problems = ProblemList()
    result = freeze(value, "ctx", problems)
    return result, [f"{problem.path}: {problem.message}" for problem in problems.found]


def test_a_tree_becomes_tuples_and_frozen_maps() -> None:
    """Lists and tuples become tuples, mappings become frozen maps, scalars stay."""
    tree = {"a": [1, (True, None)], "b": MappingProxyType({"c": Decimal("1.50")})}

    result, problems = frozen(tree)

    assert problems == []
    assert result == FrozenMap({"a": (1, (True, None)), "b": FrozenMap({"c": Decimal("1.50")})})


def test_later_changes_by_the_caller_change_nothing() -> None:
    """The copy shares nothing that can change with the original."""
    inner: dict[str, Any] = {"x": [1]}
    tree = {"a": inner}

    result, _ = frozen(tree)
    inner["x"].append(2)
    tree["b"] = {}

    assert result == {"a": {"x": (1,)}}


def test_a_frozen_map_equals_any_mapping_with_the_same_items() -> None:
    """Equality is by content, whatever kind of mapping the other one is."""
    left = FrozenMap({"a": 1})

    assert left == {"a": 1}
    assert left == MappingProxyType({"a": 1})
    assert left != {"a": 2}
    assert left != 1


def test_equal_frozen_maps_have_equal_hashes() -> None:
    """The order of the keys does not count."""
    left, right = FrozenMap({"a": 1, "b": 2}), FrozenMap({"b": 2, "a": 1})

    assert left.__hash__() == right.__hash__()
    assert len({left, right}) == 1


def test_a_frozen_map_cannot_be_changed() -> None:
    """Neither items nor attributes can be set or deleted."""
    target: Any = FrozenMap({"a": 1})

    for change in (
        lambda: target.__setitem__("a", 2),
        lambda: setattr(target, "_items", {}),
        lambda: delattr(target, "_items"),
        lambda: setattr(target, "other", 1),
    ):
        with pytest.raises((AttributeError, TypeError)):
            change()

    assert target == {"a": 1}


def test_a_frozen_map_survives_pickling_and_copying() -> None:
    """Maps can be sent to other processes and copied."""
    original = FrozenMap({"a": (Decimal("1.5"), FrozenMap())})

    copies = pickle.loads(pickle.dumps(original)), copy.deepcopy(original), copy.copy(original)

    assert all(each == original for each in copies)


def test_a_frozen_map_reads_like_a_mapping() -> None:
    """Length, order, membership and defaults are those of the items given."""
    items = FrozenMap([("b", 1), ("a", None)])

    assert list(items) == ["b", "a"]
    assert (len(items), "a" in items, items.get("c", 7), items.get("c")) == (2, True, 7, None)
    assert items["b"] == 1
    assert repr(items) == "FrozenMap({'b': 1, 'a': None})"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1.5, "is a float"),
        (float("nan"), "is a float"),
        (Decimal("NaN"), "is not a finite number"),
        (Decimal("Infinity"), "is not a finite number"),
        (Decimal("1E+999999999"), "has more than 18 digits before the point"),
        (1 << 128, "has more than 128 bits"),
        ("x\x00", "has a hidden character"),
        ("x\x9f", "has a hidden character"),
        ("a\nb", "has a hidden character"),
        ("\u202eabc", "has a hidden character"),
        ("\u2028", "has a hidden character"),
        ("\ud800", "has a hidden character"),
        ("e\u0301", "is not in composed form (NFC)"),
        (object(), "is of a kind that events do not hold"),
        ({1, 2}, "is of a kind that events do not hold"),
        (b"x", "is of a kind that events do not hold"),
    ],
)
def test_values_that_do_not_fit_are_named_with_their_path(value: object, message: str) -> None:
    """The path is written as the caller would write it."""
    result, problems = frozen({"items": [0, 1, {"amount": value}]})

    assert problems == [f"ctx.items[2].amount: {message}"]
    assert result == {"items": (0, 1, {"amount": None})}


def test_other_scripts_and_large_identifiers_are_taken() -> None:
    """Text in composed form may be in any script; an integer may be an identifier."""
    tree = {"name": "Café Ω 東京", "id": 9_223_372_036_854_775_807}

    result, problems = frozen(tree)

    assert problems == []
    assert result == tree


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (1, "has a key that is not a string"),
        ("k" * 65, "has a key that is too long"),
        ("k" * 640, "has a key that is too long"),
        ("", "has a key that is empty or not printable ASCII"),
        ("é", "has a key that is empty or not printable ASCII"),
        ("a\n", "has a key that is empty or not printable ASCII"),
    ],
)
def test_keys_that_do_not_fit_are_refused(key: object, message: str) -> None:
    """Keys are short printable ASCII strings."""
    result, problems = frozen({key: 1, "good": 2})

    assert problems == [f"ctx: {message}"]
    assert result == {"good": 2}


def nested(depth: int) -> object:
    """Return a list nested so many times."""
    value: list[object] = []
    for _ in range(depth - 1):
        value = [value]
    return value


@pytest.mark.parametrize("depth", [16, 17, 160, 100_000])
def test_nesting_ends_at_the_limit(depth: int) -> None:
    """Sixteen levels are taken; one more, ten times more and 100,000 are one problem."""
    _, problems = frozen(nested(depth))

    assert len(problems) == (depth > limits.EVENT_DEPTH)
    assert all(problem.endswith("is nested too deeply") for problem in problems)


def test_a_value_that_holds_itself_ends_at_the_limit() -> None:
    """A cycle is too deep, like any other tree without an end."""
    cycle: dict[str, object] = {}
    cycle["again"] = cycle

    _, problems = frozen(cycle)

    assert len(problems) == 1
    assert problems[0].endswith("is nested too deeply")


@pytest.mark.parametrize("count", [9_999, 10_000, 100_000])
def test_a_tree_has_at_most_ten_thousand_values(count: int) -> None:
    """The tree itself counts as one value; one too many is one problem at its root."""
    _, problems = frozen([0] * count)

    assert problems == (["ctx: holds too many values"] if count > 9_999 else [])


def test_branches_that_share_one_object_count_each_time() -> None:
    """A list that holds itself twice at each level cannot grow past the limit."""
    shared: list[object] = [1] * 2
    for _ in range(14):
        shared = [shared, shared]

    _, problems = frozen(shared)

    assert problems == ["ctx: holds too many values"]


def test_a_mapping_that_never_ends_is_cut() -> None:
    """A mapping that yields more than it says is read up to the limit only."""

    class Endless(Mapping[str, int]):
        def __getitem__(self, key: str) -> int:
            return 1

        def __len__(self) -> int:
            return 1

        def __iter__(self) -> Any:
            number = 0
            while True:
                number += 1
                yield f"k{number}"

    result, _ = frozen(Endless())

    assert isinstance(result, FrozenMap)
    assert len(result) <= limits.EVENT_NODES


@pytest.mark.parametrize("length", [16_384, 16_385, 163_840])
def test_a_string_has_at_most_16384_characters(length: int) -> None:
    """The longest string is taken, one character more is not."""
    _, problems = frozen("x" * length)

    assert problems == ([] if length == 16_384 else ["ctx: has too many characters"])


def test_a_broken_limit_is_in_the_details() -> None:
    """A program can read limit, allowed and seen without reading the sentence."""
    problems = ProblemList()

    freeze("x" * 16_385, "ctx.memo", problems)

    assert dict(problems.found[0].details) == {
        "limit": "STRING_CHARACTERS",
        "allowed": "16384",
        "seen": "16385",
    }


def test_plain_values_are_ready_for_json() -> None:
    """Decimals become strings of digits, tuples lists, maps dicts."""
    plain = to_plain(FrozenMap({"a": (Decimal("1E+3"), None, True, 7), "b": FrozenMap()}))

    assert plain == {"a": ["1000", None, True, 7], "b": {}}
