"""Profiles of components in JSON form: what stands beside them, and in which order they are."""

from datetime import date

import pytest

from hera_engine import limits
from hera_engine.errors import PostingRejected
from hera_engine.tax import Reason, TaxProfile
from hera_engine.tax.profile import validate_profile_mapping

QUEBEC = {
    "id": "CA-QC",
    "source": "Loi sur la taxe de vente du Québec, § 16",
    "default_category": "goods",
    "components": [
        {"code": "GST", "rate": "5", "source": "Excise Tax Act s 165"},
        {"code": "QST", "rate": "9.975", "on": ["GST"], "recoverable": "50", "input_account": "in"},
    ],
    "component_categories": {"books": ["GST"], "nothing": [], "dated": ["GST"]},
    "rates": [
        {"code": "free", "exempt": True, "categories": ["services.financial"]},
        {"code": "abroad", "percent": "0", "reason": "export", "categories": ["goods.export"]},
        {
            "code": "relief", "reason": "zero", "categories": ["dated", "later"],
            "effective_from": "2025-01-01",
        },
    ],
}  # fmt: skip


def faults(**change: object) -> list[tuple[str, str | None, str]]:
    """Return name, pointer and message of each fault of a changed profile."""
    _, found = validate_profile_mapping({**QUEBEC, **change})
    return [(fault.name, fault.pointer, fault.message) for fault in found]


@pytest.mark.parametrize(
    ("category", "reason", "codes"),
    [
        (None, Reason.STANDARD, ["GST", "QST"]),
        ("anything", Reason.STANDARD, ["GST", "QST"]),
        ("books", Reason.STANDARD, ["GST"]),
        ("nothing", Reason.OUT_OF_SCOPE, []),
        ("services.financial", Reason.EXEMPT, []),
        ("goods.export", Reason.EXPORT, []),
        ("dated", Reason.ZERO, []),
        ("later", Reason.ZERO, []),
    ],
)
def test_a_rate_beside_components_keeps_its_reason(
    category: str | None, reason: Reason, codes: list[str]
) -> None:
    """An item that such a rate serves bears no component; all others bear those of their list."""
    treatment = TaxProfile.from_mapping(QUEBEC).resolve(category, date(2026, 1, 1))

    assert treatment.reason is reason
    assert [component.code for component in treatment.components] == codes
    assert treatment.is_taxed is bool(codes)


def test_before_the_first_day_of_a_rate_the_list_of_the_category_is_borne() -> None:
    """A rate that begins leaves a list in force until then; without a list there is no rate."""
    profile = TaxProfile.from_mapping(QUEBEC)

    before = profile.resolve("dated", date(2024, 12, 31))

    assert [component.code for component in before.components] == ["GST"]
    with pytest.raises(PostingRejected) as caught:
        profile.resolve("later", date(2024, 12, 31))
    assert caught.value.code == "E_RATE_RESOLUTION"


def test_a_profile_with_both_survives_its_mapping() -> None:
    """What `to_mapping` writes is read as an equal profile, bases and laws included."""
    profile = TaxProfile.from_mapping(QUEBEC)

    assert profile.components[1].on == ("GST",)
    assert profile.source == "Loi sur la taxe de vente du Québec, § 16"
    assert TaxProfile.from_mapping(profile.to_mapping()) == profile


@pytest.mark.parametrize(
    ("change", "name", "pointer", "message"),
    [
        ({"rates": {"standard": "5"}}, "BAD_TAX_PROFILE", "/rates/standard",
         "rate `standard` stands beside components"),
        ({"source": "a\nb"}, "BAD_TEXT", "/source", "a character that cannot be printed"),
        ({"source": 7}, "WRONG_TYPE", "/source", "`source` is not a text"),
        ({"source": "x" * (limits.TEXT_CHARACTERS + 1)}, "TOO_LARGE", "/source",
         "TEXT_CHARACTERS: at most 1024 allowed, found 1025"),
        ({"components": [{"code": "GST", "rate": "5", "on": "QST"}]}, "WRONG_TYPE",
         "/components/0/on", "`on` is not a list"),
        ({"components": [{"code": "GST", "rate": "5", "on": ["GST"] * 17}]}, "BAD_TAX_PROFILE",
         "/components/0/on", "`on` lists more than 16 components"),
        ({"components": [{"code": "GST", "rate": "100", "kind": "division", "inclusive": True}]},
         "BAD_TAX_PROFILE", "/components", "take all of the price that includes them"),
        ({"components": [{"code": "GST", "rate": "5", "recoverable": "-1"}]}, "BAD_NUMBER",
         "/components/0/recoverable", "it must lie between 0 and 100"),
    ],
)  # fmt: skip
def test_a_fault_of_components_has_its_pointer(
    change: dict[str, object], name: str, pointer: str, message: str
) -> None:
    """Each fault is told at the value to blame."""
    found = faults(**change)

    assert found[0][:2] == (name, pointer)
    assert message in found[0][2]


def test_components_that_alternate_are_not_tried_out_together() -> None:
    """Where every category has its list, what no item bears at once need not leave a net."""
    components = [
        {"code": f"ICMS{rate}", "rate": str(rate), "kind": "division"} for rate in range(15, 25)
    ]
    lists = {f"c{rate}": [f"ICMS{rate}"] for rate in range(15, 25)}

    assert faults(components=components, component_categories=lists, default_category=None) == []
    assert faults(components=components, component_categories=lists)[0][:2] == (
        "BAD_TAX_PROFILE",
        "/components",
    )


def test_a_ring_of_all_components_is_told_once() -> None:
    """However long a cycle is, it is one fault, and it is found without recursion."""
    count = limits.PROFILE_COMPONENTS
    components = [
        {"code": f"C{index}", "rate": "1", "on": [f"C{(index + 1) % count}"]}
        for index in range(count)
    ]

    found = faults(components=components, component_categories={})

    assert len(found) == 1
    assert found[0][1] == "/components/0/on/0"
    assert "C0 -> C1 -> C2" in found[0][2]
    assert found[0][2].endswith("C255 -> C0")


def test_very_many_unknown_names_are_told_up_to_the_limit() -> None:
    """Looking up nearest names stops where nobody would be told."""
    components = [
        {"code": f"C{index}", "rate": "1", "on": [f"D{index}{other}" for other in range(16)]}
        for index in range(limits.PROFILE_COMPONENTS)
    ]

    found = faults(components=components, component_categories={})

    assert len(found) == limits.SCHEMA_FAULTS
