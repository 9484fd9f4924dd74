"""What `use tax "GB"` finds: the schema's own profile, else one handed in, else the shipped one."""

import json
import pickle
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from hera_engine import PostingEngine, check_schema
from hera_engine.errors import Diagnostic, HeraError, SchemaError
from hera_engine.faults import NO_TAX_PROFILE
from hera_engine.rules import compile_tax, country_profiles
from hera_engine.rules.country_profiles import COUNTRIES, country_profile
from hera_engine.tax.profile import TaxProfile

FOLDER: Final = Path(__file__).parents[3] / "src/hera_engine/tax/profiles"
SHOP: Final = """
ledgers GL
account cash       1000 asset
account revenue    4100 revenue
account tax_output 2200 liability
payments immediate
validations { max_line_count 100 }
on HERA.SHOP.SALE.V1 {
  debit cash sum(gross(items))
  for item in items { credit revenue net(item)  credit tax_output tax(item) }
}
"""
OWN: Final = "tax profile GB { prices exclusive  rate standard 3% }\n"
HANDED: Final = {
    "id": "GB", "inclusive_prices": False, "rounding_method": "line", "rates": {"standard": "7"},
}  # fmt: skip
OTHER: Final = {**HANDED, "id": "vat"}


def use(words: str) -> str:
    """Return a shop's schema with a `use tax` statement."""
    return f"{SHOP}use tax {words}\n"


def sale(day: str, **item: object) -> dict[str, object]:
    """Return the sale of one item of 100.00."""
    return {
        "organization_id": "org-1",
        "event_smart_code": "HERA.SHOP.SALE.V1",
        "total_amount": "100.00",
        "currency": "GBP",
        "transaction_date": day,
        "business_context": {"items": [{"amount": "100.00", **item}]},
    }


def tax_on(engine: PostingEngine, day: str, **item: object) -> Decimal:
    """Return the tax that an engine posts for 100.00 on a day."""
    lines = engine.simulate(sale(day, **item)).lines
    return sum((line.amount for line in lines if line.account.key == "tax_output"), Decimal(0))


def errors_of(text: str, *profiles: TaxProfile | dict[str, object]) -> tuple[Diagnostic, ...]:
    """Return the errors of a schema that is given these profiles."""
    found = check_schema(text, tax_profiles=profiles)
    return tuple(fault for fault in found if fault.severity == "error")


def test_the_names_are_those_of_the_files() -> None:
    """Each file of a profile can be found by its name, and no other can."""
    files = sorted(path.stem for path in FOLDER.glob("*.hera"))

    assert list(COUNTRIES) == files


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_profile_bears_the_name_of_its_country(country: str) -> None:
    """What is found under a code has rates and is the profile of that jurisdiction."""
    profile = country_profile(country)

    assert profile is not None
    assert (profile.id, profile.jurisdiction) == (country, country)
    assert profile.rates


@pytest.mark.parametrize("name", ["", "gb", "XX", "GB.hera", "../GB", "GB/", "profiles"])
def test_no_other_name_finds_a_file(name: str) -> None:
    """Only the codes themselves are looked up; a path is no name."""
    assert country_profile(name) is None


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2008-11-30", "17.50"), ("2008-12-01", "15.00"), ("2011-01-03", "17.50"),
     ("2011-01-04", "20.00")],
)  # fmt: skip
def test_a_sale_bears_the_rate_of_its_day(day: str, expected: str) -> None:
    """A past event is posted at the past rate."""
    engine = PostingEngine(use('"GB"'))

    tax = tax_on(engine, day)

    assert tax == Decimal(expected)


def test_the_category_chooses_among_the_rates_of_a_country() -> None:
    """Fuel for a home bears 5 %, books nothing."""
    engine = PostingEngine(use("GB"))

    taxes = [
        tax_on(engine, "2026-01-01", tax_category=category)
        for category in ("goods.domestic_fuel", "goods.books")
    ]

    assert taxes == [Decimal("5.00"), Decimal(0)]


def test_a_category_that_a_country_does_not_name_is_refused() -> None:
    """It is not taken at the standard rate."""
    engine = PostingEngine(use("GB"))

    with pytest.raises(HeraError) as caught:
        tax_on(engine, "2026-01-01", tax_category="goods.caravans")

    assert caught.value.code == "E_RATE_RESOLUTION"


def test_a_schema_in_json_form_finds_it_too() -> None:
    """`profile_ref` is the same name."""
    schema = PostingEngine(use('"GB"')).schema.to_json_dict()

    engine = PostingEngine(schema)

    assert schema["tax"] == {"profile_ref": "GB"}
    assert tax_on(engine, "2026-01-01") == Decimal("20.00")


def test_a_profile_handed_in_goes_before_the_shipped_one() -> None:
    """A service replaces a country's profile by one of the same name."""
    engine = PostingEngine(use('"GB"'), tax_profiles=[HANDED])

    assert tax_on(engine, "2026-01-01") == Decimal("7.00")


def test_a_profile_of_the_schema_goes_before_both() -> None:
    """What stands in the document is what counts."""
    engine = PostingEngine(OWN + use('"GB"'), tax_profiles=[HANDED])

    assert tax_on(engine, "2026-01-01") == Decimal("3.00")


def test_a_profile_of_another_name_hides_nothing() -> None:
    """Handing in one profile does not take away the shipped ones."""
    engine = PostingEngine(use('"GB"'), tax_profiles=[OTHER])

    assert tax_on(engine, "2026-01-01") == Decimal("20.00")


@pytest.mark.parametrize("name", ["GB", "vat-2025"])
def test_the_shipped_files_are_read_only_when_needed(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A schema whose profile was handed in, or is no country's, reads no file."""
    profiles = [HANDED] if name == "GB" else []
    monkeypatch.delattr(country_profiles, "files")

    found = errors_of(use(f'"{name}"'), *profiles)

    assert found == ()


def test_the_fingerprint_holds_the_rates_that_were_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """If a shipped rate changes, so does the fingerprint; the same rates give the same one."""
    shipped = country_profile("GB")
    assert shipped is not None
    other = TaxProfile.from_mapping({**shipped.to_mapping(), "rates": [{"code": "standard",
        "percent": "21"}], "default_category": None})  # fmt: skip
    before = PostingEngine(use('"GB"')).fingerprint

    handed = PostingEngine(use('"GB"'), tax_profiles=[shipped]).fingerprint
    monkeypatch.setattr(compile_tax, "country_profile", lambda _: other)
    after = PostingEngine(use('"GB"')).fingerprint

    assert handed == before
    assert after != before


def test_an_engine_with_a_country_survives_pickling() -> None:
    """It is compiled again from the same file."""
    engine = PostingEngine(use('"GB"'))

    again = pickle.loads(pickle.dumps(engine))

    assert again.fingerprint == engine.fingerprint


@pytest.mark.parametrize(
    ("name", "hint"),
    [("gb", "did you mean `GB`?"), ("GBR", "did you mean `GB`?"), ("vet", "did you mean `vat`?"),
     ("somewhere", None)],
)  # fmt: skip
def test_a_misspelt_name_is_led_to_the_nearest_profile(name: str, hint: str | None) -> None:
    """Among the names proposed are those of the countries, in whatever case they are written."""
    (fault,) = errors_of(use(f'"{name}"'), OTHER)

    assert (fault.kind, fault.hint) == (NO_TAX_PROFILE, hint)


def test_a_country_that_is_misspelt_is_told_at_once() -> None:
    """Nothing is handed in, but the name of a country that ships is near."""
    with pytest.raises(SchemaError) as caught:
        PostingEngine(use('"gb"'))

    (fault,) = [each for each in caught.value.diagnostics if each.kind is NO_TAX_PROFILE]
    assert fault.hint == "did you mean `GB`?"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("AE", "4.76"), ("AU", "9.09"), ("CA", "5.00"), ("CA-BC", "12.00"), ("CA-MB", "12.00"),
        ("CA-NB", "15.00"), ("CA-NL", "15.00"), ("CA-NS", "14.00"), ("CA-ON", "13.00"),
        ("CA-PE", "15.00"), ("CA-QC", "14.98"), ("CA-SK", "11.00"), ("CH", "8.10"),
        ("DE", "19.00"), ("FR", "20.00"), ("GB", "20.00"), ("IN", "18.00"), ("JP", "10.00"),
        ("SE", "25.00"), ("US", "0"), ("US-CA-PASADENA", "10.50"), ("US-NY-NEW_YORK", "8.88"),
    ],
)  # fmt: skip
def test_every_profile_posts_a_sale_of_a_hundred(name: str, expected: str) -> None:
    """A shop that names the profile and nothing else posts the tax of its standard category."""
    engine = PostingEngine(use(f'"{name}"'))

    assert tax_on(engine, "2026-03-01") == Decimal(expected)


BILL: Final = """
ledgers GL
account payable    2100 liability
account tax_output 2200 liability
account tax_input  1400 asset
account supplies   6100 expense
payments immediate
validations { max_line_count 100 }
on HERA.SHOP.BILL.V1 purchase {
  for item in items { debit supplies net(item)  debit tax_input tax(item) }
  credit payable sum(gross(items))
}
"""


@pytest.mark.parametrize(
    ("name", "category", "expected"),
    [
        ("CA-BC", "goods.standard", "DR 107.00 supplies, DR 5.00 tax_input, CR 112.00 payable"),
        ("CA-QC", "goods.standard", "DR 100.00 supplies, DR 14.98 tax_input, CR 114.98 payable"),
        ("US-NY-NEW_YORK", "goods.standard", "DR 108.88 supplies, CR 108.88 payable"),
        ("US", "goods.standard", "DR 100.00 supplies, CR 100.00 payable"),
        ("IN", "services.imported",
         "DR 100.00 supplies, CR 100.00 payable, DR 18.00 tax_input, CR 18.00 tax_output"),
        ("JP", "services.imported",
         "DR 100.00 supplies, CR 100.00 payable, DR 10.00 tax_input, CR 10.00 tax_output"),
    ],
)  # fmt: skip
def test_a_bill_is_posted_with_what_its_buyer_deducts(
    name: str, category: str, expected: str
) -> None:
    """A sales tax joins the net, a value added tax is deducted, a reversed one is owed as well."""
    items = [{"amount": "100.00", "tax_category": category}]
    bill = {
        **sale("2026-03-01"),
        "event_smart_code": "HERA.SHOP.BILL.V1",
        "total_amount": expected.partition(" payable")[0].rpartition(" ")[2],
        "business_context": {"vendor_id": "vendor-7", "items": items},
    }

    entry = PostingEngine(f'{BILL}use tax "{name}"\n').simulate(bill)

    found: dict[tuple[str, str], Decimal] = {}
    for line in entry.lines:
        place = (line.side.value, line.account.key or "")
        found[place] = found.get(place, Decimal(0)) + line.amount
    assert ", ".join(f"{side} {found[side, key]} {key}" for side, key in found) == expected


@pytest.mark.parametrize("name", COUNTRIES)
def test_a_shipped_profile_can_be_copied_in_json_form(name: str) -> None:
    """Its mapping describes the same profile: what a service changes a rate of and hands in."""
    profile = country_profile(name)
    assert profile is not None

    again = TaxProfile.from_mapping(json.loads(json.dumps(profile.to_mapping())))

    assert again == profile


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ('"SE" rounding line', "25.00"),
        ('"CH" rounding total', "8.10"),
        ('"AE" prices exclusive', "5.00"),
    ],
)
def test_a_schema_may_say_otherwise_than_its_country(words: str, expected: str) -> None:
    """The schema's own words go before those of the profile."""
    engine = PostingEngine(use(words))

    assert tax_on(engine, "2026-01-01") == Decimal(expected)
