"""Tax profiles: reading both forms, writing them back, and finding the rate of an item."""

import pickle
from copy import deepcopy
from datetime import date, datetime
from decimal import Decimal

import pytest

from hera_engine import limits
from hera_engine.errors import PostingRejected, SchemaError
from hera_engine.tax import Reason, TaxProfile, TaxRounding, exempt_treatment
from hera_engine.tax.profile import validate_profile_mapping

SEED = {
    "id": "66666666-6666-6666-6666-666666666666",
    "jurisdiction": "AE",
    "tax_system": "VAT",
    "inclusive_prices": True,
    "rounding_method": "line",
    "rates": {"standard": "5.0", "zero": "0", "exempt": None},
}

GERMAN = {
    "id": "de",
    "jurisdiction": "DE",
    "inclusive_prices": None,
    "rounding": "total",
    "default_category": "goods",
    "rates": [
        {"code": "old", "percent": "19", "categories": ["goods"], "effective_to": "2020-06-30"},
        {
            "code": "cut", "percent": 16, "categories": ["goods"],
            "effective_from": date(2020, 7, 1), "effective_to": "2020-12-31",
        },
        {"code": "new", "percent": "19", "categories": ["goods"], "effective_from": "2021-01-01"},
        {
            "code": "reduced", "percent": Decimal("7"), "categories": ["books", "food"],
            "inclusive": True, "account": "tax_reduced",
        },
        {"code": "free", "exempt": True, "categories": ["rent"]},
        {"code": "abroad", "percent": "0", "reason": "export", "categories": ["goods.export"]},
        {"code": "gift", "reason": "out_of_scope"},
        {"code": "import", "percent": "19", "reverse_charge": True, "categories": ["imported"]},
    ],
}  # fmt: skip


def faults(data: object, at: str = "") -> list[tuple[str, str | None, str]]:
    """Return name, pointer and message of each fault of a mapping."""
    profile, found = validate_profile_mapping(data, at)
    assert (profile is None) == bool(found)
    return [(fault.name, fault.pointer, fault.message) for fault in found]


def rate_faults(**rate: object) -> list[tuple[str, str | None, str]]:
    """Return the faults of a profile with one rate."""
    return faults({"id": "x", "rates": [rate]})


# --- reading -------------------------------------------------------------------------------


def test_the_short_form_of_the_seeds_is_read() -> None:
    """Each field of the seeds' profile arrives, percentages with the digits they have."""
    profile = TaxProfile.from_mapping(SEED)

    assert profile.id == "66666666-6666-6666-6666-666666666666"
    assert (profile.jurisdiction, profile.tax_system) == ("AE", "VAT")
    assert profile.inclusive_prices is True
    assert profile.rounding is TaxRounding.LINE
    assert not profile.reverse_charge
    assert [(rate.code, str(rate.percent)) for rate in profile.rates] == [
        ("standard", "5.0"), ("zero", "0"), ("exempt", "None"),
    ]  # fmt: skip


def test_a_short_profile_needs_no_more_than_a_standard_rate() -> None:
    """Zero and exempt are there unsaid; prices and rounding have their defaults."""
    profile = TaxProfile.from_mapping({"rates": {"standard": 5}})

    assert profile.id == ""
    assert profile.inclusive_prices is None
    assert profile.rounding is TaxRounding.LINE
    assert profile.resolve("goods.export", None).reason is Reason.ZERO


def test_the_full_form_is_read() -> None:
    """Dates may be dates or text, and a rate's own price mode and account are kept."""
    profile = TaxProfile.from_mapping(GERMAN)

    treatment = profile.resolve("books", date(2020, 1, 1))

    assert profile.rounding is TaxRounding.TOTAL
    assert profile.reverse_charge
    assert (treatment.code, treatment.percent) == ("reduced", Decimal(7))
    assert (treatment.inclusive, treatment.account_key) == (True, "tax_reduced")


@pytest.mark.parametrize("data", [SEED, GERMAN, {**SEED, "reverse_charge_applicable": True}])
def test_what_is_written_is_read_back_as_the_same_profile(data: dict[str, object]) -> None:
    """The canonical mapping means what the original did; writing it again changes nothing."""
    profile = TaxProfile.from_mapping(data)

    written = profile.to_mapping()

    assert TaxProfile.from_mapping(written) == profile
    assert TaxProfile.from_mapping(written).to_mapping() == written


def test_a_cash_step_survives_writing() -> None:
    """It is a decimal string in the mapping."""
    profile = TaxProfile.from_mapping({**SEED, "rounding_method": "swedish", "cash_step": "0.05"})

    written = profile.to_mapping()

    assert written["cash_step"] == "0.05"
    assert TaxProfile.from_mapping(written).cash_step == Decimal("0.05")


def test_a_profile_survives_pickling_and_copying() -> None:
    """A copy is equal, has the same hash, and still finds rates."""
    profile = TaxProfile.from_mapping(GERMAN)

    for copy in (pickle.loads(pickle.dumps(profile)), deepcopy(profile)):
        assert copy == profile
        assert hash(copy) == hash(profile)
        assert copy.resolve("food", None) == profile.resolve("food", None)


def test_profiles_are_equal_by_meaning() -> None:
    """5.0 per cent is 5 per cent."""
    other = {**SEED, "rates": {"standard": "5", "zero": "0.00", "exempt": None}}

    assert TaxProfile.from_mapping(SEED) == TaxProfile.from_mapping(other)


# --- finding a rate ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("category", "code", "reason"),
    [
        ("goods.standard", "standard", Reason.STANDARD),
        ("services.standard", "standard", Reason.STANDARD),
        ("anything.else", "standard", Reason.STANDARD),
        (None, "standard", Reason.STANDARD),
        ("goods.export", "zero", Reason.ZERO),
        ("services.financial", "exempt", Reason.EXEMPT),
        ("services.imported", "standard", Reason.STANDARD),
    ],
)
def test_a_short_profile_maps_categories_as_the_origin_did(
    category: str | None, code: str, reason: Reason
) -> None:
    """Exports are zero, financial services exempt, every other category standard."""
    profile = TaxProfile.from_mapping(SEED)

    treatment = profile.resolve(category, None, counterparty=True)

    assert (treatment.code, treatment.reason) == (code, reason)
    assert treatment.category == (category or "standard")


def test_another_rate_of_a_short_profile_is_for_the_category_of_its_name() -> None:
    """A reduced rate that is written down can be asked for."""
    profile = TaxProfile.from_mapping({"rates": {"standard": "20", "reduced": "5"}})

    assert profile.resolve("reduced", None).percent == 5


@pytest.mark.parametrize("category", ["services.imported", "goods.imported_b2b", "reverse_charge"])
@pytest.mark.parametrize("allowed", [True, False])
@pytest.mark.parametrize("counterparty", [True, False])
def test_a_reverse_charge_needs_profile_category_and_counterparty(
    category: str, allowed: bool, counterparty: bool
) -> None:
    """With all three no tax is charged and the rate is kept; else it is the standard rate."""
    profile = TaxProfile.from_mapping({**SEED, "reverse_charge_applicable": allowed})

    treatment = profile.resolve(category, None, counterparty=counterparty)

    reverse = treatment.reason is Reason.REVERSE_CHARGE
    assert reverse == (allowed and counterparty)
    assert treatment.percent == 5
    assert treatment.is_taxed == (not reverse)
    assert (treatment.fraction == 0) == reverse


def test_a_reverse_charge_may_have_a_percentage_of_its_own() -> None:
    """In the short form it is written like any other rate, and is not there unless allowed."""
    rates = {"standard": "20", "reverse_charge": "5"}

    allowed = TaxProfile.from_mapping({"rates": rates, "reverse_charge_applicable": True})
    refused = TaxProfile.from_mapping({"rates": rates})

    assert allowed.resolve("services.imported", None, counterparty=True).percent == 5
    assert refused.resolve("services.imported", None, counterparty=True).percent == 20


@pytest.mark.parametrize(
    ("day", "code", "percent"),
    [
        (date(2020, 6, 30), "old", 19),
        (date(2020, 7, 1), "cut", 16),
        (date(2020, 12, 31), "cut", 16),
        (date(2021, 1, 1), "new", 19),
    ],
)
def test_the_date_chooses_the_rate(day: date, code: str, percent: int) -> None:
    """A past event finds the past rate, to the day."""
    profile = TaxProfile.from_mapping(GERMAN)

    treatment = profile.resolve(None, day)

    assert (treatment.category, treatment.code) == ("goods", code)
    assert treatment.percent == percent


def test_a_treatment_tells_the_dates_of_its_rate() -> None:
    """Both ends of the period, as written."""
    treatment = TaxProfile.from_mapping(GERMAN).resolve("goods", date(2020, 8, 1))

    assert treatment.effective_from == date(2020, 7, 1)
    assert treatment.effective_to == date(2020, 12, 31)


@pytest.mark.parametrize(
    ("category", "reason"),
    [
        ("rent", Reason.EXEMPT),
        ("goods.export", Reason.EXPORT),
        ("gift", Reason.OUT_OF_SCOPE),
        ("abroad", Reason.EXPORT),
    ],
)
def test_reasons_stay_apart(category: str, reason: Reason) -> None:
    """What charges nothing says why; a rate can also be asked for by its code."""
    treatment = TaxProfile.from_mapping(GERMAN).resolve(category, None)

    assert treatment.reason is reason
    assert not treatment.is_taxed
    assert treatment.percent == 0


def test_an_item_marked_exempt_needs_no_rate() -> None:
    """It keeps its category, or is called exempt, and has neither rate nor dates nor account."""
    named, unnamed = exempt_treatment("services.spa"), exempt_treatment()

    assert (named.category, named.code) == ("services.spa", "exempt")
    assert named.percent == 0
    assert unnamed.category == "exempt"
    assert (unnamed.inclusive, unnamed.account_key) == (None, None)
    assert (unnamed.effective_from, unnamed.effective_to) == (None, None)
    assert unnamed.fraction == 0


def rejected(data: object, category: str | None, on: date | None, **flags: bool) -> PostingRejected:
    """Return the error of a category that cannot be resolved."""
    profile = TaxProfile.from_mapping(data)
    with pytest.raises(PostingRejected) as caught:
        profile.resolve(category, on, **flags)
    assert caught.value.code == "E_RATE_RESOLUTION"
    return caught.value


def test_an_unknown_category_is_refused_with_the_nearest_one() -> None:
    """A full profile has no catch-all unless it has a standard rate without categories."""
    error = rejected(GERMAN, "bocks", date(2025, 1, 1))

    assert error.message == "no rate applies to category `bocks`"
    assert error.hint == "did you mean `books`?"
    assert error.details == {
        "category": "bocks",
        "date": "2025-01-01",
        "tax_profile": "de",
        "field": None,
    }


def test_a_date_without_a_rate_is_refused() -> None:
    """The error names the category and the day."""
    rates = [{"code": "a", "percent": "5", "categories": ["g"], "effective_from": "2018-01-01"}]

    error = rejected({"rates": rates}, "g", date(2017, 12, 31))

    assert error.message == "no rate applies to category `g` on 2017-12-31"


def test_a_catch_all_rate_has_its_dates_too() -> None:
    """A category that only the standard rate is for is refused before that rate begins."""
    rates = [{"code": "standard", "percent": "5", "effective_from": "2018-01-01"}]

    error = rejected({"rates": rates}, "goods", date(2017, 12, 31))

    assert error.message == "no rate applies to category `goods` on 2017-12-31"


def test_a_category_with_one_rate_needs_no_date() -> None:
    """The rate is used although it has a first day."""
    rates = [{"code": "a", "percent": "5", "categories": ["g"], "effective_from": "2018-01-01"}]

    treatment = TaxProfile.from_mapping({"rates": rates}).resolve("g", None)

    assert treatment.code == "a"


def test_several_rates_and_no_date_name_the_field_to_send() -> None:
    """The engine invents no date."""
    error = rejected(GERMAN, "goods", None)

    assert error.message == "category `goods` has 3 rates to choose from"
    assert error.hint == "send transaction_date or tax_point_date"
    assert error.details["field"] == "transaction_date"


def test_several_rates_of_one_code_on_a_day_are_refused() -> None:
    """A code that two rates bear for different categories does not stand for either."""
    rates = [
        {"code": "a", "percent": "5", "categories": ["x"]},
        {"code": "a", "percent": "6", "categories": ["y"], "effective_from": "2020-01-01"},
    ]

    error = rejected({"rates": rates}, "a", date(2021, 1, 1))

    assert error.message == "category `a` has 2 rates to choose from"
    assert error.hint is None


def test_a_category_under_reverse_charge_alone_asks_for_the_counterparty() -> None:
    """Charging nothing to a customer without a name would be wrong, and so would a guess."""
    error = rejected(GERMAN, "imported", date(2025, 1, 1), counterparty=False)

    assert error.message == "category `imported` is taxed by reverse charge only"
    assert error.hint is not None
    assert error.hint.startswith("name the counterparty")


def test_a_reverse_charge_that_the_profile_forbids_does_not_apply() -> None:
    """The hint says which key allows it."""
    data = {**GERMAN, "reverse_charge_applicable": False}

    error = rejected(data, "imported", None, counterparty=True)

    assert error.hint is not None
    assert error.hint.startswith("set reverse_charge_applicable")


# --- faults --------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [None, 5, "x", [SEED], {1: 2}])
def test_what_is_no_object_is_no_profile(data: object) -> None:
    """One fault, at the place where the profile was expected."""
    found = faults(data, "/tax_profiles/0")

    assert found == [("WRONG_TYPE", "/tax_profiles/0", "`tax profile` is not an object")]


def test_all_faults_are_raised_at_once() -> None:
    """The error holds a diagnostic for each fault, with its pointer and the nearest name."""
    data = {"juristiction": "AE", "inclusive_prices": "yes", "rates": {"standard": 5.0}}

    with pytest.raises(SchemaError) as caught:
        TaxProfile.from_mapping(data, at="/tax_profiles/1")

    assert [str(fault.place) for fault in caught.value.diagnostics] == [
        "/tax_profiles/1/juristiction",
        "/tax_profiles/1/inclusive_prices",
        "/tax_profiles/1/rates/standard",
    ]
    assert caught.value.diagnostics[0].hint == "did you mean `jurisdiction`?"
    assert caught.value.diagnostics[2].message == "`5.0` is not a number allowed here: is a float"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"id": ""}, ("WRONG_TYPE", "/id", "`id` is not a text")),
        ({"id": 7}, ("WRONG_TYPE", "/id", "`id` is not a text")),
        ({"id": "a\nb"}, ("BAD_TEXT", "/id", None)),
        ({"jurisdiction": "x" * 129}, ("TOO_LARGE", "/jurisdiction", None)),
        (
            {"rounding_method": "lines"},
            (
                "BAD_CHOICE", "/rounding_method",
                "`lines` is not one of none, line, total, swedish",
            ),
        ),
        ({"reverse_charge_applicable": 1}, ("WRONG_TYPE", "/reverse_charge_applicable", None)),
        ({"cash_step": "-1"}, ("BAD_NUMBER", "/cash_step", None)),
        ({"cash_step": "0.00"}, ("BAD_TAX_PROFILE", "/cash_step", None)),
        ({"name": "x"}, ("BAD_TAX_PROFILE", "/name", None)),
        ({"rates": None}, ("MISSING_KEY", "", "required key `rates` is missing")),
        ({"rates": "5"}, ("WRONG_TYPE", "/rates", "`rates` is not a list")),
        ({"rates": {1: "5"}}, ("WRONG_TYPE", "/rates", "`rates` is not an object")),
        ({"rates": []}, ("BAD_TAX_PROFILE", "/rates", None)),
        ({"rates": {"zero": "0"}}, ("MISSING_KEY", "/rates", None)),
        ({"rates": {"standard": "5", "": "5"}}, ("WRONG_TYPE", "/rates/", None)),
        ({"rates": {"standard": "5", "zero": "1"}}, ("BAD_NUMBER", "/rates/zero", None)),
        ({"rates": {"standard": "5", "exempt": "1"}}, ("BAD_NUMBER", "/rates/exempt", None)),
    ],
)  # fmt: skip
def test_a_faulty_field_is_told_with_its_place(
    change: dict[str, object], fault: tuple[str, str, str | None]
) -> None:
    """Each kind of fault of a profile has its name and its pointer."""
    found = faults({**SEED, **change})

    assert len(found) == 1
    name, pointer, message = found[0]
    assert (name, pointer) == fault[:2]
    assert fault[2] in (None, message)


def test_a_default_category_needs_a_rate() -> None:
    """The nearest category is proposed; a catch-all rate is for any default."""
    _, found = validate_profile_mapping({**GERMAN, "default_category": "good"})
    catch_all = {"default_category": "good", "rates": {"standard": "5"}}

    assert [fault.name for fault in found] == ["BAD_TAX_PROFILE"]
    assert found[0].message == "tax profile `de`: no rate is for `good`"
    assert found[0].hint == "did you mean `goods`?"
    assert faults(catch_all) == []


@pytest.mark.parametrize(
    ("percent", "reason"),
    [
        ("1000.01", "it must lie between 0 and 1000"),
        ("-1", "it must lie between 0 and 1000"),
        (True, "is true or false, not a number"),
        (5.5, "is a float"),
    ],
)
def test_a_percentage_out_of_bounds_or_inexact_is_refused(percent: object, reason: str) -> None:
    """The fault stands at the percentage and says what is allowed."""
    found = rate_faults(code="a", percent=percent)

    assert [(name, pointer) for name, pointer, _ in found] == [("BAD_NUMBER", "/rates/0/percent")]
    assert found[0][2].endswith(reason)


@pytest.mark.parametrize("percent", ["0", "1000", "0.000000000001"])
def test_a_percentage_at_its_bounds_is_accepted(percent: str) -> None:
    """From nought to a thousand, with up to twelve decimals."""
    assert rate_faults(code="a", percent=percent) == []


@pytest.mark.parametrize(
    ("percent", "shown"),
    [
        (10**60, "a very large number"),
        (Decimal("1E+999999"), "1E+999999"),
        ("é" * 3, "\\xe9\\xe9\\xe9"),
        ("9" * 60, "9" * 40 + "…"),
        ([], "list"),
    ],
)
def test_a_message_repeats_a_value_briefly(percent: object, shown: str) -> None:
    """Whatever a caller sends, the message stays short and in plain letters."""
    found = rate_faults(code="a", percent=percent)

    assert found[0][2].startswith(f"`{shown}` is not a number allowed here")


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        ("2025-02-30", "2025-02-30"),
        ("20250101", "20250101"),
        ("１２３４-01-01", "\\uff11\\uff12\\uff13\\uff14-01-01"),
        (datetime(2025, 1, 1), "2025-01-01 00:00:00"),  # noqa: DTZ001 # refused whatever its zone
        (20250101, "20250101"),
        (True, "true"),
    ],
)
def test_what_is_no_day_is_refused(day: object, shown: str) -> None:
    """Only a date, or text in the form 2025-01-31 that names a day, is a day."""
    found = rate_faults(code="a", percent="5", effective_from=day)

    assert found == [("BAD_DATE", "/rates/0/effective_from", f"`{shown}` is not a date")]


@pytest.mark.parametrize(
    ("rate", "names"),
    [
        ({"percent": "5"}, ["MISSING_KEY"]),
        ({"code": "a"}, ["MISSING_KEY"]),
        ({"code": "a", "percent": "5", "categories": "goods"}, ["WRONG_TYPE"]),
        ({"code": "a", "percent": "5", "categories": ["g", "g"]}, ["DUPLICATE"]),
        ({"code": "a", "percent": "5", "categories": [3, ""]}, ["WRONG_TYPE", "WRONG_TYPE"]),
        ({"code": "a", "percent": "5", "inclusive": "no"}, ["WRONG_TYPE"]),
        ({"code": "a", "percent": "5", "exempt": True}, ["BAD_TAX_PROFILE"]),
        ({"code": "a", "percent": "5", "reason": "zero"}, ["BAD_TAX_PROFILE"]),
        ({"code": "a", "percent": "0", "reason": "standard"}, ["BAD_TAX_PROFILE"]),
        ({"code": "a", "exempt": True, "reverse_charge": True}, ["BAD_TAX_PROFILE"]),
        ({"code": "a", "exempt": True, "reason": "zero"}, ["BAD_TAX_PROFILE"]),
        ({"code": "a", "percent": "5", "reason": "exemt"}, ["BAD_CHOICE"]),
        ({"code": "a", "percent": "5", "compound": True}, ["NOT_AVAILABLE"]),
        ({"code": "a", "percent": "5", "procent": "5"}, ["UNKNOWN_KEY"]),
    ],
)
def test_a_faulty_rate_is_told_what_is_wrong(rate: dict[str, object], names: list[str]) -> None:
    """Each kind of fault of a rate has its name."""
    found = rate_faults(**rate)

    assert [name for name, _, _ in found] == names


def test_a_rate_that_is_no_object_is_refused() -> None:
    """The fault stands at its place in the list."""
    found = faults({"rates": [{"code": "a", "percent": "5"}, "b"]})

    assert found == [("WRONG_TYPE", "/rates/1", "`rate` is not an object")]


@pytest.mark.parametrize(
    "rate",
    [
        {"code": "a", "percent": "5", "reason": "standard"},
        {"code": "a", "percent": "0", "exempt": True},
        {"code": "a", "exempt": True, "reason": "exempt"},
        {"code": "a", "reverse_charge": True},
        {"code": "a", "percent": "5", "exempt": False, "reverse_charge": False},
    ],
)
def test_marks_and_reasons_that_agree_are_accepted(rate: dict[str, object]) -> None:
    """A reason may be said twice, and a reverse charge needs no percentage."""
    assert rate_faults(**rate) == []


def test_faults_of_dates_come_with_the_others() -> None:
    """Overlap, gap and backward periods are found in the same reading as a wrong default."""
    rates = [
        {"code": "a", "percent": "5", "categories": ["g"], "effective_to": "2020-01-01"},
        {"code": "b", "percent": "6", "categories": ["g", "h"], "effective_from": "2020-02-01"},
        {"code": "c", "percent": "7", "categories": ["h"], "effective_from": "2021-02-01"},
        {"code": "d", "exempt": True, "effective_from": "2021-02-01", "effective_to": "2020-01-01"},
    ]

    found = faults({"default_category": "x", "rates": rates})

    assert [(name, pointer) for name, pointer, _ in found] == [
        ("RATE_DATES", "/rates/3"),
        ("RATE_GAP", "/rates/1"),
        ("RATE_OVERLAP", "/rates/2"),
        ("BAD_TAX_PROFILE", "/default_category"),
    ]


@pytest.mark.parametrize(("excess", "names"), [(0, []), (1, ["TOO_LARGE"])])
def test_a_profile_has_a_limited_number_of_rates(excess: int, names: list[str]) -> None:
    """The limit itself is accepted, one more is not."""
    count = limits.SCHEMA_RULES + excess
    rates = [{"code": f"r{number}", "percent": "5"} for number in range(count)]

    assert [name for name, _, _ in faults({"rates": rates})] == names
