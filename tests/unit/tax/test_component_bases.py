"""Components that name what they are due on besides the net."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from hera_engine import HeraError
from hera_engine.tax import (
    Component,
    ComponentKind,
    Reason,
    RoundingRule,
    TaxProfile,
    Tier,
    compute_tax,
    convert_taxes,
)
from hera_engine.tax.component_base import BREAK_CIRCLE, base_faults


def part(code: str, rate: str, **fields: Any) -> Component:
    """Return a component of so many percent."""
    return Component(code=code, rate=Decimal(rate), **fields)


GST = part("GST", "5")
EXC = part("EXC", "10")
QST = part("QST", "9.975", on=("GST",))


def rows(
    parts: Sequence[Component], amount: object = "100.00", **item: object
) -> list[tuple[str, str, str]]:
    """Return code, base and amount of each component of one item."""
    profile = TaxProfile.from_components(parts)
    taxed = compute_tax(profile, [{"amount": amount, **item}], currency="CAD").items[0]
    return [(tax.code, str(tax.base), str(tax.amount)) for tax in taxed.components]


# --- what is in a base ---------------------------------------------------------------------


def test_a_component_is_due_on_those_that_it_names() -> None:
    """Of three taxes one is due on the first, and on no other."""
    assert rows([GST, EXC, QST]) == [
        ("GST", "100.00", "5.00"), ("EXC", "100.00", "10.00"), ("QST", "105.00", "10.47"),
    ]  # fmt: skip


def test_several_may_be_named() -> None:
    """20 per cent of 100.00, 5.00 and 10.00 are 23.00."""
    assert rows([GST, EXC, part("VAT", "20", on=("EXC", "GST"))])[2] == ("VAT", "115.00", "23.00")


def test_a_component_that_an_item_does_not_bear_is_not_in_the_base() -> None:
    """Without the first tax the second is due on the net alone."""
    assert rows([GST, QST], components=["QST"]) == [("QST", "100.00", "9.98")]


def test_naming_goes_before_the_flags() -> None:
    """A compound component that is not named is not in the base, one that is named is."""
    parts = [part("A", "10", compound=True), part("B", "10", base_affected=False)]

    assert rows([*parts, part("C", "10", on=("B",), base_affected=False)]) == [
        ("A", "100.00", "10.00"), ("B", "100.00", "10.00"), ("C", "110.00", "11.00"),
    ]  # fmt: skip


def test_a_price_may_include_a_tax_on_a_tax() -> None:
    """100.00, 5.00 and 10 per cent of 105.00 are 115.50, and are found in it again."""
    inside = [part("A", "5", inclusive=True), part("B", "10", on=("A",), inclusive=True)]

    assert rows(inside, "115.50") == [("A", "100.00", "5.00"), ("B", "105.00", "10.50")]


def test_a_price_may_include_a_tax_on_one_that_comes_on_top() -> None:
    """The price holds 10.50 for the second tax; the first is paid besides."""
    mixed = [part("A", "5", inclusive=False), part("B", "10", on=("A",), inclusive=True)]

    assert rows(mixed, "110.50") == [("A", "100.00", "5.00"), ("B", "105.00", "10.50")]


def test_a_base_may_hold_an_amount_per_unit() -> None:
    """An excise of 3.00 for each of two is in the base of the tax, in the price or not."""
    excise = Component(code="EXC", kind=ComponentKind.FIXED, rate=Decimal(3))
    profile = TaxProfile.from_components([excise, part("VAT", "20", on=("EXC",))])

    outside, inside = compute_tax(
        profile,
        [
            {"quantity": 2, "unit_price": 47, "inclusive": False},
            {"quantity": 2, "unit_price": 60, "inclusive": True},
        ],
    ).items

    assert [str(each.components[1].base) for each in (outside, inside)] == ["100.00", "100.00"]
    assert [str(each.gross) for each in (outside, inside)] == ["120.00", "120.00"]


def test_a_reverse_charge_is_in_the_base_of_what_names_it() -> None:
    """A cess of 10 per cent on a tax that the buyer owes is due on it all the same."""
    owed = part("GST", "18", reverse_charge=True)
    cess = part("CESS", "10", reverse_charge=True, on=("GST",))

    assert rows([owed, cess])[1] == ("CESS", "118.00", "0.00")


def test_a_base_may_be_named_within_one_sequence() -> None:
    """Components of one sequence share a base, but for what one of them names."""
    parts = [part("A", "10", sequence=1), part("B", "10", sequence=1, on=("A",))]

    assert rows(parts)[1] == ("B", "110.00", "11.00")


def test_neighbours_divide_one_gross_unless_one_is_on_the_other() -> None:
    """12 and 6 per cent of a price take 18 of 100.00; a tax on a tax is taken out first."""
    kind = ComponentKind.DIVISION
    first = part("A", "12", kind=kind, inclusive=True)

    side_by_side = rows([first, part("B", "6", kind=kind, inclusive=True)])
    one_on_other = rows([first, part("B", "6", kind=kind, inclusive=True, on=("A",))])

    assert side_by_side == [("A", "82.00", "12.00"), ("B", "82.00", "6.00")]
    assert one_on_other == [("A", "82.72", "11.28"), ("B", "94.00", "6.00")]


def test_an_earlier_level_raises_the_base_of_a_later_one_past_an_unaffected_neighbour() -> None:
    """The neighbour on the same level stays at the net, and hides nothing from the next."""
    parts = [
        part("A", "10", compound=True, sequence=1),
        part("B", "10", compound=True, sequence=2, base_affected=False),
        part("C", "10", compound=True, sequence=2),
    ]

    assert [base for _, base, _ in rows(parts)] == ["100.00", "100.00", "110.00"]


# --- rates beside components ---------------------------------------------------------------


def test_an_item_under_a_rate_that_charges_nothing_keeps_its_reason() -> None:
    """It bears no component, in its own currency and in that of the books."""
    profile = TaxProfile.from_mapping(
        {
            "components": [{"code": "GST", "rate": "5"}],
            "rates": [
                {"code": "care", "exempt": True, "categories": ["care"]},
                {"code": "abroad", "percent": "0", "reason": "export", "categories": ["abroad"]},
            ],
        }
    )
    items = [{"amount": 100, "category": each} for each in ("care", "abroad", "toys")]

    here = compute_tax(profile, items, currency="CAD")
    stated = compute_tax(profile, items, currency="CAD", stated_tax="5.00")
    books = convert_taxes(profile, items, currency="CAD", per_base=Decimal(2))

    for result in (here, stated, books):
        assert [each.reason for each in result.items] == [
            Reason.EXEMPT, Reason.EXPORT, Reason.STANDARD,
        ]  # fmt: skip
        assert [len(each.components) for each in result.items] == [0, 0, 1]
    assert [str(each.tax) for each in (here, stated, books)] == ["5.00", "5.00", "2.50"]


# --- what is refused -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "message", "hint"),
    [
        ([QST, GST], "is due on `GST`, which comes after it", "write `QST` after `GST`"),
        (
            [part("A", "1", sequence=2), part("B", "1", on=("A",), sequence=1)],
            "is due on `A`, which comes after it", "give `B` a higher sequence than `A`",
        ),
        (
            [part("A", "1", on=("B",)), part("B", "1", on=("A",))],
            "due on each other: A -> B -> A", BREAK_CIRCLE,
        ),
        (
            [part("A", "1", on=("C",)), part("B", "1", on=("A",)), part("C", "1", on=("B",))],
            "due on each other: A -> C -> B -> A", BREAK_CIRCLE,
        ),
        (
            [GST, part("QST", "1", on=("GTS",))],
            "`QST` is due on `GTS`, which is no component", "did you mean `GST`?",
        ),
    ],
)  # fmt: skip
def test_a_base_that_is_not_known_in_time_is_refused(
    parts: list[Component], message: str, hint: str
) -> None:
    """The error names both components, and the hint says what to change."""
    with pytest.raises(HeraError, match=message) as caught:
        TaxProfile.from_components(parts)

    assert (caught.value.code, caught.value.hint) == ("E_TAX_PROFILE", hint)


def test_all_faults_of_bases_are_told() -> None:
    """Each with the index of its component."""
    found = base_faults([QST, GST, part("C", "1", on=("X", "QST"))], ["QST", "GST", "C"])

    assert [fault.component for fault in found] == [0, 2]


def test_what_applies_on_other_days_need_not_come_first() -> None:
    """A tax that ended before its base began has nothing to be after."""
    old = part("B", "1", on=("A",), effective_to=date(2019, 12, 31))
    new = part("A", "1", effective_from=date(2020, 1, 1))

    TaxProfile.from_components([old, new])
    with pytest.raises(HeraError, match="which comes after it"):
        TaxProfile.from_components([old, part("A", "1")])


def test_an_order_that_only_some_items_have_is_refused_for_those() -> None:
    """A component without a sequence comes earlier where an item bears fewer of them."""
    filler = [part(code, "1") for code in "XYZ"]
    profile = TaxProfile.from_components(
        [part("A", "1", sequence=4), *filler, part("B", "1", on=("A",))]
    )

    assert compute_tax(profile, [{"amount": 1}]).items[0].components[-1].code == "B"
    with pytest.raises(HeraError, match="`B` is due on `A`, which comes after it"):
        compute_tax(profile, [{"amount": 1, "components": ["A", "B"]}])


@pytest.mark.parametrize("on", ["GST", ("",), (5,), None, ("QST",)])
def test_what_is_no_list_of_other_codes_is_refused(on: Any) -> None:
    """A text is a list of letters to Python, and no component is due on itself."""
    with pytest.raises(HeraError, match="E_TAX_PROFILE: tax component `QST` is due on"):
        Component(code="QST", rate=Decimal(1), on=on)


def test_no_price_includes_a_tax_on_tiers() -> None:
    """A tiered tax is not linear, and so nothing in a price may follow from one."""
    tiered = Component(
        code="A", kind=ComponentKind.TIERED, tiers=(Tier(None, Decimal(5)),), inclusive=False
    )
    profile = TaxProfile.from_components(
        [tiered, part("B", "5", on=("A",), inclusive=True)], rule=RoundingRule(name="total")
    )

    with pytest.raises(HeraError, match="is tiered and compound"):
        compute_tax(profile, [{"amount": 100}])
