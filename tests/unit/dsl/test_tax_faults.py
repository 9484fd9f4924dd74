"""Faults in the settings of a tax profile: what each is told, and what it does not bring along."""

from typing import Final

import pytest

from hera_engine import check_schema, load_schema
from tests.unit.dsl.schema_texts import SOUND

COMPONENT: Final = (
    "on B", "compound", "unaffected", "sequence 3", "inclusive", "withheld", "reverse charge",
    "repartition 60%, 40%", "jurisdiction CA", "account cash", "input cash", "recoverable 50%",
    "expense fees", "group G", "from 2020-01-01", "to 2020-12-31", 'source "law"',
)  # fmt: skip
RATE: Final = (
    "for x", "from 2020-01-01", "to 2020-12-31", "inclusive", "reason export", "account cash",
    "input cash", "recoverable 50%", "expense fees", 'source "law"',
)  # fmt: skip
OPENING: Final = {
    "component A 5%": ("component", COMPONENT),
    "rate a 0%": ("rate", RATE),
    "exempt a": ("exempt", tuple(part for part in RATE if part != "reason export")),
    "reverse charge a 5%": (
        "reverse charge", tuple(part for part in RATE if part != "reason export")
    ),
}  # fmt: skip
SWAPS: Final = [(opening, at) for opening in OPENING for at in range(len(OPENING[opening][1]) - 1)]


def errors(settings: str) -> list[tuple[str, str, str | None]]:
    """Return name, message and hint of each error in a profile of these settings."""
    text = f"{SOUND}tax profile x {{\n{settings}\n}}\n"
    found = (fault for fault in check_schema(text) if fault.severity.value == "error")
    return [(fault.name, fault.message, fault.hint) for fault in found]


def hints(settings: str) -> list[str | None]:
    """Return the hint of each error."""
    return [hint for _, _, hint in errors(settings)]


@pytest.mark.parametrize("opening", OPENING)
def test_what_follows_a_rate_or_component_stands_in_the_order_that_the_hint_names(
    opening: str,
) -> None:
    """All of it, in that order, is no syntax fault; and the hint names each part."""
    owner, parts = OPENING[opening]
    words = [part if part == "reverse charge" else part.split()[0] for part in parts]
    shown = ["inclusive/exclusive" if word == "inclusive" else word for word in words]

    assert not [name for name, _, _ in errors(f"{opening} {' '.join(parts)}") if name == "SYNTAX"]
    (hint,) = hints(f"{opening} {parts[-1]} {parts[0]}")
    assert hint == f"behind `{owner}` stand in this order: {', '.join(shown)}"


@pytest.mark.parametrize(("opening", "at"), SWAPS)
def test_a_part_that_stands_too_late_is_told_the_order(opening: str, at: int) -> None:
    """Two neighbours in the wrong order, on one line and on two."""
    owner, parts = OPENING[opening]
    earlier, later = parts[at], parts[at + 1]

    for blank in (" ", "\n    "):
        found = errors(f"{opening} {later}{blank}{earlier}")

        assert [name for name, _, _ in found] == ["SYNTAX"]
        assert (found[0][2] or "").startswith(f"behind `{owner}` stand in this order: ")


def test_a_word_that_is_expected_elsewhere_keeps_its_hint() -> None:
    """One that is misspelt, reserved, or follows nothing complete is not told the order."""
    assert hints("component A 5% compund") == ["did you mean `compound`?"]
    assert hints("rate a 5% account for x") == [
        "`for` is a reserved word: as a name write it in back-quotes"
    ]
    assert hints("component A account cash") == [None]
    assert hints('source "law" account cash\nrate a 5%') == [None]


@pytest.mark.parametrize(
    ("reverse", "name"),
    [
        ("reverse charge 5% for x", "reverse_charge"),
        ("reverse charge for x", "reverse_charge"),
        ("reverse charge imports 5% for x", "imports"),
        ("reverse charge imports", "imports"),
    ],
)
def test_a_reverse_charge_behind_components_is_the_fault_it_is_before_them(
    reverse: str, name: str
) -> None:
    """It cannot stand beside them, wherever it is written."""
    message = f"tax profile `x`: rate `{name}` stands beside components, where no rate charges tax"
    expected = [("BAD_TAX_PROFILE", message, f"say `{name}` as a component")]

    assert errors(f"  {reverse}\n  component A 5%") == expected
    assert errors(f"  component A 5%\n  {reverse}") == expected
    assert errors(f"  component A 5%\n  exempt for y\n  {reverse}\n  bear A for z") == expected
    assert len(errors(f"  component A 5%\n  {reverse}\n  {reverse}\n  rate b x")) == 3


def test_a_component_that_is_a_reverse_charge_on_a_line_of_its_own_is_none() -> None:
    """The words end the component before them, also beside a fault elsewhere."""
    assert errors("  component A 5%\n  reverse charge\n  component B 5%") == []
    found = errors("  component A 5%\n  reverse charge\n  component B 5x%")
    assert [name for name, _, _ in found] == ["SYNTAX"]


@pytest.mark.parametrize(
    "setting",
    ["component A 5x%", "rate a 5x%", "rate 5%", "component 5%", "exempt 5%", "rate a 5"],
)
def test_a_fault_in_the_only_rate_is_one_fault(setting: str) -> None:
    """The profile is not told to have no rates, nor none for its default category."""
    for settings in (setting, f"default goods\n{setting}", f"{setting}\nbear nothing for x"):
        assert len(errors(settings)) == 1, settings


def test_a_profile_without_rates_is_told_so() -> None:
    """A fault in another profile does not hide it, nor one before it."""
    text = f"{SOUND}tax profile x {{ prices exclusive }}\ntax profile y {{ rate 5% }}\n"

    found = [fault.message for fault in check_schema(text) if fault.severity.value == "error"]

    assert "tax profile `x`: it has no rates" in found
    assert len(found) == 2


@pytest.mark.parametrize(
    ("first", "second", "way"),
    [
        ("exempt for a", "exempt for b", "`exempt NAME`"),
        ("reverse charge 5% for a", "reverse charge 5% for b", "`reverse charge NAME`"),
    ],
)
def test_a_second_rate_without_a_name_is_told_how_to_have_one(
    first: str, second: str, way: str
) -> None:
    """What the hint proposes is accepted."""
    (name, _, hint), *rest = errors(f"rate standard 5%\n{first}\n{second}")

    assert (name, rest) == ("DUPLICATE", [])
    assert way in (hint or "")
    named = second.replace("exempt", "exempt other").replace("charge", "charge other")
    load_schema(f"{SOUND}tax profile x {{\nrate standard 5%\n{first}\n{named}\n}}\n")


@pytest.mark.parametrize(
    ("first", "second", "day"),
    [
        ("", "", "every day"),
        ("from 2020-01-01", "from 2021-01-01", "2021-01-01"),
        ("to 2020-12-31", "from 2020-12-31", "2020-12-31"),
    ],
)
def test_components_of_one_name_that_overlap(first: str, second: str, day: str) -> None:
    """The fault names the component once, and the first day that has two."""
    assert errors(f"component A 5% {first}\ncomponent A 6% {second}") == [
        (
            "COMPONENT_OVERLAP", f"component `A` stands twice on {day}",
            "end one before the other begins, or give it another name",
        ),
    ]  # fmt: skip


def test_a_tiered_component_in_the_price_is_not_told_of_its_tiers() -> None:
    """They rise; the hint speaks of the price."""
    assert hints("component A tiers 5% up to 100.00, 12% inclusive") == [
        "say that prices exclude it, or give it one percentage"
    ]
    assert hints("component A tiers 5% up to 100.00, 12% up to 50.00") == [
        "let each slice end above the one before, and only the last without an end"
    ]
